from odoo import models
from odoo.tools import SQL

from .funnel_allocation_query import DEBITS

# Lines that belong to the total of a document. The taxes are in the totals of their
# lines; what only moves amounts from one account to another (cost of goods, discounts
# on an account of their own, early payment discounts, what is not deductible) adds up
# to nothing.
PRICED = ("product", "rounding")


class FunnelAllocation(models.Model):
    """What the lines of a document are worth, and what each gets of a reconciliation."""

    _inherit = "funnel.allocation"

    def _priced_lines(self, documents: SQL, *columns: str) -> SQL:
        """What each line is worth, taxed and not, in the currency of the document.

        :param documents: a query of id, kind, and other columns
        :param columns: those of them to return as well
        """
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
                   %(columns)s
              FROM (%(documents)s) AS document
              JOIN account_move_line AS line ON line.move_id = document.id
         LEFT JOIN sale_order_line_invoice_rel AS sale
                ON sale.invoice_line_id = line.id
               AND NOT EXISTS (
                   SELECT FROM sale_order_line_invoice_rel AS smaller
                    WHERE smaller.invoice_line_id = sale.invoice_line_id
                      AND smaller.order_line_id < sale.order_line_id)
             WHERE line.display_type IN %(priced)s
               AND line.amount_currency <> 0
            """,
            documents=documents,
            columns=SQL("").join(
                SQL(", %s", SQL.identifier("document", name)) for name in columns
            ),
            priced=PRICED,
            # The ledger has what a price with its tax comes to without it.
            untaxed=SQL(
                "(CASE WHEN document.move_type IN %s THEN -1 ELSE 1 END"
                " * line.amount_currency)",
                DEBITS,
            ),
        )

    def _notes(self) -> SQL:
        """The credit notes that closed a part of a document that money paid too."""
        return SQL(
            """
            SELECT item.partial_id,
                   item.move_id,
                   entry.id AS note_id,
                   document.side * item.amount_currency AS closed,
                   document.side * item.amount_currency / entry.amount_total AS share,
                   (entry.reversed_entry_id = item.move_id
                    OR document.reversed_entry_id = entry.id) AS is_for
              FROM (%s) AS item
              JOIN account_move AS entry
                ON entry.id = item.money_move_id AND entry.amount_total <> 0
              JOIN document ON document.id = item.move_id
             WHERE item.is_by_document
               AND item.move_id IN (SELECT move_id FROM paid)
            """,
            self._items(),
        )

    def _credited(self) -> SQL:
        """What was credited of each line: of a document that a credit note closed in
        part, the lines of the same order line or, where the note is for the document,
        of the same product. The rest of a note is credited of all lines alike, which
        changes no share; what it keeps of it, as a fee, comes off of what is credited,
        so that no line gets more than it is worth."""
        return SQL(
            """
            SELECT id,
                   SIGN(MAX(worth)) * LEAST(ABS(MAX(worth)), ABS(SUM(credited)))
                       AS taxed
              FROM (SELECT id,
                           worth,
                           credited * COALESCE(LEAST(1, closed / NULLIF(GREATEST(
                               SUM(credited) OVER (PARTITION BY partial_id, move_id),
                               0), 0)), 0)
                               AS credited
                      FROM (%s) AS matched) AS line
          GROUP BY id
            """,
            self._matched(),
        )

    def _matched(self) -> SQL:
        """What the lines of each credit note credit of the lines that they are for."""
        return SQL(
            """
            SELECT id,
                   move_id,
                   partial_id,
                   MAX(closed) AS closed,
                   MAX(taxed) AS worth,
                   SIGN(MAX(taxed)) * LEAST(ABS(MAX(taxed)), ABS(SUM(credited)))
                       AS credited
              FROM (SELECT line.id,
                           line.move_id,
                           line.taxed,
                           note.partial_id,
                           note.closed,
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
          GROUP BY id, move_id, partial_id
            """
        )

    def _shares(self) -> SQL:
        """What the lines of each document up to one are worth, and those before it: the
        edges of ``F``, in the smallest units of the currency."""
        return SQL(
            """
            SELECT id,
                   move_id,
                   sale_line_id,
                   NULLIF(SUM(taxed) OVER document, 0) AS taxed_all,
                   SUM(taxed) OVER up_to AS taxed_end,
                   SUM(taxed) OVER up_to - taxed AS taxed_start,
                   SUM(untaxed) OVER up_to
                       * (SUM(whole) OVER document / total) AS untaxed_end,
                   (SUM(untaxed) OVER up_to - untaxed)
                       * (SUM(whole) OVER document / total) AS untaxed_start
              FROM (SELECT id,
                           move_id,
                           sale_line_id,
                           total,
                           whole,
                           COALESCE(rest, whole) AS taxed,
                           COALESCE(rest_untaxed, whole_untaxed) AS untaxed
                      FROM (SELECT worth.id,
                                   worth.move_id,
                                   worth.sale_line_id,
                                   worth.total,
                                   %(whole)s AS whole,
                                   %(whole_untaxed)s AS whole_untaxed,
                                   %(rest)s AS rest,
                                   %(rest_untaxed)s AS rest_untaxed
                              FROM (%(lines)s) AS worth
                         LEFT JOIN credited ON credited.id = worth.id
                            -- Not once for each sum, nor for each column; and sorted
                            -- with all processors, as the windows want it.
                          ORDER BY worth.move_id, worth.id OFFSET 0) AS valued
                  ORDER BY move_id, id OFFSET 0) AS kept
            WINDOW document AS (PARTITION BY move_id),
                   up_to AS (PARTITION BY move_id ORDER BY id)
            """,
            lines=self._priced_lines(
                SQL("SELECT id, move_type, total, currency_units FROM document"),
                "total",
                "currency_units",
            ),
            whole=self._units("worth.taxed"),
            whole_untaxed=self._units("worth.untaxed"),
            # Nothing where nothing was credited.
            rest=self._units("worth.taxed - credited.taxed"),
            rest_untaxed=self._units(
                "worth.untaxed * (worth.taxed - credited.taxed) / worth.taxed"
            ),
        )

    def _units(self, amount: str) -> SQL:
        # Quicker than what PostgreSQL does without the whole numbers in between.
        return SQL("(currency_units * (%s))::int8::float8", SQL(amount))

    def _paid_lines(self) -> SQL:
        return SQL(
            """
            SELECT partial_id,
                   invoice_line_id,
                   money_line_id,
                   money_move_id,
                   date,
                   move_id,
                   partner_type,
                   sale_line_id,
                   order_id,
                   user_id,
                   partner_id,
                   company_id,
                   currency_id,
                   amount,
                   amount_untaxed,
                   -- Most documents have one currency.
                   COALESCE(amount_currency, amount) AS amount_currency,
                   COALESCE(amount_untaxed_currency, amount_untaxed)
                       AS amount_untaxed_currency
              FROM (%s
                    -- Not more than once for each row.
                    OFFSET 0) AS line
            """,
            self._parts_of_lines(),
        )

    def _parts_of_lines(self) -> SQL:
        """What each line gets of each reconciliation; in the currency of the document
        where that is another one."""
        cells = {
            name: self._cell(amount, tax)
            for name, amount, tax in (
                ("amount", "own", "taxed"),
                ("amount_untaxed", "own", "untaxed"),
                ("amount_currency", "currency", "taxed"),
                ("amount_untaxed_currency", "currency", "untaxed"),
            )
        }
        return SQL(
            """
            SELECT paid.partial_id,
                   share.id AS invoice_line_id,
                   paid.money_line_id,
                   paid.money_move_id,
                   paid.date,
                   paid.move_id,
                   document.partner_type,
                   share.sale_line_id,
                   sale.id AS order_id,
                   COALESCE(sale.user_id, document.invoice_user_id) AS user_id,
                   document.partner_id,
                   document.company_id,
                   document.currency_id,
                   %(amount)s AS amount,
                   %(amount_untaxed)s AS amount_untaxed,
                   CASE WHEN document.is_foreign THEN %(amount_currency)s
                        END AS amount_currency,
                   CASE WHEN document.is_foreign
                        THEN %(amount_untaxed_currency)s
                        END AS amount_untaxed_currency
              FROM paid
              JOIN document ON document.id = paid.move_id
              JOIN share
                ON share.move_id = paid.move_id AND share.taxed_all <> 0
         LEFT JOIN sale_order_line AS sale_line
                ON sale_line.id = share.sale_line_id
         LEFT JOIN sale_order AS sale ON sale.id = sale_line.order_id
            """,
            **cells,
        )

    def _cell(self, amount: str, tax: str) -> SQL:
        """What a line gets of a reconciliation. The smallest units are whole numbers,
        which are exact below 2**53."""
        edges = SQL(" ").join(
            SQL(
                "%s ROUND(%s * %s / share.taxed_all)",
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
            "(document.sign * (%s))::int8 * %s",
            edges,
            SQL.identifier("document", f"{amount}_unit"),
        )
