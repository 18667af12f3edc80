from odoo import models
from odoo.tools import SQL

# Documents whose open items are debits, and the others; and those that take back (credit
# notes): what is paid of these is paid back.
DEBITS = ("out_invoice", "out_receipt", "in_refund")
DOCUMENTS = (*DEBITS, "in_invoice", "in_receipt", "out_refund")
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
            "line": self._lines(entries and self._near(entries)),
            "pair": self._pairs(entries),
            "exchange": self._exchanges(),
            "document": self._documents(),
            "moved": self._moved(),
            "money": self._money(),
            "part": self._parts(),
            "paid": self._paid(),
            "note": self._notes(),
            "worth": self._priced_lines(
                SQL(
                    "SELECT id, move_type FROM document"
                    " WHERE id IN (SELECT move_id FROM note)"
                )
            ),
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
                   decimal_places AS places,
                   10 ^ decimal_places::numeric AS units,
                   ROUND(0.1 ^ decimal_places::numeric, decimal_places) AS unit
              FROM res_currency
            """
        )

    def _near(self, entries: SQL) -> SQL:
        """These entries, and all that is reconciled with them."""
        return SQL(
            """
            SELECT UNNEST(%(entries)s)
             UNION
            SELECT other.move_id
              FROM account_move_line AS own
              JOIN account_partial_reconcile AS partial
                ON own.id IN (partial.debit_move_id, partial.credit_move_id)
              JOIN account_move_line AS other
                ON other.id = partial.debit_move_id + partial.credit_move_id - own.id
             WHERE own.move_id = ANY(%(entries)s)
            """,
            entries=entries,
        )

    def _lines(self, entries: SQL | None) -> SQL:
        """The journal items of money and of what is owed, and the bills that count when
        they are cashed: all that this is about, a third of the ledger.

        :param entries: a query of the entries, all by default
        """
        return SQL(
            """
            SELECT line.id,
                   line.move_id,
                   line.date,
                   line.journal_id,
                   line.company_id,
                   line.partner_id,
                   line.balance,
                   line.amount_residual,
                   line.currency_id <> line.company_currency_id AS is_foreign,
                   line.display_type = 'payment_term' AS is_of_document,
                   account.account_type = 'asset_receivable' AS is_receivable,
                   account.is_liquidity IS TRUE AS is_liquid,
                   account.is_counted_when_cashed IS TRUE
                       AND account.is_liquidity IS NOT TRUE AS is_bill,
                   account.is_liquidity IS NOT TRUE
                       AND account.account_type IN
                           ('asset_receivable', 'liability_payable') AS is_owed
              FROM account_move_line AS line
              JOIN account_account AS account
                ON account.id = line.account_id
               AND (account.is_liquidity
                    OR account.is_counted_when_cashed
                    OR account.account_type IN
                       ('asset_receivable', 'liability_payable'))
             WHERE line.parent_state = 'posted' AND %s
            """,
            SQL("line.move_id IN (%s)", entries) if entries else SQL("TRUE"),
        )

    def _pairs(self, entries: SQL | None) -> SQL:
        """The two sides of each reconciliation, as far as one is an item of a document:
        what of it was closed, and by what."""
        return SQL(
            """
            SELECT partial.id AS partial_id,
                   partial.exchange_move_id,
                   partial.amount,
                   side,
                   CASE side WHEN 1 THEN debit.id ELSE credit.id END AS line_id,
                   CASE side WHEN 1 THEN debit.move_id ELSE credit.move_id END
                       AS move_id,
                   CASE side WHEN 1 THEN partial.debit_amount_currency
                             ELSE partial.credit_amount_currency END
                       AS amount_currency,
                   CASE side WHEN 1 THEN credit.id ELSE debit.id END AS money_line_id,
                   CASE side WHEN 1 THEN credit.move_id ELSE debit.move_id END
                       AS money_move_id,
                   CASE side WHEN 1 THEN credit.date ELSE debit.date END AS date,
                   CASE side WHEN 1 THEN credit.is_of_document
                             ELSE debit.is_of_document END AS is_by_document
              FROM account_partial_reconcile AS partial
              JOIN line AS debit
                ON debit.id = partial.debit_move_id AND debit.is_owed
              JOIN line AS credit
                ON credit.id = partial.credit_move_id AND credit.is_owed
              JOIN (VALUES (1), (-1)) AS each (side)
                ON CASE side WHEN 1 THEN debit.is_of_document
                             ELSE credit.is_of_document END
             WHERE %s
            """,
            SQL(
                "CASE side WHEN 1 THEN debit.move_id ELSE credit.move_id END = ANY(%s)",
                entries,
            )
            if entries
            else SQL("TRUE"),
        )

    def _exchanges(self) -> SQL:
        """What the exchange entries of reconciliations closed of a document's item."""
        return SQL(
            """
            SELECT brought.partial_id,
                   brought.line_id,
                   SUM(fix.amount) AS amount,
                   SUM(fix.amount_currency) AS amount_currency
              FROM pair AS brought
              JOIN pair AS fix
                ON fix.line_id = brought.line_id
               AND fix.money_move_id = brought.exchange_move_id
          GROUP BY brought.partial_id, brought.line_id
            """
        )

    def _items(self) -> SQL:
        """What each reconciliation closed of a document, more than 0 where the item is a
        debit: the exchange difference that it brought to the document's item is part of
        it, so that what is paid in full is paid to its total in each currency."""
        return SQL(
            """
            SELECT pair.partial_id,
                   pair.move_id,
                   pair.side * (pair.amount + COALESCE(exchange.amount, 0)) AS amount,
                   pair.side * (pair.amount_currency
                                + COALESCE(exchange.amount_currency, 0))
                       AS amount_currency,
                   pair.amount AS of_money,
                   pair.money_line_id,
                   pair.money_move_id,
                   pair.is_by_document,
                   pair.date
              FROM pair
         LEFT JOIN exchange
                ON exchange.partial_id = pair.partial_id
               AND exchange.line_id = pair.line_id
            """
        )

    def _moved(self) -> SQL:
        """What each entry moved on the accounts of money: in all, what came in of it,
        and with that what was settled of the bills that count when they are cashed, and
        of what is owed."""
        return SQL(
            """
            SELECT move_id,
                   MIN(date) AS date,
                   MIN(journal_id) AS journal_id,
                   MIN(company_id) AS company_id,
                   COALESCE(SUM(balance) FILTER (WHERE is_liquid), 0) AS amount,
                   COALESCE(SUM(balance) FILTER (WHERE is_liquid AND balance > 0), 0)
                       AS came_in,
                   COALESCE(SUM(CASE WHEN is_bill THEN %(settled)s END), 0) AS settled,
                   -SUM(balance) FILTER (WHERE is_owed AND NOT is_bill) AS owed,
                   MAX(CASE WHEN is_bill THEN %(cash_line)s END) AS cash_line_id
              FROM line
             WHERE move_id IN (SELECT move_id FROM line WHERE is_liquid OR is_bill)
          GROUP BY move_id
            """,
            settled=self._cashed(
                "SUM(CASE WHEN debit_move_id = line.id THEN counted ELSE -counted END)"
            ),
            cash_line=self._cashed(
                "MAX(CASE WHEN settles THEN line.id ELSE other_id END)"
                " FILTER (WHERE counted <> 0)"
            ),
        )

    def _cashed(self, what: str) -> SQL:
        """Something of the reconciliations of a bill as far as they are money, which is
        ``counted``: it was cashed, or handed on to a vendor. What the customer owes
        again, since it bounced, is none. Money of an unknown payer is where it arrived.
        """
        return SQL(
            """
            (SELECT %s
               FROM (SELECT debit_move_id,
                            other.id AS other_id,
                            settles,
                            ROUND(partial.amount * of_bills.share, decimal_places)
                                AS counted
                       FROM account_partial_reconcile AS partial
                       JOIN account_move_line AS other
                         ON other.id = debit_move_id + credit_move_id - line.id
                       JOIN res_company AS company ON company.id = line.company_id
                       JOIN res_currency AS own ON own.id = company.currency_id
                 CROSS JOIN LATERAL (%s) AS which
                 CROSS JOIN LATERAL (%s) AS of_bills
                      WHERE line.id IN (debit_move_id, credit_move_id)) AS partial)
            """,
            SQL(what),
            self._settling(),
            self._of_bills(),
        )

    def _settling(self) -> SQL:
        """Whether it is the ``line`` itself that settles the bill, rather than
        ``other``: not the payment by the bill, else the later one. That money arrived
        settles what waits for its payer."""
        own, other = (
            SQL(
                "EXISTS (SELECT FROM account_payment AS payment"
                " WHERE payment.move_id = %s"
                " AND payment.outstanding_account_id = other.account_id)",
                SQL.identifier(name, "move_id"),
            )
            for name in ("line", "other")
        )
        return SQL(
            """
            SELECT NOT line.is_owed AND CASE
                       WHEN by_bill.own = by_bill.other
                       THEN (line.date, line.id) > (other.date, other.id)
                       ELSE by_bill.other END AS settles
              FROM (SELECT %s AS own, %s AS other) AS by_bill
            """,
            own,
            other,
        )

    def _of_bills(self) -> SQL:
        """The share of its bills, from 0 to 1, that an entry turns into money, or hands
        on to a vendor: not what it puts on other accounts only, or back to what is owed.
        Which of its bills bounced it does not tell, so that they share it."""
        return SQL(
            """
            SELECT CASE WHEN -SIGN(bills) * money > 0 OR bills < 0 AND payable > 0
                        THEN GREATEST(0, 1 - GREATEST(0, CASE
                             WHEN bills < 0 THEN receivable ELSE -payable END)
                             / ABS(bills))
                        ELSE 0 END AS share
              FROM (SELECT NULLIF(SUM(balance) FILTER (WHERE kind = 'bill'), 0) AS bills,
                           COALESCE(SUM(balance) FILTER (WHERE kind = 'money'), 0)
                               AS money,
                           COALESCE(SUM(balance) FILTER (
                               WHERE kind = 'asset_receivable'), 0) AS receivable,
                           COALESCE(SUM(balance) FILTER (
                               WHERE kind = 'liability_payable'), 0) AS payable
                      FROM (SELECT item.balance,
                                   CASE WHEN account.is_liquidity THEN 'money'
                                        WHEN account.is_counted_when_cashed THEN 'bill'
                                        ELSE account.account_type END AS kind
                              FROM account_move_line AS item
                              JOIN account_account AS account
                                ON account.id = item.account_id
                             WHERE item.move_id = CASE
                                   WHEN which.settles THEN line.move_id
                                   ELSE other.move_id END) AS item) AS summed
            """
        )

    def _money(self) -> SQL:
        """How much of an entry's receivables and payables is money, from 0 to 1: less
        than 1 where the entry writes off a part, or a bank kept its charge. A bill that
        counts when it is cashed is money as far as it is settled, by the last entry
        that settled it."""
        return SQL(
            """
            SELECT moved.move_id,
                   LEAST(1, (moved.amount + moved.settled) / moved.owed) AS share,
                   CASE WHEN moved.cash_line_id IS NULL THEN moved.move_id
                        ELSE (SELECT move_id FROM account_move_line
                               WHERE id = moved.cash_line_id) END AS money_move_id,
                   CASE WHEN moved.cash_line_id IS NOT NULL
                        THEN (SELECT date FROM account_move_line
                               WHERE id = moved.cash_line_id) END AS cashed_on
              FROM moved
             WHERE (moved.amount + moved.settled) * moved.owed > 0
            """
        )

    def _parts(self) -> SQL:
        """The reconciliations of items that are money in part: how much of the item was
        reconciled up to each."""
        return SQL(
            """
            SELECT partial.id AS partial_id,
                   line.id AS line_id,
                   SUM(partial.amount) OVER (PARTITION BY line.id ORDER BY partial.id)
                       AS up_to
              FROM money
              JOIN line ON line.move_id = money.move_id AND line.is_owed
        CROSS JOIN LATERAL (
                   SELECT id, amount FROM account_partial_reconcile
                    WHERE debit_move_id = line.id
                    UNION ALL
                   SELECT id, amount FROM account_partial_reconcile
                    WHERE credit_move_id = line.id) AS partial
             WHERE money.share <> 1
            """
        )

    def _documents(self) -> SQL:
        """The documents that anything was paid of, or credited."""
        return SQL(
            """
            SELECT move.id,
                   move.move_type,
                   move.reversed_entry_id,
                   NULLIF(foreign_one.units * move.amount_total, 0)::float8 AS total,
                   move.invoice_user_id,
                   move.commercial_partner_id AS partner_id,
                   move.company_id,
                   move.currency_id,
                   move.currency_id <> company.currency_id AS is_foreign,
                   CASE WHEN move.move_type LIKE 'out%%' THEN 'customer'
                        ELSE 'supplier' END AS partner_type,
                   CASE WHEN move.move_type IN %s THEN -1 ELSE 1 END AS sign,
                   CASE WHEN move.move_type IN %s THEN 1 ELSE -1 END AS side,
                   own.places AS own_places,
                   own.unit AS own_unit,
                   own.units AS own_units,
                   foreign_one.places AS currency_places,
                   foreign_one.unit AS currency_unit,
                   foreign_one.units AS currency_units
              FROM account_move AS move
              JOIN res_company AS company ON company.id = move.company_id
              JOIN scale AS own ON own.id = company.currency_id
              JOIN scale AS foreign_one ON foreign_one.id = move.currency_id
             WHERE move.id IN (SELECT move_id FROM pair)
               AND move.move_type IN %s
            """,
            CREDIT_NOTES,
            DEBITS,
            DOCUMENTS,
        )

    def _paid(self) -> SQL:
        """The money in each reconciliation of a document, up to it and before it, in the
        smallest units of the currencies. Where an entry is money in part, its
        reconciliations share that part, to the cent too, and so much of an exchange
        difference is with each."""
        return SQL(
            """
            SELECT item.*,
                   SUM(own) OVER earlier AS own_to,
                   SUM(own) OVER earlier - own AS own_from,
                   SUM(currency) OVER earlier AS currency_to,
                   SUM(currency) OVER earlier - currency AS currency_from
              FROM (SELECT item.partial_id,
                           item.move_id,
                           item.money_line_id,
                           money.money_move_id,
                           COALESCE(money.cashed_on, item.date) AS date,
                           (document.side * document.own_units * CASE
                               WHEN money.share = 1 THEN item.amount
                               ELSE SIGN(item.amount) * (
                                    ROUND(money.share * part.up_to, own_places)
                                  - ROUND(money.share * (
                                        part.up_to - item.of_money), own_places)
                                  + ROUND(money.share * (
                                        ABS(item.amount) - item.of_money), own_places)
                               ) END)::int8::float8 AS own,
                           -- Of the others nobody asks.
                           CASE WHEN document.is_foreign THEN
                               (document.side * document.currency_units * CASE
                                   WHEN money.share = 1 THEN item.amount_currency
                                   ELSE ROUND(money.share * item.amount_currency,
                                              currency_places)
                                   END)::int8::float8 END AS currency
                      FROM (%s) AS item
                      JOIN money ON money.move_id = item.money_move_id
                      JOIN document ON document.id = item.move_id
                 LEFT JOIN part
                        ON part.partial_id = item.partial_id
                       AND part.line_id = item.money_line_id
                    -- Not once for each sum; and sorted with all processors, as the
                    -- window wants it.
                  ORDER BY item.move_id, date, item.partial_id OFFSET 0) AS item
            WINDOW earlier AS (PARTITION BY move_id ORDER BY date, partial_id)
            """,
            self._items(),
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
