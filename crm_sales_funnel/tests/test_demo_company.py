from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_sales_funnel.demo import company as chapter
from odoo.addons.crm_sales_funnel.demo.story import Story


@tagged("post_install", "-at_install")
class TestDemoCompany(TransactionCase):
    """The demo company where China's chart of accounts is not installed.

    What the demo company holds is tested end to end, on a database that has it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # So that the texts of all modules are not loaded for it.
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.main_company = cls.env.company
        cls.main_before = cls.main_company.read()[0]
        cls.story = Story(cls.env)
        with (
            patch.object(chapter, "_choose_chart", return_value="generic_coa"),
            patch.object(cls.story, "name"),
        ):
            chapter.create_company(cls.story)
        cls.company = cls.story.company

    def _invoice(self, **partner_vals):
        """Return a posted invoice over 100.00 of an untaxed price."""
        env = self.story.env
        partner = env["res.partner"].create({"name": "Lumen Ltd", **partner_vals})
        product = env["product.product"].create(
            {"name": "Hex bolt", "company_id": self.company.id, "list_price": 100}
        )
        line = Command.create({"product_id": product.id})
        invoice = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_line_ids": [line],
            }
        )
        invoice.action_post()
        return invoice

    def test_generic_chart_is_made_chinese(self):
        self.assertEqual(self.company.chart_template, "generic_coa")
        self.assertEqual(self.company.currency_id, self.env.ref("base.CNY"))
        self.assertEqual(self.company.account_fiscal_country_id.code, "CN")
        self.assertEqual(self.company.account_purchase_tax_id.amount, 13)
        self.assertRecordValues(
            self._invoice(country_id=self.env.ref("base.cn").id),
            [{"amount_untaxed": 100, "amount_tax": 13, "state": "posted"}],
        )

    def test_sales_abroad_are_without_tax(self):
        invoice = self._invoice(
            country_id=self.env.ref("base.de").id,
            property_account_position_id=self.story.export.id,
        )
        self.assertRecordValues(invoice, [{"amount_untaxed": 100, "amount_tax": 0}])

    def test_money_can_be_received(self):
        journals = self.story.env["account.journal"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertLessEqual({"bank", "cash"}, set(journals.mapped("type")))

    def test_other_companies_keep_what_they_have(self):
        after = self.main_company.read()[0]
        changed = {name for name in after if after[name] != self.main_before[name]}
        self.assertFalse(changed - {"write_date", "__last_update"})

    def test_administrator_can_switch_to_it(self):
        self.assertIn(self.company, self.env.ref("base.user_admin").company_ids)

    def test_it_cannot_be_made_from_outside(self):
        with self.assertRaises(AccessError):
            get_public_method(self.env["funnel.demo"], "_load")
