from odoo import fields, models
from odoo.exceptions import UserError


class FunnelClaimRefuse(models.TransientModel):
    """Asks why claims are refused."""

    _name = "funnel.claim.refuse"
    _description = "Refuse a Claim"
    _inherit = ["funnel.required.fields"]

    claim_ids = fields.Many2many("funnel.receipt.claim", required=True)
    reason = fields.Char(required=True, help="The one who claimed it reads it.")

    def action_refuse(self):
        """Refuse the claims that wait, and tell those who claimed.

        :raise UserError: without a reason, or when one does not wait any more
        """
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Why is it refused?"))
        claims = self.claim_ids
        claims._check_finance()
        claims._lock()
        claims._check_waiting()
        claims._refuse(reason)
        return {"type": "ir.actions.act_window_close"}
