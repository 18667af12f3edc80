from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # sudo: what is allocated follows from the ledger, and nobody may write it.
        allocation = self.env["funnel.allocation"].sudo()
        allocation._merge_customers(src_partners, dst_partner)
        return result
