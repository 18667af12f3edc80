from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    customer_product_ids = fields.One2many(
        "funnel.customer.product",
        "partner_id",
        string="Item Codes",
        groups="crm_sales_funnel.group_funnel_user",
    )
