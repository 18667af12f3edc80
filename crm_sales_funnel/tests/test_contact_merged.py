from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .lead_common import LeadCommon


@tagged("post_install", "-at_install")
class TestContactMerged(LeadCommon):
    """Of what was planned with leads or customers that are merged, the first holds, and
    the chatter tells the others."""

    def pairs(self):
        """Yield two leads with what merges them, and two customers."""
        yield self.lead(), self.lead(), self.merged
        yield *self.new_customers(2), self.merge_customers

    def owner_of(self, record):
        """Return the values of a contact with a lead or customer."""
        is_lead = record._name == "crm.lead"
        return {"lead_id" if is_lead else "partner_id": record.id}

    def told(self, record):
        """Return the newest words in the chatter on what was planned besides."""
        messages = record.sudo().message_ids.filtered(
            lambda message: "planned as well" in (message.body or "")
        )
        return messages[:1].body or ""

    def us_day(self, shift):
        year, month, day = self.day(shift).split("-")
        return f"{month}/{day}/{year}"

    def test_the_first_holds_whoever_said_it_last(self):
        for kept_first in (True, False):
            for kept, gone, merge in self.pairs():
                said = [(kept, 20, self.leader), (gone, 1, self.salesperson)]
                for record, shift, user in said if kept_first else reversed(said):
                    self.plan_hand(record, shift, user)
                merge(kept, gone)
                with self.subTest(kept._name, kept_first=kept_first):
                    self.assertEqual(self.planned(kept), (1, self.salesperson))
                    kept = kept.sudo()
                    self.assertEqual(kept.hand_contact_set_uid, self.salesperson)
                    told = self.told(kept)
                    self.assertIn(self.us_day(20), told)
                    self.assertIn(self.leader.name, told)
                    self.assertNotIn(self.us_day(1) + " ·", told)

    def test_contact_and_hand(self):
        for by_hand, agreed in ((1, 20), (20, 2)):
            for hand_first in (True, False):
                for kept, gone, merge in self.pairs():
                    if hand_first:
                        self.plan_hand(gone, by_hand)
                    log = self.contact(
                        **self.owner_of(kept), next_contact_date=self.day(agreed)
                    )
                    if not hand_first:
                        self.plan_hand(gone, by_hand)
                    merge(kept, gone)
                    with self.subTest(kept._name, hand=by_hand, first=hand_first):
                        first, later = sorted((by_hand, agreed))
                        self.assertEqual(self.planned(kept)[0], first)
                        self.assertEqual(
                            kept.sudo().agreed_contact_log_id,
                            log if agreed == first else log.browse(),
                        )
                        self.assertIn(self.us_day(later), self.told(kept))

    def test_agreed_with_both(self):
        for later_last in (True, False):
            for kept, gone, merge in self.pairs():
                for record, shift in (
                    ((kept, 2), (gone, 20)) if later_last else ((gone, 20), (kept, 2))
                ):
                    self.contact(
                        **self.owner_of(record), next_contact_date=self.day(shift)
                    )
                merge(kept, gone)
                with self.subTest(kept._name, later_last=later_last):
                    self.assertEqual(self.planned(kept), (2, self.salesperson))
                    self.assertIn(self.us_day(20), self.told(kept))
                # a contact on that day fulfils it
                log = self.contact(**self.owner_of(kept))
                log.sudo().date = fields.Datetime.now()
                self.plan_hand(kept, 0)
                self.contact(**self.owner_of(kept))
                self.assertFalse(self.planned(kept)[0])

    def test_nothing_else_was_planned(self):
        for kept, gone, merge in self.pairs():
            self.plan_hand(gone, 4)
            merge(kept, gone)
            self.assertEqual(self.planned(kept), (4, self.salesperson))
            self.assertFalse(self.told(kept))

    def test_contact_that_is_taken_back_after_merging(self):
        for kept, gone, merge in self.pairs():
            self.plan_hand(gone, 0)
            log = self.contact(**self.owner_of(gone))
            merge(kept, gone)
            with self.subTest(kept._name):
                self.assertEqual(self.planned(kept)[0], False)
                log.unlink()
                self.assertEqual(self.planned(kept), (0, self.salesperson))

    def test_contact_of_today_with_the_other_one(self):
        """What is due today still holds: who was contacted was another record."""
        for kept, gone, merge in self.pairs():
            self.plan_hand(gone, 0)
            self.contact(**self.owner_of(kept), next_contact_date=self.day(9))
            merge(kept, gone)
            with self.subTest(kept._name):
                self.assertEqual(self.planned(kept)[0], 0)
                self.contact(**self.owner_of(kept))
                self.assertEqual(self.planned(kept)[0], False)

    # Leads of two salespeople

    def test_lead_of_a_colleague(self):
        head = self.lead(user_id=self.mate.id)
        merged = self.merged(head, self.lead(0))
        self.assertEqual(merged, head)
        self.assertEqual(self.planned(merged), (0, self.mate))
        self.assertEqual(self.listed(self.mate), [merged])

    def test_leads_given_to_a_third_one(self):
        third = self.new_role_user("funnel_third", "salesperson")
        head = self.lead(user_id=self.mate.id)
        merged = self.merged(head, self.lead(0), user_id=third.id)
        self.assertEqual(self.planned(merged), (0, third))

    def test_merged_by_the_wizard(self):
        head, tail = (
            self.lead(user_id=self.mate.id, email_from="q@example.com"),
            self.lead(0, type="lead", email_from="q@example.com"),
        )
        wizard = self.env["crm.lead2opportunity.partner"].with_user(self.manager)
        wizard = wizard.with_context(
            active_model="crm.lead", active_id=tail.id, active_ids=tail.ids
        )
        wizard.create(
            {
                "name": "merge",
                "duplicated_lead_ids": [Command.set((head | tail).ids)],
                "user_id": self.mate.id,
            }
        ).action_apply()
        self.assertEqual(self.planned((head | tail).exists()), (0, self.mate))

    # Leads of customers

    def test_leads_of_two_customers(self):
        self.plan_hand(self.customer, 2)
        head = self.lead(partner_id=self.other.id)
        tail = self.lead(4, partner_id=self.customer.id)
        merged = self.merged(head, tail)
        self.assert_days((merged, 4), (self.other, False), (self.customer, 2))

    def test_merged_and_corrected(self):
        self.plan_hand(self.customer, 9)
        tail = self.lead(4, partner_id=self.customer.id)
        merged = self.merged(self.lead(), tail)
        self.assertEqual(merged.partner_id, self.customer)
        merged.partner_id = self.other
        self.assert_days((self.customer, 9), (self.other, False), (merged, 4))

    def test_lead_of_a_merged_customer(self):
        third = self.new_customers(1)
        self.plan_hand(self.other, 9)
        self.plan_hand(self.customer, 2)
        lead = self.lead(4, partner_id=self.other.id)
        log = self.contact(lead_id=lead.id)
        self.merge_customers(self.customer, self.other)
        self.assertEqual(lead.partner_id, self.customer)
        self.assert_days((self.customer, 2), (lead, 4))
        lead.partner_id = third
        self.assert_days((third, False), (self.customer, 2), (lead, 4))
        self.assertEqual(log.partner_id, third)

    def test_lead_of_somebody_who_is_a_person_of_a_customer(self):
        man = self.new_customers(1, is_company=False)
        lead = self.lead(4, partner_id=man.id)
        log = self.contact(lead_id=lead.id)
        self.merge_customers(self.person, man)
        self.assertEqual(log.commercial_partner_id, self.customer)
        self.assert_days((self.customer, False), (self.person, False), (lead, 4))

    def test_archived_lead_said_later(self):
        head, tail = self.lead(1), self.lead(20)
        tail.with_user(self.manager).action_archive()
        merged = self.merged(head, tail)
        self.assert_days((merged, 1))

    # Who is not asked for any more

    def gone_pairs(self, shift, by_hand):
        """Yield who is open with who is lost or archived, the other planned for a day,
        and what merges them."""
        kept, lost, merge_leads = self.lead(), self.lead(), self.merged
        customer, archived = self.new_customers(2)
        for record in (lost, archived):
            if by_hand:
                self.plan_hand(record, shift)
            else:
                self.contact(
                    fields.Datetime.now() - timedelta(days=9 - shift),
                    **self.owner_of(record),
                    next_contact_date=self.day(shift),
                )
        lost.sudo().action_set_lost()
        archived.sudo().active = False
        yield kept, lost, merge_leads
        yield customer, archived, self.merge_customers

    def test_lost_and_archived_ones_are_not_asked_for(self):
        """Neither where the other one is planned later, nor where it is not planned."""
        for by_hand in (True, False):
            for open_shift in (20, None):
                for kept, gone, merge in self.gone_pairs(-9, by_hand):
                    if open_shift:
                        self.plan_hand(kept, open_shift)
                    merge(kept, gone)
                    with self.subTest(kept._name, by_hand=by_hand, open=open_shift):
                        self.assertEqual(self.planned(kept)[0], open_shift or False)
                        self.assertIn(self.us_day(-9), self.told(kept))

    def test_open_one_is_merged_into_an_archived_one(self):
        for gone, kept, merge in self.gone_pairs(-9, True):
            if kept._name == "res.partner":
                self.plan_hand(gone, 3)
                merge(kept, gone)
                self.assertEqual(kept.agreed_contact_date, self.today + timedelta(3))

    def test_all_are_lost(self):
        """What was planned first comes back with the lead."""
        leads = self.lead(2) | self.lead(5)
        leads.sudo().action_set_lost()
        merged = self.merged(*leads)
        self.assertEqual(self.planned(merged)[0], 2)
        self.assertFalse(self.told(merged).count(self.us_day(2)))

    def test_won_one_is_asked_for(self):
        won, pending = self.lead(2), self.lead(5)
        won.action_set_won()
        merged = (pending | won).with_user(self.manager)._merge_opportunity()
        self.assertEqual(self.planned(merged)[0], 2)
