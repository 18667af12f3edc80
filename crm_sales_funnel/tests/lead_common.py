from odoo import fields
from odoo.tests import Form

from .plan_common import PlanCommon

LOG = "funnel.contact.log"


class LeadCommon(PlanCommon):
    """Leads of the salesperson, with or without a customer, and two customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.leader = cls.users["team_leader"]
        cls.manager = cls.users["manager"]
        cls.other = cls.new_customers(1)

    def lead(self, shift=None, **values):
        """Return a lead of the salesperson, planned by hand for a day."""
        values = {
            "name": "Pallets",
            "type": "opportunity",
            "user_id": self.salesperson.id,
            "team_id": self.team.id,
            **values,
        }
        maker = self.salesperson if values["user_id"] == self.salesperson.id else None
        leads = self.env["crm.lead"].with_user(maker or self.leader)
        lead = leads.create(values).with_user(self.salesperson)
        if shift is not None:
            self.plan_hand(lead, shift)
        return lead

    def plan_hand(self, record, shift, user=None):
        """Plan the next contact by hand as a user; None: not at all."""
        record = record.with_user(user or self.salesperson)
        record.next_contact_date = shift is not None and self.day(shift)
        self.read_again()

    def contact(self, date=None, **values):
        """Log a contact as the salesperson, of this moment or another time in UTC."""
        date = date or fields.Datetime.now()
        log = self.log(date, **values).with_user(self.salesperson)
        self.read_again()
        return log

    def read_again(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def planned(self, record):
        """Return in how many days the record is to be contacted, and by whom."""
        self.read_again()
        record = record.sudo()
        date = record.next_contact_date
        return date and (date - self.today).days, record.next_contact_user_id

    def assert_days(self, *expected):
        """Compare in how many days each is to be contacted.

        :param expected: pairs of record and days, or False
        """
        found = [(record, self.planned(record)[0]) for record, _days in expected]
        self.assertEqual(found, list(expected))
        # and at night nothing is left to correct
        self.assertEqual(self.env["res.partner"]._update_next_contacts(), 0)

    def merged(self, *leads, **values):
        """Return what leads become, the first of them the most probable."""
        for index, lead in enumerate(leads):
            lead.sudo().probability = 90 - index
        leads = self.env["crm.lead"].union(*leads)
        merged = leads.with_user(self.manager)._merge_opportunity(**values)
        self.read_again()
        return merged.sudo()

    def merge_customers(self, kept, *others):
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([kept.id, *(other.id for other in others)], kept)
        self.read_again()

    def listed(self, user=None, reach="own"):
        """Return whom the reminders of overdue contacts and those of today list."""
        self.read_again()
        user = user or self.salesperson
        found = []
        for reminder in self.env["funnel.reminder"].with_user(user).get_today(reach):
            if reminder["key"].startswith("contacts") and reminder["key"].endswith(
                ("overdue", "today")
            ):
                action = reminder["action"]
                rows = self.env[action["res_model"]].with_user(user)
                found += rows.search(action["domain"])
        return [record.sudo() for record in found]

    def form_link(self, lead, customer):
        """Choose the customer in the form of a lead, as the salesperson does."""
        with Form(lead.with_user(self.salesperson)) as form:
            form.partner_id = customer
        self.read_again()
