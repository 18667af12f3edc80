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


class FunnelAllocation(models.Model):
    """The allocation as a query of the ledger.

    A document is paid by its reconciliations, one after the other by date of the money;
    its lines share each of them by what they are worth less what was credited of them.
    With ``A(p)`` the money up to the p-th reconciliation, ``C(l)`` the worth of the
    first l lines and ``C`` that of all, ``F(p, l) = round(A(p) * C(l) / C)``, a line
    gets of a reconciliation::

        F(p, l) - F(p - 1, l) - F(p, l - 1) + F(p - 1, l - 1)

    so that the lines add up to each reconciliation, and the reconciliations of a paid
    document to each line, to the cent.
    """

    _inherit = "funnel.allocation"

    def _steps(self, entries: SQL | None = None) -> dict[str, SQL]:
        return {
            "scale": self._scale(),
            "pair": self._pairs(entries),
            "item": self._items(),
            "moved": self._moved(
                entries
                and SQL(
                    "SELECT money_move_id FROM item UNION SELECT UNNEST(%s)", entries
                )
            ),
            "money": self._money(),
            "document": self._documents(),
            "paid": self._paid(),
            "worth": self._priced_lines(SQL("SELECT id, move_type FROM document")),
            "note": self._notes(),
            "note_line": self._priced_lines(
                SQL(
                    "SELECT id, move_type FROM account_move"
                    " WHERE id IN (SELECT note_id FROM note)"
                )
            ),
            "credited": self._credited(),
            "share": self._shares(),
        }

    def _rows(self, entries: SQL | None = None) -> SQL:
        return SQL("%s UNION ALL %s", self._paid_lines(), self._deposits(entries))

    def _scale(self) -> SQL:
        return SQL(
            """
            SELECT id,
                   10 ^ decimal_places::numeric AS units,
                   ROUND(0.1 ^ decimal_places::numeric, decimal_places) AS unit
              FROM res_currency
            """
        )

    def _pairs(self, entries: SQL | None) -> SQL:
        """The two sides of each reconciliation, as far as one is an item of a document:
        what of it was closed, and by what."""
        scope = SQL(
            """
            document.id = ANY(%(entries)s)
            AND partial.id IN (
                SELECT touched.id
                  FROM account_move_line AS own
                  JOIN account_partial_reconcile AS touched
                    ON own.id IN (touched.debit_move_id, touched.credit_move_id)
                 WHERE own.move_id = ANY(%(entries)s))
            """,
            entries=entries,
        )
        return SQL(
            """
            SELECT partial.id AS partial_id,
                   partial.exchange_move_id,
                   own.*,
                   CASE WHEN document.move_type IN %(debits)s THEN own.side
                        ELSE -own.side END AS sign,
                   partial.amount
              FROM account_partial_reconcile AS partial
              JOIN account_move_line AS debit ON debit.id = partial.debit_move_id
              JOIN account_move_line AS credit ON credit.id = partial.credit_move_id
        CROSS JOIN LATERAL (
                   VALUES (1, debit.id, debit.move_id, debit.display_type,
                           partial.debit_amount_currency,
                           credit.id, credit.move_id, credit.date, credit.parent_state,
                           credit.display_type),
                          (-1, credit.id, credit.move_id, credit.display_type,
                           partial.credit_amount_currency,
                           debit.id, debit.move_id, debit.date, debit.parent_state,
                           debit.display_type)
                   ) AS own (side, line_id, move_id, display_type, amount_currency,
                             money_line_id, money_move_id, date, money_state,
                             money_type)
              JOIN account_move AS document ON document.id = own.move_id
             WHERE own.display_type = 'payment_term'
               AND document.state = 'posted'
               AND document.move_type IN %(documents)s
               AND %(scope)s
            """,
            debits=DEBITS,
            documents=DOCUMENTS,
            scope=scope if entries else SQL("TRUE"),
        )

    def _items(self) -> SQL:
        """What each reconciliation closed of a document: the exchange difference that
        it brought to the document's item is part of it, so that what is paid in full is
        paid to its total in each currency."""
        return SQL(
            """
            SELECT pair.partial_id,
                   pair.move_id,
                   pair.sign * (pair.amount + COALESCE(fix.amount, 0)) AS amount,
                   pair.sign * (pair.amount_currency
                                + COALESCE(fix.amount_currency, 0)) AS amount_currency,
                   pair.amount AS of_money,
                   pair.money_line_id,
                   pair.money_move_id,
                   pair.money_type,
                   pair.date
              FROM pair
         LEFT JOIN (SELECT brought.partial_id,
                           brought.line_id,
                           SUM(fix.amount) AS amount,
                           SUM(fix.amount_currency) AS amount_currency
                      FROM pair AS brought
                      JOIN pair AS fix
                        ON fix.line_id = brought.line_id
                       AND fix.money_move_id = brought.exchange_move_id
                  GROUP BY brought.partial_id, brought.line_id) AS fix
                ON fix.partial_id = pair.partial_id
               AND fix.line_id = pair.line_id
             WHERE pair.money_state = 'posted'
            """
        )

    def _moved(self, entries: SQL | None) -> SQL:
        """What each entry moved on the accounts of money: in all, what came in of it,
        and with that what was settled of the bills that count when they are cashed.

        :param entries: a query of the entries, all by default
        """
        return SQL(
            """
            SELECT line.move_id,
                   MIN(line.date) AS date,
                   MIN(line.journal_id) AS journal_id,
                   MIN(line.company_id) AS company_id,
                   COALESCE(SUM(line.balance) FILTER (
                       WHERE account.is_liquidity), 0) AS amount,
                   COALESCE(SUM(line.balance) FILTER (
                       WHERE account.is_liquidity AND line.balance > 0), 0) AS came_in,
                   COALESCE(SUM(CASE WHEN account.is_liquidity THEN line.balance
                                     ELSE line.balance - line.amount_residual
                                END), 0) AS liquid,
                   MAX(CASE WHEN account.is_counted_when_cashed THEN (
                       SELECT MAX(debit_move_id + credit_move_id - line.id)
                         FROM account_partial_reconcile
                        WHERE line.id IN (debit_move_id, credit_move_id))
                       END) AS cash_line_id
              FROM account_move_line AS line
              JOIN account_account AS account
                ON account.id = line.account_id
               AND (account.is_liquidity OR account.is_counted_when_cashed)
             WHERE line.parent_state = 'posted' AND %s
          GROUP BY line.move_id
            """,
            SQL("line.move_id IN (%s)", entries) if entries else SQL("TRUE"),
        )

    def _money(self) -> SQL:
        """How much of an entry's receivables and payables is money, from 0 to 1: less
        than 1 where the entry writes off a part, or a bank kept its charge. A bill that
        counts when it is cashed is money as far as it is settled, by the last entry
        that settled it."""
        return SQL(
            """
            SELECT moved.move_id,
                   LEAST(1, moved.liquid / owed.amount) AS share,
                   COALESCE((SELECT move_id FROM account_move_line
                              WHERE id = moved.cash_line_id),
                            moved.move_id) AS money_move_id,
                   (SELECT date FROM account_move_line
                     WHERE id = moved.cash_line_id) AS cashed_on
              FROM moved
              JOIN (SELECT line.move_id, -SUM(line.balance) AS amount
                      FROM account_move_line AS line
                      JOIN account_account AS account
                        ON account.id = line.account_id
                       AND account.account_type IN
                           ('asset_receivable', 'liability_payable')
                       AND account.is_liquidity IS NOT TRUE
                       AND account.is_counted_when_cashed IS NOT TRUE
                     WHERE line.parent_state = 'posted'
                       AND line.move_id IN (SELECT move_id FROM moved)
                  GROUP BY line.move_id) AS owed ON owed.move_id = moved.move_id
             WHERE moved.liquid * owed.amount > 0
            """
        )

    def _documents(self) -> SQL:
        """The documents that anything was paid of, or credited."""
        return SQL(
            """
            SELECT move.id,
                   move.move_type,
                   NULLIF(foreign_one.units * move.amount_total, 0)::float8 AS total,
                   move.invoice_user_id,
                   move.commercial_partner_id AS partner_id,
                   move.company_id,
                   move.currency_id,
                   CASE WHEN move.move_type LIKE 'out%%' THEN 'customer'
                        ELSE 'supplier' END AS partner_type,
                   CASE WHEN move.move_type IN %s THEN -1 ELSE 1 END AS sign,
                   own.unit AS own_unit,
                   own.units AS own_units,
                   foreign_one.unit AS currency_unit,
                   foreign_one.units AS currency_units
              FROM account_move AS move
              JOIN res_company AS company ON company.id = move.company_id
              JOIN scale AS own ON own.id = company.currency_id
              JOIN scale AS foreign_one ON foreign_one.id = move.currency_id
             WHERE move.id IN (SELECT move_id FROM item)
            """,
            CREDIT_NOTES,
        )

    def _paid(self) -> SQL:
        """The money in each reconciliation of a document, up to it and before it, in the
        smallest units of the currencies. Where an entry is money in part, its
        reconciliations share that part, to the cent too, and so much of an exchange
        difference is with each."""
        return SQL(
            """
            SELECT part.*,
                   SUM(own) OVER earlier AS own_to,
                   SUM(own) OVER earlier - own AS own_from,
                   SUM(currency) OVER earlier AS currency_to,
                   SUM(currency) OVER earlier - currency AS currency_from
              FROM (SELECT item.partial_id,
                           item.move_id,
                           item.money_line_id,
                           money.money_move_id,
                           COALESCE(money.cashed_on, item.date) AS date,
                           (document.own_units * CASE
                               WHEN money.share = 1 THEN item.amount
                               ELSE SIGN(item.amount) * (
                                    ROUND(money.share * %(up_to)s, 2)
                                  - ROUND(money.share * (%(up_to)s - item.of_money), 2)
                                  + ROUND(money.share * (ABS(item.amount) - item.of_money), 2)
                               ) END)::int8::float8 AS own,
                           (document.currency_units * CASE
                               WHEN money.share = 1 THEN item.amount_currency
                               ELSE ROUND(money.share * item.amount_currency, 2)
                               END)::int8::float8 AS currency
                      FROM item
                      JOIN money ON money.move_id = item.money_move_id
                      JOIN document ON document.id = item.move_id
                   ) AS part
            WINDOW earlier AS (PARTITION BY move_id ORDER BY date, partial_id)
            """,
            up_to=SQL(
                """(SELECT SUM(amount) FROM account_partial_reconcile
                     WHERE item.money_line_id IN (debit_move_id, credit_move_id)
                       AND id <= item.partial_id)"""
            ),
        )

    def _deposits(self, entries: SQL | None) -> SQL:
        """What is left of payments that are for an order: the order's deposits."""
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
              JOIN money ON money.move_id = payment.move_id
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
             WHERE payment.deposit_order_id IS NOT NULL AND %(scope)s
            """,
            scope=SQL("payment.move_id = ANY(%s)", entries) if entries else SQL("TRUE"),
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
