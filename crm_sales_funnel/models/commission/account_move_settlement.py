from odoo import fields, models

from .funnel_commission_settlement import FINANCE, MANAGER


class AccountMove(models.Model):
    _inherit = "account.move"

    # Known with the bill, so that these are not looked for whenever it changes.
    commission_settlement_ids = fields.One2many(
        "funnel.commission.settlement",
        "move_id",
        string="Commission Settlements",
        readonly=True,
        copy=False,
        groups=f"{FINANCE},{MANAGER}",
    )
