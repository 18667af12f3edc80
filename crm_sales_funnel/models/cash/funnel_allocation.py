import logging

from odoo import api, fields, models
from odoo.tools import SQL

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
    "user_idx": ("", "(user_id)"),
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
# What is to be allocated, until somebody reads it or the transaction ends.
PENDING = "funnel_allocation"

# Beyond so many entries all rows are compared instead.
MANY = 50_000
# The name of a statement that connections keep: another one for another text.
TURN = "funnel_allocation_turn_1"

_logger = logging.getLogger(__name__)


class Pending:
    """Entries that were touched, and those of them that all they pay depends on; orders
    that were."""

    def __init__(self):
        self.moves = set()
        self.payers = set()
        self.orders = set()


class FunnelAllocation(models.Model):
    """Which invoice line, and so which order and salesperson, each payment paid: one row
    per reconciliation and line.

    The rows follow from the ledger. The documents and payments that a reconciliation
    touched are noted, and written down in one statement before anybody reads the rows,
    at the latest when the transaction ends; receipts and payments
    (``funnel.cash.report``), which follow from these, likewise.
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
            pending = self._get_pending()
            pending.moves.update(moves.ids)
            if all_they_pay:
                pending.payers.update(moves.ids)

    @api.model
    def _touch_orders(self, orders) -> None:
        """Note that the salesperson or the price of orders may have changed."""
        if orders:
            self._get_pending().orders.update(orders.ids)

    @api.model
    def _forget_collected(self) -> None:
        """Let orders compute anew what was collected for them."""
        orders = self.env["sale.order"]
        orders.invalidate_model(["collected_amount", "deposit_amount"], flush=False)

    @api.model
    def _get_pending(self) -> Pending:
        data = self.env.cr.precommit.data
        if PENDING not in data:
            data[PENDING] = Pending()
            self.env.cr.precommit.add(self._write_pending)
        return data[PENDING]

    @api.model
    def _get_moves_of(self, name: str, records):
        """Return what was paid of these orders or by these salespeople.

        :param name: of a column
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT move_id FROM %s WHERE %s IN %s",
                SQL.identifier(self._table),
                SQL.identifier(name),
                tuple(records.ids) or (0,),
            )
        )
        return self.env["account.move"].browse(move for (move,) in rows)

    @api.model
    def _write_pending(self) -> None:
        """Write down what was touched."""
        # Which touches its order when it changes.
        self.env["sale.order"].flush_model(["amount_total", "amount_untaxed"])
        pending = self.env.cr.precommit.data.pop(PENDING, None)
        if not pending:
            return
        if pending.orders:
            orders = self.env["sale.order"].browse(pending.orders)
            pending.moves.update(self._get_moves_of("order_id", orders).ids)
        if len(pending.moves) > MANY:
            self._rebuild()
        elif pending.moves:
            self._flush_ledger()
            self._take_turns(sorted(pending.moves))
            changed = self._update_table(sorted(pending.moves), sorted(pending.payers))
            entries = pending.moves.union(changed) - {None}
            self.env["funnel.cash.report"]._update_table(sorted(entries))
        self._forget_collected()

    def _take_turns(self, moves: list[int]) -> None:
        """Let one transaction after the other say what is paid of the same documents.

        Written and not only locked: who waits here for somebody else is repeated by Odoo
        and then sees what he did. What this transaction wrote already is its turn.
        """
        prepared = self._get_prepared()
        if TURN not in prepared:
            self.env.cr.execute(
                SQL(
                    "PREPARE %s AS UPDATE account_move SET id = id WHERE id IN ("
                    "SELECT id FROM account_move"
                    " WHERE id = ANY($1::int4[]) AND xmin <> pg_current_xact_id()::xid"
                    " ORDER BY id FOR NO KEY UPDATE)",
                    SQL.identifier(TURN),
                )
            )
            prepared.add(TURN)
        self.env.cr.execute(SQL("EXECUTE %s(%s)", SQL.identifier(TURN), moves))

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
        self.env["funnel.cash.report"]._touch_partners(sources)
