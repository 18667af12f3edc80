from odoo import models


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "funnel.print.order.line"]

    def _get_ordered_quantity(self):
        return self.product_uom_qty

    def _get_print_bearer(self):
        for section in (self.parent_id.parent_id, self.parent_id):
            if section.collapse_composition or section.collapse_prices:
                return section
        return self
