from odoo import api, fields, models
from odoo.exceptions import ValidationError


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
        logs._check_followup_line_id()
        for log in logs.filtered("followup_line_id"):
            log.followup_line_id._note_answer(log.summary)
        return logs

    def write(self, vals):
        result = super().write(vals)
        if "followup_line_id" in vals:
            self._check_followup_line_id()
        return result

    def _check_followup_line_id(self):
        """Refuse follow-ups of other customers, and those that the user may not read."""
        for log in self.filtered("followup_line_id"):
            log.followup_line_id.check_access("read")
            if log.followup_line_id.partner_id != log.commercial_partner_id:
                raise ValidationError(
                    self.env._("This follow-up is about another customer.")
                )
