from odoo import api, fields, models


class FunnelCommissionDispute(models.TransientModel):
    """Asks a salesperson what is not right with his or her settlement."""

    _name = "funnel.commission.dispute"
    _description = "Dispute a Commission Settlement"

    settlement_id = fields.Many2one(
        "funnel.commission.settlement", required=True, readonly=True
    )
    message = fields.Text("What Is Not Right", required=True)

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        # It would tell whose it is. The client's default is one as well.
        dialogs.settlement_id.check_access("read")
        return dialogs

    def write(self, vals):
        result = super().write(vals)
        self.settlement_id.check_access("read")
        return result

    def action_dispute(self):
        """Note it, for Finance and managers to answer."""
        self.ensure_one()
        self.settlement_id._dispute(self.message)
        return {"type": "ir.actions.act_window_close"}
