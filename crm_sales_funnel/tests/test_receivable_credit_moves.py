from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_receivable_credit_gate import GateCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditMoves(GateCommon):
    """Goods that leave beside orders and transfers, and parts of kits."""

    def move(self, **values):
        move = self.env["stock.move"].create(
            {
                "product_id": self.bolt.id,
                "product_uom_qty": 1,
                "location_id": self.picking.location_id.id,
                "location_dest_id": self.picking.location_dest_id.id,
                "company_id": self.company.id,
                **values,
            }
        )
        move._action_confirm()
        move.write({"quantity": 1, "picked": True})
        return move

    def plain(self, **values):
        """Return a delivery that nobody ordered."""
        return self.env["stock.picking"].create(
            {
                "picking_type_id": self.picking.picking_type_id.id,
                "location_id": self.picking.location_id.id,
                "location_dest_id": self.picking.location_dest_id.id,
                **values,
            }
        )

    # ------------------------------------------------------------------
    # Who is asked about
    # ------------------------------------------------------------------

    def test_whoever_tells_the_customer(self):
        self.hold()
        order = self.picking.sale_id
        reference = self.env["stock.reference"].create(
            {"name": order.name, "sale_ids": order.ids}
        )
        for label, transfer, move in (
            ("transfer", {"partner_id": self.partner.id}, {}),
            ("move", {}, {"partner_id": self.partner.id}),
            ("order line", {}, {"sale_line_id": order.order_line.id}),
            ("reference", {}, {"reference_ids": reference.ids}),
        ):
            picking = self.plain(**transfer)
            made = self.move(picking_id=picking.id, **move)
            if label == "move":  # which follows its transfer
                made.partner_id = self.partner
            with self.subTest(label):
                self.assert_refused(
                    picking.with_user(self.desk).button_validate, "cheque"
                )

    def test_nobody_to_ask_about(self):
        self.hold()
        picking = self.plain()
        self.move(picking_id=picking.id)
        picking.with_user(self.desk).button_validate()
        self.assertEqual(picking.state, "done")

    def test_moves_that_are_in_no_transfer(self):
        hold = self.hold()
        line = self.picking.sale_id.order_line
        for values in ({"partner_id": self.partner.id}, {"sale_line_id": line.id}):
            with self.subTest(**values):
                move = self.move(**values).with_user(self.users["warehouse"])
                self.assertFalse(move.picking_id)
                self.assert_refused(
                    move._action_done, "Ostwind", "on credit hold", "by a transfer"
                )
                self.assertNotEqual(move.state, "done")
        hold._release("Paid")
        move._action_done()
        self.assertEqual(move.state, "done")

    def test_moves_in_no_transfer_count(self):
        move = self.move(sale_line_id=self.picking.sale_id.order_line.id)
        self.limit(credit_limit=11)
        self.assert_refused(move._action_done, r"0\.30 too much")
        self.limit(credit_limit=12)
        move._action_done()
        self.assertEqual(move.sale_line_id.qty_delivered, 1)
        self.assert_refused(lambda: move.write({"quantity": 2}), "too much")

    # ------------------------------------------------------------------
    # The state is written
    # ------------------------------------------------------------------

    def test_the_state_is_not_written_past_the_gate(self):
        self.hold()
        move = self.picking.move_ids
        for role in ("warehouse", "order_desk", "salesperson"):
            for values in ({}, {"quantity": 10, "picked": True}):
                move.write(values)
                mine = move.with_user(self.users[role])
                with self.subTest(role=role, **values):
                    self.assert_refused(
                        lambda mine=mine: mine.write({"state": "done"}),
                        "on credit hold|cheque",
                    )
                    self.assert_refused(
                        lambda mine=mine: mine.picking_id.write({"state": "done"}),
                        "on credit hold|cheque",
                    )
        asked = move.with_user(self.desk).with_context(funnel_credit_asked=True)
        self.assert_refused(lambda: asked.write({"state": "done"}), "cheque")
        self.assert_refused(
            lambda: self.env["stock.move"].create(
                {
                    **move.copy_data()[0],
                    "state": "done",
                    "quantity": 1,
                }
            ),
            "cheque",
        )
        self.assertEqual(self.picking.sale_id.order_line.qty_delivered, 0)

    def test_what_is_done_is_asked_once(self):
        asked = []
        self.patch(
            type(self.check),
            "_check",
            lambda model, documents, **options: asked.append(documents),
        )
        self.deliver(self.picking, 10)
        self.assertEqual(asked, [self.picking])

    # ------------------------------------------------------------------
    # Kits
    # ------------------------------------------------------------------

    def kit(self):
        """Return a delivery of ten kits for 113.00: of each part twice as many."""
        screw = self.env["product.product"].create({"name": "Screw"})
        bolts = self.picking.move_ids
        for part in self.nut | screw:
            bolts.sudo().copy({"product_id": part.id, "product_uom_qty": 20})
        bolts._action_cancel()
        bolts.unlink()
        parts = self.picking.move_ids
        parts._action_confirm(merge=False)
        self.assertEqual(parts.sale_line_id, self.picking.sale_id.order_line)
        return self.picking

    def test_parts_of_a_kit_count_by_their_share(self):
        picking = self.kit()
        self.limit(credit_limit=112)
        picking.move_ids.write({"quantity": 20, "picked": True})
        self.assert_refused(
            picking.with_user(self.desk).button_validate,
            r"this is .*113\.00",
            r"1\.00 too much",
        )
        self.limit(credit_limit=113)
        picking.with_user(self.desk).button_validate()
        self.assertEqual(picking.state, "done")

    def test_one_part_of_a_kit(self):
        picking = self.kit()
        self.limit(credit_limit=56)
        nuts = picking.move_ids.filtered(lambda move: move.product_id == self.nut)
        nuts.write({"quantity": 20, "picked": True})
        screws = picking.move_ids - nuts
        screws.write({"quantity": 0, "picked": False})
        picking = picking.with_user(self.desk)
        self.assert_refused(picking._action_done, r"this is .*56\.50", r"0\.50")
        self.limit(credit_limit=56.5)
        picking._action_done()
        # The kits become complete: no part was owed before.
        self.limit(credit_limit=112)
        rest = picking.backorder_ids
        rest.move_ids.write({"quantity": 20, "picked": True})
        self.assert_refused(rest._action_done, r"this is .*113\.00", r"1\.00")

    def test_more_of_a_part_that_has_left(self):
        invoice = self.invoice(self.deliver(self.deliverable(1), 1))
        items = invoice.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        items.date_maturity = fields.Date.today() - timedelta(days=9)
        picking = self.kit()
        self.deliver(picking, 20, 20)
        self.limit(overdue_limit=11)
        part = picking.move_ids[0].with_user(self.desk)
        self.assert_refused(lambda: part.write({"quantity": 21}), r"11\.30 are overdue")
