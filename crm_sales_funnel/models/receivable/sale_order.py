from typing import NamedTuple

from odoo import models


class Settlement(NamedTuple):
    """What is invoiced of a statement. An object of ours in the context is what no
    request from outside can have there."""

    statement: models.Model
    quantities: dict[int, float]  # order line id -> quantity


class SaleOrder(models.Model):
    """How orders are invoiced of which a customer confirmed a statement.

    Context: ``funnel_settlement``, a ``Settlement``.
    """

    _inherit = "sale.order"

    def _get_settlement(self):
        settlement = self.env.context.get("funnel_settlement")
        return settlement if isinstance(settlement, Settlement) else None

    def _get_invoice_grouping_keys(self):
        if self._get_settlement():
            return ["company_id", "currency_id"]
        return super()._get_invoice_grouping_keys()

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        settlement = self._get_settlement()
        if settlement:
            statement = settlement.statement
            customer = statement.partner_id.with_company(statement.company_id)
            term = customer.property_payment_term_id
            values |= {
                "funnel_statement_id": statement.id,
                "partner_id": customer.address_get(["invoice"])["invoice"],
                "partner_shipping_id": customer.id,
                "invoice_payment_term_id": term.id or values["invoice_payment_term_id"],
                "invoice_user_id": statement.user_id.id,
            }
        return values

    def _get_invoiceable_lines(self, final=False):
        lines = super()._get_invoiceable_lines(final)
        settlement = self._get_settlement()
        if not settlement:
            return lines
        settled = settlement.quantities
        # A down payment is taken off when the last of its order is invoiced.
        complete = all(
            line.qty_invoiced + settled.get(line.id, 0.0) >= line.product_uom_qty
            for line in self.order_line
            if not line.display_type and not line.is_downpayment
        )
        return lines.filtered(
            lambda line: (
                line.id in settled
                or line.display_type
                or (line.is_downpayment and complete)
            )
        )
