from odoo import Command
from odoo.tests import tagged

from .commission_common import CommissionCommon


@tagged("post_install", "-at_install")
class TestCommissionCheck(CommissionCommon):
    """What cannot be paid, or not by what the plan says, is refused at the approval."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader, cls.seller = (
            cls.users[role].id for role in ("team_leader", "salesperson")
        )
        cls.france, cls.italy = cls.env.ref("base.fr"), cls.env.ref("base.it")
        cls.paris = cls.env["res.country.state"].create(
            {"name": "Paris", "code": "P75", "country_id": cls.france.id}
        )
        cls.north = cls.env["crm.team"].create({"name": "Team North"})

    def of_team(self, user, team=None, **values):
        team = team or self.team
        return self.taking(user, scope="team", team_id=team.id, **values)

    def of_place(self, user, country=None, state=None, **values):
        place = {
            "country_ids": [Command.set(country.ids if country else [])],
            "state_ids": [Command.set(state.ids if state else [])],
        }
        return self.taking(user, scope="territory", **place, **values)

    def taking(self, user, **values):
        return {"user_id": user, "is_taken": True, "share": 60, **values}

    def test_more_than_all_is_taken(self):
        text = "100 % may be taken from one sale"
        first, second = self.leader, self.seller
        for name, one, other in (
            ("team, place", self.of_team(first), self.of_place(second, self.france)),
            (
                "country, state in it",
                self.of_place(first, self.france),
                self.of_place(second, state=self.paris),
            ),
            (
                "same country",
                self.of_place(first, self.france),
                self.of_place(second, self.france | self.italy),
            ),
        ):
            with self.subTest(name):
                plan = self.plan(rate=3, member=[one, other])
                self.assertRegex(plan.problems, text)
                self.assert_refused(text, plan.action_approve)
                plan.member_ids[1].share = 40  # all of it
                self.assertFalse(plan.problems)

    def test_not_from_one_sale_or_not_at_a_time(self):
        first, second = self.leader, self.seller
        for name, one, other in (
            ("two teams", self.of_team(first), self.of_team(second, self.north)),
            (
                "two countries",
                self.of_place(first, self.france),
                self.of_place(second, self.italy),
            ),
            (
                "one after the other",
                self.of_team(first, date_to="2026-05-31"),
                self.of_place(second, self.france, date_from="2026-06-01"),
            ),
            (
                "in addition",
                self.of_team(first),
                self.of_place(second, self.france, is_taken=False),
            ),
        ):
            with self.subTest(name):
                plan = self.plan(rate=3, member=[one, other])
                self.assertFalse(plan.problems)
                plan.action_approve()

    def test_percent_of_a_quantity(self):
        late = {"driver": "days_invoice", "value_from": 31, "value": 1}
        text = "A deduction is in percent of an amount"
        plan = self.plan(
            rate=2,
            measure="quantity",
            uom_id=self.unit.id,
            factor=[{**late, "kind": "deduction"}],
        )
        self.assertRegex(plan.problems, text)
        self.assert_refused(text, plan.action_approve)
        plan.measure = "untaxed"
        self.assertFalse(plan.problems)
        plan.write({"measure": "quantity"})
        plan.factor_ids.write({"kind": "multiplier", "value": 0.5})
        self.assertFalse(plan.problems)
        plan.action_approve()
