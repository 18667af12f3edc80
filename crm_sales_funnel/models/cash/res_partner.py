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
            self.env["funnel.allocation"]._touch_ids(partners=changed.ids)
        return result

    def _filter_employees(self):
        """Return those who may be paid as employees: internal users, whoever is in a
        payroll, and the other addresses of these."""
        people = self | self.commercial_partner_id
        # sudo: who works here is known from users and payrolls of any company.
        users = self.env["res.users"].sudo().with_context(active_test=False)
        lines = self.env["funnel.payroll.line"].sudo()  # sudo: as above
        found = people.browse(
            users.search(
                [("partner_id", "in", people.ids), ("share", "=", False)]
            ).partner_id.ids
            + lines.search([("partner_id", "in", people.ids)]).partner_id.ids
        )
        return self.filtered(lambda one: (one | one.commercial_partner_id) & found)
