from odoo import api, models

# What decides whose newest order it is, and from when.
ORDERED = frozenset({"date_order", "partner_id", "state"})


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # A confirmed order is business with its customer.

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._get_ordering_customers()._recompute_last_order()
        return orders

    def write(self, vals):
        customers = self.env["res.partner"]
        if ORDERED & vals.keys():
            customers = self._get_ordering_customers()
        result = super().write(vals)
        if ORDERED & vals.keys():
            (customers | self._get_ordering_customers())._recompute_last_order()
        return result

    def unlink(self):
        customers = self._get_ordering_customers()
        result = super().unlink()
        customers._recompute_last_order()
        return result

    def _get_ordering_customers(self):
        """Return the customers of those of the orders that are confirmed."""
        # sudo: whoever confirms the order, its customer has ordered.
        orders = self.sudo().filtered(lambda order: order.state == "sale")
        return orders.partner_id.commercial_partner_id
