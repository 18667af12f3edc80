import datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, date_utils

from ...tools.cutoff import cutoff_date

# How many periods after the one that the date belongs to.
CUTOFF_DELAYS = {"days_after_cutoff": 0, "days_after_next_cutoff": 1}
# A century. Of more than that a due date may lie beyond the last year there is.
MOST_DAYS = 36500


def _in_month(date: SQL, months, day=31) -> SQL:
    """Return the day of the month so many months after a date, in SQL; the last one in
    a month that is shorter."""
    first = SQL(
        "(date_trunc('month', %s::timestamp) + %s * INTERVAL '1 month')", date, months
    )
    return SQL(
        "LEAST((%(first)s)::date + %(day)s - 1,"
        " (%(first)s + INTERVAL '1 month')::date - 1)",
        first=first,
        day=day,
    )


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    cutoff_day = fields.Integer(
        "Cut-off Day",
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
        if self.delay_type not in CUTOFF_DELAYS or not self.payment_id.cutoff_day:
            return super()._get_due_date(date_ref)
        # A statement is due by its own day, whenever it is invoiced.
        settled_on = self.env.context.get("funnel_settled_on")
        # From outside it could only be a text.
        if isinstance(settled_on, datetime.date):
            date_ref = settled_on
        day = fields.Date.to_date(date_ref) or fields.Date.today()
        cutoff_day = self.payment_id.cutoff_day
        end = cutoff_date(day, cutoff_day, CUTOFF_DELAYS[self.delay_type])
        return date_utils.add(end, days=self.nb_days)

    @api.model
    def _due_date_sql(self, day: SQL) -> SQL:
        """Return what :meth:`_get_due_date` computes, in SQL, for the rows of
        ``term_line`` and ``term``. Of more days than a century has, that many count: one
        term with a typing error is no reason to read no order at all.

        :param day: date from which the terms are counted
        """
        days = SQL("LEAST(GREATEST(term_line.nb_days, %s), %s)", -MOST_DAYS, MOST_DAYS)
        return SQL(
            """
            CASE WHEN term_line.delay_type = 'days_after_end_of_month'
                 THEN %(end_of_month)s + %(days)s
                 WHEN term_line.delay_type = 'days_after_end_of_next_month'
                 THEN %(end_of_next_month)s + %(days)s
                 WHEN term_line.delay_type = 'days_end_of_month_on_the'
                 THEN CASE WHEN term_line.days_next_month::integer = 0
                           THEN %(end_of_later_month)s
                           ELSE %(day_of_later_month)s END
                 WHEN term_line.delay_type IN %(delays)s AND term.cutoff_day > 0
                 THEN %(cutoff)s + %(days)s
                 ELSE %(day)s + %(days)s END
            """,
            day=day,
            days=days,
            delays=tuple(CUTOFF_DELAYS),
            end_of_month=_in_month(day, 0),
            end_of_next_month=_in_month(day, 1),
            end_of_later_month=_in_month(SQL("(%s + %s)", day, days), 0),
            day_of_later_month=_in_month(
                SQL("(%s + %s)", day, days),
                1,
                SQL("term_line.days_next_month::integer"),
            ),
            cutoff=self._cutoff_sql(day),
        )

    @api.model
    def _cutoff_sql(self, day: SQL) -> SQL:
        """Return what ``tools.cutoff.cutoff_date`` computes, in SQL."""
        cutoff_day = SQL("term.cutoff_day")
        months = SQL(
            "(CASE WHEN %s > %s THEN 1 ELSE 0 END"
            " + CASE WHEN term_line.delay_type = 'days_after_next_cutoff'"
            " THEN 1 ELSE 0 END)",
            day,
            _in_month(day, 0, cutoff_day),
        )
        return _in_month(day, months, cutoff_day)

    @api.constrains("delay_type")
    def _check_cutoff_day(self):
        self.payment_id._check_cutoff_day()

    @api.constrains("nb_days")
    def _check_days(self):
        for line in self:
            if line.nb_days > MOST_DAYS:
                raise ValidationError(
                    self.env._(
                        "“%(term)s”: payment is due after at most %(days)s days.",
                        term=line.payment_id.name,
                        days=MOST_DAYS,
                    )
                )
