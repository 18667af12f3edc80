from odoo import api, models

from ...models.customer.funnel_collision_entry import LEAVE_OUT
from ...models.customer.funnel_collision_search import PARTNER


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # Odoo deletes what would be there twice.
        # sudo: whoever may merge the partners moves what was decided of them.
        collisions = self.env["funnel.collision"].sudo()
        collisions._merge_records(src_partners, dst_partner)
        for name in ("funnel.collision.sign", "funnel.collision.answer"):
            # sudo: they follow from the partners, or are forgotten in days anyway.
            rows = self.env[name].sudo()
            rows.search([("partner_id", "in", src_partners.ids)]).unlink()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        collisions._close_joined(partners=dst_partner)
        return result

    @api.model
    def _update_values(self, src_partners, dst_partner):
        # The one that stays takes what the others have, which are still there.
        left_out = [[PARTNER, key] for key in src_partners.ids]
        target = dst_partner.with_context(**{LEAVE_OUT: left_out})
        return super()._update_values(src_partners, target)
