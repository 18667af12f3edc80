import random
from collections import defaultdict
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .receivable_common import ReceivableCommon
from .test_receivable_uninvoiced import UninvoicedCommon

BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "d91_180", "d180_plus")


class Killed(Exception):
    pass


class SnapshotMixin:
    @property
    def snapshots(self):
        return self.env["funnel.receivable.snapshot"].with_context(
            allowed_company_ids=self.company.ids
        )

    def take(self, day, companies=None):
        """Take what is owed at a date, also after a later one was taken."""
        companies = companies or self.company
        companies.receivable_snapshot_date = False
        self.assertTrue(self.snapshots._take(date.fromisoformat(day), companies))

    def run_cron(self):
        root = self.env.ref("base.user_root")
        self.env["funnel.receivable.snapshot"].with_user(root)._cron_take_missing()

    @contextmanager
    def commits(self, stop_after=None):
        """Yield the progress that is reported, of which no test may commit anything.

        :param stop_after: so many month-ends there is time for
        """
        done = []

        def commit(_self, processed=0, *, remaining=None, deactivate=False):
            done.append(remaining if processed == 0 else processed)
            return 0 if stop_after is not None and len(done) > stop_after else 60

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", commit):
            yield done


@tagged("post_install", "-at_install")
class TestReceivableSnapshotSums(SnapshotMixin, UninvoicedCommon):
    def test_sums_equal_both_reports_at_random_dates(self):
        self.random = random.Random(4)
        self.today = fields.Date.context_today(self.partner)
        self.partners = self.partner | self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(3)]
        )
        for _number in range(9):
            self.sell()
        compared = set()
        for ago in sorted(self.random.sample(range(1, 240), 6), reverse=True):
            day = self.today - timedelta(days=ago)
            self.assertTrue(self.snapshots._take(day, self.company))
            compared |= self.check(day)
        self.assertLessEqual({"invoiced", "uninvoiced", "overdue", "d31_60"}, compared)

    def sell(self):
        """Deliver, and perhaps invoice, pay and credit, each of it some days later."""
        ago = self.random.randint(100, 250)
        quantity = self.random.randint(1, 20)
        partner = self.random.choice(self.partners)
        picking = self.deliver(self.deliverable(quantity, partner=partner), quantity)
        day = self.today - timedelta(days=ago)
        picking.move_ids.date = fields.Datetime.to_datetime(day) + timedelta(hours=12)
        picking.sale_id.date_order = picking.move_ids.date
        if self.random.random() < 0.3:
            return
        day += timedelta(days=self.random.randint(0, 60))
        invoice = picking.sale_id._create_invoices()
        invoice.write(
            {
                "invoice_date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": day + timedelta(days=self.random.randint(0, 60)),
            }
        )
        invoice.action_post()
        if self.random.random() < 0.7:
            dialog = (
                self.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create(
                    {
                        "amount": self.random.randint(5, 30),
                        "payment_date": day + timedelta(days=30),
                    }
                )
            )
            dialog.action_create_payments()

    def check(self, day):
        """Compare the rows of a date with both reports, and return the amounts that are
        not zero."""
        self.env.flush_all()
        self.env.invalidate_all()
        context = {"as_of": day, "allowed_company_ids": self.company.ids}
        expected = defaultdict(lambda: defaultdict(float))
        for row in self.env["funnel.aging.report"].with_context(**context).search([]):
            amounts = expected[row.partner_id]
            amounts["invoiced"] += row.residual
            amounts["total"] += row.residual
            amounts[row.bucket] += row.residual
            if row.residual > 0 and row.days_overdue > 0:
                amounts["overdue"] += row.residual
        reports = self.env["funnel.uninvoiced.report"].with_context(**context)
        for row in reports.search([]):
            expected[row.partner_id]["uninvoiced"] += row.amount
            expected[row.partner_id]["total"] += row.amount
        rows = self.snapshots.search([("date", "=", day)])
        self.assertEqual(rows.partner_id, rows.partner_id.union(*expected))
        self.assertEqual(len(rows), len(expected))
        names = ("invoiced", "uninvoiced", "total", "overdue", *BUCKETS)
        for row in rows:
            for name in names:
                with self.subTest(day=day, customer=row.partner_id.name, name=name):
                    self.assertAlmostEqual(row[name], expected[row.partner_id][name], 2)
            self.assertAlmostEqual(sum(row[key] for key in BUCKETS), row.invoiced, 2)
        return {name for name in names if any(rows.mapped(name))}


@tagged("post_install", "-at_install")
class TestReceivableSnapshot(SnapshotMixin, ReceivableCommon):
    """100 are invoiced on 10 January and due on 10 February, and 40 are paid on 20
    February. Another customer owes 500 since 5 February."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_customer = cls.env["res.partner"].create({"name": "Südwind AG"})
        cls.debt = cls.invoice(100, "2026-01-10", "2026-02-10")
        cls.receive(40, "2026-02-20", cls.debt)
        cls.invoice(500, "2026-02-05", partner_id=cls.other_customer.id)

    def totals(self, *domain):
        """Return (month-end, total) of the first customer."""
        domain = [("partner_id", "=", self.customer.id), *domain]
        rows = self.snapshots.search(domain, order="date")
        return [(str(row.date), row.total) for row in rows]

    # ------------------------------------------------------------------
    # Taking
    # ------------------------------------------------------------------

    def test_a_row(self):
        self.take("2026-02-28")
        row = self.snapshots.search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(
            row,
            [
                {
                    "date": date(2026, 2, 28),
                    "user_id": self.users["salesperson"].id,
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "company_currency_id": self.company.currency_id.id,
                    "invoiced": 60,
                    "uninvoiced": 0,
                    "total": 60,
                    "overdue": 60,
                    "not_due": 0,
                    "d1_30": 60,
                }
            ],
        )

    def test_the_last_twelve_months(self):
        for today, last in (
            ("2026-03-01", "2026-01-31"),  # still February in Honolulu
            ("2026-03-02", "2026-02-28"),
            ("2026-03-31", "2026-02-28"),
        ):
            with self.subTest(today), freeze_time(today):
                missing = self.snapshots._get_missing(self.company)
                self.assertEqual(len(missing), 12)
                self.assertEqual(str(missing[-1]), last)
                self.assertEqual(missing, sorted(missing))

    @freeze_time("2026-04-15")
    def test_the_scheduled_action(self):
        with self.commits() as done:
            self.run_cron()
        self.assertEqual(done, [12] + [1] * 12)
        expected = [("2026-01-31", 100), ("2026-02-28", 60), ("2026-03-31", 60)]
        self.assertEqual(self.totals(), expected)
        with self.commits() as done:
            self.run_cron()
        self.assertEqual(done, [0])
        with freeze_time("2026-05-02"), self.commits() as done:
            self.run_cron()
        self.assertEqual(done, [1, 1])
        self.assertEqual(self.totals(), [*expected, ("2026-04-30", 60)])

    @freeze_time("2026-04-15")
    def test_no_time_left(self):
        with self.commits(stop_after=10) as done:
            self.run_cron()
        self.assertEqual(len(done), 11)
        self.assertEqual(self.totals(), [("2026-01-31", 100)])
        with self.commits() as done:
            self.run_cron()
        self.assertEqual(done, [2, 1, 1])
        self.assertEqual(len(self.totals()), 3)

    @freeze_time("2026-04-15")
    def test_killed_between(self):
        """What the killed one did not commit is taken by the next one."""
        taken = []

        def commit(_self, processed=0, **_progress):
            if processed and len(taken) == 11:
                raise Killed
            taken.extend([processed] * processed)
            self.env.flush_all()
            self.env.cr.execute("SAVEPOINT committed")
            return 60

        patched = patch.object(type(self.env["ir.cron"]), "_commit_progress", commit)
        # assertRaises would roll back what is committed, too.
        with patched, suppress(Killed):
            self.run_cron()
        self.env.transaction.clear()
        self.env.cr.execute("ROLLBACK TO SAVEPOINT committed")
        self.assertEqual((len(taken), len(self.totals())), (11, 2))
        with self.commits() as done:
            self.run_cron()
        self.assertEqual(done, [1, 1])
        self.assertEqual(len(self.totals()), 3)

    def test_once_only(self):
        self.take("2026-02-28")
        before = self.snapshots.search([]).ids
        self.receive(60, "2026-02-25", self.debt)
        self.assertTrue(self.snapshots._take(date(2026, 2, 28), self.company))
        self.take("2026-02-28")  # as if nobody had noted that it was taken
        self.assertEqual(self.snapshots.search([]).ids, before)
        self.assertEqual(self.totals(), [("2026-02-28", 60)])

    def test_another_one_is_about_it(self):
        busy = patch.object(
            type(self.company), "try_lock_for_update", lambda self, **_o: self.browse()
        )
        with freeze_time("2026-04-15"), busy, self.commits() as done:
            self.run_cron()
        self.assertEqual(done, [12, 0])
        self.assertFalse(self.snapshots.search([]))

    def test_items_without_a_customer(self):
        self.entry(7, "2026-02-01", partner_id=False)
        for _time in range(2):
            self.take("2026-02-28")
            row = self.snapshots.search([("partner_id", "=", False)])
            self.assertEqual(row.mapped("total"), [7])

    def test_two_companies(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        self.env.user.company_ids |= other
        env = self.env(context={"allowed_company_ids": other.ids})
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-20",
                "invoice_line_ids": [
                    Command.create({"price_unit": 1000, "tax_ids": [Command.clear()]})
                ],
            }
        )
        move.action_post()
        companies = self.company | other
        # The first company is ahead: the other one is made up for.
        self.take("2026-01-31")
        with freeze_time("2026-03-05"):
            missing = self.snapshots._get_missing(companies)
            self.assertEqual(len(missing), 12)
            for day in missing:
                self.assertTrue(self.snapshots._take(day, companies))
        both = self.snapshots.with_context(allowed_company_ids=companies.ids)
        rows = both.search([("partner_id", "=", self.customer.id)], order="date, total")
        self.assertEqual(
            [(str(row.date), row.company_id, row.total) for row in rows],
            [
                ("2026-01-31", self.company, 100),
                ("2026-01-31", other, 1000),
                ("2026-02-28", self.company, 60),
                ("2026-02-28", other, 1000),
            ],
        )
        finance = self.snapshots.with_user(self.users["finance"])
        self.assertEqual(finance.search([]).company_id, self.company)

    def test_number_of_queries_does_not_grow(self):
        def count(day):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.take(day)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count("2026-02-20")
        few = count("2026-02-21")
        for number in range(6):
            partner = self.env["res.partner"].create({"name": f"Customer {number}"})
            self.invoice(number + 1, "2026-02-01", partner_id=partner.id)
        self.assertEqual(count("2026-02-22"), few)
        self.assertEqual(self.snapshots.search_count([("date", "=", "2026-02-22")]), 8)

    # ------------------------------------------------------------------
    # Sums
    # ------------------------------------------------------------------

    def test_a_sum_is_that_of_the_last_month_end(self):
        for day in ("2025-12-31", "2026-01-31", "2026-02-28"):
            self.take(day)
        read = self.snapshots.formatted_read_group
        aggregates = ["total:sum", "invoiced:sum_currency", "__count"]
        (everything,) = read([], [], aggregates)
        self.assertEqual(everything["total:sum"], 560)
        self.assertEqual(everything["invoiced:sum_currency"], 560)
        self.assertEqual(everything["__count"], 3)
        for spec, totals in (
            ("date:month", [100, 560]),
            ("date:quarter", [560]),
            ("date:year", [560]),
            ("partner_id", [60, 500]),
        ):
            with self.subTest(spec):
                groups = read([], [spec], aggregates, order="total:sum")
                self.assertEqual([group["total:sum"] for group in groups], totals)
        january = read([("date", "<", "2026-02-01")], ["partner_id"], aggregates)
        self.assertEqual([group["total:sum"] for group in january], [100])

    def test_the_same_in_a_pivot(self):
        for day in ("2026-01-31", "2026-02-28"):
            self.take(day)
        sets = [[], ["partner_id"], ["date:month"], ["partner_id", "date:month"]]
        results = self.snapshots.formatted_read_grouping_sets(
            [], sets, ["total:sum", "__count"]
        )
        self.assertEqual(
            [sorted(group["total:sum"] for group in groups) for groups in results],
            [[560], [60, 500], [100, 560], [60, 100, 500]],
        )

    def test_buckets_are_named_by_the_limits(self):
        self.company.aging_limit_1 = 20
        names = self.snapshots.with_company(self.company).fields_get(["d1_30"])
        self.assertEqual(names["d1_30"]["string"], "1-20")

    def test_customers_become_one(self):
        for day in ("2026-01-31", "2026-02-28"):
            self.take(day)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | self.other_customer).ids, self.customer
        )
        self.assertEqual(self.totals(), [("2026-01-31", 100), ("2026-02-28", 560)])
        rows = self.snapshots.search([])
        self.assertEqual(rows.user_id, self.users["salesperson"])
        self.assertEqual(rows.team_id, self.team)

    def test_customers_become_one_with_another_salesperson(self):
        """Who has the customer that stays is in no team: no team sees the row."""
        alone = self.new_role_user("funnel_alone", "salesperson")
        self.customer.user_id = alone
        self.other_customer.user_id = self.users["salesperson"]
        self.take("2026-02-28")
        before = self.snapshots.search([])
        self.assertEqual(before.user_id, alone | self.users["salesperson"])
        self.assertEqual(before.team_id, self.team)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | self.other_customer).ids, self.customer
        )
        row = self.snapshots.search([])
        self.assertEqual((row.total, row.user_id), (560, alone))
        self.assertFalse(row.team_id)

    def test_its_parts_are_opened(self):
        self.take("2026-01-31")
        row = self.snapshots.search([("partner_id", "=", self.customer.id)])
        action = row.with_user(self.users["salesperson"]).action_open_aging()
        items = self.env[action["res_model"]].with_context(
            **action["context"], allowed_company_ids=self.company.ids
        )
        self.assertEqual(items.search(action["domain"]).mapped("residual"), [100])

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------

    def test_what_each_role_sees(self):
        mate = self.new_role_user("funnel_mate", "salesperson")
        self.team.member_ids = [Command.link(mate.id)]
        stranger = self.new_role_user("funnel_stranger", "salesperson")
        self.other_customer.user_id = mate
        self.take("2026-02-28")
        # Who has the customer now sees what was owed since.
        self.other_customer.user_id = stranger
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        for user, expected in (
            (self.users["salesperson"], [60]),
            (mate, [500]),
            (stranger, []),
            (self.users["team_leader"], [60, 500]),
            (self.users["manager"], [60, 500]),
            (self.users["order_desk"], [60, 500]),
            (self.users["finance"], [60, 500]),
            (self.users["warehouse"], None),
            (self.users["purchasing"], None),
            (portal, None),
        ):
            with self.subTest(user.login):
                self.check_role(user, expected)

    def check_role(self, user, expected):
        snapshots = self.snapshots.with_user(user)
        if expected is None:
            for method in (snapshots.search, snapshots._read_group):
                with self.assertRaises(AccessError):
                    method([])
            return
        self.assertEqual(sorted(snapshots.search([]).mapped("total")), expected)
        ((total,),) = snapshots._read_group([], [], ["total:sum"])
        self.assertEqual(total, sum(expected))

    def test_nobody_writes(self):
        self.take("2026-02-28")
        for role in ("manager", "finance"):
            rows = self.snapshots.with_user(self.users[role]).search([])
            for method, args in (
                ("write", [{"total": 1}]),
                ("unlink", []),
                ("create", [{"date": "2026-03-31", "company_id": self.company.id}]),
            ):
                with self.subTest(role, method=method), self.assertRaises(AccessError):
                    getattr(rows, method)(*args)
