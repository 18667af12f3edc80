from odoo import Command
from odoo.tests import tagged

from .cash_common import CashCommon
from .test_cash_report import CashReportChecks


@tagged("post_install", "-at_install")
class TestCashNoEntry(CashReportChecks, CashCommon):
    """Payments that are confirmed and have no journal entry: no report has them, so
    Today counts them."""

    def without_entry(self, amount, **values):
        """Return a payment by a method that has no outstanding account."""
        method = self.bank.inbound_payment_method_line_ids[0].copy(
            {"name": "By Hand", "payment_account_id": False}
        )
        payment = self.env["account.payment"].create(
            {
                "amount": amount,
                "date": "2026-03-10",
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "journal_id": self.bank.id,
                **values,
            }
        )
        # Odoo gives a new payment the account of the company; one whose method is
        # changed has that of the method, and so none.
        payment.payment_method_line_id = method
        payment.action_post()
        return payment

    def kind(self, role="finance", reach="own"):
        reminders = self.env["funnel.reminder"].with_user(self.users[role])
        kinds = [k for k in reminders.get_today(reach) if k["key"] == "cash.no_entry"]
        return kinds and kinds[0]

    def test_they_are_counted_and_opened(self):
        self.receive(500, "2026-03-10")
        first, second = self.without_entry(120), self.without_entry(30.5)
        draft = self.without_entry(7)
        draft.action_draft()
        cancelled = self.without_entry(9)
        cancelled.action_cancel()
        self.assertFalse((first | second).move_id)
        self.assertEqual(first.state, "in_process")
        kind = self.kind()
        self.assertEqual((kind["count"], kind["amount"]), (2, 150.5))
        found = self.env["account.payment"].search(kind["action"]["domain"])
        self.assertEqual(found, first | second)
        action = self.env.ref("crm_sales_funnel.account_payment_action_no_entry")
        self.assertEqual(action.res_model, "account.payment")
        # The report has what has an entry, and ties out.
        report = self.env["funnel.cash.report"].with_user(self.users["finance"])
        self.assertEqual(sum(report.search([]).mapped("amount")), 500)
        self.assert_ties_out()

    def test_confirmed_again_with_an_account_it_is_booked(self):
        payment = self.without_entry(120)
        payment.action_draft()
        payment.payment_method_line_id = self.bank.inbound_payment_method_line_ids[0]
        self.bank.inbound_payment_method_line_ids[
            0
        ].payment_account_id = self.bank.default_account_id
        payment._compute_outstanding_account_id()
        payment.action_post()
        self.assertEqual(payment.move_id.state, "posted")
        self.assertEqual(self.kind()["count"], 0)
        self.assert_ties_out()

    def test_an_invoice_paid_by_it_makes_no_difference(self):
        """Odoo calls an invoice paid by a payment that is booked nowhere."""
        invoice = self.document(100)
        payment = self.without_entry(113, invoice_ids=[Command.set(invoice.ids)])
        payment.action_validate()
        self.assertEqual((payment.state, payment.move_id.id), ("paid", False))
        self.assertEqual((self.kind()["count"], self.kind()["amount"]), (1, 113))

    def test_finance_alone_is_told(self):
        self.without_entry(120)
        for role in ("salesperson", "manager", "order_desk", "purchasing", "warehouse"):
            with self.subTest(role):
                self.assertFalse(self.kind(role, "all"))
