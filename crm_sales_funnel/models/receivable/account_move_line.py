from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # The open items alone, with all that the aging and statements tell of them, so that
    # these read this index and no table. Not "reconciled IS NOT TRUE" as in core: that
    # holds every item of all accounts that are never reconciled as well.
    _funnel_open_item_idx = models.Index(
        "(account_id, partner_id) INCLUDE (id, company_id, move_id, currency_id,"
        " date, date_maturity, invoice_date, payment_id, statement_line_id,"
        " amount_residual, amount_residual_currency)"
        " WHERE parent_state = 'posted'"
        " AND (amount_residual <> 0 OR amount_residual_currency <> 0)"
    )
    # Entries that were reset to draft keep their reconciliation. Their matching number
    # does not tell them apart: core loses it when they are matched once more.
    _funnel_draft_idx = models.Index("(account_id) WHERE parent_state = 'draft'")

    # Invoices that nobody is to be reminded of: few, looked for among all that are open.
    _funnel_no_followup_idx = models.Index(
        "(id) WHERE no_followup AND invoice_date IS NOT NULL"
    )

    def _get_open_amount(self) -> float:
        """Return what is open of an item that is owed, in its currency, as the aging has
        it: nothing while it is not posted, and payments that were reset to draft are no
        payments, though Odoo keeps them reconciled."""
        self.ensure_one()
        if self.parent_state != "posted":
            return 0.0
        undone = self.matched_credit_ids.filtered(
            lambda partial: partial.credit_move_id.parent_state == "draft"
        )
        return self.amount_residual_currency + sum(
            undone.mapped("debit_amount_currency")
        )
