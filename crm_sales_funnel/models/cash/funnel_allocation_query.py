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
# Lines that belong to the total of a document. The taxes are in the totals of their
# lines; what only moves amounts from one account to another (cost of goods, discounts
# on an account of their own, early payment discounts, what is not deductible) adds up
# to nothing.
PRICED = ("product", "rounding")


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

    def _priced_lines(self, documents: SQL | None) -> SQL:
        """What each line is worth, taxed and not, in the currency of the document."""
        return SQL(
            """
            SELECT line.move_id,
                   line.id,
                   line.product_id,
                   line.purchase_line_id,
                   sale.order_line_id AS sale_line_id,
                   CASE WHEN line.display_type = 'product' THEN line.price_total
                        ELSE %(untaxed)s END AS taxed,
                   %(untaxed)s AS untaxed
              FROM account_move AS document
              JOIN account_move_line AS line ON line.move_id = document.id
         LEFT JOIN sale_order_line_invoice_rel AS sale
                ON sale.invoice_line_id = line.id
               AND NOT EXISTS (
                   SELECT FROM sale_order_line_invoice_rel AS smaller
                    WHERE smaller.invoice_line_id = sale.invoice_line_id
                      AND smaller.order_line_id < sale.order_line_id)
             WHERE document.move_type IN %(kinds)s
               AND %(scope)s
               AND line.display_type IN %(priced)s
               AND line.amount_currency <> 0
            """,
            kinds=DOCUMENTS,
            scope=SQL("document.id IN (%s)", documents) if documents else SQL("TRUE"),
            priced=PRICED,
            # The ledger has what a price with its tax comes to without it.
            untaxed=SQL(
                "(CASE WHEN document.move_type IN %s THEN -1 ELSE 1 END"
                " * line.amount_currency)",
                DEBITS,
            ),
        )

    def _credited(self) -> SQL:
        """What was credited of each line: of a document that a credit note closed in
        part, the lines of the same order line or, where the note is for the document,
        of the same product. The rest of a note is credited of all lines alike, which
        changes no share."""
        return SQL(
            """
            WITH note AS MATERIALIZED (
                SELECT item.partial_id,
                       item.move_id,
                       item.money_move_id AS note_id,
                       item.amount_currency / entry.amount_total AS share,
                       (entry.reversed_entry_id = item.move_id
                        OR document.reversed_entry_id = entry.id) AS is_for
                  FROM item
                  JOIN account_move AS entry
                    ON entry.id = item.money_move_id
                   AND entry.move_type IN %(kinds)s
                   AND entry.amount_total <> 0
                  JOIN account_move AS document ON document.id = item.move_id
                 WHERE item.move_id IN (SELECT move_id FROM paid)),
                 note_line AS MATERIALIZED (%(note_lines)s)
            SELECT id,
                   SIGN(MAX(taxed)) * LEAST(ABS(MAX(taxed)), ABS(SUM(credited)))
                       AS taxed
              FROM (SELECT line.id,
                           line.taxed,
                           note_line.taxed * note.share * line.taxed
                           / SUM(line.taxed) OVER (
                               PARTITION BY note.partial_id, note_line.id)
                               AS credited
                      FROM note
                      JOIN note_line ON note_line.move_id = note.note_id
                      JOIN worth AS line
                        ON line.move_id = note.move_id
                       AND line.taxed * note_line.taxed > 0
                       AND (line.sale_line_id = note_line.sale_line_id
                            OR line.purchase_line_id = note_line.purchase_line_id
                            OR note.is_for
                           AND note_line.sale_line_id IS NULL
                           AND note_line.purchase_line_id IS NULL
                           AND line.product_id = note_line.product_id)) AS match
          GROUP BY id
            """,
            kinds=DOCUMENTS,
            note_lines=self._priced_lines(SQL("SELECT note_id FROM note")),
        )

    def _shares(self) -> SQL:
        """The share of each document that its lines up to one have, and those before
        it: the edges of ``F``."""
        return SQL(
            """
            SELECT line.*,
                   taxed_to::float8 / taxed_all AS taxed_end,
                   (taxed_to - taxed)::float8 / taxed_all AS taxed_start,
                   untaxed_to::float8 / taxed_all * scale AS untaxed_end,
                   (untaxed_to - untaxed)::float8 / taxed_all * scale AS untaxed_start
              FROM (SELECT kept.id,
                           kept.move_id,
                           kept.sale_line_id,
                           kept.taxed,
                           kept.untaxed,
                           SUM(kept.taxed) OVER before AS taxed_to,
                           SUM(kept.untaxed) OVER before AS untaxed_to,
                           NULLIF(SUM(kept.taxed) OVER document, 0)::float8
                               AS taxed_all,
                           SUM(kept.whole) OVER document::float8
                               / NULLIF(move.amount_total, 0)::float8 AS scale
                      FROM (SELECT worth.id,
                                   worth.move_id,
                                   worth.sale_line_id,
                                   worth.taxed AS whole,
                                   worth.taxed - COALESCE(credited.taxed, 0) AS taxed,
                                   CASE WHEN credited.taxed IS NULL
                                        THEN worth.untaxed
                                        ELSE worth.untaxed
                                           * (worth.taxed - credited.taxed)
                                           / worth.taxed END AS untaxed
                              FROM worth
                         LEFT JOIN credited ON credited.id = worth.id) AS kept
                      JOIN account_move AS move ON move.id = kept.move_id
                    WINDOW document AS (PARTITION BY kept.move_id),
                           before AS (PARTITION BY kept.move_id ORDER BY kept.id)
                   ) AS line
            """
        )

    def _rows(self) -> SQL:
        return SQL(
            """
            SELECT paid.partial_id,
                   share.id AS invoice_line_id,
                   paid.money_line_id,
                   paid.money_move_id,
                   paid.date,
                   paid.move_id,
                   paid.partner_type,
                   share.sale_line_id,
                   sale.id AS order_id,
                   COALESCE(sale.user_id, paid.invoice_user_id) AS user_id,
                   paid.partner_id,
                   paid.company_id,
                   paid.currency_id,
                   %(cells)s
              FROM (%(paid)s) AS paid
              JOIN share ON share.move_id = paid.move_id
         LEFT JOIN sale_order_line AS sale_line ON sale_line.id = share.sale_line_id
         LEFT JOIN sale_order AS sale ON sale.id = sale_line.order_id
            """,
            paid=self._paid_in_units(),
            cells=SQL(", ").join(
                self._cell(name, amount, tax, unit)
                for name, amount, tax, unit in (
                    ("amount", "own", "taxed", "own_unit"),
                    ("amount_untaxed", "own", "untaxed", "own_unit"),
                    ("amount_currency", "currency", "taxed", "currency_unit"),
                    ("amount_untaxed_currency", "currency", "untaxed", "currency_unit"),
                )
            ),
        )

    def _paid_in_units(self) -> SQL:
        """The money of each reconciliation in the smallest units of its currencies, and
        its document."""
        return SQL(
            """
            SELECT paid.partial_id,
                   paid.money_line_id,
                   paid.money_move_id,
                   paid.date,
                   paid.move_id,
                   CASE WHEN move.move_type LIKE 'out%%' THEN 'customer'
                        ELSE 'supplier' END AS partner_type,
                   move.invoice_user_id,
                   move.commercial_partner_id AS partner_id,
                   move.company_id,
                   move.currency_id,
                   CASE WHEN move.move_type IN %s THEN -1 ELSE 1 END AS sign,
                   own.unit AS own_unit,
                   paid.up_to::float8 * own.units AS own_to,
                   (paid.up_to - paid.amount)::float8 * own.units AS own_from,
                   foreign_one.unit AS currency_unit,
                   paid.up_to_currency::float8 * foreign_one.units AS currency_to,
                   (paid.up_to_currency - paid.amount_currency)::float8
                       * foreign_one.units AS currency_from
              FROM paid
              JOIN account_move AS move ON move.id = paid.move_id
              JOIN res_company AS company ON company.id = move.company_id
              JOIN scale AS own ON own.id = company.currency_id
              JOIN scale AS foreign_one ON foreign_one.id = move.currency_id
            OFFSET 0
            """,
            CREDIT_NOTES,
        )

    def _cell(self, name: str, amount: str, tax: str, unit: str) -> SQL:
        """What a line gets of a reconciliation. The smallest units are whole numbers,
        which are exact below 2**53."""
        edges = SQL(" ").join(
            SQL(
                "%s ROUND(%s * %s)",
                SQL(sign),
                SQL.identifier("paid", f"{amount}_{bound}"),
                SQL.identifier("share", f"{tax}_{edge}"),
            )
            for sign, bound, edge in (
                ("+", "to", "end"),
                ("-", "from", "end"),
                ("-", "to", "start"),
                ("+", "from", "start"),
            )
        )
        return SQL(
            "paid.sign * (%s)::int8 * %s AS %s",
            edges,
            SQL.identifier("paid", unit),
            SQL.identifier(name),
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
