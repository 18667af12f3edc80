import datetime

from odoo import models
from odoo.tools import SQL

from ...reports.receivable.funnel_uninvoiced_query import Customers
from .funnel_statement_source import Span


class FunnelStatement(models.Model):
    """What order lines are worth beyond their deliveries, for the lines of statements."""

    _inherit = "funnel.statement"

    def _order_lines(self, span: Span) -> SQL:
        """Return a query of what order lines are worth beyond what slips, and earlier
        statements, say of them."""
        return SQL(
            """
            SELECT worth.partner_id,
                   worth.currency_id,
                   CASE WHEN worth.is_stated AND ABS(worth.amount) <= worth.cents
                        THEN 'rounding' ELSE 'order' END AS kind,
                   CASE WHEN worth.is_stated THEN %(date_to)s::date
                        ELSE GREATEST(LEAST(worth.date, %(date_to)s), worth.start)
                        END AS date,
                   NULL::int AS stock_move_id,
                   NULL::int AS move_line_id,
                   NULL::int AS move_id,
                   worth.id AS order_line_id,
                   NULL::numeric AS quantity,
                   NULL::numeric AS price_unit,
                   worth.amount
              FROM (%(worth)s) AS worth
             WHERE worth.amount <> 0
            """,
            date_to=span.date_to,
            worth=self._worth(span),
        )

    def _worth(self, span: Span) -> SQL:
        return SQL(
            """
            SELECT line.id,
                   payer.commercial_partner_id AS partner_id,
                   line.currency_id,
                   sale_order.date_order::date AS date,
                   %(start)s AS start,
                   %(cents)s AS cents,
                   COALESCE(stated.amount, new.amount) IS NOT NULL AS is_stated,
                   COALESCE(ending.amount, 0) - COALESCE(beginning.amount, 0)
                   + COALESCE(invoiced.amount, 0) - COALESCE(stated.amount, 0)
                   - COALESCE(new.amount, 0) AS amount
              FROM (%(touched)s) AS touched
              JOIN sale_order_line AS line ON line.id = touched.id
              JOIN sale_order ON sale_order.id = line.order_id
              JOIN res_partner AS payer ON payer.id = sale_order.partner_invoice_id
              JOIN res_currency AS currency ON currency.id = line.currency_id
         LEFT JOIN chain
                ON chain.partner_id = payer.commercial_partner_id
               AND chain.currency_id = line.currency_id
         LEFT JOIN ending ON ending.order_line_id = line.id
         LEFT JOIN beginning
                ON beginning.order_line_id = line.id
               AND beginning.date = %(start)s - 1
        CROSS JOIN LATERAL (
                  SELECT SUM(%(invoiced)s) AS amount
                    FROM (SELECT * FROM sale_order_line_invoice_rel
                           WHERE order_line_id = touched.id) AS rel
                    %(for_order)s
                   WHERE move.state = 'posted'
                     AND move.date BETWEEN %(start)s AND %(date_to)s
              ) AS invoiced
        CROSS JOIN LATERAL (
                  SELECT SUM(stated.amount) AS amount
                    FROM funnel_statement_line AS stated
                    JOIN funnel_statement AS statement
                      ON statement.id = stated.statement_id
                   WHERE stated.order_line_id = line.id
                     AND %(is_stated)s
                     AND statement.partner_id = payer.commercial_partner_id
              ) AS stated
        CROSS JOIN LATERAL (
                  SELECT SUM(amount) AS amount FROM slip WHERE order_line_id = line.id
              ) AS new
             WHERE payer.commercial_partner_id = ANY(%(customers)s)
               AND line.company_id = %(company)s
            """,
            start=self._start(span),
            cents=self._cents(),
            touched=self._touched(span),
            invoiced=self._invoiced_amount(),
            for_order=self._for_order(),
            is_stated=self._is_stated(span),
            date_to=span.date_to,
            customers=span.customers.ids,
            company=span.company.id,
        )

    def _get_starts(self, span: Span) -> set[datetime.date]:
        return {span.date_from, *(chain.start for chain in span.chains.values())}

    def _uninvoiced(self, span: Span, day: datetime.date) -> SQL:
        """Return a query of what is delivered of order lines and not invoiced at a day."""
        report = self._at("funnel.uninvoiced.report", span, day)
        report = report.with_context(funnel_customers=Customers(span.customers._ids))
        return SQL(
            """
            SELECT %(day)s::date AS date, order_line_id, SUM(amount_currency) AS amount
              FROM (%(report)s) AS uninvoiced
             WHERE partner_id = ANY(%(customers)s)
          GROUP BY order_line_id
            """,
            day=day,
            report=report._table_query,
            customers=span.customers.ids,
        )

    def _touched(self, span: Span) -> SQL:
        """Return a query of the order lines whose worth may have changed."""
        return SQL(
            """
            SELECT order_line_id AS id FROM slip
             UNION
            SELECT order_line_id FROM ending
             UNION
            SELECT order_line_id FROM beginning
             UNION
            SELECT rel.order_line_id
              FROM invoice
              JOIN account_move_line AS item ON item.move_id = invoice.id
              JOIN sale_order_line_invoice_rel AS rel ON rel.invoice_line_id = item.id
             UNION
            SELECT stated.order_line_id
              FROM chain
              JOIN funnel_statement AS statement
                ON statement.partner_id = chain.partner_id
               AND statement.currency_id = chain.currency_id
               AND statement.company_id = %(company)s
              JOIN funnel_statement_line AS stated
                ON stated.statement_id = statement.id AND stated.is_settled
              JOIN sale_order_line AS line ON line.id = stated.order_line_id
             WHERE line.write_date > chain.made
            """,
            company=span.company.id,
        )
