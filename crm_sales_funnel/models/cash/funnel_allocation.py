import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, config

from .funnel_allocation_touched import NAMES, Touched

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
    "date_idx": ("", "(date)"),
    "order_idx": ("", "(order_id) WHERE order_id IS NOT NULL"),
}
LEDGER = {
    "account.account": ["account_type", "is_counted_when_cashed", "is_liquidity"],
    "account.move": [
        "amount_total",
        "commercial_partner_id",
        "company_id",
        "currency_id",
        "invoice_user_id",
        "journal_id",
        "move_type",
        "origin_payment_id",
        "reversed_entry_id",
        "state",
    ],
    "account.move.line": [
        "account_id",
        "amount_currency",
        "amount_residual",
        "amount_residual_currency",
        "balance",
        "currency_id",
        "date",
        "display_type",
        "journal_id",
        "move_id",
        "parent_state",
        "partner_id",
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
    "account.payment": [
        "deposit_order_id",
        "move_id",
        "outstanding_account_id",
        "payment_method_line_id",
        "unknown_receipt_id",
    ],
    "funnel.unknown.receipt": ["payment_id"],
    "res.company": ["currency_id"],
    "res.currency": ["decimal_places"],
    "res.partner": ["commercial_partner_id", "user_id"],
    "sale.order": ["amount_total", "amount_untaxed", "user_id"],
    "sale.order.line": ["order_id"],
}
# What this transaction touched since it noted it last.
PENDING = "funnel_allocation"

# Where they are in this table, and in that of receipts and payments.
COLUMNS_OF_OTHERS = ("order_id", "partner_id", "user_id")
CASH = "funnel_cash_report"
# Beyond so many entries all rows are compared instead.
MANY = 50_000
# How long who must not wait does.
A_MOMENT = "200ms"

_logger = logging.getLogger(__name__)


class FunnelAllocation(models.Model):
    """Which invoice line, and so which order and salesperson, each payment paid: one row
    per reconciliation and line.

    The rows follow from the ledger. The documents and payments that a reconciliation
    touched are noted (``funnel.allocation.touched``), and written down in one statement
    by whoever reads the rows next, a job at the latest; receipts and payments
    (``funnel.cash.report``), which follow from these, likewise. So who pays does not wait
    for what is of use to others, nor for others who pay: PostgreSQL takes half as long to
    plan the statement as Odoo to register a payment.
    """

    _name = "funnel.allocation"
    _inherit = "funnel.ledger.table"
    _description = "Allocation of Money"
    _auto = False
    _log_access = False
    _order = "date desc, id desc"
    _stored = COLUMNS
    _indexed = INDEXES
    _key = ("partial_id", "invoice_line_id", "money_line_id")
    _scoped_by = "move_id"
    _money_entry = "money_move_id"

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
        result = super().init()
        # What it follows from is not there yet at an installation.
        self.pool.post_init(self._rebuild)
        return result

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
            self._forget_collected()
            self.env["account.move.line"]._forget_open_amounts()
            payers = moves.ids if all_they_pay else ()
            self._touch_ids(moves=moves.ids, payers=payers)

    @api.model
    def _touch_orders(self, orders) -> None:
        """Note that the salesperson or the price of orders may have changed, or that
        they are gone."""
        if orders:
            self._touch_ids(orders=orders.ids)

    @api.model
    def _forget_collected(self) -> None:
        """Let orders compute anew what was collected for them."""
        orders = self.env["sale.order"]
        orders.invalidate_model(["collected_amount", "deposit_amount"], flush=False)

    @api.model
    def _touch_ids(self, **ids) -> None:
        """Note what was touched; of records other than entries, whatever will be written
        down of them when it is read: somebody may be about it at this moment.

        :param ids: as those of ``Touched``
        """
        hooks = self.env.cr.precommit
        if PENDING not in hooks.data:
            hooks.data[PENDING] = Touched()
            hooks.add(self._note_pending)
        hooks.data[PENDING].update(Touched(**ids))

    def _get_written_of(self, touched: Touched) -> set[int]:
        """Return the entries of which something is written down that is of these orders,
        customers or salespeople."""
        queries = [
            SQL(
                "SELECT %s FROM %s WHERE %s = ANY(%s)",
                SQL.identifier(entry),
                SQL.identifier(table),
                SQL.identifier(column),
                list(touched.others[name]),
            )
            for name, column in zip(NAMES, COLUMNS_OF_OTHERS, strict=True)
            for table, entry in ((self._table, "move_id"), (CASH, "entry_id"))
            if touched.others[name]
        ]
        rows = self.env.execute_query(SQL(" UNION ").join(queries)) if queries else ()
        return {move for (move,) in rows}

    @api.model
    def _note_pending(self) -> None:
        """Leave what was touched to whoever reads next. Also what is written down
        already: others may have been allocating to the same documents meanwhile."""
        touched = self.env.cr.precommit.data.pop(PENDING, None)
        if not touched:
            return
        self.env["funnel.allocation.touched"]._note(touched)
        if config["db_replica_host"]:
            # Who reads there cannot write it down.
            job = "crm_sales_funnel.funnel_allocation_cron_write"
            started = self.env.ref(job, raise_if_not_found=False)
            if started:
                # sudo: a job is started, whoever pays.
                started.sudo()._trigger()

    @api.model
    def _write_pending(self, may_wait: bool = True) -> None:
        """Write down what was touched, in this transaction or in others before it.

        :param may_wait: for others who are about it. Else it is left to them, and what
            is written down is as it was before
        :raise psycopg2.errors.SerializationFailure: somebody else did at the same time:
            Odoo repeats the request
        """
        # Which touch their orders and entries when they change.
        self.env["sale.order"].flush_model(["amount_total", "amount_untaxed"])
        self.env["account.payment"].flush_model(["deposit_order_id"])
        self._note_pending()
        if not self.env["funnel.allocation.touched"]._is_any():
            return
        self._flush_ledger()
        self._note_pending()  # what that has touched
        if may_wait:
            self._write_noted()
        else:
            self._write_noted_unless_others_do()

    @api.model
    def _write_noted_unless_others_do(self) -> None:
        """Who saves an order must not be thrown back since somebody else reads what was
        paid, nor wait for that. All is flushed, so that nothing is lost with the
        savepoint."""
        cr = self.env.cr
        cr.execute("SELECT current_setting('lock_timeout')")
        (patience,) = cr.fetchone()
        try:
            with cr.savepoint(flush=False):
                cr.execute("SELECT set_config('lock_timeout', %s, TRUE)", [A_MOMENT])
                self._write_noted()
                cr.execute("SELECT set_config('lock_timeout', %s, TRUE)", [patience])
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.debug("What is allocated is written down by somebody else.")

    @api.model
    def _write_noted(self) -> None:
        touched = self.env["funnel.allocation.touched"]._take()
        touched.moves |= self._get_written_of(touched)
        if len(touched.moves) > MANY:
            self._rebuild()
        elif touched.moves:
            changed = self._update_table(sorted(touched.moves), sorted(touched.payers))
            entries = touched.moves.union(changed) - {None}
            self.env["funnel.cash.report"]._update_table(sorted(entries))
        self._forget_collected()

    @api.model
    def _cron_write_pending(self) -> None:
        """Write down what nobody read for a while, so that who does needs not wait."""
        try:
            self._write_pending()
            self.env["funnel.allocation.touched"]._forget_needless()
            self.env["ir.cron"]._commit_progress()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
            _logger.info("What is allocated is written down by somebody else.")

    def _scope(self, entries: SQL, payers: SQL) -> SQL:
        """The documents and payments that entries touch: of those themselves, and of the
        payments by bills that they cash, what anything is allocated by or to, and what
        is paid by them where they write off a part, which all share, or where they are
        among the payers, or credited by them."""
        return SQL(
            """
            WITH touched AS MATERIALIZED (
                SELECT UNNEST(%(entries)s) AS move_id
                 UNION
                SELECT settled.move_id
                  FROM account_move_line AS bill
                  JOIN account_account AS account
                    ON account.id = bill.account_id
                   AND account.is_counted_when_cashed
            CROSS JOIN LATERAL (
                       SELECT credit_move_id AS id FROM account_partial_reconcile
                        WHERE debit_move_id = bill.id
                        UNION ALL
                       SELECT debit_move_id FROM account_partial_reconcile
                        WHERE credit_move_id = bill.id) AS other
                  JOIN account_move_line AS settled ON settled.id = other.id
                 WHERE bill.move_id = ANY(%(entries)s))
            SELECT move_id FROM funnel_allocation WHERE move_id = ANY(%(touched)s)
             UNION
            SELECT move_id FROM account_payment
             WHERE move_id = ANY(%(touched)s) AND deposit_order_id IS NOT NULL
             UNION
            SELECT line.move_id
              FROM account_move_line AS line
             WHERE line.move_id = ANY(%(touched)s)
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
             WHERE entry.id = ANY(%(touched)s)
               AND CASE entry.move_type
                   WHEN 'entry' THEN
                       entry.id = ANY(%(payers)s)
                       OR EXISTS (
                           SELECT FROM account_move_line AS rest
                             JOIN account_account AS account
                               ON account.id = rest.account_id
                              AND account.is_liquidity IS NOT TRUE
                              AND (account.is_counted_when_cashed
                                   OR account.account_type
                                      NOT IN ('asset_receivable', 'liability_payable'))
                            WHERE rest.move_id = entry.id)
                   ELSE entry.move_type IN ('out_refund', 'in_refund') END
            """,
            entries=entries,
            touched=SQL("ARRAY(SELECT move_id FROM touched)"),
            payers=payers,
        )

    def _flush_ledger(self) -> None:
        for name, names in LEDGER.items():
            self.env[name].flush_model(names)

    @api.model
    def _rebuild(self) -> dict[str, int]:
        """Compare all rows with the ledger, and mend what differs: one transaction after
        the other, so that who waits here is repeated by Odoo.

        :return: how many rows were ``missing``, ``wrong`` and ``needless``
        """
        self.env.cr.execute(
            "UPDATE ir_model SET id = id WHERE model = %s", [self._name]
        )
        self.env["funnel.allocation.touched"]._take(all_of_them=True)
        self.env["account.account"]._mark_all_liquidity()
        self._flush_ledger()
        tables = self, self.env["funnel.cash.report"]
        found = [table._rebuild_table() for table in tables]
        for table in tables:
            table._forget_steps()
        return {name: sum(some[name] for some in found) for name in found[0]}

    @api.model
    def _cron_compare(self) -> None:
        """Mend what two transactions at once, or SQL beside the ORM, left behind."""
        found = self._rebuild()
        if any(found.values()):
            _logger.info("Allocation of money: %s", found)

    # ------------------------------------------------------------------
    # Read
    # ------------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._write_pending()
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _get_collected(self, order_ids) -> dict[int, tuple[float, float]]:
        """Return order id -> what was received for it, and what of that is not applied
        to an invoice yet, in the currency of the company. While somebody else is writing
        that down it is as it was before: orders are saved all the time."""
        self._write_pending(may_wait=False)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT order_id, SUM(amount),
                       COALESCE(SUM(amount) FILTER (WHERE partial_id IS NULL), 0)
                  FROM funnel_allocation
                 WHERE order_id IN %s AND partner_type = 'customer'
              GROUP BY order_id
                """,
                tuple(order_ids) or (0,),
            )
        )
        return {
            order: (float(collected), float(deposits))
            for order, collected, deposits in rows
        }

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
        # Of their people, money on account is written down as of whom they belong to.
        self._touch_ids(partners=(sources | sources.commercial_partner_id).ids)
