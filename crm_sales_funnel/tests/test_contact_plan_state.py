from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.crm_sales_funnel.models.contact import res_partner_plan_query

from .common import ROLES
from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
class TestContactPlanState(PlanCommon):
    """Dormant customers, those never contacted, the nightly job, reminders, rights."""

    # Business

    def test_last_order(self):
        first = self.order("2026-02-03 09:00:00")
        self.assertEqual(self.customer.last_order_date, datetime(2026, 2, 3, 9))
        second = self.order("2026-02-20 09:00:00", self.person)
        self.assertEqual(self.customer.last_order_date, datetime(2026, 2, 20, 9))
        self.assertFalse(self.person.last_order_date)
        self.env["sale.order"].create({"partner_id": self.customer.id})
        self.assertEqual(self.customer.last_order_date, datetime(2026, 2, 20, 9))
        second._action_cancel()
        self.assertEqual(self.customer.last_order_date, datetime(2026, 2, 3, 9))
        other = self.new_customers(1)
        first.partner_id = other
        self.assertFalse(self.customer.last_order_date)
        self.assertEqual(other.last_order_date, datetime(2026, 2, 3, 9))

    def test_person_who_moves_takes_the_orders_along(self):
        self.order("2026-02-20 09:00:00", self.person)
        other = self.new_customers(1)
        self.person.parent_id = other
        self.assertFalse(self.customer.last_order_date)
        self.assertEqual(other.last_order_date, datetime(2026, 2, 20, 9))

    def test_dormant_after_days_without_an_order(self):
        self.give_plan("2026-03-01")
        self.assertFalse(self.customer.dormant_since)  # has never been one
        self.order("2026-02-03 09:00:00")
        self.assertEqual(self.customer.dormant_since, datetime(2026, 4, 4, 9))
        self.plan.dormant_days = 90
        self.assertEqual(self.customer.dormant_since, datetime(2026, 5, 4, 9))
        self.plan.dormant_days = 0
        self.assertFalse(self.customer.dormant_since)

    # State

    def states(self):
        """Return customers of all states, by state."""
        names = ("due", "dormant", "never", "planned", "unplanned")
        customers = dict(zip(names, self.new_customers(5), strict=True))
        some = customers["dormant"] | customers["planned"] | customers["unplanned"]
        for customer in some:
            self.log(fields.Datetime.now(), partner_id=customer.id)
        customers["due"].next_contact_date = self.today
        customers["planned"].next_contact_date = self.today + timedelta(days=1)
        customers["dormant"].contact_plan_id = self.plan
        self.order(fields.Datetime.now() - timedelta(days=61), customers["dormant"])
        self.env.flush_all()
        return customers

    def test_states(self):
        by_state = self.states()
        ids = [customer.id for customer in by_state.values()]
        partners = self.env["res.partner"].with_user(self.salesperson)
        for state, customer in by_state.items():
            with self.subTest(state):
                self.assertEqual(customer.contact_state, state)
                domain = [("id", "in", ids), ("contact_state", "=", state)]
                self.assertEqual(partners.search(domain).ids, customer.ids)
                domain[1] = ("contact_state", "!=", state)
                self.assertEqual(
                    set(partners.search(domain).ids), set(ids) - {customer.id}
                )
        groups = partners._read_group(
            [("id", "in", ids)], ["contact_state"], ["id:recordset"]
        )
        self.assertEqual(
            {state: rows.ids for state, rows in groups},
            {state: customer.ids for state, customer in by_state.items()},
        )
        self.assertTrue(
            partners.fields_get(["contact_state"])["contact_state"]["groupable"]
        )
        tree = partners.formatted_read_group(
            [("id", "in", ids)], ["customer_level_id", "contact_state"], ["__count"]
        )
        self.assertEqual(len(tree), 5)

    def test_state_is_of_the_users_day(self):
        """At 07:00 in China on the 9th it is still the 8th in New York."""
        self.customer.next_contact_date = "2026-03-09"
        with freeze_time("2026-03-08 23:00:00"):
            for zone, state in (
                ("Asia/Shanghai", "due"),
                ("America/New_York", "never"),
            ):
                customer = self.customer.with_context(tz=zone)
                found = customer.search(
                    [("id", "=", customer.id), ("contact_state", "=", state)]
                )
                self.assertEqual((customer.contact_state, found), (state, customer))

    # The job

    def spoil(self):
        """Change by SQL what the job is to find."""
        customers = self.new_customers(6, customer_level_id=self.level.id)
        self.order("2026-02-03 09:00:00", customers[0])
        self.env.flush_all()
        right = self.snapshot(customers)
        self.env.cr.execute(
            "UPDATE res_partner SET next_contact_date = '2020-01-01', dormant_since = NULL,"
            " next_contact_origin = 'hand', last_order_date = NULL WHERE id IN %s",
            [tuple(customers.ids)],
        )
        self.env.invalidate_all()
        self.assertNotEqual(self.snapshot(customers), right)
        return customers, right

    def snapshot(self, customers):
        fnames = [*res_partner_plan_query.WRITTEN, "last_order_date"]
        customers = customers.sudo()
        return [tuple(customer[fname] for fname in fnames) for customer in customers]

    def run_job(self, left=60):
        commits = []
        jobs = type(self.env["ir.cron"])

        def commit(_self, processed=0, **_kwargs):
            commits.append(processed)
            return left

        with patch.object(jobs, "_commit_progress", commit):
            self.env["res.partner"]._cron_update_contact_plans()
        return commits

    def test_job_finds_what_is_wrong_and_only_that(self):
        customers, right = self.spoil()
        self.assertEqual(self.run_job(), [1, 6, 0])
        self.assertEqual(self.snapshot(customers), right)
        self.assertEqual(self.run_job(), [0, 0, 0])

    def test_job_goes_on_where_it_was_stopped(self):
        customers, right = self.spoil()
        with patch.object(res_partner_plan_query, "AT_ONCE", 2):
            self.assertEqual(self.run_job(), [1, 2, 2, 2, 0, 0])
            self.assertEqual(self.snapshot(customers), right)
            self.spoil_again(customers)
            self.assertEqual(self.run_job(left=0), [0])
            self.assertEqual(self.run_job(), [0, 2, 2, 2, 0, 0])
        self.assertEqual(self.snapshot(customers), right)

    def test_job_begins_anew_where_somebody_has_saved_a_customer(self):
        customers, right = self.spoil()
        partners = type(self.env["res.partner"])
        update, calls = partners._update_next_contacts, []

        def fail_once(self, *args, **kwargs):
            calls.append(kwargs)
            if len(calls) == 1:
                raise SerializationFailure
            return update(self, *args, **kwargs)

        with (
            patch.object(partners, "_update_next_contacts", fail_once),
            patch.object(self.env.cr, "rollback") as rollback,
        ):
            self.assertEqual(self.run_job(), [1, 6, 0])
        rollback.assert_called_once()
        self.assertEqual(self.snapshot(customers), right)
        with (
            patch.object(
                partners, "_update_next_contacts", side_effect=SerializationFailure
            ),
            patch.object(self.env.cr, "rollback"),
            self.assertRaises(SerializationFailure),
        ):
            self.run_job()

    def spoil_again(self, customers):
        self.env.cr.execute(
            "UPDATE res_partner SET next_contact_origin = NULL WHERE id IN %s",
            [tuple(customers.ids)],
        )
        self.env.invalidate_all()

    def test_button_does_it_once(self):
        customers, right = self.spoil()
        plans = self.env["funnel.contact.plan"].with_user(self.users["manager"])
        told = plans.action_update_now()["params"]
        self.assertIn("7", told["message"])
        self.assertEqual(self.snapshot(customers), right)
        self.assertIn("0", plans.action_update_now()["params"]["message"])

    # Reminders

    def counts(self, user, reach="own"):
        reminders = self.env["funnel.reminder"].with_user(user)
        return {
            reminder["key"].removeprefix("contacts."): reminder
            for reminder in reminders.get_today(reach)
            if reminder["card"] == "contacts"
        }

    def test_reminders(self):
        mate = self.new_role_user("funnel_mate", "salesperson")
        for user in (mate, self.salesperson):
            self.new_customers(1, user_id=user.id)
            dormant = self.new_customers(1, user_id=user.id)
            dormant.contact_plan_id = self.plan
            self.log(fields.Datetime.now(), partner_id=dormant.id)
            self.order(fields.Datetime.now() - timedelta(days=61), dormant)
            self.env["crm.lead"].create({"name": "L", "user_id": user.id})
        nobodys = self.new_customers(1, user_id=False)
        # A person of a customer has the salesperson too, and is not counted.
        self.env["res.partner"].create(
            {"name": "P", "parent_id": dormant.id, "user_id": mate.id}
        )
        self.env.flush_all()
        shown = self.counts(mate)
        for key, count in (("dormant", 1), ("never", 1), ("lead.never", 1)):
            with self.subTest(key):
                self.assertEqual(shown[key]["count"], count)
                action = shown[key]["action"]
                rows = self.env[action["res_model"]].with_user(mate)
                rows = rows.with_context(**action["context"])
                found = rows.search(action["domain"])
                self.assertEqual(found.user_id, mate)
                self.assertEqual(len(found), count)
        everything = self.counts(self.users["manager"], "all")
        domain = everything["never"]["action"]["domain"]
        self.assertNotIn(nobodys, self.env["res.partner"].search(domain))
        self.assertGreaterEqual(everything["dormant"]["count"], 2)

    def test_counts_are_what_the_lists_show(self):
        customers = self.new_customers(3, customer_level_id=self.level.id)
        customers[0].active = False
        self.person.customer_level_id = self.level
        self.env.flush_all()
        for record in (self.level, self.plan):
            record = record.with_user(self.users["manager"])
            record = record.with_context(active_test=False)  # as their lists have it
            action = record.action_open_customers()
            shown = self.env["res.partner"].with_user(self.users["manager"])
            shown = shown.search(action["domain"])
            with self.subTest(record._name):
                self.assertEqual(shown, customers[1:])
                self.assertEqual(record.customer_count, 2)

    def test_due_by_plan_is_on_the_today_screen(self):
        before = self.counts(self.salesperson)["overdue"]["count"]
        day = self.today - timedelta(days=20)
        self.give_plan(day)
        self.log(f"{day} 09:00:00")
        self.assertEqual(self.counts(self.salesperson)["overdue"]["count"], before + 1)

    # Rights

    def may(self, call):
        try:
            with self.cr.savepoint():
                call()
                self.env.flush_all()
        except AccessError:
            return False
        return True

    def test_levels_and_plans_are_the_managers(self):
        for role in ROLES:
            user = self.users[role]
            for record, values in (
                (self.level, {"name": "X"}),
                (self.plan, {"contact_days": 3}),
            ):
                own = record.with_user(user)
                self.env.invalidate_all()
                with self.subTest(role=role, model=record._name):
                    self.assertTrue(self.may(lambda own=own: own.read(["name"])))
                    for call in (
                        lambda own=own, values=values: own.write(values),
                        lambda own=own: own.copy({"name": "Y"}),
                        lambda own=own: own.copy({"name": "Y"}).unlink(),
                    ):
                        self.assertEqual(self.may(call), role == "manager")
            plans = self.env["funnel.contact.plan"].with_user(user)
            self.assertEqual(self.may(plans.action_update_now), role == "manager")

    def test_no_level_for_those_without_a_role(self):
        nobody = self.new_role_user("funnel_nobody")
        for record in (self.level, self.plan):
            own = record.with_user(nobody)
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                own.read(["name"])

    def test_whoever_may_write_the_customer_sets_its_level(self):
        # Odoo lets those write partners who have the right to create contacts.
        for role in ROLES:
            customer = self.new_customers(1).with_user(self.users[role])
            self.env.invalidate_all()
            may_write = customer.has_access("write")
            with self.subTest(role):
                self.assertEqual(
                    self.may(
                        lambda c=customer: c.write({"customer_level_id": self.level.id})
                    ),
                    may_write,
                )
                self.assertEqual(bool(customer.sudo().contact_plan_id), may_write)

    def test_users_without_a_role_create_and_read_partners(self):
        nobody = new_test_user(
            self.env,
            "funnel_nobody",
            groups="base.group_user,base.group_partner_manager",
        )
        partners = self.env["res.partner"].with_user(nobody)
        partner = partners.create({"name": "New", "user_id": self.salesperson.id})
        partner.write({"name": "Newer", "parent_id": self.customer.id})
        self.env.flush_all()
        self.env.invalidate_all()
        self.customer.customer_level_id = self.level
        ours = {
            name
            for name, field in partners._fields.items()
            if field.compute in partners._contact_computes or "contact" in name
        }
        offered = ours & partners.fields_get().keys()
        self.assertIn("next_contact_origin", offered)
        self.assertNotIn("contact_plan_id", offered)
        self.assertTrue(self.customer.with_user(nobody).read(list(offered)))

    # Companies

    def test_plan_of_a_company_is_for_its_customers(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.plan.copy({"name": "Theirs", "company_id": other.id})
        customers = self.new_customers(2)
        customers[1].company_id = other
        customers[1].contact_plan_id = theirs
        for company in (False, self.company):
            customers[0].company_id = company
            with self.subTest(company), self.assertRaises(ValidationError):
                customers[0].contact_plan_id = theirs
            customers[0].contact_plan_id = False
        # as the default of a level as well
        level = self.level.copy({"name": "L", "contact_plan_id": False})
        customers.contact_plan_id = False
        customers.customer_level_id = level
        level.contact_plan_id = theirs
        self.assertEqual(
            [c.contact_plan_id for c in customers],
            [self.env["funnel.contact.plan"], theirs],
        )
        new = self.new_customers(1, customer_level_id=level.id)
        self.assertFalse(new.contact_plan_id)
        with self.assertRaises(ValidationError):
            customers[1].company_id = self.company
        salesperson = theirs.with_user(self.salesperson)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            salesperson.read(["name"])
