from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestOrderCustomerProductCompany(PrintingCommon):
    """Whose item codes are, where customers or products belong to one company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = cls.env["funnel.customer.product"]
        cls.other = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id}
        )

    def new_item(self, user=None, **values):
        return self.items.with_user(user or self.env.user).create(
            {
                "partner_id": self.customer.id,
                "product_id": self.bolt.id,
                "code": "7",
                **values,
            }
        )

    def test_a_code_belongs_where_its_customer_and_its_product_do(self):
        none, own = self.company.browse(), self.company
        for role in ("salesperson", "order_desk", "manager"):
            for whose in ((own, none), (none, own), (own, own), (none, none)):
                self.customer.company_id, self.bolt.company_id = whose
                with self.subTest(role=role, whose=whose):
                    item = self.new_item(self.users[role])
                    self.assertEqual(item.company_id, whose[0] or whose[1])
                    item.unlink()

    def test_it_is_filled_in_while_it_is_typed(self):
        self.bolt.company_id = self.company
        items = self.items.with_user(self.users["order_desk"])
        with Form(items, "crm_sales_funnel.funnel_customer_product_view_list") as form:
            form.partner_id = self.customer
            form.product_id = self.bolt
            form.code = "7"
        self.assertEqual(form.record.company_id, self.company)

    def test_another_product_brings_its_company(self):
        item = self.new_item()
        self.nut.company_id = self.company
        item.product_id = self.nut
        self.assertEqual(item.company_id, self.company)
        self.bolt.company_id = self.other
        item.product_id = self.bolt
        self.assertEqual(item.company_id, self.other)

    def test_a_chosen_company_stays(self):
        item = self.new_item(company_id=self.company.id)
        item.product_id = self.nut
        self.assertEqual(item.company_id, self.company)
        self.nut.company_id = self.company
        item = self.new_item(product_id=self.nut.id, company_id=self.branch.id)
        self.assertEqual(item.company_id, self.branch)

    def test_customer_and_product_of_different_companies(self):
        self.customer.company_id = self.company
        self.bolt.company_id = self.other
        with self.assertRaisesRegex(ValidationError, "Bolt.*Elsewhere.*Nordwind"):
            self.new_item()
        item = self.new_item(product_id=self.nut.id)
        with self.assertRaisesRegex(ValidationError, "Bolt.*Elsewhere.*Nordwind"):
            item.product_id = self.bolt

    def test_customer_of_a_branch_and_product_of_its_company(self):
        self.customer.company_id = self.branch
        self.bolt.company_id = self.company
        self.assertEqual(self.new_item().company_id, self.branch)

    def test_branches_know_the_codes_of_their_company(self):
        self.bolt.company_id = self.company
        desk = self.users["order_desk"]
        desk.write(
            {
                "company_ids": [Command.set(self.branch.ids)],
                "company_id": self.branch.id,
            }
        )
        item = self.new_item()
        self.assertEqual(item.company_id, self.company)
        item.with_user(desk).code = "8"
        found = self.items._find(self.customer, self.bolt, self.branch)
        self.assertEqual(found[self.customer.id, self.bolt.id], item)
        own = self.new_item(company_id=self.branch.id)
        found = self.items._find(self.customer, self.bolt, self.branch)
        self.assertEqual(found[self.customer.id, self.bolt.id], own)

    def test_file_to_import(self):
        self.bolt.company_id = self.company
        items = self.items.with_user(self.users["order_desk"])
        result = items.load(
            ["partner_id/.id", "product_id/.id", "code"],
            [[str(self.customer.id), str(self.bolt.id), "7"]],
        )
        self.assertTrue(result["ids"], result["messages"])
        self.assertEqual(items.browse(result["ids"]).company_id, self.company)
