from odoo import Command
from odoo.tests import tagged

from .test_receivable_credit_gate import GateCommon

ROLES = ("warehouse", "order_desk")


@tagged("post_install", "-at_install")
class TestReceivableCreditKept(GateCommon):
    """Goods of an order stay with it, and with who pays for it, whoever may write
    transfers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock = cls.picking.location_id
        cls.bolt.is_storable = True  # more of it is taken off of what is in stock
        cls.env["stock.quant"].sudo()._update_available_quantity(
            cls.bolt, cls.stock, 1000
        )
        cls.other = cls.env["res.partner"].create(
            {"name": "Westwind GmbH", "is_company": True, "customer_rank": 1}
        )

    def sold(self, quantity=1, **values):
        order = self.quote(quantity, **values)
        order.action_confirm()
        return order

    def each_role(self, *records):
        """Yield role, and the records as a user of it has them."""
        for role in ROLES:
            user = self.users[role]
            yield (role, *(record.with_user(user) for record in records))

    def on_hand(self):
        self.env.invalidate_all()
        return self.bolt.with_context(location=self.stock.id).qty_available

    # ------------------------------------------------------------------
    # More of what has left
    # ------------------------------------------------------------------

    def more(self, picking, move, quantity):
        """Yield each way to say that more has left."""
        update = {"move_ids": [Command.update(move.id, {"quantity": quantity})]}
        return (
            lambda: picking.web_save(update, specification={}),
            lambda: picking.write(update),
            lambda: move.write({"quantity": quantity}),
            lambda: move.move_line_ids.write({"quantity": quantity}),
            lambda: move.write(
                {
                    "move_line_ids": [
                        Command.update(move.move_line_ids.id, {"quantity": quantity})
                    ]
                }
            ),
        )

    def test_no_more_leaves_for_who_is_on_hold(self):
        self.deliver(self.picking, 5)
        self.hold()
        on_hand = self.on_hand()
        self.picking.action_toggle_is_locked()
        for _role, picking in self.each_role(self.picking):
            for work in self.more(picking, picking.move_ids, 50):
                self.assert_refused(work, "on credit hold|cheque")
            self.assertEqual(self.picking.move_ids.quantity, 5)
            self.assertEqual(self.on_hand(), on_hand)
            self.assert_used(56.5, 56.5)

    def test_no_more_leaves_past_a_limit(self):
        self.deliver(self.picking, 5)
        self.limit(credit_limit=67.8)
        self.picking.action_toggle_is_locked()
        for _role, picking in self.each_role(self.picking):
            for work in self.more(picking, picking.move_ids, 7):
                self.assert_refused(work, "credit limit|11.30 too much")
        for work in self.more(self.picking, self.picking.move_ids, 6):
            work()
            self.assertEqual(self.picking.sale_id.order_line.qty_delivered, 6)
            self.picking.move_ids.quantity = 5

    def test_what_nobody_ordered_does_not_join_what_has_left(self):
        """It is among no debts, so all of it counts."""
        self.deliver(self.picking, 5)
        self.limit(credit_limit=113)
        self.picking.action_toggle_is_locked()
        new = {
            "product_id": self.bolt.id,
            "product_uom_qty": 50,
            "quantity": 50,
            "location_id": self.picking.location_id.id,
            "location_dest_id": self.picking.location_dest_id.id,
        }
        for _role, picking in self.each_role(self.picking):
            for work in (
                lambda picking=picking: picking.env["stock.move"].create(
                    {**new, "picking_id": picking.id}
                ),
                lambda picking=picking: picking.web_save(
                    {"move_ids": [Command.create(new)]}, specification={}
                ),
            ):
                self.assert_refused(work, "credit limit|too much")

    def test_what_is_delivered_brings_nothing_back(self):
        """Else it would not count as delivered."""
        other = self.sold(partner_id=self.other.id).order_line.move_ids
        for state in ("assigned", "done"):
            for _role, move in self.each_role(self.picking.move_ids):
                with self.subTest(state):
                    self.assert_refused(
                        lambda move=move: move.write(
                            {"origin_returned_move_id": other.id, "to_refund": False}
                        ),
                        "stays with it|is done. Make a return",
                    )
            if state == "assigned":
                self.deliver(self.picking, 10)

    def test_what_nobody_ordered_counts_in_the_currency_of_the_company(self):
        """The price of the bolt is in its own currency, worth a tenth of the other."""
        foreign = self.setup_other_currency("EUR", rates=[])
        second = self.env["res.company"].create(
            {"name": "Second Ltd", "currency_id": foreign.id}
        )
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": self.company.currency_id.id,
                "rate": 10,
                "company_id": second.id,
            }
        )
        self.bolt.taxes_id = False
        move = self.picking.move_ids
        own = move._get_unordered_amount(5, self.company)
        self.assertTrue(own)
        self.assertAlmostEqual(move._get_unordered_amount(5, second), own / 10)

    def test_less_may_have_left(self):
        self.deliver(self.picking, 5)
        self.hold()
        for quantity, (_role, move) in zip(
            (4, 3), self.each_role(self.picking.move_ids), strict=True
        ):
            move.write({"quantity": quantity})
            self.assertEqual(move.sudo().sale_line_id.qty_delivered, quantity)

    # ------------------------------------------------------------------
    # Whose goods they are
    # ------------------------------------------------------------------

    def test_goods_stay_with_their_order(self):
        line = self.sold(partner_id=self.other.id).order_line
        free = line.move_ids
        self.pick(self.picking, 10)
        for _role, picking, move in self.each_role(self.picking, self.picking.move_ids):
            for values in (
                {"sale_line_id": line.id},
                {"sale_line_id": False, "reference_ids": [Command.clear()]},
                {"product_id": self.nut.id},
            ):
                self.assert_refused(
                    lambda move=move, values=values: move.write(values),
                    "stays with it",
                )
            for values in (
                {"sale_id": False},
                {"sale_id": line.order_id.id},
                {"move_ids": [Command.update(move.id, {"sale_line_id": False})]},
            ):
                self.assert_refused(
                    lambda picking=picking, values=values: picking.write(values),
                    "stays with it",
                )
            own = self.picking.sale_id.order_line
            move.write({"sale_line_id": own.id})  # the same
        desk = own.with_user(self.desk)
        for values in (
            {"move_ids": [Command.clear()]},
            {"move_ids": [Command.link(free.id)]},
        ):
            self.assert_refused(
                lambda values=values: desk.write(values), "Bolt", "stays with it"
            )
        self.assertEqual(move.sale_line_id, self.picking.sale_id.order_line)

    def test_whatever_the_transfer_says_they_do_not_leave(self):
        self.pick(self.picking, 10)
        nobody = {"partner_id": False, "reference_ids": [Command.clear()]}
        for limits in ({}, {"credit_limit": 100}):
            self.limit(**limits)
            if not limits:
                hold = self.hold()
            for _role, picking in self.each_role(self.picking):
                for values in (nobody, {"partner_id": self.other.id}):
                    picking.write(values)
                    self.assert_refused(picking.button_validate, "Ostwind")
            hold._release("Paid")

    def test_goods_of_the_stock_come_from_there(self):
        self.hold()
        self.picking.move_ids.write({"quantity": 10, "picked": True})
        for role, picking in self.each_role(self.picking):
            for source in (
                self.env.ref("stock.stock_location_suppliers"),
                picking.location_dest_id,
            ):
                picking.write({"location_id": source.id})
                self.pick(picking, 10)
                self.assert_refused(picking.button_validate, "Ostwind")
            bought = self.buy()
            self.assert_refused(
                lambda picking=picking, bought=bought: picking.move_ids.write(
                    {"purchase_line_id": bought.id}
                ),
                "stays with it",
            )
            self.assertNotEqual(self.picking.state, "done", role)

    def test_goods_from_a_vendor_count_by_a_limit_too(self):
        self.limit(credit_limit=112)
        vendors = self.env.ref("stock.stock_location_suppliers")
        for _role, picking in self.each_role(self.picking):
            picking.write({"location_id": vendors.id})
            self.pick(picking, 10)
            self.assert_refused(
                picking.button_validate, "over the credit limit|1.00 too much"
            )

    def buy(self):
        vendor = self.env["res.partner"].create({"name": "Schrauben AG"})
        return (
            self.env["purchase.order"]
            .create(
                {
                    "partner_id": vendor.id,
                    "order_line": [Command.create({"product_id": self.bolt.id})],
                }
            )
            .order_line
        )

    # ------------------------------------------------------------------
    # What Odoo itself does
    # ------------------------------------------------------------------

    def test_what_odoo_does_with_moves_goes_on(self):
        """As the order desk: a backorder, a return and what replaces it, more and less
        of the order, and what nobody ordered."""
        order = self.quote(10, partner_id=self.other.id).with_user(self.desk)
        order.action_confirm()
        line = order.order_line
        first = order.picking_ids
        self.pick(first, 4)
        first._action_done()
        rest = first.backorder_ids
        self.assertEqual(rest.move_ids.sale_line_id, line)
        line.product_uom_qty = 12
        self.assertEqual(rest.move_ids.product_uom_qty, 8)  # merged
        line.product_uom_qty = 9
        self.assertEqual(sum(rest.move_ids.mapped("product_uom_qty")), 5)
        self.assertEqual(rest.move_ids.sale_line_id, line)
        back = self.plan_return(first, 3)
        back = back.with_user(self.desk)
        self.pick(back, 3).button_validate()
        self.assertEqual(line.qty_delivered, 1)
        dialog = (
            self.env["stock.return.picking"]
            .with_user(self.desk)
            .with_context(active_id=first.id, active_model="stock.picking")
            .create({"picking_id": first.id})
        )
        dialog.product_return_moves.write({"quantity": 1})
        dialog.action_create_exchanges()
        exchanged = order.picking_ids - first - rest - back
        self.assertEqual(exchanged.move_ids.sale_line_id, line)
        self.pick(rest, 5)
        self.add_nut(rest.sudo())
        rest._action_done()
        self.assertEqual(rest.state, "done")
        self.assertEqual(order.order_line.product_id, self.bolt | self.nut)

    def test_a_transfer_is_given_an_order(self):
        """Of what belongs to none."""
        order = self.sold(partner_id=self.other.id)
        picking = self.picking.copy({"partner_id": self.other.id})
        picking.move_ids.sudo().sale_line_id = False
        mine = picking.with_user(self.users["warehouse"])
        mine.move_ids.write({"sale_line_id": order.order_line.id})
        self.assertEqual(picking.sale_id, order)

    # ------------------------------------------------------------------
    # Who pays
    # ------------------------------------------------------------------

    def test_the_warehouse_does_not_say_who_pays(self):
        order = self.picking.sale_id
        term = self.env["account.payment.term"].create({"name": "Some day"})
        payer = order.partner_id
        for role in ("warehouse", "purchasing"):
            mine = order.with_user(self.users[role])
            for values in (
                {"partner_id": self.other.id},
                {"partner_invoice_id": self.other.id},
                {"partner_shipping_id": self.other.id},
                {"payment_term_id": term.id},
                {"state": "cancel"},
            ):
                self.assert_refused(
                    lambda mine=mine, values=values: mine.write(values),
                    f"{order.name} is confirmed",
                )
            mine.write({"partner_invoice_id": payer.id, "client_order_ref": "7"})
        finance = self.new_role_user("funnel_both", "finance", "warehouse")
        order.with_user(finance).write({"payment_term_id": term.id})
        desk = order.with_user(self.desk)
        desk.write({"partner_invoice_id": self.other.id})
        self.assertEqual(order.partner_invoice_id, self.other)

    def test_an_order_is_cancelled_with_its_deliveries(self):
        """Else its goods would be left to leave for anybody."""
        desk = self.picking.sale_id.with_user(self.desk)
        self.assert_refused(lambda: desk.write({"state": "cancel"}), "Cancel it first")
        self.deliver(self.picking, 4)
        self.picking.sale_id._create_invoices().action_post()
        self.assert_refused(lambda: desk.write({"state": "cancel"}), "Cancel it first")
        desk.action_cancel()
        self.assertEqual(desk.state, "cancel")
        self.assertEqual(self.picking.backorder_ids.state, "cancel")

    def test_who_is_on_hold_goes_on_paying(self):
        order = self.picking.sale_id
        manager = self.users["manager"]
        payer = {"partner_invoice_id": self.other.id}
        hold = self.hold()
        for values in (payer, {"partner_id": self.other.id}):
            self.assert_refused(
                lambda values=values: order.with_user(self.desk).write(values),
                f"{order.name} of Ostwind GmbH is not changed",
                "cheque",
                "Ask ",
            )
        self.company.credit_gate_orders = False
        self.assert_refused(lambda: order.with_user(self.desk).write(payer), "cheque")
        self.override(lambda: order.with_user(manager).write(payer))
        self.assertEqual(self.overrides().amount, 113)
        order.with_user(manager).write(payer)
        self.assertEqual(order.partner_invoice_id, self.other)
        hold._release("Paid")

    def test_another_pays_where_nothing_is_held_back(self):
        order = self.picking.sale_id
        payer = {"partner_invoice_id": self.other.id}
        hold = self.hold()
        self.company.write(
            {"credit_gate_orders": False, "credit_gate_deliveries": False}
        )
        order.with_user(self.desk).write(payer)
        self.company.write({"credit_gate_orders": True, "credit_gate_deliveries": True})
        hold._release("Paid")
        order.partner_invoice_id = self.partner
        self.deliver(self.picking, 10)
        self.hold()
        self.assert_refused(lambda: order.with_user(self.desk).write(payer), "cheque")
        self.env.flush_all()
        self.invoice(self.picking)
        order.with_user(self.desk).write(payer)
        self.assertEqual(order.partner_invoice_id, self.other)

    def test_who_takes_over_is_asked(self):
        order = self.sold(5, partner_id=self.other.id)
        self.limit(credit_limit=169)
        desk = order.with_user(self.desk)
        payer = {"partner_invoice_id": self.partner.id}
        self.assert_refused(lambda: desk.write(payer), "0.50 too much")
        self.limit(credit_limit=169.5)
        desk.write(payer)
        self.assertEqual(order.partner_invoice_id, self.partner)

    def test_lines_stay_with_their_order(self):
        line = self.picking.sale_id.order_line
        other = self.sold(partner_id=self.other.id)
        for _role, mine in self.each_role(line):
            self.assert_refused(
                lambda mine=mine: mine.write({"order_id": other.id}),
                f"{line.order_id.name} is confirmed. Its lines stay",
            )
        self.assert_refused(
            lambda: other.with_user(self.desk).write(
                {"order_line": [Command.link(line.id)]}
            ),
            "Its lines stay",
        )

    # ------------------------------------------------------------------
    # What is done
    # ------------------------------------------------------------------

    def test_what_is_done_stays_done(self):
        self.deliver(self.picking, 10)
        free = self.sold(partner_id=self.other.id).picking_ids.move_ids
        for _role, move in self.each_role(self.picking.move_ids):
            line = move.move_line_ids
            for values in (
                {"state": "cancel"},
                {"state": "draft"},
                {"state": "assigned"},
                {"move_line_ids": [Command.clear()]},
                {"sale_line_id": False},
            ):
                self.assert_refused(
                    lambda move=move, values=values: move.write(values),
                    "is done. Make a return|stays with it",
                )
            for values in (
                {"move_id": False},
                {"move_id": free.id},
                {"state": "draft"},
            ):
                self.assert_refused(
                    lambda line=line, values=values: line.write(values),
                    f"{self.picking.name} is done",
                )
            move.write({"state": "done"})
            line.write({"move_id": move.id})
            self.assert_used(113, 0)
