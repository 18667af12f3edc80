import random
from collections import defaultdict
from datetime import date, timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_receivable_statement import StatementCommon

SEEDS = 12
PERIODS = 2
STEPS = 3  # in each of them
DAYS = 30
PRICE = 11.3


@tagged("post_install", "-at_install")
class TestReceivableStatementHistory(StatementCommon):
    """Random histories of customers who settle by statements, and nothing else, beside
    what is written down of each event as it happens."""

    def test_any_history(self):
        # Freezing the clock takes longer than moving it.
        freezer = self.on("2026-01-02")
        clock = freezer.start()
        self.addCleanup(freezer.stop)
        for seed in range(SEEDS):
            with self.subTest(seed=seed), mute_logger("odoo.addons.sale_stock"):
                savepoint = self.cr.savepoint()
                try:
                    SettledHistory(self, seed, clock).play()
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()


class SettledHistory:
    """Two orders of a customer, of whom statements are made, confirmed and invoiced,
    sooner or later."""

    def __init__(self, test, seed, clock):
        self.test, self.random, self.clock = test, random.Random(seed), clock
        self.go_to(date(2026, 1, 2))
        test.picking.action_cancel()
        test.bolt.invoice_policy = self.random.choice(["delivery", "order"])
        first, second = (self.random.randint(4, 9) for _order in range(2))
        self.orders = test.deliverable(first).sale_id
        self.orders |= test.deliverable(second).sale_id
        self.given = defaultdict(int)  # picking -> what can come back of it
        self.told = test.statements.browse()
        self.new = []  # kind and amount of events that are on no statement yet

    def go_to(self, day):
        self.clock.move_to(f"{day} 12:00:00")

    def play(self):
        first = date(2026, 1, 3)
        steps = [self.deliver, self.deliver, self.give_back, self.receive]
        for _period in range(PERIODS):
            last = first + timedelta(days=DAYS - 1)
            for offset in sorted(self.random.sample(range(DAYS), STEPS)):
                self.go_to(first + timedelta(days=offset))
                self.random.choice([*steps, self.settle])()
            self.go_to(last)
            self.make(first, last)
            first = last + timedelta(days=1)
        self.end(first)

    def end(self, day):
        """Deliver the rest, and settle all there is."""
        self.go_to(day)
        while self.planned():
            self.deliver(everything=True)
        self.make(day, day)
        self.go_to(day + timedelta(days=1))
        self.settle(everything=True)
        self.check_end()

    def planned(self):
        return self.orders.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )

    def deliver(self, everything=False):
        planned = self.planned()
        if planned:
            picking = self.random.choice(planned)
            most = int(picking.move_ids.product_uom_qty)
            quantity = most if everything else self.random.randint(1, most)
            self.test.deliver(picking, quantity)
            self.given[picking] += quantity
            self.new.append(("delivered", quantity * PRICE))

    def give_back(self):
        given = [picking for picking, quantity in self.given.items() if quantity]
        if given:
            picking = self.random.choice(given)
            quantity = self.random.randint(1, self.given[picking])
            self.test.give_back(picking, quantity)
            self.given[picking] -= quantity
            self.new.append(("returned", -quantity * PRICE))

    def receive(self):
        amount = self.random.randint(1, 99)
        self.test.receive_on(date.today(), amount)
        self.new.append(("received", -amount))

    def settle(self, everything=False):
        """Confirm and invoice statements, the oldest first, and post the invoices."""
        waiting = self.told.filtered(lambda each: each.state != "invoiced")
        waiting = waiting.sorted("date_to")
        if not everything:
            waiting = waiting[:1]
        for statement in waiting:
            if statement.state == "draft":
                statement.action_confirm()
            if statement.state == "confirmed":
                statement.action_invoice()
            invoice = statement.invoice_ids.sudo()
            invoice.filtered(lambda move: move.state == "draft").action_post()

    def make(self, first, last):
        """Make the next statement, and hold it against what was written down."""
        test = self.test
        test.env.flush_all()
        test.env.invalidate_all()
        statement = test.make(first, last)
        sums = defaultdict(float)
        for name, amount in self.new:
            sums[name] += amount
        for name in ("delivered", "returned", "received", "other"):
            test.assertAlmostEqual(statement[name], sums[name], 2, name)
        before = self.told.sorted("date_to")[-1:]
        test.assertAlmostEqual(statement.opening, before.closing, 2)
        test.assertAlmostEqual(
            statement.closing, statement.opening + sum(sums.values()), 2
        )
        self.new = []
        self.told |= statement

    def check_end(self):
        test = self.test
        test.env.invalidate_all()
        test.assertEqual(set(self.told.mapped("state")), {"invoiced"})
        moves = self.orders.picking_ids.move_ids
        moves = moves.filtered(lambda move: move.state == "done")
        test.assertEqual(self.told.line_ids.stock_move_id, moves)
        slips = self.told.line_ids.filtered("stock_move_id")
        test.assertEqual(len(slips), len(moves))  # each on one
        for line in self.orders.order_line:
            test.assertAlmostEqual(line.qty_invoiced_posted, line.qty_delivered)
        last = self.told.sorted("date_to")[-1]
        test.assert_debts(last.closing, 0)
