from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_owed_quantity(self, delivered):
        """Return the quantity that is owed for when so much is delivered: what was
        invoiced in advance is owed for as well."""
        if self.product_id.invoice_policy == "order":
            return max(delivered, self.qty_invoiced)
        return delivered

    def _get_debt(self, quantity, company):
        """Return what a quantity costs, tax included, in the company's currency."""
        return self.currency_id._convert(
            self._get_slip_amount(quantity),
            company.currency_id,
            company,
            fields.Date.context_today(self),
            round=False,
        )
