from odoo import models

# What an invoice says of its lines, and whether it counts.
TOLD_BY_MOVES = {"state", "invoice_user_id", "partner_id", "commercial_partner_id"}


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        result = super().write(vals)
        if not TOLD_BY_MOVES.isdisjoint(vals):
            allocation = self.env["funnel.allocation"]
            allocation._touch(self, all_they_pay="state" in vals)
        return result
