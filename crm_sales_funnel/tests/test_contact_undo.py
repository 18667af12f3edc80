from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .plan_common import PlanCommon

LOG = "funnel.contact.log"


@tagged("post_install", "-at_install")
class TestContactUndo(PlanCommon):
    """Nothing that was planned is lost when a contact is taken back, or when a customer
    changes hands or becomes part of another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.leader = cls.users["team_leader"]

    def plan_hand(self, record=None, shift=0, user=None, **values):
        """Plan the next contact by hand, as a user."""
        record = (record or self.customer).with_user(user or self.salesperson)
        record.write({"next_contact_date": self.day(shift), **values})
        self.env.flush_all()

    def contact(self, **values):
        """Log a contact of today as the salesperson."""
        log = (
            self.env[LOG]
            .with_user(self.salesperson)
            .create(
                {
                    "partner_id": self.customer.id,
                    "channel_id": self.channels["phone"].id,
                    **values,
                }
            )
        )
        self.env.flush_all()
        return log

    # What a contact fulfils or replaces

    def test_date_by_hand_comes_back(self):
        self.plan_hand()
        planned_by = self.customer.with_user(self.salesperson).next_contact_reason
        for values in ({}, {"next_contact_date": self.day(9)}):
            with self.subTest(values):
                log = self.contact(**values)
                date = values.get("next_contact_date", False)
                self.assert_next(date, "contact" if date else False)
                log.unlink()
                self.assert_next(self.day(0), "hand")
                reason = self.customer.with_user(self.salesperson).next_contact_reason
                self.assertEqual(reason, planned_by)

    def test_not_where_another_was_set_since(self):
        self.plan_hand()
        log = self.contact()
        self.plan_hand(shift=20)
        log.unlink()
        self.assert_next(self.day(20), "hand")
        self.contact(next_contact_date=self.day(5))
        self.customer.with_user(self.salesperson).next_contact_date = False
        self.contact().unlink()
        self.assert_next(False, False)

    def test_contact_of_another_customer(self):
        """It was logged with the wrong one, or on the wrong day."""
        self.plan_hand()
        other = self.new_customers(1)
        log = self.contact()
        log.partner_id = other
        self.assert_next(self.day(0), "hand")
        log.partner_id = self.customer
        self.assert_next(False, False)
        log.date = fields.Datetime.now() - timedelta(days=2)
        self.assert_next(self.day(0), "hand")

    def test_fulfilled_date_brings_no_older_one_back(self):
        """What was agreed before it was planned by hand is over."""
        self.log(
            fields.Datetime.now() - timedelta(days=5), next_contact_date=self.day(30)
        )
        self.plan_hand()
        log = self.contact()
        self.assert_next(False, False)
        log.duration = 0.5
        self.log(fields.Datetime.now() - timedelta(days=4))
        self.assert_next(False, False)

    def test_lead(self):
        lead = self.env["crm.lead"].create(
            {"name": "L", "user_id": self.salesperson.id}
        )
        self.plan_hand(lead)
        log = self.contact(lead_id=lead.id, partner_id=False)
        self.assertFalse(lead.next_contact_date)
        log.unlink()
        self.assertEqual(str(lead.next_contact_date), self.day(0))
        self.assertEqual(lead.next_contact_user_id, self.salesperson)

    def test_activity_that_was_done(self):
        self.plan_hand(shift=-1)
        activity = self.schedule(self.customer, date_deadline=self.day(0))
        activity.with_user(self.salesperson).action_feedback()
        self.assert_next(False, False)
        self.logs_of().with_user(self.salesperson).unlink()
        self.assert_next(self.day(-1), "hand")
        self.assertTrue(activity.active)

    def test_all_activities_are_open_again(self):
        activities = self.env["mail.activity"].union(
            *(
                self.schedule(self.customer, date_deadline=self.day(-shift))
                for shift in (3, 1)
            )
        )
        log = self.contact()
        self.assertFalse(any(activities.mapped("active")))
        log.unlink()
        self.assertTrue(all(activities.mapped("active")))

    # Handing over

    def test_date_is_handed_over(self):
        self.plan_hand(shift=3)
        self.customer.user_id = self.mate
        self.assert_next(self.day(3), "hand", self.mate)
        self.customer.write(
            {"user_id": self.leader.id, "next_contact_date": self.day(4)}
        )
        self.assert_next(self.day(4), "hand", self.leader)
        self.customer.write(
            {
                "user_id": self.mate.id,
                "next_contact_date": self.day(5),
                "next_contact_user_id": self.leader.id,
            }
        )
        self.assert_next(self.day(5), "hand", self.leader)
        self.customer.user_id = self.salesperson  # the leader was named
        self.assert_next(self.day(5), "hand", self.leader)

    def test_date_of_nobody(self):
        self.plan_hand(shift=3)
        self.customer.user_id = False
        self.assertEqual(str(self.customer.next_contact_date), self.day(3))
        self.assertFalse(self.customer.next_contact_user_id)
        # and of somebody who would not know
        self.customer.user_id = self.mate
        self.assert_next(self.day(3), "hand", self.mate)
        self.customer.user_id = self.users["warehouse"]
        self.assertEqual(str(self.customer.next_contact_date), self.day(3))
        self.assertFalse(self.customer.next_contact_user_id)

    def test_date_of_nobody_goes_with_the_customer(self):
        """Whom the former salesperson's date fell to has stood in."""
        gone = self.new_role_user("funnel_gone", "salesperson")
        warehouse = self.users["warehouse"]
        by_hand, agreed, stood_in, left = self.new_customers(4)
        records = by_hand | agreed | stood_in | left
        lead = self.env["crm.lead"].create(
            {
                "name": "L",
                "user_id": warehouse.id,
                "next_contact_date": self.day(0),
            }
        )
        self.plan_hand(by_hand, 3)
        self.contact(partner_id=agreed.id, next_contact_date=self.day(3))
        records[:2].user_id = warehouse
        stood_in.user_id = warehouse
        self.plan_hand(stood_in, 3, self.leader)
        left.user_id = gone
        self.plan_hand(left, 3, gone)
        gone.active = False
        self.env.flush_all()
        self.assertEqual(stood_in.next_contact_user_id, self.leader)
        self.assertFalse((by_hand | agreed).next_contact_user_id)
        records.user_id = self.mate
        lead.user_id = self.mate
        for record, origin in zip(
            records, ("hand", "contact", "hand", "hand"), strict=True
        ):
            self.assert_next(self.day(3), origin, self.mate, record)
        self.assertEqual(lead.next_contact_user_id, self.mate)

    def test_contact_of_a_customer_that_was_handed_over(self):
        """Its author takes it back or corrects it as before."""
        self.plan_hand()
        log = self.contact(next_contact_date=self.day(5))
        self.customer.user_id = self.mate
        self.assert_next(self.day(5), "contact", self.mate)
        log.next_contact_date = self.day(9)
        self.assert_next(self.day(9), "contact", self.mate)
        log.next_contact_date = False
        self.assert_next(False, False)
        log.next_contact_date = self.day(5)
        self.assertEqual(str(self.customer.next_contact_date), self.day(5))
        log.unlink()
        self.assert_next(self.day(0), "hand", self.mate)

    def test_replaced_contact_is_handed_over_too(self):
        first = self.contact(next_contact_date=self.day(5))
        second = self.contact(next_contact_date=self.day(9))
        self.customer.user_id = self.mate
        self.assert_next(self.day(9), "contact", self.mate)
        second.unlink()
        self.assert_next(self.day(5), "contact", self.mate)
        first.unlink()
        self.assert_next(False, False)

    def test_fulfilled_date_is_handed_over_too(self):
        self.plan_hand()
        log = self.contact()
        self.customer.user_id = self.mate
        self.env.flush_all()
        log.unlink()
        self.assert_next(self.day(0), "hand", self.mate)

    def test_queries_of_handing_over_do_not_grow(self):
        counts = []
        for size in (2, 5, 50):
            customers = self.new_customers(size)
            for index, customer in enumerate(customers):
                customer.next_contact_date = self.day(index + 1)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            customers.user_id = self.mate
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(customers.next_contact_user_id, self.mate)
        self.assertEqual(*counts[1:])

    # People and leads

    def test_person_of_a_company_brings_the_date_along(self):
        person = self.env["res.partner"].create(
            {"name": "Paul", "user_id": self.salesperson.id}
        )
        self.plan_hand(person, -2)
        person.parent_id = self.customer
        self.assert_next(False, False, customer=person)
        self.assert_next(self.day(-2), "hand")
        self.contact()
        self.assert_next(False, False)

    def test_earlier_date_of_the_company_stays(self):
        person = self.env["res.partner"].create(
            {"name": "Paul", "user_id": self.salesperson.id}
        )
        self.plan_hand(person, 8)
        self.plan_hand(shift=4)
        person.parent_id = self.customer
        self.assert_next(False, False, customer=person)
        self.assert_next(self.day(4), "hand")
        self.assertIn("planned as well", self.customer.message_ids[:1].body)

    def test_fulfilled_date_of_a_person_is_no_date_of_the_company(self):
        person = self.env["res.partner"].create(
            {"name": "Paul", "user_id": self.salesperson.id}
        )
        self.plan_hand(person)
        self.contact(partner_id=person.id)
        person.parent_id = self.customer
        self.assert_next(False, False, customer=person)
        self.assert_next(False, False)

    def test_date_with_a_person_is_the_companys(self):
        self.plan_hand(self.person, 6)
        self.assert_next(False, False, customer=self.person)
        self.assert_next(self.day(6), "hand")
        new = self.env["res.partner"].create(
            {
                "name": "Nora",
                "parent_id": self.customer.id,
                "next_contact_date": self.day(2),
            }
        )
        self.assert_next(False, False, customer=new)
        self.assertEqual(str(self.customer.next_contact_date), self.day(2))

    # From before

    def test_planned_before_it_was_kept(self):
        by_hand, agreed = self.new_customers(2)
        lead = self.env["crm.lead"].create(
            {"name": "L", "user_id": self.salesperson.id}
        )
        self.plan_hand(by_hand, 4)
        self.plan_hand(lead, 4)
        self.contact(partner_id=agreed.id, next_contact_date=self.day(3))
        before = {
            record: [record[name] for name in record._agreed_fields]
            for record in (by_hand, agreed, lead)
        }
        for record in before:
            record.flush_recordset()
            self.cr.execute(
                f"UPDATE {record._table} SET hand_contact_date = NULL,"
                " hand_contact_user_id = NULL WHERE id = %s",
                record.ids,
            )
            self.env.invalidate_all()
            record._carry_over_hand()
            record.modified(["next_contact_mark"])
            with self.subTest(record._name):
                self.assertEqual(
                    [record[name] for name in record._agreed_fields], before[record]
                )
