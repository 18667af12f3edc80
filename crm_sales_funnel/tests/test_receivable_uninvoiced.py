import random
from collections import defaultdict
from datetime import date

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL, float_round, mute_logger

from .test_receivable_slip import SlipDebtCommon

SEEDS = 12
STEPS = 9


class UninvoicedCommon(SlipDebtCommon):
    def rows(self, *fnames, user=None, **context):
        """Return the rows of the customer as tuples."""
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["funnel.uninvoiced.report"].with_user(user or self.env.user)
        report = report.with_context(
            allowed_company_ids=context.pop("companies", self.company).ids
        )
        rows = report.search([("partner_id", "=", self.partner.id)])
        return [tuple(row[fname] for fname in fnames) for row in rows]

    def assert_rows(self, *expected):
        self.assertEqual(self.rows("kind", "quantity", "amount"), list(expected))


@tagged("post_install", "-at_install")
class TestReceivableUninvoiced(UninvoicedCommon):
    def test_nothing_before_the_delivery(self):
        self.assert_rows()

    def test_a_delivery(self):
        self.deliver(self.picking, 10)
        move = self.picking.move_ids
        order = self.picking.sale_id
        order.client_order_ref = "PO 7"
        self.assertEqual(
            self.rows(
                "partner_id",
                "order_id",
                "order_line_id",
                "client_order_ref",
                "picking_id",
                "move_id",
                "product_id",
                "user_id",
                "team_id",
                "company_id",
                "date",
                "days",
                "quantity",
                "amount",
            ),
            [
                (
                    self.partner,
                    order,
                    order.order_line,
                    "PO 7",
                    self.picking,
                    move,
                    self.bolt,
                    order.user_id,
                    order.team_id,
                    self.company,
                    move.date.date(),
                    0,
                    10,
                    113,
                )
            ],
        )

    def test_partial_deliveries_are_invoiced_the_oldest_first(self):
        self.deliver(self.picking, 4)
        second = self.deliver(self.picking.backorder_ids, 3)
        third = self.deliver(second.backorder_ids, 3)
        invoice = self.picking.sale_id._create_invoices()
        invoice.invoice_line_ids.quantity = 6
        self.assert_rows(
            ("delivery", 4, 45.2), ("delivery", 3, 33.9), ("delivery", 3, 33.9)
        )
        invoice.action_post()
        self.assertEqual(
            self.rows("picking_id", "quantity", "amount"),
            [(second, 1, 11.3), (third, 3, 33.9)],
        )

    def test_a_return(self):
        self.deliver(self.picking, 10)
        back = self.give_back(self.picking, 3)
        self.assert_rows(("delivery", 10, 113), ("return", -3, -33.9))
        invoice = self.invoice(self.picking)
        self.assertEqual(invoice.amount_total, 79.1)
        self.assert_rows()
        self.deliver(self.plan_return(back, 2), 2)
        self.assert_rows(("delivery", 2, 22.6))

    def test_a_return_of_what_is_invoiced(self):
        self.deliver(self.picking, 10)
        self.invoice(self.picking)
        self.give_back(self.picking, 3)
        self.assert_rows(("return", -3, -33.9))
        self.picking.sale_id._create_invoices(final=True).action_post()
        self.assert_rows()

    def test_more_is_invoiced_than_delivered(self):
        self.deliver(self.picking, 10)
        invoice = self.picking.sale_id._create_invoices()
        invoice.invoice_line_ids.quantity = 12
        invoice.action_post()
        self.assert_rows(("other", -2, -22.6))

    def test_a_service_has_no_delivery(self):
        service = self.env["product.product"].create(
            {
                "name": "Assembly",
                "type": "service",
                "list_price": 50,
                "invoice_policy": "delivery",
                "taxes_id": False,
            }
        )
        order = self.picking.sale_id
        order.order_line = [
            Command.create({"product_id": service.id, "product_uom_qty": 2})
        ]
        order.order_line[-1].qty_delivered = 1
        self.assertEqual(
            self.rows("kind", "quantity", "amount", "date", "picking_id"),
            [("other", 1, 50, order.date_order.date(), self.picking.browse())],
        )

    def test_delivered_without_having_been_ordered(self):
        order = self.picking.sale_id
        self.env["stock.move"].create(
            {
                "product_id": self.nut.id,
                "product_uom_qty": 5,
                "quantity": 5,
                "picked": True,
                "picking_id": self.picking.id,
                "location_id": self.picking.location_id.id,
                "location_dest_id": self.picking.location_dest_id.id,
            }
        )
        self.nut.write({"list_price": 2, "invoice_policy": "delivery"})
        self.deliver(self.picking, 10, 5)
        line = order.order_line.filtered(lambda line: line.product_id == self.nut)
        self.assertFalse(line.product_uom_qty)
        self.assertEqual(line.price_unit, 2)
        self.assertEqual(
            {row[0]: row[1:] for row in self.rows("product_id", "quantity", "amount")},
            {self.bolt: (10, 113), self.nut: (5, 11.3)},
        )

    def test_another_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        line = self.picking.sale_id.order_line
        picking = self.new_delivery(
            [(self.bolt, 2, {"product_uom_id": dozen.id, "price_unit": 120})],
            partner=self.partner,
        )
        self.assertNotEqual(picking.sale_id.order_line, line)
        move = picking.move_ids
        self.assertEqual(move.product_uom_qty, 24)
        self.deliver(picking, 18)
        self.assert_rows(("delivery", 1.5, 203.4))
        invoice = picking.sale_id._create_invoices()
        invoice.invoice_line_ids.write(
            {
                "product_uom_id": self.bolt.uom_id.id,
                "quantity": 6,
                "price_unit": 10,
            }
        )
        invoice.action_post()
        self.assert_rows(("delivery", 1, 135.6))

    def test_foreign_currency(self):
        eur = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": eur.id}
        )
        picking = self.deliverable(10, pricelist_id=pricelist.id)
        picking.sale_id.order_line.price_unit = 10
        self.deliver(picking, 10)
        self.assertEqual(
            self.rows("amount", "amount_currency", "currency_id"), [(56.5, 113, eur)]
        )

    def test_down_payments_are_taken_off(self):
        order = self.picking.sale_id
        self.env["sale.advance.payment.inv"].with_context(
            active_ids=order.ids, active_model="sale.order"
        ).create(
            {"advance_payment_method": "fixed", "fixed_amount": 30}
        ).create_invoices()
        self.assert_rows()
        order.invoice_ids.action_post()
        self.assert_rows(("down_payment", 0, -30))
        self.deliver(self.picking, 10)
        self.assertEqual(sum(self.rows("amount")[0] + self.rows("amount")[1]), 83)
        order._create_invoices(final=True).action_post()
        self.assert_rows()

    def test_due_dates(self):
        """As `_get_due_date` says, for each delay and day."""
        lines = [
            {"delay_type": "days_after", "nb_days": 10},
            {"delay_type": "days_after_end_of_month", "nb_days": 7},
            {"delay_type": "days_after_end_of_next_month", "nb_days": 0},
            *(
                {
                    "delay_type": "days_end_of_month_on_the",
                    "nb_days": days,
                    "days_next_month": day,
                }
                for days, day in ((0, "10"), (30, "31"), (5, "0"))
            ),
            {"delay_type": "days_after_cutoff", "nb_days": 30},
            {"delay_type": "days_after_next_cutoff", "nb_days": 15},
        ]
        days = [
            date(2026, 1, 25),
            date(2026, 1, 31),
            date(2026, 2, 28),
            date(2028, 2, 29),
            date(2026, 12, 26),
        ]
        terms = self.env["account.payment.term"].create(
            [
                {
                    "name": "Term",
                    "cutoff_day": cutoff_day,
                    "line_ids": [
                        Command.create(
                            {"value": "percent", "value_amount": 100, **values}
                        )
                    ],
                }
                for values in lines
                for cutoff_day in (25, 30, 31)
            ]
        )
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                "SELECT term_line.id, day.day, %s"
                "  FROM account_payment_term_line AS term_line"
                "  JOIN account_payment_term AS term ON term.id = term_line.payment_id"
                " CROSS JOIN UNNEST(%s) AS day (day)"
                " WHERE term.id = ANY(%s)",
                terms.line_ids._due_date_sql(SQL("day.day")),
                days,
                terms.ids,
            )
        )
        self.assertEqual(len(found), len(terms) * len(days))
        for line_id, day, due in found:
            line = terms.line_ids.browse(line_id)
            with self.subTest(line.delay_type, day=day):
                self.assertEqual(due, line._get_due_date(day))

    def test_the_due_date_of_a_delivery(self):
        self.deliver(self.picking, 10)
        self.picking.move_ids.date = date(2026, 1, 26)
        self.picking.sale_id.payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "The 25th",
                "cutoff_day": 25,
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": 100,
                            "delay_type": "days_after_cutoff",
                            "nb_days": 30,
                        }
                    )
                ],
            }
        )
        self.assertEqual(
            self.rows("date", "due_date"), [(date(2026, 1, 26), date(2026, 3, 27))]
        )

    def test_the_first_instalment_counts(self):
        self.deliver(self.picking, 10)
        self.picking.move_ids.date = date(2026, 1, 10)
        self.picking.sale_id.payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "30/70",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 5), (70, 60))
                ],
            }
        )
        self.assertEqual(self.rows("due_date"), [(date(2026, 1, 15),)])

    def test_the_terms_of_the_customer(self):
        self.deliver(self.picking, 10)
        self.picking.move_ids.date = date(2026, 1, 10)
        self.picking.sale_id.payment_term_id = False
        self.assertEqual(self.rows("due_date"), [(date(2026, 1, 10),)])
        term = self.env.ref("account.account_payment_term_30days")
        self.partner.with_company(self.company).property_payment_term_id = term
        self.assertEqual(self.rows("due_date"), [(date(2026, 2, 9),)])

    def test_the_day_is_that_of_the_company(self):
        self.deliver(self.picking, 10)
        self.picking.move_ids.date = "2026-03-31 23:30:00"
        self.company.partner_id.tz = "Asia/Shanghai"
        self.assertEqual(self.rows("date"), [(date(2026, 4, 1),)])
        self.company.partner_id.tz = "America/New_York"
        self.assertEqual(self.rows("date"), [(date(2026, 3, 31),)])


@tagged("post_install", "-at_install")
class TestReceivableUninvoicedHistory(UninvoicedCommon):
    """Random histories, beside what is written down of them as they happen."""

    def test_any_history(self):
        for seed in range(SEEDS):
            with self.subTest(seed=seed), mute_logger("odoo.addons.sale_stock"):
                savepoint = self.cr.savepoint()
                try:
                    History(self, seed).play()
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()


class History:
    """An order of one line, of what is done with it, and of what is owed then."""

    def __init__(self, test, seed):
        self.test, self.random = test, random.Random(seed)
        dozen = test.env.ref("uom.product_uom_dozen")
        self.unit = self.random.choice([test.bolt.uom_id, dozen])
        self.scale = 12 if self.unit == dozen else 1
        self.price = self.random.choice([10.0, 9.99, 120.0])
        self.ordered = self.random.randint(4, 12)
        self.picking = test.new_delivery(
            [
                (
                    test.bolt,
                    self.ordered,
                    {"product_uom_id": self.unit.id, "price_unit": self.price},
                )
            ],
            partner=test.partner,
        )
        self.order = self.picking.sale_id
        self.delivered = self.invoiced = 0.0  # in the unit of the order
        self.given = defaultdict(float)  # picking -> what can still come back of it
        self.invoices = []

    def play(self):
        steps = [
            self.deliver,
            self.give_back,
            self.invoice,
            self.invoice_in_advance,
            self.credit,
            self.draft,
            self.change_price,
        ]
        for _step in range(STEPS):
            step = self.random.choice(steps)
            step()
            self.check(step.__name__)

    def check(self, step):
        rows = self.test.rows("quantity", "amount")
        open_quantity = self.delivered - self.invoiced
        unit = self.order.order_line.price_total / self.ordered
        self.test.assertAlmostEqual(
            sum(quantity for quantity, _amount in rows), open_quantity, 4, step
        )
        self.test.assertAlmostEqual(
            sum(amount for _quantity, amount in rows),
            open_quantity * unit,
            delta=0.005 * max(len(rows), 1) + 1e-6,
            msg=step,
        )
        # Not a second time in the ledger: together it is what posted invoices say and
        # what they do not say.
        ledger = sum(
            move.amount_total_signed
            for move in self.order.invoice_ids
            if move.state == "posted"
        )
        debts = (
            self.test.env["stock.picking"]
            .sudo()
            ._get_customer_debts(self.test.partner, self.test.company)
        )
        self.test.assertAlmostEqual(
            debts[self.test.partner.id],
            ledger + sum(amount for _quantity, amount in rows),
            2,
            step,
        )

    def deliver(self):
        planned = self.order.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        if not planned:
            return
        picking = planned[0]
        most = int(picking.move_ids.product_uom_qty)
        quantity = self.random.randint(1, most)
        self.test.deliver(picking, quantity)
        self.given[picking] += quantity
        self.delivered += self.in_unit(quantity)

    def give_back(self):
        given = [picking for picking, quantity in self.given.items() if quantity >= 1]
        if not given:
            return
        picking = self.random.choice(given)
        quantity = self.random.randint(1, int(self.given[picking]))
        self.test.give_back(picking, quantity)
        self.given[picking] -= quantity
        self.delivered -= self.in_unit(quantity)

    def in_unit(self, pieces):
        """Return pieces in the unit of the order, which Odoo rounds."""
        return float_round(pieces / self.scale, precision_digits=2)

    def invoice(self):
        if self.order.order_line.qty_to_invoice <= 0:
            return
        invoice = self.order._create_invoices()
        line = invoice.invoice_line_ids
        if self.random.random() < 0.5 and line.quantity >= 2:
            line.quantity = self.random.randint(1, int(line.quantity))
        quantity = line.quantity
        if self.unit != self.test.bolt.uom_id and self.random.random() < 0.5:
            line.write(
                {
                    "product_uom_id": self.test.bolt.uom_id.id,
                    "quantity": quantity * self.scale,
                    "price_unit": line.price_unit / self.scale,
                }
            )
        self.post(invoice, quantity)

    def invoice_in_advance(self):
        """More than is delivered, written by hand."""
        if self.order.order_line.qty_to_invoice <= 0:
            return
        invoice = self.order._create_invoices()
        invoice.invoice_line_ids.quantity += 1
        self.post(invoice, invoice.invoice_line_ids.quantity)

    def post(self, invoice, quantity):
        invoice.action_post()
        self.invoiced += quantity
        self.invoices.append(invoice)

    def credit(self):
        if not self.invoices:
            return
        refund = self.test.credit(self.random.choice(self.invoices))
        line = refund.invoice_line_ids
        if self.random.random() < 0.5:
            line.quantity = self.random.randint(1, max(int(line.quantity), 1))
        quantity = line.quantity
        if line.product_uom_id != self.unit:
            quantity /= self.scale
        refund.action_post()
        self.invoiced -= quantity

    def draft(self):
        if self.order.order_line.qty_to_invoice > 0:
            self.order._create_invoices()

    def change_price(self):
        self.order.order_line.price_unit = self.price = self.price + 1.37
