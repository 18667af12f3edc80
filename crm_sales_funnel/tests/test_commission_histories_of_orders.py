import random
from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon
from .test_commission_histories import cents

STEPS = 40
STEPS_OF_A_DAY = (
    *3 * ("deliver", "bill", "pay all"),
    *("pay", "credit", "undo", "date", "fewer"),
)
END = date(2026, 12, 31)
CLOSED = ("paid", "in_payment", "reversed")


@tagged("post_install", "-at_install")
class TestCommissionHistoriesOfOrders(CommissionRunCommon):
    """After any history of orders that are delivered, invoiced and paid in parts, what
    is released is what Python says, line by line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.bolts | cls.nuts | cls.screws).invoice_policy = "delivery"
        cls.released = {
            event: cls.plan(
                name=event,
                basis="ordered",
                rate=10,
                release=[{"event": event, "percent": 100}],
            )
            for event in ("invoiced", "collected", "fully_collected")
        }
        cls.invoiced = cls.plan(name="Invoiced", basis="invoiced", rate=10)
        cls.delivered = {
            event: cls.plan(
                name=f"Delivered, {event}",
                basis="delivered",
                rate=10,
                release=[{"event": event, "percent": 100}],
            )
            for event in ("invoiced", "collected")
        }

    def test_random_histories(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                self.go_through(random.Random(seed))

    def go_through(self, chance):
        orders = self.env["sale.order"]
        for _step in range(STEPS):
            orders |= self.do_something(chance, orders)
            if chance.random() < 0.4:
                plans = [*self.released.values(), *self.delivered.values()]
                chance.choice([*plans, self.invoiced])._run(END)
        self.assert_booked(orders)
        self.assert_deliveries_booked(orders)

    def do_something(self, chance, orders):
        """Do one thing of a day of business, and return the order that it made."""
        day = f"2026-0{chance.randint(1, 6)}-{chance.randint(1, 28):02}"
        if len(orders) < 2 or chance.random() < 0.1:
            lines = [
                (chance.randint(100, 9000) / 100, chance.randint(1, 5))
                for _line in range(chance.randint(1, 2))
            ]
            return self.sell_by_some(chance, lines, day)
        order = orders[chance.randrange(len(orders))]
        step = chance.choice(STEPS_OF_A_DAY)
        if step == "deliver":
            self.deliver_some(chance, order, day)
        elif step == "bill":
            billed = orders if chance.random() < 0.5 else order
            billed = billed.filtered(lambda each: each.invoice_status == "to invoice")
            if billed:
                moves = billed._create_invoices(final=True)
                moves.invoice_date = moves.date = day
                moves.action_post()
        elif step == "fewer":
            order.picking_ids.filtered(
                lambda each: each.state not in ("done", "cancel")
            ).action_cancel()
        else:
            self.do_with_invoice(chance, step, day, order.invoice_ids)
        return orders.browse()

    def sell_by_some(self, chance, lines, day):
        seller = chance.choice((self.seller, self.other_seller))
        order = self.sell(*lines, day=day, user_id=seller.id)
        if chance.random() < 0.5:
            order.commission_split_ids = [
                Command.create({"user_id": user.id, "percent": percent})
                for user, percent in ((seller, 70), (self.leader, 30))
            ]
        return order

    def deliver_some(self, chance, order, day):
        picking = order.picking_ids.filtered(
            lambda each: each.state not in ("done", "cancel")
        )
        if picking:
            self.deliver(
                order,
                day,
                *[
                    chance.randint(1, int(move.product_uom_qty))
                    for move in picking.move_ids
                ],
            )

    def do_with_invoice(self, chance, step, day, invoices):
        posted = invoices.filtered(lambda move: move.state == "posted")
        if not posted:
            return
        move = posted[chance.randrange(len(posted))]
        is_refund = move.move_type == "out_refund"
        if step.startswith("pay") and move.amount_residual:
            part = 1 if step == "pay all" else chance.choice((1, 0.5, 0.333))
            amount = round(move.amount_residual * part, 2) or 0.01
            kind = "outbound" if is_refund else "inbound"
            self.pay(amount, move, day=day, payment_type=kind)
        elif step == "credit" and not is_refund:
            refund = move._reverse_moves([{"invoice_date": day, "date": day}])
            refund.invoice_line_ids[:1].quantity = 1
            refund.action_post()
            if chance.random() < 0.5:
                self.match(move, refund)
        elif step == "undo":
            move.line_ids.remove_move_reconcile()
        elif step == "date":
            move.button_draft()
            move.invoice_date = move.date = day
            move.action_post()

    def assert_booked(self, orders):
        for event, plan in self.released.items():
            plan._run(END)
            booked = defaultdict(Decimal)
            entries = self.entries.sudo()  # nobody else reads of which line one is
            for entry in entries.search([("plan_id", "=", plan.id)]):
                key = entry.user_id, entry.order_line_id
                booked[key] += cents(Decimal(entry.amount))
            for line in orders.order_line.filtered("product_id"):
                part = max(Decimal(0), min(Decimal(1), self.get_part(event, line)))
                worth = Decimal(str(line.price_subtotal)) * part / 10
                for user, share in self.get_sellers(line.order_id):
                    wanted = cents(worth * share)
                    self.assertEqual(booked[user, line], wanted, f"{event} {line.id}")
            self.assertEqual(plan._run(END, rebuild=True), 0, event)
        self.assert_whose(orders)

    def get_sellers(self, order):
        """Return who sold it, each with a part of 1."""
        return [
            (part.user_id, Decimal(str(part.percent)) / 100)
            for part in order.commission_split_ids
        ] or [(order.user_id, Decimal(1))]

    def assert_whose(self, orders):
        """Check that each line of an invoice is whose its order is."""
        self.invoiced._run(END)
        wanted, booked = {}, defaultdict(Decimal)
        for line in orders.order_line.invoice_lines:
            if line.parent_state != "posted":
                continue
            for user, share in self.get_sellers(line.sale_line_ids.order_id):
                wanted[user, line] = cents(Decimal(str(-line.balance)) * share / 10)
        entries = self.entries.sudo()
        for entry in entries.search([("plan_id", "=", self.invoiced.id)]):
            line = entry.move_line_id
            if line.sale_line_ids.order_id & orders:
                booked[entry.user_id, line] += cents(Decimal(entry.amount))
        self.assertEqual(
            {key: amount for key, amount in booked.items() if amount},
            {key: amount for key, amount in wanted.items() if amount},
        )
        self.assertEqual(self.invoiced._run(END, rebuild=True), 0)

    def assert_deliveries_booked(self, orders):
        """What is released of a line releases its deliveries in their order."""
        entries = self.entries.sudo()  # nobody else reads of which line one is
        for event, plan in self.delivered.items():
            plan._run(END)
            for line in orders.order_line.filtered("product_id"):
                booked = defaultdict(float)
                for entry in entries.search(
                    [("plan_id", "=", plan.id), ("order_line_id", "=", line.id)]
                ):
                    booked[entry.event_date] += entry.amount
                wanted = self.get_delivered(event, line)
                whole = sum(wanted.values(), Decimal(0))
                shares = [share for _user, share in self.get_sellers(line.order_id)]
                self.assertAlmostEqual(
                    sum(booked.values()),
                    float(sum(cents(whole * share) for share in shares)),
                    msg=f"{plan.name} {line.id}",
                )
                # Rounded as a whole, and not each.
                for day, amount in wanted.items():
                    self.assertAlmostEqual(booked[day], float(amount), delta=0.06)
            self.assertEqual(plan._run(END, rebuild=True), 0, plan.name)

    def get_delivered(self, event, line):
        """Return day of delivery -> what is released of what was earned on it."""
        ordered = Decimal(str(line.product_uom_qty))
        earned = Decimal(str(line.price_subtotal)) / 10 / ordered
        left = max(Decimal(0), self.get_part(event, line)) * ordered
        wanted = defaultdict(Decimal)
        done = line.move_ids.filtered(lambda move: move.state == "done")
        for move in done.sorted(lambda move: (move.date, move.id)):
            released = min(left, Decimal(str(move.quantity)))
            left -= released
            wanted[move.date.date()] += earned * released
        return wanted

    def get_part(self, event, line):
        """Return which part of an order line is released by what was posted."""
        if event == "collected":
            rows = self.env["funnel.allocation"].search(
                [("sale_line_id", "=", line.id), ("partial_id", "!=", False)]
            )
            return self.get_part_of(line, sum(rows.mapped("amount_untaxed")))
        posted = line.invoice_lines.filtered(lambda own: own.parent_state == "posted")
        if event == "fully_collected":
            if not self.is_over(line, posted):
                return Decimal(0)
            posted = posted.filtered(lambda own: own.move_id.payment_state in CLOSED)
        return self.get_part_of(line, -sum(posted.mapped("balance")))

    def get_part_of(self, line, amount):
        return Decimal(str(round(amount, 2))) / Decimal(str(line.price_subtotal))

    def is_over(self, line, posted):
        """Return whether all that comes of an order line is invoiced and paid."""
        sold = posted.filtered(lambda own: own.move_id.move_type == "out_invoice")
        coming = line.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        invoiced = sum(sold.mapped("quantity"))
        return (
            bool(sold)
            and all(own.move_id.payment_state in CLOSED for own in sold)
            and (
                invoiced >= line.product_uom_qty
                or (not coming and invoiced >= line.qty_delivered > 0)
            )
        )
