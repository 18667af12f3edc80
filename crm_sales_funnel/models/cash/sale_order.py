from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            self.env["funnel.allocation"]._touch_orders(self)
        return result
