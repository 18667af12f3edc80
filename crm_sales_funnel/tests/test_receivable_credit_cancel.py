from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_receivable_credit_gate import GateCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditCancel(GateCommon):
    """Who has goods that are not invoiced owes for them: their order is not cancelled."""

    def ways(self, order):
        """Return how an order is cancelled, by name."""
        for role in ("salesperson", "order_desk", "manager"):
            mine = order.with_user(self.users[role])
            yield f"{role} button", mine.action_cancel
            yield f"{role} write", lambda mine=mine: mine.write({"state": "cancel"})
        dialog = self.env["sale.mass.cancel.orders"].with_user(self.users["manager"])
        dialog = dialog.create({"sale_order_ids": [(6, 0, order.ids)]})
        yield "dialog", dialog.action_mass_cancel

    def assert_kept(self, order, amount):
        order.user_id = self.users["salesperson"]
        for name, way in self.ways(order):
            with self.subTest(name):
                self.assert_refused(
                    way, order.name, "is not cancelled", amount, "not invoiced"
                )
                self.assertEqual(order.state, "sale")

    def test_what_is_delivered_is_invoiced_first(self):
        order = self.picking.sale_id
        self.deliver(self.picking, 4)
        self.assert_kept(order, r"45\.20")
        self.assert_used(45.2, 67.8)
        self.limit(credit_limit=112)
        self.assert_refused(lambda: self.confirm(self.quote(6)), "too much")
        draft = order._create_invoices()
        self.assert_kept(order, r"45\.20")
        draft.action_post()
        order.with_user(self.desk).action_cancel()
        self.assertEqual(order.state, "cancel")
        self.assert_used(45.2, 0)

    def test_what_came_back_is_owed_by_nobody(self):
        order = self.picking.sale_id
        self.deliver(self.picking, 10)
        self.assert_kept(order, r"113\.00")
        self.give_back(self.picking, 10)
        order.with_user(self.desk).action_cancel()
        self.assertEqual(order.state, "cancel")
        self.assert_used(0, 0)

    def test_what_is_open_is_cancelled_on_its_transfer(self):
        order = self.picking.sale_id
        self.deliver(self.picking, 4)
        self.picking.backorder_ids.with_user(self.desk).action_cancel()
        self.assertEqual(order.state, "sale")
        self.assert_used(45.2, 0)

    def test_what_costs_nothing_is_cancelled(self):
        order = self.picking.sale_id
        order.order_line.price_unit = 0
        self.deliver(self.picking, 4)
        order.with_user(self.desk).action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_what_is_not_delivered_is_cancelled(self):
        for order in (self.picking.sale_id, self.quote(1)):
            order.with_user(self.desk).action_cancel()
            self.assertEqual(order.state, "cancel")

    def test_the_program_cancels(self):
        order = self.picking.sale_id
        self.deliver(self.picking, 4)
        order.sudo().action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_who_sees_no_prices_is_told_no_amount(self):
        order = self.picking.sale_id.with_user(self.users["warehouse"])
        self.deliver(self.picking, 4)
        with self.assertRaises(UserError) as refused:
            order.write({"state": "cancel"})
        self.assertNotIn("45.2", refused.exception.args[0])
        self.assertRegex(
            order._get_owed_message(45.2), "^S.* something .* not invoiced[^0-9]*$"
        )
