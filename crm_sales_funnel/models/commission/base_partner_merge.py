from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # sudo: what was booked only changes hands, and nobody may write it.
        ledger = self.env["funnel.commission.entry"].sudo()
        ledger._merge_partners(src_partners, dst_partner)
        # sudo: what commission was reckoned from, which nobody writes by hand.
        facts = self.env["funnel.commission.fact"].sudo()
        facts._merge_customers(src_partners, dst_partner)
        return result
