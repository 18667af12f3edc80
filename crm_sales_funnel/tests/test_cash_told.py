from odoo import Command
from odoo.tests import tagged

from .payroll_common import PayrollCommon
from .unknown_common import UnknownCommon


@tagged("post_install", "-at_install")
class TestCashToldCosts(PayrollCommon):
    """What follows an entry is told by it, whatever that is turned into."""

    def test_entry_becomes_of_another_kind(self):
        cost = self.cost(100, settlement="owed", partner_id=self.landlord.id).sudo()
        move = cost.move_id
        move.button_draft()
        self.assertEqual(cost.state, "draft")
        move.write({"move_type": "in_refund"})
        move.action_post()
        self.assertEqual(cost.state, "posted")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(cost.state, "posted")

    def test_entry_is_deleted(self):
        cost = self.cost(100, settlement="owed", partner_id=self.landlord.id).sudo()
        cost.move_id.button_draft()
        cost.move_id.button_cancel()
        self.assertEqual(cost.state, "cancelled")
        cost.move_id.with_context(force_delete=True).unlink()
        self.assertEqual(cost.state, "draft")

    def test_what_is_copied_is_of_nothing_as_well(self):
        invoice = self.document(10)
        both = invoice | invoice.copy()
        self.env.flush_all()
        for name in ("payroll_line_id", "running_cost_id"):
            groups = self.env["account.move.line"]._read_group(
                [("move_id", "in", both.ids)], [name], ["__count"]
            )
            self.assertEqual(groups, [(False, len(both.line_ids))], name)


@tagged("post_install", "-at_install")
class TestCashToldClaims(UnknownCommon):
    def test_payment_that_forgot_its_receipt(self):
        receipt = self.arrive(1000)
        claim = self.claim(receipt, amount=600)
        payment = self.confirm(claim)
        self.assertEqual(claim.state, "confirmed")
        payment.write({"unknown_receipt_id": False})
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(claim.state, "waiting")

    def test_order_line_that_moves(self):
        """What was paid of it is of the order that it is of now."""
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.customer.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.bolts.id,
                                "price_unit": price,
                                "tax_ids": False,
                            }
                        )
                        for price in prices
                    ],
                }
                for prices in ((100, 50), (200,))
            ]
        )
        orders.action_confirm()
        orders.order_line.qty_delivered = 1
        invoice = orders[0]._create_invoices()
        invoice.invoice_date = "2026-03-01"
        invoice.action_post()
        self.pay(150, invoice)
        orders._action_cancel()
        orders.action_draft()
        self.assertEqual(orders.mapped("collected_amount"), [150, 0])
        orders[0].order_line[0].order_id = orders[1]
        self.assertEqual(orders.mapped("collected_amount"), [50, 100])
