import json

from odoo import Command
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_receivable_credit_gate import GateCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditClaims(GateCommon):
    """What somebody says of an order, a line or a transfer by the interface for programs,
    and nobody can say in a form, is not believed."""

    def sold(self, quantity, price=10):
        order = self.quote(quantity)
        order.order_line.price_unit = price
        order.action_confirm()
        return order

    # ------------------------------------------------------------------
    # Lines
    # ------------------------------------------------------------------

    def test_what_follows_from_the_order_is_not_written(self):
        self.picking.action_cancel()
        order = self.sold(4)
        for role in ("salesperson", "order_desk"):
            line = order.order_line.with_user(self.users[role])
            for values in (
                {"state": "cancel"},
                {"state": "draft"},
                {"is_downpayment": True},
                {"currency_id": False},
                {"company_id": False},
                {"extra_tax_data": {"manual_total_excluded": 0}},
                {"qty_invoiced": 4},
                {"invoice_lines": [Command.clear()]},
            ):
                with self.subTest(role, **values):
                    line.write(values)
                    self.assert_used(0, 45.2)

    def test_what_was_delivered_is_told_by_the_transfers(self):
        self.deliver(self.picking, 10)
        self.assert_used(113, 0)
        line = self.picking.sale_id.order_line
        for role in ("salesperson", "order_desk"):
            line = line.with_user(self.users[role])
            line.write({"qty_delivered": 0})
            line.write({"qty_delivered_method": "manual"})
            line.write({"qty_delivered": 0})
            self.assert_used(113, 0)
            for state in ("draft", "sent", False):
                self.assert_refused(
                    lambda order=line.order_id, state=state: order.write(
                        {"state": state}
                    ),
                    "is confirmed",
                )
        order = self.quote(1)
        service = self.env["product.product"].create(
            {"name": "Assembly", "type": "service", "invoice_policy": "delivery"}
        )
        order.order_line = [
            Command.create({"product_id": service.id, "price_unit": 7, "tax_ids": []})
        ]
        order.action_confirm()
        done = order.order_line[1]
        self.assertEqual(done.qty_delivered_method, "manual")
        done.with_user(self.desk).write({"qty_delivered": 1})
        self.assertEqual(done.qty_delivered, 1)

    def test_goods_are_no_down_payment(self):
        order = self.sold(1)
        self.hold()
        line = {"product_id": self.bolt.id, "price_unit": 10, "order_id": order.id}
        lines = self.env["sale.order.line"].with_user(self.desk)
        for quantity in ({}, {"product_uom_qty": 100}):
            self.assert_refused(
                lambda quantity=quantity: lines.create(
                    {**line, **quantity, "is_downpayment": True}
                ),
                "cheque",
            )

    def test_taxes_of_goods_are_reckoned(self):
        taxes = {
            "price_unit": 10,
            "quantity": 100,
            "discount": 0,
            "rate": 1,
            "currency_id": self.company.currency_id.id,
            "manual_total_excluded": 0,
            "manual_total_excluded_currency": 0,
        }
        values = {
            "product_id": self.bolt.id,
            "product_uom_qty": 100,
            "price_unit": 10,
            "tax_ids": [Command.set(self.vat.ids)],
            "extra_tax_data": taxes,
        }
        orders = self.env["sale.order"].with_user(self.desk)
        order = orders.create(
            {"partner_id": self.partner.id, "order_line": [Command.create(values)]}
        )
        self.assertEqual(order.amount_total, 1130)

    def free_taxes(self):
        """Return what would make a hundred bolts cost nothing."""
        return {
            "price_unit": 10,
            "quantity": 100,
            "discount": 0,
            "rate": 1,
            "currency_id": self.company.currency_id.id,
            "manual_total_excluded": 0,
            "manual_total_excluded_currency": 0,
            "manual_tax_amounts": {
                str(self.vat.id): dict.fromkeys(
                    (
                        "tax_amount",
                        "tax_amount_currency",
                        "base_amount",
                        "base_amount_currency",
                    ),
                    0,
                )
            },
        }

    def test_amounts_are_not_brought_along(self):
        """Neither when there is no price yet, nor as a default, nor with a copy."""
        taxes = self.free_taxes()
        self.env["ir.default"].with_user(self.desk).set(
            "sale.order.line", "extra_tax_data", taxes, user_id=True
        )
        goods = {
            "product_id": self.bolt.id,
            "product_uom_qty": 100,
            "tax_ids": [Command.set(self.vat.ids)],
        }
        for role in ("salesperson", "order_desk"):
            user = self.users[role]
            order = self.quote(1, user_id=self.users["salesperson"].id).with_user(user)
            for price, values, context in (
                (0, {"extra_tax_data": taxes}, {}),
                (-10, {"extra_tax_data": taxes}, {}),
                (0, {}, {"default_extra_tax_data": taxes}),
                (10, {}, {"default_extra_tax_data": taxes}),
                (0, {}, {}),
                (0, {"extra_tax_data": taxes}, {"funnel_credit_reckoned": [None]}),
            ):
                with self.subTest(role, price=price, context=context):
                    line = order.order_line.with_context(**context).create(
                        {"order_id": order.id, "price_unit": price, **goods, **values}
                    )
                    line.write({"price_unit": 10})
                    self.assertEqual(line.price_total, 1130)
            line = {**goods, "price_unit": 10, "extra_tax_data": taxes}
            copied = order.copy({"order_line": [Command.create(line)]})
            self.assertEqual(copied.amount_total, 1130)

    def test_discounts_and_down_payments_bring_their_amounts_along(self):
        order = self.quote(3).with_user(self.desk)
        order.order_line.price_unit = 9.99
        dialog = self.env["sale.order.discount"].with_user(self.desk)
        self.env["sale.order.discount"].create(
            {"sale_order_id": order.id}
        )._get_discount_product()
        dialog.create(
            {
                "sale_order_id": order.id,
                "discount_type": "amount",
                "discount_amount": 3.33,
            }
        ).action_apply_discount()
        discount = order.order_line[1]
        self.assertTrue(discount._is_global_discount())
        total = order.amount_total
        copied = order.copy()
        self.assertTrue(copied.order_line[1]._is_global_discount())
        self.assertEqual(copied.amount_total, total)
        order.action_confirm()
        advance = self.env["sale.advance.payment.inv"].with_user(self.users["manager"])
        advance = advance.create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": 10,
            }
        )
        advance.create_invoices()
        down_payment = order.order_line.filtered(
            lambda line: line.is_downpayment and not line.display_type
        )
        self.assertTrue(down_payment.extra_tax_data)
        self.assertEqual(down_payment.invoice_lines.move_id.amount_total, 10)

    def test_a_default_makes_no_down_payment(self):
        self.picking.action_cancel()
        order = self.sold(1).with_user(self.desk)
        lines = order.order_line.with_context(default_is_downpayment=True)
        line = {"product_id": self.bolt.id, "price_unit": 10, "order_id": order.id}
        line["tax_ids"] = [Command.set(self.vat.ids)]
        self.limit(credit_limit=100)
        self.assert_refused(
            lambda: lines.create({**line, "product_uom_qty": 100}), "too much"
        )
        self.assert_refused(
            lambda: lines.create({**line, "product_uom_qty": 100, "sequence": 1}),
            "too much",
        )
        added = lines.create({**line, "product_uom_qty": 4})
        self.assertFalse(added.is_downpayment)
        self.assert_used(0, 56.5)
        fields = ["order_id/.id", "product_id/.id", "product_uom_qty", "price_unit"]
        lines.load(fields, [[str(order.id), str(self.bolt.id), "1", "10"]])
        self.assertFalse(any(order.order_line.mapped("is_downpayment")))
        new = order.with_context(default_is_downpayment=True).create(
            {
                "partner_id": self.partner.id,
                "order_line": [Command.create({**line, "order_id": False})],
            }
        )
        self.assertFalse(new.order_line.is_downpayment)

    def test_a_down_payment_gets_no_quantity(self):
        service = self.env["product.product"].create(
            {"name": "Assembly", "type": "service", "invoice_policy": "order"}
        )
        order = self.sold(1)
        claim = {"order_id": order.id, "product_uom_qty": 0, "is_downpayment": True}
        more = {"product_uom_qty": 100}
        for role in ("salesperson", "order_desk"):
            lines = order.order_line.browse().with_user(self.users[role])
            with self.subTest(role):
                self.assert_refused(
                    lambda lines=lines: lines.create(
                        {**claim, "product_id": self.bolt.id, "price_unit": 10}
                    ),
                    "is a down payment",
                )
                line = lines.create({**claim, "product_id": service.id})
                mine = order.with_env(lines.env)
                update = [Command.update(line.id, more)]
                for work in (
                    lambda line=line: line.write(more),
                    lambda mine=mine, lines=update: mine.write({"order_line": lines}),
                ):
                    self.assert_refused(work, "is a down payment")
                draft = self.quote(1, user_id=mine.env.uid).with_env(lines.env)
                line = lines.create({**claim, "order_id": draft.id, "name": "Advance"})
                self.assert_refused(lambda line=line: line.write(more), "is a down")

    def test_an_order_has_a_currency(self):
        order = self.sold(1)
        self.limit(credit_limit=50)
        order.with_user(self.desk).write({"currency_id": False})
        self.assertEqual(order.currency_id, self.company.currency_id)

    def test_a_context_hides_no_debt(self):
        self.deliver(self.picking, 10)
        self.limit(credit_limit=120)
        order = self.quote(1)
        orders = order.browse().with_user(self.desk)
        for customers in ([], [999999], "x", {"ids": []}):
            context = {"customer_ids": customers, "funnel_customers": customers}
            with self.subTest(customers):
                self.assert_refused(
                    lambda context=context: call_kw(
                        orders, "action_confirm", [order.ids], {"context": context}
                    ),
                    "too much",
                )
                debts = self.partner.with_context(**context)
                self.assertEqual(debts.receivable_uninvoiced, 113)

    # ------------------------------------------------------------------
    # Transfers
    # ------------------------------------------------------------------

    def test_a_line_is_not_moved_to_what_has_left(self):
        self.deliver(self.picking, 1)
        rest = self.picking.backorder_ids
        self.hold()
        rest.action_assign()
        lines = rest.move_line_ids.with_user(self.users["warehouse"])
        if not lines:
            lines = self.env["stock.move.line"].create(
                {
                    "move_id": rest.move_ids.id,
                    "product_id": self.bolt.id,
                    "quantity": 9,
                    "picking_id": rest.id,
                }
            )
            lines = lines.with_user(self.users["warehouse"])
        done = self.picking.move_ids
        self.assert_refused(lambda: lines.write({"move_id": done.id}), "on credit hold")
        self.assertEqual(done.quantity, 1)

    def test_goods_of_the_stock_do_not_come_from_a_vendor(self):
        self.hold()
        picking = self.pick(self.picking, 10)
        vendors = self.env.ref("stock.stock_location_suppliers")
        picking.move_line_ids.location_id = vendors
        warehouse = picking.with_user(self.users["warehouse"])
        self.assert_refused(warehouse.button_validate, "on credit hold")

    # ------------------------------------------------------------------
    # Paid online
    # ------------------------------------------------------------------

    def test_what_was_not_captured_is_not_paid(self):
        order = self.quote(10).sudo()
        paid = self.pay_online(order, 113)
        paid._create_child_transaction(13).state = "done"
        paid._create_child_transaction(100).state = "cancel"
        paid.state = "done"
        self.assertEqual(order._get_paid_online(), 13)
        self.assertFalse(order._is_paid_in_advance())

    def test_what_is_to_be_given_back_is_not_paid(self):
        order = self.quote(10).sudo()
        refund = self.pay_online(order, 113)._create_child_transaction(
            13, is_refund=True
        )
        refund.state = "pending"
        self.assertEqual(order._get_paid_online(), 100)
        refund.state = "error"
        self.assertEqual(order._get_paid_online(), 113)

    def test_paid_in_another_currency(self):
        order = self.quote(10).sudo()
        paid = self.pay_online(order, 113)
        paid.currency_id = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self.assertEqual(order._get_paid_online(), 56.5)

    def test_a_payment_without_an_entry_counts_once(self):
        order = self.quote(10).sudo()
        paid = self.pay_online(order, 60)
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.partner.id,
                "amount": 60,
                "payment_type": "inbound",
            }
        )
        paid.payment_id = payment
        for state, unbooked in (("in_process", 60), ("paid", 0)):
            # As where the journal has no account for what is outstanding.
            self.env.cr.execute(
                "UPDATE account_payment SET state = %s WHERE id = %s",
                [state, payment.id],
            )
            payment.invalidate_recordset()
            with self.subTest(state):
                self.assertFalse(payment.move_id)
                self.assertEqual(order._get_paid_online(booked=False), unbooked)

    # ------------------------------------------------------------------
    # Who is over a limit joins another customer
    # ------------------------------------------------------------------

    def test_who_is_over_the_usual_limit_does_not_join_another(self):
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 50, company_id=self.company.id
        )
        self.company.credit_gate_deliveries = False
        self.deliver(self.picking, 10)
        large = self.partner.create({"name": "Large", "is_company": True})
        large.with_company(self.company).credit_limit = 1e6
        seller = self.partner.with_user(self.users["salesperson"])
        seller = seller.with_company(self.company)
        self.assertEqual(seller.credit_hold_state, "limit")
        self.assert_refused(
            lambda: seller.write({"parent_id": large.id, "is_company": False}),
            "is over one",
        )


@tagged("post_install", "-at_install")
class TestReceivableCreditPortal(GateCommon, HttpCase):
    """Pages for customers."""

    @mute_logger("odoo.http")
    def test_who_signs_is_told_nothing(self):
        order = self.quote(1, require_signature=True, state="sent")
        self.hold("Owes 4711 since long")
        order._portal_ensure_token()
        self.env.flush_all()
        asked = {
            "access_token": order.access_token,
            "name": "Visitor",
            "signature": "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
        }
        answer = self.url_open(
            f"/my/orders/{order.id}/accept", json={"params": asked}
        ).json()
        self.assertIn("get in touch with us", answer["error"]["data"]["message"])
        told = json.dumps(answer)
        for word in ("4711", "credit hold", self.users["manager"].name):
            self.assertNotIn(word, told)
        self.assertEqual(order.state, "sent")
