from odoo import api, models

# What a next contact that was planned by hand consists of.
BY_HAND = (
    "hand_contact_date",
    "hand_contact_user_id",
    "hand_contact_log_id",
    "hand_contact_set_uid",
    "hand_contact_set_date",
    "next_contact_mark",
)


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """The contacts of the merged partners have moved by SQL: what follows from
        them is computed again."""
        # sudo: whoever may merge the partners keeps what he or she cannot read too.
        kept = self._prepare_contact_plan_vals(src_partners.sudo(), dst_partner.sudo())
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # sudo: as above. It was planned by hand before, and has been noted then.
        merged = dst_partner.sudo().with_context(mail_notrack=True)
        merged.write(kept)
        partners = dst_partner | dst_partner.commercial_partner_id
        field = partners._fields["last_contact_id"]
        for computed in self.pool.field_computed[field]:
            self.env.add_to_compute(computed, partners)
        partners._recompute_last_order()
        partners._recompute_next_contact()
        return result

    def _prepare_contact_plan_vals(self, src_partners, dst_partner):
        """Return what the merged partner takes over: level and plan, where it has none,
        and the next contact that was planned by hand last."""
        partners = dst_partner | src_partners
        level = partners.customer_level_id[:1]
        planned = partners.filtered(
            lambda partner: (
                dst_partner._allows_plan(partner.contact_plan_id)
                and partner.contact_plan_id
            )
        )
        kept = {
            "customer_level_id": dst_partner.customer_level_id or level,
            "contact_plan_id": planned[:1].contact_plan_id,
            "contact_plan_since": planned[:1].contact_plan_since,
        }
        by_hand = partners.filtered(lambda partner: partner._has_hand_plan())
        last = max(by_hand, key=lambda p: p.next_contact_mark, default=dst_partner)
        kept |= {name: last[name] for name in BY_HAND}
        return dst_partner._convert_to_write(kept)
