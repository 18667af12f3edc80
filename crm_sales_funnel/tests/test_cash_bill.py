from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .cash_common import CashCommon
from .test_cash_report import CashReportChecks


@tagged("post_install", "-at_install")
class TestCashBill(CashReportChecks, CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bills = cls.env["account.account"].create(
            {
                "name": "Bills of Exchange",
                "code": "112190",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        cls.method = cls.bank.inbound_payment_method_line_ids[0].copy(
            {"payment_account_id": cls.bills.id, "name": "Acceptance", "is_bill": True}
        )

    def bill(self, amount, *invoices, maturity="2026-06-10", **values):
        return self.pay(
            amount,
            *invoices,
            payment_method_line_id=self.method.id,
            bill_number="EB-0001",
            maturity_date=maturity,
            **values,
        )

    def dialog(self, *bills, user="finance"):
        payments = self.env["account.payment"].union(*bills)
        dialog = self.env["funnel.bill.cash"].with_user(self.users[user])
        return dialog.with_context(
            active_model="account.payment", active_ids=payments.ids
        ).create({"date": "2026-06-10", "journal_id": self.bank.id})

    def test_when_it_matures_is_entered_before_it_is_confirmed(self):
        with self.assertRaisesRegex(UserError, "When does EB-0001 mature"):
            self.bill(113, maturity=False)

    def test_a_bill_is_cashed(self):
        """At receipt it counts as received; the bank's entry is a transfer."""
        payment = self.bill(113, self.document(100))
        self.assertFalse(payment.is_matched)
        form = Form(
            self.env["funnel.bill.cash"]
            .with_user(self.users["finance"])
            .with_context(active_model="account.payment", active_ids=payment.ids)
        )
        self.assertEqual(form.journal_id, self.bank)
        form.date = "2026-06-10"
        form.save().action_cash()
        self.assertTrue(payment.is_matched)
        entry = self.env["account.move"].search([("ref", "=", "Cashed: EB-0001")])
        self.assertRecordValues(
            entry.line_ids.sorted("balance"),
            [
                {"account_id": self.bills.id, "balance": -113},
                {"account_id": self.bank.default_account_id.id, "balance": 113},
            ],
        )
        self.assertEqual(str(entry.date), "2026-06-10")
        self.assert_ties_out()

    def test_where_a_bill_stands(self):
        """By the bill, whatever the invoice is that it paid."""
        today = fields.Date.context_today(self.env["account.payment"])
        for days, state in ((1, "waiting"), (0, "matured"), (-1, "matured")):
            with self.subTest(days):
                maturity = fields.Date.add(today, days=days)
                bill = self.bill(113, self.document(100), maturity=maturity)
                self.assertEqual((bill.state, bill.bill_state), ("paid", state))
        entry = self.cash(bill)
        self.assertEqual(bill.bill_state, "cashed")
        entry.button_cancel()
        self.assertEqual(bill.bill_state, "matured")
        back = bill.move_id._reverse_moves([{"date": "2026-06-11"}], cancel=True)
        self.assertEqual(bill.bill_state, "gone")
        back.button_cancel()
        bill.action_draft()
        self.assertEqual(bill.bill_state, "draft")
        bill.action_cancel()
        self.assertEqual(bill.bill_state, "gone")
        self.assertFalse(self.pay(5).bill_state)

    def test_which_way_money_goes_is_told_in_own_words(self):
        """Chosen in them, all that follows is Odoo's."""
        payments = self.env["account.payment"].with_user(self.users["finance"])
        form = Form(payments.with_context(default_payment_type="inbound"))
        form.journal_id = self.bank
        form.amount = 5
        self.assertEqual(form.money_direction, "inbound")
        form.money_direction = "outbound"
        methods = self.bank.outbound_payment_method_line_ids
        self.assertIn(form.payment_method_line_id, methods)
        payment = form.save()
        self.assertEqual(payment.payment_type, "outbound")
        payment.money_direction = "inbound"
        self.assertEqual(payment.payment_type, "inbound")

    def test_it_is_cashed_once(self):
        payment = self.bill(113)
        first, second = self.dialog(payment), self.dialog(payment)
        first.action_cash()
        with self.assertRaisesRegex(UserError, "EB-0001 is cashed already"):
            second.action_cash()

    def cashed(self):
        """Return a bill that paid an invoice, the invoice, and what cashed the bill."""
        invoice = self.document(100)
        payment = self.bill(113, invoice).with_user(self.users["finance"])
        return payment, invoice, self.cash(payment)

    def cash(self, payment):
        """Return the entry that cashed it."""
        self.dialog(payment).action_cash()
        entries = self.env["account.move"].with_user(self.users["finance"])
        domain = [("ref", "=", "Cashed: EB-0001")]
        return entries.search(domain, order="id desc", limit=1)

    def test_a_bill_that_is_cashed_is_not_taken_back(self):
        for counted in (False, True):
            self.bills.is_counted_when_cashed = counted
            payment, invoice, entry = self.cashed()
            for method in (
                payment.action_draft,
                payment.action_cancel,
                payment.move_id.button_cancel,
                lambda move=payment.move_id: move._reverse_moves(cancel=True),
            ):
                text = f"EB-0001 was cashed by {entry.name}.* Undo that first"
                with (
                    self.subTest(counted=counted, method=method),
                    self.assertRaisesRegex(UserError, text),
                    self.env.cr.savepoint(),
                ):
                    method()
            self.assertEqual(payment.move_id.state, "posted")
            self.assertEqual(invoice.amount_residual, 0)
            entry.button_cancel()

    def test_cashing_is_undone(self):
        """Reset and cancelled, or reversed: the bill waits again, is cashed again, or
        is taken back."""
        for undo in (
            lambda entry: entry.button_cancel(),
            lambda entry: entry._reverse_moves([{"date": "2026-06-11"}], cancel=True),
        ):
            payment, invoice, entry = self.cashed()
            undo(entry)
            self.assertFalse(payment.is_matched)
            self.assert_ties_out()
            again = self.cash(payment)
            self.assertTrue(payment.is_matched)
            undo(again)
            payment.action_cancel()
            self.assertEqual(invoice.amount_residual, 113)
            [balance] = self.env["account.move.line"]._read_group(
                [("account_id", "=", self.bills.id), ("parent_state", "=", "posted")],
                [],
                ["balance:sum"],
            )[0]
            self.assertEqual(balance, 0)
            self.assert_ties_out()

    def test_what_is_no_bill_is_not_cashed(self):
        bill, transfer = self.bill(113), self.pay(50)
        with self.assertRaisesRegex(UserError, "not waiting to be cashed"):
            self.dialog(bill, transfer).action_cash()
        self.assertFalse(bill.is_matched)

    def test_a_bill_that_was_given(self):
        method = self.bank.outbound_payment_method_line_ids[0].copy(
            {"payment_account_id": self.bills.id, "name": "Own Bill", "is_bill": True}
        )
        payment = self.pay(
            113,
            self.document(100, move_type="in_invoice"),
            payment_type="outbound",
            partner_type="supplier",
            payment_method_line_id=method.id,
            maturity_date="2026-06-10",
        )
        self.dialog(payment).action_cash()
        self.assertTrue(payment.is_matched)
        self.assert_ties_out()

    def test_who_cashes(self):
        payment = self.bill(113)
        for role in ("salesperson", "order_desk", "warehouse", "purchasing"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.dialog(payment, user=role)

    def test_bills_that_mature_are_on_the_today_screen(self):
        today = fields.Date.context_today(self.env["account.payment"])
        for days in (-1, 3, 30):
            self.bill(100, maturity=fields.Date.add(today, days=days))
        reminders = self.env["funnel.reminder"].with_user(self.users["finance"])
        [kind] = [k for k in reminders.get_today("all") if k["key"] == "cash.bills"]
        self.assertEqual((kind["count"], kind["amount"]), (2, 200))

    def test_tax_invoices_are_found_by_their_number(self):
        invoice = self.document(100)
        finance = invoice.with_user(self.users["finance"])
        finance.write(
            {
                "vat_invoice_kind": "special",
                "vat_invoice_number": "24332000000012345678",
            }
        )
        found = self.env["account.move"].search(
            [("vat_invoice_number", "ilike", "12345678")]
        )
        self.assertEqual(found, invoice)
        self.assertFalse(invoice.copy().vat_invoice_number)

    def test_what_the_dialog_refuses(self):
        payment = self.bill(113)
        for text, values in (
            ("EB-0001 was received or given on 03/10/2026", {"date": "2026-03-09"}),
            (
                "journal of a bank",
                {"journal_id": self.company_data["default_journal_cash"].id},
            ),
            ("Choose the bills", {"payment_ids": [Command.clear()]}),
        ):
            dialog = self.dialog(payment)
            dialog.write(values)
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                dialog.action_cash()
        for name in ("Date", "Bank"):
            with self.subTest(name):
                field = "date" if name == "Date" else "journal_id"
                with self.assertRaisesRegex(
                    ValidationError, f"{name}: this is missing"
                ):
                    self.dialog(payment).write({field: False})
        self.company.fiscalyear_lock_date = "2026-06-30"
        with self.assertRaisesRegex(UserError, "closed up to 06/30/2026"):
            self.dialog(payment).action_cash()
        self.assertFalse(payment.is_matched)

    def test_no_bill_matures_before_it_is_written(self):
        with self.assertRaisesRegex(UserError, "EB-0001 matures before"):
            self.bill(113, maturity="2026-03-09")
        self.assertTrue(self.bill(113, maturity="2026-03-10"))
