from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon


@tagged("post_install", "-at_install")
class TestCommissionRules(CommissionRunCommon):
    """The rules that firms agree, with amounts computed by hand."""

    def test_rate_of_what_is_collected(self):
        """1. 3 % of the untaxed amount collected: of the money's day, not the
        invoice's."""
        plan = self.plan(rate=3)
        invoice = self.document(1000, 500, day="2026-03-01")  # 1,695 with VAT
        self.assertEqual(self.earned(plan), 0)
        self.pay(847.5, invoice, day="2026-04-10")
        self.assertEqual(self.earned(plan), 22.5)  # half of 1,500 at 3 %
        self.pay(847.5, invoice, day="2026-05-02")
        self.assertEqual(self.earned(plan), 45)
        self.assertEqual(self.amounts(plan), {"2026-04-10": 22.5, "2026-05-02": 22.5})
        self.assert_follows_from_the_documents(plan)

    def test_rate_by_days_to_cash(self):
        """2. By days from delivery to cash, and less later."""
        plan = self.plan(
            rate=0,
            factor=[
                {"driver": "days_delivery", "value_from": low, "value_to": high}
                | {"kind": kind, "value": value}
                for low, high, kind, value in (
                    (0, 31, "rate", 3),
                    (31, 61, "rate", 2),
                    (61, 91, "rate", 1),
                    (91, 180, "rate", 0),
                    (180, 0, "deduction", 1),
                )
            ],
        )
        order = self.sell((1000, 6))
        self.deliver(order, "2026-01-10")
        invoice = self.bill(order, "2026-01-20")
        for amount, day, earned in (
            (1000, "2026-02-09", 30),  # 30 days
            (1000, "2026-02-10", 20),  # 31
            (1000, "2026-04-10", 10),  # 90
            (1000, "2026-05-10", 0),  # 120
            (1000, "2026-08-08", -10),  # 210: one month above 180
            (1000, "2026-08-09", -20),  # a second one has begun
        ):
            before = self.earned(plan)
            self.pay(amount, invoice, day=day)
            with self.subTest(day=day):
                self.assertEqual(round(self.earned(plan) - before, 2), earned)
        self.assert_follows_from_the_documents(plan)

    def test_rate_by_method(self):
        """3. Paid by a bank acceptance: half of it."""
        method = self.bank.inbound_payment_method_line_ids[0]
        bills = method.copy({"name": "Acceptance"})
        plan = self.plan(
            rate=4,
            factor=[
                {"driver": "method", "payment_method_line_id": bills.id}
                | {"kind": "multiplier", "value": 0.5}
            ],
        )
        invoice = self.document(1000, tax=self.env["account.tax"])
        self.pay(400, invoice, payment_method_line_id=method.id)
        self.assertEqual(self.earned(plan), 16)
        self.pay(600, invoice, payment_method_line_id=bills.id)
        self.assertEqual(self.earned(plan), 28)  # 16 + 600 x 2 %
        self.assert_follows_from_the_documents(plan)

    def test_progressive_on_margin_paid_as_collected(self):
        """4. 5 % of the month's margin, 10 % of what is above 1,000, as collected."""
        plan = self.plan(
            basis="invoiced",
            measure="margin",
            level=[{"bound": 0, "rate": 5}, {"bound": 1000, "rate": 10}],
            release=[{"event": "collected", "percent": 100}],
        )
        first = self.bill(self.sell((20, 100, self.bolts, 12)), "2026-03-05")  # 800
        second = self.bill(self.sell((20, 100, self.bolts, 14)), "2026-03-20")  # 600
        self.assertEqual(self.earned(plan), 0)
        self.pay(2000, first, day="2026-04-02")
        self.assertEqual(self.earned(plan), 40)  # 800 x 5 %
        self.pay(1000, second, day="2026-05-02")
        # 200 at 5 % and 400 at 10 % are 50, of which a half is paid.
        self.assertEqual(self.earned(plan), 65)
        self.assertEqual(self.amounts(plan), {"2026-04-02": 40, "2026-05-02": 25})
        self.assert_follows_from_the_documents(plan)

    def test_new_customers_by_step_and_old_ones_half(self):
        """5. New customers a fixed bonus by step and a rate of the excess; old ones half
        the rate."""
        new = self.plan(
            name="New",
            basis="invoiced",
            level=[
                {"bound": 0, "rate": 0},
                {"bound": 10_000, "rate": 2, "fixed": 500},
                {"bound": 50_000, "rate": 2, "fixed": 1000},
            ],
        )
        old = self.plan(
            name="Old",
            basis="invoiced",
            rate=2,
            factor=[
                {"driver": "customer_age", "value_from": 0, "value_to": 12}
                | {"kind": "multiplier", "value": 0},
                {"driver": "customer_age", "value_from": 12, "value_to": 0}
                | {"kind": "multiplier", "value": 0.5},
            ],
        )
        self.bill(self.sell((100, 90), day="2026-02-01"), "2026-02-01")
        self.assertEqual(self.earned(new), 0)
        self.bill(self.sell((100, 30), day="2026-02-10"), "2026-02-10")
        self.assertEqual(self.earned(new), 540)  # 500 and 2 % of 2,000
        self.assertEqual(self.earned(old), 0)
        self.sell((100, 1), day="2024-12-01")
        self.bill(self.sell((100, 10), day="2026-03-01"), "2026-03-01")
        # Of more than a year is the customer whom the third one sees: 1 % of 1,000.
        self.assertEqual(self.earned(old), 10)
        self.assert_follows_from_the_documents(old)

    def test_margin_bands_and_minimum_document(self):
        """6. Rate by the margin; nothing below a minimum margin or document."""
        plan = self.plan(
            basis="invoiced",
            rate=0,
            factor=[
                {"driver": "margin_percent", "value_from": low, "value_to": high}
                | {"kind": "rate", "value": rate}
                for low, high, rate in ((-1000, 10, 0), (10, 30, 2), (30, 0, 5))
            ]
            + [
                {"driver": "document_amount", "value_from": 0, "value_to": 500}
                | {"kind": "multiplier", "value": 0}
            ],
        )
        for price, cost, quantity, earned in (
            (100, 95, 10, 0),  # 5 %
            (100, 80, 10, 20),  # 20 %: 1,000 x 2 %
            (100, 70, 10, 50),  # 30 %: 1,000 x 5 %
            (100, 50, 4, 0),  # 400 are too little
        ):
            before = self.earned(plan)
            self.bill(self.sell((price, quantity, self.bolts, cost)), "2026-03-05")
            with self.subTest(price=price, cost=cost, quantity=quantity):
                self.assertEqual(round(self.earned(plan) - before, 2), earned)

    def test_half_at_the_order_half_as_collected(self):
        """7. At the level that is reached by the order."""
        plan = self.plan(
            basis="ordered",
            level=[{"bound": 0, "rate": 2}, {"bound": 1000, "rate": 4}],
            release=[
                {"event": "ordered", "percent": 50},
                {"event": "collected", "percent": 50},
            ],
        )
        self.sell((1000, 1), day="2026-03-01")
        order = self.sell((1000, 1), day="2026-03-02")
        self.assertEqual(self.earned(plan), 30)  # halves of 20 and of 40
        invoice = self.bill(order, "2026-04-01")
        self.pay(250, invoice, day="2026-04-20")
        self.assertEqual(self.earned(plan), 35)  # a quarter of the other 20
        self.pay(750, invoice, day="2026-05-20")
        self.assertEqual(self.earned(plan), 50)
        self.assert_follows_from_the_documents(plan)

    def test_amount_per_unit(self):
        """8. An amount per dozen; a product's own beats its category's."""
        dozen = self.env.ref("uom.product_uom_dozen")
        category = self.env["product.category"].create({"name": "Fasteners"})
        (self.nuts | self.screws).categ_id = category
        plan = self.plan(
            basis="invoiced",
            measure="quantity",
            uom_id=dozen.id,
            rate=1,
            rule=[
                {"categ_id": category.id, "kind": "rate", "rate": 2},
                {"product_id": self.screws.id, "kind": "rate", "rate": 3},
            ],
        )
        self.bill(self.sell((5, 24), (5, 24), (5, 24)), "2026-03-05")
        self.assertEqual(self.earned(plan), 12)  # 2 dozen at 1, 2 and 3
        self.bill(self.sell((0, 24)), "2026-03-06")  # given away
        self.assertEqual(self.earned(plan), 12)
        self.assert_follows_from_the_documents(plan)

    def test_quota_first(self):
        """9. Nothing until 1,000 are collected, then a part of the margin."""
        plan = self.plan(
            measure="margin",
            level_measure="untaxed",
            level=[{"bound": 0, "rate": 0}, {"bound": 1000, "rate": 20}],
        )
        invoice = self.bill(self.sell((10, 200, self.bolts, 5)), "2026-03-05")
        self.pay(800, invoice, day="2026-03-10")
        self.assertEqual(self.earned(plan), 0)
        self.pay(400, invoice, day="2026-03-11")
        # 200 of these 400 are above it: a half of their margin of 200.
        self.assertEqual(self.earned(plan), 20)
        self.pay(800, invoice, day="2026-04-01")  # another month begins at zero
        self.assertEqual(self.earned(plan), 20)
        self.assert_follows_from_the_documents(plan)

    def test_territory(self):
        """10. Whoever sells there, it is the territory's."""
        france = self.env.ref("base.fr")
        plan = self.plan(
            basis="invoiced",
            rate=3,
            member=[
                {"user_id": self.leader.id, "scope": "territory"}
                | {"country_ids": [Command.set(france.ids)]}
            ],
        )
        self.document(1000)
        self.customer.country_id = france
        self.document(2000)
        self.assertEqual(self.earned(plan, self.leader), 90)
        self.assertEqual(self.earned(plan), 0)

    def test_override_added_or_taken(self):
        """11. An introducer by a split, a manager's override added or taken."""
        for is_taken, own in ((False, 30), (True, 24)):
            with self.subTest(is_taken=is_taken):
                plan = self.plan(
                    basis="invoiced",
                    rate=3,
                    member=[
                        {"user_id": self.seller.id, "scope": "own"},
                        {"user_id": self.leader.id, "scope": "team", "share": 20}
                        | {"team_id": self.team.id, "is_taken": is_taken},
                    ],
                )
                if not is_taken:
                    self.document(1000, team_id=self.team.id)
                self.assertEqual(self.earned(plan), own)
                self.assertEqual(self.earned(plan, self.leader), 6)

    def test_split(self):
        plan = self.plan(basis="invoiced", rate=3)
        order = self.sell((1000, 1))
        order.commission_split_ids = [
            Command.create({"user_id": self.seller.id, "percent": 70}),
            Command.create({"user_id": self.leader.id, "percent": 30}),
        ]
        self.bill(order, "2026-03-05")
        self.assertEqual(self.earned(plan), 21)
        self.assertEqual(self.earned(plan, self.leader), 9)

    def test_team_pool(self):
        """12. A quarter into a pool that the team shares half and half."""
        plan = self.plan(
            basis="invoiced",
            rate=4,
            member=[
                {"user_id": self.seller.id, "scope": "own", "share": 75},
                {"user_id": self.leader.id, "scope": "team", "share": 12.5}
                | {"team_id": self.team.id},
                {"user_id": self.other_seller.id, "scope": "team", "share": 12.5}
                | {"team_id": self.team.id},
            ],
        )
        self.document(1000, team_id=self.team.id)
        self.assertEqual(self.earned(plan), 30)
        self.assertEqual(self.earned(plan, self.leader), 5)
        self.assertEqual(self.earned(plan, self.other_seller), 5)

    def test_old_debt(self):
        """13. A bonus for what is collected more than 180 days late."""
        plan = self.plan(
            rate=0,
            factor=[
                {"driver": "days_due", "value_from": 181, "value_to": 0}
                | {"kind": "rate", "value": 2}
            ],
        )
        invoice = self.document(
            1000,
            tax=self.env["account.tax"],
            day="2026-01-01",
            invoice_date_due="2026-01-31",
        )
        self.pay(400, invoice, day="2026-07-30")  # 180 days
        self.assertEqual(self.earned(plan), 0)
        self.pay(600, invoice, day="2026-07-31")
        self.assertEqual(self.earned(plan), 12)

    def test_retroactive(self):
        """14. Above 100,000 the higher rate for all."""
        plan = self.plan(
            basis="invoiced",
            level_mode="retroactive",
            level=[{"bound": 0, "rate": 3}, {"bound": 100_000, "rate": 5}],
        )
        self.document(60_000, day="2026-03-02")
        self.assertEqual(self.earned(plan), 1800)
        self.document(30_000, day="2026-03-05")
        self.assertEqual(self.earned(plan), 2700)
        late = self.document(10_000, day="2026-03-01")  # earlier, entered later
        self.assertEqual(self.earned(plan), 5000)
        self.assertEqual(
            self.amounts(plan),
            {"2026-03-01": 500, "2026-03-02": 3000, "2026-03-05": 1500},
        )
        late.button_draft()
        self.assertEqual(self.earned(plan), 2700)
        self.assert_follows_from_the_documents(plan)

    def test_marginal(self):
        """The same with the higher rate for what is above."""
        plan = self.plan(
            basis="invoiced",
            rate=3,
            level=[{"bound": 100_000, "rate": 5}],
        )
        self.document(90_000, day="2026-03-02")
        self.document(30_000, day="2026-03-05")
        self.assertEqual(self.earned(plan), 4000)  # 100,000 at 3 %, 20,000 at 5 %
        self.document(10_000, day="2026-03-01")
        self.assertEqual(self.earned(plan), 4500)
        self.assert_follows_from_the_documents(plan)
