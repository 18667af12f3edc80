import random
from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon
from .test_commission_histories import cents

STEPS = 30
STEPS_OF_A_DAY = (
    *3 * ("pay", "bill"),
    *("credit", "pay back", "undo", "down", "date"),
)
END = date(2026, 12, 31)
BEGIN = date(2026, 3, 1)


@tagged("post_install", "-at_install")
class TestCommissionHistoriesOfCredits(CommissionRunCommon):
    """After any history of down payments, payments, credit notes and money that is paid
    back, what is booked is what Python says of the money, one by one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]
        (cls.bolts | cls.nuts | cls.screws).invoice_policy = "order"
        rule = [{"product_id": cls.bolts.id, "rate": 5}]
        cls.by_product = cls.plan(name="Product", rate=10, rule=rule)
        cls.begun = cls.plan(name="Begun", rate=10, date_from=BEGIN)
        days = {"driver": "days_invoice", "value_from": 30, "kind": "rate", "value": 1}
        cls.by_days = cls.plan(name="Days", rate=10, factor=[days])
        cls.released = cls.plan(
            name="Released",
            basis="ordered",
            rate=10,
            release=[{"event": "collected", "percent": 100}],
        )

    def test_random_histories(self):
        self.all_orders = self.env["sale.order"]
        for seed in range(4):
            with self.subTest(seed=seed):
                self.go_through(random.Random(seed))

    def go_through(self, chance):
        orders = self.env["sale.order"]
        for _step in range(STEPS):
            orders |= self.do_something(chance, orders)
            if chance.random() < 0.3:
                chance.choice(
                    (self.by_product, self.begun, self.by_days, self.released)
                )._run(END)
        self.all_orders |= orders
        self.assert_booked(self.all_orders)

    def do_something(self, chance, orders):
        """Do one thing of a day of business, and return the order that it made."""
        day = f"2026-0{chance.randint(1, 6)}-{chance.randint(1, 28):02}"
        if len(orders) < 2 or chance.random() < 0.1:
            lines = [
                (chance.randint(100, 9000) / 100, chance.randint(1, 5))
                for _line in range(chance.randint(1, 2))
            ]
            return self.sell(*lines, day="2026-01-01")
        order = orders[chance.randrange(len(orders))]
        step = chance.choice(STEPS_OF_A_DAY)
        if step == "down":
            self.pay_down(chance, order, day)
        elif step == "bill":
            if order.invoice_status == "to invoice":
                moves = order._create_invoices(final=True)
                moves.invoice_date = moves.date = day
                moves.action_post()
        else:
            self.do_with_invoice(chance, step, day, order.invoice_ids)
        return orders.browse()

    def pay_down(self, chance, order, day):
        if order.invoice_status != "to invoice":
            return
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 30})
        )
        invoice = wizard._create_invoices(order)
        invoice.invoice_date = day
        invoice.action_post()
        if chance.random() < 0.8:
            self.pay(invoice.amount_residual, invoice, day=day)

    def do_with_invoice(self, chance, step, day, invoices):
        posted = invoices.filtered(lambda move: move.state == "posted")
        if step == "pay back":
            posted = posted.filtered(lambda move: move.move_type == "out_refund")
        elif step in ("pay", "credit"):
            posted = posted.filtered(lambda move: move.move_type == "out_invoice")
        if not posted:
            return
        move = posted[chance.randrange(len(posted))]
        if step.startswith("pay") and move.amount_residual:
            amount = round(move.amount_residual * chance.choice((1, 1, 0.5)), 2)
            kind = "outbound" if step == "pay back" else "inbound"
            self.pay(amount or 0.01, move, day=day, payment_type=kind)
        elif step == "credit":
            refund = move._reverse_moves([{"invoice_date": day, "date": day}])
            if chance.random() < 0.5 and not self.has_down(move):
                refund.invoice_line_ids[:1].quantity = 1
            refund.action_post()
        elif step == "undo":
            move.line_ids.remove_move_reconcile()
        elif step == "date":
            move.button_draft()
            move.invoice_date = move.date = day
            move.action_post()

    def has_down(self, move):
        return any(move.invoice_line_ids.sale_line_ids.mapped("is_downpayment"))

    # ------------------------------------------------------------------
    # What Python says
    # ------------------------------------------------------------------

    def assert_booked(self, orders):
        money = self.get_money(orders)
        wanted = {
            self.by_product: defaultdict(Decimal),
            self.begun: defaultdict(Decimal),
            self.by_days: defaultdict(Decimal),
        }
        for booked_on, line, amount, earned in money:
            for like, paid, sold, part in earned:
                worth = amount * part
                rate = 5 if line.product_id == self.bolts else 10
                wanted[self.by_product][booked_on] += worth * rate / 100
                if like >= BEGIN:
                    wanted[self.begun][booked_on] += worth / 10
                days = max((paid - sold).days, 0)
                wanted[self.by_days][booked_on] += (
                    worth * (1 if days >= 30 else 10) / 100
                )
        entries = self.entries.sudo()  # nobody else reads of which line one is
        for plan, amounts in wanted.items():
            plan._run(END)
            booked = defaultdict(Decimal)
            for entry in entries.search([("plan_id", "=", plan.id)]):
                booked[entry.move_line_id] += cents(Decimal(entry.amount))
            amounts = {line: cents(round(each, 9)) for line, each in amounts.items()}
            self.assertEqual(
                {line: each for line, each in booked.items() if each},
                {line: each for line, each in amounts.items() if each},
                plan.name,
            )
            self.assertEqual(plan._run(END, rebuild=True), 0, plan.name)
        self.assert_released(orders, money)

    def assert_released(self, orders, money):
        self.released._run(END)
        booked, paid = defaultdict(Decimal), defaultdict(Decimal)
        entries = self.entries.sudo()
        for entry in entries.search([("plan_id", "=", self.released.id)]):
            booked[entry.order_line_id] += cents(Decimal(entry.amount))
        for _booked_on, line, amount, _earned in money:
            paid[line.sale_line_ids] += amount
        for line in orders.order_line:
            if not line.product_id or line.is_downpayment:
                continue
            whole = Decimal(str(line.price_subtotal))
            part = max(Decimal(0), min(Decimal(1), round(paid[line] / whole, 12)))
            self.assertEqual(booked[line], cents(whole * part / 10), line.id)
        self.assertEqual(self.released._run(END, rebuild=True), 0)

    def get_money(self, orders):
        """Return the line of the ledger, the line that it is money of, how much, and as
        which part of what money it is earned: day, day of the payment and of the sale."""
        rows = self.env["funnel.allocation"].search(
            [("invoice_line_id.move_id", "in", orders.invoice_ids.ids)]
        )
        money = []
        for row in rows:
            line, amount = row.invoice_line_id, Decimal(str(row.amount_untaxed))
            for goods, part in self.get_goods(line) or [(line, Decimal(1))]:
                money.append(
                    (goods, goods, amount * part, self.get_earned(goods, row, rows))
                )
            money += self.get_set_off(orders, row, rows)
        return money

    def get_goods(self, line):
        """Return the goods, each with its part, that a line sets a down payment off
        from; none where it does not."""
        if not line.sale_line_ids.is_downpayment:
            return []
        goods = line.move_id.invoice_line_ids.filtered(
            lambda own: own.product_id and not own.sale_line_ids.is_downpayment
        )
        total = sum(Decimal(str(-own.balance)) for own in goods)
        return [(own, Decimal(str(-own.balance)) / total) for own in goods]

    def get_earned(self, line, row, rows):
        credited = self.get_credited(line)
        paid = [
            own
            for own in rows
            if own.invoice_line_id == credited and own.date <= row.date
        ]
        sold = (credited or line).move_id.invoice_date
        total = sum(Decimal(str(own.amount_untaxed)) for own in paid)
        if not total:
            return [(row.date, row.date, sold, Decimal(1))]
        return [
            (own.date, own.date, sold, Decimal(str(own.amount_untaxed)) / total)
            for own in paid
        ]

    def get_credited(self, line):
        if line.move_id.move_type != "out_refund":
            return line.browse()
        invoice = line.move_id.reversed_entry_id
        lines = line.sale_line_ids.invoice_lines.filtered(
            lambda own: own.move_id.move_type == "out_invoice"
        )
        if invoice:
            return lines.filtered(lambda own: own.move_id == invoice)
        posted = lines.filtered(lambda own: own.parent_state == "posted")
        return posted.sorted(lambda own: (own.move_id.invoice_date, -own.id))[-1:]

    def get_set_off(self, orders, row, rows):
        """What of a row of a down payment goes over to goods."""
        down = row.invoice_line_id
        deposit = down.sale_line_ids
        is_paid_in = down.move_id.move_type == "out_invoice" and not self.get_goods(
            down
        )
        if not deposit.is_downpayment or not is_paid_in:
            return []
        posted = deposit.invoice_lines.filtered(
            lambda own: own.parent_state == "posted"
        )
        paid_in = sum(
            Decimal(str(-own.balance))
            for own in posted
            if not self.get_goods(own) and own.balance < 0
        )
        money = []
        for final in posted:
            part = (
                Decimal(str(row.amount_untaxed)) * Decimal(str(final.balance)) / paid_in
            )
            day = max(row.date, final.move_id.invoice_date)
            sold = down.move_id.invoice_date
            for goods, share in self.get_goods(final):
                earned = self.get_earned_by(goods, row, rows, day)
                money.append((goods, goods, part * share, earned))
                money.append(
                    (
                        final,
                        down,
                        -part * share,
                        [(row.date, row.date, sold, Decimal(1))],
                    )
                )
        return money

    def get_earned_by(self, goods, row, rows, day):
        if not self.get_credited(goods):
            return [(day, row.date, goods.move_id.invoice_date, Decimal(1))]
        at_day = type("Row", (), {"date": day})
        earned = self.get_earned(goods, at_day, rows)
        if earned[0][0] == day and earned[0][1] == day and len(earned) == 1:
            return [(day, row.date, earned[0][2], Decimal(1))]
        return earned
