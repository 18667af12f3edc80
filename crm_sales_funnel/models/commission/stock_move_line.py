from odoo import api, models


class StockMoveLine(models.Model):
    """How much was delivered is corrected in the operations of a transfer that is done:
    the quantity of the move follows from them, and nobody writes it."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._touch_done()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if not {"product_uom_id", "quantity"}.isdisjoint(vals):
            self._touch_done()
        return result

    def _touch_done(self) -> None:
        """Note the orders of what was delivered already."""
        # sudo: whoever delivers may read no order.
        done = self.sudo().move_id.filtered(lambda move: move.state == "done")
        self.env["funnel.commission.touched"]._touch(done.sale_line_id.order_id)
