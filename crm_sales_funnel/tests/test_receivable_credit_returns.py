from odoo.tests import tagged

from .test_receivable_credit_gate import GateCommon


class ReturnsCommon(GateCommon):
    """Deliveries of the customer and of another one, and what joins them. A bolt costs
    11.30."""

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

    def quoted(self, quantity, nut=False):
        order = self.quote(quantity)
        if nut:
            order.order_line.copy({"order_id": order.id, "product_id": self.nut.id})
        order.action_confirm()
        return order.picking_ids

    def by_warehouse(self, records):
        """Return records as the warehouse has them."""
        return records.with_user(self.users["warehouse"])


@tagged("post_install", "-at_install")
class TestReceivableCreditReturns(ReturnsCommon):
    """What is sent again."""

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

    def test_the_same_is_not_sent_again_twice(self):
        """By two moves of one transfer, or by two transfers that are done together."""
        self.deliver(self.picking, 10)
        back = self.deliver(self.plan_return(self.picking, 3, to_refund=False), 3)
        first = self.plan_return(back, 3, to_refund=False)
        second = self.plan_return(back, 3, to_refund=False)
        for picking in (first, second):
            self.pick(picking, 3)
        together = self.by_warehouse(first | second)
        self.assert_refused(together.button_validate, "than 3 Units")
        self.add(
            first,
            3,
            origin_returned_move_id=back.move_ids.id,
            sale_line_id=first.move_ids.sale_line_id.id,
            to_refund=False,
        )
        self.pick(first, 3)
        self.assert_not_sent(first, "than 3 Units")
        self.assert_used(113, 0)

    def test_what_is_not_picked_is_not_sent(self):
        """Of three, two are sent again and one is to be; beside it a nut leaves."""
        self.deliver(self.picking, 10)
        back = self.deliver(self.plan_return(self.picking, 3, to_refund=False), 3)
        first = self.plan_return(back, 3, to_refund=False)
        second = self.plan_return(back, 3, to_refund=False)
        self.deliver(first, 2)
        self.add_nut(second)
        bolts = second.move_ids.filtered(lambda move: move.product_id == self.bolt)
        bolts.write({"quantity": 3, "picked": False})
        second.with_user(self.desk)._action_done()
        self.assertEqual(second.move_ids.product_id, self.nut)
        rest = second.backorder_ids
        line = self.pick(rest, 1).move_ids.move_line_ids
        unpicked = line.copy(
            {"quantity": 2, "picked": False, "move_id": line.move_id.id}
        )
        unpicked.picked = False
        self.assertEqual(rest.move_ids.quantity, 3)
        self.by_warehouse(rest)._action_done()
        self.assertEqual((rest.state, rest.move_ids.quantity), ("done", 1))

    def test_what_was_sent_again_did_come_back(self):
        """The return is not made smaller afterwards, unless it counts: then what was
        sent again is owed."""
        for refund in (False, True):
            delivered = self.deliver(self.quoted(10), 10)
            back = self.plan_return(delivered, 3, to_refund=refund)
            self.deliver(back, 3)
            self.deliver(self.plan_return(back, 2, to_refund=refund), 2)
            back.action_toggle_is_locked()
            line = delivered.sale_id.order_line
            for role in ("warehouse", "order_desk"):
                move = back.move_ids.with_user(self.users[role])
                less = {"quantity": 1}
                if refund:
                    move.write(less)
                    self.assertEqual(line.qty_delivered, 10 - 1 + 2)
                    continue
                for record in (move, move.move_line_ids):
                    self.assert_refused(
                        lambda record=record, less=less: record.write(less),
                        "than 1 Units",
                    )
                move.write({"quantity": 2})
                self.assertEqual(line.qty_delivered, 10)
            # What was delivered may have been less than what came back of it.
            delivered.action_toggle_is_locked()
            delivered.move_ids.with_user(self.desk).write({"quantity": 1})

    def test_it_comes_back_by_a_carrier(self):
        for name in (self.other, self.env["res.partner"]):
            for delivered in (self.quoted(5), self.plain(5)):
                self.by_warehouse(self.pick(delivered, 5)).button_validate()
                back = self.plan_return(delivered, 2)
                back.partner_id = name
                self.by_warehouse(self.pick(back, 2)).button_validate()
                again = self.plan_return(back, 2)
                again.partner_id = self.partner
                self.by_warehouse(self.pick(again, 2)).button_validate()
                self.assertEqual(again.state, "done")
        theirs = self.plan_return(back, 1)
        theirs.partner_id = self.other
        self.pick(theirs, 1)
        self.assert_not_sent(theirs, "did not come back")

    def test_more_of_what_is_sent_again_counts(self):
        """A transfer of before that does not count what counted as brought back."""
        self.deliver(self.picking, 10)
        back = self.give_back(self.picking, 3)
        again = self.deliver(self.plan_return(back, 3), 2)
        again.move_ids.sudo().to_refund = False
        self.by_warehouse(again.move_ids).write({"quantity": 1})
        self.by_warehouse(again.move_ids).write({"quantity": 3})
        self.assertTrue(again.move_ids.to_refund)
        self.assertEqual(self.picking.sale_id.order_line.qty_delivered, 10)
