from odoo import models
from odoo.tools import SQL

from .funnel_allocation_query import CREDIT_NOTES, DEBITS, DOCUMENTS

# Lines that belong to the total of a document. The taxes are in the totals of their
# lines; what only moves amounts from one account to another (cost of goods, discounts
# on an account of their own, early payment discounts, what is not deductible) adds up
# to nothing.
PRICED = ("product", "rounding")


class FunnelAllocation(models.AbstractModel):
    """What the lines of a document are worth, and what each gets of a reconciliation."""

    _inherit = "funnel.allocation.query"

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
