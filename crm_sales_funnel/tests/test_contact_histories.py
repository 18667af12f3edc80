import random
from dataclasses import dataclass, field

from odoo import fields
from odoo.tests import tagged

from .lead_common import LeadCommon

HISTORIES = 12
STEPS = 16
OPEN = "open"


@dataclass
class Told:
    """What was said with a customer or lead, as people remember it."""

    user: int  # whose it is: index of the salesperson
    customer: int | None = None  # of a lead
    state: str = OPEN  # of a lead
    hand: tuple = (-1, None)  # when it was said: step; for which day
    contacts: list = field(default_factory=list)  # as of Contact


@dataclass(eq=False)
class Contact:
    step: int
    next: int | None
    lead: int | None
    customer: int | None
    log: object


@tagged("post_install", "-at_install")
class TestContactHistories(LeadCommon):
    """Whatever happens to leads and customers in whatever order, each is due when it was
    said last, or agreed, with itself, and is on the list of whose it is."""

    def start(self):
        self.sellers = [self.salesperson, self.mate]
        self.customers = self.new_customers(2)
        self.customers[1].user_id = self.mate
        self.leads = [
            self.lead(user_id=seller.id) for seller in (*self.sellers, self.mate)
        ]
        self.told_customers = [Told(0), Told(1)]
        self.told_leads = [Told(0), Told(1), Told(1)]
        self.contacts = []

    # What people expect

    def own_date(self, told, stating, fulfilling):
        """Return the day that was said last with a record; None if it was done since."""
        stated = [contact for contact in stating if contact.next is not None]
        step, day = max([told.hand, *((one.step, one.next) for one in stated[-1:])])
        if day is None or day <= 0 and any(one.step > step for one in fulfilling):
            return None
        return day

    def lead_date(self, index):
        own = [one for one in self.contacts if one.lead == index]
        return self.own_date(self.told_leads[index], own, own)

    def customer_date(self, index):
        contacts = [one for one in self.contacts if one.customer == index]
        stating = [one for one in contacts if one.lead is None]
        return self.own_date(self.told_customers[index], stating, contacts)

    # What happens

    def plan_lead(self, rnd):
        index, day = rnd.randrange(3), rnd.choice([None, -2, -1, 0, 0, 5, 8])
        if day != self.lead_date(index):
            self.told_leads[index].hand = (self.step, day)
        self.plan_hand(self.leads[index], day, self.manager)

    def plan_customer(self, rnd):
        index, day = rnd.randrange(2), rnd.choice([None, -1, 4, 6])
        if day != self.customer_date(index):
            self.told_customers[index].hand = (self.step, day)
        self.plan_hand(self.customers[index], day, self.manager)

    def link(self, rnd):
        index, customer = rnd.randrange(3), rnd.choice([None, 0, 0, 1, 1])
        self.told_leads[index].customer = customer
        for contact in self.contacts:
            if contact.lead == index:
                contact.customer = customer
        partner = self.customers[customer] if customer is not None else None
        self.leads[index].with_user(self.manager).write(
            {"partner_id": partner and partner.id}
        )

    def contact_lead(self, rnd):
        index, day = rnd.randrange(3), rnd.choice([None, None, 1, 2, 7])
        told = self.told_leads[index]
        log = self.make(day, told.user, lead_id=self.leads[index].id)
        self.contacts.append(Contact(self.step, day, index, told.customer, log))

    def contact_customer(self, rnd):
        index, day = rnd.randrange(2), rnd.choice([None, None, 1, 2, 7])
        user = self.told_customers[index].user
        log = self.make(day, user, partner_id=self.customers[index].id)
        self.contacts.append(Contact(self.step, day, None, index, log))

    def make(self, day, user, **values):
        return self.log(
            fields.Datetime.now(),
            user_id=self.sellers[user].id,
            next_contact_date=day is not None and self.day(day),
            **values,
        )

    def take_back(self, rnd):
        if self.contacts:
            contact = rnd.choice(self.contacts)
            self.contacts.remove(contact)
            contact.log.with_user(self.manager).unlink()

    def hand_over(self, rnd):
        index, user = rnd.randrange(5), rnd.randrange(2)
        told = [*self.told_leads, *self.told_customers][index]
        record = [*self.leads, *self.customers][index]
        told.user = user
        record.with_user(self.manager).user_id = self.sellers[user]

    def decide(self, rnd):
        index, state = rnd.randrange(3), rnd.choice(["won", "lost", OPEN])
        lead = self.leads[index].with_user(self.manager)
        if self.told_leads[index].state != OPEN:
            lead.action_unarchive()
            lead.write({"stage_id": self.first_stage.id, "probability": 20})
        if state == "won":
            lead.action_set_won()
        elif state == "lost":
            lead.action_set_lost()
        self.told_leads[index].state = state

    # What is seen

    def expected(self):
        """Yield each record, its day or None, and whose it is, as it was told."""
        for index, told in enumerate(self.told_leads):
            yield self.leads[index].sudo(), self.lead_date(index), told
        for index, told in enumerate(self.told_customers):
            yield self.customers[index].sudo(), self.customer_date(index), told

    def check(self):
        for record, day, told in self.expected():
            user = self.sellers[told.user]
            planned = (False, user.browse()) if day is None else (day, user)
            self.assertEqual(self.planned(record), planned, record)
        for index, customer in enumerate(self.customers):
            logs = [one.log for one in self.contacts if one.customer == index]
            newest = customer.last_contact_id
            self.assertEqual(newest, logs[-1] if logs else newest.browse())
        self.assertEqual(self.env["res.partner"]._update_next_contacts(), 0)

    def check_lists(self):
        """Each that is due is on one list, once."""
        everything = list(self.expected())
        ours = {record for record, _day, _told in everything}
        for index, seller in enumerate(self.sellers):
            listed = [record for record in self.listed(seller) if record in ours]
            mine = [
                record
                for record, day, told in everything
                if told.user == index
                and told.state != "lost"
                and day is not None
                and day <= 0
            ]
            self.assertCountEqual(listed, mine)

    def test_histories(self):
        self.first_stage = self.env["crm.stage"].search([("is_won", "=", False)])[:1]
        happens = [
            *[self.plan_lead, self.link, self.contact_lead, self.contact_customer] * 3,
            *[self.plan_customer, self.hand_over] * 2,
            *[self.take_back, self.decide],
        ]
        for seed in range(HISTORIES):
            rnd = random.Random(seed)
            with self.cr.savepoint() as savepoint:
                self.start()
                told = []
                for self.step in range(STEPS):
                    what = rnd.choice(happens)
                    told.append(what.__name__)
                    what(rnd)
                    with self.subTest(seed=seed, told=told):
                        self.check()
                with self.subTest(seed=seed, told=told):
                    self.check_lists()
                savepoint.rollback()
                self.env.invalidate_all()
