from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("transfer_account_id"):
            self.transfer_account_id._mark_liquidity(holds_money=True)
        return result
