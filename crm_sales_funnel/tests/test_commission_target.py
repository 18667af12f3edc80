from collections import defaultdict
from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger

from .performance_common import PerformanceCommon

MARCH = [("date", ">=", "2026-03-01"), ("date", "<=", "2026-03-31")]
TARGETS = [("version", "=", "target")]


@tagged("post_install", "-at_install")
class TestTarget(PerformanceCommon):
    def test_the_last_day_follows(self):
        for period, first, last in (
            ("month", "2026-02-01", date(2026, 2, 28)),
            ("month", "2028-02-01", date(2028, 2, 29)),
            ("quarter", "2026-10-01", date(2026, 12, 31)),
            ("year", "2026-01-01", date(2026, 12, 31)),
        ):
            target = self.target(1, day=first, period=period)
            self.assertEqual(target.date_to, last)
        target.write({"period": "month"})
        self.assertEqual(target.date_to, date(2026, 1, 31))

    def test_what_is_refused(self):
        for message, values in (
            ("first day", {"day": "2026-03-02"}),
            ("04/01/2026", {"day": "2026-05-01", "period": "quarter"}),
            ("either", {"team_id": self.team.id, "user_id": self.seller.id}),
            ("either", {"user_id": False}),
            ("less than 0", {"amount": -1}),
        ):
            values = {"amount": 5, **values}
            with self.assertRaisesRegex(ValidationError, message):
                self.target(values.pop("amount"), **values)
        other = self.setup_other_company(name="Second Ltd")["company"]
        with self.assertRaisesRegex(ValidationError, "does not work for"):
            self.target(5, company_id=other.id)
        with self.assertRaises(UserError):
            self.target(5, company_id=other.id, team_id=self.team.id)

    def test_one_target_for_each(self):
        self.target(5)
        self.target(5, "invoiced")
        self.target(5, day="2026-04-01")
        self.target(5, user_id=self.leader.id)
        self.target(5, team_id=self.team.id)
        self.target(5, day="2026-01-01", period="quarter")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.target(6)
            self.env.flush_all()

    # ------------------------------------------------------------------
    # Day by day
    # ------------------------------------------------------------------

    def test_a_day_s_part(self):
        """A year's target, day by day, sums to it to the cent."""
        self.target(1000, day="2026-01-01", period="year")
        found = self.by(["date:month"], "collected", TARGETS)
        self.assertEqual(round(sum(found.values()), 4), 1000)
        self.assertEqual(found[date(2026, 1, 1)], 84.93)  # 31 of 365 days
        self.assertEqual(found[date(2026, 2, 1)], 76.71)  # 59 days: 161.64
        day = [("date", ">=", "2026-12-31"), ("date", "<=", "2026-12-31")]
        self.assertEqual(
            self.by(["date:day"], "collected", TARGETS + day),
            {date(2026, 12, 31): round(1000 / 365, 2)},
        )

    def test_months_are_the_sums_of_their_days(self):
        """Whatever is asked for: of whole months, of parts of them, of several."""
        self.target(1000, day="2026-01-01", period="year")
        self.target(333.33, day="2026-02-01", user_id=self.leader.id)
        self.target(500.01, day="2026-01-01", period="quarter", team_id=self.team.id)
        self.target(9000, "contacts", day="2026-01-01", period="quarter")
        first, last = "2026-02-01", "2026-03-31"
        for domain in (
            [],
            [("date", ">=", first), ("date", "<=", last)],
            [("date", ">", "2026-01-31"), ("date", "<", "2026-04-01")],
            [("date", ">=", "2026-02-10"), ("date", "<=", "2026-03-09")],
            [("date", ">", first), ("date", "<", last)],
            ["|", ("date", "=", "2026-02-03"), ("date", ">=", "2026-03-15")],
            [("date.month_number", "=", 2)],
            ["!", ("date", ">=", "2026-02-10")],
        ):
            for figure in ("collected", "contacts"):
                days = self.by(["date:day"], figure, TARGETS + domain)
                months = defaultdict(float)
                for day, amount in days.items():
                    months[day.replace(day=1)] += amount
                self.assertTrue(months, domain)
                found = self.by(["date:month"], figure, TARGETS + domain)
                for month in months.keys() | found.keys():
                    self.assertAlmostEqual(found[month], months[month], 4, domain)
                total = self.by(["version"], figure, TARGETS + domain)["target"]
                self.assertAlmostEqual(total, sum(days.values()), 4, domain)

    def test_the_shortest_period_counts(self):
        self.target(3650, day="2026-01-01", period="year")
        self.target(900, day="2026-01-01", period="quarter")
        self.target(500, day="2026-03-01")
        found = self.by(["date:month"], "collected", TARGETS)
        self.assertEqual(
            [found[date(2026, month, 1)] for month in range(1, 5)], [310, 280, 500, 300]
        )
        # The measures apart.
        self.target(7, "contacts")
        self.assertEqual(
            self.by(["date:month"], "contacts", TARGETS), {date(2026, 3, 1): 7}
        )

    def test_a_team_is_to_reach_its_own_or_its_people_s(self):
        """The larger of both, and not their sum."""
        self.target(300, user_id=self.seller.id)
        self.target(200, user_id=self.leader.id)
        self.target(800, team_id=self.team.id)
        self.assertEqual(self.by(["team_id"], "collected", TARGETS), {self.team: 800})
        self.assertEqual(
            self.by(["user_id"], "collected", TARGETS),
            {self.seller: 300, self.leader: 200, self.seller.browse(): 300},
        )
        self.target(700, user_id=self.new_member().id)
        self.assertEqual(self.by(["team_id"], "collected", TARGETS), {self.team: 1200})

    def new_member(self):
        user = self.new_role_user("funnel_second", "salesperson")
        self.team.member_ids = [Command.link(user.id)]
        return user

    # ------------------------------------------------------------------
    # Against target
    # ------------------------------------------------------------------

    def board(self, *fnames, user=None, domain=()):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["funnel.target.report"].with_user(user or self.env.user)
        report = report.with_context(allowed_company_ids=self.company.ids)
        rows = report.search(list(domain))
        return {row.target_id: tuple(row[name] for name in fnames) for row in rows}

    def test_how_far_it_is_reached(self):
        for amount, day, user in (
            (30, "2026-03-02", self.seller),
            (20, "2026-03-31", self.seller),
            (100, "2026-04-01", self.seller),
            (40, "2026-03-05", self.leader),
        ):
            self.sell((self.bolt, 1, amount), day=day, user_id=user.id)
        mine = self.target(200, "ordered")
        quarter = self.target(100, "ordered", "2026-01-01", period="quarter")
        april = self.target(100, "ordered", "2026-04-01")
        team = self.target(180, "ordered", team_id=self.team.id)
        leader = self.target(50, "ordered", user_id=self.leader.id)
        customers = self.target(4, "new_customers")
        nothing = self.target(0, "margin")
        with freeze_time("2026-03-15"):
            found = self.board("reached", "reached_percent", "pace", "rank", "missing")
        self.assertEqual(
            found,
            {
                mine: (50, 25, "behind", 2, 150),
                quarter: (50, 50, "behind", 1, 50),
                april: (100, 100, "reached", 1, 0),
                team: (90, 50, "ahead", 1, 90),
                leader: (40, 80, "ahead", 1, 10),
                customers: (1, 25, "behind", 1, 3),
                nothing: (0, 100, "reached", 1, 0),
            },
        )
        with freeze_time("2026-04-01"):
            found = self.board("pace", "time_percent")
        self.assertEqual(found[leader], ("missed", 100))
        self.assertEqual(found[april], ("reached", 0))

    def test_a_day_is_gone_when_it_is_over(self):
        """On the first day nobody is behind; on the last one there is something left."""
        self.target(300, "ordered", "2026-04-01")
        for day, gone, pace in (
            ("2026-03-31", 0, "ahead"),
            ("2026-04-01", 0, "ahead"),
            ("2026-04-02", 100 / 30, "behind"),
            ("2026-04-30", 2900 / 30, "behind"),
            ("2026-05-01", 100, "missed"),
        ):
            with self.subTest(day), freeze_time(day):
                [(time_percent, found)] = self.board("time_percent", "pace").values()
                self.assertAlmostEqual(time_percent, gone, 4)
                self.assertEqual(found, pace)

    def test_only_the_days_asked_for_are_read(self):
        """And the same figures come of it, whatever else is asked."""
        self.sell((self.bolt, 1, 30))
        march, april = (
            self.target(60, "ordered"),
            self.target(60, "ordered", "2026-04-01"),
        )
        self.sell((self.bolt, 1, 45), day="2026-04-05")
        whole = self.board("reached")
        self.assertEqual(whole, {march: (30,), april: (45,)})
        for domain in (
            [("date_from", "=", "2026-03-01")],
            [("date_from", "<=", "2026-03-10"), ("date_to", ">=", "2026-03-10")],
            [("id", "=", march.id)],
            [("target_id", "=", march.id)],
            ["|", ("date_to", "<", "2026-04-01"), ("reached", ">", 1000)],
            [("reached_percent", "=", 50)],
        ):
            self.assertEqual(self.board("reached", domain=domain), {march: (30,)})

    def test_which_days_are_asked_for(self):
        self.target(60, "ordered")
        self.target(60, "invoiced", "2026-04-01")
        self.target(60, "margin", "2025-01-01", period="year")
        report = self.env["funnel.target.report"].with_context(
            allowed_company_ids=self.company.ids
        )
        spring = date(2026, 3, 1), date(2026, 4, 30)
        for domain, bounds in (
            ([("date_from", ">=", "2026-01-01")], (*spring, ["invoiced", "ordered"])),
            (
                [("measure", "=", "margin"), ("reached", ">", 5)],
                (date(2025, 1, 1), date(2025, 12, 31), ["margin"]),
            ),
            ([("period", "=", "quarter")], None),
        ):
            asked = report._get_target_domain(Domain(domain).optimize_full(report))
            found = report.with_context(funnel_targets=asked)._get_bounds()
            self.assertEqual(found and (*found[:2], sorted(found[2])), bounds)

    def test_the_best_stands_first(self):
        for user, amount in ((self.seller, 30), (self.leader, 45)):
            self.sell((self.bolt, 1, amount), user_id=user.id)
        self.target(100, "ordered")
        self.target(100, "ordered", user_id=self.leader.id)
        rows = self.env["funnel.target.report"].search([("measure", "=", "ordered")])
        self.assertEqual(rows.mapped("user_id"), self.leader | self.seller)
        self.assertEqual(rows.mapped("rank"), [1, 2])

    def test_it_opens_what_is_behind(self):
        self.sell((self.bolt, 1, 30))
        self.sell((self.bolt, 1, 30), day="2026-04-05")
        target = self.target(100, "ordered")
        row = self.env["funnel.target.report"].browse(target.id)
        action = row.action_open_figures()
        rows = self.figures().search(action["domain"])
        self.assertEqual(rows.mapped("ordered"), [30])
        self.assertEqual(action["context"]["pivot_measures"], ["ordered"])

    # ------------------------------------------------------------------
    # Filling in
    # ------------------------------------------------------------------

    def plan(self, mode, **values):
        wizard = self.env["funnel.target.plan"].with_user(self.users["manager"])
        wizard = wizard.create({"mode": mode, "company_id": self.company.id, **values})
        action = wizard.action_apply()
        return self.env["funnel.target"].search(action["domain"])

    def test_last_year_s_targets_and_ten_percent(self):
        self.target(100, day="2025-03-01")
        self.target(7, "contacts", "2025-01-01", period="year")
        self.target(50, team_id=self.team.id, day="2025-04-01", period="quarter")
        self.target(1, day="2024-03-01")
        left = self.target(40, user_id=self.leader.id, day="2025-05-01")
        left.user_id.active = False
        made = self.plan("copy", year=2026, percent=10)
        self.assertEqual(
            {
                (
                    t.user_id or t.team_id,
                    t.measure,
                    t.period,
                    str(t.date_from),
                    t.amount,
                )
                for t in made
            },
            {
                (self.seller, "collected", "month", "2026-03-01", 110),
                (self.seller, "contacts", "year", "2026-01-01", 8),
                (self.team, "collected", "quarter", "2026-04-01", 55),
            },
        )
        with self.assertRaisesRegex(UserError, "Nothing to fill in"):
            self.plan("copy", year=2026, percent=50)
        self.assertEqual(sum(made.mapped("amount")), 110 + 8 + 55)

    def test_what_was_reached_and_ten_percent(self):
        self.sell((self.bolt, 1, 100), day="2025-03-02")
        self.sell((self.bolt, 1, 10), day="2025-05-02", user_id=self.leader.id)
        self.sell((self.bolt, 1, 10), day="2025-05-02", user_id=False)
        made = self.plan(
            "figures", year=2026, percent=10, measure="ordered", period="quarter"
        )
        self.assertEqual(
            {(t.user_id, t.period, str(t.date_from), round(t.amount, 2)) for t in made},
            {
                (self.seller, "quarter", "2026-01-01", 110),
                (self.leader, "quarter", "2026-04-01", 11),
            },
        )

    def test_a_year_by_its_months(self):
        year = self.target(1000, day="2026-01-01", period="year")
        count = self.target(
            15, "new_customers", "2026-01-01", period="year", team_id=self.team.id
        )
        kept = self.target(1, day="2026-02-01")
        made = self.plan("spread", target_ids=[Command.set((year | count).ids)])
        self.assertEqual(len(made), 23)
        money = made.filtered("user_id") | kept
        self.assertEqual(len(money), 12)
        self.assertAlmostEqual(
            sum(made.filtered("user_id").mapped("amount")), 1000 - 83.34, 2
        )
        counts = made.filtered("team_id").mapped("amount")
        self.assertEqual((sum(counts), {round(one) - one for one in counts}), (15, {0}))

    # ------------------------------------------------------------------
    # Who may do what
    # ------------------------------------------------------------------

    def test_who_reads_and_who_writes(self):
        mine = self.target(1)
        leader = self.target(1, user_id=self.leader.id)
        team = self.target(1, team_id=self.team.id)
        others = self.target(1, user_id=self.users["manager"].id)
        read = {
            "salesperson": mine,
            "team_leader": mine | leader | team,
            "manager": mine | leader | team | others,
            "finance": mine | leader | team | others,
            "order_desk": mine | leader | team | others,
        }
        for role, user in self.users.items():
            targets = self.env["funnel.target"].with_user(user)
            with self.subTest(role=role):
                if role not in read:
                    self.assertFalse(targets.has_access("read"))
                    continue
                self.assertEqual(targets.search([]), read[role])
                self.assertEqual(set(self.board(user=user)), set(read[role]))
                for target in mine | others:
                    self.env.invalidate_all()
                    may = self.env["funnel.target"].with_user(user).browse(target.id)
                    self.assertEqual(may.has_access("read"), target in read[role])
                    self.assertEqual(may.has_access("write"), role == "manager")
                    self.assertEqual(may.has_access("unlink"), role == "manager")
                self.assertEqual(targets.has_access("create"), role == "manager")
        with self.assertRaises(AccessError):
            mine.with_user(self.seller).action_plan()

    def test_the_order_desk_reads_its_department(self):
        mine, others = self.target(1), self.target(1, user_id=self.users["manager"].id)
        team = self.target(1, team_id=self.team.id)
        self.team.member_ids = [Command.link(self.users["order_desk"].id)]
        desk = self.env["funnel.target"].with_user(self.users["order_desk"])
        self.assertEqual(desk.search([]), mine | team)
        self.env.invalidate_all()
        self.assertFalse(desk.browse(others.id).has_access("read"))
        self.assertTrue(desk.browse(mine.id).has_access("read"))

    def test_companies_apart(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        manager = self.users["manager"]
        manager.company_ids |= other
        self.seller.company_ids |= other
        mine, theirs = self.target(1), self.target(1, company_id=other.id)
        for company, target in ((self.company, mine), (other, theirs)):
            for model in ("funnel.target", "funnel.target.report"):
                found = (
                    self.env[model]
                    .with_user(manager)
                    .with_context(allowed_company_ids=company.ids)
                    .search([])
                )
                self.assertEqual(found.ids, target.ids)
        manager.company_ids -= other
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.env["funnel.target"].with_user(manager).browse(theirs.id).read()

    # ------------------------------------------------------------------
    # The reminder
    # ------------------------------------------------------------------

    def missing(self, day, user=None):
        with freeze_time(f"{day} 12:00:00"):
            reminders = self.env["funnel.reminder"].with_user(
                user or self.users["manager"]
            )
            kinds = {one["key"]: one for one in reminders.get_today("all")}
            kind = kinds.get("targets.missing")
            if not kind:
                return None
            found = self.env["res.users"].search(kind["action"]["domain"])
            self.assertEqual(len(found), kind["count"])
            return found

    def test_targets_that_are_missing(self):
        people = self.seller | self.leader
        self.assertFalse(self.missing("2026-03-20"))  # nobody has any
        self.target(5, day="2026-02-01")
        self.assertFalse(self.missing("2026-03-04"))
        self.assertEqual(self.missing("2026-03-05"), people)
        self.target(5)
        self.assertEqual(self.missing("2026-03-05"), self.leader)
        self.target(5, team_id=self.team.id, day="2026-01-01", period="quarter")
        self.assertFalse(self.missing("2026-03-05"))
        self.assertEqual(self.missing("2026-04-05"), people)
        self.assertIsNone(self.missing("2026-04-05", self.leader))
