from odoo import fields, models


class SaleOrderLine(models.Model):
    """What is owed for a line. Drafts of invoices and credit notes change nothing: the
    ledger does not have them either."""

    _inherit = "sale.order.line"

    def _get_debt_to_invoice(self, company):
        """Return what is owed for the line beside what the ledger says, in the
        company's currency: what is delivered and not invoiced, and for a down payment
        what no invoice has deducted yet, negative."""
        if self.is_downpayment:
            return self._get_in_company_currency(-self.amount_invoiced, company)
        quantity = self._get_owed_quantity(self.qty_delivered)
        return self._get_debt(quantity - self.qty_invoiced_posted, company)

    def _get_owed_quantity(self, delivered, back=0.0):
        """Return the quantity that is owed for when so much is delivered: what was
        invoiced in advance is owed for as well, and nothing as long as the order is
        not confirmed, or when it is cancelled.

        :param back: what is still to come back of it
        """
        if self.state != "sale":
            return 0.0
        if self.product_id.invoice_policy != "order":
            return delivered
        invoiced = self.qty_invoiced_posted
        if delivered >= invoiced:
            return delivered
        return max(delivered, invoiced - self._get_quantity_to_credit(back))

    def _get_quantity_to_credit(self, back):
        """Return what came back and is not credited: of what is invoiced by the ordered
        quantity, Odoo proposes no credit note."""
        for move in self.move_ids.filtered(self._came_back):
            back += move.product_uom._compute_quantity(
                move.quantity, self.product_uom_id, round=False
            )
        for item in self.invoice_lines:
            if item.parent_state == "posted" and item.move_type == "out_refund":
                back -= item.product_uom_id._compute_quantity(
                    item.quantity, self.product_uom_id, round=False
                )
        return max(back, 0.0)

    def _came_back(self, move):
        """Tell whether Odoo takes the move off what is delivered. Its own method asks
        the database for each move."""
        return (
            move.state == "done"
            and move.to_refund
            and move.location_id.usage == "customer"
            and move.product_id == self.product_id
        )

    def _get_debt(self, quantity, company):
        """Return what a quantity costs, tax included, in the company's currency."""
        return self._get_in_company_currency(self._get_slip_amount(quantity), company)

    def _get_in_company_currency(self, amount, company):
        return self.currency_id._convert(
            amount,
            company.currency_id,
            company,
            fields.Date.context_today(self),
            round=False,
        )
