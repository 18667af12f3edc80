from odoo import models

from ...models.receivable.account_move import REPLACES


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def reverse_moves(self, is_modify=False):
        context = {**self.env.context, "funnel_replaces": REPLACES}
        # What was invoiced of which statement is asked of the entries alone.
        context.pop("default_funnel_statement_id", None)
        wizard = self.with_context(context)
        return super(AccountMoveReversal, wizard).reverse_moves(is_modify)

    def _modify_default_reverse_values(self, origin_move):
        """The invoice that replaces one of a statement is of the statement as well."""
        return {
            **super()._modify_default_reverse_values(origin_move),
            "funnel_statement_id": origin_move.funnel_statement_id.id,
        }
