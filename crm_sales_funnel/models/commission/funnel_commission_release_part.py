from odoo import models
from odoo.tools import SQL

from .funnel_commission_event import SALES, SIGN

# What is less than this missing is rounded off.
ALL = SQL("0.9999")


class FunnelCommissionEngine(models.AbstractModel):
    """Which part of what was earned is released by an invoice, by money, or by nothing
    being left to be paid.

    Parts are of what was earned of an order line, or of an invoice line, and taken in
    the currency of the document: its rate to the company's, which is another on each
    day, changes nothing of what was earned.
    """

    _inherit = "funnel.commission.engine"

    def _invoiced_parts(self, plan) -> SQL:
        """Each posted line of an order line with the ``part`` that it invoices of what
        was earned."""
        return SQL(
            """
            SELECT invoiced.order_line_id,
                   invoiced.move_line_id,
                   invoiced.date,
                   invoiced.untaxed / NULLIF(%(whole)s, 0) AS part
              FROM (%(invoiced)s) AS invoiced
              JOIN sale_order_line AS line ON line.id = invoiced.order_line_id
            """,
            whole=self._whole_of_line(plan),
            invoiced=self._lines_of_orders(plan),
        )

    def _money_of_earned(self, plan) -> SQL:
        """Return the join of the money for what was earned, each with its ``part``."""
        if plan.basis == "invoiced":
            # The documents as well: these are indexed.
            same = SQL(
                "money.invoice_line_id = rated.move_line_id"
                " AND money.move_id = rated.move_id"
            )
            part = SQL("money.amount_untaxed / NULLIF(rated.untaxed, 0)")
            order = SQL("")
        else:
            same = SQL(
                "money.sale_line_id = rated.order_line_id"
                " AND money.order_id = rated.order_id"
            )
            part = SQL(
                """CASE WHEN money.currency_id = sold.currency_id
                        THEN money.amount_untaxed_currency
                        ELSE money.amount_untaxed * rate.rate END / NULLIF(%s, 0)""",
                self._whole_of_line(plan),
            )
            order = SQL(
                """
                JOIN sale_order_line AS line ON line.id = rated.order_line_id
                JOIN sale_order AS sold ON sold.id = line.order_id
                     %s
                """,
                self._order_rate(),
            )
        return SQL(
            """
                     %(order)s
                JOIN funnel_allocation AS money
                  ON %(same)s
                 AND money.company_id = %(company)s
                 AND money.partner_type = 'customer'
                 AND money.partial_id IS NOT NULL
          CROSS JOIN LATERAL (
                     SELECT money.date, money.partial_id,
                            money.invoice_line_id AS move_line_id,
                            %(part)s AS part) AS released
            """,
            order=order,
            same=same,
            part=part,
            company=plan.company_id.id,
        )

    def _whole_of_line(self, plan) -> SQL:
        """Return what was earned of an order line, in its currency: what was ordered,
        or, where it is earned as it is delivered, what of it was by now."""
        if plan.basis == "ordered":
            return SQL("line.price_subtotal")
        return SQL(
            """CASE line.qty_delivered_method
               WHEN 'stock_move' THEN
                   line.qty_delivered::numeric
                   * COALESCE(line.price_subtotal / NULLIF(line.product_uom_qty, 0),
                              line.price_reduce_taxexcl)
               ELSE line.untaxed_amount_invoiced END"""
        )

    def _lines_of_orders(self, plan) -> SQL:
        """The posted lines of the order lines that earned, with the ``untaxed`` amount
        in the currency of the order, and the ``quantity`` in its unit."""
        return SQL(
            """
            SELECT order_line.id AS order_line_id,
                   line.id AS move_line_id,
                   line.move_id,
                   COALESCE(move.invoice_date, move.date) AS date,
                   CASE WHEN line.currency_id = sold.currency_id
                        THEN -line.amount_currency
                        ELSE -line.balance * rate.rate END AS untaxed,
                   %(sign)s * line.quantity
                       * COALESCE(own.factor / sold_in.factor, 1) AS quantity
              FROM (SELECT DISTINCT order_line_id FROM rated) AS earned
              JOIN sale_order_line AS order_line ON order_line.id = earned.order_line_id
              JOIN sale_order AS sold ON sold.id = order_line.order_id
              JOIN sale_order_line_invoice_rel AS rel
                ON rel.order_line_id = order_line.id
              JOIN account_move_line AS line ON line.id = rel.invoice_line_id
              JOIN account_move AS move ON move.id = line.move_id
         LEFT JOIN uom_uom AS own ON own.id = line.product_uom_id
         LEFT JOIN uom_uom AS sold_in ON sold_in.id = order_line.product_uom_id
                   %(rate)s
             WHERE move.state = 'posted'
               AND move.move_type IN %(sales)s
               AND move.company_id = %(company)s
               AND line.display_type = 'product'
               -- Of several order lines it is of the first one, as everywhere.
               AND NOT EXISTS (
                   SELECT FROM sale_order_line_invoice_rel AS other
                    WHERE other.invoice_line_id = line.id
                      AND other.order_line_id < order_line.id)
            """,
            sign=SIGN,
            rate=self._order_rate(),
            sales=SALES,
            company=plan.company_id.id,
        )

    # ------------------------------------------------------------------
    # Nothing is left
    # ------------------------------------------------------------------

    def _closed_invoices(self, documents: SQL) -> SQL:
        """The invoices and credit notes of which nothing is open any more, with the
        ``date`` since when: of one that comes to nothing, its own."""
        sides = [
            SQL(
                """
                SELECT move.id AS move_id, partial.max_date AS date
                  FROM account_move AS move
                  JOIN account_move_line AS item
                    ON item.move_id = move.id AND item.display_type = 'payment_term'
                  JOIN account_partial_reconcile AS partial ON partial.%s = item.id
                 WHERE move.id IN (%s)
                """,
                SQL.identifier(side),
                documents,
            )
            for side in ("debit_move_id", "credit_move_id")
        ]
        return SQL(
            """
            SELECT move.id AS move_id, MAX(settled.date) AS date
              FROM (%(sides)s
                     UNION ALL
                    SELECT id, COALESCE(invoice_date, date)
                      FROM account_move
                     WHERE amount_total = 0 AND id IN (%(documents)s)) AS settled
              JOIN account_move AS move ON move.id = settled.move_id
             WHERE move.state = 'posted'
               AND move.payment_state IN ('paid', 'in_payment', 'reversed')
          GROUP BY move.id
            """,
            sides=SQL(" UNION ALL ").join(sides),
            documents=documents,
        )

    def _closed_order_lines(self, plan) -> SQL:
        """The order lines of which nothing is left to be invoiced, and no invoice is
        open, with the ``date`` since when, and the ``part`` that is left of it when
        credit notes that were paid out, or set off, are taken from it."""
        return SQL(
            """
              WITH invoiced AS MATERIALIZED (%(invoiced)s)
            SELECT line.id AS order_line_id,
                   MAX(closed.date) AS date,
                   CASE WHEN SUM(part) FILTER (WHERE closed.date IS NOT NULL) >= %(all)s
                        THEN 1
                        ELSE GREATEST(SUM(part) FILTER (WHERE closed.date IS NOT NULL), 0)
                        END AS part
              FROM invoiced
              JOIN sale_order_line AS line ON line.id = invoiced.order_line_id
         LEFT JOIN (%(closed)s) AS closed ON closed.move_id = invoiced.move_id
        CROSS JOIN LATERAL (
                   SELECT invoiced.untaxed / NULLIF(%(whole)s, 0) AS part) AS told
          GROUP BY line.id
            HAVING BOOL_AND(closed.date IS NOT NULL) FILTER (WHERE part > 0)
               AND (SUM(invoiced.untaxed) FILTER (WHERE part > 0)
                       / NULLIF(line.price_subtotal, 0) >= %(all)s
                    OR SUM(invoiced.quantity) FILTER (WHERE part > 0)
                       / NULLIF(line.product_uom_qty, 0) >= %(all)s
                    OR (SUM(invoiced.quantity) FILTER (WHERE part > 0)
                           >= %(all)s * line.qty_delivered
                        AND %(nothing_comes)s))
            """,
            all=ALL,
            whole=self._whole_of_line(plan),
            invoiced=self._lines_of_orders(plan),
            closed=self._closed_invoices(SQL("SELECT move_id FROM invoiced")),
            nothing_comes=self._nothing_comes(),
        )

    def _nothing_comes(self) -> SQL:
        """Return the condition that no more of an order line will be delivered than
        was."""
        return SQL(
            """line.qty_delivered_method = 'stock_move'
               AND line.qty_delivered > 0
               AND NOT EXISTS (
                   SELECT FROM stock_move AS coming
                    WHERE coming.sale_line_id = line.id
                      AND coming.state NOT IN ('done', 'cancel'))"""
        )
