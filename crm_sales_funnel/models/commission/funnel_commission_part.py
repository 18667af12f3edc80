from odoo import api, fields, models


class FunnelCommissionPart(models.AbstractModel):
    """Mixin for what a commission plan consists of: it changes as long as the plan is a
    draft, and never after."""

    _name = "funnel.commission.part"
    _description = "Part of a Commission Plan"
    _inherit = ["funnel.finite.amounts"]
    _check_company_auto = True

    plan_id = fields.Many2one(
        "funnel.commission.plan",
        string="Commission Plan",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="plan_id.currency_id")

    @api.model_create_multi
    def create(self, vals_list):
        self._get_plans(vals_list)._check_draft()
        parts = super().create(vals_list)
        parts.plan_id._check_draft()  # the plan may be a default
        return parts

    def write(self, vals):
        (self.plan_id | self._get_plans([vals]))._check_draft()
        return super().write(vals)

    @api.model
    def _get_plans(self, vals_list):
        ids = [vals.get("plan_id") for vals in vals_list]
        return self.env["funnel.commission.plan"].browse(
            {plan_id for plan_id in ids if isinstance(plan_id, int) and plan_id}
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_of_drafts(self):
        self.plan_id._check_draft()
