import random
from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_receivable_slip import SlipDebtCommon
from .uninvoiced_history import History

MARCH = date(2026, 3, 1), date(2026, 3, 31)
APRIL = date(2026, 4, 1), date(2026, 4, 30)
SEEDS = 8
PERIODS = 4


class StatementCommon(SlipDebtCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.statements = cls.env["funnel.statement"].with_user(cls.users["finance"])
        cls.finance = cls.users["finance"]

    def make(self, first, last, customers=None):
        return self.statements._make(
            self.company, customers or self.partner, first, last
        )

    def on(self, day):
        """Do what follows on a day, at noon."""
        return freeze_time(f"{day} 12:00:00")

    def deliver_on(self, day, quantity=10, **values):
        with self.on(day):
            return self.deliver(self.deliverable(quantity, **values), quantity)

    def new_service(self, policy="delivery", price=50):
        return self.env["product.product"].create(
            {
                "name": "Assembly",
                "type": "service",
                "invoice_policy": policy,
                "taxes_id": False,
                "list_price": price,
            }
        )

    def add_service(self, order, quantity, **values):
        """Add a service to an order, and return its line."""
        service = self.new_service(**values)
        order.order_line = [
            Command.create({"product_id": service.id, "product_uom_qty": quantity})
        ]
        return order.order_line[-1]

    def receive_on(self, day, amount):
        payment = self.env["account.payment"].create(
            {
                "amount": amount,
                "date": day,
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.partner.id,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment

    def invoice_on(self, day, picking):
        with self.on(day):
            invoice = picking.sale_id._create_invoices(final=True)
            invoice.action_post()
        return invoice

    def assert_lines(self, statement, *expected):
        lines = [(line.kind, line.amount) for line in statement.line_ids.sorted()]
        self.assertEqual(lines, list(expected))
        self.assertAlmostEqual(
            statement.closing,
            statement.opening + sum(amount for _kind, amount in lines),
        )
        self.assertAlmostEqual(
            statement.closing,
            statement.opening
            + statement.delivered
            + statement.returned
            + statement.received
            + statement.other,
        )


@tagged("post_install", "-at_install")
class TestReceivableStatement(StatementCommon):
    def test_deliveries_returns_and_receipts(self):
        first = self.deliver_on("2026-03-05")
        second = self.deliver_on("2026-03-20", 4)
        with self.on("2026-03-22"):
            self.give_back(second, 1)
        self.receive_on("2026-03-25", 100)
        statement = self.make(*MARCH)
        self.assert_lines(
            statement,
            ("slip", 113),
            ("slip", 45.2),
            ("return", -11.3),
            ("receipt", -100),
        )
        self.assertEqual(statement.opening, 0)
        self.assertEqual(statement.closing, 46.9)
        self.assertEqual(statement.delivered, 158.2)
        self.assertEqual(statement.returned, -11.3)
        self.assertEqual(statement.received, -100)
        self.assertEqual(statement.line_ids.picking_id[0].sale_id, first.sale_id)
        self.assertEqual(
            statement.line_ids.sorted().mapped("balance"), [113, 158.2, 146.9, 46.9]
        )
        self.assertEqual((statement.date_from, statement.date_to), MARCH)

    def test_what_was_owed_before_is_the_first_balance(self):
        self.invoice_on("2026-02-10", self.deliver_on("2026-02-05"))
        self.deliver_on("2026-02-25", 4)
        self.receive_on("2026-02-28", 50)
        statement = self.make(*MARCH)
        self.assertEqual((statement.opening, statement.closing), (108.2, 108.2))
        self.assertFalse(statement.line_ids)

    def test_an_invoice_of_what_was_delivered_changes_nothing(self):
        delivered = self.deliver_on("2026-03-05")
        self.deliver_on("2026-02-05", 4)
        self.invoice_on("2026-03-06", delivered)
        self.assert_lines(self.make(*MARCH), ("slip", 113))

    def test_each_begins_with_what_the_one_before_ended_with(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        late = self.deliver_on("2026-03-30", 4)
        self.deliver_on("2026-04-03", 1)
        april = self.make(*APRIL)
        self.assertEqual(april.opening, march.closing)
        self.assertEqual(april.closing, 169.5)
        # What was entered late is on the next one, with its own day.
        self.assert_lines(april, ("slip", 45.2), ("slip", 11.3))
        self.assertEqual(april.line_ids.sorted()[0].picking_id, late)
        self.assertEqual(april.line_ids.sorted()[0].date, date(2026, 3, 30))

    def test_made_once_more_nothing_changes(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        self.assertFalse(self.make(*MARCH))
        self.deliver_on("2026-03-06")
        march.action_make_again()
        self.assert_lines(march, ("slip", 113), ("slip", 113))
        name, amounts = march.name, march.line_ids.mapped("amount")
        march.action_make_again()
        self.assertEqual((march.name, march.line_ids.mapped("amount")), (name, amounts))
        april = self.make(*APRIL)
        self.assertEqual(april.opening, 226)
        self.assertFalse(self.make(*APRIL))
        self.assertFalse(self.make(*MARCH))

    def test_a_later_one_made_again_goes_on_with_the_one_before(self):
        self.deliver_on("2026-03-05")
        self.make(*MARCH)
        self.deliver_on("2026-03-30", 4)
        self.deliver_on("2026-04-03", 1)
        april = self.make(*APRIL)
        april.action_make_again()
        self.assert_lines(april, ("slip", 45.2), ("slip", 11.3))
        self.assertEqual((april.opening, april.closing), (113, 169.5))

    def test_made_again_when_nothing_is_left(self):
        delivered = self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        delivered.sale_id.sudo()._action_cancel()  # no user does
        march.action_make_again()
        self.assert_lines(march)
        self.assertEqual((march.delivered, march.closing), (0, 0))

    def test_another_currency_comes_later(self):
        self.deliver_on("2026-03-05")
        self.make(*MARCH)
        other = self.setup_other_currency("EUR")
        with self.on("2026-03-30"):
            self.deliver(
                self.new_delivery(
                    [(self.bolt, 2, {})], currency=other, partner=self.partner
                ),
                2,
            )
        march = self.make(*MARCH)
        self.assertEqual(march.currency_id, other)
        self.assertEqual(march.line_ids.kind, "slip")

    def test_customers_become_one(self):
        other = self.env["res.partner"].create({"name": "Ostwind 2"})
        self.deliver_on("2026-03-05")
        self.deliver_on("2026-03-06", 1, partner=other)
        kept, ended = self.make(*MARCH, self.partner | other)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.partner | other).ids, self.partner
        )
        self.assertEqual((kept | ended).mapped("kind"), ["settlement", "activity"])
        april = self.make(*APRIL)
        self.assertEqual(april.closing, 124.3)

    def test_who_owes_nothing_gets_none(self):
        self.assertFalse(self.make(*MARCH))

    def test_another_price_comes_next_time(self):
        delivered = self.deliver_on("2026-03-05")
        self.make(*MARCH)
        delivered.sale_id.order_line.price_unit = 9
        self.invoice_on("2026-04-02", delivered)
        april = self.make(*APRIL)
        self.assert_lines(april, ("order", -11.3))
        self.assertEqual(april.closing, 101.7)
        self.assertEqual(april.line_ids.label, delivered.sale_id.name)

    def test_an_invoice_with_another_price(self):
        delivered = self.deliver_on("2026-03-05")
        with self.on("2026-03-06"):
            invoice = delivered.sale_id._create_invoices()
            invoice.invoice_line_ids.price_unit = 11
            invoice.action_post()
        self.assert_lines(self.make(*MARCH), ("slip", 113), ("order", 11.3))

    def test_an_invoice_without_an_order(self):
        with self.on("2026-03-06"):
            invoice = self._create_invoice_one_line(
                price_unit=50,
                tax_ids=[],
                partner_id=self.partner.id,
                invoice_date="2026-03-06",
                post=True,
            )
        march = self.make(*MARCH)
        self.assert_lines(march, ("invoice", 50))
        self.assertEqual(march.line_ids.label, invoice.name)
        invoice.button_draft()
        self.assert_lines(self.make(*APRIL), ("invoice", -50))

    def test_a_service(self):
        with self.on("2026-03-06"):
            order = self.deliverable(1).sale_id
            service = self.add_service(order, 2)
            service.qty_delivered = 1
        self.assert_lines(self.make(*MARCH), ("order", 50))
        self.invoice_on("2026-04-06", order.picking_ids)
        self.assertFalse(self.make(*APRIL).line_ids)

    def test_invoiced_before_it_is_delivered(self):
        self.bolt.invoice_policy = "order"
        with self.on("2026-03-06"):
            planned = self.deliverable(10)
        self.invoice_on("2026-03-06", planned)
        march = self.make(*MARCH)
        self.assert_lines(march, ("order", 113))
        march.action_confirm()  # nothing is to be credited
        self.assertEqual(march.state, "invoiced")
        with self.on("2026-04-05"):
            self.deliver(planned, 4)
        self.assertTrue(march._get_settled())
        with self.on("2026-04-06"):
            self.deliver(planned.backorder_ids, 6)
        april = self.make(*APRIL)
        self.assert_lines(april, ("slip", 45.2), ("slip", 67.8), ("order", -113))
        self.assertEqual(april.closing, 113)

    def test_a_down_payment(self):
        with self.on("2026-03-06"):
            planned = self.deliverable(10)
            self.env["sale.advance.payment.inv"].create(
                {
                    "sale_order_ids": [Command.set(planned.sale_id.ids)],
                    "advance_payment_method": "fixed",
                    "fixed_amount": 50,
                }
            ).create_invoices()
            planned.sale_id.invoice_ids.action_post()
        march = self.make(*MARCH)
        self.assertEqual(march.closing if march else 0, 0)
        with self.on("2026-04-05"):
            self.deliver(planned, 10)
        self.invoice_on("2026-04-06", planned)
        april = self.make(*APRIL)
        self.assertEqual(april.closing, 113)
        self.assertNotIn("change", april.line_ids.mapped("kind"))

    def test_a_head_office_with_its_shops(self):
        shops = self.env["res.partner"].create(
            [
                {"name": f"Shop {n}", "parent_id": self.partner.id, "type": "delivery"}
                for n in (1, 2)
            ]
        )
        for day, shop in zip(("2026-03-05", "2026-03-06"), shops, strict=True):
            picking = self.deliverable(1)
            picking.sale_id.partner_shipping_id = shop
            with self.on(day):
                self.deliver(picking, 1)
        self.assert_lines(self.make(*MARCH), ("slip", 11.3), ("slip", 11.3))

    def test_currencies_have_statements_of_their_own(self):
        other = self.setup_other_currency("EUR")
        self.deliver_on("2026-03-05")
        with self.on("2026-03-06"):
            picking = self.new_delivery(
                [(self.bolt, 2, {})], currency=other, partner=self.partner
            )
            self.deliver(picking, 2)
        made = self.make(*MARCH)
        self.assertEqual(
            {statement.currency_id: statement.closing for statement in made},
            {
                self.company.currency_id: 113,
                other: picking.sale_id.amount_total,
            },
        )

    def test_later_ones_keep_earlier_ones(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        self.deliver_on("2026-04-05")
        april = self.make(*APRIL)
        with self.assertRaises(UserError):
            march.action_make_again()
        with self.assertRaises(UserError):
            march.unlink()
        april.action_confirm()
        with self.assertRaises(UserError):
            april.unlink()
        april.action_draft()
        (march | april).unlink()
        again = self.make(*MARCH)
        self.assert_lines(again, ("slip", 113))

    def test_activity_settles_nothing(self):
        self.deliver_on("2026-02-05", 1)
        delivered = self.deliver_on("2026-03-05")
        self.receive_on("2026-03-25", 100)
        march = self.make(*MARCH)
        activity = self.statements._make_activity(
            self.company, self.partner, date(2026, 3, 2), date(2026, 3, 20)
        )
        self.assert_lines(activity, ("slip", 113))
        for action in ("action_confirm", "action_invoice"):
            with self.subTest(action), self.assertRaises(UserError):
                getattr(activity, action)()
        with self.assertRaises(UserError):
            activity._note_difference(5, "x")
        self.assertEqual((activity.opening, activity.closing), (11.3, 124.3))
        with self.assertRaises(UserError):
            self.statements._make_activity(
                self.company, self.partner, date(2026, 3, 2), date(2026, 3, 1)
            )
        self.invoice_on("2026-04-05", delivered)
        self.assertEqual(self.make(*APRIL).opening, march.closing)

    def test_any_history(self):
        for seed in range(SEEDS):
            with self.subTest(seed=seed), mute_logger("odoo.addons.sale_stock"):
                savepoint = self.cr.savepoint()
                try:
                    self.play(seed)
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()

    def play(self, seed):
        """Do something at random in each period, and make the statements."""
        chance = random.Random(seed)
        with self.on("2026-01-02"):
            history = History(self, seed)
        steps = [
            history.deliver,
            history.deliver,
            history.give_back,
            history.send_again,
            history.invoice,
            history.invoice_in_advance,
            history.credit,
            history.allow,
            history.change_price,
            lambda: self.receive_on(datetime.now().date(), chance.randint(1, 99)),
        ]
        first, previous = date(2026, 1, 1), None
        for _period in range(PERIODS):
            last = first + timedelta(days=29)
            for offset in sorted(chance.sample(range(30), 4)):
                with self.on(first + timedelta(days=offset)):
                    chance.choice(steps)()
            with self.on(last + timedelta(days=chance.randint(0, 9))):
                if chance.random() < 0.4:  # it is not known yet
                    chance.choice(steps)()
                previous = self.check_statement(first, last, previous) or previous
            first = last + timedelta(days=1)

    def check_statement(self, first, last, previous):
        self.env.flush_all()
        self.env.invalidate_all()
        statement = self.make(first, last)
        owed = self.owed(last)
        self.assertAlmostEqual(statement.closing, owed, 2)
        self.assertAlmostEqual(
            statement.closing,
            statement.opening + sum(statement.line_ids.mapped("amount")),
            2,
        )
        if statement and previous:
            self.assertEqual(statement.opening, previous.closing)
        self.assertNotIn("change", statement.line_ids.mapped("kind"))
        return statement

    def owed(self, day):
        """What is owed by both reports."""
        total = 0.0
        for report, amount in (
            ("funnel.aging.report", "residual"),
            ("funnel.uninvoiced.report", "amount"),
        ):
            report = self.env[report].with_context(
                as_of=day.isoformat(), allowed_company_ids=self.company.ids
            )
            ((part,),) = report._read_group(
                [("partner_id", "=", self.partner.id)], [], [f"{amount}:sum"]
            )
            total += part or 0
        return total

    def test_who_makes_them(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        for role in ("salesperson", "order_desk", "manager", "warehouse", "purchasing"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.statements.with_user(self.users[role])._make(
                    self.company, self.partner, *APRIL
                )
            with self.subTest(role), self.assertRaises(AccessError):
                march.with_user(self.users[role]).action_confirm()
        with self.assertRaises(AccessError):
            march.with_user(self.finance).write({"closing": 1})
        with self.assertRaises(AccessError):
            self.statements.create({"name": "x", "partner_id": self.partner.id})
