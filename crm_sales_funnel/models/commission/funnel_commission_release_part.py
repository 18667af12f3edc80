from odoo import models
from odoo.tools import SQL

from .funnel_commission_credit import CREDITED
from .funnel_commission_event import SALES, SIGN

# What is less than this missing is rounded off.
ALL = SQL("0.9999")
# Where something lies in what it is released by, where that is all its own.
WHOLE_SPAN = SQL("CROSS JOIN (SELECT 0::numeric AS begins, 1::numeric AS ends) AS span")
# More than this was lost, and not rounded off or kept by a bank or as a cash discount.
NEARLY = SQL("0.95")


def computed_once(query: SQL) -> SQL:
    """Return a query to be joined that is computed once, also where PostgreSQL, which
    knows of no step how many rows it has, asks for all of it row by row."""
    return SQL("WITH once AS MATERIALIZED (%s) SELECT * FROM once", query)


class FunnelCommissionEngine(models.AbstractModel):
    """Which part of what was earned is released by an invoice, by money, or by nothing
    being left to be paid.

    Parts are of what was earned of an order line, or of an invoice line, and taken in
    the currency of the document: its rate to the company's, which is another on each
    day, changes nothing of what was earned.
    """

    _inherit = "funnel.commission.engine"

    def _invoiced_parts(self, plan) -> SQL:
        """Each posted line of an order line with the ``part`` that it invoices of it."""
        return SQL(
            """
            SELECT invoiced.order_line_id,
                   invoiced.move_line_id,
                   invoiced.date,
                   invoiced.like_date,
                   invoiced.untaxed / NULLIF(%(whole)s, 0) AS part
              FROM (%(invoiced)s) AS invoiced
              JOIN sale_order_line AS line ON line.id = invoiced.order_line_id
              JOIN sale_order AS sold ON sold.id = line.order_id
            """,
            whole=self._whole_of_line(plan),
            invoiced=self._lines_of_orders(plan),
        )

    def _spans(self, plan) -> SQL:
        """Return the join of the part of the order line at which what is ``rated``
        ``begins``, and that at which it ``ends``: what is released of a line releases its
        deliveries in their order, so a later one takes nothing from an earlier one. What
        comes back ends before it begins, and takes back what was released of that."""
        if plan.basis == "ordered":
            return WHOLE_SPAN
        return SQL(
            """
            JOIN (%s) AS span ON span.stock_move_id = rated.stock_move_id
            """,
            computed_once(self._spans_of_deliveries(plan)),
        )

    def _spans_of_deliveries(self, plan) -> SQL:
        return SQL(
            """
            SELECT moved.stock_move_id, ends - part AS begins, ends
              FROM (SELECT event.stock_move_id,
                           own.part,
                           SUM(own.part) OVER (
                               PARTITION BY event.order_line_id
                                   ORDER BY event.date, event.stock_move_id
                               ) AS ends
                      FROM (%(goods)s) AS event
                      JOIN sale_order_line AS line
                        ON line.id = event.order_line_id
                      JOIN sale_order AS sold ON sold.id = line.order_id
                           %(rate)s
               CROSS JOIN LATERAL (
                           SELECT event.untaxed * rate.rate
                                      / NULLIF(%(whole)s, 0) AS part) AS own
                     WHERE event.order_line_id IN (
                           SELECT order_line_id FROM rated)) AS moved
            """,
            goods=self._delivered_goods(plan),
            rate=self._order_rate(),
            whole=self._whole_of_line(plan),
        )

    def _whole_of_line(self, plan) -> SQL:
        """Return what an order line is worth, in its currency: as much as was ordered, or
        is left of that, where it is earned as it is ordered; or one, where nothing was."""
        whole = self._price_of(SQL("COALESCE(NULLIF(line.product_uom_qty, 0), 1)"))
        if plan.basis != "ordered":
            return whole
        return SQL(
            "CASE WHEN sold.state = 'cancel' AND line.untaxed_amount_invoiced <> 0"
            " THEN line.untaxed_amount_invoiced ELSE %s END",
            whole,
        )

    def _whole_by_now(self, plan) -> SQL:
        """Return what was earned of an order line, in its currency: what was ordered,
        or, where it is earned as it is delivered, what of it was by now."""
        if plan.basis == "ordered":
            return self._amount_of_line()
        return SQL(
            "CASE line.qty_delivered_method WHEN 'stock_move' THEN %s"
            " ELSE line.untaxed_amount_invoiced END",
            self._price_of(SQL("line.qty_delivered::numeric")),
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
                   COALESCE(credited.date, move.invoice_date, move.date) AS like_date,
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
                   %(credited)s
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
            credited=CREDITED,
            sales=SALES,
            company=plan.company_id.id,
        )

    # ------------------------------------------------------------------
    # Nothing is left
    # ------------------------------------------------------------------

    def _closed_invoices(self, documents: SQL) -> SQL:
        """The invoices and credit notes of which nothing is open any more, with the
        ``date`` since when, and the ``part`` of it that money paid, or that was set off
        against another: of one that comes to nothing, all, on its own day."""
        sides = [
            SQL(
                """
                SELECT item.move_id, partial.max_date AS date,
                       CASE WHEN other.move_type IN %(sales)s
                            THEN partial.%(amount)s ELSE 0 END AS amount
                  FROM account_move_line AS item
                  JOIN account_partial_reconcile AS partial ON partial.%(own)s = item.id
                  JOIN account_move_line AS against ON against.id = partial.%(other)s
                  JOIN account_move AS other ON other.id = against.move_id
                 WHERE item.move_id IN (%(documents)s)
                   AND item.display_type = 'payment_term'
                """,
                amount=SQL.identifier(f"{own}_amount_currency"),
                own=SQL.identifier(f"{own}_move_id"),
                other=SQL.identifier(f"{other}_move_id"),
                sales=SALES,
                documents=documents,
            )
            for own, other in (("debit", "credit"), ("credit", "debit"))
        ]
        return SQL(
            """
            SELECT move.id AS move_id,
                   COALESCE(MAX(settled.date) FILTER (WHERE settled.amount <> 0),
                            MAX(settled.date)) AS date,
                   CASE WHEN move.amount_total = 0
                          OR SUM(settled.amount) / move.amount_total >= %(nearly)s
                        THEN 1
                        ELSE GREATEST(SUM(settled.amount) / move.amount_total, 0)
                        END AS part
              FROM (%(sides)s
                     UNION ALL
                    SELECT money.move_id, money.date,
                           CASE paid.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                               * money.amount_currency
                      FROM funnel_allocation AS money
                      JOIN account_move AS paid ON paid.id = money.move_id
                     WHERE money.move_id IN (%(documents)s)
                       AND money.partial_id IS NOT NULL
                     UNION ALL
                    SELECT id, COALESCE(invoice_date, date), 0
                      FROM account_move
                     WHERE amount_total = 0 AND id IN (%(documents)s)) AS settled
              JOIN account_move AS move ON move.id = settled.move_id
             WHERE move.state = 'posted'
               AND move.payment_state IN ('paid', 'in_payment', 'reversed')
          GROUP BY move.id
            """,
            sides=SQL(" UNION ALL ").join(sides),
            documents=documents,
            nearly=NEARLY,
        )

    def _closed_order_lines(self, plan) -> SQL:
        """The order lines of which nothing is left to be invoiced, and no invoice is
        open, with the ``date`` since when, and the ``part`` that is left of it when
        credit notes that were paid out, or set off, are taken from it. What is taken
        off an order waits for all that it is taken from."""
        return SQL(
            """
              WITH invoiced AS MATERIALIZED (%(invoiced)s),
            closed_line AS MATERIALIZED (
            SELECT line.id AS order_line_id,
                   MAX(closed.date) AS date,
                   CASE WHEN SUM(of_line * closed.part) >= %(all)s THEN 1
                        ELSE GREATEST(SUM(of_line * closed.part), 0) END AS part
              FROM invoiced
              JOIN sale_order_line AS line ON line.id = invoiced.order_line_id
              JOIN sale_order AS sold ON sold.id = line.order_id
         LEFT JOIN (%(closed)s) AS closed ON closed.move_id = invoiced.move_id
        CROSS JOIN LATERAL (
                   SELECT invoiced.untaxed / NULLIF(%(whole)s, 0) AS of_line) AS told
          GROUP BY line.id, sold.id
            HAVING BOOL_AND(closed.date IS NOT NULL) FILTER (WHERE of_line > 0)
               AND (SUM(invoiced.untaxed) FILTER (WHERE of_line > 0)
                       / NULLIF(%(amount)s, 0) >= %(all)s
                    OR SUM(invoiced.quantity) FILTER (WHERE of_line > 0)
                       / NULLIF(line.product_uom_qty, 0) >= %(all)s
                    OR (SUM(invoiced.quantity) FILTER (WHERE of_line > 0)
                           >= %(all)s * line.qty_delivered
                        AND %(nothing_comes)s)))
            SELECT own.order_line_id, GREATEST(own.date, rest.date) AS date, own.part
              FROM closed_line AS own
              JOIN sale_order_line AS line ON line.id = own.order_line_id
         LEFT JOIN LATERAL (
                   SELECT MAX(other.date) AS date,
                          BOOL_AND(other.date IS NOT NULL) AS is_closed
                     FROM sale_order_line AS goods
                LEFT JOIN closed_line AS other ON other.order_line_id = goods.id
                    WHERE goods.order_id = line.order_id
                      AND goods.price_subtotal > 0
                      AND goods.id IN (SELECT order_line_id FROM rated)
                   ) AS rest ON line.price_subtotal < 0
             WHERE rest.is_closed IS NOT FALSE
            """,
            all=ALL,
            amount=self._amount_of_line(),
            whole=self._whole_by_now(plan),
            invoiced=self._lines_of_orders(plan),
            closed=computed_once(
                self._closed_invoices(SQL("SELECT move_id FROM invoiced"))
            ),
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
