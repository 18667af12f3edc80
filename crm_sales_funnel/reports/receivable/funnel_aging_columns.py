from odoo import models
from odoo.tools import SQL


class FunnelAgingReport(models.Model):
    """What the documents tell of an open item."""

    _inherit = "funnel.aging.report"

    def _salesperson(self) -> SQL:
        return SQL("COALESCE(move.invoice_user_id, customer.user_id)")

    def _line_kind(self) -> SQL:
        # Until the exchange entry at the end of the month, an item that was paid in
        # its currency is still open in the company's, or the other way round.
        return SQL(
            """
            CASE WHEN (item.residual = 0) <> (item.residual_currency = 0)
                     THEN 'exchange'
                 WHEN move.move_type IN
                      ('out_invoice', 'out_receipt', 'in_invoice', 'in_receipt')
                     THEN 'invoice'
                 WHEN move.move_type IN ('out_refund', 'in_refund') THEN 'credit_note'
                 WHEN item.payment_id IS NOT NULL
                   OR item.statement_line_id IS NOT NULL THEN 'unapplied'
                 ELSE 'miscellaneous' END
            """
        )

    def _debt_date(self) -> SQL:
        if "delivery" not in self.env.companies.mapped("debt_age_from"):
            # The same as below, without reading the invoices.
            return SQL("COALESCE(item.invoice_date, item.date)")
        return SQL(
            """
            COALESCE(
                CASE WHEN company.debt_age_from = 'delivery'
                     THEN move.delivery_date END,
                item.invoice_date,
                item.date
            )
            """
        )

    def _sale_order(self) -> SQL:
        return SQL(
            """
            SELECT CASE WHEN COUNT(DISTINCT order_line.order_id) = 1
                        THEN MIN(order_line.order_id) END
              FROM account_move_line AS invoice_line
              JOIN sale_order_line_invoice_rel AS rel
                ON rel.invoice_line_id = invoice_line.id
              JOIN sale_order_line AS order_line ON order_line.id = rel.order_line_id
             WHERE invoice_line.move_id = item.move_id
            """
        )
