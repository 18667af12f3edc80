from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL


class StockMove(models.Model):
    """What is sent again came back before, and counts as it came back."""

    _inherit = "stock.move"

    def _follow_what_came_back(self, planned=False, grown=False):
        """What came back and is sent again counts as delivered if it counted as brought
        back; Odoo counts nothing where the user who sends it does not say so.

        :param planned: all that is planned leaves, not only what is picked
        :param grown: it has left, and more of it than before
        :raise UserError: it did not come back, or less of it
        """
        again = self.filtered(
            lambda move: (
                # sudo: where it came back to may be another warehouse's.
                move.sudo().origin_returned_move_id
                and (grown or move._is_leaving(planned))
                and move._goes_to_customer()
            )
        )
        for move in again.sudo():  # sudo: as above
            if not move._is_sent_again():
                raise UserError(
                    self.env._(
                        "%(product)s did not come back before, so it is not sent again.",
                        product=move.product_id.display_name,
                    )
                )
            if move.origin_returned_move_id.to_refund and not move.to_refund:
                move.to_refund = True
        free = again.sudo().filtered(lambda move: not move.to_refund)  # sudo: as above
        free.origin_returned_move_id._check_no_more_sent_again(free, planned)

    def _is_sent_again(self) -> bool:
        """Tell whether goods came back from who gets them, by the move that this one
        says to send again."""
        back = self.origin_returned_move_id
        # Back they may come under another name: a carrier's, or nobody's.
        sent = back.origin_returned_move_id.filtered(
            lambda move: move.state == "done" and move.product_id == back.product_id
        )
        names = [back._get_payer(), *(move._get_payer() for move in sent)]
        return (
            back.state == "done"
            and back.product_id == self.product_id
            and (back.sale_line_id or back.location_id._is_outside())
            and back._is_incoming()
            and not back.location_dest_id._is_outside()
            and self._get_payer().commercial_partner_id
            in [name.commercial_partner_id for name in names]
        )

    def _check_no_more_sent_again(self, leaving=(), planned=False):
        """Of moves that brought something back, as superuser.

        :param leaving: moves that leave now, beside those that have left
        :param planned: all of them that is planned, not only what is picked
        :raise UserError: more is sent again at no cost than came back
        """
        if not self:
            return
        self._lock_returns()
        for back in self:
            sent = sum(
                move._get_sent_again(back.product_uom, planned)
                for move in back.returned_move_ids
                if not move.to_refund
                and (move.state == "done" or move in leaving)
                and move._goes_to_customer()
            )
            came = back._quantity_sml()
            if back.product_uom.compare(sent, came) > 0:
                raise UserError(
                    self.env._(
                        "No more than %(quantity)s %(unit)s of %(product)s came back, and"
                        " no more is sent again.",
                        quantity=f"{came:g}",
                        unit=back.product_uom.name,
                        product=back.product_id.display_name,
                    )
                )

    def _lock_returns(self):
        """Let one transaction after the other send the same again: who waits here for
        somebody else is repeated by Odoo and then sees what was sent."""
        self.env.cr.execute(
            SQL(
                "UPDATE stock_move SET id = id WHERE id IN ("
                "SELECT id FROM stock_move WHERE id IN %s ORDER BY id"
                " FOR NO KEY UPDATE)",
                tuple(self.ids),
            )
        )

    def _get_sent_again(self, unit, planned):
        """Return how much is sent again, in another unit. Of what is done, by its lines:
        the move may say already what is only about to leave."""
        by_lines = planned or self.state == "done"
        quantity = self._quantity_sml() if by_lines else self._get_picked_quantity()
        return self.product_uom._compute_quantity(quantity, unit, round=False)
