from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    rounding_off_account_id = fields.Many2one(
        related="company_id.rounding_off_account_id", readonly=False
    )
    rounding_off_limit = fields.Monetary(
        related="company_id.rounding_off_limit",
        currency_field="currency_id",
        readonly=False,
    )
    unknown_receipts_account_id = fields.Many2one(
        related="company_id.unknown_receipts_account_id", readonly=False
    )
    duplicate_payment_days = fields.Integer(
        related="company_id.duplicate_payment_days", readonly=False
    )
