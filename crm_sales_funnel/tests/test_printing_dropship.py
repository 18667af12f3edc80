from odoo import Command
from odoo.tests import tagged

from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingDropship(PrintingCommon):
    """A vendor delivers to the customer. Odoo's transfer has the vendor's name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.shop = cls.env["res.partner"].create(
            {
                "name": "Shop South",
                "parent_id": cls.customer.id,
                "type": "delivery",
                "street": "Hafen 4",
                "phone": "+49 89 1",
                "lang": "de_DE",
            }
        )
        cls.vendor = cls.env["res.partner"].create({"name": "Schrauben AG"})
        cls.picking = cls.new_delivery(partner_shipping_id=cls.shop.id)
        cls.supplier = cls.env.ref("stock.stock_location_suppliers")
        cls.picking.write({"partner_id": cls.vendor.id, "location_id": cls.supplier.id})

    def assert_for_the_shop(self, picking):
        (document,) = picking._print_documents(set(), False)
        values = document["values"]
        self.assertEqual(values["customer"], "Nordwind GmbH")
        self.assertEqual(values["contact"], "Shop South")
        self.assertEqual(values["phone"], "+49 89 1")
        self.assertIn("Hafen 4", values["address"])
        self.assertEqual(picking._print_language(), "de_DE")

    def test_the_slip_is_for_the_customer(self):
        self.assertEqual(self.picking.slip_kind, "delivery")
        self.assert_for_the_shop(self.picking)

    def test_the_list_of_slips_names_the_customer(self):
        self.with_prices._render(self.picking, "xlsx")
        slip = self.picking.slip_ids
        self.assertEqual(slip.partner_id, self.shop.commercial_partner_id)
        self.with_prices._render(self.picking, "xlsx")
        self.assertEqual((slip.version, slip.print_count), (1, 2))

    def test_what_goes_back_to_the_vendor_is_from_the_customer(self):
        customers = self.picking.location_dest_id
        self.picking.location_dest_id = self.supplier
        self.picking.location_id = customers
        self.assertEqual(self.picking.slip_kind, "return")
        self.assert_for_the_shop(self.picking)

    def test_the_purchase_order_tells_where_it_goes_without_a_sale(self):
        self.picking.move_ids.sudo().sale_line_id = False
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "order_line": [Command.create({"product_id": self.bolt.id})],
            }
        )
        order.dest_address_id = self.shop
        self.picking.move_ids.purchase_line_id = order.order_line
        self.assert_for_the_shop(self.picking)

    def test_without_any_order_it_is_for_whom_the_transfer_names(self):
        self.picking.move_ids.sudo().sale_line_id = False
        (document,) = self.picking._print_documents(set(), False)
        self.assertEqual(document["values"]["customer"], "Schrauben AG")

    def test_the_warehouse_prints_it(self):
        self.assert_for_the_shop(self.picking.with_user(self.users["warehouse"]))

    def test_the_customer_chooses_the_layout_and_the_item_codes(self):
        layout = self.with_prices.copy({"name": "Nordwind"})
        self.env["funnel.print.rule"].create(
            {
                "report_id": self.report.id,
                "layout_id": layout.id,
                "partner_id": self.customer.id,
            }
        )
        runs = self.env["funnel.print.rule"]._get_runs(self.report, self.picking)
        self.assertEqual([chosen for chosen, _records in runs], [layout])
        self.env["funnel.customer.product"].create(
            {
                "partner_id": self.customer.id,
                "product_id": self.bolt.id,
                "code": "10-4432",
            }
        )
        (document,) = self.picking._print_documents({"customer_code"}, False)
        self.assertEqual(document["lines"][0]["customer_code"], "10-4432")
