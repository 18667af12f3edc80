from odoo import Command
from odoo.exceptions import RedirectWarning, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from .test_receivable_credit import CreditCommon


class GateCommon(CreditCommon):
    def override(self, work, reason="Agreed with the director", user=None):
        """Do what is refused, then override it; return what the dialog returns."""
        user = user or self.users["manager"]
        with self.assertRaises(RedirectWarning) as refused:
            work()
        self.env.invalidate_all()
        _message, action, _label, context = refused.exception.args
        model = self.env["ir.actions.act_window"].browse(action).res_model
        dialog = self.env[model].with_user(user).with_context(**context)
        return dialog.create({"reason": reason}).action_override()

    def overrides(self):
        return self.env["funnel.credit.override"].search(
            [("partner_id", "=", self.partner.id)]
        )

    def pick(self, picking, quantity):
        picking.move_ids.write({"quantity": quantity, "picked": True})
        return picking

    def add_nut(self, picking):
        """Put something into a delivery that nobody ordered."""
        return self.env["stock.move"].create(
            {
                "product_id": self.nut.id,
                "product_uom_qty": 1,
                "quantity": 1,
                "picked": True,
                "picking_id": picking.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )


@tagged("post_install", "-at_install")
class TestReceivableCreditGate(GateCommon):
    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------

    def test_every_way_to_confirm_an_order(self):
        self.hold()
        order = self.quote(1).with_user(self.desk)
        self.assert_refused(order.action_confirm, "S", "Ostwind", "cheque bounced")
        self.assert_refused(lambda: order.write({"state": "sale"}), "cheque")
        self.assert_refused(order._validate_order, "cheque")
        self.assert_refused(
            lambda: call_kw(order.browse(), "action_confirm", [order.ids], {}), "cheque"
        )
        with self.assertRaises(RedirectWarning):  # by who may override it
            self.quote(1, state="sale")
        self.assertEqual(order.state, "draft")

    def test_who_pays_after_the_write_is_asked(self):
        held = {"partner_id": self.partner.id, "partner_invoice_id": self.partner.id}
        free = {"partner_id": self.customer.id, "partner_invoice_id": self.customer.id}
        hold = self.hold()
        order = self.quote(1, partner_id=self.customer.id).with_user(self.desk)
        self.assert_refused(lambda: order.write({"state": "sale", **held}), "cheque")
        order.write(free)
        order.action_confirm()
        self.assert_refused(
            lambda: order.write(held), "is not changed", "cheque", "Ask "
        )
        with self.assertRaises(UserError):
            order.write({"partner_invoice_id": self.partner.id})
        self.env.invalidate_all()
        self.deliver(order.sudo().picking_ids, 1)
        self.assert_refused(lambda: order.write(held), "cheque")
        hold._release("Paid")
        order.write(held)
        self.hold()
        order.write({"client_order_ref": "7", **held})

    def test_who_takes_over_an_order_owes_it_once(self):
        """Four of ten are delivered: 45.20 and 67.80 are 113.00."""
        order = self.quote(10, partner_id=self.customer.id)
        order.action_confirm()
        self.deliver(order.picking_ids, 4)
        self.picking.action_cancel()
        self.limit(credit_limit=112)
        mine = order.with_user(self.desk)
        self.assert_refused(
            lambda: mine.write({"partner_invoice_id": self.partner.id}),
            "1.00 too much",
        )
        self.limit(credit_limit=113)
        order.partner_invoice_id = self.partner
        self.assertEqual(order.partner_invoice_id, self.partner)

    def test_gates_that_are_open(self):
        self.hold()
        self.company.credit_gate_orders = False
        order = self.quote(1)
        self.confirm(order)
        picking = self.pick(order.picking_ids, 1).with_user(self.desk)
        self.assert_refused(picking.button_validate, "cheque")
        self.company.credit_gate_deliveries = False
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_the_company_of_the_document_decides(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["funnel.credit.hold"]._place(other, self.partner, "Elsewhere")
        self.desk.company_ids |= other
        order = self.quote(1).with_user(self.desk)
        here = order.with_context(allowed_company_ids=(other | self.company).ids)
        here.action_confirm()
        self.hold("Here")
        again = self.quote(1).with_user(self.desk)
        again = again.with_context(allowed_company_ids=(other | self.company).ids)
        self.assert_refused(again.action_confirm, "Here")

    # ------------------------------------------------------------------
    # What each role reads
    # ------------------------------------------------------------------

    def read_refusal(self, user, order):
        with self.assertRaises(UserError) as refused:
            order.with_user(user).sudo(user.share).action_confirm()
        self.env.invalidate_all()
        return refused.exception.args[0]

    def test_amounts_for_those_who_may_read_them(self):
        self.deliver(self.picking, 10)
        self.limit(credit_limit=120)
        stranger = self.new_role_user("funnel_stranger", "salesperson")
        manager = self.users["manager"].name
        for user, knows in (
            (self.users["order_desk"], True),
            (self.users["salesperson"], True),
            (self.users["team_leader"], True),
            (stranger, False),
        ):
            order = self.quote(1, user_id=user.id)
            message = self.read_refusal(user, order)
            with self.subTest(user.login):
                self.assertIn("Ostwind GmbH", message)
                self.assertIn(manager, message)
                self.assertEqual("4.30 too much" in message, knows)
                self.assertEqual("113.00" in message, knows)
                self.assertEqual("is over the credit limit" in message, not knows)
                notice = order.with_user(user).credit_notice
                self.assertEqual("113.00" in notice, knows)
                self.assertIn(manager, notice)

    def test_of_who_owes_nothing_the_same(self):
        self.limit(credit_limit=120)
        stranger = self.new_role_user("funnel_stranger", "salesperson")
        for user, knows in ((self.users["salesperson"], True), (stranger, False)):
            message = self.read_refusal(user, self.quote(1, user_id=user.id))
            self.assertEqual("113.00" in message, knows)

    def test_the_reason_is_for_those_who_read_debts(self):
        self.hold("Owes 4711")
        stranger = self.new_role_user("funnel_stranger", "salesperson")
        for user, knows in ((self.desk, True), (stranger, False)):
            message = self.read_refusal(user, self.quote(1, user_id=user.id))
            self.assertEqual("4711" in message, knows)
            self.assertIn("on credit hold", message)

    def test_the_warehouse_reads_no_amounts(self):
        self.hold("Owes 4711")
        self.limit(credit_limit=100, overdue_limit=1)
        picking = self.pick(self.picking, 10).with_user(self.users["warehouse"])
        with self.assertRaises(UserError) as refused:
            picking.button_validate()
        self.env.invalidate_all()
        message = refused.exception.args[0]
        for text in (message, picking.credit_notice):
            self.assertIn("the customer is on credit hold", text)
            self.assertIn("the customer is over the credit limit", text)
            self.assertIn(self.users["manager"].name, text)
            self.assertNotRegex(text, r"4711|\d\.\d\d")

    def test_customers_read_one_sentence(self):
        self.hold("Owes 4711")
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        order = self.quote(1)
        message = self.read_refusal(portal, order)
        self.assertEqual(
            message,
            "This cannot be confirmed at the moment. Please get in touch with us.",
        )
        self.assertFalse(order.with_user(portal).sudo().credit_notice)

    def test_whom_to_ask(self):
        self.hold()
        self.company.credit_contact_id = self.users["finance"]
        message = self.read_refusal(self.desk, self.quote(1))
        self.assertIn(self.users["finance"].name, message)
        self.assertNotIn(self.users["manager"].name, message)

    # ------------------------------------------------------------------
    # Deliveries
    # ------------------------------------------------------------------

    def test_every_way_to_deliver(self):
        self.hold()
        picking = self.picking.with_user(self.desk)
        self.assert_refused(self.pick(picking, 10).button_validate, "cheque")
        self.assert_refused(picking._action_done, "cheque")
        self.assert_refused(
            lambda: call_kw(picking.browse(), "button_validate", [picking.ids], {}),
            "cheque",
        )
        # At once, nothing picked.
        picking.move_ids.picked = False
        self.assert_refused(picking.button_validate, "cheque")

    def test_goods_are_asked_where_they_go(self):
        """Whatever the transfer says where they go, and to whom."""
        self.hold()
        picking = self.picking.with_user(self.users["warehouse"])
        outside, stock = picking.location_dest_id, picking.location_id
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": stock.id, "usage": "internal"}
        )

        def by_moves():
            picking.write({"location_dest_id": stock.id, "partner_id": False})
            picking.move_ids.location_dest_id = outside
            picking.move_ids.move_line_ids.location_dest_id = outside
            self.pick(picking, 10).button_validate()

        def by_lines():
            picking.location_dest_id = shelf
            self.pick(picking, 10).move_line_ids.location_dest_id = outside
            picking.button_validate()

        self.assert_refused(by_moves, "on credit hold")
        self.assert_refused(by_lines, "on credit hold")
        picking.partner_id = self.customer
        self.assert_refused(self.pick(picking, 10).button_validate, "on credit hold")

    def test_more_of_what_has_left(self):
        self.deliver(self.picking, 4)
        self.limit(credit_limit=56.5)
        move = self.picking.move_ids.with_user(self.users["warehouse"])
        move.quantity = 5
        self.assert_refused(lambda: move.write({"quantity": 6}), "credit limit")
        self.limit(credit_limit=0)
        self.hold()
        self.assert_refused(lambda: move.write({"quantity": 6}), "on credit hold")
        self.assert_refused(lambda: self.add_nut(self.picking), "cheque")
        move.quantity = 3
        self.assertEqual(self.picking.sale_id.order_line.qty_delivered, 3)

    def test_with_a_backorder_and_without(self):
        self.hold()
        picking = self.pick(self.picking, 4).with_user(self.desk)
        action = picking.button_validate()
        dialog = (
            self.env[action["res_model"]]
            .with_user(self.desk)
            .with_context(**action["context"])
            .create({})
        )
        self.assert_refused(dialog.process, "cheque")
        self.assert_refused(dialog.process_cancel_backorder, "cheque")

    def test_several_at_once(self):
        free = self.deliverable(1, partner=self.customer)
        self.hold()
        pickings = (self.pick(free, 1) | self.pick(self.picking, 10)).with_user(
            self.desk
        )
        self.assert_refused(pickings.button_validate, self.picking.name)
        free.with_user(self.desk).button_validate()
        self.assertEqual(free.state, "done")

    def test_a_hold_holds_what_is_free_as_well(self):
        self.picking.sale_id.order_line.price_unit = 0
        self.limit(credit_limit=1)
        self.hold()
        picking = self.pick(self.picking, 10).with_user(self.desk)
        self.assert_refused(picking.button_validate, "cheque")

    def test_goods_that_come_back_pass(self):
        self.deliver(self.picking, 10)
        self.hold()
        back = self.plan_return(self.picking, 3)
        self.pick(back, 3).with_user(self.desk).button_validate()
        self.assertEqual(back.state, "done")

    def test_what_a_vendor_has_delivered_passes(self):
        vendors = self.env.ref("stock.stock_location_suppliers")
        self.picking.location_id = vendors
        self.picking.move_ids.location_id = vendors
        bought = self.env["purchase.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": self.bolt.id})],
            }
        )
        # As Odoo plans it where it buys for the order.
        self.picking.move_ids.sudo().purchase_line_id = bought.order_line
        self.hold()
        self.pick(self.picking, 10).with_user(self.desk).button_validate()
        self.assertEqual(self.picking.state, "done")

    def test_what_leaves_now_counts_and_not_what_is_ordered(self):
        """113 and 90.4 are ordered; 120 may be owed."""
        second = self.deliverable(8)
        self.limit(credit_limit=120)
        self.pick(self.picking, 10).with_user(self.desk).button_validate()
        self.pick(second, 8)
        picking = second.with_user(self.desk)
        self.assert_refused(
            picking.button_validate, r"owes .*113\.00", r"90\.40", r"83\.40 too much"
        )

    def test_several_deliveries_of_one_customer(self):
        second = self.deliverable(1)
        self.limit(credit_limit=113)
        both = self.pick(self.picking, 10) | self.pick(second, 1)
        self.assert_refused(
            both.with_user(self.desk).button_validate, second.name, r"11\.30 too much"
        )

    def test_invoiced_in_advance_counts_once(self):
        picking = self.ordered_in_advance()
        self.invoice(picking)
        self.limit(credit_limit=112)
        picking = self.pick(picking, 10).with_user(self.desk)
        self.assert_refused(picking.button_validate, r"1\.00 too much")
        self.limit(credit_limit=113)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_paid_in_advance_is_delivered(self):
        order = self.quote(2)
        self.pay_online(order, 22.6)
        self.hold()
        self.confirm(order)
        picking = self.pick(order.picking_ids, 2).with_user(self.desk)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_more_than_is_paid_is_not_paid_in_advance(self):
        """Two are paid and three leave, then something that is not in the order."""
        order = self.quote(2)
        self.pay_online(order, 22.6)
        self.hold()
        self.confirm(order)
        picking = self.pick(order.picking_ids, 3).with_user(self.desk)
        self.assert_refused(picking.button_validate, "cheque")
        self.pick(order.picking_ids, 2)
        nut = self.add_nut(order.picking_ids)
        self.assert_refused(picking.button_validate, "cheque")
        nut.write({"picked": False, "quantity": 0})
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")

    def test_of_what_is_paid_only_what_goes_beyond_counts(self):
        self.picking.action_cancel()
        order = self.quote(2)
        self.pay_online(order, 22.6)
        self.confirm(order)
        self.limit(credit_limit=11)
        picking = self.pick(order.picking_ids, 3).with_user(self.desk)
        self.assert_refused(picking.button_validate, r"is .*11\.30, .*0\.30 too much")

    def test_goods_that_nobody_ordered(self):
        self.nut.write(
            {
                "list_price": 100,
                "taxes_id": [Command.set(self.vat.ids)],
                "invoice_policy": "delivery",
            }
        )
        self.limit(credit_limit=200)
        self.pick(self.picking, 10)
        self.add_nut(self.picking)
        picking = self.picking.with_user(self.desk)
        self.assert_refused(picking.button_validate, r"226\.00", r"26\.00 too much")

    def test_who_pays_is_asked_not_who_receives(self):
        order = self.quote(1, partner_id=self.customer.id)
        order.partner_invoice_id = self.partner
        order.action_confirm()
        self.hold()
        picking = self.pick(order.picking_ids, 1).with_user(self.desk)
        self.assert_refused(picking.button_validate, "Ostwind")

    # ------------------------------------------------------------------
    # Paid online
    # ------------------------------------------------------------------

    def test_money_is_booked_though_the_order_is_not_confirmed(self):
        self.hold()
        order = self.quote(10)
        order.write({"require_payment": True, "prepayment_percent": 0.5})
        transaction = self.pay_online(order, 60)
        self.assertFalse(transaction._check_amount_and_confirm_order())
        self.assertEqual(order.state, "draft")
        self.assertIn("not confirmed", order.message_ids[0].body)
        self.partner.credit_hold_ids._release("Paid")
        self.assertEqual(transaction._check_amount_and_confirm_order(), order)

    # ------------------------------------------------------------------
    # Reminder
    # ------------------------------------------------------------------

    def test_reminder_of_orders_that_wait(self):
        def figures(role, reach="all", companies=self.company):
            reminders = self.env["funnel.reminder"].with_user(self.users[role])
            reminders = reminders.with_context(allowed_company_ids=companies.ids)
            for reminder in reminders.get_today(reach):
                if reminder["key"] == "credit.orders":
                    found = self.env["sale.order"].search(reminder["action"]["domain"])
                    self.assertEqual(len(found), reminder["count"])
                    return found
            return None

        quotation = self.quote(1, user_id=self.users["salesperson"].id)
        other = self.env["res.company"].create({"name": "Other"})
        self.env["funnel.credit.hold"]._place(other, self.partner, "Elsewhere")
        self.assertFalse(figures("order_desk"))
        self.desk.company_ids |= other
        self.assertFalse(figures("order_desk", companies=self.company | other))
        hold = self.hold()
        self.assertEqual(figures("order_desk"), quotation | self.picking.sale_id)
        self.assertEqual(
            figures("salesperson", "own"), quotation | self.picking.sale_id
        )
        self.picking.action_cancel()
        self.assertEqual(figures("finance"), quotation)
        self.assertIsNone(figures("warehouse"))
        hold._release("Paid")
        self.assertFalse(figures("order_desk"))
