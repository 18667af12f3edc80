from odoo import api, fields, models
from odoo.exceptions import UserError


class FunnelStatementDifference(models.TransientModel):
    """Asks what balance the customer has, and why."""

    _name = "funnel.statement.difference"
    _inherit = "funnel.finite.amounts"
    _description = "Difference on a Statement"

    statement_id = fields.Many2one("funnel.statement", required=True, readonly=True)
    currency_id = fields.Many2one(
        related="statement_id.currency_id", related_sudo=False
    )
    closing = fields.Monetary(
        related="statement_id.closing", related_sudo=False, string="Our Balance"
    )
    their_closing = fields.Monetary("Balance of the Customer", required=True)
    difference = fields.Monetary(compute="_compute_difference")
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        statement = self.env["funnel.statement"].browse(values.get("statement_id"))
        if statement and "their_closing" in fnames:
            values["their_closing"] = statement.agreed
            values["reason"] = statement.difference_reason
        return values

    @api.depends("closing", "their_closing")
    def _compute_difference(self):
        for dialog in self:
            dialog.difference = dialog.closing - dialog.their_closing

    def action_note(self):
        """Note the difference on the statement."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        difference = self.currency_id.round(self.closing - self.their_closing)
        if not reason:
            raise UserError(self.env._("Write why the customer has another balance."))
        if not difference:
            raise UserError(
                self.env._("The balances are the same: confirm the statement.")
            )
        self.statement_id._note_difference(difference, reason)
        return {"type": "ir.actions.act_window_close"}
