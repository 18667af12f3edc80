from odoo import api, models


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """The contacts of the merged partners have moved by SQL: what follows from
        them is computed again."""
        # sudo: whoever may merge the partners keeps what he or she cannot read too.
        merged, sources = dst_partner.sudo(), src_partners.sudo()
        kept = self._prepare_contact_plan_vals(sources, merged)
        lines = (merged | sources)._get_planned_lines()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # It was planned by hand before, and has been noted then.
        merged = merged.with_context(mail_notrack=True)
        merged.write(kept)
        partners = dst_partner | dst_partner.commercial_partner_id
        partners._recompute_all()
        merged._tell_other_plans(lines)
        return result

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Activities that are done move as well: a contact that is taken back opens
        them."""
        # sudo: whoever may merge the partners moves what hangs on them, as Odoo does.
        done = self.env["mail.activity"].sudo().with_context(active_test=False)
        done.search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", src_partners.ids),
                ("active", "=", False),
            ]
        ).res_id = dst_partner.id
        return super()._update_reference_fields(src_partners, dst_partner)

    def _prepare_contact_plan_vals(self, src_partners, dst_partner):
        """Return what the merged partner takes over: level and plan, where it has none,
        and the first next contact that was planned."""
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
        kept = dst_partner._convert_to_write(kept)
        return kept | dst_partner._prepare_merged_hand_vals(src_partners)
