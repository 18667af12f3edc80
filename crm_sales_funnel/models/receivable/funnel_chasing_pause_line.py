from odoo import api, fields, models
from odoo.tools import SQL


class FunnelChasingPauseLine(models.AbstractModel):
    """One open item of a promise or a dispute."""

    _name = "funnel.chasing.pause.line"
    _description = "Item that is not Chased"
    _rec_name = "label"

    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    currency_id = fields.Many2one("res.currency")
    amount_open = fields.Monetary(
        "Open Then", readonly=True, help="What was open when it was noted."
    )
    is_current = fields.Boolean(default=True, readonly=True)
    label = fields.Char("Document", compute="_compute_label", compute_sudo=True)
    due_date = fields.Date(compute="_compute_label", compute_sudo=True)
    residual = fields.Monetary(
        "Open Now",
        compute="_compute_residual",
        compute_sudo=True,
        help="Nothing is open of an invoice that was cancelled, or is a draft again.",
    )

    # Both as superuser: who reads a promise reads of what it is. Not of items that only
    # the client says to be there.

    @api.depends("move_line_id.move_name", "move_line_id.date_maturity")
    def _compute_label(self):
        for line in self:
            item = line._origin.move_line_id
            line.label = item.move_name
            line.due_date = item.date_maturity or item.date

    @api.depends("move_line_id")  # see account.move.line, _forget_open_amounts
    def _compute_residual(self):
        for line in self:
            item = line._origin.move_line_id
            line.residual = item._get_open_amount() if item else 0.0

    def _residual_sql(self, alias: str) -> SQL:
        """Return what the ledger has open of a journal item, or 0 where there is none:
        the same as ``residual``."""
        fnames = ("amount_residual_currency", "parent_state")
        items = self.env["account.move.line"]._fields
        return SQL(
            """
            CASE WHEN %(item)s.parent_state = 'posted'
                 THEN %(item)s.amount_residual_currency + COALESCE(
                      (SELECT SUM(partial.debit_amount_currency)
                         FROM account_partial_reconcile AS partial
                         JOIN account_move_line AS payment
                           ON payment.id = partial.credit_move_id
                        WHERE partial.debit_move_id = %(item)s.id
                          AND payment.parent_state = 'draft'),
                      0)
                 ELSE 0 END
            """,
            item=SQL.identifier(alias),
            to_flush=[items[fname] for fname in fnames],
        )
