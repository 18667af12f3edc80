from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .test_receivable_credit_returns import ReturnsCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditUnordered(ReturnsCommon):
    """What nobody ordered, and what is not for the order it is said to be for. A bolt
    costs 11.30."""

    # ------------------------------------------------------------------
    # What nobody ordered
    # ------------------------------------------------------------------

    def test_one_by_one_they_are_judged_together(self):
        """What joins a delivery that is done is in no debt until somebody orders it."""
        price = self.price()
        self.limit(credit_limit=11.3 + 3 * price)
        # One bolt of the order is owed; of the other delivery, nothing is.
        ordered, plain = self.deliver(self.picking, 1), self.deliver(self.plain(1), 1)
        for picking, fits in ((ordered, 3), (plain, 2)):
            picking.action_toggle_is_locked()
            mine = picking.with_user(self.users["warehouse"])
            for _piece in range(fits):
                self.add(mine, 1)
            self.assert_refused(lambda mine=mine: self.add(mine, 1), "credit limit")
            self.assertEqual(len(picking.move_ids), fits + 1)

    def price(self):
        return self.picking.move_ids[:1]._get_unordered_amount(1, self.company)

    def test_a_delivery_without_an_order_counts_at_its_price(self):
        price = self.price()
        self.limit(credit_limit=2 * price)
        picking = self.plain(3)
        self.assert_not_sent(picking, "credit limit|too much")
        self.pick(picking, 2).with_user(self.desk)._action_done()
        self.assertEqual(picking.state, "done")
        free = self.plain(1)
        self.bolt.lst_price = 0
        free.with_user(self.desk).button_validate()
        self.assertEqual(free.state, "done")

    # ------------------------------------------------------------------
    # What Odoo puts into the order of its transfer
    # ------------------------------------------------------------------

    def joined(self, ordered, unordered, product=None, **values):
        """Return the picked delivery of an order, with something in no order line."""
        picking = self.quoted(ordered, **values) if values else self.picking
        product = product or self.bolt
        more = self.add(picking, unordered, product_id=product.id)
        more = more._action_confirm(merge=False)
        (picking.move_ids - more).write({"quantity": ordered, "picked": True})
        more.write({"quantity": unordered, "picked": True})
        return picking

    def test_it_counts_at_the_price_of_the_order(self):
        """One and ten for 11.30, whatever the price list says."""
        self.bolt.list_price = 0.01
        self.limit(credit_limit=20)
        picking = self.joined(1, 10)
        self.assert_not_sent(picking, "credit limit|104.30 too much")
        self.bolt.list_price = 1000
        self.pick(picking, 1)
        self.assertFalse(picking.with_user(self.desk).credit_notice)
        self.assert_not_sent(picking, "credit limit|2.60 too much")
        self.limit(credit_limit=22.6)
        self.assertFalse(picking.with_user(self.desk).credit_notice)
        self.by_warehouse(picking)._action_done()
        self.assertEqual(picking.move_ids.sale_line_id.qty_delivered, 2)
        self.assert_used(22.6, 113 - 22.6)

    def test_it_counts_at_the_price_for_the_customer(self):
        """A bolt for 11.30, and a nut for 500.00 by the price list of the order."""
        self.nut.write(
            {"list_price": 0.0, "invoice_policy": "delivery", "taxes_id": False}
        )
        rule = {
            "applied_on": "3_global",
            "compute_price": "fixed",
            "fixed_price": 500,
        }
        prices = self.env["product.pricelist"].create(
            {"name": "Special", "item_ids": [Command.create(rule)]}
        )
        order = self.quote(1, pricelist_id=prices.id)
        order.action_confirm()
        picking = order.picking_ids
        self.add_nut(picking)
        self.pick(picking, 1)
        self.limit(credit_limit=511)
        self.assert_not_sent(picking, "credit limit|0.30 too much")
        self.assertEqual(len(order.order_line), 1)
        self.limit(credit_limit=511.3)
        self.by_warehouse(picking)._action_done()
        self.assert_used(511.3, 113)

    def test_it_counts_in_the_currency_of_the_order(self):
        """A bolt for 10.00 of a currency that is worth ten: 113.00, and seven more."""
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.1)])
        picking = self.new_delivery(
            [(self.bolt, 10, {"price_unit": 10})],
            currency=foreign,
            partner=self.partner,
        )
        more = self.add(picking, 7)
        (picking.move_ids - more).write({"quantity": 1, "picked": True})
        self.limit(credit_limit=903)
        self.assert_not_sent(picking, "credit limit|1.00 too much")
        self.limit(credit_limit=904)
        self.by_warehouse(picking)._action_done()
        self.assertEqual(picking.state, "done")

    def test_what_odoo_charges_nothing_for_costs_nothing(self):
        """As it is invoiced by what is ordered."""
        self.nut.write({"list_price": 100, "invoice_policy": "order"})
        self.limit(credit_limit=20)
        picking = self.joined(1, 1, self.nut)
        self.by_warehouse(picking)._action_done()
        self.assertEqual(picking.state, "done")
        self.assert_used(11.3, 101.7)

    def test_it_leaves_alone(self):
        """Odoo puts it into the order when the transfer is done."""
        self.nut.write(
            {
                "list_price": 100,
                "invoice_policy": "delivery",
                "taxes_id": [Command.set(self.vat.ids)],
            }
        )
        picking = self.joined(0, 1, self.nut)
        picking.move_ids.filtered(lambda m: m.product_id == self.bolt).picked = False
        mine = picking.with_user(self.desk)
        self.limit(credit_limit=112)
        self.assert_refused(mine._action_done, "1.00 too much")
        self.assert_refused(
            mine.move_ids.filtered("picked")._action_done, "1.00 too much"
        )
        self.limit(credit_limit=113)
        mine._action_done()
        nut = picking.sale_id.order_line.filtered(
            lambda line: line.product_id == self.nut
        )
        self.assertEqual(nut.qty_delivered, 1)

    def test_it_does_not_leave_for_who_is_on_hold(self):
        self.hold()
        done = []
        self.patch(type(self.env["stock.move.line"]), "_action_done", done.append)
        self.assert_not_sent(self.joined(1, 1), "on credit hold|cheque")
        self.assertFalse(done)  # it is refused before anything is

    def test_it_is_overridden(self):
        """With what was ordered, at the price that it has when it is done: 113.00 and
        113.00. The price list says next to nothing."""
        self.bolt.list_price = 0.01
        picking = self.joined(10, 10)
        self.limit(credit_limit=200)
        mine = picking.with_user(self.users["manager"])
        self.override(mine.button_validate)
        self.assertEqual(picking.state, "done")
        self.assertRecordValues(
            self.overrides(),
            [
                {
                    "amount": 226,
                    "excess": 26,
                    "owed": 0,
                    "picking_id": picking.id,
                    "goods": {str(self.bolt.id): 20},
                }
            ],
        )
        self.assertIn("26.00 too much", self.overrides().why)
        self.assert_used(226, 0)

    def test_what_was_refused_with_it_is_no_wider_override(self):
        """What the dialog was told is of one transfer as it was."""
        self.bolt.list_price = 0.01
        picking = self.joined(10, 10)
        self.limit(credit_limit=200)
        mine = picking.with_user(self.users["manager"])
        with self.assertRaises(RedirectWarning) as refused:
            mine.button_validate()
        self.env.invalidate_all()
        context = refused.exception.args[3]
        self.pick(picking, 11)
        dialogs = self.env["funnel.credit.override.wizard"]
        dialog = dialogs.with_user(self.users["manager"]).with_context(**context)
        dialog = dialog.create({"reason": "Agreed"})
        self.assertIn(f"The goods of {picking.name}", dialog.why)
        self.assertNotIn("is not changed", dialog.why)
        with self.assertRaises(RedirectWarning):
            dialog.action_override()
        self.env.invalidate_all()
        self.assertFalse(self.overrides())
        self.pick(picking, 10)
        dialog.create({"reason": "Agreed"}).action_override()
        self.assertEqual(picking.state, "done")
        # Of a transfer that is done, nothing is overridden any more.
        self.assertFalse(dialog.create({"reason": "Once more"}).why)

    def test_it_is_overridden_once_for_who_is_on_hold(self):
        self.nut.write({"list_price": 100, "invoice_policy": "delivery"})
        picking = self.joined(10, 1, self.nut)
        self.hold()
        self.override(picking.with_user(self.users["manager"]).button_validate)
        self.assertEqual(picking.state, "done")
        self.assertEqual(len(self.overrides()), 1)

    # ------------------------------------------------------------------
    # What was overridden
    # ------------------------------------------------------------------

    def test_an_override_covers_a_delivery_once(self):
        """Ten for 113.00, and no bolt more, though each costs less than that."""
        manager = self.users["manager"]
        self.company.credit_gate_orders = False
        for reason in (lambda: self.limit(credit_limit=20), self.hold):
            reason()
            picking = self.pick(self.quoted(10), 10)
            self.override(picking.with_user(manager).button_validate)
            self.assertEqual(self.overrides()[0].amount, 113)
            self.assertEqual(picking.state, "done")
            mine = self.by_warehouse(picking)
            for quantity in (1, 10):
                self.assert_refused(
                    lambda mine=mine, quantity=quantity: self.add(mine, quantity),
                    "Deliver what is more by a transfer of its own",
                )
            picking.action_toggle_is_locked()
            self.assert_refused(
                lambda mine=mine: mine.move_ids.write({"quantity": 11}),
                "Deliver what is more by a transfer of its own",
            )
            mine.move_ids.write({"quantity": 9})
            mine.move_ids.write({"quantity": 10})
            self.assertEqual(picking.sale_id.order_line.qty_delivered, 10)

    def test_an_override_of_the_order_covers_what_it_has(self):
        self.hold()
        order = self.quote(10)
        self.override(order.with_user(self.users["manager"]).action_confirm)
        picking = self.deliver(order.picking_ids.with_user(self.desk), 8)
        picking.backorder_ids.action_cancel()
        picking.action_toggle_is_locked()
        picking.move_ids.write({"quantity": 10})
        self.assert_refused(
            lambda: picking.move_ids.write({"quantity": 11}), "on credit hold|cheque"
        )

    def test_what_costs_nothing_joins_what_has_left(self):
        """Though the customer pays late, and what has left cost something."""
        invoice = self.invoice(self.deliver(self.picking, 10))
        invoice.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        ).date_maturity = fields.Date.today() - timedelta(days=9)
        self.limit(overdue_limit=100)
        self.nut.list_price = 0
        picking = self.by_warehouse(self.picking)
        self.assert_refused(lambda: self.add(picking, 1), "pays late|overdue")
        self.add(picking, 1, product_id=self.nut.id)
        self.assertEqual(len(picking.move_ids), 2)

    # ------------------------------------------------------------------
    # Where it goes
    # ------------------------------------------------------------------

    def test_what_leaves_by_a_return_counts(self):
        """One bolt is delivered, and nine leave by the transfer that brings it back."""
        self.deliver(self.picking, 1)
        line = self.picking.sale_id.order_line
        back = self.plan_return(self.picking, 1)
        self.limit(credit_limit=12)
        places = {
            "location_id": self.picking.location_id.id,
            "location_dest_id": self.picking.location_dest_id.id,
        }
        for refund in (False, True):
            with self.env.cr.savepoint() as point:
                out = self.add(back, 9, sale_line_id=line.id, to_refund=refund)
                out.write(places)
                out.write({"quantity": 9, "picked": True})
                out.move_line_ids.write(places)
                (back.move_ids - out).write({"quantity": 0, "picked": False})
                self.assertEqual(
                    (back.slip_kind, out._get_counted_sign()), ("return", 1)
                )
                self.assert_not_sent(back, "credit limit|101.00 too much")
                point.rollback()
                self.env.invalidate_all()

    def test_what_goes_back_to_a_vendor_who_buys_as_well(self):
        """Another company of the database, on hold as a customer."""
        transit = self.env.ref("stock.stock_location_inter_company")
        transit.active = True
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    Command.create({"product_id": self.bolt.id, "product_qty": 5})
                ],
            }
        )
        order.button_confirm()
        receipt = order.picking_ids
        receipt.write({"location_id": transit.id})
        self.deliver(receipt, 5)
        self.hold()
        back = self.pick(self.plan_return(receipt, 2), 2)
        self.assertEqual(back.move_ids.location_dest_id, transit)
        self.by_warehouse(back).button_validate()
        self.assertEqual(back.state, "done")
        # What is sold to it goes the same way.
        self.company.credit_gate_orders = False
        sold = self.pick(self.quoted(1), 1)
        sold.write({"location_dest_id": transit.id})
        self.pick(sold, 1)
        self.assert_not_sent(sold, "on credit hold|cheque")

    # ------------------------------------------------------------------
    # Order lines that are not for it
    # ------------------------------------------------------------------

    def cheap(self):
        """Return the line of an order of one nut for 1.00."""
        order = self.quote(1)
        order.order_line.write({"product_id": self.nut.id, "price_unit": 1})
        order.action_confirm()
        return order.order_line

    def test_other_goods_are_no_part_of_what_is_ordered(self):
        line = self.cheap()
        plain = self.plain(500)
        for role in ("warehouse", "order_desk", "salesperson"):
            user = self.users[role]
            picking = line.order_id.picking_ids.with_user(user)
            for work in (
                lambda picking=picking: self.add(picking, 500, sale_line_id=line.id),
                lambda user=user: plain.move_ids.with_user(user).write(
                    {"sale_line_id": line.id}
                ),
            ):
                self.assert_refused(
                    work, r"sells \[A-2\] Nut on this line, not \[A-1\] Bolt"
                )
        desk = line.with_user(self.desk)
        self.assert_refused(
            lambda: desk.write({"move_ids": [Command.link(plain.move_ids.id)]}),
            "Add it to the order first",
        )

    def test_parts_that_odoo_planned_stay_parts(self):
        """As a part leaves in part, comes back and is split."""
        line = self.cheap()
        picking = line.order_id.picking_ids
        picking.move_ids.sudo().copy({"product_id": self.bolt.id, "product_uom_qty": 4})
        picking.move_ids._action_confirm(merge=False)
        mine = self.by_warehouse(picking)
        self.pick(mine, 1)._action_done()
        rest = picking.backorder_ids
        self.assertEqual(rest.move_ids.product_id, self.bolt)
        self.assertEqual(rest.move_ids.sale_line_id, line)
        back = self.plan_return(mine, 1)
        self.assertEqual(back.move_ids.sale_line_id, line)
        self.add(self.by_warehouse(rest), 1, sale_line_id=line.id)
        # Of Manufacturing: the line of the bill of materials says it.
        if "bom_line_id" not in self.env["stock.move"]._fields:
            return
        self.assertIn(line, rest.move_ids.sale_line_id)

    def test_goods_of_an_order_that_is_not_confirmed(self):
        """They are in no debts: 500 bolts count for 5,650.00 each time."""
        quotation, cancelled = self.quote(500), self.quote(500)
        cancelled.action_confirm()
        cancelled._action_cancel()
        self.limit(credit_limit=5649)
        for order in (quotation, cancelled):
            with self.subTest(order.state):
                picking = self.plain(500)
                self.by_warehouse(picking.move_ids).write(
                    {"sale_line_id": order.order_line.id}
                )
                self.assert_not_sent(picking, "credit limit|1.00 too much")
        self.limit(credit_limit=5650)
        self.by_warehouse(picking)._action_done()
        self.assertEqual(picking.state, "done")
        picking.action_toggle_is_locked()
        self.assert_refused(
            lambda: self.by_warehouse(picking.move_ids).write({"quantity": 501}),
            "credit limit",
        )
        self.hold()
        self.pay_online(quotation, 5650)
        held = self.plain(1)
        held.move_ids.sale_line_id = quotation.order_line
        self.assert_not_sent(held, "on credit hold|cheque")
