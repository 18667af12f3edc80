from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .payroll_common import ONE, PayrollCommon
from .test_cash_settle import SettleCommon

CLOSED = "The books are closed up to 03/31/2026"


@tagged("post_install", "-at_install")
class TestCashClosed(PayrollCommon, SettleCommon):
    """What would be posted in a closed period is refused: it is not booked on another
    day than was entered."""

    def close(self, **locks):
        self.company.write(locks or {"fiscalyear_lock_date": "2026-03-31"})

    def assert_closed(self, method):
        with self.assertRaisesRegex(UserError, CLOSED), self.env.cr.savepoint():
            method()

    def test_receive(self):
        invoice = self.document(100)
        self.close()
        # With a difference rounded off, and without one.
        for amount in (113, 112.6):
            with self.subTest(amount):
                self.assert_closed(self.settle(amount).action_confirm)
        self.assertEqual(invoice.payment_state, "not_paid")
        payment = self.payment(self.settle(112.6, date="2026-04-01")).sudo()
        self.assertEqual(
            [str(m.date) for m in (payment.move_id, payment.rounding_off_move_id)],
            ["2026-04-01"] * 2,
        )

    def test_pay(self):
        bill = self.document(100, move_type="in_invoice", partner_id=self.vendor.id)
        self.close()
        settle = self.settle(113, self.vendor, direction="pay")
        self.assert_closed(settle.action_confirm)
        self.assertEqual(bill.payment_state, "not_paid")

    def test_credits_alone_need_no_open_books(self):
        invoice = self.document(100)
        note = self.document(100, move_type="out_refund")
        self.close()
        settle = self.settle(0)
        self.write_line(settle, invoice, applied=113)
        self.write_line(settle, note, applied=-113)
        settle.action_confirm()
        self.assertEqual(invoice.payment_state, "reversed")

    def test_running_cost(self):
        self.close()
        for values in ({}, {"settlement": "owed", "partner_id": self.landlord.id}):
            with self.subTest(**values):
                cost = self.cost(100, post=False, **values)
                self.assert_closed(cost.action_post)
                self.assertEqual(cost.state, "draft")
                self.assertFalse(cost.move_id)
        cost.date = "2026-04-01"
        cost.action_post()
        self.assertEqual(str(cost.move_id.date), "2026-04-01")

    def test_one_of_several_running_costs(self):
        """None is posted, and it is told which one cannot be; of one, the user knows."""
        self.close()
        costs = self.cost(7, post=False, date="2026-04-01")
        costs |= self.cost(77.5, post=False)
        costs |= self.cost(8, post=False, date="2026-04-02")
        named = r"^Rent · 03/01/2026 · \$.77\.50: The books are closed"
        with self.assertRaisesRegex(UserError, named), self.env.cr.savepoint():
            costs.action_post()
        self.assertEqual(costs.mapped("state"), ["draft"] * 3)
        with self.assertRaisesRegex(UserError, "^The books are closed"):
            costs[1].action_post()

    def test_running_cost_where_purchases_or_taxes_are_closed(self):
        self.close(purchase_lock_date="2026-03-31")
        self.assert_closed(self.cost(100, post=False).action_post)
        self.close(purchase_lock_date=False, tax_lock_date="2026-03-31")
        taxed = self.cost(113, post=False, tax_id=self.purchase_vat.id)
        self.assert_closed(taxed.action_post)
        self.assertEqual(str(self.cost(100).move_id.date), "2026-03-01")

    def test_recurring_cost(self):
        """It is noted why, and made when the books are open again."""
        rent = self.recurring(mode="post", date_from="2026-03-01")
        self.close()
        jobs = self.env.registry["ir.cron"]
        commits = patch.object(jobs, "_commit_progress", return_value=60)
        with freeze_time("2026-03-31"), commits:
            self.env["funnel.recurring.cost"].sudo()._cron_make_due()
            self.assertFalse(rent.cost_ids)
            self.assertIn(CLOSED, rent.error)
            self.assertFalse(rent.last_period)
            self.close(fiscalyear_lock_date=False)
            rent.action_make_due()
        self.assertEqual(str(rent.cost_ids.move_id.date), "2026-03-01")
        self.assertFalse(rent.error)

    def test_payroll(self):
        self.close()
        for journal in (False, self.bank.id):
            payroll = self.payroll(
                self.row(self.one, **ONE), post=False, paid_journal_id=journal
            )
            self.assert_closed(payroll.action_post)
            self.assertEqual(payroll.state, "draft")
            self.assertFalse(payroll.move_id)
        payroll.date = "2026-04-01"
        payroll.action_post()
        self.assertEqual(str(payroll.move_id.date), "2026-04-01")
