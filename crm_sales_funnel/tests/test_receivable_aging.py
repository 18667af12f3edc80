from datetime import date, timedelta

from odoo import Command, fields
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .receivable_common import ReceivableCommon

BUCKET_FIELDS = [
    "amount_not_due",
    "amount_d1_30",
    "amount_d31_60",
    "amount_d61_90",
    "amount_d91_180",
    "amount_d180_plus",
]


@tagged("post_install", "-at_install")
class TestReceivableAging(ReceivableCommon):
    """Each case with amounts computed by hand."""

    # ------------------------------------------------------------------
    # What is open at a date
    # ------------------------------------------------------------------

    def test_later_receipt_is_undone(self):
        invoice = self.invoice(100, "2026-03-01")
        self.receive(60, "2026-03-20", invoice)
        self.assert_aging("2026-02-28", [], "residual")
        self.assert_aging("2026-03-19", [(100,)], "residual")
        self.assert_aging("2026-03-20", [(40,)], "residual")

    def test_receipt_of_the_future_is_open_today(self):
        """Core's residual, and with it others' agings, say that nothing is owed."""
        today = fields.Date.context_today(self.env.user)
        invoice = self.invoice(100, today - timedelta(days=10))
        self.receive(100, today + timedelta(days=5), invoice)
        self.assertEqual(self.open_items(invoice).amount_residual, 0)
        self.assert_aging(
            False, [(100, 10, "d1_30")], "residual", "days_overdue", "bucket"
        )
        self.assert_aging(today + timedelta(days=5), [], "residual")

    def test_counterpart_reset_to_draft_is_undone(self):
        invoice = self.invoice(100, "2026-03-01")
        payment = self.receive(100, "2026-03-20", invoice)
        self.assert_aging("2026-03-31", [], "residual")
        payment.action_draft()
        self.assertEqual(payment.move_id.state, "draft")
        self.assertTrue(invoice.line_ids.matched_credit_ids)
        for as_of in ("2026-03-20", "2026-03-31"):
            self.assert_aging(as_of, [(100, "invoice")], "residual", "line_kind")

    def test_counterpart_matched_twice_then_reset_to_draft(self):
        """Core may have lost its matching number then."""
        self.receive(5, "2026-03-02", self.invoice(10, "2026-03-02"))
        invoice = self.invoice(100, "2026-03-01")
        payment = self.receive(60, "2026-03-20", invoice)
        invoice.line_ids.remove_move_reconcile()
        self.apply(invoice, payment.move_id)
        payment.action_draft()
        self.assert_aging("2026-03-31", [(100,), (5,)], "residual")

    def test_invoice_reset_to_draft_leaves_its_receipt_open(self):
        invoice = self.invoice(100, "2026-03-01")
        self.receive(100, "2026-03-20", invoice)
        invoice.button_draft()
        self.assert_aging("2026-03-31", [(-100, "unapplied")], "residual", "line_kind")

    def test_cancelled_and_draft_entries_are_not_there(self):
        self.invoice(100, "2026-03-01", post=False)
        self.invoice(100, "2026-03-01").button_cancel()
        self.assert_aging("2026-03-31", [], "residual")

    def test_payment_before_invoice(self):
        payment = self.receive(100, "2026-03-10")
        invoice = self.invoice(100, "2026-03-20")
        self.apply(payment.move_id, invoice)
        self.assert_aging("2026-03-15", [(-100, "unapplied")], "residual", "line_kind")
        self.assert_aging("2026-03-20", [], "residual")

    def test_instalments_then_a_part_payment(self):
        """30/50/20 of 100, then 40 received: 30 settled, 50 down to 40, 20 open."""
        term = self.env["account.payment.term"].create(
            {
                "name": "30/50/20",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 0), (50, 30), (20, 60))
                ],
            }
        )
        invoice = self.invoice(
            100, "2026-01-01", due=None, invoice_payment_term_id=term.id
        )
        due_dates = [date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 2)]
        self.assert_aging(
            "2026-02-10",
            list(zip(due_dates, (30, 50, 20), ("d31_60", "d1_30", "not_due"))),
            "due_date",
            "residual",
            "bucket",
        )
        self.receive(40, "2026-02-10", invoice)
        self.assert_aging(
            "2026-02-10",
            [(due_dates[1], 40, 10), (due_dates[2], 20, -20)],
            "due_date",
            "residual",
            "days_overdue",
        )

    def test_credit_note_larger_than_its_invoice(self):
        invoice = self.invoice(100, "2026-03-01")
        refund = self.invoice(150, "2026-03-10", move_type="out_refund")
        self.apply(invoice, refund)
        self.assert_aging("2026-03-09", [(100, "invoice")], "residual", "line_kind")
        self.assert_aging("2026-03-10", [(-50, "credit_note")], "residual", "line_kind")

    def test_write_off(self):
        invoice = self.invoice(100, "2026-03-01")
        self._register_payment(
            invoice,
            amount=95,
            payment_date="2026-03-20",
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.assertEqual(invoice.payment_state, "paid")
        self.assert_aging("2026-03-19", [(100,)], "residual")
        self.assert_aging("2026-03-20", [], "residual")

    def test_undone_reconciliation_opens_both_sides(self):
        invoice = self.invoice(100, "2026-03-01")
        payment = self.receive(100, "2026-03-20", invoice)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assert_aging(
            "2026-03-31",
            [(100, "invoice"), (-100, "unapplied")],
            "residual",
            "line_kind",
        )

    def test_miscellaneous_entry_is_due_on_its_date(self):
        self.entry(70, "2026-03-01", date_maturity=False)
        self.assertFalse(
            self.env["account.move.line"]
            .search(
                [
                    ("account_id", "=", self.receivable.id),
                    ("company_id", "=", self.company.id),
                ]
            )
            .date_maturity
        )
        self.assert_aging(
            "2026-03-31",
            [(70, date(2026, 3, 1), 30, "miscellaneous")],
            "residual",
            "due_date",
            "days_overdue",
            "line_kind",
        )

    def test_debt_of_a_contact_counts_to_the_company(self):
        shop = self.env["res.partner"].create(
            {"name": "Shop 2", "parent_id": self.customer.id, "type": "delivery"}
        )
        self.invoice(100, "2026-03-01", partner_id=shop.id)
        self.entry(20, "2026-03-02", partner_id=shop.id)
        self.assert_aging(
            "2026-03-31",
            [(self.customer, 100), (self.customer, 20)],
            "partner_id",
            "residual",
        )

    def test_non_trade_accounts_are_left_out(self):
        loans = self.receivable.copy({"non_trade": True})
        self.entry(100, "2026-03-01", account=loans)
        self.assert_aging("2026-03-31", [], "residual")

    def test_between_payment_and_exchange_entry(self):
        """100 units of currency at 2 a unit are paid when one is worth 4: the bank
        receives 25 where the ledger holds 50. Until the exchange entry, dated at the
        end of the month, nothing is owed in currency and 25 in the ledger."""
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 2.0), ("2026-03-01", 4.0)]
        )
        invoice = self.invoice(100, "2026-02-10", currency_id=currency.id)
        self.receive(100, "2026-03-20", invoice, currency_id=currency.id)
        exchange = invoice.line_ids.matched_credit_ids.exchange_move_id
        self.assertEqual(exchange.date, date(2026, 3, 31))
        fnames = ("residual", "residual_currency", "line_kind", "currency_id")
        self.assert_aging("2026-03-19", [(50, 100, "invoice", currency)], *fnames)
        self.assert_aging("2026-03-20", [(25, 0, "exchange", currency)], *fnames)
        self.assert_aging("2026-03-31", [], *fnames)

    def test_debt_of_less_than_a_cent(self):
        """3 units at 1000 to one: nothing in the ledger, and still owed."""
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 1000.0)])
        self.entry(0, "2026-03-01", currency_id=currency.id, amount_currency=3)
        self.assert_aging(
            "2026-03-31",
            [(0, 3, "exchange")],
            "residual",
            "residual_currency",
            "line_kind",
        )

    def test_payables_have_the_sign_of_the_ledger(self):
        self.invoice(100, "2026-03-01", move_type="in_invoice")
        self.invoice(40, "2026-03-02")
        self.assert_aging(
            "2026-03-31",
            [(-100, "liability_payable", 30, "d1_30")],
            "residual",
            "account_type",
            "oldest_days",
            "bucket",
            account_type="liability_payable",
            user=self.users["finance"],
        )

    # ------------------------------------------------------------------
    # Days, buckets, ages
    # ------------------------------------------------------------------

    def test_every_day_is_in_one_bucket(self):
        """The limits themselves belong to the bucket that they end: others put day 30
        into 31-60, and lose day 0 and what is past the last limit."""
        expected = {
            -40: "not_due",
            -1: "not_due",
            0: "not_due",
            1: "d1_30",
            30: "d1_30",
            31: "d31_60",
            60: "d31_60",
            61: "d61_90",
            90: "d61_90",
            91: "d91_180",
            180: "d91_180",
            181: "d180_plus",
            4000: "d180_plus",
        }
        self.entry(100, "2026-03-01")
        day = date(2026, 3, 1)
        item = self.open_items(
            self.env["account.move"].search(
                [("company_id", "=", self.company.id), ("move_type", "=", "entry")]
            )
        )
        for days, bucket in expected.items():
            item.date_maturity = day - timedelta(days=days)
            with self.subTest(days=days):
                self.assert_aging(day, [(days, bucket)], "days_overdue", "bucket")
                row = self.aging(day).search([])
                self.assertEqual(
                    {name: row[name] for name in BUCKET_FIELDS if row[name]},
                    {f"amount_{bucket}": 100},
                )
                self.assertEqual(row.oldest_days, max(days, 0))

    def test_due_states(self):
        for due in (
            "2026-03-30",
            "2026-03-31",
            "2026-04-01",
            "2026-04-06",
            "2026-04-07",
        ):
            self.invoice(100, "2026-03-01", due)
        self.assert_aging(
            "2026-03-31",
            [("overdue",), ("today",), ("week",), ("week",), ("later",)],
            "due_state",
        )

    def test_own_limits_cover_every_day(self):
        self.aging(False).get_views([(False, "search")])  # cached
        self.company.write(
            {
                "aging_limit_1": 7,
                "aging_limit_2": 14,
                "aging_limit_3": 21,
                "aging_limit_4": 45,
            }
        )
        for due in (
            "2026-03-31",
            "2026-03-24",
            "2026-03-23",
            "2026-02-14",
            "2026-02-13",
        ):
            self.invoice(100, "2026-01-01", due)
        self.assert_aging(
            "2026-03-31",
            [
                (46, "d180_plus"),
                (45, "d91_180"),
                (8, "d31_60"),
                (7, "d1_30"),
                (0, "not_due"),
            ],
            "days_overdue",
            "bucket",
        )
        report = self.aging("2026-03-31")
        description = report.fields_get(["bucket", "amount_d31_60"])
        self.assertEqual(
            description["bucket"]["selection"],
            [
                ("not_due", "Not due"),
                ("d1_30", "1-7"),
                ("d31_60", "8-14"),
                ("d61_90", "15-21"),
                ("d91_180", "22-45"),
                ("d180_plus", "> 45"),
            ],
        )
        self.assertEqual(description["amount_d31_60"]["string"], "8-14")
        arch = report.get_views([(False, "search")])["views"]["search"]["arch"]
        self.assertIn('string="8-14"', arch)
        self.assertNotIn("31-60", arch)

    @mute_logger("odoo.sql_db")
    def test_limits_must_grow(self):
        for limits in ((0, 60, 90, 180), (30, 30, 90, 180), (30, 60, 90, 90)):
            values = {f"aging_limit_{n}": limit for n, limit in enumerate(limits, 1)}
            with (
                self.subTest(limits=limits),
                self.assertRaisesRegex(Exception, "aging_limits_grow"),
                self.cr.savepoint(),
            ):
                self.company.write(values)
                self.company.flush_recordset()

    def test_limits_in_the_settings(self):
        with Form(self.env["res.config.settings"]) as settings:
            settings.aging_limit_4 = 365
            settings.aging_limit_3 = 180
        settings.record.execute()
        self.assertEqual(self.company._aging_limits(), (30, 60, 180, 365))

    def test_age_of_the_debt(self):
        """Overdue since the 11th, invoiced on the 1st, delivered on 21 February."""
        self.invoice(100, "2026-03-01", "2026-03-11", delivery_date="2026-02-21")
        self.receive(30, "2025-03-31")
        for basis, age in (("invoice", 30), ("delivery", 38)):
            self.company.debt_age_from = basis
            with self.subTest(basis):
                self.assert_aging(
                    "2026-03-31",
                    [(365, 0, 0), (20, 20, age)],
                    "days_overdue",
                    "oldest_days",
                    "debt_age",
                )
                oldest = ["oldest_days:max", "debt_age:max"]
                groups = self.aging("2026-03-31")._read_group([], [], oldest)
                self.assertEqual(groups, [(20, age)])

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------

    def test_salesperson_and_team(self):
        salesperson, leader = self.users["salesperson"], self.users["team_leader"]
        other_team = self.env["crm.team"].create({"name": "Team North"})
        self.customer.user_id = leader
        self.invoice(1, "2026-03-01", invoice_user_id=salesperson.id)
        self.invoice(2, "2026-03-02", team_id=other_team.id)
        self.receive(3, "2026-03-03")
        self.entry(4, "2026-03-04", partner_id=False)
        self.assert_aging(
            "2026-03-31",
            [
                (1, salesperson, self.team),
                (2, salesperson, other_team),
                (-3, leader, self.team),
                (4, self.env["res.users"], self.env["crm.team"]),
            ],
            "residual",
            "user_id",
            "team_id",
        )

    def test_order_behind_the_invoice(self):
        orders = [
            self._create_sale_order_one_line(
                partner_id=self.customer, product_id=self._service(), price_unit=100
            )
            for _number in range(2)
        ]
        invoices = [orders[0]._create_invoices()]
        extra = self._create_sale_order_one_line(
            partner_id=self.customer, product_id=self._service(), price_unit=10
        )
        invoices.append((orders[1] | extra)._create_invoices())
        for invoice in invoices:
            invoice.invoice_date = "2026-03-01"
            invoice.action_post()
        rows = self.aging("2026-03-31").search([], order="id")
        self.assertEqual(
            [(row.move_id, row.sale_order_id, row.origin) for row in rows],
            [
                (invoices[0], orders[0], orders[0].name),
                (invoices[1], self.env["sale.order"], invoices[1].invoice_origin),
            ],
        )

    def _service(self):
        return self._create_product(name="Service", type="service", taxes_id=[])

    def test_last_receipt(self):
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.customer.id}
        )
        self.receive(10, "2026-03-01")
        self.receive(10, "2026-03-10", partner_id=shop.id)
        self.receive(10, "2026-03-25").action_cancel()
        for as_of, expected in (
            ("2026-02-28", False),
            ("2026-03-05", date(2026, 3, 1)),
            ("2026-03-31", date(2026, 3, 10)),
        ):
            with self.subTest(as_of=as_of):
                partner = self.customer.with_context(
                    as_of=as_of, allowed_company_ids=self.company.ids
                )
                self.assertEqual(partner.last_receipt_date, expected)
