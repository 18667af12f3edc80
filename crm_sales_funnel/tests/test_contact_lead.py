from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .lead_common import LeadCommon


@tagged("post_install", "-at_install")
class TestContactLead(LeadCommon):
    """A customer and each lead of it have a next contact of their own."""

    def test_each_has_its_own(self):
        self.plan_hand(self.customer, 6)
        one, two = (self.lead(partner_id=self.customer.id) for _time in "12")
        for shift in (3, 10, 5):
            self.plan_hand(one, shift)
            self.assert_days((self.customer, 6), (one, shift), (two, False))
            self.assert_next(self.day(6), "hand")
        self.contact(lead_id=two.id, next_contact_date=self.day(9))
        self.assert_days((self.customer, 6), (one, 5), (two, 9))
        self.contact(next_contact_date=self.day(4))
        self.assert_days((self.customer, 4), (one, 5), (two, 9))
        self.plan_hand(one, None)
        self.plan_hand(self.customer, None)
        self.assert_days((self.customer, False), (one, False), (two, 9))

    def test_everybody_has_what_is_theirs_on_the_list(self):
        """One date of one person hides none of another: with the customer, leads of
        two people, an overdue one and one of today."""
        self.plan_hand(self.customer, 0)
        own = self.lead(0, partner_id=self.customer.id)
        theirs = self.lead(user_id=self.mate.id, partner_id=self.person.id)
        self.plan_hand(theirs, -5, self.mate)
        second = self.lead(user_id=self.mate.id, partner_id=self.customer.id)
        self.contact(
            lead_id=second.id,
            user_id=self.mate.id,
            date=fields.Datetime.subtract(fields.Datetime.now(), days=3),
            next_contact_date=self.day(0),
        )
        self.assertEqual(self.listed(), [self.customer, own])
        self.assertEqual(self.listed(self.mate), [theirs, second])
        everything = {self.customer, own, theirs, second}
        self.assertEqual(set(self.listed(self.leader, "team")), everything)
        self.assertEqual(set(self.listed(self.manager, "all")), everything)

    def test_open_leads_only(self):
        won, lost, archived = (
            self.lead(0, partner_id=customer.id).with_user(self.manager)
            for customer in (self.customer, self.customer, self.customer.browse())
        )
        self.assertEqual(set(self.listed()), {won, lost, archived})
        won.action_set_won()
        lost.action_set_lost()
        archived.action_archive()
        # what was agreed on with who is won is still to be done
        self.assertEqual(self.listed(), [won])
        self.assertEqual(self.planned(self.customer)[0], False)
        self.contact(lead_id=won.id)
        self.assertEqual(self.listed(), [])
        archived.action_unarchive()
        self.assertEqual(self.listed(), [archived])

    def test_lead_of_a_customer_who_may_not_be_seen(self):
        lead = self.lead(0, partner_id=self.other.id)
        self.other.active = False
        self.assertEqual(self.listed(), [lead])
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.other.sudo().company_id = company
        self.assertEqual(self.listed(), [lead])

    # What fulfils it

    def test_contact_with_the_lead_is_one_with_the_customer(self):
        """It is the last one, restarts the plan, and fulfils what is due; the next one
        that is stated is the lead's."""
        self.plan_hand(self.customer, 0)
        self.give_plan(self.day(-3))
        lead = self.lead(0, partner_id=self.person.id)
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(5))
        self.assertEqual(log.partner_id, self.customer)
        self.assertEqual(self.customer.last_contact_id, log)
        self.assertEqual(self.customer.contact_log_ids, log)
        self.assert_next(self.day(14), "plan")
        self.assert_days((lead, 5))
        log.unlink()
        self.assert_days((lead, 0), (self.customer, 0))

    def test_contact_with_the_customer_fulfils_nothing_of_its_leads(self):
        """No call of Finance takes a lead off the list of its salesperson."""
        lead = self.lead(0, partner_id=self.customer.id)
        self.plan_hand(self.customer, 0)
        self.contact(user_id=self.users["finance"].id, next_contact_date=self.day(9))
        lead._recompute_contact_dates()  # whatever else has changed
        self.assert_days((lead, 0), (self.customer, 9))
        self.assertEqual(self.listed(), [lead])
        self.contact(lead_id=lead.id)
        self.assert_days((lead, False), (self.customer, 9))

    def test_contact_with_one_lead_fulfils_nothing_of_another(self):
        one, two = (self.lead(0, partner_id=self.customer.id) for _time in "12")
        self.contact(lead_id=one.id)
        two._recompute_contact_dates()  # whatever else has changed
        self.assert_days((one, False), (two, 0))

    def test_mail_of_the_customer_fulfils_nothing(self):
        lead = self.lead(0, partner_id=self.customer.id)
        lead.sudo().message_post(
            body="Are you there?",
            message_type="email",
            author_id=self.person.id,
            email_from="klara@nordwind.example.com",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(lead.last_contact_date)
        self.assert_days((lead, 0))

    def test_day_where_the_one_is_who_has_planned_it(self):
        """A colleague far away calls when it is that day there: he is a day behind."""
        self.salesperson.tz, self.mate.tz = "Asia/Shanghai", "America/Los_Angeles"
        night = fields.Datetime.from_string("2026-03-02 23:31:00")
        for day, is_done in (("2026-03-03", True), ("2026-03-04", False)):
            for record in (self.lead(), self.new_customers(1)):
                record.next_contact_date = day
                fname = "lead_id" if record._name == "crm.lead" else "partner_id"
                self.contact(user_id=self.mate.id, date=night, **{fname: record.id})
                with self.subTest(record._name, day=day):
                    self.assertEqual(not record.next_contact_date, is_done)

    # Another customer

    def test_lead_of_the_wrong_customer(self):
        agreed = self.contact(next_contact_date=self.day(7))
        lead = self.lead(2)
        setter = lead.hand_contact_set_date
        for customer in (self.customer, self.other, self.customer.browse()):
            lead.write({"partner_id": customer.id})
            self.assert_days((self.customer, 7), (self.other, False), (lead, 2))
            self.assertEqual(self.customer.agreed_contact_log_id, agreed)
            self.assertEqual(lead.hand_contact_set_date, setter)
            self.assertEqual(lead.hand_contact_set_uid, self.salesperson)

    def test_converted(self):
        self.plan_hand(self.customer, 9)
        lead = self.lead(-1, type="lead")
        lead.with_user(self.manager).convert_opportunity(self.customer)
        self.assert_days((self.customer, 9), (lead, -1))
        self.contact()
        self.assert_days((self.customer, 9), (lead, -1))

    def test_contacts_go_with_the_lead(self):
        """What was said to the lead of the wrong customer was not said to it."""
        self.plan_hand(self.customer, 0)
        lead = self.lead()
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(2))
        own = self.order(fields.Datetime.now())
        logs = self.env["funnel.contact.log"].sudo()
        ordered = logs.create(
            {
                "channel_id": self.channels["phone"].id,
                "user_id": self.salesperson.id,
                "lead_id": lead.id,
                "order_id": own.id,
            }
        )
        lead.partner_id = self.customer
        self.assert_days((self.customer, False), (lead, 2))
        self.assertEqual(self.customer.last_contact_id, ordered)
        ordered.unlink()
        lead.partner_id = self.other
        self.assert_days((self.customer, 0), (self.other, False), (lead, 2))
        self.assertEqual(log.partner_id, self.other)
        self.assertFalse(self.customer.last_contact_id)
        self.assertEqual(self.other.last_contact_id, log)
        lead.partner_id = False
        self.assertFalse(log.partner_id)
        self.assert_days((self.other, False), (lead, 2))

    def test_whom_people_agreed_on_stays(self):
        lead = self.lead(user_id=self.manager.id)
        log = self.contact(
            lead_id=lead.id,
            next_contact_date=self.day(2),
            next_contact_user_id=self.leader.id,
        )
        lead.sudo().partner_id = self.customer
        lead.sudo().partner_id = self.other
        self.assertEqual(log.next_contact_user_id, self.leader)
        self.assertEqual(self.planned(lead), (2, self.leader))

    def test_hundred_leads_at_once(self):
        shifts = [1 + index * 37 % 101 for index in range(100)]
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": "L",
                    "user_id": self.salesperson.id,
                    "next_contact_date": self.day(shift),
                }
                for shift in shifts
            ]
        )
        counts = []
        for customer in (self.customer, self.other, self.customer.browse()):
            self.read_again()
            before = self.cr.sql_log_count
            leads.with_user(self.manager).write({"partner_id": customer.id})
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual([self.planned(lead)[0] for lead in leads], shifts)
        self.assertLess(max(counts), 100)

    def test_lead_that_is_deleted(self):
        """What was agreed about it goes with it, and replaces nothing at the customer."""
        self.plan_hand(self.customer, 9)
        lead = self.lead(3, partner_id=self.customer.id)
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(2))
        self.assert_days((self.customer, 9))
        lead.with_user(self.manager).unlink()
        self.assertEqual(log.partner_id, self.customer)
        self.assertFalse(log.next_contact_date)
        self.assert_days((self.customer, 9))

    # Who makes it

    def test_each_stays_whose_it_is(self):
        self.plan_hand(self.customer, 8)
        lead = self.lead(4, partner_id=self.customer.id)
        lead.sudo().user_id = self.mate
        self.assertEqual(self.planned(lead), (4, self.mate))
        self.assertEqual(self.planned(self.customer), (8, self.salesperson))
        self.customer.user_id = self.leader
        self.assertEqual(self.planned(self.customer), (8, self.leader))
        self.assertEqual(self.planned(lead), (4, self.mate))

    def test_agreed_with_the_lead_of_a_colleagues_customer(self):
        lead = self.lead(user_id=self.mate.id, partner_id=self.customer.id)
        log = self.contact(
            lead_id=lead.id, user_id=self.mate.id, next_contact_date=self.day(1)
        )
        self.assertEqual(log.sudo().next_contact_user_id, self.mate)
        self.assertEqual(self.planned(lead), (1, self.mate))
        self.assert_days((self.customer, False))

    def test_only_who_can_see_the_lead_is_named(self):
        lead = self.lead(4)
        for values in (
            {"next_contact_user_id": self.mate.id},
            {"next_contact_user_id": self.mate.id, "next_contact_date": self.day(5)},
        ):
            with (
                self.assertRaisesRegex(ValidationError, "cannot see Pallets"),
                self.cr.savepoint(),
            ):
                lead.with_user(self.leader).write(values)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.lead(next_contact_date=self.day(2), next_contact_user_id=self.mate.id)
        lead.next_contact_user_id = self.leader
        self.assertEqual(self.planned(lead), (4, self.leader))

    def test_who_cannot_see_the_lead_any_more(self):
        """Then it is the salesperson's, and comes back with the lead."""
        lead = self.lead(4)
        lead.with_user(self.leader).next_contact_user_id = self.leader
        north = self.env["crm.team"].create(
            {"name": "North", "company_id": self.company.id}
        )
        lead.sudo().write({"team_id": north.id, "user_id": self.mate.id})
        self.assertFalse(lead.with_user(self.leader).has_access("read"))
        self.assertEqual(self.planned(lead), (4, self.mate))
        lead.sudo().write({"team_id": self.team.id, "user_id": self.salesperson.id})
        self.assertEqual(self.planned(lead), (4, self.leader))

    def test_team_that_has_another_leader(self):
        """The former one cannot see the lead: the next night it is the salesperson's."""
        hidden, seen = self.lead(0), self.lead(user_id=self.leader.id)
        self.plan_hand(seen, 0, self.leader)
        hidden.with_user(self.leader).next_contact_user_id = self.leader
        seen.with_user(self.leader).next_contact_user_id = self.manager
        other = self.new_role_user("funnel_leader", "team_leader")
        leads = self.env["crm.lead"]
        self.assertEqual(leads._update_who_makes_it(), 0)
        self.team.user_id = other
        self.read_again()
        self.assertEqual(leads._update_who_makes_it(limit=5), 1)
        self.assertEqual(self.planned(hidden), (0, self.salesperson))
        self.assertEqual(self.planned(seen), (0, self.manager))
        self.assertEqual(leads._update_who_makes_it(), 0)
