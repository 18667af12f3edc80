import hashlib
import logging

from odoo import api, fields, models, tools
from odoo.tools import SQL
from odoo.tools.sql import table_exists

COLUMNS = {
    "partial_id": "int4",
    "invoice_line_id": "int4",
    "money_line_id": "int4 NOT NULL",
    "money_move_id": "int4 NOT NULL",
    "date": "date NOT NULL",
    "move_id": "int4 NOT NULL",
    "partner_type": "varchar NOT NULL",
    "sale_line_id": "int4",
    "order_id": "int4",
    "user_id": "int4",
    "partner_id": "int4",
    "company_id": "int4 NOT NULL",
    "currency_id": "int4 NOT NULL",
    "amount": "numeric NOT NULL",
    "amount_untaxed": "numeric NOT NULL",
    "amount_currency": "numeric NOT NULL",
    "amount_untaxed_currency": "numeric NOT NULL",
}
INDEXES = {
    "partial_line_uniq": ("UNIQUE", "(partial_id, invoice_line_id)"),
    "money_move_idx": ("", "(money_move_id)"),
    "move_idx": ("", "(move_id)"),
    "date_idx": ("", "(date, company_id)"),
    "order_idx": ("", "(order_id) WHERE order_id IS NOT NULL"),
    "user_idx": ("", "(user_id, date)"),
}
SAME_ROW = SQL(
    """
    COALESCE(written.partial_id, 0) = COALESCE(wanted.partial_id, 0)
    AND COALESCE(written.invoice_line_id, 0) = COALESCE(wanted.invoice_line_id, 0)
    AND written.money_line_id = wanted.money_line_id
    """
)
LEDGER = {
    "account.account": ["account_type", "is_liquidity"],
    "account.move": [
        "amount_total",
        "commercial_partner_id",
        "company_id",
        "currency_id",
        "invoice_user_id",
        "move_type",
        "reversed_entry_id",
        "state",
    ],
    "account.move.line": [
        "account_id",
        "amount_currency",
        "amount_residual",
        "amount_residual_currency",
        "balance",
        "date",
        "display_type",
        "move_id",
        "parent_state",
        "price_total",
        "product_id",
        "purchase_line_id",
        "sale_line_ids",
    ],
    "account.partial.reconcile": [
        "amount",
        "credit_amount_currency",
        "credit_move_id",
        "debit_amount_currency",
        "debit_move_id",
        "exchange_move_id",
    ],
    "account.payment": ["deposit_order_id", "move_id"],
    "res.currency": ["decimal_places"],
    "sale.order": ["amount_total", "amount_untaxed", "user_id"],
    "sale.order.line": ["order_id"],
}
# What is to be allocated, until somebody reads it or the transaction ends.
PENDING = "funnel_allocation"


# PostgreSQL takes what many rows come from for few, and would look each of them up.
PLANNING = {"enable_nestloop": "off", "work_mem": "256MB"}

_logger = logging.getLogger(__name__)


class Pending:
    """Entries that were touched, and those of them that all they pay depends on."""

    def __init__(self):
        self.moves = set()
        self.payers = set()


class FunnelAllocation(models.Model):
    """Which invoice line, and so which order and salesperson, each payment paid: one row
    per reconciliation and line.

    The rows follow from the ledger (``funnel.allocation.query``). The documents and
    payments that a reconciliation touched are noted, and written down in one statement
    before anybody reads the rows, at the latest when the transaction ends.
    """

    _name = "funnel.allocation"
    _description = "Allocation of Money"
    # A table, but one that refers to nothing by foreign keys: they would take longer
    # than all the rest of a rebuild, and say nothing that the ledger does not.
    _auto = False
    _log_access = False
    _order = "date desc, id desc"

    partial_id = fields.Many2one("account.partial.reconcile", readonly=True)
    invoice_line_id = fields.Many2one("account.move.line", readonly=True)
    money_line_id = fields.Many2one(
        "account.move.line", string="Journal Item of the Money", readonly=True
    )
    money_move_id = fields.Many2one(
        "account.move", string="Entry of the Money", readonly=True
    )
    date = fields.Date(readonly=True)
    move_id = fields.Many2one(
        "account.move",
        string="Paid",
        readonly=True,
        help="The invoice, bill or credit note that was paid; of a deposit, its own"
        " entry.",
    )
    partner_type = fields.Selection(
        [("customer", "Customer"), ("supplier", "Vendor")], readonly=True
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", string="Order Line", readonly=True
    )
    order_id = fields.Many2one("sale.order", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(currency_field="company_currency_id", readonly=True)
    amount_untaxed = fields.Monetary(
        "Untaxed Amount", currency_field="company_currency_id", readonly=True
    )
    amount_currency = fields.Monetary("Amount in Currency", readonly=True)
    amount_untaxed_currency = fields.Monetary(
        "Untaxed Amount in Currency", readonly=True
    )

    def init(self):
        if not table_exists(self.env.cr, self._table):
            self.env.cr.execute(
                SQL(
                    "CREATE TABLE %s (id SERIAL PRIMARY KEY, %s)",
                    SQL.identifier(self._table),
                    SQL(", ").join(
                        SQL("%s %s", SQL.identifier(name), SQL(kind))
                        for name, kind in COLUMNS.items()
                    ),
                )
            )
            self._create_indexes()
        # What it follows from is not there yet at an installation.
        self.pool.post_init(self._rebuild)

    # ------------------------------------------------------------------
    # Written down
    # ------------------------------------------------------------------

    @api.model
    def _touch(self, moves, all_they_pay: bool = False) -> None:
        """Note that what is allocated to these documents, or by these payments, may
        have changed.

        :param all_they_pay: and so whatever the payments pay
        """
        if moves:
            pending = self.env.cr.precommit.data.setdefault(PENDING, Pending())
            if not pending.moves:
                self.env.cr.precommit.add(self._write_pending)
            pending.moves.update(moves.ids)
            if all_they_pay:
                pending.payers.update(moves.ids)

    @api.model
    def _write_pending(self) -> None:
        """Write down what was touched."""
        pending = self.env.cr.precommit.data.pop(PENDING, None)
        if pending:
            self._flush_ledger()
            self._execute_prepared(sorted(pending.moves), sorted(pending.payers))
            self.invalidate_model()

    @api.model
    def _touch_orders(self, orders) -> None:
        self.env["funnel.allocation"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT move_id FROM %s WHERE order_id IN %s",
                SQL.identifier(self._table),
                tuple(orders.ids),
            )
        )
        self._touch(self.env["account.move"].browse(move for (move,) in rows))

    def _affected(self) -> SQL:
        """Return a query of the documents and payments that the entries of the first
        parameter touch: of those themselves what anything is allocated by or to, and
        what is paid by them where they write off a part, which all share, or where they
        are among the entries of the second parameter."""
        return SQL(
            """
            SELECT move_id FROM funnel_allocation WHERE move_id = ANY($1)
             UNION
            SELECT move_id FROM account_payment
             WHERE move_id = ANY($1) AND deposit_order_id IS NOT NULL
             UNION
            SELECT line.move_id
              FROM account_move_line AS line
             WHERE line.move_id = ANY($1)
               AND (EXISTS (SELECT FROM account_partial_reconcile
                             WHERE debit_move_id = line.id)
                    OR EXISTS (SELECT FROM account_partial_reconcile
                                WHERE credit_move_id = line.id))
             UNION
            SELECT document.move_id
              FROM account_move AS entry
              JOIN account_move_line AS line ON line.move_id = entry.id
        CROSS JOIN LATERAL (
                   SELECT credit_move_id AS id FROM account_partial_reconcile
                    WHERE debit_move_id = line.id
                    UNION ALL
                   SELECT debit_move_id FROM account_partial_reconcile
                    WHERE credit_move_id = line.id) AS other
              JOIN account_move_line AS document ON document.id = other.id
             WHERE entry.id = ANY($1)
               AND entry.move_type = 'entry'
               AND (entry.id = ANY($2)
                    OR EXISTS (
                       SELECT FROM account_move_line AS rest
                         JOIN account_account AS account
                           ON account.id = rest.account_id
                          AND account.is_liquidity IS NOT TRUE
                          AND (account.is_counted_when_cashed
                               OR account.account_type
                                  NOT IN ('asset_receivable', 'liability_payable'))
                        WHERE rest.move_id = entry.id))
            """
        )

    def _execute_prepared(self, moves: list[int], payers: list[int]) -> None:
        """Execute the statement for what a few entries touch. PostgreSQL takes ten times
        as long to plan it as to do it, so it keeps the plan with the connection."""
        cr = self.env.cr
        name, statement = self._prepared_statement()
        cr.execute("SELECT FROM pg_prepared_statements WHERE name = %s", [name])
        if not cr.rowcount:
            cr.execute(statement)
        cr.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cr.execute(SQL("EXECUTE %s(%s, %s)", SQL.identifier(name), moves, payers))
        cr.execute("SET LOCAL plan_cache_mode = auto")

    @tools.ormcache()
    def _prepared_statement(self) -> tuple[str, str]:
        """Return the name and the text of the statement, named after its text."""
        query = self._difference(self._affected())
        text = self.env.cr.mogrify(query.code, query.params).decode()
        name = f"{self._table}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        return name, f"PREPARE {name} (int4[], int4[]) AS {text}"

    def _flush_ledger(self) -> None:
        for name, names in LEDGER.items():
            self.env[name].flush_model(names)

    @api.model
    def _rebuild(self) -> dict[str, int]:
        """Compare all rows with the ledger, and mend what differs.

        :return: how many rows were ``missing``, ``wrong`` and ``needless``
        """
        self.env["account.account"]._mark_all_liquidity()
        self._flush_ledger()
        cr = self.env.cr
        cr.execute(SQL("SELECT FROM %s LIMIT 1", SQL.identifier(self._table)))
        is_empty = not cr.rowcount
        for setting, value in PLANNING.items():
            cr.execute(SQL("SET LOCAL %s = %s", SQL.identifier(setting), value))
        found = self._fill() if is_empty else self._compare()
        for setting in PLANNING:
            cr.execute(SQL("SET LOCAL %s TO DEFAULT", SQL.identifier(setting)))
        self.invalidate_model()
        return found

    def _compare(self) -> dict[str, int]:
        self.env.cr.execute(self._difference())
        return self.env.cr.dictfetchone()

    def _fill(self) -> dict[str, int]:
        """Write all rows into the empty table: the indexes are quicker made afterwards."""
        cr = self.env.cr
        self._drop_indexes()
        cr.execute(self._insert(self.env["funnel.allocation.query"]._query()))
        missing = cr.rowcount
        self._create_indexes()
        cr.execute(SQL("ANALYZE %s", SQL.identifier(self._table)))
        return {"missing": missing, "wrong": 0, "needless": 0}

    @api.model
    def _cron_compare(self) -> None:
        """Mend what two transactions at once, or SQL beside the ORM, left behind."""
        found = self._rebuild()
        if any(found.values()):
            _logger.info("Allocation of money: %s", found)

    def _insert(self, rows: SQL) -> SQL:
        return SQL(
            "INSERT INTO %s (%s) %s",
            SQL.identifier(self._table),
            SQL(", ").join(map(SQL.identifier, COLUMNS)),
            rows,
        )

    def _difference(self, scope: SQL | None = None) -> SQL:
        """Return the statement that writes down where the rows differ from what they
        follow from, and tells how many were ``missing``, ``wrong`` and ``needless``.

        :param scope: a query of ids of journal entries, all by default
        """
        moves = SQL("ARRAY(SELECT move_id FROM scope)") if scope else None
        return SQL(
            """
            WITH scope AS MATERIALIZED (%(scope)s),
                 wanted AS MATERIALIZED (%(wanted)s),
                 written AS MATERIALIZED (
                     SELECT * FROM %(table)s WHERE %(in_scope)s),
                 needless AS (
                     DELETE FROM %(table)s AS row
                      USING written
                  LEFT JOIN wanted ON %(same_row)s
                      WHERE row.id = written.id AND wanted.date IS NULL
                  RETURNING row.id),
                 wrong AS (
                     UPDATE %(table)s AS row
                        SET (%(columns)s) = ROW(%(wanted_values)s)
                       FROM wanted
                       JOIN written ON %(same_row)s
                      WHERE row.id = written.id
                        AND (%(wanted_values)s) IS DISTINCT FROM (%(written_values)s)
                  RETURNING row.id),
                 missing AS (%(insert)s RETURNING id)
            SELECT (SELECT COUNT(*) FROM missing) AS missing,
                   (SELECT COUNT(*) FROM wrong) AS wrong,
                   (SELECT COUNT(*) FROM needless) AS needless
            """,
            scope=scope or SQL("SELECT NULL::int4 AS move_id"),
            wanted=self.env["funnel.allocation.query"]._query(moves),
            table=SQL.identifier(self._table),
            in_scope=SQL("move_id = ANY(%s)", moves) if moves else SQL("TRUE"),
            same_row=SAME_ROW,
            columns=SQL(", ").join(map(SQL.identifier, COLUMNS)),
            wanted_values=self._values("wanted"),
            written_values=self._values("written"),
            insert=self._insert(
                SQL(
                    """
                    SELECT %s
                      FROM wanted
                     WHERE NOT EXISTS (SELECT FROM written WHERE %s)
                    """,
                    self._values("wanted"),
                    SAME_ROW,
                )
            ),
        )

    def _values(self, of: str) -> SQL:
        return SQL(", ").join(SQL.identifier(of, name) for name in COLUMNS)

    def _create_indexes(self) -> None:
        for name, (unique, columns) in INDEXES.items():
            self.env.cr.execute(
                SQL(
                    "CREATE %s INDEX IF NOT EXISTS %s ON %s %s",
                    SQL(unique),
                    SQL.identifier(f"{self._table}_{name}"),
                    SQL.identifier(self._table),
                    SQL(columns),
                )
            )

    def _drop_indexes(self) -> None:
        for name in INDEXES:
            self.env.cr.execute(
                SQL("DROP INDEX IF EXISTS %s", SQL.identifier(f"{self._table}_{name}"))
            )

    # ------------------------------------------------------------------
    # Read
    # ------------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._write_pending()
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _merge_customers(self, sources, target) -> None:
        """What was allocated to the documents of merged customers is the target's."""
        self.env.cr.execute(
            SQL(
                "UPDATE funnel_allocation SET partner_id = %s WHERE partner_id IN %s",
                target.id,
                tuple(sources.ids),
            )
        )
        self.invalidate_model(["partner_id"])
