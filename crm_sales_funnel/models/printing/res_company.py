from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    print_core_reports = fields.Boolean(
        string="Print Layouts for Odoo's Documents",
        help="Odoo's own quotations, orders, delivery slips and receipts are printed by"
        " print layouts, in mails and in the portal as well.",
    )
