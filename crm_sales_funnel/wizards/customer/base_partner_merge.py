from odoo import api, models

from ...models.customer.funnel_collision import MANAGER
from ...models.customer.funnel_collision_news import MADE_FROM
from ...models.customer.funnel_collision_search import PARTNER


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # Odoo leaves those whose mails differ to the administrator, since a mail is an
        # identity to log in with: here nobody logs in, and somebody looks at both.
        if extra_checks and self._is_possible_duplicate(partner_ids):
            extra_checks = False
        # The one that stays takes what the others have.
        # sudo: read for the check alone
        collisions = self.env["funnel.collision"].sudo()
        partners = self.env["res.partner"].browse(partner_ids).exists()
        target = dst_partner
        if not target or target not in partners:
            target = self._get_ordered_partner(partners.ids)[-1:]
        merging = self.with_context(**collisions._made_from(partners, target))
        return super(BasePartnerMergeAutomaticWizard, merging)._merge(
            partner_ids, dst_partner=dst_partner, extra_checks=extra_checks
        )

    @api.model
    def _is_possible_duplicate(self, partner_ids) -> bool:
        """Tell whether a manager merges a pair of the list, in which is no user."""
        pair = self.env["res.partner"].browse(partner_ids).exists()
        if not self.env.user.has_group(MANAGER) or len(pair) != 2:
            return False
        pair.check_access("write")
        # sudo: whoever they are users of.
        if pair.sudo().with_context(active_test=False).user_ids:
            return False
        one, other = ((PARTNER, key) for key in sorted(pair.ids))
        return bool(self.env["funnel.collision"]._get_pair(one, other))

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
        target = dst_partner.with_context(
            **{MADE_FROM: self.env.context.get(MADE_FROM)}
        )
        return super()._update_values(src_partners, target)
