from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import FunnelCommon


@tagged("post_install", "-at_install")
class TestPriceGuard(FunnelCommon):
    """Who works in the warehouse alone delivers everything and sees no price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {
                "name": "Hex bolt M8x30",
                "is_storable": True,
                "list_price": 36.5,
                "standard_price": 21.0,
            }
        )
        warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, warehouse.lot_stock_id, 100
        )
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [
                    Command.create(
                        {"product_id": cls.product.id, "product_uom_qty": 12}
                    )
                ],
            }
        )
        cls.order.action_confirm()
        cls.picking = cls.order.picking_ids
        cls.keeper = cls.users["warehouse"]
        cls.keeper.group_ids += cls.env.ref("base.group_allow_export")

    def _assert_withheld(self, records, *names):
        records = records.with_user(self.keeper)
        for name in names:
            with self.subTest(model=records._name, field=name):
                self.assertNotIn(name, records.fields_get())
                with self.assertRaises(AccessError):
                    records.read([name])
                with self.assertRaises(AccessError):
                    records.web_read({name: {}})
                with self.assertRaises(AccessError):
                    records.export_data([name])

    def test_prices_are_withheld(self):
        self._assert_withheld(
            self.order, "amount_untaxed", "amount_total", "tax_totals"
        )
        self._assert_withheld(
            self.order.order_line, "price_unit", "price_subtotal", "discount", "margin"
        )
        self._assert_withheld(self.product, "lst_price", "standard_price")
        self._assert_withheld(
            self.product.product_tmpl_id, "list_price", "standard_price"
        )
        self._assert_withheld(self.picking.move_ids, "price_unit", "value")

    def test_what_prices_follow_from_is_not_changed(self):
        line = self.order.order_line.with_user(self.keeper)
        order = self.order.with_user(self.keeper)
        self.assertEqual(line.tax_ids.with_env(self.env), self.order.order_line.tax_ids)
        self.assertTrue(line.fields_get(["tax_ids"])["tax_ids"]["readonly"])
        for work in (
            lambda: line.write({"tax_ids": [Command.clear()]}),
            lambda: order.write({"fiscal_position_id": False}),
            lambda: order.write(
                {"order_line": [Command.update(line.id, {"tax_ids": []})]}
            ),
            order.action_update_taxes,
            order.action_update_prices,
        ):
            with self.assertRaises(AccessError):
                work()
        seller = self.order.with_user(self.users["order_desk"])
        seller.order_line.write({"tax_ids": [Command.clear()]})
        self.assertFalse(self.order.order_line.tax_ids)
        seller.action_update_taxes()

    def test_parts_of_prices_are_withheld(self):
        """What is added to the price of a variant or a combo, what goods that came in
        are worth, what a team has invoiced."""
        colour = self.env["product.attribute"].create(
            {
                "name": "Colour",
                "value_ids": [
                    Command.create({"name": name, "default_extra_price": 3})
                    for name in ("Zinc", "Black")
                ],
            }
        )
        template = self.env["product.template"].create(
            {
                "name": "Washer",
                "attribute_line_ids": [
                    Command.create(
                        {
                            "attribute_id": colour.id,
                            "value_ids": [Command.set(colour.value_ids.ids)],
                        }
                    )
                ],
            }
        )
        added = template.attribute_line_ids.product_template_value_ids
        combo = self.env["product.combo"].create(
            {
                "name": "Box",
                "combo_item_ids": [Command.create({"product_id": self.product.id})],
            }
        )
        self._assert_withheld(colour.value_ids, "default_extra_price")
        self._assert_withheld(added, "price_extra")
        self._assert_withheld(combo, "base_price")
        self._assert_withheld(combo.combo_item_ids, "extra_price", "lst_price")
        self._assert_withheld(
            self.picking.move_ids, "value_justification", "value_computed_justification"
        )
        self._assert_withheld(self.team, "invoiced", "invoiced_target")

    def test_head_of_the_warehouse(self):
        """The administrator of Odoo's Inventory app is no job that deals with prices."""
        self.keeper.group_ids += self.env.ref("stock.group_stock_manager")
        value = self.env["product.value"].search(
            [("product_id", "=", self.product.id)], limit=1
        )
        quants = self.env["stock.quant"].search([("product_id", "=", self.product.id)])
        self._assert_withheld(quants, "value")
        self._assert_withheld(value, "value", "current_value_details")
        average = self.env["stock.avco.report"].with_user(self.keeper)
        with self.assertRaises(AccessError):
            average.search_read([], ["value"])
        with self.assertRaises(AccessError):
            quants.with_user(self.keeper)._read_group([], [], ["value:sum"])

    def test_no_way_around(self):
        """Neither searching, sorting, grouping nor walking a path finds a price out."""
        lines = self.env["sale.order.line"].with_user(self.keeper)
        for attempt in (
            lambda: lines.search([("price_unit", ">", 30)]),
            lambda: lines.search([], order="price_unit"),
            lambda: lines._read_group([], [], ["price_subtotal:sum"]),
            lambda: lines.formatted_read_group([], ["price_unit"], ["__count"]),
            lambda: self.picking.with_user(self.keeper).export_data(
                ["sale_id/amount_total"]
            ),
            lambda: (
                self.env["stock.move"]
                .with_user(self.keeper)
                .search([("sale_line_id.price_unit", "=", 36.5)])
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_views_leave_prices_out(self):
        for model, view_type, shown, hidden in (
            ("product.template", "form", "name", "list_price"),
            ("product.template", "list", "name", "list_price"),
            ("product.template", "kanban", "name", "list_price"),
            ("sale.order", "form", "partner_id", "tax_totals"),
            ("sale.order", "list", "partner_id", "amount_total"),
        ):
            with self.subTest(model=model, view=view_type):
                for role, visible in (("warehouse", False), ("order_desk", True)):
                    views = self.env[model].with_user(self.users[role])
                    arch = views.get_views([(False, view_type)])["views"][view_type]
                    tree = etree.fromstring(arch["arch"])
                    self.assertTrue(tree.xpath(f"//field[@name='{shown}']"))
                    found = bool(tree.xpath(f"//field[@name='{hidden}']"))
                    self.assertEqual(found, visible)

    def test_views_ask_for_nothing_that_is_withheld(self):
        """Every view that the web client opens loads without an error."""
        for record in (self.product, self.product.product_tmpl_id, self.picking):
            for view_type in ("form", "list", "kanban"):
                with self.subTest(model=record._name, view=view_type):
                    record = record.with_user(self.keeper)
                    arch = record.get_views([(False, view_type)])["views"][view_type]
                    tree = etree.fromstring(arch["arch"])
                    names = {
                        node.get("name")
                        for node in tree.xpath("//field[not(ancestor::field)]")
                    }
                    record.web_read({name: {} for name in names})

    def test_delivers_in_part_with_a_backorder_and_takes_back(self):
        picking = self.picking.with_user(self.keeper)
        picking.action_assign()
        picking.move_ids.quantity = 5
        picking.move_ids.picked = True
        action = picking.button_validate()
        wizard = Form.from_action(picking.env, action).save()
        wizard.process()
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.order.order_line.qty_delivered, 5)
        backorder = self.order.picking_ids - self.picking
        self.assertEqual(backorder.move_ids.product_uom_qty, 7)

        back = Form(
            self.env["stock.return.picking"]
            .with_user(self.keeper)
            .with_context(
                active_id=picking.id, active_ids=picking.ids, active_model=picking._name
            )
        ).save()
        back.product_return_moves.quantity = 2
        returned = self.env["stock.picking"].browse(
            back.action_create_returns()["res_id"]
        )
        returned = returned.with_user(self.keeper)
        returned.move_ids.quantity = 2
        returned.move_ids.picked = True
        returned.button_validate()
        self.assertEqual(returned.state, "done")
        self.assertEqual(self.order.order_line.qty_delivered, 3)

    def test_receives_from_a_purchase_order(self):
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.partner_a.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_qty": 10,
                            "price_unit": 20,
                        }
                    )
                ],
            }
        )
        purchase.button_confirm()
        receipt = purchase.picking_ids.with_user(self.keeper)
        receipt.move_ids.write({"quantity": 10, "picked": True})
        receipt.button_validate()
        self.assertEqual(receipt.state, "done")
        self.assertEqual(purchase.order_line.qty_received, 10)
        self.assertEqual(receipt.sudo().move_ids.value, 200)
        self._assert_withheld(purchase, "amount_total")
        self._assert_withheld(purchase.order_line, "price_unit")

    def test_counts_and_scraps(self):
        """Other work of a warehouse keeper that touches the value of goods."""
        quant = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id.usage", "=", "internal"),
            ]
        )
        quant = quant.with_user(self.keeper).with_context(inventory_mode=True)
        quant.inventory_quantity = 90
        quant.action_apply_inventory()
        self.assertEqual(quant.quantity, 90)
        scrap = (
            self.env["stock.scrap"]
            .with_user(self.keeper)
            .create({"product_id": self.product.id, "scrap_qty": 1})
        )
        scrap.action_validate()
        self.assertEqual(quant.quantity, 89)

    def test_duplicates_a_delivery(self):
        copy = self.picking.with_user(self.keeper).copy()
        self.assertEqual(copy.move_ids.product_uom_qty, 12)

    def test_tracked_amounts_stay_hidden(self):
        field = self.env["ir.model.fields"]._get("sale.order", "amount_total")
        amounts = self.env["mail.tracking.value"].create(
            {
                "field_id": field.id,
                "old_value_float": 438,
                "new_value_float": 480,
                "mail_message_id": self.order.message_post(body="New price").id,
            }
        )
        self.assertTrue(
            amounts._filter_has_field_access(self.env(user=self.users["order_desk"]))
        )
        self.assertFalse(amounts._filter_has_field_access(self.env(user=self.keeper)))

    def test_a_second_job_opens_prices(self):
        clerk = self.new_role_user("funnel_clerk", "warehouse", "order_desk")
        line = self.order.order_line.with_user(clerk)
        self.assertEqual(line.price_unit, 36.5)

    def test_users_without_role_are_left_as_they_were(self):
        user = self.env["res.users"].create(
            {
                "name": "Stock user of before",
                "login": "stock_before",
                "group_ids": [Command.set([self.env.ref("stock.group_stock_user").id])],
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
            }
        )
        self.assertEqual(self.order.order_line.with_user(user).price_unit, 36.5)
