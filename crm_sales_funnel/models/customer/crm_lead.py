from odoo import api, models

SIGNS = frozenset(
    {
        "partner_name",
        "contact_name",
        "phone",
        "email_from",
        "country_id",
        "company_id",
        "partner_id",
        "active",
    }
)


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "funnel.collision.import"]

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        # sudo: the check reads everything, and tells what it may.
        leads.env["funnel.collision"].sudo()._follow(leads, is_new=True)
        return leads

    def write(self, vals):
        if not SIGNS & vals.keys():
            return super().write(vals)
        collisions = self.env["funnel.collision"].sudo()  # sudo: as above
        before = collisions._read_known(self)
        result = super().write(vals)
        collisions._follow(self, before)
        if "partner_id" in vals:
            collisions._close_joined(leads=self)
        return result

    def _making_from_these(self):
        """Return these leads for what is made of them."""
        # sudo: as above
        collisions = self.env["funnel.collision"].sudo()
        return self.with_context(**collisions._made_from(self))

    def _create_customer(self, with_parent=None):
        # The customer is as the lead says.
        customer = super(CrmLead, self._making_from_these())._create_customer(
            with_parent=with_parent
        )
        return customer.with_env(self.env)

    def _merge_opportunity(
        self, user_id=False, team_id=False, auto_unlink=True, max_length=5
    ):
        # The one that stays takes what the others have.
        merged = super(CrmLead, self._making_from_these())._merge_opportunity(
            user_id=user_id,
            team_id=team_id,
            auto_unlink=auto_unlink,
            max_length=max_length,
        )
        return merged.with_env(self.env)

    def _merge_dependences(self, opportunities):
        # sudo: whoever may merge the leads moves what was decided of them.
        collisions = self.env["funnel.collision"].sudo()
        collisions._merge_records(opportunities, self)
        # sudo: as above
        overrides = self.env["funnel.collision.override"].sudo()
        overrides.search([("lead_id", "in", opportunities.ids)]).lead_id = self
        return super()._merge_dependences(opportunities)
