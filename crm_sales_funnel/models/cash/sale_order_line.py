from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def write(self, vals):
        if "invoice_lines" not in vals:
            return super().write(vals)
        before = self.invoice_lines.move_id
        result = super().write(vals)
        # What is paid of them was of this order, or is now.
        moves = before | self.invoice_lines.move_id
        self.env["funnel.allocation"]._touch(moves)
        return result
