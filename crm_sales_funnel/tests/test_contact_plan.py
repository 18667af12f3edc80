from collections import Counter
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MODULE
from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
class TestContactPlan(PlanCommon):
    """When the next contact is, and who has said so."""

    # The plan of a customer

    def test_plan_of_the_level_or_another_by_hand(self):
        self.customer.customer_level_id = self.level
        self.assertEqual(self.customer.contact_plan_id, self.plan)
        self.customer.contact_plan_id = self.monthly
        self.customer.customer_level_id = self.level  # again, as an import writes it
        self.env.flush_all()
        self.assertEqual(self.customer.contact_plan_id, self.monthly)
        self.customer.customer_level_id = self.other_level
        self.assertEqual(self.customer.contact_plan_id, self.monthly)
        self.customer.customer_level_id = False
        self.assertFalse(self.customer.contact_plan_id)
        self.assertFalse(self.customer.contact_plan_since)

    def test_customers_follow_their_level_to_another_plan(self):
        follows, by_hand, without, other = self.new_customers(4)
        (follows | by_hand | without).customer_level_id = self.level
        other.customer_level_id = self.other_level
        by_hand.contact_plan_id = self.monthly
        without.contact_plan_id = False
        weekly = self.plan.copy({"name": "Weekly", "contact_days": 7})
        self.level.contact_plan_id = weekly
        self.assertEqual(
            [c.contact_plan_id for c in (follows, by_hand, without, other)],
            [weekly, self.monthly, self.env["funnel.contact.plan"], self.monthly],
        )
        self.assertEqual(follows.next_contact_origin, "plan")
        self.level.contact_plan_id = False
        self.assertFalse(follows.contact_plan_id)
        self.assertFalse(follows.next_contact_date)

    def test_who_reads_no_levels_copies_a_customer_without(self):
        groups = ["base.group_user", "base.group_partner_manager"]
        user = self.env["res.users"].create(
            {
                "name": "Contacts Only",
                "login": "funnel_contacts_only",
                "group_ids": [(6, 0, [self.env.ref(group).id for group in groups])],
            }
        )
        self.customer.customer_level_id = self.level
        self.env.flush_all()
        self.env.invalidate_all()
        copied = self.customer.with_user(user).copy().sudo()
        self.assertFalse(copied.customer_level_id)
        self.assertEqual(self.customer.copy().customer_level_id, self.level)

    def test_shipped_levels(self):
        days = [
            self.level_of(key).contact_plan_id.contact_days
            for key in ("key", "a", "b", "c")
        ]
        self.assertEqual(days, [7, 14, 30, 90])

    def test_rules_make_sense(self):
        for values in ({"contact_days": 0}, {"dormant_days": -1}):
            with (
                self.subTest(values),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.plan.copy(values)

    # By the plan

    def test_days_after_the_last_contact(self):
        self.give_plan("2026-03-01")
        self.log("2026-03-02 09:00:00", "visit")
        self.assert_next("2026-03-16", "plan")
        self.log("2026-03-05 09:00:00")
        self.assert_next("2026-03-19", "plan")
        self.assertEqual(
            self.customer.with_user(self.salesperson).next_contact_reason,
            "Fortnight: 14 days after the contact of 03/05/2026",
        )
        # Whoever takes the customer over is to contact it.
        self.customer.user_id = self.users["team_leader"]
        self.assert_next("2026-03-19", "plan", self.users["team_leader"])
        self.customer.contact_plan_id = False
        self.assert_next(False, False)

    def test_contacts_of_its_people_count(self):
        self.give_plan("2026-03-01")
        self.log("2026-03-02 09:00:00", partner_id=self.person.id)
        self.assert_next("2026-03-16", "plan")
        self.person.contact_plan_id = self.plan
        self.assert_next(False, False, customer=self.person)

    def test_many_without_a_contact_are_spread_over_the_days(self):
        with freeze_time("2026-03-01 08:00:00"):
            customers = self.new_customers(140, customer_level_id=self.level.id)
            self.env.flush_all()
        days = Counter((c.next_contact_date - date(2026, 3, 1)).days for c in customers)
        self.assertEqual(set(days), set(range(1, 15)))
        self.assertLessEqual(max(days.values()) - min(days.values()), 4)
        before = customers.mapped("next_contact_date")
        with freeze_time("2026-03-08 08:00:00"):
            self.env["res.partner"]._update_next_contacts()
        self.assertEqual(customers.mapped("next_contact_date"), before)
        self.assertEqual(
            customers[0].with_user(self.salesperson).next_contact_reason,
            "Fortnight: never contacted, within 14 days from 03/01/2026",
        )

    def test_every_other_customer_is_spread_as_well(self):
        """Companies and their people have been imported in turns."""
        with freeze_time("2026-03-01 08:00:00"):
            customers = self.new_customers(140)[::2]
            customers.contact_plan_id = self.plan
            self.env.flush_all()
        days = Counter(c.next_contact_date for c in customers)
        self.assertEqual(len(days), 14)

    def test_who_was_silent_when_the_plan_began_is_not_overdue(self):
        self.log("2025-01-02 09:00:00")
        self.give_plan("2026-03-01")
        self.assertEqual(self.customer.next_contact_origin, "plan")
        self.assertTrue(
            date(2026, 3, 2) <= self.customer.next_contact_date <= date(2026, 3, 15)
        )
        self.assertEqual(
            self.customer.with_user(self.salesperson).next_contact_reason,
            "Fortnight: not contacted since 01/02/2025, within 14 days from 03/01/2026",
        )

    def test_another_plan_forgives_nothing(self):
        self.log("2026-02-20 09:00:00")
        self.give_plan("2026-03-01", plan=self.monthly)
        self.assert_next("2026-03-22", "plan")
        self.give_plan("2026-05-01")
        self.assert_next("2026-03-06", "plan")

    def test_another_rule_moves_all_customers_of_the_plan(self):
        self.give_plan("2026-03-01")
        self.log("2026-03-02 09:00:00")
        other = self.new_customers(1)
        self.give_plan("2026-03-01", other, self.monthly)
        self.log("2026-03-02 09:00:00", partner_id=other.id)
        self.plan.contact_days = 21
        self.assert_next("2026-03-23", "plan")
        self.assert_next("2026-04-01", "plan", customer=other)
        self.plan.action_archive()
        self.assert_next(False, False)
        self.plan.action_unarchive()
        self.assert_next("2026-03-23", "plan")

    # By people

    def test_what_a_contact_states_comes_before_the_plan(self):
        self.give_plan("2026-03-01")
        self.log("2026-03-02 09:00:00", "visit", next_contact_date="2026-05-04")
        self.assert_next("2026-05-04", "contact")
        self.assertEqual(
            self.customer.with_user(self.salesperson).next_contact_reason,
            "Agreed on 03/02/2026: funnel_salesperson (salesperson), Visit",
        )
        # fulfilled: from now on it is the plan again
        self.log("2026-05-04 09:00:00")
        self.assert_next("2026-05-18", "plan")

    def test_what_is_planned_by_hand_comes_before_the_plan(self):
        self.give_plan("2026-03-01")
        self.log("2026-03-02 09:00:00")
        with freeze_time("2026-03-03 09:00:00"):
            self.customer.with_user(
                self.users["team_leader"]
            ).next_contact_date = "2026-04-01"
        self.assert_next("2026-04-01", "hand")
        self.assertEqual(
            self.customer.with_user(self.salesperson).next_contact_reason,
            "By hand on 03/03/2026: funnel_team_leader (team_leader)",
        )
        self.plan.contact_days = 3
        self.assert_next("2026-04-01", "hand")
        self.customer.next_contact_date = False
        self.assert_next("2026-03-05", "plan")

    def test_whoever_names_somebody_else_plans_by_hand(self):
        self.give_plan("2026-03-01")
        self.log("2026-03-02 09:00:00")
        self.customer.next_contact_user_id = self.users["manager"]
        self.assert_next("2026-03-16", "hand", self.users["manager"])
        self.plan.contact_days = 3
        self.assert_next("2026-03-16", "hand", self.users["manager"])

    def test_customer_handed_over_keeps_what_was_agreed(self):
        self.log("2026-03-02 09:00:00", next_contact_date="2026-05-04")
        self.customer.user_id = self.users["team_leader"]
        self.assert_next("2026-05-04", "contact", self.users["team_leader"])

    def test_agreed_in_a_contact_that_was_deleted(self):
        log = self.log("2026-03-02 09:00:00", next_contact_date="2026-05-04")
        leader = self.users["team_leader"]
        self.customer.user_id = leader
        self.env.flush_all()
        self.assert_next("2026-05-04", "contact", leader)
        log.unlink()
        self.assert_next(False, False)

    def test_planned_before_there_were_plans(self):
        """What is planned stays so where the addon is updated."""
        by_hand, other = self.new_customers(2)
        by_hand.next_contact_date = "2026-04-01"
        self.log(
            "2026-03-02 09:00:00", partner_id=other.id, next_contact_date="2026-05-04"
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET agreed_contact_date = NULL, last_contact_day = NULL,"
            " agreed_contact_user_id = NULL, agreed_contact_set_uid = NULL,"
            " agreed_contact_set_date = NULL, agreed_contact_log_id = NULL,"
            " next_contact_origin = NULL"
        )
        self.env.invalidate_all()
        partners = self.env["res.partner"]
        partners._carry_over_agreed()
        partners._update_next_contacts()
        self.assert_next("2026-04-01", "hand", customer=by_hand)
        self.assert_next("2026-05-04", "contact", customer=other)
        self.assertEqual(other.last_contact_day, date(2026, 3, 2))
        customer = by_hand.with_user(self.salesperson)
        self.assertEqual(customer.next_contact_reason, "By hand")
        customer = other.with_user(self.salesperson)
        self.assertEqual(customer.next_contact_reason, "Agreed")

    def test_new_customer_with_a_date(self):
        customer = self.env["res.partner"].create(
            {
                "name": "New",
                "user_id": self.salesperson.id,
                "customer_level_id": self.level.id,
                "next_contact_date": "2026-06-01",
            }
        )
        self.assert_next("2026-06-01", "hand", customer=customer)
        self.assertEqual(customer.agreed_contact_set_uid, self.env.user)

    # By an activity

    def test_activity_that_is_due_earlier(self):
        self.give_plan("2026-03-01")
        self.log("2026-03-02 09:00:00", next_contact_date="2026-05-04")
        call = self.schedule(self.person, "call", date_deadline="2026-04-10")
        self.assert_next("2026-04-10", "activity")
        self.assertEqual(
            self.customer.with_user(self.salesperson).next_contact_reason,
            "Planned activity: funnel_salesperson (salesperson)",
        )
        visit = self.schedule(self.customer, "meeting", date_deadline="2026-04-03")
        self.assert_next("2026-04-03", "activity")
        visit.date_deadline = "2026-06-03"
        self.assert_next("2026-04-10", "activity")
        call.user_id = self.users["team_leader"]  # not the salesperson's any more
        self.assert_next("2026-05-04", "contact")
        call.user_id = self.salesperson
        self.assert_next("2026-04-10", "activity")
        call.unlink()
        self.assert_next("2026-05-04", "contact")
        self.customer.next_contact_date = False
        self.assert_next("2026-03-16", "plan")

    def test_activity_that_is_done_is_no_plan_any_more(self):
        self.give_plan("2026-03-01")
        self.log("2026-03-02 09:00:00")
        call = self.schedule(self.customer, "call", date_deadline="2026-03-05")
        self.assert_next("2026-03-05", "activity")
        with freeze_time("2026-03-04 09:00:00"):
            call.with_user(self.salesperson).action_feedback("No answer")
        self.assert_next("2026-03-18", "plan")

    def test_activities_that_are_no_contacts(self):
        self.schedule(self.customer, "todo", date_deadline="2026-03-05")
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        self.schedule(order, "call", date_deadline="2026-03-05")
        self.assert_next(False, False)

    def test_activity_without_anything_else(self):
        self.schedule(self.customer, "call", date_deadline="2026-03-05")
        self.assert_next("2026-03-05", "activity")

    # Days

    def test_day_of_the_contact_is_that_of_who_made_it(self):
        """07:30 in China is the day before in UTC; 20:00 in New York the day after."""
        self.give_plan("2026-03-01")
        self.salesperson.tz = "Asia/Shanghai"
        self.log("2026-03-01 23:30:00")
        self.assertEqual(self.customer.last_contact_day, date(2026, 3, 2))
        self.assert_next("2026-03-16", "plan")
        self.salesperson.tz = "America/New_York"
        self.log("2026-03-04 01:00:00")
        self.assertEqual(self.customer.last_contact_day, date(2026, 3, 3))
        self.assert_next("2026-03-17", "plan")

    def test_plan_begins_on_the_users_day(self):
        for zone, day in (
            ("Asia/Shanghai", date(2026, 3, 2)),
            ("America/New_York", date(2026, 3, 1)),
        ):
            customer = self.new_customers(1).with_context(tz=zone)
            with self.subTest(zone), freeze_time("2026-03-01 23:30:00"):
                customer.customer_level_id = self.level
                self.assertEqual(customer.contact_plan_since, day)

    # What it costs

    def test_queries_do_not_grow(self):
        counts = []
        for size in (2, 5, 50):
            customers = self.new_customers(size)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            customers.customer_level_id = self.level
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    def test_another_rule_takes_one_statement(self):
        counts = []
        for size in (1, 2, 60):
            self.new_customers(size, customer_level_id=self.level.id)
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.plan.contact_days += 1
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    def test_customers_without_a_plan_cost_nothing(self):
        partners = self.env.registry["res.partner"]
        with (
            patch.object(partners, "_read_next_contacts") as next_contacts,
            patch.object(partners, "_read_last_orders") as last_orders,
        ):
            self.new_customers(2)
            self.env.flush_all()
        next_contacts.assert_not_called()
        last_orders.assert_not_called()

    # The form

    def test_form(self):
        view = "base.view_partner_form"
        customer = self.customer.with_user(self.salesperson)
        with Form(customer, view) as form:
            form.customer_level_id = self.level
            self.assertEqual(form.contact_plan_id, self.plan)
        self.assertEqual(self.customer.next_contact_origin, "plan")
        tomorrow = self.today + timedelta(days=1)
        with Form(customer, view) as form:
            form.next_contact_date = tomorrow
            form.customer_level_id = self.other_level
            self.assertEqual(form.next_contact_date, tomorrow)
        self.assertEqual(self.customer.next_contact_date, tomorrow)
        self.assertEqual(self.customer.next_contact_origin, "hand")
        self.assertEqual(self.customer.contact_plan_id, self.monthly)

    def test_level_is_tracked(self):
        customer = self.tracking(self.customer)
        before = self.customer.message_ids
        customer.with_user(self.salesperson).customer_level_id = self.level
        self.flush_tracking()
        tracked = (self.customer.message_ids - before).tracking_value_ids
        names = set(tracked.field_id.mapped("name"))
        self.assertLessEqual({"customer_level_id", "contact_plan_id"}, names)

    # The log

    def test_contacts_by_level(self):
        self.customer.customer_level_id = self.level
        self.log()
        self.log(partner_id=self.person.id)
        self.log(partner_id=self.new_customers(1).id)
        rows = (
            self.env["funnel.contact.log"]
            .with_user(self.users["manager"])
            ._read_group([], ["customer_level_id"], ["__count"])
        )
        self.assertEqual(
            dict(rows), {self.level: 2, self.env["funnel.customer.level"]: 1}
        )

    # Merging

    def merge(self, source):
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | source).ids, self.customer)
        self.assertFalse(source.exists())

    def test_merged_customer_takes_over_what_it_lacks(self):
        source = self.new_customers(1)
        source.customer_level_id = self.level
        source.contact_plan_id = self.monthly
        self.schedule(source, "call", date_deadline="2026-03-05")
        self.order("2026-02-03 09:00:00", source)
        self.merge(source)
        self.assertEqual(self.customer.customer_level_id, self.level)
        self.assertEqual(self.customer.contact_plan_id, self.monthly)
        self.assertEqual(
            self.customer.last_order_date,
            fields.Datetime.to_datetime("2026-02-03 09:00:00"),
        )
        self.assert_next("2026-03-05", "activity")

    def test_merged_customer_keeps_its_own(self):
        source = self.new_customers(1)
        source.customer_level_id = self.other_level
        self.customer.customer_level_id = self.level
        self.customer.contact_plan_id = self.monthly
        self.merge(source)
        self.assertEqual(self.customer.customer_level_id, self.level)
        self.assertEqual(self.customer.contact_plan_id, self.monthly)

    def test_shown_in_the_views(self):
        """The columns, filters and groups of the list work as a salesperson."""
        self.give_plan()
        customers = self.env["res.partner"].with_user(self.salesperson)
        for name in ("list", "kanban", "pivot", "graph"):
            view = self.env.ref(f"{MODULE}.res_partner_view_{name}_customers")
            arch = customers.get_view(view.id, name)["arch"]
            self.assertIn("customer_level_id", arch)
