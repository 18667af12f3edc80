from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_cancel(self):
        # However a transfer with goods is cancelled (itself, its order, a quantity of it
        # set to nothing), it is by cancelling its moves.
        result = super()._action_cancel()
        self.picking_id._void_cancelled()
        return result
