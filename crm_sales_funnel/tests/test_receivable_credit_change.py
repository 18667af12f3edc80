import json

from odoo import Command
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .test_receivable_credit_gate import GateCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditChange(GateCommon):
    """Orders that are confirmed and become more, or somebody else's."""

    def sold(self, quantity=3, **values):
        order = self.quote(quantity, **values)
        order.action_confirm()
        return order

    def more(self, quantity, order, user=None):
        """Write a quantity as the form does."""
        line = order.order_line[:1]
        return order.with_user(user or self.desk).write(
            {"order_line": [Command.update(line.id, {"product_uom_qty": quantity})]}
        )

    def add(self, order, user=None, **values):
        values = {"product_id": self.nut.id, "price_unit": 5, **values}
        lines = self.env["sale.order.line"].with_user(user or self.desk)
        return lines.create({"order_id": order.id, **values})

    # ------------------------------------------------------------------
    # More than was confirmed
    # ------------------------------------------------------------------

    def test_every_way_to_add_to_an_order(self):
        order = self.sold()
        self.hold()
        line = order.order_line.with_user(self.desk)
        service = self.env["product.product"].create(
            {"name": "Assembly", "type": "service", "invoice_policy": "order"}
        )
        free = self.quote(1, partner_id=self.customer.id).order_line
        for work in (
            lambda: self.more(4, order),
            lambda: line.write({"product_uom_qty": 4}),
            lambda: line.write({"price_unit": 11}),
            lambda: self.add(order),
            lambda: self.add(order, product_id=service.id),
            lambda: order.with_user(self.desk).write(
                {"order_line": [Command.create({"product_id": self.nut.id})]}
            ),
            lambda: free.with_user(self.desk).write({"order_id": order.id}),
        ):
            self.assert_refused(work, order.name, "is not changed", "cheque", "Ask ")
        self.assertEqual(order.amount_total, 33.9)

    def test_what_becomes_no_more_is_not_asked(self):
        order = self.sold()
        draft = self.quote(1)
        self.hold()
        self.more(2, order)
        self.more(20, draft)
        order.order_line.with_user(self.desk).name = "Bolts"
        self.add(order, price_unit=-5)
        note = {"product_id": False, "price_unit": 0, "name": "Mind the gap"}
        self.add(order, display_type="line_note", **note)
        self.add(order, price_unit=5, product_uom_qty=0)
        self.assertEqual(len(order.order_line), 4)

    def test_an_order_is_judged_when_all_its_lines_are_written(self):
        """One line more and another one less is no more altogether."""
        order = self.sold()
        self.add(order, user=self.env.user, price_unit=20)
        self.hold()
        bolts, nuts = order.order_line
        values = {
            "order_line": [
                Command.update(bolts.id, {"product_uom_qty": 4}),
                Command.update(nuts.id, {"price_unit": 1, "tax_ids": False}),
            ]
        }
        order.with_user(self.desk).write(values)
        self.assertEqual(bolts.product_uom_qty, 4)

    def test_nothing_is_reckoned_of_what_is_no_more(self):
        """The customer is not looked at at all."""
        order = self.sold()
        self.limit(credit_limit=1)
        self.env.flush_all()

        def never(*args, **options):
            raise AssertionError("asked")

        self.patch(type(self.check), "_check", never)
        self.more(2, order)
        order.order_line.name = "Bolts"
        self.quote(5)

    def test_up_to_the_limit(self):
        """113.00 and 33.90 are ordered; one more is 158.20."""
        order = self.sold()
        self.limit(credit_limit=158.2)
        self.more(4, order)
        self.assert_refused(lambda: self.more(5, order), r"11\.30 too much")

    def test_up_to_the_limit_of_debts(self):
        """Where promises do not count, those of the order itself do."""
        self.company.credit_used = "debts"
        order = self.sold()
        self.deliver(order.picking_ids, 1)
        self.limit(credit_limit=45.2)
        self.more(4, order)
        self.assert_refused(lambda: self.more(5, order), r"11\.30 too much")

    def test_what_is_paid_comes_off(self):
        self.picking.action_cancel()
        order = self.quote(2)
        self.pay_online(order, 22.6)
        order.action_confirm()
        self.limit(credit_limit=11.3)
        self.more(3, order)
        self.assert_refused(lambda: self.more(4, order), r"11\.30 too much")

    def test_a_limit_that_is_passed_already(self):
        order = self.sold()
        self.limit(credit_limit=1)
        self.more(2, order)
        self.assert_refused(lambda: self.more(3, order), "too much")

    def test_a_gate_that_is_open(self):
        order = self.sold()
        self.hold()
        self.company.credit_gate_orders = False
        self.more(4, order)
        self.assertEqual(order.order_line.product_uom_qty, 4)

    def test_created_as_confirmed_it_is_asked_once(self):
        self.limit(credit_limit=1)
        asked = []
        check = type(self.check)._check
        self.patch(
            type(self.check),
            "_check",
            lambda model, orders, **options: asked.append(options),
        )
        self.quote(1, state="sale")
        self.patch(type(self.check), "_check", check)
        self.assertEqual(asked, [{}])

    # ------------------------------------------------------------------
    # Overridden
    # ------------------------------------------------------------------

    def test_more_is_overridden_and_written_again(self):
        manager = self.users["manager"]
        order = self.sold()
        self.hold()
        action = self.override(lambda: self.more(5, order, manager))
        self.assertEqual(action, {"type": "ir.actions.act_window_close"})
        self.assertEqual(order.order_line.product_uom_qty, 3)
        override = self.overrides()
        self.assertEqual((override.order_id, override.amount), (order, 56.5))
        self.assertEqual(override.goods, {str(self.bolt.id): 5})
        self.assertIn("cheque", override.why)
        self.assert_refused(lambda: self.more(6, order), "cheque")
        self.more(5, order, manager)
        self.deliver(self.pick(order.picking_ids, 5).with_user(self.desk), 5)
        self.assertEqual(order.order_line.qty_delivered, 5)

    def test_more_over_a_limit_is_overridden(self):
        manager = self.users["manager"]
        order = self.sold()
        self.limit(credit_limit=120)
        self.override(lambda: self.more(5, order, manager))
        self.assertEqual(self.overrides().excess, 49.5)
        self.more(5, order, manager)
        self.assertEqual(order.order_line.product_uom_qty, 5)

    def test_who_takes_over_an_order_is_overridden(self):
        manager = self.users["manager"]
        order = self.sold(partner_id=self.customer.id)
        self.hold()
        payer = {"partner_invoice_id": self.partner.id}
        self.assert_refused(
            lambda: order.with_user(self.desk).write(payer),
            f"{order.name} of Ostwind GmbH is not changed",
            "cheque",
            "Ask ",
        )
        self.override(lambda: order.with_user(manager).write(payer))
        self.assertEqual(order.partner_invoice_id, self.customer)
        self.assertEqual(self.overrides().amount, 33.9)
        order.with_user(manager).write(payer)
        self.assertEqual(order.partner_invoice_id, self.partner)

    def test_changes_of_other_orders_are_not_overridden(self):
        """The dialog takes what it is sent, of orders that the user may write."""
        manager = self.users["manager"]
        mine, other = self.sold(), self.sold()
        self.hold()
        change = {
            "model": "sale.order",
            "document": other.id,
            "company": self.company.id,
            "customer": self.partner.id,
            "amount": 1000,
            "goods": {},
        }
        self.env["funnel.credit.override.wizard"].with_user(manager).create(
            {
                "order_ids": [Command.set(mine.ids)],
                "reason": "Mine",
                "changes": [change],
            }
        ).action_override()
        self.assertFalse(self.overrides())

    def test_what_was_not_refused_is_not_overridden(self):
        """The dialog believes no amount that somebody made up."""
        manager = self.users["manager"]
        order = self.sold()
        self.hold()
        with self.assertRaises(RedirectWarning) as refused:
            self.more(4, order, manager)
        self.env.invalidate_all()
        changes = refused.exception.args[3]["default_changes"]
        made_up = {
            "model": "sale.order",
            "document": order.id,
            "company": self.company.id,
            "customer": self.partner.id,
            "amount": 1e12,
            "goods": {},
        }
        dialogs = self.env["funnel.credit.override.wizard"].with_user(manager)
        values = {"order_ids": [Command.set(order.ids)], "reason": "Why not"}
        for claimed in (
            [made_up],
            json.dumps([made_up]),
            changes[:-4] + "AAAA",
            "AQAA",
            "x",
            "\u4f59",
            {"order": order.id},
            7,
            True,
        ):
            with self.subTest(claimed):
                dialog = dialogs.create({**values, "changes": claimed})
                self.assertFalse(dialog.why)
                dialog.action_override()
                self.assertFalse(self.overrides())
        dialogs.create({**values, "changes": changes}).action_override()
        override = self.overrides()
        self.assertEqual(override.amount, 45.2)
        self.assertEqual(override.goods, {str(self.bolt.id): 4})
        self.more(4, order, manager)
        with self.assertRaises(RedirectWarning):
            self.more(5, order, manager)

    # ------------------------------------------------------------------
    # What an order takes back
    # ------------------------------------------------------------------

    def test_what_an_order_takes_back_comes_off_of_it(self):
        self.picking.action_cancel()
        order = self.quote(10)
        self.add(order, product_id=self.bolt.id, price_unit=10, product_uom_qty=-4)
        order.action_confirm()
        self.assert_used(0, 67.8)
        back = order.picking_ids.filtered(lambda p: p.picking_type_code == "incoming")
        self.deliver(back, 4)
        self.assert_used(-45.2, 113)
        self.deliver(order.picking_ids - back, 10)
        self.assert_used(67.8, 0)

    def test_a_discount_comes_off_until_it_is_invoiced(self):
        self.picking.action_cancel()
        order = self.quote(10)
        discount = self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.2,
            }
        )
        discount.action_apply_discount()
        order.action_confirm()
        self.assert_used(0, 90.4)
        self.deliver(order.picking_ids, 5)
        self.assert_used(56.5, 33.9)
        self.deliver(order.picking_ids.backorder_ids, 5)
        self.assert_used(113, -22.6)
        order._create_invoices().action_post()
        self.assert_used(90.4, 0)

    def test_a_discount_alone_makes_no_room(self):
        service = self.env["product.product"].create(
            {"name": "Discount", "type": "service", "invoice_policy": "order"}
        )
        order = self.quote(1)
        order.order_line.write(
            {"product_id": service.id, "price_unit": -500, "tax_ids": False}
        )
        order.action_confirm()
        self.assert_used(0, 113)
        self.add(order, product_id=self.bolt.id, price_unit=10, product_uom_qty=2)
        self.assert_used(0, 113)

    def test_it_makes_no_room_for_other_orders(self):
        order = self.quote(1)
        order.order_line.product_uom_qty = -100
        order.action_confirm()
        self.assert_used(0, 113)

    # ------------------------------------------------------------------
    # A file
    # ------------------------------------------------------------------

    def test_an_import_says_it_in_words(self):
        order = self.quote(1)
        self.hold()
        for role in ("order_desk", "manager"):  # who may override, sees no dialog there
            with self.subTest(role):
                orders = order.browse().with_user(self.users[role])
                found = orders.with_context(import_file=True).load(
                    [".id", "state"], [[str(order.id), "Sales Order"]]
                )
                (message,) = found["messages"]
                self.assertIn("cheque", message["message"])
                self.assertNotIn("default_order_ids", message["message"])
                self.env.invalidate_all()
                self.assertEqual(order.state, "draft")
