from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    is_identity_refused = fields.Boolean(
        "Refuse the Same Tax ID or Phone",
        help="A customer or lead with exactly the tax ID or phone of another one is not"
        " saved; a manager may let it through with a reason.",
    )
    is_told_to_others = fields.Boolean(
        "Warn Across Companies",
        default=True,
        help="The collision check tells users of other companies the name, salesperson"
        " and last contact of this company's customers and leads, and no more.",
    )
