from odoo import models


class ResUsers(models.Model):
    """What is to be done by who leaves is handed over."""

    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if {"active", "company_ids"} & vals.keys():
            self.env["funnel.followup.line"]._hand_over_of(self)
        return result
