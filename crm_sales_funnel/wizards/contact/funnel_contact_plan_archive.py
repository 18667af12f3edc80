from odoo import api, fields, models


class FunnelContactPlanArchive(models.TransientModel):
    """The question whether a plan may be archived that customers have."""

    _name = "funnel.contact.plan.archive"
    _description = "Archive a Contact Plan"

    plan_id = fields.Many2one(
        "funnel.contact.plan", required=True, readonly=True, ondelete="cascade"
    )
    message = fields.Char(compute="_compute_message")

    @api.depends("plan_id")
    def _compute_message(self):
        for wizard in self:
            wizard.message = self.env._(
                "%(count)s customers have %(plan)s. Nobody will be reminded of them by a "
                "plan any more, until they get another one.",
                count=wizard.plan_id.customer_count,
                plan=wizard.plan_id.name,
            )

    def action_archive_plan(self):
        """Archive it, with the rights of the user."""
        self.plan_id.action_archive()
        return {"type": "ir.actions.act_window_close"}
