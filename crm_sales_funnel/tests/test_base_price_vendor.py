from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import FunnelCommon


@tagged("post_install", "-at_install")
class TestPriceVendor(FunnelCommon):
    """Goods that are bought from vendors, in the hands of the warehouse."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {
                "name": "Hex bolt M8x30",
                "is_storable": True,
                "seller_ids": [
                    Command.create({"partner_id": partner.id, "price": price})
                    for partner, price in ((cls.partner_a, 21), (cls.partner_b, 19.5))
                ],
            }
        )
        cls.sellers = cls.product.seller_ids
        cls.keeper = cls.users["warehouse"]

    def test_vendors_are_read_and_prices_are_not(self):
        product = self.product.with_user(self.keeper)
        self.assertEqual(product.seller_ids, self.sellers)
        self.assertEqual(product.seller_ids.sorted(), self.sellers)
        self.assertEqual(
            product.seller_ids.search([("id", "in", self.sellers.ids)]), self.sellers
        )
        self.assertFalse(product.code)
        for attempt in (
            lambda: product.seller_ids.mapped("price"),
            lambda: product.seller_ids.search([], order="price"),
            lambda: product.seller_ids.sorted("price"),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_order_of_vendors_stays_for_all_others(self):
        buyer = self.product.with_user(self.users["purchasing"])
        found = buyer.seller_ids.search([("id", "in", self.sellers.ids)])
        self.assertEqual(found.mapped("price"), [19.5, 21])

    def test_names_of_vendors_tell_no_price(self):
        """Not even as the value of a many2one, which is computed as superuser."""
        line = self.env["purchase.order"].create(
            {
                "partner_id": self.partner_a.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        line = line.order_line
        for user, told in ((self.users["purchasing"], True), (self.keeper, False)):
            with self.subTest(user=user.login):
                name = line.with_user(user).read(["selected_seller_id"])[0]
                name = name["selected_seller_id"][1]
                self.assertIn(self.partner_a.name, name)
                self.assertEqual("21" in name, told)
                sellers = self.sellers.with_user(user)
                self.assertEqual("21" in str(sellers.mapped("display_name")), told)

    def test_scrap(self):
        form = Form(self.env["stock.scrap"].with_user(self.keeper))
        form.product_id = self.product
        self.assertEqual(form.save().product_uom_id, self.product.uom_id)

    def test_forecast(self):
        """Also with orders that are to be delivered, and for the warehouse's head."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        order.action_confirm()
        managers = self.env.ref("stock.group_stock_manager")
        for group in (self.env["res.groups"], managers):
            self.keeper.group_ids += group
            report = self.env["stock.forecasted_product_product"]
            report = report.with_user(self.keeper)
            docs = report.get_report_values(self.product.ids)["docs"]
            with self.subTest(group=group.name):
                self.assertIn(self.product.id, docs["product"])
                self.assertNotIn("value", docs)
                picking = docs["lines"][0]["move_out"]["picking_id"]
                self.assertEqual(picking["sale_id"]["id"], order.id)
                self.assertNotIn("amount_untaxed", picking["sale_id"])

    def test_replenishment(self):
        wizard = (
            self.env["product.replenish"]
            .with_user(self.keeper)
            .with_context(
                default_product_id=self.product.id,
                default_product_tmpl_id=self.product.product_tmpl_id.id,
            )
        )
        self.assertEqual(Form(wizard).save().product_uom_id, self.product.uom_id)
