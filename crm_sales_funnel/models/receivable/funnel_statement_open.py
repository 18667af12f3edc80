from datetime import date
from typing import Any

from odoo import api, models
from odoo.tools import SQL

from .funnel_statement_source import Span

COLUMNS = (
    "partner_id",
    "currency_id",
    "kind",
    "date",
    "due_date",
    "stock_move_id",
    "move_line_id",
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
        """Return what the customers of a company owe at the end of the last day, oldest
        first: a line for each instalment, credit and delivery."""
        query = SQL(
            """
            SELECT * FROM (%s UNION ALL %s) AS item
          ORDER BY date, due_date, move_line_id, stock_move_id, order_line_id
            """,
            self._open_invoiced(span),
            self._open_delivered(span),
        )
        self.env.flush_all()
        rows = self.env.execute_query(query)
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

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
        return SQL(
            """
            SELECT partner_id,
                   currency_id,
                   CASE line_kind WHEN 'invoice' THEN 'invoice'
                        WHEN 'credit_note' THEN 'invoice'
                        WHEN 'unapplied' THEN 'receipt'
                        ELSE 'entry' END AS kind,
                   date,
                   due_date,
                   NULL::int AS stock_move_id,
                   id AS move_line_id,
                   NULL::int AS order_line_id,
                   NULL::numeric AS quantity,
                   NULL::numeric AS price_unit,
                   residual_currency AS amount
              FROM (%s) AS aging
             WHERE partner_id = ANY(%s)
               AND residual_currency <> 0
            """,
            self._at("funnel.aging.report", span, span.date_to)._table_query,
            span.customers.ids,
        )

    def _open_delivered(self, span: Span) -> SQL:
        return SQL(
            """
            SELECT partner_id,
                   currency_id,
                   CASE kind WHEN 'delivery' THEN 'slip' WHEN 'return' THEN 'return'
                        ELSE 'order' END,
                   date,
                   due_date,
                   move_id,
                   NULL::int,
                   order_line_id,
                   quantity,
                   amount_currency / NULLIF(quantity, 0),
                   amount_currency
              FROM (%s) AS uninvoiced
             WHERE partner_id = ANY(%s)
               AND amount_currency <> 0
            """,
            self._at("funnel.uninvoiced.report", span, span.date_to)._table_query,
            span.customers.ids,
        )
