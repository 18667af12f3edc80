from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_receivable_credit_gate import GateCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditOverride(GateCommon):
    """What somebody allowed who may, and how far that reaches."""

    def fall_due(self, invoice, days=9):
        items = invoice.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        items.date_maturity = fields.Date.today() - timedelta(days=days)

    def test_an_order_is_overridden(self):
        manager = self.users["manager"]
        hold = self.hold()
        self.limit(credit_limit=120)
        order = self.quote(1)
        self.override(order.with_user(manager).action_confirm)
        self.assertEqual(order.state, "sale")
        override = self.overrides()
        self.assertRecordValues(
            override,
            [
                {
                    "order_id": order.id,
                    "user_id": manager.id,
                    "reason": "Agreed with the director",
                    "company_id": self.company.id,
                    "hold_ids": hold.ids,
                    "amount": 11.3,
                    "owed": 0,
                    "promised": 113,
                    "credit_limit": 120,
                    "excess": 4.3,
                }
            ],
        )
        self.assertIn("cheque bounced", override.why)
        self.assertIn("4.30 too much", override.why)
        notes = order.message_ids.mapped("body")
        self.assertTrue(any(f"overridden by {manager.name}" in note for note in notes))

    def test_an_override_covers_the_deliveries(self):
        self.hold()
        order = self.quote(3)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        picking = order.picking_ids
        self.deliver(self.pick(picking, 1).with_user(self.desk), 1)
        self.deliver(picking.backorder_ids.with_user(self.desk), 2)
        self.assertEqual(order.order_line.qty_delivered, 3)
        self.assertEqual(len(self.overrides()), 1)

    def test_a_later_hold_is_not_covered(self):
        hold = self.hold()
        order = self.quote(3)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        hold._release("Paid")
        self.hold("Late again")
        picking = self.pick(order.picking_ids, 3).with_user(self.desk)
        self.assert_refused(picking.button_validate, "Late again")

    def test_more_than_was_overridden_is_not_covered(self):
        self.hold()
        order = self.quote(3)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        line = order.order_line
        mine = line.with_user(self.desk)
        self.assert_refused(lambda: mine.write({"product_uom_qty": 4}), "cheque")
        self.company.credit_gate_orders = False
        line.product_uom_qty = 4
        picking = self.pick(order.picking_ids, 4).with_user(self.desk)
        self.assert_refused(picking.button_validate, "cheque")

    def test_more_goods_for_the_same_amount_are_not_covered(self):
        """Three for 10 are overridden; six for 5 are not, nor something else."""
        self.hold()
        for values in (
            {"product_uom_qty": 6, "price_unit": 5},
            {"product_id": self.nut.id},
        ):
            order = self.quote(3)
            self.override(order.with_user(self.users["manager"]).action_confirm)
            order._action_cancel()
            order.action_draft()
            tax = [Command.set(self.vat.ids)]
            order.order_line.write({"price_unit": 10, "tax_ids": tax, **values})
            with self.subTest(**values):
                self.assertLessEqual(order.amount_total, 33.9)
                self.assert_refused(lambda o=order: self.confirm(o), "cheque")
        order.order_line.write(
            {"product_id": self.bolt.id, "price_unit": 10, "product_uom_qty": 2}
        )
        self.confirm(order)
        self.assertEqual(order.state, "sale")

    def test_a_customer_who_owes_far_more_is_not_covered(self):
        """33.90 are allowed to who has ordered 45.20: 79.10 altogether."""
        others = self.deliverable(3), self.deliverable(1)
        self.picking.sale_id._action_cancel()
        order = self.quote(3)
        hold = self.hold()
        self.override(order.with_user(self.users["manager"]).action_confirm)
        self.assertEqual(self.overrides().promised, 45.2)
        self.free(self.deliver, others[0], 3)
        self.free(self.deliver, self.free(self.deliverable, 4), 4)
        picking = order.picking_ids
        self.deliver(self.pick(picking, 1).with_user(self.desk), 1)
        self.free(self.deliver, others[1], 1)
        rest = self.pick(picking.backorder_ids, 2).with_user(self.desk)
        self.assert_refused(rest.button_validate, r"owes .*101\.70")
        self.assertTrue(hold.is_active)

    def free(self, work, *args):
        """Do something while nothing is held back."""
        gates = {"credit_gate_orders": False, "credit_gate_deliveries": False}
        self.company.write(gates)
        result = work(*args)
        self.company.write(dict.fromkeys(gates, True))
        return result

    def test_another_reason_is_not_covered(self):
        """Overridden was a hold, and then the customer passes a limit as well."""
        self.hold()
        order = self.quote(3)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        picking = self.pick(order.picking_ids, 3).with_user(self.desk)
        self.limit(credit_limit=30)
        self.assert_refused(picking.button_validate, r"3\.90 too much")
        self.limit(credit_limit=0)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_more_overdue_is_not_covered(self):
        """Of 192.10 are 113.00 overdue when 33.90 are allowed, and then all of it."""
        first = self.invoice(self.deliver(self.picking, 10))
        second = self.invoice(self.deliver(self.deliverable(7), 7))
        self.fall_due(first)
        self.limit(overdue_limit=100)
        order = self.quote(3)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        self.assertTrue(self.overrides().for_overdue)
        picking = self.pick(order.picking_ids, 3).with_user(self.desk)
        self.fall_due(second)
        self.assert_refused(picking.button_validate, r"192\.10 are overdue")
        self.fall_due(second, days=-9)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_more_than_ordered_is_not_covered(self):
        """Of one bolt two leave, by one delivery or by one after the other."""
        self.hold()
        order = self.quote(1)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        picking = self.pick(order.picking_ids, 2).with_user(self.desk)
        self.assert_refused(picking.button_validate, "cheque")
        self.pick(order.picking_ids, 1)
        picking.button_validate()
        again = self.env["stock.move"].create(
            {
                "product_id": self.bolt.id,
                "product_uom_qty": 1,
                "sale_line_id": order.order_line.id,
                "picking_type_id": picking.picking_type_id.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
                "partner_id": self.partner.id,
            }
        )
        again._action_confirm()
        again._assign_picking()
        self.assertTrue(again.picking_id)
        picking = self.pick(again.picking_id, 1).with_user(self.desk)
        self.assert_refused(picking.button_validate, "cheque")

    def test_an_override_is_of_one_customer(self):
        """What was allowed to one is not to another who takes over the order."""
        self.limit(credit_limit=20)
        self.customer.with_company(self.company).credit_limit = 20
        order = self.quote(5)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        order._action_cancel()
        order.action_draft()
        order.write(
            {
                "partner_id": self.customer.id,
                "partner_invoice_id": self.customer.id,
            }
        )
        self.assert_refused(
            lambda: self.confirm(order), "over the credit limit|too much"
        )
        order.partner_invoice_id = self.partner
        self.confirm(order)
        self.assertEqual(order.state, "sale")

    def test_what_is_not_in_the_order_is_not_covered(self):
        self.hold()
        order = self.quote(1)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        picking = self.pick(order.picking_ids, 1)
        self.add_nut(picking)
        self.assert_refused(picking.with_user(self.desk).button_validate, "cheque")

    def test_a_delivery_is_overridden(self):
        self.hold("Owes 4711")
        manager = self.users["manager"]
        picking = self.pick(self.picking, 4).with_user(manager)
        picking = picking.with_context(skip_backorder=True)
        action = self.override(picking.button_validate)
        self.assertEqual(action["res_model"], "stock.backorder.confirmation")
        self.assertEqual(self.overrides().picking_id, self.picking)
        self.assertEqual(self.overrides().amount, 45.2)
        note = self.picking.message_ids.filtered(
            lambda m: "overridden" in (m.body or "")
        )
        self.assertNotRegex(note.body, r"4711|\d\.\d\d")
        self.assertTrue(note)
        dialog = (
            self.env[action["res_model"]]
            .with_user(self.desk)
            .with_context(**action["context"])
            .create({})
        )
        dialog.process()
        self.assertEqual(self.picking.state, "done")
        rest = self.pick(self.picking.backorder_ids, 6).with_user(self.desk)
        self.assert_refused(rest.button_validate, "on credit hold")

    def test_several_are_overridden_where_needed(self):
        self.limit(credit_limit=140)
        orders = self.quote(2) | self.quote(1)
        self.override(orders.with_user(self.users["manager"]).action_confirm)
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        self.assertEqual(self.overrides().order_id, orders[1])

    def test_a_reason_must_be_written(self):
        self.hold()
        order = self.quote(1).with_user(self.users["manager"])
        with self.assertRaises(UserError):
            self.override(order.action_confirm, reason="  ")
        self.assertFalse(self.overrides())

    def test_who_may_not_override(self):
        self.hold()
        order = self.quote(1)
        dialogs = self.env["funnel.credit.override.wizard"]
        for role in ("salesperson", "team_leader", "order_desk", "finance"):
            with self.subTest(role), self.assertRaises(AccessError):
                dialogs.with_user(self.users[role]).create(
                    {"order_ids": [Command.set(order.ids)], "reason": "Mine"}
                ).action_override()
        self.assertFalse(self.overrides())

    def test_orders_of_others_are_not_overridden(self):
        """The right opens no order that the user may not write."""
        self.hold()
        other = self.new_role_user("funnel_bold", "salesperson")
        other.group_ids |= self.env.ref("crm_sales_funnel.group_funnel_credit_override")
        order = self.quote(1)
        dialogs = self.env["funnel.credit.override.wizard"].with_user(other)
        with self.assertRaises(AccessError):
            dialogs.create(
                {"order_ids": [Command.set(order.ids)], "reason": "Mine"}
            ).action_override()
        self.assertFalse(self.overrides())
