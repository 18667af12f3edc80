from odoo import fields, models


class FunnelCreditRelease(models.TransientModel):
    """Asks why holds are released."""

    _name = "funnel.credit.release"
    _description = "Release from Credit Hold"

    hold_ids = fields.Many2many(
        "funnel.credit.hold", string="Holds", required=True, readonly=True
    )
    reason = fields.Char(required=True)

    def action_release(self):
        """Release the holds."""
        self.ensure_one()
        holds = self.env["funnel.credit.hold"]
        holds._check_may_change()
        self.hold_ids.check_access("read")
        missing = self.env._("Write why the customer is released.")
        self.hold_ids._release(holds._get_reason(self.reason, missing))
        return {"type": "ir.actions.client", "tag": "soft_reload"}
