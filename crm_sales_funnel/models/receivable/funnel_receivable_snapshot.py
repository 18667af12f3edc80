import datetime
from typing import Any

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

# So many month-ends are made up for: at the first run, and after a pause.
MONTHS = 12
BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "d91_180", "d180_plus")
AMOUNTS = ("invoiced", "uninvoiced", "total", "overdue", *BUCKETS)
# Context: the month-ends whose amounts are added up, see _read_group.
ADDED_UP = "snapshot_dates"


def _amount(*args, **attributes):
    return fields.Monetary(
        *args, currency_field="company_currency_id", readonly=True, **attributes
    )


class FunnelReceivableSnapshot(models.Model):
    """What each customer owed to each company at the end of a month, as it was known
    when it was taken: what is entered later for that month is not in it.

    The amounts are those of the aging and of what is delivered and not invoiced.
    Amounts of several month-ends have no sum: a group holds those of its last one.
    """

    _name = "funnel.receivable.snapshot"
    _description = "Receivables at Month End"
    _rec_name = "partner_id"
    _order = "date desc, total desc, id"

    date = fields.Date("Month End", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        help="Salesperson of the customer when the amounts were taken.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        help="Sales team of the salesperson when the amounts were taken.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    company_currency_id = fields.Many2one(
        "res.currency", string="Currency", required=True, readonly=True
    )
    invoiced = _amount(help="Open items of the general ledger, as in the aging.")
    uninvoiced = _amount("Delivered, Not Invoiced")
    total = _amount("Owes", help="What is invoiced and what is not.")
    overdue = _amount(help="Invoices past their due date; credits are not deducted.")
    # What is invoiced once more, in the column of its bucket, credits deducted. The
    # names are those of the usual limits, see fields_get.
    not_due = _amount()
    d1_30 = _amount("1-30")
    d31_60 = _amount("31-60")
    d61_90 = _amount("61-90")
    d91_180 = _amount("91-180")
    d180_plus = _amount("> 180")

    # Items without a customer are a row as well.
    _once = models.UniqueIndex("(date, company_id, COALESCE(partner_id, 0))")

    # ------------------------------------------------------------------
    # Taking them
    # ------------------------------------------------------------------

    @api.model
    def _cron_take_missing(self):
        """Take the month-ends that are missing, one transaction for each."""
        crons = self.env["ir.cron"]
        # All of them are wanted, and they are few.
        # pylint: disable-next=no-search-all
        companies = self.env["res.company"].search([])
        missing = self._get_missing(companies)
        crons._commit_progress(remaining=len(missing))
        for date in missing:
            if not self._take(date, companies):
                crons._commit_progress(remaining=0)  # somebody else is about it
                break
            if not crons._commit_progress(1):
                break

    @api.model
    def _get_missing(self, companies) -> list[datetime.date]:
        """Return the month-ends that a company lacks, the oldest first."""
        # A day later, when the month is over wherever a company is.
        first = (fields.Date.today() - datetime.timedelta(days=1)).replace(day=1)
        ends = [
            first - relativedelta(months=ago) - datetime.timedelta(days=1)
            for ago in reversed(range(MONTHS))
        ]
        return [end for end in ends if self._lacking(end, companies)]

    @api.model
    def _lacking(self, date, companies):
        """Return those of the companies whose amounts of the date are not taken yet."""
        return companies.filtered(
            lambda company: (company.receivable_snapshot_date or date.min) < date
        )

    @api.model
    def _take(self, date: datetime.date, companies) -> bool:
        """Take what customers owe to the companies at the date, once.

        Month-ends are taken in their order: each company notes the last one, also when
        nobody owed it anything.

        :return: False when somebody else is taking one at the moment
        """
        lacking = self._lacking(date, companies)
        locked = lacking.try_lock_for_update(allow_referencing=True)
        if len(locked) < len(lacking):
            return False
        if locked:
            self.env.flush_all()
            self.env.cr.execute(self._insert(date, locked))
            locked.receivable_snapshot_date = date
            self.invalidate_model()
        return True

    def _insert(self, date: datetime.date, companies) -> SQL:
        """Return the statement that adds the rows of a date."""
        report = self.env["funnel.receivable.report"].with_context(
            allowed_company_ids=companies.ids
        )
        columns = SQL(", ").join(SQL.identifier(name) for name in AMOUNTS)
        amounts = SQL(", ").join(
            SQL("COALESCE(debt.%s, 0)", SQL.identifier(name)) for name in AMOUNTS
        )
        return SQL(
            """
            INSERT INTO funnel_receivable_snapshot (
                date, company_id, partner_id, user_id, team_id, company_currency_id,
                %(columns)s, create_uid, create_date
            )
            SELECT %(date)s, debt.company_id, debt.partner_id, customer.user_id,
                   salesperson.sale_team_id, company.currency_id,
                   %(amounts)s, %(uid)s, NOW() AT TIME ZONE 'UTC'
              FROM (%(debts)s) AS debt
              JOIN res_company AS company ON company.id = debt.company_id
         LEFT JOIN res_partner AS customer ON customer.id = debt.partner_id
         LEFT JOIN res_users AS salesperson ON salesperson.id = customer.user_id
            ON CONFLICT DO NOTHING
            """,
            date=date,
            columns=columns,
            amounts=amounts,
            uid=self.env.uid,
            debts=report._debts(as_of=date, buckets=BUCKETS),
        )

    @api.model
    def _merge_customers(self, sources, target):
        """Add up the rows of customers that become one: the sum of a month-end stays
        what it was."""
        self.env.flush_all()
        columns = SQL(", ").join(SQL.identifier(name) for name in AMOUNTS)
        sums = SQL(", ").join(SQL("SUM(%s)", SQL.identifier(n)) for n in AMOUNTS)
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM funnel_receivable_snapshot
                     WHERE partner_id IN %(customers)s
                 RETURNING *
                )
                INSERT INTO funnel_receivable_snapshot (
                    date, company_id, partner_id, user_id, team_id,
                    company_currency_id, %(columns)s, create_uid, create_date
                )
                SELECT date, company_id, %(target)s,
                       (ARRAY_AGG(user_id ORDER BY %(order)s))[1],
                       (ARRAY_AGG(team_id ORDER BY %(order)s))[1],
                       company_currency_id, %(sums)s, MAX(create_uid), MAX(create_date)
                  FROM gone
              GROUP BY date, company_id, company_currency_id
                """,
                customers=tuple((sources | target).ids),
                target=target.id,
                columns=columns,
                sums=sums,
                # The team is that of the salesperson, so both are of one row.
                order=SQL("user_id IS NULL, partner_id <> %s, id", target.id),
            )
        )
        self.invalidate_model()

    # ------------------------------------------------------------------
    # Sums
    # ------------------------------------------------------------------

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        result = super().fields_get(allfields, attributes)
        for key, label in self.env["funnel.aging.report"]._selection_bucket():
            if "string" in result.get(key, ()):
                result[key]["string"] = label
        return result

    @api.model
    def _read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        # What somebody owes at two dates is not owed twice: of a year the amounts are
        # those of its last month-end, and of all rows those of the last one of all.
        if ADDED_UP not in self.env.context and any(":sum" in a for a in aggregates):
            periods = [spec for spec in groupby if spec.partition(":")[0] == "date"]
            ends = super()._read_group(domain, periods, ["date:max"])
            dates = tuple(end for *_period, end in ends if end)
            return self.with_context(**{ADDED_UP: dates})._read_group(
                domain, groupby, aggregates, having, offset, limit, order
            )
        return super()._read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        # One by one: each has its own last month-ends.
        parts = [part.strip() for part in (order or "").split(",") if part.strip()]
        return [
            self._read_group(
                domain,
                groupby,
                aggregates,
                order=", ".join(
                    part for part in parts if part.split()[0] in (*groupby, *aggregates)
                ),
            )
            for groupby in grouping_sets
        ]

    def _read_group_select(self, aggregate_spec, query):
        result = super()._read_group_select(aggregate_spec, query)
        fname, _sep, function = aggregate_spec.partition(":")
        if fname not in AMOUNTS or not function.startswith("sum"):
            return result
        return SQL(
            "COALESCE(%s FILTER (WHERE %s IN %s), 0)",
            result,
            self._field_to_sql(self._table, "date", query),
            self.env.context.get(ADDED_UP) or (None,),
        )

    # ------------------------------------------------------------------
    # Its parts
    # ------------------------------------------------------------------

    @api.readonly
    def action_open_aging(self) -> dict[str, Any]:
        """Return the aging of the customer at the month-end."""
        self.ensure_one()
        self.check_access("read")
        actions = self.env["ir.actions.act_window"]
        return {
            **actions._for_xml_id("crm_sales_funnel.funnel_aging_report_action"),
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "context": {"as_of": fields.Date.to_string(self.date)},
        }
