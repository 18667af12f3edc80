from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    is_identity_refused = fields.Boolean(
        related="company_id.is_identity_refused", readonly=False
    )
    is_told_to_others = fields.Boolean(
        related="company_id.is_told_to_others", readonly=False
    )
