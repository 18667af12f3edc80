from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon


@tagged("post_install", "-at_install")
class TestCommissionVersions(CommissionRunCommon):
    """Levels count what somebody sold in a period, whichever version of the plan, and as
    which member he was then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]

    def yearly(self, **values):
        level = [{"bound": 1000, "rate": 10, "fixed": 500}]
        return self.plan(
            **{
                "basis": "invoiced",
                "rate": 0,
                "period": "year",
                "level": level,
                **values,
            }
        )

    def new_version(self, plan, day, levels=(), **values):
        plan.action_new_version()
        version = self.plans.search([("previous_id", "=", plan.id)])
        version.write({"date_from": day, **values})
        for level, changed in zip(version.level_ids, levels, strict=False):
            level.write(changed)
        version.action_approve()
        self.days_later(plan | version)
        return version

    def invoice(self, amount, day, **values):
        return self.document(amount, day=day, tax=self.untaxed, **values)

    def assert_earned(self, plans, *amounts, user=None):
        self.assertEqual([self.earned(plan, user) for plan in plans], list(amounts))
        for plan in plans:
            self.assert_follows_from_the_documents(plan)

    # ------------------------------------------------------------------
    # Versions
    # ------------------------------------------------------------------

    def test_a_new_version_goes_on_counting(self):
        """As one plan that holds all year."""
        plan, one = self.yearly(), self.yearly(name="One")
        self.invoice(1500, "2026-02-10")
        self.assert_earned(plan, 550)
        version = self.new_version(plan, "2026-07-01")
        self.invoice(1500, "2026-08-10")
        self.assert_earned(plan | version | one, 550, 150, 700)
        # In the next year it begins again.
        self.invoice(1500, "2027-02-10")
        self.assertEqual(self.earned(version, until="2027-12-31"), 150 + 550)

    def test_what_was_sold_before_is_corrected(self):
        plan = self.yearly()
        version = self.new_version(plan, "2026-07-01")
        self.invoice(1200, "2026-08-10")
        self.assert_earned(plan | version, 0, 520)
        early = self.invoice(900, "2026-02-10")
        self.assert_earned(plan | version, 0, 500 + 110)
        early.button_draft()
        self.assert_earned(plan | version, 0, 520)
        early.action_post()
        self.assert_earned(plan | version, 0, 500 + 110)
        early._reverse_moves([{"invoice_date": "2026-09-10"}]).action_post()
        self.assert_earned(plan | version, 0, 520)

    def test_all_of_the_period(self):
        """What later versions sell counts for the level of all of it."""
        plan = self.yearly(level_mode="retroactive")
        self.invoice(600, "2026-02-10")
        self.assert_earned(plan, 0)
        version = self.new_version(plan, "2026-07-01")
        last = self.new_version(version, "2026-10-01", [{"rate": 20}])
        late = self.invoice(600, "2026-08-10")
        self.invoice(100, "2026-11-10")
        self.assert_earned(plan | version | last, 60, 560, 20)
        late.button_draft()
        self.assert_earned(plan | version | last, 0, 0, 0)

    def test_bounds_that_change(self):
        """A bonus that was paid at the same bound or a higher one is not paid again; one
        that was not is, when something is sold."""
        plan = self.yearly(level=[{"bound": 2000, "rate": 10, "fixed": 500}])
        other = {"invoice_user_id": self.other_seller.id}
        self.invoice(1500, "2026-02-10")
        self.invoice(2500, "2026-02-11", **other)
        lower = self.new_version(plan, "2026-07-01", [{"bound": 1000, "fixed": 300}])
        self.assert_earned(plan | lower, 0, 0)
        self.invoice(100, "2026-08-10")
        self.invoice(100, "2026-08-11", **other)
        self.assert_earned(plan | lower, 0, 310)
        self.assert_earned(plan | lower, 550, 10, user=self.other_seller)
        higher = self.new_version(lower, "2026-10-01", [{"bound": 1800, "fixed": 400}])
        self.invoice(300, "2026-11-10")
        self.invoice(300, "2026-11-11", **other)
        self.assert_earned(plan | lower | higher, 0, 310, 410)
        self.assert_earned(plan | lower | higher, 550, 10, 30, user=self.other_seller)

    def test_a_version_that_measures_otherwise(self):
        """Money counts for the levels of a plan on money, after one on invoices."""
        plan = self.yearly(level=[], rate=1)
        money = self.invoice(800, "2026-02-10")
        level = Command.create({"bound": 1000, "rate": 10, "fixed": 500})
        version = self.new_version(
            plan, "2026-07-01", basis="collected", level_ids=[level]
        )
        self.pay(300, money, day="2026-08-10")
        self.assert_earned(plan | version, 8, 502 + 10)

    # ------------------------------------------------------------------
    # Members
    # ------------------------------------------------------------------

    def test_a_member_twice(self):
        """Who begins anew in the month goes on, and so does he by a new version."""
        members = [
            {"user_id": self.seller.id, "date_to": "2026-03-15"},
            {"user_id": self.seller.id, "date_from": "2026-03-16"},
        ]
        plan = self.yearly(period="month", member=members)
        self.invoice(1500, "2026-03-10")
        self.invoice(1500, "2026-03-20")
        self.assert_earned(plan, 700)
        version = self.new_version(plan, "2026-03-25", member_ids=[Command.clear()])
        self.assertIn("version before counts for its levels", version.sentence)
        self.assertNotIn("version before", plan.sentence)
        self.invoice(100, "2026-03-26")
        self.assert_earned(plan | version, 700, 10)

    def test_levels_count_what_was_sold(self):
        """Whatever the share of it; and of a leader what he and his team sold apart."""
        leader = {"user_id": self.leader.id}
        plan = self.yearly(
            rate=1,
            period="month",
            level=[{"bound": 1000, "rate": 10}],
            member=[
                {"user_id": self.seller.id, "share": 50},
                leader,
                {**leader, "scope": "team", "team_id": self.team.id, "share": 10},
            ],
        )
        self.assertIn("Levels count all that is sold", plan.sentence)
        self.assertIn("are counted apart", plan.sentence)
        of_team = {"team_id": self.team.id}
        self.invoice(3000, "2026-03-10", **of_team)
        self.invoice(500, "2026-03-11", invoice_user_id=self.leader.id, **of_team)
        self.assert_earned(plan, 105)
        self.assert_earned(plan, 21 + 5, user=self.leader)
