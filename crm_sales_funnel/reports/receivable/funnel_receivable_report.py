from collections import defaultdict
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.orm.utils import SQL_OPERATORS
from odoo.tools import SQL, format_amount

from ...models.receivable.res_partner import SHARE_DIGITS
from .funnel_aging_report import FunnelAgingReport
from .funnel_payment_delay import FunnelPaymentDelay
from .funnel_uninvoiced_report import FunnelUninvoicedReport

# The ORM keeps rows by their ids, whatever companies were asked for.
CONTEXT = ("allowed_company_ids",)
# Limits of a customer; 0 is none, as Odoo has it for the credit limit.
LIMITS = ("credit_limit", "overdue_limit", "max_debt_age")


def _together(*depends):
    """Return what the reports depend on that this one adds up."""
    models_ = {model for each in depends for model in each}
    return {
        model: sorted({name for each in depends for name in each.get(model, ())})
        for model in models_
    }


def _amount(*args, **attributes):
    return fields.Monetary(
        *args,
        currency_field="company_currency_id",
        readonly=True,
        depends_context=CONTEXT,
        **attributes,
    )


class FunnelReceivableReport(models.Model):
    """What each customer owes to each company now, beside the limits that he has.

    Both parts are those of the aging and of what is delivered and not invoiced; this
    only adds them up. A limit of 0 is none.
    """

    _name = "funnel.receivable.report"
    _description = "What Customers Owe"
    _auto = False
    _rec_name = "partner_id"
    _order = "total desc, id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        help="Sales team of the customer's salesperson.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    invoiced = _amount(help="Open items of the general ledger, as in the aging.")
    uninvoiced = _amount("Delivered, Not Invoiced")
    total = _amount("Owes", help="What is invoiced and what is not.")
    by_colleagues = fields.Monetary(
        "Of It by Colleagues",
        compute="_compute_by_colleagues",
        currency_field="company_currency_id",
        help="What is owed by documents of colleagues. It is part of the sum; the"
        " documents are shown to who sold it, and to the manager.",
    )
    share = fields.Float(
        compute="_compute_share",
        search="_search_share",
        aggregator="sum",
        help="Share in what all customers owe together that you may see.",
    )
    overdue = _amount(help="Invoices past their due date; credits are not deducted.")
    credit = _amount(
        "Unapplied Credit",
        help="Payments and credit notes that are not matched with an invoice.",
    )
    oldest_overdue_days = fields.Integer(
        "Oldest Overdue", readonly=True, aggregator="max", help="In days."
    )
    oldest_debt_days = fields.Integer(
        "Oldest Debt",
        readonly=True,
        aggregator="max",
        help="Days since the invoice or the delivery.",
    )
    credit_limit = _amount(aggregator=None)
    overdue_limit = _amount(aggregator=None)
    max_debt_age = fields.Integer("Oldest Debt Allowed", readonly=True, aggregator=None)
    excess = _amount("Over Limit By", help="What is owed above the credit limit.")
    is_over_limit = fields.Boolean(
        "Over Limit",
        readonly=True,
        help="Owes more than the credit limit, or more overdue than allowed.",
    )
    is_too_old = fields.Boolean("Debt Too Old", readonly=True)
    paid = _amount(
        "Paid, Last 12 Months",
        help="Payments of the invoices of the last 12 months.",
    )
    average_delay = fields.Float(
        "Average Payment Delay",
        digits=(16, 1),
        readonly=True,
        aggregator=None,
        depends_context=CONTEXT,
        help="Days from the due date to the payment of the invoices of the last 12 "
        "months, weighted by the amount paid; negative when they were paid before.",
    )
    reason = fields.Char(
        "Why", compute="_compute_reason", help="Which limits are passed, and how far."
    )

    _depends = _together(
        FunnelAgingReport._depends,
        FunnelUninvoicedReport._depends,
        FunnelPaymentDelay._depends,
        {"res.partner": LIMITS},
    )

    # ------------------------------------------------------------------
    # The query
    # ------------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT debt.partner_id::bigint * 65536 + debt.company_id AS id,
                   debt.*,
                   customer.user_id,
                   salesperson.sale_team_id AS team_id,
                   company.currency_id AS company_currency_id,
                   customer.credit_limit,
                   customer.overdue_limit,
                   customer.max_debt_age::integer AS max_debt_age,
                   CASE WHEN customer.credit_limit > 0
                        THEN GREATEST(debt.total - customer.credit_limit, 0)
                        ELSE 0 END AS excess,
                   customer.credit_limit > 0 AND debt.total > customer.credit_limit
                   OR customer.overdue_limit > 0
                      AND debt.overdue > customer.overdue_limit AS is_over_limit,
                   customer.max_debt_age > 0
                   AND COALESCE(debt.oldest_debt_days, 0) > customer.max_debt_age
                   AS is_too_old,
                   delay.paid,
                   delay.average_delay
              FROM (%(debts)s) AS debt
              JOIN res_company AS company ON company.id = debt.company_id
        CROSS JOIN LATERAL (%(customer)s) AS customer
         LEFT JOIN res_users AS salesperson ON salesperson.id = customer.user_id
         LEFT JOIN (%(delays)s) AS delay
                ON delay.company_id = debt.company_id
               AND delay.partner_id = debt.partner_id
            """,
            debts=self._debts(),
            customer=self._customer(),
            delays=self._delays(),
        )

    def _delays(self) -> SQL:
        """Return a query of how late customers pay. PostgreSQL drops it when nobody
        asks for it: it has one row for each company and customer."""
        return SQL(
            """
            SELECT company_id,
                   partner_id,
                   SUM(amount) AS paid,
                   SUM(weight) / NULLIF(SUM(amount), 0) AS average_delay
              FROM (%s) AS payment
          GROUP BY company_id, partner_id
            """,
            self.env["funnel.payment.delay"]._table_query,
        )

    def _debts(self, as_of=False, buckets=()) -> SQL:
        """Return a query of the debts by company and customer.

        :param as_of: the date; without it, today
        :param buckets: the buckets of the aging that are wanted as well
        """
        aging = self.env["funnel.aging.report"].with_context(
            as_of=as_of, account_type="asset_receivable"
        )
        uninvoiced = self.env["funnel.uninvoiced.report"].with_context(as_of=as_of)
        names = [SQL.identifier(bucket) for bucket in buckets]
        return SQL(
            """
            SELECT company_id,
                   partner_id,
                   SUM(invoiced) AS invoiced,
                   SUM(uninvoiced) AS uninvoiced,
                   SUM(invoiced + uninvoiced) AS total,
                   SUM(invoiced) FILTER (WHERE invoiced > 0 AND overdue_days > 0)
                   AS overdue,
                   SUM(invoiced) FILTER (WHERE invoiced < 0) AS credit,
                   COALESCE(MAX(overdue_days), 0) AS oldest_overdue_days,
                   COALESCE(MAX(debt_days), 0) AS oldest_debt_days
                   %(sums)s
              FROM (
                  SELECT company_id, partner_id, residual AS invoiced, 0 AS uninvoiced,
                         oldest_days AS overdue_days, debt_age AS debt_days
                         %(columns)s
                    FROM (%(aging)s) AS aging
               UNION ALL
                  SELECT company_id, partner_id, 0, amount, NULL,
                         CASE WHEN amount > 0 THEN days END
                         %(blanks)s
                    FROM (%(uninvoiced)s) AS uninvoiced
              ) AS part
          GROUP BY company_id, partner_id
            """,
            sums=SQL().join(SQL(", SUM(%s) AS %s", name, name) for name in names),
            columns=SQL().join(
                SQL(", %s AS %s", SQL.identifier(f"amount_{bucket}"), name)
                for bucket, name in zip(buckets, names, strict=True)
            ),
            blanks=SQL().join(SQL(", NULL") for _name in names),
            aging=aging._table_query,
            uninvoiced=uninvoiced._table_query,
        )

    def _customer(self) -> SQL:
        """Return a query of the customer's salesperson and limits in the company."""
        # sudo: limits that hold for all customers of a company are no secret of it.
        partners = self.env["res.partner"].sudo()
        cases = {
            fname: SQL(" ").join(
                SQL(
                    "WHEN %s THEN %s",
                    company.id,
                    partners._fields[fname].get_company_dependent_fallback(
                        partners.with_company(company)
                    )
                    or 0,
                )
                for company in self.env.companies
            )
            for fname in LIMITS
        }
        limits = SQL(", ").join(
            SQL(
                "COALESCE((partner.%(fname)s ->> debt.company_id::text)::numeric,"
                " CASE debt.company_id %(cases)s ELSE 0 END) AS %(fname)s",
                fname=SQL.identifier(fname),
                cases=case,
            )
            for fname, case in cases.items()
        )
        return SQL(
            "SELECT partner.user_id, %s FROM res_partner AS partner"
            " WHERE partner.id = debt.partner_id",
            limits,
        )

    # ------------------------------------------------------------------
    # Share and reason
    # ------------------------------------------------------------------

    def _get_totals(self) -> dict[Any, float]:
        """Return company -> what all customers owe to it that the user may see."""
        return dict(self._read_group([], ["company_id"], ["total:sum"]))

    @api.depends("total", "company_id")
    @api.depends_context("allowed_company_ids")
    def _compute_share(self):
        totals = self._get_totals()
        for row in self:
            total = totals.get(row.company_id)
            row.share = row.total / total if total else 0.0

    def _search_share(self, operator, value):
        if operator not in ("<", ">", "<=", ">=", "in"):
            return NotImplemented
        try:
            if operator == "in":
                wanted = tuple(round(float(each or 0), SHARE_DIGITS) for each in value)
            else:
                wanted = float(value or 0)
        except (TypeError, ValueError, OverflowError) as error:
            raise UserError(self.env._("A share is a number.")) from error
        totals = self._get_totals()
        if wanted == () or not totals:
            return fields.Domain.FALSE
        return fields.Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s",
                model._share_sql(alias, query, totals),
                SQL_OPERATORS[operator],
                wanted,
            )
        )

    def _share_sql(self, alias, query, totals) -> SQL:
        """Return the share, as exact as it is shown, in SQL."""
        cases = [
            SQL("WHEN %s THEN %s", company.id, totals[company]) for company in totals
        ]
        return SQL(
            "COALESCE(ROUND(%s / NULLIF(CASE %s %s ELSE 0 END, 0), %s), 0)",
            self._field_to_sql(alias, "total", query),
            self._field_to_sql(alias, "company_id", query),
            SQL(" ").join(cases),
            SHARE_DIGITS,
        )

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "share:sum":
            total = self._read_group_select("total:sum_currency", query)
            return SQL("%(t)s / NULLIF(SUM(%(t)s) OVER (), 0)", t=total)
        return super()._read_group_select(aggregate_spec, query)

    @api.depends("total", "partner_id", "company_id")
    @api.depends_context("uid", "allowed_company_ids", "as_of")
    def _compute_by_colleagues(self):
        """What the rows that open from here do not add up to: those are the user's."""
        shown = defaultdict(float)
        domain = [("partner_id", "in", self.partner_id.ids)]
        for report, amount in (
            (self.env["funnel.aging.report"], "residual:sum"),
            (self.env["funnel.uninvoiced.report"], "amount:sum"),
        ):
            report = report.with_context(account_type="asset_receivable")
            by = ["partner_id", "company_id"]
            for *key, value in report._read_group(domain, by, [amount]):
                shown[tuple(key)] += value
        for row in self:
            missing = row.total - shown[row.partner_id, row.company_id]
            row.by_colleagues = row.company_currency_id.round(missing)

    @api.depends(
        "total", "overdue", "oldest_debt_days", "credit_limit", "is_over_limit"
    )
    def _compute_reason(self):
        for row in self:
            row.reason = " · ".join(row._get_reasons()) or False

    def _get_reasons(self) -> list[str]:
        """Return the limits that the customer passes, in words."""
        reasons = []
        if row_excess := self.excess:
            reasons.append(
                self.env._(
                    "owes %(total)s, limit %(limit)s, over by %(excess)s",
                    total=self._format(self.total),
                    limit=self._format(self.credit_limit),
                    excess=self._format(row_excess),
                )
            )
        if 0 < self.overdue_limit < self.overdue:
            reasons.append(
                self.env._(
                    "overdue %(overdue)s, limit %(limit)s",
                    overdue=self._format(self.overdue),
                    limit=self._format(self.overdue_limit),
                )
            )
        if self.is_too_old:
            reasons.append(
                self.env._(
                    "debt of %(days)s days, at most %(limit)s",
                    days=self.oldest_debt_days,
                    limit=self.max_debt_age,
                )
            )
        return reasons

    def _format(self, amount: float) -> str:
        return format_amount(self.env, amount, self.company_currency_id)

    @api.readonly
    def action_open_parts(self) -> dict[str, Any]:
        """Return the open items that the customer's debt consists of."""
        return self._open_rows("funnel_aging_report_action")

    @api.readonly
    def action_open_uninvoiced(self) -> dict[str, Any]:
        """Return the deliveries of the customer that are not invoiced."""
        return self._open_rows("funnel_uninvoiced_report_action")

    @api.readonly
    def action_open_payments(self) -> dict[str, Any]:
        """Return the payments that the customer's average delay consists of."""
        return {
            **self._open_rows("funnel_payment_delay_action"),
            "context": {"group_by": ["partner_id"]},
        }

    def action_set_credit_terms(self) -> dict[str, Any]:
        """Return the dialog that changes the terms of the customers."""
        self.check_access("read")
        return self.partner_id._open_credit_terms(self.company_id)

    def _open_rows(self, action: str) -> dict[str, Any]:
        """Return a window action of this module on the customer's rows."""
        self.ensure_one()
        self.check_access("read")
        actions = self.env["ir.actions.act_window"]
        return {
            **actions._for_xml_id(f"crm_sales_funnel.{action}"),
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "context": {},
        }
