from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder
from .funnel_contact_mixin import CONTACT_ROLES

NEVER_CONTACTED = Domain("last_contact_date", "=", False) & Domain(
    "user_id", "!=", False
)


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
                action=f"{MODULE}.res_partner_action_customers",
                team="user_id.sale_team_id",
                sequence=10,
            ),
            *self._business_reminders(),
            # Leads that are customers already are counted there.
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
                domain=Domain("partner_id", "=", False)
                & Domain("won_status", "=", "pending"),
                sequence=14,
            ),
            Reminder(
                key="contacts.lead.never",
                card="contacts",
                title=self.env._("Leads never contacted"),
                units=(self.env._("lead"), self.env._("leads")),
                model="crm.lead",
                action=f"{MODULE}.crm_lead_action_contacts",
                domain=Domain("partner_id", "=", False)
                & Domain("won_status", "=", "pending")
                & NEVER_CONTACTED,
                groups=CONTACT_ROLES,
                sequence=19,
            ),
        ]

    def _business_reminders(self) -> list[Reminder]:
        """Return whose business has stopped, and with whom it was never begun: customers
        who have a salesperson."""
        common = {
            "card": "contacts",
            "units": (self.env._("customer"), self.env._("customers")),
            "model": "res.partner",
            "action": f"{MODULE}.res_partner_action_customers",
            "groups": CONTACT_ROLES,
            "team": "user_id.sale_team_id",
        }
        return [
            Reminder(
                key="contacts.dormant",
                title=self.env._("Dormant"),
                domain=Domain("dormant_since", "<=", str(fields.Datetime.now()))
                & Domain("user_id", "!=", False),
                severity="warning",
                sequence=17,
                **common,
            ),
            Reminder(
                key="contacts.never",
                title=self.env._("Never contacted"),
                # Not the people and addresses of a customer.
                domain=NEVER_CONTACTED
                & (Domain("parent_id", "=", False) | Domain("is_company", "=", True)),
                sequence=18,
                **common,
            ),
        ]

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
                severity=severity,
                sequence=sequence + index,
                **common,
            )
            for index, (what, operator, day, severity) in enumerate(kinds)
        ]
