from ast import literal_eval
from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import Form, tagged

from .common import MODULE
from .contact_common import ContactCommon


@tagged("post_install", "-at_install")
class TestContactCustomer(ContactCommon):
    def tracked(self, partner):
        """Return (field, old, new) of the tracked changes in the chatter."""
        return {
            (
                value.field_id.name,
                (value.old_value_char or "").strip(),
                (value.new_value_char or "").strip(),
            )
            for value in partner.message_ids.tracking_value_ids
        }

    def test_new_customer_in_one_dialog(self):
        wizard = self.env["funnel.customer.create"].with_user(self.salesperson)
        self.company.country_id = self.env.ref("base.de")
        with Form(wizard) as form:
            form.name = "Bergmann Schrauben GmbH"
            form.phone = "+49 30 1234567"
            form.street = "Ring 1"
            form.city = "Berlin"
            form.vat = "DE123456788"
            form.contact_name = "Jonas Bergmann"
            form.contact_function = "Buyer"
            form.contact_phone = "+49 30 1234568"
            form.contact_email = "jonas@bergmann.example.com"
        action = form.record.action_create_customer()
        customer = self.env["res.partner"].browse(action["res_id"])
        self.assertRecordValues(
            customer | customer.child_ids,
            [
                {
                    "name": "Bergmann Schrauben GmbH",
                    "is_company": True,
                    "phone": "+49 30 1234567",
                    "city": "Berlin",
                    "user_id": self.salesperson.id,
                    "function": False,
                },
                {
                    "name": "Jonas Bergmann",
                    "is_company": False,
                    "phone": "+49 30 1234568",
                    "city": "Berlin",
                    "user_id": self.salesperson.id,
                    "function": "Buyer",
                },
            ],
        )
        domain = self.env.ref(f"{MODULE}.res_partner_action_customers").domain
        listed = self.env["res.partner"].search(literal_eval(domain))
        self.assertIn(customer, listed)
        self.assertNotIn(customer.child_ids, listed)

    def test_changes_are_tracked_with_old_and_new_value(self):
        customer = self.tracking(self.customer)
        customer.with_user(self.salesperson).write(
            {"phone": "1", "email": "a@example.com", "street": "Ring 1", "city": "Kiel"}
        )
        self.flush_tracking()
        customer.write({"phone": "2", "street": "Ring 2"})
        self.flush_tracking()
        tracked = self.tracked(self.customer)
        self.assertLessEqual(
            {
                ("phone", "", "1"),
                ("phone", "1", "2"),
                ("email", "", "a@example.com"),
            },
            tracked,
        )
        self.assertTrue(
            any(
                fname == "contact_address_inline"
                and "Ring 1" in old
                and "Ring 2" in new
                for fname, old, new in tracked
            )
        )

    def test_changes_of_the_contact_person_show_on_the_company(self):
        self.tracking(self.person).with_user(self.salesperson).write(
            {"function": "Buyer", "phone": "1"}
        )
        self.flush_tracking()
        self.assertLessEqual(
            {("function", "", "Buyer"), ("phone", "", "1")},
            self.tracked(self.customer),
        )
        message = self.customer.message_ids[0]
        self.assertEqual(message.author_id, self.salesperson.partner_id)
        self.assertIn("Klara Sommer", message.body)

    def test_contact_person_who_moves_shows_on_both_companies(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        self.tracking(self.person).parent_id = other
        self.flush_tracking()
        change = ("parent_id", "Nordwind GmbH", "Other")
        self.assertIn(change, self.tracked(self.customer))
        self.assertIn(change, self.tracked(other))

    def test_address_passed_on_by_the_company_shows_once(self):
        customer = self.tracking(self.customer)
        customer.write({"street": "Ring 1"})
        self.flush_tracking()
        before = len(self.customer.message_ids)
        customer.write({"street": "Ring 2"})
        self.flush_tracking()
        self.assertEqual(self.person.street, "Ring 2")
        self.assertEqual(len(self.customer.message_ids), before + 1)

    def test_people_who_come_and_go(self):
        new = self.tracking(self.env["res.partner"]).create(
            {"name": "Max Roth", "parent_id": self.customer.id}
        )
        self.assertIn("Max Roth", self.customer.message_ids[0].body)
        new.unlink()
        self.assertIn("removed", self.customer.message_ids[0].body)

    # Reminders

    def counts(self, role, reach="own"):
        reminders = self.env["funnel.reminder"].with_user(self.users[role])
        return {
            reminder["key"].removeprefix("contacts."): reminder["count"]
            for reminder in reminders.get_today(reach)
            if reminder["key"].endswith(("overdue", "today", "tomorrow"))
            and reminder["card"] == "contacts"
        }

    def test_reminders(self):
        before = self.counts("manager", "all")
        outsider = self.new_role_user("funnel_outsider", "salesperson")
        days = {"overdue": -3, "today": 0, "tomorrow": 1, "later": 2}
        for owner in (self.salesperson, outsider):
            self.env["res.partner"].create(
                [
                    {
                        "name": what,
                        "user_id": owner.id,
                        "next_contact_date": self.today + timedelta(days=shift),
                    }
                    for what, shift in days.items()
                ]
            )
        self.env["crm.lead"].create(
            {
                "name": "Pallets",
                "user_id": self.salesperson.id,
                "next_contact_date": self.today,
            }
        )
        one_each = {"overdue": 1, "today": 1, "tomorrow": 1}
        leads = {"lead.overdue": 0, "lead.today": 1, "lead.tomorrow": 0}
        self.assertEqual(self.counts("salesperson"), {**one_each, **leads})
        self.assertEqual(self.counts("team_leader", "team"), {**one_each, **leads})
        self.assertEqual(
            self.counts("manager", "all"),
            {
                key: before[key] + count * 2 if key in one_each else before[key] + count
                for key, count in {**one_each, **leads}.items()
            },
        )
        self.assertEqual(self.counts("warehouse", "all"), {})

    def test_reminders_open_what_they_count(self):
        self.customer.next_contact_date = self.today
        reminders = self.env["funnel.reminder"].with_user(self.salesperson)
        for reminder in reminders.get_today("own"):
            if reminder["card"] == "contacts":
                action = reminder["action"]
                rows = self.env[action["res_model"]].with_user(self.salesperson)
                self.assertEqual(rows.search_count(action["domain"]), reminder["count"])

    def test_reminders_are_of_the_users_day(self):
        """At 07:00 in China the contacts of this day are due, not of the UTC day."""
        self.salesperson.tz = "Asia/Shanghai"
        self.customer.next_contact_date = "2026-03-09"

        with freeze_time("2026-03-08 23:00:00"):
            self.assertEqual(self.counts("salesperson")["today"], 1)
        with freeze_time("2026-03-08 15:00:00"):
            self.assertEqual(self.counts("salesperson")["tomorrow"], 1)
