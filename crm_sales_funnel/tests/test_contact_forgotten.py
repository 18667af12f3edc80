from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .plan_common import PlanCommon


@tagged("post_install", "-at_install")
class TestContactForgotten(PlanCommon):
    """Every customer and lead is on somebody's list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mate = cls.new_role_user("funnel_mate", "salesperson")
        cls.leader = cls.users["team_leader"]
        cls.manager = cls.users["manager"]

    def listed(self, user, key, reach="own"):
        """Return whom a reminder of contacts lists."""
        self.env.flush_all()
        self.env.invalidate_all()
        reminders = self.env["funnel.reminder"].with_user(user).get_today(reach)
        for reminder in reminders:
            if reminder["key"] == f"contacts.{key}":
                action = reminder["action"]
                rows = self.env[action["res_model"]].with_user(user)
                found = rows.search(action["domain"])
                self.assertEqual(len(found), reminder["count"])
                return found
        return None

    def assert_listed(self, record, key, *seen):
        """Compare who of all has a record on the list: (user, reach) pairs."""
        for user, reach in (
            (self.salesperson, "own"),
            (self.leader, "own"),
            (self.leader, "team"),
            (self.manager, "all"),
        ):
            with self.subTest(key=key, user=user.login, reach=reach):
                found = self.listed(user, key, reach)
                self.assertEqual(record in found, (user, reach) in seen)

    # Activities

    def test_activity_of_somebody_else_hides_nothing(self):
        self.log(
            fields.Datetime.now() - timedelta(days=9), next_contact_date=self.today
        )
        for role in ("finance", "warehouse", "purchasing", "team_leader"):
            activity = self.schedule(
                self.customer, user=self.users[role], date_deadline=self.day(-1)
            )
            with self.subTest(role):
                self.assert_next(self.day(0), "contact")
                self.assertIn(self.customer, self.listed(self.salesperson, "today"))
            activity.unlink()
        own = self.schedule(self.customer, date_deadline=self.day(-1))
        self.assert_next(self.day(-1), "activity")
        own.unlink()
        # by the plan
        self.customer.next_contact_date = False
        self.give_plan(self.day(-40))
        planned = self.customer.next_contact_date
        self.schedule(self.person, user=self.leader, date_deadline=self.day(-60))
        self.assert_next(str(planned), "plan")

    def test_own_activity_before_a_colleagues(self):
        self.schedule(self.customer, user=self.leader, date_deadline=self.day(-5))
        self.assert_next(self.day(-5), "activity", self.leader)  # hides nothing
        self.schedule(self.customer, date_deadline=self.day(0))
        self.assert_next(self.day(0), "activity")

    def test_activity_of_who_has_no_reminders(self):
        self.schedule(
            self.customer, user=self.users["warehouse"], date_deadline=self.day(0)
        )
        self.assert_next(False, False)

    def test_night_and_day_say_the_same(self):
        customers = self.new_customers(6)
        customers[1:].contact_plan_id = self.plan
        customers[4].user_id = False
        for customer, user, shift in (
            (customers[0], self.leader, 1),
            (customers[2], self.leader, -30),
            (customers[3], self.salesperson, -30),
            (customers[4], self.leader, -30),
        ):
            self.schedule(customer, user=user, date_deadline=self.day(shift))
        customers[5].next_contact_date = self.day(90)
        self.env.flush_all()
        self.assertEqual(self.env["res.partner"]._update_next_contacts(), 0)
        self.assertEqual(
            customers.mapped("next_contact_origin"),
            ["activity", "plan", "plan", "activity", "activity", "hand"],
        )

    # Who is to do it

    def test_only_who_is_reminded_can_be_named(self):
        warehouse = self.users["warehouse"]
        lead = self.env["crm.lead"].create({"name": "L"})
        for call in (
            lambda: self.log(
                next_contact_date="2026-05-04", next_contact_user_id=warehouse.id
            ),
            lambda: self.customer.write(
                {
                    "next_contact_date": self.day(1),
                    "next_contact_user_id": warehouse.id,
                }
            ),
            lambda: lead.write(
                {
                    "next_contact_date": self.day(1),
                    "next_contact_user_id": warehouse.id,
                }
            ),
        ):
            with (
                self.assertRaisesRegex(ValidationError, "is not reminded"),
                self.cr.savepoint(),
            ):
                call()
                self.env.flush_all()
        # as salesperson: then it is nobody's
        self.customer.user_id = warehouse
        log = self.log(
            fields.Datetime.now() - timedelta(days=3),
            user_id=warehouse.id,
            next_contact_date=self.today,
        )
        self.assertFalse(log.next_contact_user_id)
        self.assert_listed(
            self.customer, "today", (self.leader, "team"), (self.manager, "all")
        )

    def test_customer_without_a_salesperson(self):
        lists = (self.leader, "team"), (self.manager, "all")
        nobodys = self.new_customers(1, customer_rank=1, user_id=False)
        self.assert_listed(nobodys, "never", *lists)
        nobodys.contact_plan_id = self.plan
        self.order(fields.Datetime.now() - timedelta(days=90), nobodys)
        self.assert_listed(nobodys, "dormant", *lists)
        nobodys.with_user(self.leader).next_contact_date = self.today
        self.assertEqual(nobodys.next_contact_user_id, self.leader)
        nobodys.user_id = self.salesperson
        nobodys.user_id = False
        nobodys.next_contact_user_id = self.leader
        self.assertIn(nobodys, self.listed(self.leader, "today"))

    def test_supplier_is_nobody_to_contact(self):
        supplier = self.new_customers(1, user_id=False)
        self.assert_listed(supplier, "never")

    def test_salesperson_who_has_left(self):
        lists = (self.leader, "team"), (self.manager, "all")
        customers = self.new_customers(2, user_id=self.mate.id)
        customers.next_contact_date = self.today
        self.assertNotIn(customers[0], self.listed(self.leader, "today", "team"))
        self.mate.active = False
        self.assert_listed(customers[0], "today", *lists)
        self.assert_listed(customers[1], "never", *lists)
        # of another team: its leader's
        other = self.new_role_user("funnel_leader", "team_leader")
        team = self.env["crm.team"].create(
            {"name": "North", "company_id": self.company.id, "user_id": other.id}
        )
        gone = self.new_role_user("funnel_gone", "salesperson")
        team.member_ids = [Command.link(gone.id)]
        customers.user_id = gone
        customers.next_contact_user_id = gone
        gone.active = False
        self.assertIn(customers[0], self.listed(other, "today", "team"))

    def test_who_has_left_stands_in_nobodys_way(self):
        """He was named for a next contact; records are merged and joined all the same."""
        first, second = self.new_customers(2)
        leads = self.env["crm.lead"].create(
            [{"name": name, "user_id": self.mate.id} for name in "ABC"]
        )
        person = self.new_customers(1, is_company=False)
        for record in (first, leads[0], leads[1], person):
            record.write(
                {
                    "next_contact_date": self.today,
                    "next_contact_user_id": self.mate.id,
                }
            )
        self.mate.active = False
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((first | second).ids, first)
        self.assertEqual(first.next_contact_date, self.today)
        leads[0].partner_id = second.exists() or self.customer
        (leads[1] | leads[2]).merge_opportunity()
        person.parent_id = self.customer
        self.env.flush_all()
        self.assertEqual(self.customer.next_contact_date, self.today)
        self.assertNotEqual(self.customer.next_contact_user_id, self.mate)
        self.assertFalse(person.next_contact_date)

    def test_nobody_is_named_for_what_is_not_planned(self):
        values = {"next_contact_user_id": self.mate.id}
        customer = self.new_customers(1, user_id=self.salesperson.id, **values)
        self.assertFalse(customer.next_contact_user_id)

    def test_lead_without_a_salesperson(self):
        for team in (self.team, self.env["crm.team"]):
            lead = self.env["crm.lead"].create(
                {"name": "L", "user_id": False, "team_id": team.id, "type": "lead"}
            )
            with self.subTest(team.name):
                seen = {(self.manager, "all")}
                if team:  # Odoo's rules show a leader others that are nobody's, too
                    seen.add((self.leader, "team"))
                if lead.with_user(self.leader).has_access("read"):
                    seen.add((self.leader, "team"))
                self.assert_listed(lead, "lead.never", *seen)

    # Never contacted

    def test_mail_of_the_customer_is_no_contact_of_ours(self):
        self.customer.message_post(
            body="Are you there?",
            message_type="email",
            author_id=self.person.id,
            email_from="klara@nordwind.example.com",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(self.customer.last_contact_date)
        self.assertIn(self.customer, self.listed(self.salesperson, "never"))
        self.assertEqual(self.customer.contact_state, "never")
        self.log(fields.Datetime.now())
        self.assertNotIn(self.customer, self.listed(self.salesperson, "never"))
        self.assertEqual(self.customer.last_contact_day, self.today)

    def test_lead_that_has_written(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "L",
                "email_from": "ada@example.com",
                "user_id": self.salesperson.id,
            }
        )
        lead.message_post(
            body="?",
            message_type="email",
            author_id=False,
            email_from="ada@example.com",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(lead.last_contact_date)
        self.assertIn(lead, self.listed(self.salesperson, "lead.never"))
        self.log(fields.Datetime.now(), lead_id=lead.id)
        self.assertNotIn(lead, self.listed(self.salesperson, "lead.never"))

    # Without a plan

    def test_without_a_plan(self):
        self.new_customers(1, contact_plan_id=self.monthly.id)
        self.log(fields.Datetime.now())
        self.assertIn(self.customer, self.listed(self.salesperson, "unplanned"))
        self.customer.contact_plan_id = self.plan
        self.assertNotIn(self.customer, self.listed(self.salesperson, "unplanned"))
        self.plan.active = False
        self.assertIn(self.customer, self.listed(self.salesperson, "unplanned"))
        # who is asked about a lead is not forgotten
        lead = self.env["crm.lead"].create(
            {
                "name": "Pallets",
                "type": "opportunity",
                "user_id": self.salesperson.id,
                "partner_id": self.customer.id,
                "next_contact_date": fields.Date.today(),
            }
        )
        self.assertNotIn(self.customer, self.listed(self.salesperson, "unplanned"))
        # nor is a company where it is with anybody of it, an archived one too
        department = self.person.create(
            {"name": "Tools", "parent_id": self.customer.id, "type": "other"}
        )
        buyer = self.person.create({"name": "Ada", "parent_id": department.id})
        lead.partner_id = buyer
        self.assertNotIn(self.customer, self.listed(self.salesperson, "unplanned"))
        buyer.active = False
        self.assertNotIn(self.customer, self.listed(self.salesperson, "unplanned"))
        # as far as one reads leads
        self.assertIsNotNone(self.listed(self.users["finance"], "unplanned"))
        lead.next_contact_date = False
        self.assertIn(self.customer, self.listed(self.salesperson, "unplanned"))
        # where no plans are used there is no such list
        self.env["res.partner"].search([("contact_plan_id", "!=", False)]).write(
            {"contact_plan_id": False}
        )
        self.assertIsNone(self.listed(self.salesperson, "unplanned"))

    def test_archiving_a_plan_is_asked_about(self):
        self.new_customers(3, contact_plan_id=self.plan.id)
        plan = self.plan.with_user(self.manager)
        action = plan.action_ask_archive()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({})
        )
        self.assertIn("3 customers", wizard.message)
        self.assertTrue(plan.active)
        wizard.action_archive_plan()
        self.assertFalse(plan.active)
        plan.action_ask_archive()
        self.assertTrue(plan.active)
        self.monthly.with_user(self.manager).action_ask_archive()
        self.assertFalse(self.monthly.active)  # nobody has it

    def test_plan_of_one_company_warns_about_shared_customers(self):
        self.customer.write({"customer_level_id": self.level.id, "company_id": False})
        self.env.flush_all()
        edited = self.plan.new({"company_id": self.company.id}, origin=self.plan)
        warning = edited._onchange_company_id()["warning"]
        self.assertIn("1 customers of these levels", warning["message"])
        self.customer.company_id = self.company
        self.assertFalse(edited._onchange_company_id())

    # Mistyped dates

    def test_year_of_the_next_contact(self):
        lead = self.env["crm.lead"].create({"name": "L"})
        for record in (self.customer, lead):
            for day in ("2226-01-01", "1900-01-01", "9999-12-31"):
                with (
                    self.subTest(record=record._name, day=day),
                    self.assertRaises(ValidationError),
                    self.cr.savepoint(),
                ):
                    record.next_contact_date = day
                    self.env.flush_all()
            record.next_contact_date = self.day(700)
        for day in ("2226-01-01", "2026-02-27"):
            with self.subTest(day), self.assertRaises(ValidationError):
                self.log("2026-03-02 09:00:00", next_contact_date=day)

    def test_import_names_the_row(self):
        rows = [["A", "1", self.day(3)], ["B", "1", "2226-01-01"]]
        result = self.env["res.partner"].load(
            ["name", "is_company", "next_contact_date"], rows
        )
        # Odoo tells the first row the same.
        self.assertIn(1, [message["record"] for message in result["messages"]])
        self.assertIn("no more than 2 years ahead", result["messages"][-1]["message"])
        self.assertFalse(result["ids"])
        rows[1][2] = self.day(4)
        result = self.env["res.partner"].load(
            ["name", "is_company", "next_contact_date"], rows
        )
        imported = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(
            imported.mapped("next_contact_date"),
            [date.fromisoformat(self.day(shift)) for shift in (3, 4)],
        )
