from odoo import api, models


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """The contacts of the merged partners have moved by SQL: what follows from
        them is computed again."""
        result = super()._update_foreign_keys(src_partners, dst_partner)
        partners = dst_partner | dst_partner.commercial_partner_id
        field = partners._fields["last_contact_id"]
        for computed in self.pool.field_computed[field]:
            self.env.add_to_compute(computed, partners)
        return result
