from odoo import models
from odoo.exceptions import UserError

# Of a move of an order: what it is for, the vendor who delivers it himself, and what it
# brings back.
KEPT = ("sale_line_id", "purchase_line_id", "origin_returned_move_id")
# Of a move that was sent to a customer: whether it counts as delivered.
COUNTED = ("origin_returned_move_id", "to_refund")


class StockMove(models.Model):
    """What a move says of its order, and of what is sent again, is what the customer
    owes: users do not change it where Odoo itself does not."""

    _inherit = "stock.move"

    def write(self, vals):
        self._check_kept(vals)
        return super().write(vals)

    def _check_kept(self, vals):
        """What is done stays done, and what an order says is delivered of it stays with
        it: Odoo itself changes neither afterwards.

        :raise UserError: a user changes it
        """
        if self.env.su:
            return
        if vals.get("state", "done") != "done":
            self._check_not_done()
        for name in KEPT:
            if name in vals:
                self._check_stays(name, vals[name])
        for name in COUNTED:
            if name in vals:
                self.filtered(
                    lambda move, name=name: (
                        move._is_other(name, vals[name]) and move._goes_to_customer()
                    )
                )._check_not_done()

    def _check_not_done(self):
        """:raise UserError: a user undoes what is done"""
        for move in self:
            if move.state == "done":
                name = move.picking_id.display_name or move.display_name
                raise UserError(self.env._("%s is done. Make a return instead.", name))

    def _check_stays(self, name, value):
        """:raise UserError: a user takes from a move of an order what it says of it"""
        for move in self:
            line = move.sale_line_id
            # Odoo adds what was delivered beyond the purchase to it when it is done.
            added = (
                name == "purchase_line_id" and move.state == "done" and not move[name]
            )
            if line and move._is_other(name, value) and not added:
                raise UserError(
                    self.env._(
                        "%(product)s is for %(order)s and stays with it.",
                        product=move.product_id.display_name,
                        # sudo: the name of the order that the goods in hand are for.
                        order=line.sudo().order_id.display_name,
                    )
                )

    def _is_other(self, name, value) -> bool:
        """Tell whether a value that is written is another one than the move has."""
        return self._fields[name].convert_to_write(self[name], self) != (value or False)

    # ------------------------------------------------------------------
    # What is sent again
    # ------------------------------------------------------------------

    def _follow_what_came_back(self):
        """What came back and is sent again counts as delivered if it counted as brought
        back; Odoo counts nothing where the user who sends it does not say so.

        :raise UserError: it did not come back, or less of it
        """
        for move in self:
            # sudo: where it came back to may be another warehouse's.
            back = move.sudo().origin_returned_move_id
            if not back or not move._goes_to_customer():
                continue
            if not move.sudo()._is_sent_again(back):  # sudo: as above
                raise UserError(
                    self.env._(
                        "%(product)s did not come back before, so it is not sent again.",
                        product=move.product_id.display_name,
                    )
                )
            if back.to_refund and not move.to_refund:
                move.to_refund = True
            if not move.to_refund:
                move.sudo()._check_no_more_than_came_back(back)  # sudo: as above

    def _is_sent_again(self, back) -> bool:
        """Tell whether goods came back by a move that this one says to send again."""
        payer, other = self._get_payer(), back._get_payer()
        return (
            back.state == "done"
            and back.product_id == self.product_id
            and back.location_id._is_outside()
            and not back.location_dest_id._is_outside()
            and payer.commercial_partner_id == other.commercial_partner_id
        )

    def _check_no_more_than_came_back(self, back):
        """:raise UserError: more is sent again at no cost than came back"""
        sent = sum(
            move.product_uom._compute_quantity(
                move._quantity_sml(), back.product_uom, round=False
            )
            for move in back.returned_move_ids
            if move == self or (move.state == "done" and not move.to_refund)
        )
        if back.product_uom.compare(sent, back.quantity) > 0:
            raise UserError(
                self.env._(
                    "No more than %(quantity)s %(unit)s of %(product)s came back, and no"
                    " more is sent again.",
                    quantity=f"{back.quantity:g}",
                    unit=back.product_uom.name,
                    product=self.product_id.display_name,
                )
            )


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def write(self, vals):
        self._check_kept(vals)
        return super().write(vals)

    def _check_kept(self, vals):
        """:raise UserError: a user takes a line of what is done out of it"""
        if self.env.su:
            return
        taken = self.browse()
        if vals.get("state", "done") != "done":
            taken = self
        elif "move_id" in vals:
            taken = self.filtered(lambda line: line.move_id.id != vals["move_id"])
        taken.move_id._check_not_done()
