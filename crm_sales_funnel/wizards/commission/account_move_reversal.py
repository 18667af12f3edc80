from odoo import models

from ...models.commission.account_move_settlement import BILL


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        """A bill that Odoo drafts in the place of another pays the same settlements."""
        moves = self.move_ids
        action = super().reverse_moves(is_modify)
        if is_modify and set(moves.mapped("move_type")) == {BILL}:
            # All are reversed on one day, and so in one go: in this order.
            made = self.new_move_ids.sorted("id")
            settlements = self.env["funnel.commission.settlement"]
            settlements._let_replace(dict(zip(moves, made, strict=True)))
        return action
