from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .test_receivable_credit_returns import ReturnsCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditCorrected(ReturnsCommon):
    """What came back and is said to be less, or in other places."""

    def returned(self, quantity=10, back=3):
        """Return a delivery of so many bolts, and the return of some, unlocked."""
        delivered = self.deliver(self.quoted(quantity), quantity)
        returned = self.give_back(delivered, back)
        returned.action_toggle_is_locked()
        return delivered, returned

    def correct(self, picking, quantity, role="warehouse"):
        picking.move_ids.with_user(self.users[role]).write({"quantity": quantity})

    def assert_kept(self, picking, quantity, *words):
        """Check that nobody says that so much came back, and why."""
        for role in ("warehouse", "order_desk"):
            self.assert_refused(
                lambda role=role: self.correct(picking, quantity, role),
                *(words or ("would owe more",)),
            )

    def test_less_came_back(self):
        """Ten came back, and ten more left: 226.00 if the first were never back."""
        self.deliver(self.picking, 10)
        back = self.give_back(self.picking, 10)
        self.deliver(self.quoted(10), 10)
        back.action_toggle_is_locked()
        self.limit(credit_limit=225)
        for role in ("warehouse", "order_desk"):
            move = back.move_ids.with_user(self.users[role])
            self.assert_refused(
                lambda move=move: move.write({"quantity": 0}),
                "Ostwind GmbH would owe more",
                "Deliver the goods",
            )
        self.assert_used(113, 0)
        self.limit(credit_limit=226)
        move.write({"quantity": 0})
        self.assert_used(226, 0)
        move.write({"quantity": 10})
        self.hold()
        line = move.move_line_ids.filtered("quantity")
        place = {"location_dest_id": line.location_dest_id.id}
        for values in ({"quantity": 9}, {"quantity": 0, **place}):
            self.assert_refused(
                lambda values=values: line.write(values),
                "would owe more",
                "on credit hold since .*The cheque bounced",
                "Deliver the goods",
            )
        line.write({"quantity": 10, **place})  # the same
        line.write({"quantity": 12})  # more came back: less is owed
        self.assert_used(90.4, 0)

    def test_less_came_back_from_who_pays_late(self):
        """113.00 are overdue since forty days. Of ten more, three came back; 203.40
        would be owed if it were two."""
        self.invoice_late(40)
        delivered = self.deliver(self.quoted(10), 10)
        back = self.give_back(delivered, 3)
        back.action_toggle_is_locked()
        none = {"overdue_limit": 0, "max_debt_age": 0, "credit_limit": 0}
        for limit, told, hidden in (
            ({"overdue_limit": 112.99}, "113.00 are overdue, at most", "pays late"),
            ({"max_debt_age": 39}, "40 days ago, at most 39", "pays late"),
            (
                {"credit_limit": 203},
                "192.10.*this is .*11.30.*0.40 too much",
                "over the credit",
            ),
        ):
            self.limit(**none | limit)
            for role, words in (("order_desk", told), ("warehouse", hidden)):
                move = back.move_ids.with_user(self.users[role])
                self.assert_refused(
                    lambda move=move: move.write({"quantity": 2}),
                    "would owe more",
                    words,
                    "Deliver the goods",
                )
        self.limit(overdue_limit=113, max_debt_age=40, credit_limit=203.4)
        move.write({"quantity": 2})
        self.assertEqual(delivered.sale_id.order_line.qty_delivered, 8)

    def test_less_came_back_of_what_nobody_ordered(self):
        plain = self.deliver(self.plain(3), 3)
        back = self.give_back(plain, 3)
        back.action_toggle_is_locked()
        self.hold()
        back.move_ids.with_user(self.desk).write({"quantity": 1})
        self.assertEqual(back.move_ids.quantity, 1)

    # ------------------------------------------------------------------
    # Wherever it came from
    # ------------------------------------------------------------------

    def from_vendors(self):
        """Return a return of which Odoo says, once a carrier brings the rest of it, that
        it comes from vendors: nine of ten that were delivered."""
        self.picking.action_cancel()
        delivered = self.deliver(self.quoted(10), 10)
        rest = self.deliver(self.plan_return(delivered, 10), 1).backorder_ids
        with Form(self.by_warehouse(rest)) as form:
            form.partner_id = self.other
        self.assertEqual(rest.location_id.usage, "supplier")
        self.by_warehouse(self.pick(rest, 9)).button_validate()
        self.assert_used(0, 0)
        rest.action_toggle_is_locked()
        return rest

    def test_it_came_back_from_vendors(self):
        rest = self.from_vendors()
        self.deliver(self.quoted(10), 10)
        self.limit(credit_limit=214)
        self.assert_kept(rest, 0, "would owe more")
        self.limit(credit_limit=214.7)
        self.correct(rest, 0)
        self.assert_used(214.7, 0)
        self.correct(rest, 9)
        self.hold()
        self.assert_kept(rest, 8, "would owe more")

    def test_what_came_back_from_vendors_is_sent_again(self):
        rest = self.from_vendors()
        again = self.plan_return(rest, 9)
        again.location_dest_id = self.picking.location_dest_id
        again.partner_id = self.partner
        self.pick(again, 9)
        self.limit(credit_limit=101)
        self.assert_not_sent(again, "credit limit|0.70 too much")
        self.limit(credit_limit=101.7)
        self.by_warehouse(again).button_validate()
        self.assert_used(101.7, 0)

    def test_it_came_back_to_where_nothing_counts(self):
        """Odoo does not count what goes from the customer to where goods get lost."""
        delivered = self.deliver(self.picking, 10)
        back = self.plan_return(delivered, 3)
        lost = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)], limit=1
        )
        back.location_dest_id = back.move_ids.location_dest_id = lost
        self.deliver(back, 3)
        self.assert_used(113, 0)
        back.action_toggle_is_locked()
        self.hold()
        self.correct(back, 2)
        self.assert_used(113, 0)

    # ------------------------------------------------------------------
    # Whatever is owed by it
    # ------------------------------------------------------------------

    def test_less_came_back_of_a_cancelled_order(self):
        """Nobody owes for it afterwards: all of it counts, as if it left."""
        self.picking.action_cancel()
        delivered, back = self.returned(10, 10)
        delivered.sale_id.with_user(self.desk).action_cancel()
        self.deliver(self.quoted(10), 10)
        self.limit(credit_limit=225)
        self.assert_kept(back, 0, "would owe more")
        self.assert_refused(
            lambda: self.correct(back, 0, "order_desk"),
            "owes .*113.00",
            "this is .*113.00",
            "1.00 too much",
        )
        self.limit(credit_limit=226)
        self.correct(back, 0)
        self.assert_used(113, 0)

    def test_less_came_back_of_what_was_invoiced_in_advance(self):
        """Ten came back and are not credited: nothing is owed for them, though all of
        them are invoiced."""
        picking = self.ordered_in_advance()
        self.invoice(picking)
        self.deliver(picking, 10)
        back = self.give_back(picking, 10)
        self.assert_used(0, 0)
        back.action_toggle_is_locked()
        self.deliver(self.quoted(10), 10)
        self.limit(credit_limit=150)
        self.assert_kept(back, 5, "would owe more", "over the credit|19.50 too much")
        self.correct(back, 7)
        self.assert_used(146.9, 0)
        self.hold()
        self.assert_kept(back, 6)

    def test_what_costs_nothing_is_not_owed(self):
        delivered, back = self.returned()
        delivered.sale_id.order_line.price_unit = 0
        self.invoice_late(40)
        self.limit(overdue_limit=1)
        self.correct(back, 2)
        self.assertEqual(delivered.sale_id.order_line.qty_delivered, 8)

    def test_what_is_paid_in_advance_is_not_owed(self):
        order = self.quote(10)
        self.pay_online(order, order.amount_total)
        order.action_confirm()
        delivered = self.deliver(order.picking_ids, 10)
        back = self.give_back(delivered, 3)
        back.action_toggle_is_locked()
        self.hold()
        self.correct(back, 2)
        self.assertEqual(order.order_line.qty_delivered, 8)
        delivered.action_toggle_is_locked()
        self.assert_refused(lambda: self.correct(delivered, 13), "do not leave")

    # ------------------------------------------------------------------
    # What makes up for it
    # ------------------------------------------------------------------

    def test_one_delivery_takes_over_from_another(self):
        """Four and six left of one order line; now it is five and five."""
        first = self.deliver(self.quoted(10), 4)
        second = self.deliver(first.backorder_ids, 6)
        (first | second).is_locked = False
        self.hold()
        lines = self.by_warehouse((first | second).move_line_ids)
        lines.write({"quantity": 5})
        self.assertEqual(first.sale_id.order_line.qty_delivered, 10)
        self.assert_refused(lambda: lines.write({"quantity": 6}), "do not leave")
        self.assertEqual(lines.mapped("quantity"), [5, 5])

    def test_another_delivery_does_not_take_over(self):
        """Not of another order, nor of what is sent again at no cost."""
        first, other = (self.deliver(self.quoted(10), left) for left in (6, 4))
        back = self.deliver(self.plan_return(first, 3, to_refund=False), 3)
        again = self.deliver(self.plan_return(back, 2, to_refund=False), 2)
        (first | other | again).is_locked = False
        self.hold()
        lines = self.by_warehouse(first.move_line_ids)
        lines.write({"quantity": 5})  # less is owed
        for beside, quantity in ((other, 4.5), (again, 3)):
            changed = lines | self.by_warehouse(beside.move_line_ids)
            self.assert_refused(
                lambda changed=changed, quantity=quantity: changed.write(
                    {"quantity": quantity}
                ),
                "do not leave",
            )

    def test_another_customer_does_not_make_up_for_it(self):
        """In one transfer, which is in no order and names nobody."""
        places = {
            "location_id": self.picking.location_id.id,
            "location_dest_id": self.picking.location_dest_id.id,
        }
        picking = self.env["stock.picking"].create(
            {"picking_type_id": self.picking.picking_type_id.id, **places}
        )
        mine = self.add(picking, 1, partner_id=self.partner.id)
        theirs = self.add(picking, 9, partner_id=self.other.id, propagate_cancel=False)
        self.by_warehouse(picking)._action_done()
        picking.is_locked = False
        self.hold()
        swapped = [
            Command.update(mine.id, {"quantity": 9}),
            Command.update(theirs.id, {"quantity": 1}),
        ]
        self.assert_refused(
            lambda: self.by_warehouse(picking).write({"move_ids": swapped}),
            "do not leave",
        )

    def test_little_by_little(self):
        """Each time less than what the unit of the product tells apart."""
        ton, kilo = (self.env.ref(f"uom.product_uom_{name}") for name in ("ton", "kgm"))
        self.nut.write({"uom_id": ton.id, "invoice_policy": "delivery"})
        picking = self.plain(1, product_id=self.nut.id, product_uom=ton.id)
        line = picking.move_line_ids
        line.write({"product_uom_id": kilo.id, "quantity": 1000})
        self.by_warehouse(picking)._action_done()
        picking.is_locked = False
        self.hold()
        line = self.by_warehouse(line)

        def more():
            for _turn in range(3):
                line.write({"quantity": line.quantity + 4})

        self.assert_refused(more, "do not leave")

    def returned_both(self):
        """Return the return of four bolts (11.30 each) and two nuts (2.26 each), and its
        moves of both."""
        picking = self.quoted(10, nut=True)
        picking.sale_id.order_line[1].price_unit = 2
        delivered = self.deliver(picking, 10, 10)
        back = self.plan_return(delivered, 2)
        bolts = back.move_ids.filtered(lambda move: move.product_id == self.bolt)
        bolts.product_uom_qty = 4
        self.deliver(back, 4, 2)
        back.action_toggle_is_locked()
        return back, bolts, back.move_ids - bolts

    def test_more_of_another_thing_came_back(self):
        """In one save it makes up for what came back less, as far as it goes."""
        back, bolts, nuts = self.returned_both()
        self.hold()
        mine = self.by_warehouse(back)
        order = bolts.sale_line_id.order_id

        def came_back(bolt, nut):
            mine.write(
                {
                    "move_ids": [
                        Command.update(bolts.id, {"quantity": bolt}),
                        Command.update(nuts.id, {"quantity": nut}),
                    ]
                }
            )
            return order.order_line.mapped("qty_delivered")

        self.assertEqual(came_back(5, 1), [5, 9])
        self.assertEqual(came_back(4, 6), [6, 4])  # 11.30 and five times 2.26
        self.assert_refused(lambda: came_back(3, 10), "would owe more")
        self.assertEqual(order.order_line.mapped("qty_delivered"), [6, 4])

    def test_what_nobody_owed_makes_up_for_nothing(self):
        """More came back of a cancelled order, less of another one."""
        gone, back = self.returned(10, 10)
        gone.sale_id.with_user(self.desk).action_cancel()
        self.correct(back, 3)
        _kept, other = self.returned(10, 5)
        self.hold()
        self.assert_kept(back | other, 4)

    # ------------------------------------------------------------------
    # Put on two places
    # ------------------------------------------------------------------

    def split(self, picking, quantity, rest, **values):
        """Return the values that put a part of what was moved on another place."""
        line = picking.move_line_ids
        return {
            "move_line_ids": [
                Command.update(line.id, {"quantity": quantity}),
                Command.create(
                    {
                        "product_id": self.bolt.id,
                        "product_uom_id": self.bolt.uom_id.id,
                        "quantity": rest,
                        "location_id": line.location_id.id,
                        "location_dest_id": line.location_dest_id.id,
                        "picking_id": picking.id,
                        "move_id": line.move_id.id,
                        **values,
                    }
                ),
            ]
        }

    def test_it_is_put_on_two_places(self):
        """By its move, its transfer, or as the form saves it."""
        delivered, back = self.returned()
        shelf = back.location_dest_id.copy({"name": "Shelf"})
        self.hold()
        for way in ("move", "transfer", "form"):
            with self.subTest(way), self.env.cr.savepoint() as point:
                values = self.split(back, 2, 1, location_dest_id=shelf.id)
                mine = self.by_warehouse(back)
                if way == "move":
                    mine.move_ids.write(values)
                elif way == "transfer":
                    mine.write(values)
                else:
                    mine.web_save(values, {"name": {}})
                self.assertEqual(len(back.move_line_ids), 2)
                self.assertEqual(delivered.sale_id.order_line.qty_delivered, 7)
                point.rollback()
                self.env.invalidate_all()
        values = self.split(back, 1, 1, location_dest_id=shelf.id)
        for record in (back.move_ids, back):
            self.assert_refused(
                lambda record=record: self.by_warehouse(record).write(values),
                "would owe more",
            )

    def test_a_delivery_is_taken_from_two_places(self):
        self.deliver(self.picking, 10)
        self.picking.action_toggle_is_locked()
        shelf = self.picking.location_id.copy({"name": "Shelf"})
        self.hold()
        move = self.by_warehouse(self.picking.move_ids)
        move.write(self.split(self.picking, 9, 1, location_id=shelf.id))
        self.assertEqual(move.quantity, 10)
        more = {
            "move_line_ids": [
                Command.update(move.move_line_ids[0].id, {"quantity": 10})
            ]
        }
        self.assert_refused(lambda: move.write(more), "do not leave")

    def test_what_stayed_here_is_said_to_have_left(self):
        """Nine of ten went to a shelf of ours, and now to the customer."""
        for delivered in (self.picking, self.plain(10)):
            self.deliver(delivered, 10)
            delivered.action_toggle_is_locked()
            shelf = delivered.location_id.copy({"name": "Shelf"})
            move = self.by_warehouse(delivered.move_ids)
            place = move.location_dest_id.id
            move.write(self.split(delivered, 1, 9, location_dest_id=shelf.id))
            line = move.move_line_ids.filtered(
                lambda ml, s=shelf: ml.location_dest_id == s
            )
            hold = self.hold()
            self.assert_refused(
                lambda line=line, place=place: line.write({"location_dest_id": place}),
                "do not leave",
            )
            hold._release("Paid")

    def test_what_a_vendor_delivered_is_said_to_be_ours(self):
        self.bolt.is_storable = True
        vendors = self.env.ref("stock.stock_location_suppliers")
        stock, outside = self.picking.location_id, self.picking.location_dest_id
        self.hold()
        for way in ("place", "quant"):
            picking = self.env["stock.picking"].create(
                {
                    "picking_type_id": self.picking.picking_type_id.id,
                    "partner_id": self.partner.id,
                    "location_id": vendors.id,
                    "location_dest_id": outside.id,
                }
            )
            self.add(picking, 7)
            self.by_warehouse(picking)._action_done()
            picking.is_locked = False
            values = {"location_id": stock.id}
            if way == "quant":
                quant = self.env["stock.quant"].create(
                    {"product_id": self.bolt.id, "location_id": stock.id}
                )
                values = {"quant_id": quant.id}
            line = self.by_warehouse(picking.move_line_ids)
            self.assert_refused(
                lambda line=line, values=values: line.write(values), "do not leave"
            )

    def test_more_of_what_nobody_ordered_says_what_it_costs(self):
        """One bolt of 11.30, then nine of 101.70; nothing of it is a debt yet."""
        picking = self.deliver(self.plain(1), 1)
        picking.is_locked = False
        self.limit(credit_limit=50)
        self.assert_refused(
            lambda: self.correct(picking, 9, "order_desk"),
            "owes .*0.00",
            "this is .*101.70, the credit limit .*50.00: .*51.70 too much",
        )

    def test_what_was_sent_again_is_put_on_two_places(self):
        """Nobody is on hold; what came back stays as much as was sent again."""
        delivered = self.deliver(self.picking, 10)
        back = self.deliver(self.plan_return(delivered, 3, to_refund=False), 3)
        self.deliver(self.plan_return(back, 3, to_refund=False), 3)
        back.action_toggle_is_locked()
        shelf = back.location_dest_id.copy({"name": "Shelf"})
        move = self.by_warehouse(back.move_ids)
        move.write(self.split(back, 2, 1, location_dest_id=shelf.id))
        less = {
            "move_line_ids": [Command.update(move.move_line_ids[0].id, {"quantity": 1})]
        }
        self.assert_refused(lambda: move.write(less), "than 2 Units")

    def test_a_customer_who_waits_learns_no_reasons(self):
        _delivered, back = self.returned()
        self.hold()
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "portal_of_returns",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        with self.assertRaises(UserError) as refused:
            back.move_ids.with_user(portal).sudo().write({"quantity": 2})
        self.assertNotIn("hold", refused.exception.args[0])
        self.assertIn("get in touch", refused.exception.args[0])
