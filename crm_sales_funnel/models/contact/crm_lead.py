from odoo import fields, models

from .funnel_contact_mixin import CONTACT_GROUPS
from .funnel_contact_mixin_hand import NEXT_CONTACT


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["funnel.contact.mixin", "crm.lead"]

    contact_log_ids = fields.One2many(
        "funnel.contact.log",
        "lead_id",
        groups=CONTACT_GROUPS,
    )

    # Answers the reminders of the Today screen: those of leads that are customers
    # are counted with the customers.
    _next_contact_index = models.Index(
        "(next_contact_date, next_contact_user_id)"
        " WHERE next_contact_date IS NOT NULL AND partner_id IS NULL"
    )
    _never_contacted_index = models.Index(
        "(user_id) WHERE last_contact_day IS NULL AND partner_id IS NULL AND active"
    )

    def write(self, vals):
        """The customer that a lead becomes takes over what was planned with it, once:
        later he may have been contacted."""
        if not vals.get("partner_id"):
            return super().write(vals)
        former = self.grouped(_get_customer)
        result = super().write(vals)
        for customer, leads in former.items():
            leads.filtered(
                lambda lead, customer=customer: _get_customer(lead) != customer
            )._pass_on_next_contact()
        return result

    def _pass_on_next_contact(self):
        """Leads that are customers are on no board: let the customer be contacted then,
        unless it is before."""
        result = super()._pass_on_next_contact()
        # sudo: whoever plans it with the lead plans it with the customer.
        for lead in self.sudo().filtered("partner_id"):
            if lead._has_hand_plan():
                lead.partner_id.commercial_partner_id._take_over_next_contact(
                    lead.next_contact_date, lead.next_contact_user_id
                )
        return result

    def unlink(self):
        # sudo: whoever may delete a lead deletes what was said about it, as Odoo does
        # with its messages. Contacts with a customer stay.
        logs = self.sudo().contact_log_ids
        logs.filtered(lambda log: not log.partner_id).unlink()
        return super().unlink()

    def _merge_dependences(self, opportunities):
        """The contacts of the merged leads go on, and so does a next contact that was
        planned by hand, where no other one is planned."""
        planned = opportunities.filtered(lambda lead: lead._has_hand_plan()).sorted(
            "next_contact_date"
        )[:1]
        # Who is reminded no more is not named anew.
        names = NEXT_CONTACT
        if not planned.next_contact_user_id._has_contact_reminders():
            names = names - {"next_contact_user_id"}
        plan = {fname: planned[fname] for fname in names}
        # sudo: whoever may merge the leads moves all their contacts, as Odoo does
        # with their messages.
        opportunities.sudo().contact_log_ids.lead_id = self
        result = super()._merge_dependences(opportunities)
        if planned and not self.next_contact_date:
            self.write(self._convert_to_write(plan))
        return result


def _get_customer(lead):
    # sudo: compared only.
    return lead.sudo().partner_id.commercial_partner_id
