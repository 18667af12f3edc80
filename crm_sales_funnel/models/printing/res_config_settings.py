from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    print_core_reports = fields.Boolean(
        related="company_id.print_core_reports", readonly=False
    )
