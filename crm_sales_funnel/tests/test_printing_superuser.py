from odoo.tests import new_test_user, tagged

from .test_printing_core_reports import text_of
from .test_printing_slip_balance import SlipBalanceCommon

TOLD = {"balance_before", "slip_amount", "balance_after"}


@tagged("post_install", "-at_install")
class TestPrintingSuperuser(SlipBalanceCommon):
    """What Odoo prints as superuser in somebody's name tells no more than what he or
    she may read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.new_role_user("funnel_other", "salesperson")
        cls.portal = new_test_user(cls.env, "funnel_link", groups="base.group_portal")
        cls.delivery_slip = cls.env.ref("stock.action_report_delivery")

    def told(self, user):
        """Return whether prices are told, and whether debts are."""
        (document,) = self.picking.with_user(user).sudo()._print_documents(set(), True)
        debts = TOLD & document["values"].keys()
        self.assertIn(debts, (set(), TOLD))
        return "price" in document["lines"][0], bool(debts)

    def test_who_is_told_what(self):
        self.print_slip(self.picking)
        for user, told in (
            (self.other, (False, False)),
            (self.users["salesperson"], (True, True)),
            (self.users["team_leader"], (True, True)),
            (self.users["order_desk"], (True, True)),
            (self.users["finance"], (True, True)),
            (self.users["purchasing"], (True, False)),
            (self.portal, (True, False)),
            (self.env.ref("base.public_user"), (True, False)),
            (self.env.ref("base.user_root"), (True, True)),
        ):
            with self.subTest(user=user.sudo().login):
                self.assertEqual(self.told(user), told)

    def test_all_companies_of_the_user_count(self):
        """Those of the environment may be none of his or hers."""
        self.print_slip(self.picking)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        picking = self.picking.with_user(self.users["order_desk"]).sudo()
        picking = picking.with_context(allowed_company_ids=elsewhere.ids)
        (document,) = picking._print_documents(set(), True)
        self.assertLessEqual(TOLD, document["values"].keys())

    def test_a_first_print_reckons_with_all_prices(self):
        """Whoever prints: the others are told the whole slip."""
        layout = self.with_prices.with_user(self.other).sudo()
        layout._render(self.picking.with_user(self.other).sudo(), "xlsx")
        self.assertEqual(self.picking.slip_ids.amount, 113)

    def test_the_dialog_of_a_mail(self):
        template = self.env.ref("stock.mail_template_data_delivery_confirmation")
        template.report_template_ids = self.report
        for user, told in ((self.other, False), (self.users["salesperson"], True)):
            composers = self.env["mail.compose.message"].with_user(user)
            composer = composers.with_context(force_report_rendering=True).create(
                {
                    "model": "stock.picking",
                    "res_ids": str(self.picking.ids),
                    "composition_mode": "comment",
                    "template_id": template.id,
                }
            )
            text = text_of(composer.sudo().attachment_ids.raw)
            with self.subTest(user=user.sudo().login):
                self.assertIn("Bolt", text)
                self.assertEqual("113.00" in text, told)

    def test_files_of_colleagues_are_not_printed_again(self):
        self.company.print_core_reports = True
        for report in (self.report, self.delivery_slip):
            report.write({"attachment": "'slip.pdf'", "attachment_use": True})
        desk = self.users["order_desk"]
        for report in (self.report, self.delivery_slip):
            for user, superuser, kept in (
                (desk, False, True),
                (self.users["finance"], False, True),
                (self.users["team_leader"], False, False),
                (self.users["purchasing"], False, False),
                (self.other, False, False),
                (desk, True, False),
                (self.other, True, False),
                (self.portal, True, False),
                (self.portal, False, False),
                (self.env.ref("base.user_root"), True, True),
            ):
                reports = report.with_user(user).sudo(superuser)
                with self.subTest(
                    report=report.name, user=user.sudo().login, su=superuser
                ):
                    self.assertEqual(reports._is_print_kept(report.sudo()), kept)

    def test_who_is_told_less_keeps_no_file(self):
        """Nor is given that of a colleague who is told more."""
        self.report.write({"attachment": "'slip.pdf'", "attachment_use": True})
        reports = self.report.with_context(force_report_rendering=True)
        for number, (user, hidden, told) in enumerate(
            (
                (self.other, False, False),
                (self.users["purchasing"], False, True),  # the price, no debts
                (self.users["order_desk"], True, False),
                (self.users["order_desk"], False, True),
                (self.other, False, False),
                (self.users["order_desk"], True, False),
            )
        ):
            printer = reports.with_user(user).with_context(funnel_hide_prices=hidden)
            pdf = printer._render_qweb_pdf(self.report.id, self.picking.ids)[0]
            with self.subTest(number=number):
                self.assertEqual("113.00" in text_of(pdf), told)
                kept = self.report.retrieve_attachment(self.picking)
                self.assertEqual(bool(kept), number >= 3)
