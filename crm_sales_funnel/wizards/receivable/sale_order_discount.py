from odoo import models

from ...models.receivable.sale_order_credit import Reckoned


class SaleOrderDiscount(models.TransientModel):
    """Odoo reckons what a discount of an order is."""

    _inherit = "sale.order.discount"

    def _create_discount_lines(self):
        reckoned = self.with_context(funnel_credit_reckoned=Reckoned(None))
        return super(SaleOrderDiscount, reckoned)._create_discount_lines()
