from ast import literal_eval
from datetime import datetime

from freezegun import freeze_time
from lxml import etree

from odoo.tests import tagged

from .common import MODULE
from .contact_common import ContactCommon

LOG = "funnel.contact.log"
# 07:30 of 3 March in Shanghai is the evening of 2 March in Greenwich.
MORNING = "2026-03-02 23:30:00"


@tagged("post_install", "-at_install")
class TestContactDays(ContactCommon):
    """A contact belongs to the day of the one who looks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.users.values():
            user.tz = "Asia/Shanghai"
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Pallets", "user_id": cls.salesperson.id, "team_id": cls.team.id}
        )
        cls.morning = cls.log(MORNING, duration=0.5)
        cls.evening = cls.log("2026-03-03 15:59:59", "visit", lead_id=cls.lead.id)
        cls.before = cls.log("2026-03-02 15:59:59")
        cls.after = cls.log("2026-03-03 16:00:00", "mail")
        cls.ours = [
            ("id", "in", (cls.morning | cls.evening | cls.before | cls.after).ids)
        ]

    def logs(self, user="salesperson", tz="Asia/Shanghai"):
        return self.env[LOG].with_user(self.users[user]).with_context(tz=tz)

    def filter_of(self, name):
        """Return the domain of a filter of the search view."""
        view = self.env.ref(f"{MODULE}.funnel_contact_log_view_search")
        arch = etree.fromstring(self.env[LOG].get_view(view.id, "search")["arch"])
        return literal_eval(arch.find(f".//filter[@name='{name}']").get("domain"))

    def test_lists_and_pivots_group_by_the_users_day(self):
        for tz, counts in (
            ("Asia/Shanghai", {"2026-03-02": 1, "2026-03-03": 2, "2026-03-04": 1}),
            ("UTC", {"2026-03-02": 2, "2026-03-03": 2}),
            ("America/New_York", {"2026-03-02": 2, "2026-03-03": 2}),
        ):
            groups = self.logs(tz=tz).formatted_read_group(
                self.ours, ["date:day"], ["__count"]
            )
            with self.subTest(tz):
                self.assertEqual(
                    {
                        datetime.strptime(group["date:day"][1], "%d %b %Y")
                        .date()
                        .isoformat(): group["__count"]
                        for group in groups
                    },
                    counts,
                )

    @freeze_time("2026-03-03 00:30:00")  # 08:30 in Shanghai
    def test_filters_mean_the_users_day(self):
        for name, found in (
            ("today", self.morning | self.evening),
            ("yesterday", self.before),
            ("last_days", self.morning | self.evening | self.before),
        ):
            with self.subTest(name):
                domain = [*self.ours, *self.filter_of(name)]
                self.assertEqual(self.logs().search(domain), found.sorted())

    @freeze_time("2026-03-03 23:00:00")  # 07:00 of 4 March in Shanghai
    def test_leader_reads_yesterdays_calls_and_visits_of_the_team(self):
        outsider = self.new_role_user("funnel_outsider", "salesperson")
        self.log(MORNING, user_id=outsider.id, partner_id=self.customer.id)
        self.log(MORNING, "mail")
        action = self.env.ref(f"{MODULE}.funnel_contact_log_action_yesterday")
        context = literal_eval(action.context)
        names = [
            key.removeprefix("search_default_")
            for key in context
            if key.startswith("search_default_")
        ]
        self.assertIn("group_user", names)
        domain = []
        for name in set(names) - {"group_user"}:
            view = self.env.ref(f"{MODULE}.funnel_contact_log_view_search")
            model = self.logs("team_leader")
            arch = etree.fromstring(model.get_view(view.id, "search")["arch"])
            text = arch.find(f".//filter[@name='{name}']").get("domain")
            domain += literal_eval(
                text.replace("uid", str(self.users["team_leader"].id))
            )
        found = self.logs("team_leader").search(domain)
        self.assertEqual(found, (self.morning | self.evening).sorted())
        self.assertEqual(self.evening.lead_id, self.lead)

    def test_menu_of_the_analysis(self):
        menus = self.env["ir.ui.menu"]
        for role, sees, yesterday in (
            ("salesperson", True, False),
            ("team_leader", True, True),
            ("manager", True, True),
            ("order_desk", True, False),
            ("warehouse", False, False),
            ("finance", False, False),
            ("purchasing", False, False),
        ):
            visible = menus.with_user(self.users[role])._visible_menu_ids()
            with self.subTest(role):
                for name, expected in (("analysis", sees), ("yesterday", yesterday)):
                    menu = self.env.ref(f"{MODULE}.funnel_contact_log_menu_{name}")
                    self.assertEqual({menu.id, menu.parent_id.id} <= visible, expected)

    def test_reminder_of_the_users_day(self):
        """At 07:30 in China, today is the day that has begun there."""
        self.customer.next_contact_date = "2026-03-03"
        with freeze_time(MORNING):
            for tz, key in (
                ("Asia/Shanghai", "contacts.today"),
                ("UTC", "contacts.tomorrow"),
            ):
                reminders = self.env["funnel.reminder"].with_user(self.salesperson)
                reminders = reminders.with_context(tz=tz)
                counts = {
                    reminder["key"]: reminder["count"]
                    for reminder in reminders.get_today("own")
                }
                with self.subTest(tz):
                    self.assertEqual(counts[key], 1)
                    queue = reminders.env["funnel.contact.queue"]
                    due = queue._get_due()
                    self.assertEqual(self.customer in due, key == "contacts.today")

    def test_contact_fulfils_the_plan_of_the_users_day(self):
        self.customer.next_contact_date = "2026-03-04"
        self.log("2026-03-03 15:30:00")  # 23:30 of 3 March
        self.assertTrue(self.customer.next_contact_date)
        self.log("2026-03-03 16:30:00")  # 00:30 of 4 March
        self.assertFalse(self.customer.next_contact_date)
