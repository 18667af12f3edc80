from datetime import date, datetime

from odoo import fields, models

from .funnel_contact_log_activity import MERGED
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

    # What the customer had planned by hand before this lead gave it its date: whose it
    # was, which date it gave, and the values. Of another date it says nothing.
    replaced_hand_plan = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)

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
        # What is said now is said of the customer that it has from now on.
        said = {fname: vals[fname] for fname in NEXT_CONTACT & vals.keys()}
        others = {fname: value for fname, value in vals.items() if fname not in said}
        former = [
            (lead, _get_customer(lead), lead._has_passed_on(), lead._is_plan_kept())
            for lead in self
        ]
        result = super().write(others)
        for lead, customer, has_passed_on, is_kept in former:
            if _get_customer(lead) != customer:
                if has_passed_on:
                    lead._take_back_from(customer)
                if is_kept:
                    lead._pass_on_next_contact()
                elif customer and lead._has_hand_plan():
                    lead._forget_hand()
        return result and (not said or super().write(said))

    def _get_kept_fields(self):
        return super()._get_kept_fields() | {"replaced_hand_plan"}

    def _is_plan_kept(self) -> bool:
        """A lead does not learn that its customer was contacted or planned otherwise:
        its date counts while the customer has it."""
        # sudo: compared only.
        lead, customer = self.sudo(), _get_customer(self)
        return super(CrmLead, lead)._is_plan_kept() and (
            not customer
            or (
                customer._has_hand_plan()
                and customer.hand_contact_date == lead.hand_contact_date
            )
        )

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
            leads._write_hand(customer._get_hand_vals())
        return result

    def _get_handed_over(self):
        """With a lead that is a customer's, nothing of the customer is handed over."""
        return super()._get_handed_over().filtered(lambda lead: not _get_customer(lead))

    def _pass_on_next_contact(self):
        """Leads that are customers are on no board: let the customer be contacted then,
        unless it is before."""
        result = super()._pass_on_next_contact()
        # sudo: whoever plans it with the lead plans it with the customer.
        for lead in self.sudo().filtered("partner_id"):
            if lead._has_hand_plan():
                customer = _get_customer(lead)
                before = customer._get_hand_vals()
                if customer._take_over_next_contact(
                    lead.hand_contact_date, lead.hand_contact_user_id, lead
                ):
                    lead._note_replaced(customer, before)
        return result

    def _note_replaced(self, customer, before):
        """Note what the customer had planned by hand before this lead gave it its date.

        :param before: values as of ``_get_hand_vals()``
        """
        before = {fname: _to_json(value) for fname, value in before.items()}
        said = _to_json(self.hand_contact_set_date)
        self.replaced_hand_plan = {"of": [customer.id, said], "before": before}

    def _take_back_from(self, customer):
        """Take the date of this lead from the customer that it is not any more: let it
        have that of another lead that says the same, else what it had before. What was
        said of the customer itself stays."""
        lead = self.sudo()  # sudo: as when it was passed on
        noted = lead.replaced_hand_plan or {}
        if noted.get("of") != [customer.id, _to_json(lead.hand_contact_set_date)]:
            return
        before = {**noted["before"]}
        others = lead.search(
            [
                ("partner_id", "child_of", customer.id),
                ("hand_contact_date", "=", lead.hand_contact_date),
                ("id", "!=", lead.id),
            ]
        )
        if same := others.filtered("next_contact_mark")[:1]:
            kept = ("hand_contact_date", "hand_contact_user_id")
            vals = {fname: same._get_hand_vals()[fname] for fname in kept}
            customer._write_hand(vals | same._get_saying())
            same._note_replaced(customer, before)
            return
        if moment := before["hand_contact_set_date"]:
            # As it was: a text would be read without its microseconds.
            before["hand_contact_set_date"] = datetime.fromisoformat(moment)
        customer._write_hand(before)

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
        is_planned = any(lead._is_plan_kept() for lead in merged | others)
        logs = others.contact_log_ids.with_context(funnel_contact_merged=MERGED)
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
        if is_planned:
            self._pass_on_next_contact()
        return result


def _to_json(value):
    return value.isoformat() if isinstance(value, date) else value


def _get_customer(lead):
    # sudo: who it is, and what is planned with it.
    return lead.sudo().partner_id.commercial_partner_id
