from odoo import fields, models

from .funnel_contact_mixin import CONTACT_GROUPS


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
        later he may have been contacted. One that it was by mistake has it no more."""
        if "partner_id" not in vals:
            return super().write(vals)
        former = [(lead, _get_customer(lead), lead._has_passed_on()) for lead in self]
        result = super().write(vals)
        for lead, customer, has_passed_on in former:
            if _get_customer(lead) != customer:
                if has_passed_on:
                    customer._forget_hand()
                lead._pass_on_next_contact()
        return result

    def _has_passed_on(self) -> bool:
        """Return whether what the customer has planned by hand was said of this lead."""
        # sudo: compared only.
        lead, customer = self.sudo(), _get_customer(self)
        return customer._has_hand_plan() and all(
            lead[fname] == customer[fname]
            for fname in ("hand_contact_date", "hand_contact_set_date")
        )

    def _plan_by_hand(self, said):
        """That of a lead that is a customer is the customer's. The lead keeps what was
        said of it, as far as the customer has it."""
        of_customers = self.filtered(_get_customer)
        result = super(CrmLead, self - of_customers)._plan_by_hand(said)
        # sudo: whoever plans it with the lead plans it with the customer.
        for customer, leads in of_customers.sudo().grouped(_get_customer).items():
            customer._plan_by_hand(said)
            kept = leads.pool.field_computed[leads._fields["hand_contact_date"]]
            vals = {field.name: customer[field.name] for field in kept}
            leads._write_hand(leads._convert_to_write(vals))
        return result

    def _hand_over(self, former):
        """With a lead that is a customer's, nothing of the customer is handed over."""
        alone = self.filtered(lambda lead: not _get_customer(lead))
        return super(CrmLead, alone)._hand_over(former)

    def _pass_on_next_contact(self):
        """Leads that are customers are on no board: let the customer be contacted then,
        unless it is before."""
        result = super()._pass_on_next_contact()
        # sudo: whoever plans it with the lead plans it with the customer.
        for lead in self.sudo().filtered("partner_id"):
            if lead._has_hand_plan():
                _get_customer(lead)._take_over_next_contact(
                    lead.hand_contact_date, lead.hand_contact_user_id, lead
                )
        return result

    def unlink(self):
        # sudo: whoever may delete a lead deletes what was said about it, as Odoo does
        # with its messages. Contacts with a customer stay.
        logs = self.sudo().contact_log_ids
        logs.filtered(lambda log: not log.partner_id).unlink()
        return super().unlink()

    def _merge_dependences(self, opportunities):
        """The contacts of the merged leads go on, with the activities that they have
        closed, and so does the next contact that was planned by hand last. Who is to be
        contacted one by one is this one."""
        # sudo: whoever may merge the leads moves all that hangs on them, as Odoo does
        # with their messages.
        merged, others = self.sudo(), opportunities.sudo()
        vals = merged._prepare_merged_hand_vals(others)
        logs = others.contact_log_ids.with_context(funnel_contact_merged=True)
        logs.lead_id = self
        merged.env["funnel.contact.queue.line"].search(
            [("lead_id", "in", others.ids)]
        ).lead_id = self
        merged.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", others.ids),
                ("active", "=", False),
            ]
        ).res_id = self.id
        result = super()._merge_dependences(opportunities)
        merged._write_hand(vals)
        self._pass_on_next_contact()
        return result


def _get_customer(lead):
    # sudo: who it is, and what is planned with it.
    return lead.sudo().partner_id.commercial_partner_id
