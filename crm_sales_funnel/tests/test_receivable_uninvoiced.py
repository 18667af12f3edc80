from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .test_receivable_slip import SlipDebtCommon
from .uninvoiced_history import History

SEEDS = 12


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

    def test_another_unit_of_what_is_taken_off(self):
        """7.5 of 24 pieces are 0.625 dozens: Odoo takes off 0.63."""
        picking = self.new_delivery(
            [
                (
                    self.bolt,
                    2,
                    {
                        "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
                        "price_unit": 120,
                    },
                )
            ],
            partner=self.partner,
        )
        self.deliver(picking, 18)
        invoice = picking.sale_id._create_invoices()
        line = invoice.invoice_line_ids
        pieces = {"product_uom_id": self.bolt.uom_id.id, "price_unit": 10}
        line.write({"quantity": 24, **pieces})
        line.copy(
            {
                "move_id": invoice.id,
                "quantity": -7.5,
                "sale_line_ids": line.sale_line_ids.ids,
                **pieces,
            }
        )
        invoice.action_post()
        self.assertAlmostEqual(picking.sale_id.order_line.qty_invoiced, 1.37)
        self.assert_rows(("delivery", 0.13, 17.63))  # of 135.60 a dozen

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

    def test_due_dates_beyond_any_calendar(self):
        """Of one order, from the time before such terms were refused."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Typing error",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        self.picking.sale_id.payment_term_id = term
        with freeze_time("2026-03-05 12:00:00"):
            self.deliver(self.picking, 10)
        self.env.flush_all()
        for days, due in (
            (5_000_000, date(2126, 2, 9)),
            (2**31 - 1, date(2126, 2, 9)),
            (-5_000_000, date(1926, 3, 30)),
        ):
            self.cr.execute(
                "UPDATE account_payment_term_line SET nb_days = %s WHERE payment_id = %s",
                (days, term.id),
            )
            with self.subTest(days):
                self.assertEqual(self.rows("due_date"), [(due,)])

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
