from odoo import models

from ...models.receivable.account_move import REPLACES


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        # Which statements they are of is asked of the entries alone.
        wizard = self.with_context(
            funnel_replaces=REPLACES, default_funnel_statement_id=False
        )
        return super(AccountMoveReversal, wizard).reverse_moves(is_modify)

    def _modify_default_reverse_values(self, origin_move):
        """The invoice that replaces one of a statement is of the statement as well."""
        return {
            **super()._modify_default_reverse_values(origin_move),
            "funnel_statement_id": origin_move.funnel_statement_id.id,
        }
