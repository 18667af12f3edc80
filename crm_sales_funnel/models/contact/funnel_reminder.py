from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder
from .funnel_contact_mixin import COMPANY, CONTACT_ROLES
from .lead_states import OPEN, UNDECIDED

# A mail of the customer has not been answered yet: who is never contacted is told by
# the contacts of ours.
NEVER_CONTACTED = Domain("last_contact_day", "=", False)
# Whoever is asked about a lead is not forgotten.
PLANNED_LEAD = OPEN & Domain("next_contact_date", "!=", False)
CUSTOMER = Domain("user_id", "!=", False) | Domain("customer_rank", ">", 0)


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "contacts",
                "title": self.env._("Contacts"),
                "icon": "fa-comments",
                "empty": self.env._(
                    "Nobody is to be contacted. Log a contact and choose the date of "
                    "the next one."
                ),
            }
        ]

    def _reminders(self):
        return super()._reminders() + [
            *self._contact_reminders(
                {
                    "overdue": self.env._("Overdue"),
                    "today": self.env._("Today"),
                    "tomorrow": self.env._("Tomorrow"),
                },
                key="contacts",
                units=(self.env._("customer"), self.env._("customers")),
                model="res.partner",
                action=f"{MODULE}.res_partner_action_contacts",
                team="user_id.sale_team_id",
                sequence=10,
            ),
            *self._business_reminders(),
            *self._contact_reminders(
                {
                    "overdue": self.env._("Leads overdue"),
                    "today": self.env._("Leads today"),
                    "tomorrow": self.env._("Leads tomorrow"),
                },
                key="contacts.lead",
                units=(self.env._("lead"), self.env._("leads")),
                model="crm.lead",
                action=f"{MODULE}.crm_lead_action_contacts",
                domain=OPEN,
                sequence=14,
            ),
            Reminder(
                key="contacts.lead.never",
                card="contacts",
                title=self.env._("Leads never contacted"),
                units=(self.env._("lead"), self.env._("leads")),
                model="crm.lead",
                action=f"{MODULE}.crm_lead_action_contacts",
                domain=Domain("partner_id", "=", False) & UNDECIDED & NEVER_CONTACTED,
                groups=CONTACT_ROLES,
                orphans=True,
                sequence=19,
            ),
        ]

    def _business_reminders(self) -> list[Reminder]:
        """Return whose business has stopped, and with whom it was never begun."""
        common = {
            "card": "contacts",
            "units": (self.env._("customer"), self.env._("customers")),
            "model": "res.partner",
            "action": f"{MODULE}.res_partner_action_customers",
            "groups": CONTACT_ROLES,
            "team": "user_id.sale_team_id",
            "orphans": True,
        }
        return [
            Reminder(
                key="contacts.dormant",
                title=self.env._("Dormant"),
                domain=Domain("dormant_since", "<=", str(fields.Datetime.now())),
                severity="warning",
                sequence=17,
                **common,
            ),
            Reminder(
                key="contacts.never",
                title=self.env._("Never contacted"),
                # Not the people and addresses of a customer.
                domain=NEVER_CONTACTED & CUSTOMER & COMPANY,
                sequence=18,
                **common,
            ),
            *self._unplanned_reminders(common),
        ]

    def _unplanned_reminders(self, common) -> list[Reminder]:
        """Return who would be forgotten, once spoken to, though there are plans: nothing
        is agreed, and there is no plan, or it was archived."""
        # sudo: whether plans are used at all.
        partners = self.env["res.partner"].sudo()
        if not partners.search_count([("contact_plan_id.active", "=", True)], limit=1):
            return []
        return [
            Reminder(
                key="contacts.unplanned",
                title=self.env._("Without a plan"),
                domain=Domain("next_contact_date", "=", False)
                & Domain("last_contact_day", "!=", False)
                & ~Domain("contact_plan_id.active", "=", True)
                & ~self._has_planned_lead()
                & CUSTOMER
                & COMPANY,
                sequence=18,
                **common,
            )
        ]

    def _has_planned_lead(self) -> Domain:
        """Return the condition on customers with whom somebody deals about a lead, as far
        as the user reads leads."""
        if not self.env["crm.lead"].has_access("read"):
            return Domain.FALSE
        return Domain("member_ids.opportunity_ids", "any", PLANNED_LEAD)

    def _contact_reminders(
        self, titles, key, sequence, domain=Domain.TRUE, **common
    ) -> list[Reminder]:
        """Return whom to contact: overdue, today and tomorrow.

        :param titles: translated title of each of the three
        """
        today = fields.Date.context_today(self)
        kinds = (
            ("overdue", "<", today, "danger"),
            ("today", "=", today, "warning"),
            ("tomorrow", "=", today + timedelta(days=1), "info"),
        )
        return [
            Reminder(
                key=f"{key}.{what}",
                card="contacts",
                title=titles[what],
                domain=domain & Domain("next_contact_date", operator, str(day)),
                groups=CONTACT_ROLES,
                owner="next_contact_user_id",
                orphans=True,
                severity=severity,
                sequence=sequence + index,
                **common,
            )
            for index, (what, operator, day, severity) in enumerate(kinds)
        ]
