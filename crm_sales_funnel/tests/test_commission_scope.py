from datetime import date
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .commission_run_common import CommissionRunCommon

END = date(2026, 12, 31)
LEVELS = [{"bound": 0, "rate": 3}, {"bound": 1000, "rate": 5}]


@tagged("post_install", "-at_install")
class TestCommissionScope(CommissionRunCommon):
    """What was touched is compared with all that is booked of it, wherever that lies."""

    def move_to(self, invoice, day):
        invoice.button_draft()
        invoice.invoice_date = invoice.date = day
        invoice.action_post()

    def assert_earned(self, plan, earned):
        """Check it, and that whatever is run next changes nothing."""
        self.assertEqual(self.earned(plan), earned)
        for invoice in self.env["account.move"].search(
            [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
        ):
            self.env["funnel.commission.touched"]._touch(invoice)
            self.assertEqual(plan._run(END), 0, invoice.invoice_date)
        self.assert_follows_from_the_documents(plan)

    # ------------------------------------------------------------------
    # Levels, and days that moved to another period
    # ------------------------------------------------------------------

    def test_invoice_moved_to_a_later_month(self):
        plan = self.plan(basis="invoiced", level=LEVELS)
        self.document(1000, day="2026-03-05")
        moved = self.document(2000, day="2026-03-10")
        self.document(100, day="2026-05-10")
        self.assert_earned(plan, 30 + 100 + 3)
        self.move_to(moved, "2026-05-20")
        # May: 900 at 3 %, and 1100 at 5 %
        self.assert_earned(plan, 30 + 3 + 82)
        self.document(10, day="2026-05-25")
        self.assert_earned(plan, 30 + 3 + 82 + 0.5)
        self.document(10, day="2026-03-25")
        self.assert_earned(plan, 30 + 0.5 + 3 + 82 + 0.5)

    def test_invoice_moved_to_an_earlier_month(self):
        plan = self.plan(basis="invoiced", level=LEVELS)
        self.document(1000, day="2026-03-05")
        moved = self.document(2000, day="2026-05-10")
        self.assert_earned(plan, 30 + 30 + 50)
        self.move_to(moved, "2026-03-20")
        self.assert_earned(plan, 30 + 100)
        self.document(10, day="2026-05-25")
        self.assert_earned(plan, 30 + 100 + 0.3)

    def test_order_moved_to_a_later_month(self):
        plan = self.plan(basis="ordered", level=LEVELS)
        self.sell((1000, 1), day="2026-03-05")
        order = self.sell((2000, 1), day="2026-03-10")
        self.assert_earned(plan, 30 + 100)
        order.date_order = "2026-05-10 09:00:00"
        self.assert_earned(plan, 30 + 30 + 50)
        self.sell((10, 1), day="2026-05-12")
        self.assert_earned(plan, 30 + 30 + 50 + 0.5)
        order._action_cancel()
        self.assert_earned(plan, 30 + 0.3)

    def test_payment_moved_to_another_quarter(self):
        plan = self.plan(period="quarter", level_mode="retroactive", level=LEVELS)
        untaxed = self.env["account.tax"]
        paid = self.pay(600, self.document(600, tax=untaxed), day="2026-05-05")
        self.pay(600, self.document(600, tax=untaxed), day="2026-06-05")
        self.assert_earned(plan, 60)  # 1200 at 5 %
        partial = self.env["funnel.allocation"].search([], order="id", limit=1)
        self.assertTrue(partial)
        invoice = paid.reconciled_invoice_ids
        paid.action_draft()
        paid.date = "2026-03-16"
        paid.action_post()
        self.match(paid.move_id, invoice)
        self.assert_earned(plan, 18 + 18)  # 600 at 3 % in each
        self.pay(100, self.document(100, tax=untaxed), day="2026-05-20")
        self.assert_earned(plan, 18 + 21)
        self.pay(300, self.document(300, tax=untaxed), day="2026-04-20")
        self.assert_earned(plan, 18 + 50)
        self.pay(400, self.document(400, tax=untaxed), day="2026-01-20")
        self.assert_earned(plan, 50 + 50)

    def test_moved_without_another_amount(self):
        """Nothing is booked for it, so the ledger tells the day before."""
        plan = self.plan(basis="invoiced", period="quarter", level=LEVELS)
        for day, moved in (("2026-05-10", "2026-03-10"), ("2026-07-10", "2026-11-10")):
            self.move_to(self.document(600, day=day), moved)
        late = self.document(600, day="2026-05-10")
        self.assertEqual(self.earned(plan), 54)
        self.move_to(late, "2026-08-10")
        self.assertEqual(plan._run(END), 0)
        self.document(100, day="2026-05-20")
        self.assert_earned(plan, 57)
        self.document(500, day="2026-08-20")  # 1100 in the quarter
        self.assert_earned(plan, 57 + 12 + 5)

    def test_counted_without_an_entry(self):
        """What is not paid yet, or below the first level, counts all the same."""
        for values in (
            {"rate": 0, "level": [{"bound": 1000, "rate": 5}]},
            {
                "level": [{"bound": 0, "rate": 0}, {"bound": 1000, "rate": 5}],
                "release": [{"event": "collected", "percent": 100}],
            },
        ):
            with self.subTest(**values):
                plan = self.plan(basis="invoiced", **values)
                moved = self.document(
                    900, day="2026-05-05", tax=self.env["account.tax"]
                )
                other = self.document(
                    600, day="2026-05-10", tax=self.env["account.tax"]
                )
                self.pay(600, other)
                self.assertEqual(self.earned(plan), 25)
                moved.button_draft()
                self.assertEqual(self.earned(plan), 0)
                moved.action_post()
                self.assertEqual(self.earned(plan), 25)
                self.move_to(moved, "2026-06-10")
                self.assertEqual(self.earned(plan), 0)
                other.button_draft()
                moved.button_draft()
                plan.action_close()

    def test_only_the_periods_that_were_touched_are_read(self):
        plan = self.plan(basis="invoiced", level=LEVELS)
        self.document(1000, day="2026-03-05")
        self.document(1000, day="2026-04-05")
        plan._run(END)
        self.move_to(self.document(2000, day="2026-06-10"), "2026-02-10")
        with patch.object(
            type(plan), "_within", autospec=True, side_effect=type(plan)._within
        ) as within:
            self.assertEqual(self.earned(plan), 30 + 30 + 30 + 50)
        self.assertEqual(within.call_args.args[1], [date(2026, 2, 1)])
        self.env.cr.execute(
            "SELECT date FROM funnel_commission_counted WHERE plan_id = %s"
            " ORDER BY date",
            [plan.id],
        )
        days = [day.month for (day,) in self.env.cr.fetchall()]
        self.assertEqual(days, [2, 3, 4])

    # ------------------------------------------------------------------
    # Sold by several
    # ------------------------------------------------------------------

    def split(self, document):
        document.commission_split_ids = [
            Command.create({"user_id": user.id, "percent": percent})
            for user, percent in ((self.seller, 70), (self.other_seller, 30))
        ]

    def test_leader_of_a_team_that_sold_together(self):
        plan = self.plan(
            basis="invoiced",
            rate=3,
            member=[
                {"user_id": self.seller.id},
                {"user_id": self.other_seller.id},
                {
                    "user_id": self.leader.id,
                    "scope": "team",
                    "team_id": self.team.id,
                    "share": 20,
                    "is_taken": True,
                },
            ],
        )
        order = self.sell((1000, 1))
        self.split(order)
        self.bill(order, "2026-03-05")
        self.assert_earned(plan, 16.8)  # 30 × 70 %, less a fifth
        self.assertEqual(self.earned(plan, self.other_seller), 7.2)
        self.assertEqual(self.earned(plan, self.leader), 6)
        # What the leader sells, he or she does not lead.
        order.invoice_ids.commission_split_ids[1].user_id = self.leader
        self.assertEqual(self.earned(plan, self.leader), 4.2)
        self.assertEqual(self.earned(plan, self.other_seller), 0)
        self.assert_earned(plan, 16.8)

    def test_territory_of_what_was_sold_together(self):
        france = self.env.ref("base.fr")
        self.customer.country_id = france
        territory = {"scope": "territory", "country_ids": [Command.set(france.ids)]}
        plan = self.plan(
            basis="ordered",
            rate=3,
            member=[{"user_id": self.leader.id, **territory}],
        )
        self.split(self.sell((1000, 1)))
        self.assertEqual(self.earned(plan, self.leader), 30)
        entry = self.entries.search([("plan_id", "=", plan.id)])
        self.assertEqual((entry.base, entry.share), (1000, 1))
        self.assert_follows_from_the_documents(plan)

    # ------------------------------------------------------------------
    # What is run whole
    # ------------------------------------------------------------------

    def test_new_version_from_a_day_that_has_passed(self):
        first = self.plan(rate=3, basis="invoiced")
        self.document(1000, day="2026-03-05")
        self.document(1000, day="2026-03-25")
        self.assertEqual(self.earned(first), 60)
        first.action_new_version()
        second = self.plans.search([("previous_id", "=", first.id)])
        second.write({"date_from": "2026-03-15", "rate": 5})
        second.action_approve()
        self.assertEqual(self.earned(first | second), 30 + 50)
        self.assertEqual(self.earned(first), 30)
        # What ends today pays nothing of what is dated later.
        self.document(1000, day=fields.Date.add(fields.Date.today(), days=40))
        self.assertEqual(self.earned(second, until="2027-12-31"), 100)
        second.action_close()
        self.assertEqual(self.earned(second, until="2027-12-31"), 50)

    def test_posted_beside_the_approval(self):
        """Who posts does not know that the plan was approved, so nothing is noted."""
        plan = self.plan(rate=3, basis="invoiced", approve=False)
        plan.action_approve()
        self.assertEqual(self.earned(plan), 0)
        self.document(1000)
        self.forget_touched()
        self.assertEqual(self.earned(plan), 30)
        # A day later once more, since the last run was before.
        plan.sudo().doubtful_until = fields.Datetime.subtract(plan.run_date, days=1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE funnel_commission_plan SET run_date = run_date - INTERVAL '2 days'"
            " WHERE id = %s",
            [plan.id],
        )
        plan.invalidate_recordset()
        self.document(1000)
        self.forget_touched()
        self.assertEqual(self.earned(plan), 60)
        self.document(1000)
        self.forget_touched()
        self.assertEqual(self.earned(plan), 60)
        self.assertEqual(plan._run(END, rebuild=True), 1)

    def forget_touched(self):
        self.env.flush_all()
        self.env["funnel.commission.touched"]._write_touched()
        self.env.cr.execute("DELETE FROM funnel_commission_touched")

    def test_what_becomes_due_is_noted_once(self):
        plan = self.plan(
            basis="ordered",
            level=LEVELS,
            release=[{"event": "year_end", "percent": 100}],
        )
        order = self.sell((1000, 1), (100, 1))
        plan._run(date(2026, 6, 30))
        for price in (10, 20, 30):
            order.order_line[1].price_unit = price
            plan._run(date(2026, 6, 30))
        self.env.cr.execute(
            "SELECT order_id, date FROM funnel_commission_touched WHERE plan_id = %s",
            [plan.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(order.id, END)])
        self.assertEqual(self.earned(plan), 31.5)

    # ------------------------------------------------------------------
    # By night
    # ------------------------------------------------------------------

    def run_by_night(self, failing):
        run = type(self.plans)._run

        def fail(plan, *args, **kwargs):
            if plan == failing:
                raise ZeroDivisionError("no")
            return run(plan, *args, **kwargs)

        jobs = type(self.env["ir.cron"])
        with (
            patch.object(type(self.plans), "_run", fail),
            patch.object(self.env.cr, "rollback"),
            patch.object(jobs, "_commit_progress", return_value=60),
        ):
            self.plans._cron_run()

    def test_one_that_fails_stops_no_other(self):
        stuck, other = (self.plan(rate=rate, basis="invoiced") for rate in (3, 5))
        self.document(1000, day="2026-03-05")
        self.env.flush_all()
        before = len(stuck.message_ids)
        for _night in range(2):
            with (
                mute_logger("odoo.addons.crm_sales_funnel"),
                self.assertLogs("odoo.addons.crm_sales_funnel", "ERROR") as logs,
            ):
                self.run_by_night(stuck)
            self.assertIn(f"plan {stuck.id} could not be run", logs.output[0])
            self.assertTrue(stuck.is_stuck)
        self.assertFalse(other.is_stuck)
        self.assertEqual(
            self.entries.search([("plan_id", "in", (stuck | other).ids)]).amount, 50
        )
        self.assertEqual(len(stuck.message_ids), before + 1)  # told once
        self.assertIn("could not be booked", stuck.message_ids[0].body)
        self.run_by_night(None)
        self.assertFalse(stuck.is_stuck)
        self.assertIn("is booked again", stuck.message_ids[0].body)
        self.assertEqual(self.earned(stuck), 30)
