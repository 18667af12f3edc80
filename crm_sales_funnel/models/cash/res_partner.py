from odoo import models

# Whose the money is that is not applied to a document yet.
TOLD_BY_PARTNERS = {"is_company", "parent_id", "user_id"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        changed = self.browse()
        if not TOLD_BY_PARTNERS.isdisjoint(vals):
            changed = self | self.commercial_partner_id
        result = super().write(vals)
        if changed:
            self.env["funnel.cash.report"]._touch_partners(changed)
        return result
