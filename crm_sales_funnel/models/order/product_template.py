from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    customer_product_ids = fields.One2many(
        "funnel.customer.product",
        "product_tmpl_id",
        string="Customers' Item Codes",
        groups="crm_sales_funnel.group_funnel_user",
    )
