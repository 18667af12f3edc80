from typing import NamedTuple

from odoo import models


class Settlement(NamedTuple):
    """What is invoiced of a statement. An object of ours in the context is what no
    request from outside can have there."""

    statements: dict[int, models.Model]  # by id of the order
    quantities: dict[int, float]  # order line id -> quantity
    deductions: dict[int, "Deduction"]  # by id of the line of the down payment


class Deduction(NamedTuple):
    """What is deducted of a down payment."""

    quantity: float  # negative
    price_unit: float
    amount: float  # tax included


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
            return ["funnel_statement_id"]
        return super()._get_invoice_grouping_keys()

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        settlement = self._get_settlement()
        if settlement:
            statement = settlement.statements[self.id]
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
        settlement = self._get_settlement()
        if not settlement:
            return super()._get_invoiceable_lines(final)
        settled = settlement.quantities
        lines = self.order_line.filtered(
            lambda line: line.id in settled or line.id in settlement.deductions
        )
        if lines and self._is_complete(settled):
            lines |= self._get_lines_beside(settled)
        return lines.sorted(lambda line: (line.is_downpayment, line.sequence, line.id))

    def _is_complete(self, settled):
        """Tell whether nothing is left to be delivered or invoiced of the goods."""
        return all(
            picking.state in ("done", "cancel") for picking in self.picking_ids
        ) and all(
            line.product_uom_id.compare(
                line._get_billed_quantity() + settled.get(line.id, 0.0),
                line.qty_delivered,
            )
            >= 0
            for line in self.order_line
            if line.move_ids
        )

    def _is_over(self):
        """Tell whether something was delivered, and all that is to be invoiced is; the
        rest is cancelled."""
        return (
            any(picking.state == "done" for picking in self.picking_ids)
            and self._is_complete({})
            and all(
                line.product_uom_id.compare(
                    line._get_billed_quantity(), line.product_uom_qty
                )
                >= 0
                for line in self.order_line
                if not (line.move_ids or line.display_type or line.is_downpayment)
            )
        )

    def _get_deductions(self, settled):
        """Return order line id -> ``Deduction`` of the down payments that pay for a part
        of an order, as far as they do. With the last part the rest is deducted.

        :param settled: order line id -> quantity that is invoiced
        """
        if self._is_complete(settled):
            return {}
        due = sum(
            line._get_slip_amount(settled[line.id])
            for line in self.order_line
            if line.id in settled
        )
        deductions = {}
        for line in self.order_line.filtered("is_downpayment"):
            deduction = line._get_deduction(due)
            if deduction:
                deductions[line.id] = deduction
                due -= deduction.amount
        return deductions

    def _get_lines_beside(self, settled):
        """Return what is invoiced with the last of an order: what is left of down
        payments is taken off, and what is billed by the ordered quantity and never
        delivered, such as freight and discounts, is charged."""
        return self.order_line.filtered(
            lambda line: (
                line.id not in settled
                and not line.move_ids
                and not line.display_type
                and (
                    line.is_downpayment
                    and line.qty_to_invoice
                    or line._get_unbilled_quantity()
                    and line.product_id.type == "service"
                    and line.product_id.invoice_policy == "order"
                )
            )
        )
