import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "d91_180", "d180_plus")
ACCOUNT_TYPES = ("asset_receivable", "liability_payable")

# A row is found under the id of its journal item whatever the date, and the ORM
# caches by id: what differs from date to date is cached once for each of these.
CONTEXT = ("as_of", "account_type", "allowed_company_ids")


def _company_amount(**attributes):
    return fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        depends_context=CONTEXT,
        **attributes,
    )


class FunnelAgingReport(models.Model):
    """What was open at a date: one row per instalment, credit or other journal item
    of the trade receivable (or payable) accounts that was not settled then.

    The sum of ``residual`` equals these accounts of the general ledger at that date,
    to the cent, in each company. Amounts have the sign of the ledger: what customers
    owe is positive, what is owed to suppliers is negative.

    Context: ``as_of`` (ISO date; default today), ``account_type``
    (``asset_receivable``, the default, or ``liability_payable``).
    """

    _name = "funnel.aging.report"
    _description = "Aging"
    _auto = False
    _rec_name = "label"
    _order = "due_date, id"

    label = fields.Char("Document", readonly=True)
    line_kind = fields.Selection(
        [
            ("invoice", "Invoice"),
            ("credit_note", "Credit Note"),
            ("unapplied", "Unapplied Payment"),
            ("exchange", "Exchange Difference"),
            ("miscellaneous", "Miscellaneous"),
        ],
        string="Kind",
        readonly=True,
        depends_context=CONTEXT,
    )
    move_line_id = fields.Many2one(
        "account.move.line", string="Journal Item", readonly=True
    )
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    account_type = fields.Selection(
        [("asset_receivable", "Receivable"), ("liability_payable", "Payable")],
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        help="The company that owes, also where a contact or shop of it was invoiced.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        help="Salesperson of the invoice, else of the customer.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        help="Sales team of the invoice, else of the salesperson.",
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        readonly=True,
        help="The order that was invoiced; empty where one invoice bills several.",
    )
    origin = fields.Char("Source Document", readonly=True)
    ref = fields.Char("Reference", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    days_overdue = fields.Integer(
        readonly=True,
        aggregator="max",
        depends_context=CONTEXT,
        help="Days since the due date; negative while it is not due.",
    )
    oldest_days = fields.Integer(
        "Oldest Overdue",
        readonly=True,
        aggregator="max",
        depends_context=CONTEXT,
        help="Days overdue of the oldest debt; credits do not count.",
    )
    debt_age = fields.Integer(
        "Oldest Debt",
        readonly=True,
        aggregator="max",
        depends_context=CONTEXT,
        help="Days since the invoice or the delivery, as the company counts them; "
        "credits do not count.",
    )
    bucket = fields.Selection(
        selection="_selection_bucket", readonly=True, depends_context=CONTEXT
    )
    due_state = fields.Selection(
        [
            ("overdue", "Overdue"),
            ("today", "Due Today"),
            ("week", "Next Six Days"),
            ("later", "Later"),
        ],
        string="Due",
        readonly=True,
        depends_context=CONTEXT,
    )
    residual = _company_amount(string="Total")
    residual_currency = fields.Monetary(
        "Amount in Currency",
        currency_field="currency_id",
        readonly=True,
        depends_context=CONTEXT,
    )
    # The same once more in the column of its bucket.
    amount_not_due = _company_amount()
    amount_d1_30 = _company_amount()
    amount_d31_60 = _company_amount()
    amount_d61_90 = _company_amount()
    amount_d91_180 = _company_amount()
    amount_d180_plus = _company_amount()
    share = fields.Float(
        compute="_compute_share",
        aggregator="sum",
        exportable=False,
        help="Share of a group in the total of what is shown.",
    )
    last_receipt_date = fields.Date(related="partner_id.last_receipt_date")

    _depends = {
        "account.account": ["account_type", "non_trade"],
        "account.move": [
            "delivery_date",
            "invoice_origin",
            "invoice_user_id",
            "move_type",
            "team_id",
        ],
        "account.move.line": [
            "account_id",
            "amount_residual",
            "amount_residual_currency",
            "company_id",
            "currency_id",
            "date",
            "date_maturity",
            "invoice_date",
            "move_id",
            "move_name",
            "parent_state",
            "partner_id",
            "payment_id",
            "ref",
            "statement_line_id",
        ],
        "account.partial.reconcile": [
            "amount",
            "credit_amount_currency",
            "credit_move_id",
            "debit_amount_currency",
            "debit_move_id",
            "max_date",
            "min_date",
        ],
        "res.company": [
            "aging_limit_1",
            "aging_limit_2",
            "aging_limit_3",
            "aging_limit_4",
            "currency_id",
            "debt_age_from",
        ],
        "res.partner": ["commercial_partner_id", "user_id"],
        "res.users": ["sale_team_id"],
        "sale.order.line": ["order_id"],
    }

    # ------------------------------------------------------------------
    # What was asked for
    # ------------------------------------------------------------------

    @api.model
    def _as_of(self) -> datetime.date:
        """Return the date of the aging.

        :raise UserError: when the context holds something else than a date
        """
        as_of = self.env.context.get("as_of")
        try:
            return fields.Date.to_date(as_of) or fields.Date.context_today(self)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("%(value)s is not a date.", value=as_of)
            ) from error

    @api.model
    def _account_type(self) -> str:
        """Return the type of the accounts whose open items are shown."""
        account_type = self.env.context.get("account_type") or ACCOUNT_TYPES[0]
        if account_type not in ACCOUNT_TYPES:
            raise UserError(
                self.env._(
                    "%(value)s is not a type of accounts with open items.",
                    value=account_type,
                )
            )
        return account_type

    # ------------------------------------------------------------------
    # The query
    # ------------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        # Joins whose columns nobody asks for are dropped by PostgreSQL, so a sum by
        # customer reads no invoice.
        return SQL(
            "SELECT %s FROM (%s) AS item %s",
            self._select(),
            self._open_items(),
            self._joins(),
        )

    def _accounts(self) -> SQL:
        """Return an SQL array of the trade accounts."""
        return SQL(
            "ARRAY(SELECT id FROM account_account"
            " WHERE account_type = %s AND non_trade IS NOT TRUE)",
            self._account_type(),
        )

    def _open_items(self) -> SQL:
        """Return a query of the journal items that were open at the date, with what
        was open of them.

        That is what is open now, plus what was reconciled with something that was not
        posted then: reconciliations with a later item, and with an entry that was
        reset to draft since, are undone. An item owes more without them when it stands
        on their debit side, less when it stands on their credit side.

        The items that are open now and those that only the undoing opens are found on
        two ways, each by an index. The laterals with an OFFSET keep the planner, which
        cannot know how many items a date undoes, from reading all journal items.
        """
        columns = SQL(
            "line.id, line.account_id, line.company_id, line.partner_id, line.move_id,"
            " line.move_name, line.ref, line.payment_id, line.statement_line_id,"
            " line.currency_id, line.date, line.invoice_date,"
            " COALESCE(line.date_maturity, line.date) AS due_date"
        )
        return SQL(
            """
            WITH draft AS MATERIALIZED (
                SELECT id FROM account_move_line
                 WHERE account_id = ANY(%(accounts)s) AND parent_state = 'draft'
            ),
            undone AS (%(undone)s),
            reopened AS (
                SELECT side.line_id, SUM(side.amount) AS amount,
                       SUM(side.amount_currency) AS amount_currency
                  FROM (
                      SELECT debit_move_id AS line_id, amount,
                             debit_amount_currency AS amount_currency
                        FROM undone
                   UNION ALL
                      SELECT credit_move_id, -amount, -credit_amount_currency
                        FROM undone
                  ) AS side
            CROSS JOIN LATERAL (
                      SELECT FROM account_move_line
                       WHERE id = side.line_id AND date <= %(as_of)s
                      OFFSET 0
                  ) AS line
              GROUP BY side.line_id
            ),
            item AS (
                SELECT %(columns)s,
                       line.amount_residual
                       + COALESCE(reopened.amount, 0) AS residual,
                       line.amount_residual_currency
                       + COALESCE(reopened.amount_currency, 0) AS residual_currency
                  FROM account_move_line AS line
             LEFT JOIN reopened ON reopened.line_id = line.id
                 WHERE %(posted)s
                   AND (line.amount_residual <> 0 OR line.amount_residual_currency <> 0)
             UNION ALL
                SELECT %(columns)s, reopened.amount, reopened.amount_currency
                  FROM reopened
            CROSS JOIN LATERAL (
                      SELECT * FROM account_move_line AS line
                       WHERE line.id = reopened.line_id
                         AND %(posted)s
                         AND line.amount_residual = 0
                         AND line.amount_residual_currency = 0
                      OFFSET 0
                  ) AS line
            )
            SELECT * FROM item
            """,
            as_of=self._as_of(),
            accounts=self._accounts(),
            undone=self._undone_partials(),
            columns=columns,
            posted=SQL(
                "line.account_id = ANY(%s) AND line.company_id IN %s"
                " AND line.parent_state = 'posted' AND line.date <= %s",
                self._accounts(),
                tuple(self.env.companies.ids),
                self._as_of(),
            ),
        )

    def _undone_partials(self) -> SQL:
        """Return a query of the reconciliations that had not happened at the date, and
        of those of ``draft`` items."""
        columns = SQL(
            "partial.debit_move_id, partial.credit_move_id, partial.amount,"
            " partial.debit_amount_currency, partial.credit_amount_currency"
        )
        with_draft = SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT %(columns)s
                  FROM draft
            CROSS JOIN LATERAL (
                      SELECT * FROM account_partial_reconcile
                       WHERE %(side)s = draft.id AND max_date <= %(as_of)s
                      OFFSET 0
                  ) AS partial
                """,
                columns=columns,
                side=SQL.identifier(side),
                as_of=self._as_of(),
            )
            for side in ("debit_move_id", "credit_move_id")
        )
        return SQL(
            "SELECT %s FROM account_partial_reconcile AS partial"
            " WHERE partial.max_date > %s AND partial.min_date <= %s UNION ALL %s",
            columns,
            self._as_of(),
            self._as_of(),
            with_draft,
        )

    def _select(self) -> SQL:
        buckets = self._bucket_conditions()
        return SQL(
            """
            item.id,
            item.id AS move_line_id,
            item.move_id,
            item.account_id,
            %(account_type)s AS account_type,
            contact.commercial_partner_id AS partner_id,
            %(salesperson)s AS user_id,
            COALESCE(
                move.team_id,
                (SELECT sale_team_id FROM res_users WHERE id = %(salesperson)s)
            ) AS team_id,
            (%(sale_order)s) AS sale_order_id,
            move.invoice_origin AS origin,
            item.ref,
            item.move_name AS label,
            (%(line_kind)s) AS line_kind,
            item.company_id,
            company.currency_id AS company_currency_id,
            item.currency_id,
            item.date,
            item.due_date,
            %(days)s AS days_overdue,
            CASE WHEN %(owed)s THEN GREATEST(%(days)s, 0) END AS oldest_days,
            CASE WHEN %(owed)s THEN %(as_of)s - %(debt_date)s END AS debt_age,
            CASE %(bucket)s END AS bucket,
            CASE WHEN %(days)s > 0 THEN 'overdue'
                 WHEN %(days)s = 0 THEN 'today'
                 WHEN %(days)s >= -6 THEN 'week'
                 ELSE 'later' END AS due_state,
            item.residual,
            item.residual_currency,
            %(amounts)s
            """,
            account_type=self._account_type(),
            as_of=self._as_of(),
            salesperson=self._salesperson(),
            days=self._days_overdue(),
            owed=SQL("item.residual * %s > 0", self._owed_sign()),
            sale_order=self._sale_order(),
            line_kind=self._line_kind(),
            debt_date=self._debt_date(),
            bucket=SQL(" ").join(
                SQL("WHEN %s THEN %s", condition, key)
                for key, condition in buckets.items()
            ),
            amounts=SQL(", ").join(
                SQL(
                    "CASE WHEN %s THEN item.residual END AS %s",
                    condition,
                    SQL.identifier(f"amount_{key}"),
                )
                for key, condition in buckets.items()
            ),
        )

    def _joins(self) -> SQL:
        # One table to a condition, or PostgreSQL drops none of them.
        return SQL(
            """
            LEFT JOIN res_company AS company ON company.id = item.company_id
            LEFT JOIN res_partner AS contact ON contact.id = item.partner_id
            LEFT JOIN res_partner AS customer
                   ON customer.id = contact.commercial_partner_id
            LEFT JOIN account_move AS move ON move.id = item.move_id
            """
        )

    def _days_overdue(self) -> SQL:
        return SQL("(%s - item.due_date)", self._as_of())

    def _bucket_conditions(self) -> dict[str, SQL]:
        """Return bucket -> the condition of its days overdue: above the limit before
        it and up to its own, so that each day is in exactly one of them."""
        limits = [SQL.identifier("company", f"aging_limit_{n}") for n in range(1, 5)]
        above = [None, SQL("0"), *limits]
        up_to = [SQL("0"), *limits, None]
        days = self._days_overdue()
        return {
            key: SQL(" AND ").join(
                SQL("%s %s %s", days, SQL(operator), limit)
                for operator, limit in ((">", low), ("<=", high))
                if limit
            )
            for key, low, high in zip(BUCKETS, above, up_to, strict=True)
        }

    def _owed_sign(self) -> int:
        """Return the sign of a debt in the accounts shown."""
        return 1 if self._account_type() == "asset_receivable" else -1
