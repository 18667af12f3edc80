from freezegun import freeze_time

from odoo import fields
from odoo.tests import Form, tagged

from .plan_common import PlanCommon

LOG = "funnel.contact.log"


@tagged("post_install", "-at_install")
class TestContactLead(PlanCommon):
    """The next contact of a lead, and of one that is a customer's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.other = cls.new_customers(1)

    def lead(self, **values):
        values = {"name": "L", "type": "opportunity", **values}
        return (
            self.env["crm.lead"]
            .with_user(self.salesperson)
            .create({"user_id": self.salesperson.id, **values})
        )

    def plan_hand(self, lead, shift, user=None):
        lead.with_user(user or self.salesperson).next_contact_date = (
            shift is not None and self.day(shift)
        )
        self.env.flush_all()
        self.env.invalidate_all()

    # Of a customer

    def test_written_with_the_lead_is_said_of_the_customer(self):
        lead = self.lead(partner_id=self.person.id)
        for shift in (3, 10, 5):
            self.plan_hand(lead, shift)
            self.assert_next(self.day(shift), "hand")
            self.assertEqual(self.customer.hand_contact_set_uid, self.salesperson)
        lead.next_contact_user_id = self.mate
        self.assert_next(self.day(5), "hand", self.mate)
        self.plan_hand(lead, None)
        self.assert_next(False, False)
        # what was agreed is taken back too
        self.log(fields.Datetime.now(), next_contact_date=self.day(7))
        self.plan_hand(lead, None)
        self.assert_next(False, False)

    def test_lead_of_the_wrong_customer(self):
        agreed = self.log(fields.Datetime.now(), next_contact_date=self.day(7))
        lead = self.lead()
        self.plan_hand(lead, 2)
        setter = lead.hand_contact_set_date
        lead.partner_id = self.customer
        self.assert_next(self.day(2), "hand")
        self.assertEqual(self.customer.hand_contact_set_date, setter)
        lead.partner_id = self.other
        self.assert_next(self.day(7), "contact")
        self.assertEqual(self.customer.agreed_contact_log_id, agreed)
        self.assert_next(self.day(2), "hand", customer=self.other)
        # what was said of the customer since is the customer's
        self.other.with_user(self.salesperson).next_contact_date = self.day(2)
        lead.partner_id = self.customer
        self.assert_next(self.day(2), "hand", customer=self.other)
        self.assert_next(self.day(2), "hand")
        lead.write({"partner_id": False})
        self.assert_next(self.day(7), "contact")

    def test_customer_and_date_at_once(self):
        lead = self.lead()
        self.plan_hand(lead, 2)
        lead.write({"partner_id": self.customer.id, "next_contact_date": self.day(9)})
        self.assert_next(self.day(9), "hand")

    def test_customer_stays_whose_he_is(self):
        lead = self.lead(partner_id=self.customer.id)
        self.plan_hand(lead, 4)
        lead.user_id = self.mate
        self.assert_next(self.day(4), "hand")

    def test_wrong_customer_has_his_own_date_again(self):
        self.customer.with_user(self.salesperson).next_contact_date = self.day(10)
        self.env.flush_all()
        setter = self.customer.hand_contact_set_date
        lead = self.lead()
        self.plan_hand(lead, 5)
        lead.partner_id = self.customer
        self.assert_next(self.day(5), "hand")
        lead.partner_id = self.other
        self.env.invalidate_all()
        self.assert_next(self.day(10), "hand")
        self.assertEqual(self.customer.hand_contact_set_date, setter)
        self.assert_next(self.day(5), "hand", customer=self.other)

    def test_planned_before_it_was_kept_when(self):
        lead = self.lead()
        self.plan_hand(lead, 5)
        lead.sudo().hand_contact_set_date = False
        lead.partner_id = self.customer
        self.assert_next(self.day(5), "hand")
        lead.partner_id = self.other
        self.assert_next(False, False)
        self.assert_next(self.day(5), "hand", customer=self.other)

    def test_what_was_planned_with_the_lead_of_a_customer_stays(self):
        self.customer.with_user(self.salesperson).next_contact_date = self.day(10)
        lead = self.lead(partner_id=self.customer.id)
        self.plan_hand(lead, 9)
        lead.partner_id = False
        self.assert_next(self.day(9), "hand")
        self.assertEqual(str(lead.next_contact_date), self.day(9))

    def test_another_lead_of_the_customer_says_the_same(self):
        one, same = self.lead(), self.lead()
        for lead in (one, same):
            self.plan_hand(lead, 5)
            lead.partner_id = self.customer
        one.partner_id = self.other
        self.assert_next(self.day(5), "hand")
        self.assertEqual(
            self.customer.hand_contact_set_date, same.hand_contact_set_date
        )
        same.partner_id = self.other
        self.assert_next(False, False)

    def test_fulfilled_date_is_not_moved_to_another_customer(self):
        for target in (self.other, self.other.browse()):
            lead = self.lead()
            self.plan_hand(lead, 0)
            lead.partner_id = self.customer
            self.assert_next(self.day(0), "hand")
            self.log(fields.Datetime.now())
            self.assert_next(False, False)
            lead.partner_id = target
            self.assert_next(False, False, customer=self.other)
            self.assertFalse(lead.next_contact_date)
            self.assert_next(False, False)

    def test_customer_and_salesperson_at_once(self):
        """The date is handed over, then passed on."""
        customer = self.new_customers(1, user_id=False)
        lead = self.lead()
        self.plan_hand(lead, 4)
        lead.sudo().write({"partner_id": customer.id, "user_id": self.mate.id})
        self.assert_next(self.day(4), "hand", self.mate, customer)
        # of a customer's, nothing is
        other = self.new_customers(1, user_id=False)
        lead = self.lead(partner_id=customer.id)
        lead.sudo().write({"partner_id": other.id, "user_id": self.salesperson.id})
        self.assert_next(self.day(4), "hand", self.mate, customer)
        self.assert_next(False, False, customer=other)

    def test_customer_and_who_makes_it_at_once(self):
        lead = self.lead()
        self.plan_hand(lead, 4)
        lead.write({"partner_id": self.customer.id, "shown_next_user_id": self.mate.id})
        self.assert_next(self.day(4), "hand", self.mate)

    # Shown

    def test_day_and_person_at_once(self):
        said = {"shown_next_user_id": self.mate.id, "shown_next_date": self.day(3)}
        for vals in (said, dict(reversed(said.items()))):
            for customer in (self.customer.browse(), *self.new_customers(1)):
                lead = self.lead(partner_id=customer.id)
                lead.write(vals)
                new = self.lead(partner_id=customer.id, **vals)
                for owner in (customer,) if customer else (lead, new):
                    with self.subTest(list(vals), owner=owner):
                        self.assertEqual(str(owner.next_contact_date), self.day(3))
                        self.assertEqual(owner.next_contact_user_id, self.mate)

    def test_new_lead_says_nothing_new_of_its_customer(self):
        self.log(fields.Datetime.now(), next_contact_date=self.day(7))
        with Form(self.env["crm.lead"].with_user(self.salesperson)) as form:
            form.name = "L"
            form.partner_id = self.customer
            self.assertEqual(str(form.shown_next_date), self.day(7))
        self.assert_next(self.day(7), "contact")

    def shown(self, lead):
        self.env.flush_all()
        self.env.invalidate_all()
        lead = lead.with_user(self.salesperson)
        return (
            lead.shown_next_date and str(lead.shown_next_date),
            lead.shown_next_user_id,
            lead.shown_next_reason,
            lead.shown_last_summary,
        )

    def test_form(self):
        """The same words as on the customer."""
        lead = self.lead()
        nobody = self.env["res.users"]
        self.assertEqual(self.shown(lead), (False, nobody, False, ""))
        day = "%s/%s/%s" % (self.day(0)[5:7], self.day(0)[8:], self.day(0)[:4])
        name = self.salesperson.name
        self.log(
            fields.Datetime.now(),
            lead_id=lead.id,
            summary="Asks",
            next_contact_date=self.day(6),
        )
        said = f"Phone · {name} · Asks"
        agreed = f"Agreed on {day}: {name}, Phone"
        self.assertEqual(
            self.shown(lead), (self.day(6), self.salesperson, agreed, said)
        )
        with Form(lead) as form:
            form.shown_next_date = self.day(3)
        by_hand = f"By hand on {day}: {name}"
        self.assertEqual(
            self.shown(lead), (self.day(3), self.salesperson, by_hand, said)
        )
        with Form(lead) as form:
            form.shown_next_user_id = self.mate
        self.assertEqual(self.shown(lead), (self.day(3), self.mate, by_hand, said))
        # that of the customer
        lead.partner_id = self.customer
        self.log(fields.Datetime.now(), summary="No", next_contact_date=self.day(8))
        said = f"Phone · {name} · No"
        self.assertEqual(
            self.shown(lead), (self.day(8), self.salesperson, agreed, said)
        )
        with Form(lead) as form:
            form.shown_next_date = self.day(12)
        self.assertEqual(
            self.shown(lead), (self.day(12), self.salesperson, by_hand, said)
        )
        self.assert_next(self.day(12), "hand")

    # Merged

    def merged(self, *leads):
        leads = self.env["crm.lead"].union(*leads)
        merged = leads.with_user(self.users["manager"]).merge_opportunity()
        self.env.flush_all()
        return merged.sudo()

    def test_what_was_said_later_holds(self):
        kept, other = self.lead(probability=90), self.lead(probability=10)
        self.plan_hand(kept, 20)
        self.plan_hand(other, 1)
        merged = self.merged(kept, other)
        self.assertEqual(merged, kept)
        self.assertEqual(str(merged.next_contact_date), self.day(1))

    def test_earlier_said_does_not_hold(self):
        kept, other = self.lead(probability=90), self.lead(probability=10)
        self.plan_hand(other, 1)
        self.plan_hand(kept, 20)
        merged = self.merged(kept, other)
        self.assertEqual(str(merged.next_contact_date), self.day(20))

    def test_contact_and_hand(self):
        for hand_first in (True, False):
            kept, other = self.lead(probability=90), self.lead(probability=10)
            if hand_first:
                self.plan_hand(other, 1)
            self.log(
                fields.Datetime.now(), lead_id=kept.id, next_contact_date=self.day(20)
            )
            if not hand_first:
                self.plan_hand(other, 1)
            merged = self.merged(kept, other)
            with self.subTest(hand_first=hand_first):
                expected = self.day(20 if hand_first else 1)
                self.assertEqual(str(merged.next_contact_date), expected)

    def test_date_of_a_lead_merged_into_one_of_a_customer(self):
        kept = self.lead(probability=90, partner_id=self.customer.id)
        other = self.lead(probability=10)
        self.plan_hand(other, 6)
        self.merged(kept, other)
        self.assert_next(self.day(6), "hand")

    def test_merged_lead_brings_nothing_back(self):
        """Its customer was contacted, or planned otherwise, since."""

        def contact():
            self.log(fields.Datetime.now())
            return False

        def plan_later():
            self.customer.with_user(self.salesperson).next_contact_date = self.day(30)
            return self.day(30)

        for since in (contact, plan_later):
            lead = self.lead(probability=10)
            self.plan_hand(lead, 0)
            lead.partner_id = self.customer
            self.assert_next(self.day(0), "hand")
            date = since()
            other = self.lead(partner_id=self.customer.id, probability=90)
            self.merged(lead, other)
            with self.subTest(since):
                self.assert_next(date, date and "hand")

    def test_merged_into_the_lead_whose_date_is_past(self):
        lead = self.lead(probability=90)
        self.plan_hand(lead, 0)
        lead.partner_id = self.customer
        self.log(fields.Datetime.now())
        self.merged(lead, self.lead(partner_id=self.customer.id, probability=10))
        self.assert_next(False, False)

    def test_merged_into_a_lead_of_a_new_salesperson(self):
        customer = self.new_customers(1, user_id=False)
        kept = self.lead(probability=90)
        self.plan_hand(kept, 4)
        other = self.lead(probability=10, partner_id=customer.id)
        (kept | other).sudo()._merge_opportunity(user_id=self.mate.id)
        self.assert_next(self.day(4), "hand", self.mate, customer)

    def test_merged_customers(self):
        """Also within the same second."""
        for kept_first in (True, False):
            kept, other = self.new_customers(2)
            said = [(kept, 20), (other, 1)]
            with freeze_time(fields.Datetime.now(), auto_tick_seconds=0.001):
                for customer, shift in said if kept_first else reversed(said):
                    customer.with_user(self.salesperson).next_contact_date = self.day(
                        shift
                    )
                    self.env.flush_all()
            wizard = self.env["base.partner.merge.automatic.wizard"].create({})
            wizard._merge((kept | other).ids, kept)
            with self.subTest(kept_first=kept_first):
                self.assert_next(
                    self.day(1 if kept_first else 20), "hand", customer=kept
                )
