from odoo import api, fields, models


class FunnelContactLog(models.Model):
    """A contact that answers a follow-up: the call is made, the task is done."""

    _inherit = "funnel.contact.log"

    followup_line_id = fields.Many2one(
        "funnel.followup.line",
        string="Follow-up",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        logs = super().create(vals_list)
        for log in logs.filtered("followup_line_id"):
            log.followup_line_id._note_answer(log.summary)
        return logs
