from odoo import api, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if any(vals.get("invoice_lines") for vals in vals_list):
            # What is paid of them is of this order.
            self.env["funnel.allocation"]._touch(lines.invoice_lines.move_id)
        return lines

    def write(self, vals):
        if "order_id" in vals:
            self.env["funnel.allocation"]._forget_collected()
        if "invoice_lines" not in vals:
            return super().write(vals)
        before = self.invoice_lines.move_id
        result = super().write(vals)
        # What is paid of them was of this order, or is now.
        moves = before | self.invoice_lines.move_id
        self.env["funnel.allocation"]._touch(moves)
        return result
