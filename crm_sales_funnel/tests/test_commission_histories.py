import random
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from odoo import Command, fields
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon

STEPS = 30
STEPS_OF_A_DAY = (
    *2 * ("invoice", "pay"),
    *("undo", "credit", "draft", "date", "date of money", "split", "version"),
)
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
        cls.quarterly = cls.plan(
            name="Quarterly",
            level_mode="retroactive",
            period="quarter",
            level=levels,
        )
        cls.sellers = cls.seller | cls.other_seller | cls.leader
        of_team = {"scope": "team", "team_id": cls.team.id, "share": 20}
        cls.led = cls.plan(
            name="Led",
            basis="invoiced",
            rate=4,
            member=[{"user_id": user.id} for user in cls.sellers]
            + [{"user_id": cls.leader.id, **of_team}],
        )
        cls.versions = cls.plan(name="Version", basis="invoiced", rate=3)
        of_year = {"basis": "invoiced", "period": "year", "level": levels}
        cls.years = cls.plan(name="Years", level_mode="retroactive", **of_year)
        cls.climbed = cls.plan(name="Climbed", **of_year)
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
            plans = chance.choice(
                (self.simple, self.marginal, self.quarterly, self.plans.browse())
            )
        plans._run(END)

    def do_something(self, chance, invoices):
        """Do one thing of a day of business, and return what invoice it made."""
        day = f"2026-0{chance.randint(1, 6)}-{chance.randint(1, 28):02}"
        seller = chance.choice((self.seller, self.leader))
        open_ones = invoices.filtered(
            lambda move: move.state == "posted" and move.amount_residual
        )
        step = chance.choice(STEPS_OF_A_DAY)
        if step == "invoice" or not open_ones:
            prices = [
                chance.randint(1, 90000) / 100 for _line in range(chance.randint(1, 3))
            ]
            return self.document(
                *prices,
                day=day,
                tax=chance.choice((self.vat, self.untaxed)),
                invoice_user_id=seller.id,
                team_id=chance.choice((self.team.id, False)),
            )
        posted = invoices.filtered(lambda move: move.state == "posted")
        any_one = posted[chance.randrange(len(posted))]
        if step == "date":
            self.move_to(any_one, day)
        elif step == "date of money":
            self.move_money(any_one, day)
        elif step == "split":
            self.split(chance, any_one)
        elif step == "version":
            self.make_version(chance)
        else:
            return self.do_with_open(chance, step, day, open_ones)
        return invoices.browse()

    def move_to(self, invoice, day):
        invoice.button_draft()
        invoice.invoice_date = invoice.date = day
        invoice.action_post()

    def move_money(self, invoice, day):
        """A posted payment is corrected, and pays the same again."""
        for payment in invoice._get_reconciled_payments()[:1]:
            paid = payment.reconciled_invoice_ids
            payment.action_draft()
            payment.date = day
            payment.action_post()
            self.match(payment.move_id, *paid)

    def split(self, chance, invoice):
        percent = chance.choice((100, 70, 33.3))
        users = chance.sample(list(self.sellers), 2)
        parts = [(users[0], percent), (users[1], 100 - percent)]
        invoice.commission_split_ids = [Command.clear()] + [
            Command.create({"user_id": user.id, "percent": part})
            for user, part in parts
            if part
        ]

    def make_version(self, chance):
        """From a day that has passed, and was run."""
        name = chance.choice(("versions", "years", "climbed"))
        last = getattr(self, name)[-1]
        begin = fields.Date.add(last.date_from, days=chance.randint(10, 60))
        last.action_new_version()
        version = self.plans.search([("previous_id", "=", last.id)])
        version.write({"date_from": begin, "rate": chance.randint(1, 9)})
        version.action_approve()
        # All is run once, and then what is touched.
        versions = version._get_versions()
        versions._run(END)
        self.days_later(versions)
        setattr(type(self), name, getattr(self, name) + version)

    def do_with_open(self, chance, step, day, open_ones):
        """Do something with what is not paid, and return the credit note of it."""
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
        return invoice.browse()

    def assert_booked(self):
        for plans, wanted in (
            (self.simple, self.get_simple()),
            (self.marginal, self.get_marginal()),
            (self.retroactive, self.get_retroactive()),
            (self.quarterly, self.get_quarterly()),
            (self.led, self.get_led()),
            (self.versions, self.get_versions()),
            (self.years, self.get_years()),
        ):
            booked = defaultdict(Decimal)
            entries = self.entries.sudo()  # nobody else reads of which line one is
            for entry in entries.search([("plan_id", "in", plans.ids)]):
                booked[entry.user_id, entry.move_line_id] += cents(
                    Decimal(entry.amount)
                )
            found = {key: amount for key, amount in booked.items() if amount}
            wanted = {key: amount for key, amount in wanted.items() if amount}
            self.assertEqual(found, wanted, plans[0].name)
            self.assertEqual(plans._run(END, rebuild=True), 0, plans[0].name)
        self.assertEqual(self.climbed._run(END, rebuild=True), 0, "climbed")

    def get_sellers(self, move):
        """Return who sold it, each with a part of 1."""
        sold = move
        if move.move_type == "out_refund":
            sold = move.reversed_entry_id or move
        splits = move.commission_split_ids or sold.commission_split_ids
        if not splits:
            return [(sold.commission_user_id, Decimal(1))]
        return [(split.user_id, Decimal(str(split.percent)) / 100) for split in splits]

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
            (user, line): cents(sum(amount for _date, amount in money) * part * 3 / 100)
            for line, money in self.get_money().items()
            for user, part in self.get_sellers(line.move_id)
        }

    def get_quarterly(self):
        paid = defaultdict(Decimal)
        for line, money in self.get_money().items():
            for user, part in self.get_sellers(line.move_id):
                for day, amount in money:
                    quarter = (day.month - 1) // 3
                    paid[user, quarter, line] += amount * part
        totals = defaultdict(Decimal)
        for (user, quarter, _line), amount in paid.items():
            totals[user, quarter] += amount
        wanted = defaultdict(Decimal)
        for (user, quarter, line), amount in paid.items():
            rate = self.get_rate(totals[user, quarter])
            wanted[user, line] += cents(amount * rate / 100)
        return wanted

    def get_posted_lines(self):
        """Return the lines of posted documents in order."""
        lines = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("parent_state", "=", "posted"),
                ("display_type", "=", "product"),
                ("move_id.move_type", "in", ("out_invoice", "out_refund")),
            ]
        )
        return lines.sorted(lambda line: (line.move_id.invoice_date, line.id))

    def get_led(self):
        """Who leads earns a fifth of what others of the team sold, in addition."""
        wanted = defaultdict(Decimal)
        for line in self.get_posted_lines():
            worth = Decimal(str(-line.balance)) * 4 / 100
            others = Decimal(0)
            for user, part in self.get_sellers(line.move_id):
                wanted[user, line] += cents(worth * part)
                if user != self.leader:
                    others += part
            if line.move_id.team_id == self.team:
                wanted[self.leader, line] += cents(worth * others / 5)
        return wanted

    def get_versions(self):
        wanted = {}
        for line in self.get_posted_lines():
            # What is credited is taken back by the version that paid it.
            sold = line.move_id
            if sold.move_type == "out_refund":
                sold = sold.reversed_entry_id or sold
            day = sold.invoice_date
            plan = [each for each in self.versions if each.date_from <= day][-1]
            worth = Decimal(str(-line.balance)) * Decimal(plan.rate) / 100
            for user, part in self.get_sellers(line.move_id):
                wanted[user, line] = cents(worth * part)
        return wanted

    def get_lines(self):
        """Return (salesperson, month) -> lines in order, with the part of each."""
        groups = defaultdict(list)
        for line in self.get_posted_lines():
            # What is credited counts in the month of what it takes back.
            sold = line.move_id.reversed_entry_id or line.move_id
            day = min(line.move_id.invoice_date, sold.invoice_date)
            if line.move_id.move_type != "out_refund":
                day = line.move_id.invoice_date
            month = day.replace(day=1)
            for user, part in self.get_sellers(line.move_id):
                groups[user, month].append((line, Decimal(str(-line.balance)) * part))
        return groups

    def get_marginal(self):
        money = self.get_money()
        wanted = {}
        for (user, _month), lines in self.get_lines().items():
            reached = Decimal(0)
            for line, worth in lines:
                earned = self.climb(reached + worth) - self.climb(reached)
                reached += worth
                paid = sum(amount for _date, amount in money.get(line, ()))
                wanted[user, line] = cents(earned * paid / Decimal(str(-line.balance)))
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
            rate = self.get_rate(sum(worth for _line, worth in lines))
            for line, worth in lines:
                wanted[user, line] = cents(worth * rate / 100)
        return wanted

    def get_years(self):
        """All of the year counts, whichever version pays what of it."""
        worths = defaultdict(Decimal)
        for (user, _month), lines in self.get_lines().items():
            for line, worth in lines:
                worths[user, line] += worth
        totals = defaultdict(Decimal)
        for (user, _line), worth in worths.items():
            totals[user] += worth
        return {
            (user, line): cents(worth * self.get_rate(totals[user]) / 100)
            for (user, line), worth in worths.items()
        }

    def get_rate(self, total):
        """Return the rate of the highest level that is reached."""
        return max(
            (bound, rate) for bound, rate in LEVELS if bound <= max(total, Decimal(0))
        )[1]
