from odoo import Command
from odoo.tests import tagged

from .commission_common import CommissionCommon


@tagged("post_install", "-at_install")
class TestCommissionSentence(CommissionCommon):
    """A plan in words, in the company's currency of the tests, dollars."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")

    def test_rate(self):
        kilogram = {"measure": "quantity", "uom_id": self.unit.id}
        for sentence, values in (
            ("3 % of the untaxed amount collected.", {"rate": 3}),
            ("2.5 % of the untaxed amount ordered.", {"rate": 2.5, "basis": "ordered"}),
            ("0 % of the untaxed amount delivered.", {"basis": "delivered"}),
            ("3 % of the untaxed amount invoiced.", {"rate": 3, "basis": "invoiced"}),
            (
                "10.125 % of the margin of what was collected.",
                {"rate": 10.125, "measure": "margin"},
            ),
            (
                "10 % of the margin of what was ordered.",
                {"rate": 10, "measure": "margin", "basis": "ordered"},
            ),
            (
                "10 % of the margin of what was delivered.",
                {"rate": 10, "measure": "margin", "basis": "delivered"},
            ),
            (
                "10 % of the margin of what was invoiced.",
                {"rate": 10, "measure": "margin", "basis": "invoiced"},
            ),
            ("$ 0.125 for each kg that was paid.", {"rate": 0.125, **kilogram}),
            (
                "$ 2.00 for each kg delivered.",
                {"rate": 2, "basis": "delivered", **kilogram},
            ),
            (
                "$ 2.00 for each kg ordered.",
                {"rate": 2, "basis": "ordered", **kilogram},
            ),
            (
                "$ 2.00 for each kg invoiced.",
                {"rate": 2, "basis": "invoiced", **kilogram},
            ),
        ):
            with self.subTest(sentence):
                plan = self.plan(**values)
                self.assert_says(plan.headline, sentence)
                services = (
                    "Services count as delivered when they are invoiced.\n"
                    if plan.basis == "delivered"
                    else ""
                )
                self.assert_says(
                    plan.sentence,
                    f"{sentence}\n{services}"
                    "Every salesperson earns from what he or she sold.",
                )

    def test_levels(self):
        levels = [{"bound": 250_000.5, "rate": 6}, {"bound": 100_000, "rate": 5}]
        bonus = [{"bound": 50, "rate": 4, "fixed": 500}]
        for sentence, values in (
            (
                "3 % of the untaxed amount collected, 5 % above 100,000 a month, 6 %"
                " above 250,000.5.",
                {"level": levels},
            ),
            (
                "3 % of the untaxed amount collected, 5 % for all of it from 100,000 a"
                " quarter on, 6 % for all of it from 250,000.5 on.",
                {"level": levels, "level_mode": "retroactive", "period": "quarter"},
            ),
            (
                "3 % of the untaxed amount collected, 4 % above a margin of 50 a year and"
                " $ 500.00 once.",
                {"level": bonus, "level_measure": "margin", "period": "year"},
            ),
            (
                "3 % of the margin of what was collected, 4 % above an untaxed amount of"
                " 50 a month and $ 500.00 once.",
                {"level": bonus, "level_measure": "untaxed", "measure": "margin"},
            ),
            (
                "$ 3.00 for each kg that was paid, $ 4.00 above 50 kg a month and $ 500.00"
                " once.",
                {"level": bonus, "measure": "quantity", "uom_id": self.unit.id},
            ),
        ):
            with self.subTest(sentence):
                self.assert_says(self.plan(rate=3, **values).headline, sentence)

    def test_rates_of_their_own(self):
        level = self.env["funnel.customer.level"].create({"name": "Gold"})
        plan = self.plan(
            rate=3,
            rule=[
                {"product_id": self.product.id, "rate": 4},
                {
                    "categ_id": self.categ.id,
                    "customer_level_id": level.id,
                    "kind": "multiplier",
                    "multiplier": 1.5,
                },
                {
                    "partner_id": self.customer.id,
                    "team_id": self.team.id,
                    "kind": "excluded",
                },
            ],
        )
        self.assert_says(
            plan.details,
            "Hex Bolt: 4 %.\n"
            "Fasteners, Customer level Gold: 1.5 × the rate.\n"
            "Nordwind GmbH, Sales team Team South: nothing.\n"
            "Every salesperson earns from what he or she sold.",
        )
        plan.level_ids = [Command.create({"bound": 5, "rate": 4})]
        self.assertIn("nothing, and it does not count for the levels.", plan.details)
        self.assertEqual(
            plan.rule_ids.mapped("display_name"),
            [
                "Hex Bolt",
                "Fasteners, Customer level Gold",
                "Nordwind GmbH, Sales team Team South",
            ],
        )

    def test_many_are_counted(self):
        products = self.env["product.product"].create(
            [{"name": f"Bolt {number:02}"} for number in range(15)]
        )
        plan = self.plan(rule=[{"product_id": each.id, "rate": 1} for each in products])
        self.assertEqual(
            plan.details.splitlines()[-3:-1], ["Bolt 11: 1 %.", "And 3 more."]
        )

    def test_factors(self):
        plan = self.plan(
            rate=3,
            factor=[
                {"value_to": 31, "kind": "rate", "value": 3},
                {"value_from": 31, "value_to": 61, "kind": "rate", "value": 2},
                {"value_from": 181, "kind": "deduction", "value": 1},
                {"driver": "days_invoice", "value_from": 60, "value": 0.5},
                {"driver": "days_due", "value_from": -30, "value": 1.1},
                {"driver": "days_due", "value_from": 5, "value": 0.9},
                {
                    "driver": "method",
                    "payment_method_line_id": self.method.id,
                    "value": 0.8,
                },
                {"driver": "margin_percent", "value_from": 5, "value_to": 10},
                {"driver": "discount_percent", "value_from": 12.5, "value": 0},
                {"driver": "document_amount", "value_from": 10_000, "value": 2},
            ],
        )
        self.assert_says(
            plan.details,
            "Paid 0 to 30 days after the delivery: 3 %.\n"
            "Paid 31 to 60 days after the delivery: 2 %.\n"
            "Paid 181 or more days after the delivery: 1 % less for each 30 days begun.\n"
            "Paid 60 or more days after the invoice: 0.5 × the rate.\n"
            "Paid 1 to 30 days before the due date: 1.1 × the rate.\n"
            "Paid 5 or more days after the due date: 0.9 × the rate.\n"
            f"Paid by {self.method.display_name}: 0.8 × the rate.\n"
            "Margin from 5 % to below 10 %: 1 × the rate.\n"
            "Discount from 12.5 % on: 0 × the rate.\n"
            "Document from 10,000 on: 2 × the rate.\n"
            "Every salesperson earns from what he or she sold.",
        )

    def test_new_and_old_customers(self):
        plan = self.plan(
            rate=3,
            factor=[
                {"driver": "customer_age", "value_to": 12, "value": 2},
                {
                    "driver": "customer_age",
                    "value_from": 12,
                    "value_to": 24,
                    "value": 1.5,
                },
                {"driver": "customer_age", "value_from": 24, "value": 0.5},
            ],
        )
        self.assert_says(
            plan.details,
            "First order less than 12 months ago: 2 × the rate.\n"
            "First order 12 to less than 24 months ago: 1.5 × the rate.\n"
            "First order 24 or more months ago: 0.5 × the rate.\n"
            "Every salesperson earns from what he or she sold.",
        )

    def test_releases(self):
        events = ("ordered", "delivered", "invoiced", "collected", "fully_collected")
        plan = self.plan(
            basis="ordered",
            release=[
                *({"event": event, "percent": 18.5} for event in events),
                {"event": "year_end", "percent": 7.5},
            ],
        )
        self.assert_says(
            plan.details.splitlines()[0],
            "Released: 18.5 % when ordered, 18.5 % when delivered, 18.5 % when invoiced,"
            " 18.5 % as it is collected, 18.5 % when all is collected, 7.5 % at the end of"
            " the year.",
        )

    def test_members(self):
        users = self.users
        bavaria = self.env.ref("base.state_de_by")
        team = {"scope": "team", "team_id": self.team.id}
        plan = self.plan(
            rate=3,
            member=[
                {"user_id": users["salesperson"].id, "date_from": "2026-02-01"},
                {"user_id": users["manager"].id, "date_to": "2026-12-31"},
                {
                    "user_id": users["order_desk"].id,
                    "date_from": "2026-02-01",
                    "date_to": "2026-12-31",
                },
                {"user_id": users["finance"].id, "share": 50},
                {"user_id": users["team_leader"].id, "share": 10, **team},
                {
                    "user_id": users["manager"].id,
                    "share": 2.5,
                    "is_taken": True,
                    **team,
                },
                {
                    "user_id": users["purchasing"].id,
                    "scope": "territory",
                    "state_ids": [Command.set(bavaria.ids)],
                    "country_ids": [Command.set(self.env.ref("base.at").ids)],
                },
            ],
        )
        names = {role: user.name for role, user in users.items()}
        self.assert_says(
            plan.details,
            f"For own sales: {names['salesperson']} (from 02/01/2026),"
            f" {names['manager']} (until 12/31/2026), {names['order_desk']} (02/01/2026"
            " to 12/31/2026).\n"
            f"{names['finance']}: 50 % of it for own sales.\n"
            f"{names['team_leader']}: 10 % of it for sales of Team South, in addition.\n"
            f"{names['manager']}: 2.5 % of it for sales of Team South, taken from the"
            " salesperson.\n"
            f"{names['purchasing']}: 100 % of it for sales in {bavaria.name}, Austria, in"
            " addition.",
        )

    def test_members_who_leave(self):
        """What comes after the last day is told where something does."""
        users = self.users
        left = {"date_to": "2026-12-31"}
        members = [
            {"user_id": users["salesperson"].id, "leaver": "loses", **left},
            {
                "user_id": users["manager"].id,
                "leaver": "shares",
                "leaver_share": 40,
                **left,
            },
            {"user_id": users["finance"].id, "leaver": "keeps", **left},
        ]
        lose, share, keep = (
            users[role].name for role in ("salesperson", "manager", "finance")
        )
        told = (
            f"For own sales: {keep} (until 12/31/2026).\n"
            f"{lose} (until 12/31/2026): 100 % of it for own sales, nothing of it after"
            " the last day.\n"
            f"{share} (until 12/31/2026): 100 % of it for own sales, 40 % of it after the"
            " last day."
        )
        self.assert_says(self.plan(rate=3, member=members).details, told)

    def test_numbers_of_the_language(self):
        plan = self.plan(
            rate=2.5, level=[{"bound": 1_250_000.75, "rate": 3, "fixed": 500.5}]
        ).with_context(lang="de_DE")
        self.assertRegex(plan.headline, r"^2,5.+1\.250\.000,75.+500,50")

    def test_as_many_queries_for_many_plans(self):
        salesperson = self.users["salesperson"]
        plans = self.env["funnel.commission.plan"].union(
            *(self.full_plan(name=f"Plan {number}") for number in range(12))
        )
        plans.action_approve()
        queries = []
        for some in (plans[:2], plans[:2], plans[2:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = some.with_user(salesperson).web_read(
                {"sentence": {}, "problems": {}}
            )
            self.assertTrue(all(row["sentence"] for row in rows))
            queries.append(self.env.cr.sql_log_count - before)
        self.assertEqual(queries[1], queries[2])  # before, what is loaded once

    def test_while_it_is_entered(self):
        """The form shows the sentence of what is not saved yet."""
        plans = self.env["funnel.commission.plan"].with_user(self.users["manager"])
        plan = plans.new(
            {
                "state": "draft",
                "measure": "quantity",
                "rate": 2,
                "level_ids": [Command.create({"bound": 5, "rate": 3})],
                "rule_ids": [Command.create({"kind": "excluded"})],
                "factor_ids": [Command.create({"driver": "method"})],
                "release_ids": [Command.create({"percent": 90})],
                "member_ids": [
                    Command.create({"scope": "team", "is_taken": True}),
                    Command.create({"scope": "territory"}),
                ],
            }
        )
        self.assert_says(
            plan.headline, "$ 2.00 for each ? that was paid, $ 3.00 above 5 ? a month."
        )
        self.assertIn("Paid by ?: 1 × the rate.", plan.details)
        self.assertIn("?: nothing, and it", plan.details)
        self.assertIn("90 % ?", plan.details.replace("\N{NO-BREAK SPACE}", " "))
        self.assertIn("?: 100 % of it for sales of ?, taken", plan.details)
        self.assertIn("add up to 90 %", plan.problems)

    def assert_says(self, text, sentence):
        """What stands between a number and its sign may be a hard space."""
        self.assertEqual(text.replace("\N{NO-BREAK SPACE}", " "), sentence)
