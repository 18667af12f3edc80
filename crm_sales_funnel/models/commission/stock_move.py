from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        result = super().write(vals)
        if not {"date", "quantity", "state", "to_refund"}.isdisjoint(vals):
            # sudo: whoever delivers may read no order.
            orders = self.sudo().sale_line_id.order_id
            self.env["funnel.commission.touched"]._touch(orders)
        return result
