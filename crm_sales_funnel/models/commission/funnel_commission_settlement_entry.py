from odoo import api, models
from odoo.exceptions import AccessError


class FunnelCommissionEntry(models.Model):
    _inherit = "funnel.commission.entry"

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: it is put into a settlement by hand, which may be approved"""
        if any(vals.get("settlement_id") for vals in vals_list):
            raise AccessError(
                self.env._("An entry gets into a settlement when that is made.")
            )
        return super().create(vals_list)
