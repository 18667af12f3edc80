from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon

SPACE = "\N{NO-BREAK SPACE}"


@tagged("post_install", "-at_install")
class TestCommissionExplained(CommissionRunCommon):
    """Every entry says how its amount comes about; what corrects another, by both."""

    def correct(self, invoice, price):
        invoice.button_draft()
        if price:
            invoice.invoice_line_ids.price_unit = price
            invoice.action_post()

    def told(self, plan):
        self.earned(plan)
        return [
            (entry.type, entry.base, entry.amount, entry.explanation.replace(SPACE, ""))
            for entry in self.entries.search([("plan_id", "=", plan.id)], order="id")
        ]

    def test_corrected_taken_back_and_booked_again(self):
        plan = self.plan(rate=3, basis="invoiced")
        invoice = self.document(1000)
        wanted = [("earned", 1000, 30, "$1,000.00 × 3 %")]
        self.assertEqual(self.told(plan), wanted)
        self.correct(invoice, 900)
        wanted.append(
            ("true_up", -100, -3, "$900.00 × 3 % = $27.00, less $30.00 booked before")
        )
        self.assertEqual(self.told(plan), wanted)
        self.correct(invoice, 950)
        wanted.append(
            ("true_up", 50, 1.5, "$950.00 × 3 % = $28.50, less $27.00 booked before")
        )
        self.assertEqual(self.told(plan), wanted)
        self.correct(invoice, None)
        wanted.append(
            (
                "reversal",
                -950,
                -28.5,
                "$28.50 was booked before, nothing of it is due",
            )
        )
        self.assertEqual(self.told(plan), wanted)
        invoice.action_post()
        wanted.append(("true_up", 950, 28.5, "$950.00 × 3 %"))
        self.assertEqual(self.told(plan), wanted)
        self.env.invalidate_all()
        finance = self.entries.with_user(self.users["finance"])
        (total,) = finance._read_group([("plan_id", "=", plan.id)], [], ["base:sum"])
        self.assertEqual(total, (950,))

    def test_level_and_bonus(self):
        plan = self.plan(
            basis="invoiced",
            level_mode="retroactive",
            level=[{"bound": 0, "rate": 2}, {"bound": 1000, "rate": 5, "fixed": 7}],
        )
        invoice = self.document(900)
        self.document(60, day="2026-03-02")
        self.assertEqual(self.earned(plan), 19.2)
        self.correct(invoice, 1000)
        # Both of one day.
        self.assertCountEqual(
            self.told(plan)[2:],
            [
                ("true_up", 0, 1.8, "$60.00 × 5 % = $3.00, less $1.20 booked before"),
                (
                    "true_up",
                    100,
                    39,
                    "($1,000.00 × 5 % + $7.00) = $57.00, less $18.00 booked before",
                ),
            ],
        )
        self.correct(invoice, None)
        self.assertEqual(self.earned(plan), 1.2)
        (sums,) = self.entries._read_group(
            [("plan_id", "=", plan.id)], [], ["base:sum", "fixed:sum", "amount:sum"]
        )
        self.assertEqual(sums, (60, 0, 1.2))

    def test_part_of_an_other_share(self):
        plan = self.plan(
            basis="invoiced", rate=3, release=[{"event": "collected", "percent": 100}]
        )
        invoice = self.document(1000)
        self.pay(565, invoice)
        self.earned(plan)
        invoice.commission_split_ids = [
            Command.create({"user_id": user.id, "percent": percent})
            for user, percent in ((self.seller, 60), (self.leader, 40))
        ]
        self.assertEqual(
            self.told(plan)[1:],
            [
                (
                    "true_up",
                    -400,
                    -6,
                    "$600.00 × 3 % × 50 % = $9.00, less $15.00 booked before",
                ),
                ("earned", 400, 6, "$400.00 × 3 % × 50 %"),
            ],
        )

    def test_it_comes_to_big_amounts(self):
        """With as many places as it takes, and no more."""
        level = [{"bound": 1_000_000, "rate": 10}]
        release = [{"event": "collected", "percent": 100}]
        plan = self.plan(basis="invoiced", rate=0, level=level, release=release)
        invoice = self.document(1_500_000, tax=self.env["account.tax"])
        for day in range(3):
            self.pay(500_000, invoice, day=f"2026-03-1{day}")
        self.assertEqual(
            [(amount, text) for _type, _base, amount, text in self.told(plan)],
            [
                (16_666.67, "$1,500,000.00 × 3.33333333 % × 33.33333333 %"),
                (16_666.66, "$1,500,000.00 × 3.333333 % × 33.333333 %"),
                (16_666.67, "$1,500,000.00 × 3.33333333 % × 33.33333333 %"),
            ],
        )

    def test_read_in_one_query(self):
        plan = self.plan(rate=3, basis="invoiced")
        invoices = [self.document(1000 + number) for number in range(12)]
        for price in (900, 800):
            self.earned(plan)
            for invoice in invoices:
                self.correct(invoice, price)
        self.earned(plan)
        entries = self.entries.search([("plan_id", "=", plan.id)])
        self.assertEqual(len(entries), 36)
        counts = []
        for some in (entries[:3], entries):
            self.env.invalidate_all()
            some.mapped("explanation")
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.mapped("explanation")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
