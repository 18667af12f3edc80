from odoo import models


class PurchaseOrderLine(models.Model):
    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "funnel.print.order.line"]

    def _get_ordered_quantity(self):
        return self.product_qty

    def _get_print_codes(self):
        return [*super()._get_print_codes(), self._get_vendor_code()]

    def _get_vendor_code(self):
        return self.product_id._get_vendor_code(self.order_id.partner_id)

    def _get_print_row(self, number):
        row = super()._get_print_row(number)
        if "seq" in row:
            row["vendor_code"] = self._get_vendor_code()
            row["delivery_date"] = self.order_id._print_date(self.date_planned)
        return row
