from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .cash_common import CashCommon
from .test_cash_report import CashReportChecks


class SettleCommon(CashReportChecks, CashCommon):
    """The screens Receive and Pay, by the Finance role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cash_differences = cls.company_data["default_account_expense"].copy(
            {"name": "Rounding Off", "code": "660390"}
        )
        cls.company.rounding_off_account_id = cls.cash_differences
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Bolt Works", "company_type": "company", "supplier_rank": 1}
        )

    def settle(self, amount, partner=None, user="finance", **values):
        """Return the screen with an amount entered."""
        return (
            self.env["funnel.settle"]
            .with_user(self.users[user])
            .create(
                {
                    "partner_id": (partner or self.customer).id,
                    "amount": amount,
                    "date": "2026-03-20",
                    "journal_id": self.bank.id,
                    **values,
                }
            )
        )

    def instalments(self, amount):
        """Return an invoice, one half of which is due at once, the other in 30 days."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        return self.document(
            amount, tax=self.vat.browse(), invoice_payment_term_id=term.id
        )

    def write_line(self, settle, move, **values):
        settle.line_ids.filtered(lambda line: line.move_id == move).write(values)

    def payment(self, settle):
        """Confirm; return the payment."""
        action = settle.action_confirm()
        self.assertEqual(action["res_model"], "account.payment")
        return self.env["account.payment"].browse(action["res_id"])

    def assert_lines(self, settle, *expected):
        """Check the lines: number, open, applied, rounded off, stays open."""
        self.assertEqual(
            [
                (
                    line.move_id,
                    line.open_amount,
                    line.applied,
                    line.rounded,
                    line.stays_open,
                )
                for line in settle.line_ids
            ],
            list(expected),
        )

    def assert_totals(self, settle, applied, rounded, rest):
        self.assertRecordValues(
            settle,
            [
                {
                    "amount_applied": applied,
                    "amount_rounded": rounded,
                    "amount_rest": rest,
                }
            ],
        )

    def items(self, payment):
        """Return the amounts of the entry beside the money, in their order."""
        items = payment.move_id.line_ids.sorted("id")
        return [
            item.balance
            for item in items
            if item.account_type in ("asset_receivable", "liability_payable")
        ]


@tagged("post_install", "-at_install")
class TestCashSettle(SettleCommon):
    def test_three_invoices_with_one_payment_and_a_difference_rounded_off(self):
        first = self.invoice(100.1, "2026-01-05", "2026-02-05")
        second = self.invoice(200.1, "2026-01-20", "2026-02-20")
        third = self.invoice(300.1, "2026-02-10", "2026-03-10")
        settle = self.settle(600)
        self.assert_lines(
            settle,
            (first, 100.1, 100.1, 0, 0),
            (second, 200.1, 200.1, 0, 0),
            (third, 300.1, 299.8, 0.3, 0),
        )
        self.assert_totals(settle, 600, 0.3, 0)
        self.assertEqual(settle.line_ids.mapped("days_overdue"), [43, 28, 10])
        payment = self.payment(settle)
        self.assertEqual(self.items(payment), [-100.1, -200.1, -299.8])
        documents = first | second | third
        self.assertEqual(documents.mapped("payment_state"), ["paid"] * 3)
        rounding = payment.rounding_off_move_id
        self.assertRecordValues(
            rounding.line_ids.sorted("id"),
            [
                {"account_id": self.receivable.id, "balance": -0.3},
                {"account_id": self.cash_differences.id, "balance": 0.3},
            ],
        )
        self.assert_aging("2026-03-20", [], "move_id", "residual")
        # What is rounded off is no money.
        self.assertEqual(
            self.allocated(first, second, third),
            {
                first.invoice_line_ids: (100.1, 100.1),
                second.invoice_line_ids: (200.1, 200.1),
                third.invoice_line_ids: (299.8, 299.8),
            },
        )
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()

    def test_part_of_two_by_hand(self):
        first = self.document(100)
        second = self.document(200)
        settle = self.settle(150)
        self.assert_lines(settle, (first, 113, 113, 0, 0), (second, 226, 37, 0, 189))
        self.write_line(settle, first, applied=50)
        self.write_line(settle, second, applied=100)
        payment = self.payment(settle)
        self.assertEqual(self.items(payment), [-50, -100])
        self.assertEqual((first.amount_residual, second.amount_residual), (63, 126))
        self.assert_allocated(first, (50, 44.25))
        self.assert_allocated(second, (100, 88.5))
        self.assert_ties_out()

    def test_the_oldest_is_that_which_is_due_first(self):
        later = self.invoice(100, "2026-01-01", "2026-03-31")
        sooner = self.invoice(100, "2026-02-01", "2026-02-01")
        settle = self.settle(120)
        self.assert_lines(settle, (sooner, 100, 100, 0, 0), (later, 100, 20, 0, 80))

    def test_the_rest_goes_on_account(self):
        invoice = self.invoice(100, "2026-03-01")
        settle = self.settle(130)
        self.assert_totals(settle, 100, 0, 30)
        payment = self.payment(settle)
        self.assertEqual(self.items(payment), [-100, -30])
        self.assertEqual(invoice.payment_state, "paid")
        self.assert_aging("2026-03-20", [(payment.move_id, -30)], "move_id", "residual")
        self.assert_ties_out()

    def test_nothing_is_applied(self):
        invoice = self.invoice(100, "2026-03-01")
        settle = self.settle(100)
        settle.action_nothing()
        self.assert_totals(settle, 0, 0, 100)
        self.assertEqual(self.items(self.payment(settle)), [-100])
        self.assertEqual(invoice.amount_residual, 100)

    def test_the_rest_is_the_deposit_of_an_order(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.bolts.id,
                            "price_unit": 100,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        self.invoice(100, "2026-03-01")
        payment = self.payment(self.settle(130, deposit_order_id=order.id))
        self.assertEqual(payment.deposit_order_id, order)
        rows = self.env["funnel.cash.report"].search(
            [("entry_id", "=", payment.move_id.id)]
        )
        self.assertEqual(
            sorted((row.kind, row.amount, row.order_id.id) for row in rows),
            [("deposit", 30, order.id), ("receipt", 100, False)],
        )
        self.assert_ties_out()

    def test_bills_of_a_vendor(self):
        first = self.document(
            100, move_type="in_invoice", partner_id=self.vendor.id, ref="B1"
        )
        second = self.document(
            200, move_type="in_invoice", partner_id=self.vendor.id, ref="B2"
        )
        settle = self.settle(338.5, self.vendor, direction="pay")
        self.assert_lines(settle, (first, 113, 113, 0, 0), (second, 226, 225.5, 0.5, 0))
        payment = self.payment(settle)
        self.assertRecordValues(
            payment,
            [
                {
                    "payment_type": "outbound",
                    "partner_type": "supplier",
                    "partner_id": self.vendor.id,
                    "amount": 338.5,
                    "date": fields.Date.to_date("2026-03-20"),
                }
            ],
        )
        self.assertEqual(self.items(payment), [113, 225.5])
        self.assertEqual((first | second).mapped("payment_state"), ["paid"] * 2)
        gain = payment.rounding_off_move_id.line_ids.filtered(
            lambda item: item.account_id == self.cash_differences
        )
        self.assertEqual(gain.balance, -0.5)
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()

    def test_instalments_are_lines_of_their_own(self):
        invoice = self.instalments(100)
        settle = self.settle(60)
        self.assert_lines(settle, (invoice, 50, 50, 0, 0), (invoice, 50, 10, 0, 40))
        self.payment(settle)
        self.assertEqual(invoice.amount_residual, 40)

    def test_the_children_of_a_customer_are_the_customer(self):
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.customer.id}
        )
        invoice = self.invoice(100, "2026-03-01", partner_id=shop.id)
        self.payment(self.settle(100, shop))
        self.assertEqual(invoice.payment_state, "paid")

    def test_of_chosen_invoices_the_sum_is_proposed(self):
        older = self.invoice(100, "2026-01-01")
        chosen = self.invoice(200, "2026-02-01") | self.invoice(50, "2026-02-02")
        form = Form(
            self.env["funnel.settle"]
            .with_user(self.users["finance"])
            .with_context(active_model="account.move", active_ids=chosen.ids)
        )
        self.assertEqual(form.amount, 250)
        settle = form.save()
        self.assertRecordValues(
            settle,
            [
                {
                    "direction": "receive",
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assert_lines(
            settle,
            (chosen[0], 200, 200, 0, 0),
            (chosen[1], 50, 50, 0, 0),
            (older, 100, 0, 0, 100),
        )
        bill = self.document(100, move_type="in_invoice")
        with self.assertRaisesRegex(UserError, "of one customer"):
            self.env["funnel.settle"].with_context(
                active_model="account.move", active_ids=(chosen | bill).ids
            ).default_get(["partner_id"])

    def test_the_amount_entered_on_the_screen_is_proposed(self):
        first = self.invoice(100, "2026-01-01")
        second = self.invoice(200, "2026-02-01")
        form = Form(self.env["funnel.settle"].with_user(self.users["finance"]))
        form.partner_id = self.customer
        form.date = "2026-03-20"
        form.amount = 120
        self.assertEqual(form.amount_rest, 0)
        with form.line_ids.edit(1) as line:
            self.assertEqual((line.applied, line.stays_open), (20, 180))
            line.applied = 10
        self.assertEqual(form.amount_rest, 10)
        settle = form.save()
        self.assert_lines(settle, (first, 100, 100, 0, 0), (second, 200, 10, 0, 190))
        settle.action_propose()
        self.assert_lines(settle, (first, 100, 100, 0, 0), (second, 200, 20, 0, 180))

    def test_confirmed_it_stays_on_the_screen(self):
        self.invoice(100, "2026-03-01")
        settle = self.settle(100)
        action = settle.action_confirm_another()["params"]["next"]
        self.assertEqual(action["res_model"], "funnel.settle")
        again = Form(
            self.env["funnel.settle"]
            .with_user(self.users["finance"])
            .with_context(**action["context"])
        )
        self.assertEqual(again.journal_id, self.bank)
        self.assertFalse(again.partner_id)
        with self.assertRaisesRegex(UserError, "confirmed already"):
            settle.action_confirm()

    def test_a_bill_of_exchange_has_its_maturity(self):
        self.invoice(100, "2026-03-01")
        method = self.bank.inbound_payment_method_line_ids[0].copy(
            {"name": "Acceptance", "is_bill": True}
        )
        settle = self.settle(
            100, payment_method_line_id=method.id, bill_number="A 4711"
        )
        with self.assertRaisesRegex(UserError, "mature"), self.env.cr.savepoint():
            settle.action_confirm()
        settle.maturity_date = "2026-06-20"
        payment = self.payment(settle)
        self.assertEqual(payment.bill_number, "A 4711")
        self.assertEqual(payment.maturity_date, fields.Date.to_date("2026-06-20"))

    def test_who_paid_is_proposed_the_next_time(self):
        payer = self.env["res.partner"].create({"name": "Owner's Wife"})
        payment = self.payment(self.settle(10, payer_id=payer.id))
        self.assertEqual(payment.payer_id, payer)
        self.assertEqual(payment.partner_id, self.customer)
        self.assertEqual(self.settle(20).payer_id, payer)
        self.assertFalse(self.settle(20, self.vendor).payer_id)

    def test_a_payment_undone_takes_what_was_rounded_off_with_it(self):
        for undo in ("action_cancel", "unlink"):
            with self.subTest(undo):
                invoice = self.invoice(100.3, "2026-03-01")
                payment = self.payment(self.settle(100, memo=undo))
                rounding = payment.rounding_off_move_id
                payment = payment.with_user(self.users["finance"])
                payment.action_draft()
                # As Odoo does it: posted again, it pays what it paid.
                self.assertEqual(rounding.state, "posted")
                payment.action_post()
                self.assertEqual(invoice.payment_state, "paid")
                if undo == "unlink":
                    payment.action_draft()
                getattr(payment, undo)()
                self.assertEqual(rounding.state, "cancel")
                self.assertEqual(invoice.amount_residual, 100.3)
                invoice.button_cancel()

    def test_a_payment_of_many_is_changed_as_a_draft(self):
        self.invoice(100, "2026-03-01")
        self.invoice(100, "2026-03-02")
        payment = self.payment(self.settle(199.5)).with_user(self.users["finance"])
        payment.action_draft()
        payment.amount = 150
        self.assertEqual(self.items(payment), [-150])
        self.assertEqual(payment.rounding_off_move_id.state, "cancel")
        payment.action_post()
        self.assertEqual(payment.move_id.state, "posted")
        self.assert_ties_out()

    def test_a_payment_of_one_is_changed_as_a_draft(self):
        """It pays nothing then, so nothing is rounded off because of it."""
        invoice = self.document(100)
        payment = self.payment(self.settle(112.5)).with_user(self.users["finance"])
        payment.action_draft()
        # On another day it pays what it paid.
        payment.date = "2026-03-21"
        self.assertEqual(payment.rounding_off_move_id.state, "posted")
        payment.amount = 100
        self.assertEqual(payment.rounding_off_move_id.state, "cancel")
        payment.action_post()
        self.assertEqual(invoice.amount_residual, 113)
        self.match(invoice, payment.move_id)
        self.assertEqual(
            (invoice.amount_residual, invoice.payment_state), (13, "partial")
        )
        self.assert_allocated(invoice, (100, 88.5))
        self.assert_ties_out()

    def test_a_bill_waits_on_the_account_of_its_method(self):
        bills = self.company_data["default_account_assets"].copy(
            {"name": "Bills of Exchange", "code": "112191", "reconcile": True}
        )
        method = self.bank.inbound_payment_method_line_ids[0].copy(
            {"name": "Acceptance", "is_bill": True, "payment_account_id": bills.id}
        )
        settle = self.settle(
            100, payment_method_line_id=method.id, maturity_date="2026-06-20"
        )
        payment = self.payment(settle)
        self.assertEqual(payment.outstanding_account_id, bills)
        self.assertIn(bills, payment.move_id.line_ids.account_id)
