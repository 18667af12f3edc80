from odoo.tests import tagged

from .test_receivable_credit_gate import GateCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditReturns(GateCommon):
    """What is sent again, and what nobody ordered. A bolt costs 11.30."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create(
            {"name": "Westwind GmbH", "is_company": True, "customer_rank": 1}
        )
        cls.elsewhere = cls.quote(10, partner_id=cls.other.id)
        cls.elsewhere.action_confirm()

    def add(self, picking, quantity, **values):
        """Put bolts into a delivery that are in no order line, as its user."""
        return picking.env["stock.move"].create(
            {
                "product_id": self.bolt.id,
                "product_uom_qty": quantity,
                "quantity": quantity,
                "picked": True,
                "picking_id": picking.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
                **values,
            }
        )

    def plain(self, quantity, **values):
        """Return a delivery to the customer that is in no order."""
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.picking.picking_type_id.id,
                "location_id": self.picking.location_id.id,
                "location_dest_id": self.picking.location_dest_id.id,
                "partner_id": self.partner.id,
            }
        )
        self.add(picking, quantity, **values)
        picking.action_confirm()
        picking.move_ids.write({"quantity": quantity, "picked": True})
        return picking

    def assert_not_sent(self, picking, *words):
        for role in ("warehouse", "order_desk"):
            mine = picking.with_user(self.users[role])
            self.assert_refused(mine._action_done, *words)
        self.assertNotEqual(picking.state, "done")

    # ------------------------------------------------------------------
    # What is said to be sent again
    # ------------------------------------------------------------------

    def test_what_did_not_come_back_is_not_sent_again(self):
        """Of this customer, and this product; what is only planned did not come back."""
        theirs = self.deliver(self.elsewhere.picking_ids, 10)
        back = self.give_back(theirs, 3)
        mine = self.deliver(self.quoted(5), 5)
        planned = self.plan_return(mine, 2)
        nut = self.deliver(self.quoted(1, nut=True), 1, 1)
        nuts = self.give_back(nut, 1).move_ids.filtered(
            lambda move: move.product_id == self.nut
        )
        for label, origin in (
            ("delivered to another", theirs.move_ids),
            ("came back from another", back.move_ids),
            ("delivered", mine.move_ids),
            ("planned to come back", planned.move_ids),
            ("another product", nuts),
        ):
            for made in ("written", "created"):
                with self.subTest(label, made=made), self.env.cr.savepoint() as point:
                    values = {"origin_returned_move_id": origin.id, "to_refund": False}
                    move = self.add(
                        self.picking, 1, **values if made == "created" else {}
                    )
                    if made == "written":
                        move.with_user(self.desk).write(values)
                    self.pick(self.picking, 1)
                    self.assert_not_sent(self.picking, "Bolt", "did not come back")
                    point.rollback()
                    self.env.invalidate_all()

    def quoted(self, quantity, nut=False):
        order = self.quote(quantity)
        if nut:
            order.order_line.copy({"order_id": order.id, "product_id": self.nut.id})
        order.action_confirm()
        return order.picking_ids

    def test_no_more_is_sent_again_than_came_back(self):
        """At no cost, three."""
        self.deliver(self.picking, 10)
        back = self.deliver(self.plan_return(self.picking, 3, to_refund=False), 3)
        again = self.plan_return(back, 3, to_refund=False)
        self.pick(again, 4)
        self.assert_not_sent(again, r"than 3 Units of \[A-1\] Bolt came back")
        self.deliver(again, 2)
        rest = again.backorder_ids or self.plan_return(back, 2, to_refund=False)
        self.pick(rest, 2)
        self.assert_not_sent(rest, "than 3 Units")
        self.deliver(rest, 1)
        again.action_toggle_is_locked()
        move = again.move_ids.with_user(self.desk)
        self.assert_refused(lambda: move.write({"quantity": 3}), "came back")
        self.assert_used(113, 0)

    def test_what_is_sent_again_is_owed_again(self):
        """Seven are 79.10, ten are 113.00."""
        self.deliver(self.picking, 10)
        back = self.give_back(self.picking, 3)
        again = self.plan_return(back, 3, to_refund=False)
        self.pick(again, 3)
        self.limit(credit_limit=112)
        self.assert_not_sent(again, "credit limit|1.00 too much")
        self.limit(credit_limit=113)
        again.with_user(self.users["warehouse"]).button_validate()
        self.assertEqual(again.state, "done")
        self.assert_used(113, 0)
        for values in ({"to_refund": False}, {"origin_returned_move_id": False}):
            for role in ("warehouse", "order_desk"):
                move = again.move_ids.with_user(self.users[role])
                self.assert_refused(
                    lambda move=move, values=values: move.write(values),
                    "is done. Make a return|stays with it",
                )
        again.move_ids.with_user(self.desk).write({"to_refund": True})

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
