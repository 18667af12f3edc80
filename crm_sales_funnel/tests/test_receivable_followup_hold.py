from odoo.tests import tagged

from .followup_common import TODAY, FollowupSendCommon


@tagged("post_install", "-at_install")
class TestReceivableFollowupHold(FollowupSendCommon):
    """Customers whom a follow-up puts on hold, and when that ends."""

    def test_who_has_paid_is_released(self):
        invoice = self.overdue(100, 50)
        self.send(self.prepare())
        customer = self.customer.with_company(self.company)
        self.prepare(self.day(1))
        self.assertEqual(customer.credit_hold_state, "hold")
        self.receive(100, TODAY.isoformat(), invoice)
        self.env.invalidate_all()
        self.prepare(self.day(2))
        self.env.invalidate_all()
        self.assertEqual(customer.credit_hold_state, "none")

    def test_a_payment_that_was_undone_brings_the_hold_back(self):
        invoice = self.overdue(100, 50)
        self.send(self.prepare())
        payment = self.receive(100, TODAY.isoformat(), invoice)
        self.env.invalidate_all()
        self.assertFalse(self.prepare(self.day(1)))
        customer = self.customer.with_company(self.company)
        self.assertEqual(customer.credit_hold_state, "none")
        payment.action_draft()
        payment.action_cancel()
        self.env.invalidate_all()
        again = self.prepare(self.day(2))
        self.assertEqual(again.channel, "hold")
        self.assertEqual(again.amount_due, 100)

    def test_who_is_given_more_time_is_released(self):
        invoice = self.overdue(100, 50)
        other = self.overdue(40, 10)
        self.send(self.prepare())
        customer = self.customer.with_company(self.company)
        item = self.open_items(invoice)
        for later, state in ((4, "hold"), (5, "none")):
            item.date_maturity = self.day(1 - 45 + later - 4)
            self.prepare(self.day(1))
            self.env.invalidate_all()
            with self.subTest(later):
                self.assertEqual(customer.credit_hold_state, state)
        self.assertTrue(other.amount_residual)
