from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import date_utils

from ...tools.cutoff import cutoff_date

# How many periods after the one that the date belongs to.
CUTOFF_DELAYS = {"days_after_cutoff": 0, "days_after_next_cutoff": 1}


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    cutoff_day = fields.Integer(
        help="Day of the month on which the goods delivered since the last cut-off day"
        " are settled. 31 is the end of every month. 0 is no monthly settlement.",
    )

    _cutoff_day_of_a_month = models.Constraint(
        "CHECK (cutoff_day BETWEEN 0 AND 31)",
        "The cut-off day is a day of the month, 1 to 31, or 0 for none.",
    )

    @api.constrains("cutoff_day", "line_ids")
    def _check_cutoff_day(self):
        for term in self:
            delays = set(term.line_ids.mapped("delay_type"))
            if not term.cutoff_day and delays & CUTOFF_DELAYS.keys():
                raise ValidationError(
                    self.env._(
                        "“%s” is due some days after its cut-off day, and has none."
                        " Enter the day, or 31 for the end of the month.",
                        term.name,
                    )
                )

    @api.depends("cutoff_day", "line_ids.delay_type", "line_ids.days_next_month")
    def _compute_example_preview(self):
        return super()._compute_example_preview()


class AccountPaymentTermLine(models.Model):
    _inherit = "account.payment.term.line"

    delay_type = fields.Selection(
        selection_add=[
            ("days_after_cutoff", "Days after the cut-off day"),
            ("days_after_next_cutoff", "Days after the cut-off day of the next month"),
        ],
        ondelete=dict.fromkeys(CUTOFF_DELAYS, "set default"),
    )

    def _get_due_date(self, date_ref):
        cutoff_day = self.payment_id.cutoff_day
        if self.delay_type not in CUTOFF_DELAYS or not cutoff_day:
            return super()._get_due_date(date_ref)
        day = fields.Date.to_date(date_ref) or fields.Date.today()
        end = cutoff_date(day, cutoff_day, CUTOFF_DELAYS[self.delay_type])
        return date_utils.add(end, days=self.nb_days)

    @api.constrains("delay_type")
    def _check_cutoff_day(self):
        self.payment_id._check_cutoff_day()
