import datetime

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    aging_limit_1 = fields.Integer(
        "First Aging Limit",
        default=30,
        required=True,
        help="Last day overdue of the first bucket of the aging.",
    )
    aging_limit_2 = fields.Integer("Second Aging Limit", default=60, required=True)
    aging_limit_3 = fields.Integer("Third Aging Limit", default=90, required=True)
    aging_limit_4 = fields.Integer("Fourth Aging Limit", default=180, required=True)
    debt_age_from = fields.Selection(
        [("invoice", "Invoice Date"), ("delivery", "Delivery Date")],
        string="Debt Age Counted From",
        default="invoice",
        required=True,
        help="The age of a debt is counted from the invoice, or from the delivery "
        "where the invoice knows it. Days overdue are counted from the due date.",
    )

    uninvoiced_remind_days = fields.Integer(
        "Remind of Deliveries Not Invoiced After",
        default=35,
        required=True,
        help="Days after which a delivery that is not invoiced is on the Today screen.",
    )
    statement_remind_days = fields.Integer(
        "Remind of Statements Not Confirmed After",
        default=7,
        required=True,
        help="Days after its last day after which a statement that the customer has not"
        " confirmed is on the Today screen.",
    )

    _remind_days_not_negative = models.Constraint(
        "CHECK (uninvoiced_remind_days >= 0 AND statement_remind_days >= 0)",
        "Reminders come after some days, or at once with 0.",
    )
    receivable_snapshot_date = fields.Date(
        "Receivables Taken Until",
        readonly=True,
        copy=False,
        help="The last month-end of which the trend of receivables has the amounts.",
    )

    followup_date = fields.Date(
        "Followed Up Until",
        readonly=True,
        copy=False,
        help="The last day on which it was proposed whom to follow up.",
    )
    credit_gate_orders = fields.Boolean(
        "Hold Back Orders",
        default=True,
        help="Orders of customers who are on credit hold, or over a limit, are not"
        " confirmed.",
    )
    credit_gate_deliveries = fields.Boolean(
        "Hold Back Deliveries",
        default=True,
        help="Goods for customers who are on credit hold, or over a limit, do not leave.",
    )
    credit_gate_limits = fields.Boolean(
        "Credit Limits Are Binding",
        help="What passes the credit limit is held back as well. Otherwise Odoo warns of"
        " it, as far as that is switched on in the settings of Invoicing.",
    )
    credit_used = fields.Selection(
        [
            ("debts", "What is owed"),
            ("orders", "What is owed, and orders not delivered yet"),
        ],
        string="Used of the Credit Limit",
        default="orders",
        required=True,
        help="What is owed is what is invoiced and not paid, and what is delivered and"
        " not invoiced.",
    )
    credit_contact_id = fields.Many2one(
        "res.users",
        string="Whom to Ask",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Named to those who meet a credit hold. Empty: those who may override it.",
    )

    # Each bucket begins the day after the limit before it, so growing limits cover
    # every day exactly once.
    _aging_limits_grow = models.Constraint(
        "CHECK (0 < aging_limit_1 AND aging_limit_1 < aging_limit_2"
        " AND aging_limit_2 < aging_limit_3 AND aging_limit_3 < aging_limit_4)",
        "Each limit of the aging must be above the one before it, and the first at "
        "least 1 day.",
    )

    def _aging_limits(self) -> tuple[int, int, int, int]:
        """Return the last days overdue of the four middle buckets."""
        return (
            self.aging_limit_1,
            self.aging_limit_2,
            self.aging_limit_3,
            self.aging_limit_4,
        )

    def _get_credit_day(self) -> datetime.date:
        """Return the day that it is where the company is, whoever asks from where."""
        self.ensure_one()
        # sudo: whoever is kept from its address.
        zone = self.sudo().partner_id.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=zone))
