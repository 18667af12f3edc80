from datetime import date
from typing import Any

from odoo import api, models
from odoo.tools import SQL

from .funnel_statement_source import Span

KEY = ("company_id", "partner_id", "currency_id")
INVOICED = (*KEY, "kind", "date", "due_date", "move_line_id", "amount")
DELIVERED = (
    *KEY,
    "kind",
    "date",
    "due_date",
    "stock_move_id",
    "order_line_id",
    "quantity",
    "price_unit",
    "amount",
)


class FunnelStatement(models.Model):
    """Statements of what is open at the end of a day, item by item: the aging, and what
    is delivered and not invoiced."""

    _inherit = "funnel.statement"

    @api.model
    def _get_open_items(self, span: Span) -> list[dict[str, Any]]:
        """Return what the customers of companies owe at the end of the last day, oldest
        first: a line for each instalment, credit and delivery."""
        self.env.flush_all()
        lines = [
            dict(zip(columns, row))
            for columns, query in (
                (INVOICED, self._open_invoiced(span)),
                (DELIVERED, self._open_delivered(span)),
            )
            for row in self.env.execute_query(query)
        ]
        lines.sort(key=lambda line: line["date"])
        return lines

    @api.model
    def _get_debtors(self, company, day: date):
        """Return the customers of a company for whom anything is open at the end of a
        day."""
        self = self._for_finance(company)
        span = Span(company, self.env["res.partner"], day, day, "open")
        partners = [
            partner.id
            for report in ("funnel.aging.report", "funnel.uninvoiced.report")
            for (partner,) in self._at(report, span, day)._read_group(
                [("partner_id", "!=", False)], ["partner_id"]
            )
        ]
        return self.env["res.partner"].browse(dict.fromkeys(partners)).sudo(False)

    def _open_invoiced(self, span: Span) -> SQL:
        # Straight from the items: which documents they are of would be read from
        # all entries there are. Invoices alone have an invoice date.
        aging = self._at("funnel.aging.report", span, span.date_to)
        return SQL(
            """
            SELECT item.company_id,
                   contact.commercial_partner_id,
                   item.currency_id,
                   CASE WHEN item.residual = 0 THEN 'entry'
                        WHEN item.invoice_date IS NOT NULL THEN 'invoice'
                        WHEN item.payment_id IS NOT NULL
                          OR item.statement_line_id IS NOT NULL THEN 'receipt'
                        ELSE 'entry' END,
                   item.date,
                   item.due_date,
                   item.id,
                   item.residual_currency::float8
              FROM (%s) AS item
              JOIN res_partner AS contact ON contact.id = item.partner_id
              JOIN UNNEST(%s) AS customer (id)
                ON customer.id = contact.commercial_partner_id
             WHERE item.residual_currency <> 0
          ORDER BY item.date, item.due_date, item.id
            """,
            aging._open_items(),
            span.customers.ids,
        )

    def _open_delivered(self, span: Span) -> SQL:
        report = self._at("funnel.uninvoiced.report", span, span.date_to)
        return SQL(
            """
            SELECT company_id,
                   partner_id,
                   currency_id,
                   CASE kind WHEN 'delivery' THEN 'slip' WHEN 'return' THEN 'return'
                        ELSE 'order' END,
                   date,
                   due_date,
                   move_id,
                   order_line_id,
                   quantity,
                   amount_currency / NULLIF(quantity, 0),
                   amount_currency::float8
              FROM (%s) AS uninvoiced
              JOIN UNNEST(%s) AS customer (id) ON customer.id = partner_id
             WHERE amount_currency <> 0
          ORDER BY date, move_id, order_line_id
            """,
            report._table_query,
            span.customers.ids,
        )
