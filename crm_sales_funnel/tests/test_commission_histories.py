import random
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon

STEPS = 30
LEVELS = ((0, 2), (800, 4), (2000, 7))
END = date(2026, 12, 31)


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@tagged("post_install", "-at_install")
class TestCommissionHistories(CommissionRunCommon):
    """After any history what is booked is what Python computes from the documents, one
    by one, whenever it was run and in whatever order it happened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        levels = [{"bound": bound, "rate": rate} for bound, rate in LEVELS]
        cls.simple = cls.plan(name="Simple", rate=3)
        cls.marginal = cls.plan(
            name="Marginal",
            basis="invoiced",
            level=levels,
            release=[{"event": "collected", "percent": 100}],
        )
        cls.retroactive = cls.plan(
            name="Retroactive", basis="invoiced", level_mode="retroactive", level=levels
        )
        cls.untaxed = cls.env["account.tax"]

    def test_random_histories(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                self.go_through(random.Random(seed))

    def go_through(self, chance):
        invoices = self.env["account.move"]
        for _step in range(STEPS):
            invoices |= self.do_something(chance, invoices)
            if chance.random() < 0.3:
                self.run_some(chance)
        self.run_some(chance, self.plans.browse())
        self.assert_booked()

    def run_some(self, chance, plans=None):
        if plans is None:
            plans = chance.choice((self.simple, self.marginal, self.plans.browse()))
        plans._run(END)

    def do_something(self, chance, invoices):
        """Do one thing of a day of business, and return what invoice it made."""
        day = f"2026-0{chance.randint(1, 6)}-{chance.randint(1, 28):02}"
        seller = chance.choice((self.seller, self.leader))
        open_ones = invoices.filtered(
            lambda move: move.state == "posted" and move.amount_residual
        )
        step = chance.choice(
            ("invoice", "invoice", "pay", "pay", "undo", "credit", "draft")
        )
        if step == "invoice" or not open_ones:
            prices = [
                chance.randint(1, 90000) / 100 for _line in range(chance.randint(1, 3))
            ]
            tax = chance.choice((self.vat, self.untaxed))
            return self.document(*prices, day=day, tax=tax, invoice_user_id=seller.id)
        invoice = open_ones[chance.randrange(len(open_ones))]
        if step == "pay":
            part = chance.choice((1, 0.5, 0.333, 0.1))
            self.pay(round(invoice.amount_residual * part, 2) or 0.01, invoice, day=day)
        elif step == "undo":
            invoice.line_ids.remove_move_reconcile()
        elif step == "credit":
            refund = invoice._reverse_moves([{"invoice_date": day, "date": day}])
            for line in refund.invoice_line_ids:
                line.price_unit = round(line.price_unit * chance.choice((1, 0.3)), 2)
            refund.action_post()
            self.match(invoice, refund)
            return refund
        elif step == "draft":
            paid = invoice._get_reconciled_payments()
            paid = paid.filtered(lambda payment: payment.move_id.state == "posted")
            if paid:
                paid[0].action_draft()
            else:
                invoice.button_draft()
        return invoices.browse()

    def assert_booked(self):
        for plan, wanted in (
            (self.simple, self.get_simple()),
            (self.marginal, self.get_marginal()),
            (self.retroactive, self.get_retroactive()),
        ):
            booked = defaultdict(Decimal)
            entries = self.entries.sudo()  # nobody else reads of which line one is
            for entry in entries.search([("plan_id", "=", plan.id)]):
                booked[entry.user_id, entry.move_line_id] += cents(
                    Decimal(entry.amount)
                )
            found = {key: amount for key, amount in booked.items() if amount}
            wanted = {key: amount for key, amount in wanted.items() if amount}
            self.assertEqual(found, wanted, plan.name)
            self.assertEqual(plan._run(END, rebuild=True), 0, plan.name)

    def get_money(self):
        """Return line -> what was paid of it, one after the other."""
        rows = self.env["funnel.allocation"].search(
            [("company_id", "=", self.company.id), ("invoice_line_id", "!=", False)],
            order="date, partial_id",
        )
        return {
            line: [(row.date, Decimal(str(row.amount_untaxed))) for row in some]
            for line, some in rows.grouped("invoice_line_id").items()
            if line.parent_state == "posted" and line.display_type == "product"
        }

    def get_simple(self):
        return {
            (line.move_id.commission_user_id, line): cents(
                sum(amount for _date, amount in money) * 3 / 100
            )
            for line, money in self.get_money().items()
        }

    def get_lines(self):
        """Return (salesperson, month) -> the lines of posted documents in order."""
        lines = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
                ("display_type", "=", "product"),
                ("move_id.move_type", "in", ("out_invoice", "out_refund")),
            ]
        )
        groups = defaultdict(list)
        for line in lines.sorted(lambda line: (line.move_id.invoice_date, line.id)):
            month = line.move_id.invoice_date.replace(day=1)
            groups[line.move_id.commission_user_id, month].append(line)
        return groups

    def get_marginal(self):
        money = self.get_money()
        wanted = {}
        for (user, _month), lines in self.get_lines().items():
            reached = Decimal(0)
            for line in lines:
                worth = Decimal(str(-line.balance))
                earned = self.climb(reached + worth) - self.climb(reached)
                reached += worth
                paid = sum(amount for _date, amount in money.get(line, ()))
                wanted[user, line] = cents(earned * paid / worth)
        return wanted

    def climb(self, height):
        """Return what all up to a height earns, each level at its own rate."""
        total = Decimal(0)
        ends = [bound for bound, _rate in LEVELS[1:]] + [10**12]
        for (bound, rate), end in zip(LEVELS, ends, strict=True):
            low = Decimal(-(10**12)) if not bound else Decimal(bound)
            within = min(max(height, low), Decimal(end)) - low
            total += within * rate
        return total / 100

    def get_retroactive(self):
        wanted = {}
        for (user, _month), lines in self.get_lines().items():
            total = sum(Decimal(str(-line.balance)) for line in lines)
            rate = max(
                (bound, rate)
                for bound, rate in LEVELS
                if bound <= max(total, Decimal(0))
            )[1]
            for line in lines:
                wanted[user, line] = cents(Decimal(str(-line.balance)) * rate / 100)
        return wanted
