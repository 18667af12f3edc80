from odoo import models


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    def unlink(self):
        # The lines of bills are of no order line then, which the database writes.
        moves = self.invoice_lines.move_id
        result = super().unlink()
        self.env["funnel.allocation"]._touch(moves)
        return result
