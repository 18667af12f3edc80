from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

# What of an order commission depends on.
TOLD_BY_ORDERS = {
    "currency_id",
    "date_order",
    "partner_id",
    "partner_shipping_id",
    "state",
    "team_id",
    "user_id",
}
# What of it makes it another sale, of which all is looked at anew.
LOOKED_AT_ANEW = {"date_order", "partner_id", "partner_shipping_id"}
TOLD_BY_LINES = {
    "discount",
    "price_unit",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "purchase_price",
    "tax_ids",
}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "funnel.commission.document"]

    commission_user_id = fields.Many2one(
        "res.users",
        string="Commission Of",
        readonly=True,
        copy=False,
        help="Whose the commission is: the salesperson when the order was confirmed.",
    )
    commission_split_ids = fields.One2many(
        "funnel.commission.split",
        "order_id",
        copy=False,
        groups="crm_sales_funnel.group_funnel_salesperson,"
        "crm_sales_funnel.group_funnel_finance",
    )

    def _auto_init(self):
        # The ORM would write every order there is.
        if not column_exists(self.env.cr, self._table, "commission_user_id"):
            create_column(self.env.cr, self._table, "commission_user_id", "int4")
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order SET commission_user_id = user_id"
                    " WHERE state = 'sale' AND user_id IS NOT NULL"
                )
            )
        return super()._auto_init()

    def _action_confirm(self):
        result = super()._action_confirm()
        self._freeze_commission()
        self.env["funnel.commission.touched"]._touch(self, anew=True)
        return result

    def _freeze_commission(self) -> None:
        for order in self:
            # sudo: whoever confirms it may not be one who decides it.
            order.sudo().commission_user_id = order.user_id

    def _get_sellers(self) -> dict:
        """Return user -> percent of who sells it by now."""
        if self.commission_split_ids:
            return {split.user_id: split.percent for split in self.commission_split_ids}
        return {self.user_id: 100} if self.user_id else {}

    def write(self, vals):
        result = super().write(vals)
        if vals.get("user_id"):
            # Nobody's so far.
            self.filtered(
                lambda order: order.state == "sale" and not order.commission_user_id
            )._freeze_commission()
        if not TOLD_BY_ORDERS.isdisjoint(vals):
            # A team that comes with another salesperson is none that was corrected.
            corrected = "team_id" in vals and "user_id" not in vals
            anew = corrected or not LOOKED_AT_ANEW.isdisjoint(vals)
            self.env["funnel.commission.touched"]._touch(self, anew)
        return result


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    _funnel_deposit_idx = models.Index("(order_id) WHERE is_downpayment")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["funnel.commission.touched"]._touch(lines.order_id)
        return lines

    def write(self, vals):
        result = super().write(vals)
        if not TOLD_BY_LINES.isdisjoint(vals):
            touched = self.env["funnel.commission.touched"]
            touched._touch(self.order_id, anew="product_id" in vals)
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        self.env["funnel.commission.touched"]._touch(orders)
        return result
