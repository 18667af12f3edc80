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
        settlements = self.env["funnel.commission.settlement"].browse(
            vals["settlement_id"] for vals in vals_list if vals.get("settlement_id")
        )
        settlements.check_access("read")  # it would tell whose it is
        return super().create(vals_list)

    def action_dispute(self):
        """Note it, for Finance and managers to answer."""
        self.ensure_one()
        self.settlement_id._dispute(self.message)
        return {"type": "ir.actions.act_window_close"}
