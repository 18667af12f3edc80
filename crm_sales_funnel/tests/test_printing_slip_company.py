from odoo import Command
from odoo.tests import tagged

from .common import MODULE
from .test_receivable_slip import SlipDebtCommon


@tagged("post_install", "-at_install")
class TestPrintingSlipCompany(SlipDebtCommon):
    """Companies of one database deliver to each other through a transit location."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.company"].create({"name": "Sister"}).partner_id
        cls.partner = cls.sister
        cls.picking = cls.deliverable(10)
        cls.transit = cls.picking.location_dest_id

    def offered(self, picking):
        """Return which of two entries of the Print menu are for a transfer."""
        reports = self.env["ir.actions.report"]
        for name in ("slip_241_prices", "receipt_241"):
            reports += self.env.ref(f"{MODULE}.report_{name}")
        valid = reports.get_valid_action_reports("stock.picking", picking.ids)
        return [report.id in valid for report in reports]

    def test_deliveries(self):
        self.assertEqual(self.transit.usage, "transit")
        self.assertEqual(self.picking.slip_kind, "delivery")
        self.assertEqual(self.offered(self.picking), [True, False])
        self.assert_balances(self.picking, 0, 113, 113)
        self.deliver(self.picking, 10)
        self.assert_balances(self.deliverable(1), 113, 11.3, 124.3)

    def test_returns(self):
        self.deliver(self.picking, 10)
        back = self.plan_return(self.picking, 3)
        self.assertEqual(back.location_id, self.transit)
        self.assertEqual(back.slip_kind, "return")
        self.assertEqual(self.offered(back), [True, False])
        self.assert_balances(back, 113, -33.9, 79.1)

    def test_what_is_bought_is_a_receipt(self):
        line = {"product_id": self.bolt.id, "price_unit": 5, "product_qty": 4}
        purchase = self.env["purchase.order"].create(
            {"partner_id": self.sister.id, "order_line": [Command.create(line)]}
        )
        purchase.button_confirm()
        receipt = purchase.picking_ids
        self.assertEqual(receipt.location_id, self.transit)
        self.assertEqual(receipt.slip_kind, "receipt")
        self.assertEqual(self.offered(receipt), [False, True])
        back = self.plan_return(self.deliver(receipt, 4), 1)
        self.assertEqual(back.slip_kind, "vendor_return")
        self.assertEqual(self.offered(back), [False, True])

    def test_other_ways(self):
        stock = self.picking.location_id
        own = self.transit.copy({"company_id": self.company.id})
        vendors = self.env.ref("stock.stock_location_suppliers")
        moves = self.picking.move_ids
        for source, destination, kind in (
            (stock, own, "transfer"),
            (own, stock, "transfer"),
            (vendors, self.transit, "receipt"),
            (self.transit, vendors, "vendor_return"),
        ):
            self.picking.write(
                {"location_id": source.id, "location_dest_id": destination.id}
            )
            with self.subTest(source=source.name, destination=destination.name):
                self.assertEqual(self.picking.slip_kind, kind)
        # Without an order it is told only where they deliver.
        moves.sudo().sale_line_id = False
        for source, destination, kind in (
            (stock, self.transit, "delivery"),
            (self.transit, stock, "transfer"),
        ):
            self.picking.write(
                {"location_id": source.id, "location_dest_id": destination.id}
            )
            self.assertEqual(self.picking.slip_kind, kind)
        self.assertEqual(self.env["stock.picking"].new().slip_kind, "transfer")
