from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .lead_common import LeadCommon


@tagged("post_install", "-at_install")
class TestContactLead(LeadCommon):
    """What is planned with a lead is its own; its customer is due by it."""

    # Of a customer

    def test_customer_is_due_when_its_lead_is(self):
        lead = self.lead(partner_id=self.person.id)
        for shift in (3, 10, 5):
            self.plan_hand(lead, shift)
            self.assert_next(self.day(shift), "lead")
            self.assertEqual(self.customer.sudo().next_contact_lead_id, lead)
            self.assertFalse(self.customer.hand_contact_date)
        lead.with_user(self.leader).next_contact_user_id = self.leader
        self.assert_next(self.day(5), "lead", self.leader)
        self.plan_hand(lead, None)
        self.assert_next(False, False)
        # what was agreed with the customer is the customer's
        self.log(fields.Datetime.now(), next_contact_date=self.day(7))
        self.plan_hand(lead, None)
        self.assert_next(self.day(7), "contact")

    def test_the_earliest_of_all(self):
        self.plan_hand(self.customer, 6)
        leads = [self.lead(shift, partner_id=self.customer.id) for shift in (9, 4, 8)]
        self.assert_next(self.day(4), "lead")
        self.plan_hand(leads[1], None)
        self.assert_next(self.day(6), "hand")
        self.plan_hand(self.customer, 20)
        self.assert_next(self.day(8), "lead")
        self.plan_hand(self.customer, 7)
        self.assert_next(self.day(7), "hand")
        self.assert_days((leads[0], 9), (leads[1], False), (leads[2], 8))

    def test_lead_of_the_wrong_customer(self):
        """Each has again what was planned before, whichever was earlier."""
        for shift in (2, 9):
            agreed = self.contact(next_contact_date=self.day(7))
            lead = self.lead(shift)
            setter = lead.hand_contact_set_date
            lead.partner_id = self.customer
            self.assert_days((self.customer, min(shift, 7)), (lead, shift))
            lead.partner_id = self.other
            self.assert_next(self.day(7), "contact")
            self.assertEqual(self.customer.agreed_contact_log_id, agreed)
            self.assert_days((self.other, shift), (lead, shift))
            lead.write({"partner_id": False})
            self.assert_days((lead, shift), (self.other, False), (self.customer, 7))
            self.assertEqual(lead.hand_contact_set_date, setter)
            self.assertEqual(lead.hand_contact_set_uid, self.salesperson)

    def test_chain_of_mistakes(self):
        self.plan_hand(self.customer, 9)
        one, two = self.lead(5), self.lead(3)
        one.partner_id = self.customer
        two.partner_id = self.customer
        self.assert_days((self.customer, 3))
        one.partner_id = self.other
        two.partner_id = False
        self.assert_days((self.customer, 9), (self.other, 5), (one, 5), (two, 3))

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
            if customer:
                self.assert_days((customer, min(shifts)))
        self.assert_days((self.customer, False), (self.other, False))
        self.assertLess(max(counts), 100)

    def test_customer_and_date_at_once(self):
        lead = self.lead(2)
        lead.write({"partner_id": self.customer.id, "next_contact_date": self.day(9)})
        self.assert_next(self.day(9), "lead")

    def test_what_was_planned_with_the_lead_goes_with_it(self):
        self.plan_hand(self.customer, 10)
        lead = self.lead(partner_id=self.customer.id)
        self.plan_hand(lead, 9)
        self.assert_next(self.day(9), "lead")
        lead.partner_id = False
        self.assert_days((lead, 9), (self.customer, 10))
        new = self.lead(partner_id=self.customer.id, next_contact_date=self.day(4))
        self.assert_days((self.customer, 4))
        new.partner_id = self.other
        self.assert_days((self.customer, 10), (self.other, 4))

    def test_lead_that_is_deleted(self):
        self.plan_hand(self.customer, 9)
        lead = self.lead(3, partner_id=self.customer.id)
        self.assert_days((self.customer, 3))
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(2))
        self.assert_days((self.customer, 2))
        lead.with_user(self.manager).unlink()
        # what was agreed in a contact with the customer is kept, and is the customer's
        self.assertEqual(log.partner_id, self.customer)
        self.assert_next(self.day(2), "contact")
        self.plan_hand(self.customer, None)
        self.assert_days((self.customer, False))

    def test_person_who_joins_a_company_and_leaves(self):
        man = self.new_customers(1, is_company=False)
        lead = self.lead(3, partner_id=man.id)
        self.assert_days((man, 3))
        man.parent_id = self.customer
        self.assert_days((man, False), (self.customer, 3))
        man.parent_id = False
        self.assert_days((man, 3), (self.customer, False), (lead, 3))

    def test_won_lost_and_archived(self):
        """What is planned by hand with a lead that is lost is over; what was agreed with
        the customer in a contact is kept."""
        won, lost, archived = (
            self.lead(shift, partner_id=self.customer.id) for shift in (1, 2, 3)
        )
        agreed = self.lead(partner_id=self.customer.id)
        self.contact(lead_id=agreed.id, next_contact_date=self.day(9))
        self.assert_days((self.customer, 1))
        won.with_user(self.manager).action_set_won()
        self.assert_days((self.customer, 1))
        self.plan_hand(won, None, self.manager)
        self.assert_days((self.customer, 2))
        lost.with_user(self.manager).action_set_lost()
        self.assert_days((self.customer, 3))
        archived.with_user(self.manager).action_archive()
        self.assert_days((self.customer, 9))
        agreed.with_user(self.manager).action_set_lost()
        self.assert_days((self.customer, 9))
        archived.with_user(self.manager).action_unarchive()
        self.assert_days((self.customer, 3))

    # What fulfils it

    def test_contact_with_the_customer_fulfils_it(self):
        lead = self.lead(0, partner_id=self.customer.id)
        later = self.lead(8, partner_id=self.customer.id)
        self.assertEqual(self.listed(), [self.customer])
        log = self.contact()
        self.assert_days((lead, False), (later, 8), (self.customer, 8))
        self.assertEqual(self.listed(), [])
        log.unlink()
        self.assert_days((lead, 0), (self.customer, 0))
        # another date is of the customer, and leaves what is agreed with the lead
        self.contact(next_contact_date=self.day(9))
        self.assert_days((lead, False), (later, 8), (self.customer, 8))

    def test_contact_with_the_lead_fulfils_what_is_the_customers(self):
        self.plan_hand(self.customer, 0)
        lead, second = (self.lead(0, partner_id=self.customer.id) for _time in "12")
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(5))
        self.assert_days((lead, 5), (second, False), (self.customer, 5))
        log.unlink()
        self.assert_days((lead, 0), (second, 0), (self.customer, 0))

    def test_the_later_of_two_dates_is_not_forgotten(self):
        for of_customer, of_lead in ((0, 8), (8, 0)):
            with self.subTest(lead=of_lead):
                customer = self.new_customers(1)
                self.plan_hand(customer, of_customer)
                lead = self.lead(of_lead)
                lead.partner_id = customer
                self.assert_days((customer, 0))
                self.contact(partner_id=customer.id)
                self.assert_days((customer, 8))

    def test_mail_of_the_customer_fulfils_nothing(self):
        lead = self.lead(0, partner_id=self.customer.id)
        self.customer.message_post(
            body="Are you there?",
            message_type="email",
            author_id=self.person.id,
            email_from="klara@nordwind.example.com",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(self.customer.last_contact_date)
        self.assert_days((lead, 0), (self.customer, 0))

    def test_agreed_with_a_lead(self):
        """It goes with the lead, though the customer had other plans since."""
        lead = self.lead()
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(2))
        self.plan_hand(self.customer, 9)
        lead.partner_id = self.customer
        self.assert_next(self.day(2), "lead")
        self.assertEqual(log.partner_id, self.customer)
        second = self.lead(partner_id=self.customer.id)
        self.contact(lead_id=second.id, next_contact_date=self.day(20))
        self.assert_next(self.day(2), "lead")
        self.plan_hand(lead, 4)
        self.assert_days((self.customer, 4))
        second.partner_id = self.other
        self.assert_days((self.customer, 4), (self.other, 20))

    def test_contacts_go_with_the_lead(self):
        """What was said to the lead of the wrong customer was not said to it."""
        self.plan_hand(self.customer, 0)
        lead = self.lead()
        log = self.contact(lead_id=lead.id, next_contact_date=self.day(2))
        own = self.order(fields.Datetime.now())
        ordered = self.log(fields.Datetime.now(), lead_id=lead.id, order_id=own.id)
        ordered.partner_id = self.customer
        lead.partner_id = self.customer
        self.assert_days((self.customer, 2))
        self.assertEqual(self.customer.last_contact_id, ordered)
        ordered.unlink()
        lead.partner_id = self.other
        self.assert_days((self.customer, 0), (self.other, 2), (lead, 2))
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
        self.assertEqual(self.planned(self.other), (2, self.leader))

    def test_merged_or_fulfilled_lead_brings_nothing_back(self):
        lead = self.lead(0)
        lead.partner_id = self.customer
        self.contact()
        self.assert_days((lead, False), (self.customer, False))
        other = self.lead(partner_id=self.customer.id)
        merged = self.merged(other, lead)
        self.assert_days((merged, False), (self.customer, False))
        # not with another customer: nobody has spoken to that one
        merged.partner_id = self.other
        self.assert_days((self.customer, False), (self.other, 0))

    # Who makes it

    def test_customer_stays_whose_he_is(self):
        """The date of a lead goes with the lead, the customer's with the customer."""
        self.plan_hand(self.customer, 8)
        lead = self.lead(4, partner_id=self.customer.id)
        lead.sudo().user_id = self.mate
        self.assertEqual(self.planned(lead), (4, self.mate))
        self.assertEqual(self.planned(self.customer), (4, self.mate))
        self.customer.user_id = self.leader
        lead.sudo().partner_id = False
        self.assertEqual(self.planned(self.customer), (8, self.leader))
        self.assertEqual(self.planned(lead), (4, self.mate))

    def test_customer_and_salesperson_at_once(self):
        customer = self.new_customers(1, user_id=False)
        lead = self.lead(4)
        lead.sudo().write({"partner_id": customer.id, "user_id": self.mate.id})
        self.assertEqual(self.planned(customer), (4, self.mate))

    def test_planned_on_the_lead_of_a_colleagues_customer(self):
        lead = self.lead(user_id=self.mate.id, partner_id=self.customer.id)
        self.plan_hand(lead, 0, self.mate)
        self.assertEqual(self.listed(self.mate), [self.customer])
        self.assertEqual(self.listed(), [])
        lead.sudo().partner_id = False
        self.assertEqual(self.planned(lead), (0, self.mate))
        self.assertEqual(self.listed(self.mate), [lead])

    def test_agreed_with_the_lead_of_a_colleagues_customer(self):
        lead = self.lead(user_id=self.mate.id, partner_id=self.customer.id)
        log = self.contact(
            lead_id=lead.id, user_id=self.mate.id, next_contact_date=self.day(1)
        )
        self.assertEqual(log.sudo().next_contact_user_id, self.mate)
        lead.sudo().partner_id = False
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

    def test_lead_of_a_colleague_hides_no_plan(self):
        self.give_plan(self.day(-3))
        planned = self.planned(self.customer)
        self.assertEqual(planned[1], self.salesperson)
        lead = self.lead(user_id=self.mate.id, partner_id=self.customer.id)
        self.plan_hand(lead, 60, self.mate)
        self.assertEqual(self.planned(self.customer), planned)
        own = self.lead(50, partner_id=self.customer.id)
        own.sudo().partner_id = self.other
        self.give_plan(self.day(-3), self.other)
        self.assertEqual(self.planned(self.other), (50, self.salesperson))

    def test_activity_before_the_date_of_a_lead(self):
        self.lead(6, partner_id=self.customer.id)
        activity = self.schedule(self.customer, date_deadline=self.day(2))
        self.assert_next(self.day(2), "activity")
        activity.user_id = self.leader  # hides nothing
        self.assert_next(self.day(6), "lead")

    def test_open_lead_of_an_archived_customer(self):
        lead = self.lead(0, partner_id=self.other.id)
        self.assertEqual(self.listed(), [self.other])
        self.other.active = False
        self.assertEqual(self.listed(), [lead])

    # From before

    def test_copied_before(self):
        """What was copied to customers is forgotten there."""
        lead = self.lead(2, partner_id=self.customer.id)
        said = lead.hand_contact_set_date
        self.plan_hand(self.customer, 2)
        self.plan_hand(self.other, 4)
        own = self.lead(4, partner_id=self.other.id)
        self.cr.execute(
            "UPDATE res_partner SET hand_contact_set_date = %s WHERE id = %s",
            [said, self.customer.id],
        )
        self.env.invalidate_all()
        self.env["crm.lead"]._carry_over_copied()
        self.assertFalse(self.customer.hand_contact_date)
        self.assert_next(self.day(2), "lead")
        self.assert_next(self.day(4), "hand", customer=self.other)
        lead.partner_id = False
        self.assert_days((lead, 2), (self.customer, False), (own, 4))
