from odoo import models
from odoo.tools import SQL

DOCUMENTS = (
    "out_invoice",
    "out_refund",
    "out_receipt",
    "in_invoice",
    "in_refund",
    "in_receipt",
)
# Documents whose open items are debits, and those that take back (credit notes): what
# is paid of these is paid back.
DEBITS = ("out_invoice", "out_receipt", "in_refund")
CREDIT_NOTES = ("out_refund", "in_refund")


class FunnelAllocation(models.AbstractModel):
    """The allocation as a pure query.

    A document is paid by its reconciliations, one after the other by date of the money;
    its lines share each of them by what they are worth less what was credited of them.
    With ``A(p)`` the money up to the p-th reconciliation, ``C(l)`` the worth of the
    first l lines and ``C`` that of all, ``F(p, l) = round(A(p) * C(l) / C)``, a line
    gets of a reconciliation::

        F(p, l) - F(p - 1, l) - F(p, l - 1) + F(p - 1, l - 1)

    so that the lines add up to each reconciliation, and the reconciliations of a paid
    document to each line, to the cent.
    """

    _name = "funnel.allocation.query"
    _description = "Query of the Allocation of Money"

    def _query(self, moves: SQL | None = None) -> SQL:
        """Return a query of what is allocated.

        :param moves: an array of ids of journal entries: only what is allocated to these
            documents, and the deposits of these payments. All by default.
        """
        return SQL(
            """
            WITH scale AS MATERIALIZED (%(scale)s),
                 item AS (%(items)s),
                 money AS (%(money)s),
                 paid AS (%(paid)s),
                 worth AS (%(worth)s),
                 credited AS (%(credited)s),
                 share AS (%(shares)s)
            %(rows)s
             UNION ALL
            %(deposits)s
            """,
            scale=self._scale(),
            items=self._items(moves),
            money=self._money(moves and SQL("SELECT money_move_id FROM item")),
            paid=self._paid(),
            credited=self._credited(),
            worth=self._priced_lines(moves and SQL("SELECT move_id FROM paid")),
            shares=self._shares(),
            rows=self._rows(),
            deposits=self._deposits(moves),
        )

    def _items(self, moves: SQL | None) -> SQL:
        """What each reconciliation closed of a document: the exchange difference that
        it brought to the document's item is part of it, so that what is paid in full is
        paid to its total in each currency."""
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT partial.id AS partial_id,
                       document.id AS move_id,
                       %(sign)s * %(amount)s AS amount,
                       %(sign)s * %(amount_currency)s AS amount_currency,
                       partial.amount AS of_money,
                       other.id AS money_line_id,
                       other.move_id AS money_move_id,
                       other.date
                  FROM account_move AS document
                  JOIN account_move_line AS own
                    ON own.move_id = document.id
                   AND own.display_type = 'payment_term'
                  JOIN account_partial_reconcile AS partial
                    ON partial.%(own)s = own.id
                  JOIN account_move_line AS other
                    ON other.id = partial.%(other)s
                   AND other.parent_state = 'posted'
                 WHERE document.state = 'posted'
                   AND document.move_type IN %(documents)s
                   AND %(scope)s
                """,
                sign=SQL(
                    "(CASE WHEN document.move_type IN %s THEN %s ELSE %s END)",
                    DEBITS,
                    1 if own == "debit" else -1,
                    -1 if own == "debit" else 1,
                ),
                amount=self._closed(own, other, "amount"),
                amount_currency=self._closed(own, other, f"{own}_amount_currency"),
                own=SQL.identifier(f"{own}_move_id"),
                other=SQL.identifier(f"{other}_move_id"),
                documents=DOCUMENTS,
                scope=SQL("TRUE")
                if moves is None
                else SQL("document.id = ANY(%s)", moves),
            )
            for own, other in (("debit", "credit"), ("credit", "debit"))
        )

    def _closed(self, own: str, other: str, amount: str) -> SQL:
        # Not a join: PostgreSQL would do it for all reconciliations, few of which
        # brought a difference.
        return SQL(
            """
            CASE WHEN partial.exchange_move_id IS NULL THEN partial.%(amount)s
                 ELSE partial.%(amount)s + COALESCE((
                     SELECT SUM(fix.%(amount)s)
                       FROM account_move_line AS line
                       JOIN account_partial_reconcile AS fix
                         ON fix.%(other)s = line.id AND fix.%(own)s = own.id
                      WHERE line.move_id = partial.exchange_move_id), 0)
            END
            """,
            amount=SQL.identifier(amount),
            own=SQL.identifier(f"{own}_move_id"),
            other=SQL.identifier(f"{other}_move_id"),
        )

    def _money(self, entries: SQL | None) -> SQL:
        """How much of an entry's receivables and payables is money, from 0 to 1: less
        than 1 where the entry writes off a part, or a bank kept its charge. A bill that
        counts when it is cashed is money as far as it is settled, by the last entry
        that settled it."""
        return SQL(
            """
            SELECT entry.move_id,
                   LEAST(1, liquid / owed) AS share,
                   COALESCE(cash.move_id, entry.move_id) AS money_move_id,
                   cash.date AS cashed_on
              FROM (SELECT line.move_id,
                           SUM(CASE WHEN account.is_liquidity THEN line.balance
                                    WHEN account.is_counted_when_cashed
                                    THEN line.balance - line.amount_residual
                               END) AS liquid,
                           -SUM(line.balance) FILTER (
                               WHERE account.is_liquidity IS NOT TRUE
                                 AND account.is_counted_when_cashed IS NOT TRUE
                                 AND account.account_type IN
                                     ('asset_receivable', 'liability_payable')
                           ) AS owed,
                           MAX(CASE WHEN account.is_counted_when_cashed THEN (
                               SELECT MAX(debit_move_id + credit_move_id - line.id)
                                 FROM account_partial_reconcile
                                WHERE line.id IN (debit_move_id, credit_move_id))
                               END) AS cash_line_id
                      FROM account_move_line AS line
                      JOIN account_account AS account
                        ON account.id = line.account_id
                       AND (account.is_liquidity
                            OR account.is_counted_when_cashed
                            OR account.account_type IN
                               ('asset_receivable', 'liability_payable'))
                     WHERE line.parent_state = 'posted' AND %(scope)s
                  GROUP BY line.move_id) AS entry
         LEFT JOIN account_move_line AS cash ON cash.id = entry.cash_line_id
             WHERE liquid * owed > 0
            """,
            scope=SQL("line.move_id IN (%s)", entries) if entries else SQL("TRUE"),
        )

    def _paid(self) -> SQL:
        """The money in each reconciliation of a document, and in all up to it. Where an
        entry is money in part, its reconciliations share that part, to the cent too, and
        so much of an exchange difference is with each."""
        return SQL(
            """
            SELECT part.*,
                   SUM(amount) OVER earlier AS up_to,
                   SUM(amount_currency) OVER earlier AS up_to_currency
              FROM (SELECT item.partial_id,
                           item.move_id,
                           item.money_line_id,
                           money.money_move_id,
                           COALESCE(money.cashed_on, item.date) AS date,
                           CASE WHEN money.share = 1 THEN item.amount
                                ELSE SIGN(item.amount) * (
                                    ROUND(money.share * %(up_to)s, 2)
                                  - ROUND(money.share * (%(up_to)s - item.of_money), 2)
                                  + ROUND(money.share * (ABS(item.amount) - item.of_money), 2)
                                ) END AS amount,
                           CASE WHEN money.share = 1 THEN item.amount_currency
                                ELSE ROUND(money.share * item.amount_currency, 2)
                            END AS amount_currency
                      FROM item
                      JOIN money ON money.move_id = item.money_move_id
                   ) AS part
            WINDOW earlier AS (PARTITION BY move_id ORDER BY date, partial_id)
            """,
            up_to=SQL(
                """(SELECT SUM(amount) FROM account_partial_reconcile
                     WHERE item.money_line_id IN (debit_move_id, credit_move_id)
                       AND id <= item.partial_id)"""
            ),
        )

    def _scale(self) -> SQL:
        return SQL(
            """
            SELECT id,
                   (10 ^ decimal_places)::float8 AS units,
                   ROUND(0.1 ^ decimal_places::numeric, decimal_places) AS unit
              FROM res_currency
            """
        )

    def _deposits(self, moves: SQL | None) -> SQL:
        """What is left of payments that are for an order: the order's deposits."""
        scope = SQL("TRUE") if moves is None else SQL("move_id = ANY(%s)", moves)
        payments = SQL(
            "SELECT move_id FROM account_payment"
            " WHERE deposit_order_id IS NOT NULL AND %s",
            scope,
        )
        return SQL(
            """
            SELECT NULL::int4 AS partial_id,
                   NULL::int4 AS invoice_line_id,
                   line.id AS money_line_id,
                   money.money_move_id,
                   COALESCE(money.cashed_on, line.date) AS date,
                   line.move_id,
                   'customer' AS partner_type,
                   NULL::int4 AS sale_line_id,
                   sale.id AS order_id,
                   sale.user_id,
                   contact.commercial_partner_id AS partner_id,
                   line.company_id,
                   line.currency_id,
                   %(own)s AS amount,
                   ROUND(%(own)s * untaxed.share, own.decimal_places)
                       AS amount_untaxed,
                   %(foreign_one)s AS amount_currency,
                   ROUND(%(foreign_one)s * untaxed.share, foreign_one.decimal_places)
                       AS amount_untaxed_currency
              FROM account_payment AS payment
              JOIN (%(money)s) AS money ON money.move_id = payment.move_id
              JOIN account_move_line AS line
                ON line.move_id = payment.move_id
               AND (line.amount_residual <> 0 OR line.amount_residual_currency <> 0)
              JOIN account_account AS account
                ON account.id = line.account_id
               AND account.account_type = 'asset_receivable'
               AND account.is_liquidity IS NOT TRUE
              JOIN res_company AS company ON company.id = line.company_id
              JOIN res_currency AS own ON own.id = company.currency_id
              JOIN res_currency AS foreign_one ON foreign_one.id = line.currency_id
              JOIN sale_order AS sale ON sale.id = payment.deposit_order_id
         LEFT JOIN res_partner AS contact ON contact.id = line.partner_id
        CROSS JOIN LATERAL (
                   SELECT COALESCE(
                       sale.amount_untaxed / NULLIF(sale.amount_total, 0), 1) AS share
                   ) AS untaxed
            """,
            money=self._money(payments),
            own=self._rest("balance", "amount_residual", "own"),
            foreign_one=self._rest(
                "amount_currency", "amount_residual_currency", "foreign_one"
            ),
        )

    def _rest(self, amount: str, residual: str, currency: str) -> SQL:
        """The money in what is left of an item, less what its reconciliations took."""
        return SQL(
            "(ROUND(-money.share * %(amount)s, %(places)s)"
            " - ROUND(-money.share * (%(amount)s - %(residual)s), %(places)s))",
            amount=SQL.identifier("line", amount),
            residual=SQL.identifier("line", residual),
            places=SQL.identifier(currency, "decimal_places"),
        )
