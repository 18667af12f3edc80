from odoo.tests import tagged

from .test_receivable_statement import APRIL, MARCH
from .test_receivable_statement_invoice import SettledCommon
from .test_receivable_uninvoiced import UninvoicedCommon


@tagged("post_install", "-at_install")
class TestReceivableSentAgain(UninvoicedCommon, SettledCommon):
    """Of ten that are invoiced in advance six are delivered and four never are, which
    stay owed; some come back and are sent again."""

    def setUp(self):
        super().setUp()
        self.bolt.invoice_policy = "order"
        with self.on("2026-03-02"):
            self.advance = self.deliverable(10)
            self.bill = self.invoice(self.advance)
        with self.on("2026-03-05"):
            self.deliver(self.advance, 6)
            self.advance.backorder_ids.action_cancel()
        self.line = self.advance.sale_id.order_line

    def come_back(self, day, picking, quantity=3):
        with self.on(day):
            return self.give_back(picking, quantity)

    def send_again(self, day, back, quantity=3):
        with self.on(day):
            return self.deliver(self.plan_return(back, quantity), quantity)

    def credit_on(self, day, quantity=3):
        with self.on(day):
            refund = self.credit(self.bill)
            refund.invoice_line_ids.quantity = quantity
            refund.action_post()

    def assert_open(self, quantity):
        """Check what is to be credited, of the report and of the order line."""
        rows = self.rows("quantity")
        self.assertEqual(sum(found for (found,) in rows), quantity)
        billed = self.line._get_billed_quantity(posted_only=True)
        owed = self.line._get_owed_quantity(self.line.qty_delivered)
        self.assertEqual(owed - billed, quantity)

    def test_what_went_out_again_did_not_come_back(self):
        back = self.come_back("2026-03-10", self.advance)
        self.assert_open(-3)
        self.send_again("2026-03-15", back, 2)
        self.assert_open(-1)
        march = self.make(*MARCH)
        credit = self.invoice_of(march)
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 11.3))
        credit.action_post()
        self.assert_open(0)

    def test_sent_again_after_it_was_credited(self):
        """What comes back for the second time was not invoiced for a second time."""
        back = self.come_back("2026-03-10", self.advance)
        self.credit_on("2026-03-12")
        again = self.send_again("2026-03-15", back)
        self.assert_open(0)
        self.come_back("2026-03-20", again)
        self.assert_open(0)
        march = self.make(*MARCH)
        self.assertEqual(march.closing, 79.1)
        march.action_confirm()
        self.assertEqual((march.state, march.invoice_ids.ids), ("invoiced", []))

    def test_invoiced_anew_and_back_again(self):
        back = self.come_back("2026-03-10", self.advance)
        self.credit_on("2026-03-12")
        again = self.send_again("2026-03-15", back)
        with self.on("2026-03-16"):
            self.advance.sale_id._create_invoices().action_post()
        self.assert_open(0)
        self.come_back("2026-03-20", again)
        self.assert_open(-3)

    def test_sent_again_on_a_later_statement(self):
        back = self.come_back("2026-03-10", self.advance)
        march = self.make(*MARCH)
        self.send_again("2026-04-05", back)
        april = self.make(*APRIL)
        for statement in (march, april):
            with self.subTest(statement.name):
                statement.action_confirm()
                self.assertEqual(statement.state, "invoiced")
                self.assertFalse(statement.invoice_ids)
        self.assertEqual(april.closing, 113)

    def test_what_is_sent_again_at_no_cost(self):
        with self.on("2026-03-10"):
            back = self.plan_return(self.advance, 3, to_refund=False)
            self.deliver(back, 3)
            again = self.plan_return(back, 3, to_refund=False)
            self.deliver(again, 3)
        self.come_back("2026-03-12", self.advance, 2)
        self.assert_open(-2)
