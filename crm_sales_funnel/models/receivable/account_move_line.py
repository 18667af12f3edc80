from odoo import api, models

# What holds journal items, and its field that has what is open of them.
HOLDING_OPEN_AMOUNTS = (
    ("funnel.followup.item", "amount_open"),
    ("funnel.invoice.dispute.line", "residual"),
    ("funnel.payment.promise.line", "residual"),
)


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
    # The few items that reports look for among all: those of drafts (entries that were
    # reset to draft keep their reconciliation, and their matching number does not tell
    # them apart: core loses it when they are matched once more), lines that change a
    # price alone, and invoices that nobody is to be reminded of. One for all of them:
    # each index costs the planning of whatever reads journal items.
    _funnel_marked_idx = models.Index(
        "(id) WHERE parent_state = 'draft' OR is_allowance"
        " OR (no_followup AND invoice_date IS NOT NULL)"
    )

    @api.model
    def _forget_open_amounts(self) -> None:
        """Let promises, disputes and reminders compute anew what is open of the items
        that they hold. Not by a dependency: whoever pays would go through all that hangs
        on it at every step, and nobody reads any of it meanwhile."""
        for model, name in HOLDING_OPEN_AMOUNTS:
            holders = self.env[model]
            known = holders._fields[name]._get_all_cache_ids(self.env)
            if known:
                holders.browse(known).modified(["move_line_id"])

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
