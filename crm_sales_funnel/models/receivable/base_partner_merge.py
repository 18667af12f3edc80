from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # Odoo deletes what would be there twice.
        # sudo: the amounts only change hands, and nobody may write them.
        snapshots = self.env["funnel.receivable.snapshot"].sudo()
        snapshots._merge_customers(src_partners, dst_partner)
        # sudo: statements are changed by their own methods alone.
        self.env["funnel.statement"].sudo()._merge_customers(src_partners, dst_partner)
        # sudo: holds are changed by their own methods alone.
        self.env["funnel.credit.hold"].sudo()._merge_customers(
            src_partners, dst_partner
        )
        # sudo: what waits for approval is proposed by the program, and again.
        followups = self.env["funnel.followup.line"].sudo()
        followups._merge_customers(src_partners | dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        for name in ("funnel.payment.promise", "funnel.invoice.dispute"):
            # sudo: what a customer said goes with him.
            self.env[name].sudo()._follow_merge(dst_partner)
        followups._hand_over(dst_partner)
        return result
