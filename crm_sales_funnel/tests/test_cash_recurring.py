from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import MODULE
from .cost_common import CostCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-31 10:00:00")
class TestCashRecurring(CostCommon):
    def run_job(self):
        """Run the job without its commits; return how many there would have been."""
        jobs = self.env.registry["ir.cron"]
        with patch.object(jobs, "_commit_progress", return_value=60) as commit:
            self.env["funnel.recurring.cost"].sudo()._cron_make_due()
        self.env.invalidate_all()
        return commit.call_count

    def dates(self, recurring):
        return [str(day) for day in recurring.cost_ids.sorted("date").mapped("date")]

    def test_each_period_is_made_once(self):
        rent = self.recurring(day=5)
        self.run_job()
        self.assertEqual(self.dates(rent), ["2026-01-05", "2026-02-05", "2026-03-05"])
        self.assertEqual(rent.next_date, date(2026, 4, 5))
        self.run_job()
        rent.action_make_due()
        self.assertEqual(len(rent.cost_ids), 3)
        self.assertRecordValues(
            rent.cost_ids[:1],
            [{"amount": 3000, "item_id": self.rent.id, "journal_id": self.cash.id}],
        )
        with freeze_time("2026-04-05 10:00:00"):
            self.run_job()
        self.assertEqual(self.dates(rent)[3:], ["2026-04-05"])

    def test_the_last_day_of_every_second_month(self):
        rent = self.recurring(
            day=31, every=2, date_from="2025-10-15", date_until="2026-02-28"
        )
        self.run_job()
        self.assertEqual(self.dates(rent), ["2025-10-31", "2025-12-31", "2026-02-28"])
        self.assertFalse(rent.next_date)

    def test_posted_by_itself_or_to_be_approved(self):
        posted = self.recurring(mode="post", date_from="2026-03-01")
        drafted = self.recurring(date_from="2026-03-01")
        self.run_job()
        self.assertEqual(posted.cost_ids.state, "paid")
        self.assertEqual(drafted.cost_ids.state, "draft")
        self.assertEqual(self.to_approve(), [("costs.approve", 1)])
        drafted.cost_ids.with_user(self.users["finance"]).action_post()
        self.assertEqual(drafted.cost_ids.state, "paid")
        self.assertEqual(self.to_approve(), [])

    def to_approve(self, role="finance"):
        """Return the reminders of costs that say anything."""
        today = self.env["funnel.reminder"].with_user(self.users[role]).get_today("all")
        return [
            (reminder["key"], reminder["count"])
            for reminder in today
            if reminder["card"] == "costs" and reminder["count"]
        ]

    def test_a_draft_that_is_deleted_does_not_come_back(self):
        rent = self.recurring(date_from="2026-03-01")
        self.run_job()
        rent.cost_ids.with_user(self.users["finance"]).unlink()
        self.run_job()
        self.assertFalse(rent.cost_ids)

    def test_one_that_fails_stops_no_other(self):
        first, wrong, last = (
            self.recurring(mode="post", date_from="2026-02-01") for _ in range(3)
        )
        wrong.journal_id = self.bank
        self.bank.active = False
        self.run_job()
        self.assertEqual(len(first.cost_ids), 2)
        self.assertEqual(len(last.cost_ids), 2)
        self.assertFalse(wrong.cost_ids)
        self.assertFalse(wrong.last_period)
        self.assertIn(self.bank.name, wrong.error)
        self.assertIn(self.bank.name, wrong.message_ids[0].body)
        self.assertEqual(self.to_approve(), [("costs.failed", 1)])
        told = len(wrong.message_ids)
        self.run_job()  # the same reason is told once
        self.assertEqual(len(wrong.message_ids), told)
        with self.assertRaisesRegex(UserError, self.bank.name):
            wrong.action_make_due()
        self.bank.active = True
        wrong.action_make_due()
        self.assertEqual(self.dates(wrong), ["2026-02-01", "2026-03-01"])
        self.assertFalse(wrong.error)

    @mute_logger(f"odoo.addons.{MODULE}.models.cash.funnel_recurring_cost")
    def test_an_unexpected_error_is_noted_too(self):
        wrong = self.recurring(mode="post")
        costs = self.env.registry["funnel.running.cost"]
        with patch.object(costs, "action_post", side_effect=ZeroDivisionError("no")):
            self.run_job()
        self.assertFalse(wrong.cost_ids)
        self.assertTrue(wrong.error)

    def test_a_job_that_is_stopped_goes_on(self):
        """It commits after some, and has no more time: the rest is made next time."""
        rents = [self.recurring(date_from="2026-03-01") for _index in range(3)]
        jobs = self.env.registry["ir.cron"]
        with (
            patch(f"odoo.addons.{MODULE}.models.cash.funnel_recurring_cost.AT_ONCE", 2),
            patch.object(jobs, "_commit_progress", return_value=0),
        ):
            self.env["funnel.recurring.cost"].sudo()._cron_make_due()
        self.assertEqual(sum(len(rent.cost_ids) for rent in rents), 2)
        self.run_job()
        self.assertEqual([len(rent.cost_ids) for rent in rents], [1, 1, 1])

    @mute_logger("odoo.sql_db")
    def test_the_database_takes_no_second_cost_of_a_period(self):
        rent = self.recurring(date_from="2026-03-01")
        self.run_job()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            rent.cost_ids.sudo().copy({"recurring_id": rent.id, "period": "2026-03-01"})

    def test_archived_ones_rest(self):
        rent = self.recurring()
        rent.action_archive()
        self.run_job()
        self.assertFalse(rent.cost_ids)

    @mute_logger("odoo.sql_db")
    def test_what_is_refused(self):
        for values in (
            {"day": 0},
            {"day": 32},
            {"every": 0},
            {"every": 1000},
            {"date_until": "2025-12-31"},
            {"date_from": "0001-01-01"},
            {"amount": 0},
        ):
            with self.subTest(values):
                self.assert_refused(self.recurring, **values)
        rent = self.recurring()
        for values in (
            {"error": "x"},
            {"last_period": "2026-03-01"},
            {"next_date": "2026-03-01"},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                rent.write(values)

    def test_each_company_on_its_own_day(self):
        """At 22:00 in London it is tomorrow in Shanghai."""
        shanghai = self.recurring(date_from="2026-04-01")
        self.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2026-03-31 22:00:00"):
            self.run_job()
        self.assertEqual(self.dates(shanghai), ["2026-04-01"])

    def test_of_other_companies_nothing_is_made_by_the_button(self):
        second = self.setup_other_company(name="Second Ltd")["company"]
        rent = (
            self.env["funnel.recurring.cost"]
            .sudo()
            .create(
                {
                    "company_id": second.id,
                    "item_id": self.rent.id,
                    "amount": 5,
                    "mode": "post",
                    "date_from": "2026-03-01",
                }
            )
        )
        button = self.env["funnel.recurring.cost"].with_user(self.users["finance"])
        button.action_make_due()
        self.assertFalse(rent.cost_ids)
        with self.assertRaises(AccessError):
            rent.with_user(self.users["finance"]).action_make_due()
        self.users["finance"].company_ids = [Command.link(second.id)]
        self.run_job()
        self.assertRecordValues(
            rent.cost_ids, [{"company_id": second.id, "state": "paid"}]
        )
        self.assertEqual(rent.cost_ids.payment_id.company_id, second)
