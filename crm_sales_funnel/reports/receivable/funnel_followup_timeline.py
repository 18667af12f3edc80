from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

# Kind of an event -> the model of what stands behind it.
SOURCES = {
    "followup": "funnel.followup.line",
    "promise": "funnel.payment.promise",
    "dispute": "funnel.invoice.dispute",
    "resolved": "funnel.invoice.dispute",
    "hold": "funnel.credit.hold",
    "released": "funnel.credit.hold",
    "override": "funnel.credit.override",
    "payment": "account.payment",
}
# So many records of each kind have an id of their own; the web client's numbers are
# exact up to 2 ** 53.
IDS = 10**12


class FunnelFollowupTimeline(models.Model):
    """What happened to a customer who owes: followed up, promised, disputed, put on hold,
    paid."""

    _name = "funnel.followup.timeline"
    _description = "Follow-up Timeline"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "kind"

    date = fields.Date(readonly=True, depends_context=("tz",))
    kind = fields.Selection(
        [
            ("followup", "Followed Up"),
            ("promise", "Promise"),
            ("dispute", "Dispute"),
            ("resolved", "Dispute Resolved"),
            ("hold", "Put on Hold"),
            ("released", "Released"),
            ("override", "Hold Overridden"),
            ("payment", "Payment"),
        ],
        string="What",
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    done_user_id = fields.Many2one("res.users", string="By", readonly=True)
    amount = fields.Monetary(currency_field="company_currency_id", readonly=True)
    channel = fields.Selection(
        related="followup_line_id.channel", string="By Which Means"
    )
    followup_line_id = fields.Many2one(
        "funnel.followup.line", string="Follow-up", readonly=True
    )
    date_due = fields.Date(
        "Until", readonly=True, help="Day of the promise, or last day of the hold."
    )
    note = fields.Char("What Was Said", readonly=True)
    res_id = fields.Integer(readonly=True)

    _depends = {
        "funnel.followup.line": [
            "amount_company",
            "answer",
            "company_id",
            "date",
            "done_user_id",
            "partner_id",
            "state",
        ],
        "funnel.payment.promise": [
            "amount_company",
            "date",
            "date_due",
            "is_cancelled",
        ],
        "funnel.invoice.dispute": ["amount_company", "date", "date_resolved", "note"],
        "funnel.credit.hold": ["date", "date_end", "reason", "released_on"],
        "funnel.credit.override": ["date", "reason"],
        "account.payment": ["amount_company_currency_signed", "date", "state"],
        "res.partner": ["commercial_partner_id", "user_id"],
        "res.users": ["sale_team_id"],
    }

    @property
    def _table_query(self) -> SQL:
        events = [
            SQL(
                "SELECT %(number)s * %(ids)s + event.id AS id, %(kind)s AS kind,"
                " event.* FROM (%(source)s) AS event",
                number=number,
                ids=IDS,
                kind=kind,
                source=source,
            )
            for number, (kind, source) in enumerate(self._events().items())
        ]
        return SQL(
            """
            SELECT event.id, event.kind, event.date, event.partner_id, event.company_id,
                   event.amount, event.done_user_id, event.date_due, event.note,
                   event.res_id,
                   CASE WHEN event.kind = 'followup' THEN event.res_id END
                   AS followup_line_id,
                   customer.user_id,
                   salesperson.sale_team_id AS team_id,
                   company.currency_id AS company_currency_id
              FROM (%s) AS event (
                       id, kind, res_id, date, partner_id, company_id, amount,
                       done_user_id, date_due, note
                   )
              JOIN res_partner AS customer ON customer.id = event.partner_id
              JOIN res_company AS company ON company.id = event.company_id
         LEFT JOIN res_users AS salesperson ON salesperson.id = customer.user_id
            """,
            SQL(" UNION ALL ").join(events),
        )

    def _events(self) -> dict[str, SQL]:
        """Return kind of an event -> query of its id, date, customer, company, amount in
        the currency of the company, who did it, until when, and what was said."""
        return {
            "followup": SQL(
                "SELECT id, date, partner_id, company_id, amount_company,"
                " done_user_id, NULL::date, answer FROM funnel_followup_line"
                " WHERE state IN ('todo', 'done')"
            ),
            "promise": SQL(
                "SELECT id, date, partner_id, company_id, amount_company,"
                " taken_by_id, date_due, note FROM funnel_payment_promise"
                " WHERE is_cancelled IS NOT TRUE"
            ),
            "dispute": SQL(
                "SELECT id, date, partner_id, company_id, amount_company,"
                " taken_by_id, NULL::date, note FROM funnel_invoice_dispute"
            ),
            "resolved": SQL(
                "SELECT id, date_resolved, partner_id, company_id, amount_company,"
                " resolved_by_id, NULL::date, resolution FROM funnel_invoice_dispute"
                " WHERE date_resolved IS NOT NULL"
            ),
            "hold": SQL(
                "SELECT id, date, partner_id, company_id, NULL::numeric,"
                " user_id, date_end, reason FROM funnel_credit_hold"
            ),
            "released": SQL(
                "SELECT id, %s, partner_id, company_id, NULL::numeric,"
                " released_by, NULL::date, release_reason FROM funnel_credit_hold"
                " WHERE released_on IS NOT NULL",
                self._day(SQL("released_on")),
            ),
            "override": SQL(
                "SELECT id, %s, partner_id, company_id, amount,"
                " user_id, NULL::date, reason FROM funnel_credit_override",
                self._day(SQL("date")),
            ),
            "payment": SQL(
                "SELECT payment.id, payment.date, payer.commercial_partner_id,"
                " payment.company_id, payment.amount_company_currency_signed,"
                " NULL::int, NULL::date, payment.memo"
                " FROM account_payment AS payment"
                " JOIN res_partner AS payer ON payer.id = payment.partner_id"
                " WHERE payment.payment_type = 'inbound'"
                " AND payment.state IN ('in_process', 'paid')"
            ),
        }

    def _day(self, moment: SQL) -> SQL:
        """Return the day that it was for the user."""
        zone = str(self.env.tz)
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    @api.readonly
    def action_open(self):
        """Return the form of what stands behind the event.

        :raise AccessError: the user sees the event, and no more: salespeople see what
            was paid, the payments are for Finance
        """
        self.ensure_one()
        self.check_access("read")
        record = self.env[SOURCES[self.kind]].browse(self.res_id)
        if not record.has_access("read"):
            raise AccessError(self.env._("You may not open it."))
        return {
            "type": "ir.actions.act_window",
            "name": record.display_name,
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": "current",
        }
