from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_cash_settle import SettleCommon


@tagged("post_install", "-at_install")
class TestCashSettleRefused(SettleCommon):
    """What cannot be, what is warned about, and who may."""

    def assert_refused(self, settle, message, error=UserError):
        """Check that it is refused, and that nothing is left of it."""
        payments = self.env["account.payment"].search_count([])
        entries = self.env["account.move"].search_count([])
        with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
            settle.action_confirm()
        self.env.invalidate_all()
        self.assertEqual(self.env["account.payment"].search_count([]), payments)
        self.assertEqual(self.env["account.move"].search_count([]), entries)
        self.assertFalse(settle.is_confirmed)

    def test_over_the_limit(self):
        invoice = self.invoice(100, "2026-03-01")
        settle = self.settle(98)
        self.assert_lines(settle, (invoice, 100, 98, 0, 2))
        self.write_line(settle, invoice, rounded=2)
        self.assert_refused(settle, "too much to be rounded off, at most")
        self.company.rounding_off_limit = 2
        self.payment(settle)
        self.assertEqual(invoice.payment_state, "paid")

    def test_what_is_rounded_off_is_the_rest(self):
        """Or it could be rounded off again and again."""
        invoice = self.invoice(100, "2026-03-01")
        for amount, applied in ((0, 0), (50, 50)):
            settle = self.settle(amount)
            settle.action_nothing()
            self.write_line(settle, invoice, applied=applied, rounded=1)
            self.assert_refused(settle, "nothing is rounded off where")

    def test_a_cancelled_order_gets_no_deposit(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        order.action_cancel()
        settle = self.settle(50)
        settle.deposit_order_id = order
        self.assert_refused(settle, "The order is cancelled")

    def test_instalments_of_an_invoice_have_one_limit(self):
        self.instalments(100)
        settle = self.settle(98.2)
        settle.line_ids.write({"applied": 49.1, "rounded": 0.9})
        self.assert_refused(settle, "1.80 is too much|1.80")
        settle.line_ids[0].write({"applied": 49.9, "rounded": 0.1})
        settle.amount = 99
        self.payment(settle)

    def test_amounts_that_cannot_be(self):
        invoice = self.invoice(100, "2026-03-01")
        note = self._create_invoice_one_line(
            move_type="out_refund",
            partner_id=self.customer.id,
            price_unit=30,
            tax_ids=[],
            invoice_date="2026-03-02",
            post=True,
        )
        for move, values, amount, message in (
            (invoice, {"applied": 101}, 200, "between zero and"),
            (invoice, {"applied": -1}, 200, "between zero and"),
            (invoice, {"applied": 99.5, "rounded": 1}, 200, "between zero and"),
            (invoice, {"applied": 1, "rounded": -1}, 200, "between zero and"),
            (note, {"applied": 10}, 200, "between zero and"),
            (note, {"applied": -31}, 200, "between zero and"),
            (note, {"rounded": -0.5}, 200, "not rounded off"),
            (invoice, {"applied": 60}, 50, "is applied, but the amount is"),
        ):
            with self.subTest(move=move.name, **values):
                settle = self.settle(amount)
                settle.action_nothing()
                self.write_line(settle, move, **values)
                self.assert_refused(settle, message)
        self.assert_refused(self.settle(-5), "not below zero")
        self.assert_refused(self.settle(0), "Enter the amount")

    def test_what_is_no_number(self):
        invoice = self.invoice(100, "2026-03-01")
        for amount in (float("nan"), float("inf"), 1e16):
            with self.subTest(amount), self.assertRaises(ValidationError):
                self.settle(amount)
        settle = self.settle(100)
        for name in ("applied", "rounded", "open_amount"):
            with self.subTest(name), self.assertRaises(ValidationError):
                self.write_line(settle, invoice, **{name: float("nan")})

    def test_what_was_paid_meanwhile(self):
        invoice = self.invoice(100, "2026-03-01")
        settle, other = self.settle(100), self.settle(60)
        self.payment(other)
        self.assert_refused(settle, "is open by now, not")
        settle.action_propose()
        self.assert_lines(settle, (invoice, 40, 40, 0, 0))
        self.payment(self.settle(40))
        self.assert_refused(settle, "not open any more")

    def test_items_of_others(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        foreign = self.invoice(100, "2026-03-01", partner_id=stranger.id)
        item = self.open_items(foreign)
        settle = self.settle(100)
        settle.line_ids = [
            Command.create(
                {"move_line_id": item.id, "open_amount": 100, "applied": 100}
            )
        ]
        self.assert_refused(settle, "not open any more")

    def test_an_item_that_stands_there_twice(self):
        invoice = self.invoice(100, "2026-03-01")
        settle = self.settle(200)
        line = settle.line_ids
        settle.line_ids = [
            Command.create(
                {
                    "move_line_id": line.move_line_id.id,
                    "open_amount": 100,
                    "applied": 100,
                }
            )
        ]
        self.assert_refused(settle, f"{invoice.name} is not open any more")

    def test_without_an_account_of_rounding_off(self):
        self.company.write(
            {
                "rounding_off_account_id": False,
                "default_cash_difference_expense_account_id": False,
            }
        )
        self.invoice(100.3, "2026-03-01")
        self.assert_refused(self.settle(100), "account of rounding off")
        self.company.default_cash_difference_expense_account_id = self.cash_differences
        self.payment(self.settle(100))

    # ------------------------------------------------------------------
    # Entered already?
    # ------------------------------------------------------------------

    def test_the_same_amount_within_some_days(self):
        payment = self.payment(self.settle(100))
        for amount, day, found in (
            (100, "2026-03-27", True),
            (100, "2026-03-13", True),
            (100, "2026-03-28", False),
            (99, "2026-03-20", False),
        ):
            with self.subTest(amount=amount, day=day):
                settle = self.settle(amount, date=day)
                self.assertEqual(settle.duplicate_ids == payment, found)
        self.assertFalse(self.settle(100, direction="pay").duplicate_ids)
        self.assertFalse(self.settle(100, self.vendor).duplicate_ids)
        self.company.duplicate_payment_days = 0
        self.assertFalse(self.settle(100, date="2026-03-21").duplicate_ids)
        again = self.settle(100)
        self.assertEqual(again.duplicate_ids, payment)
        self.assertIn(payment.name, again.duplicates)
        self.assertEqual(again.action_open_duplicates()["res_id"], payment.id)
        self.payment(again)  # a warning, no error

    def test_the_same_reference(self):
        payment = self.payment(self.settle(100, memo="TT 4711"))
        same = self.settle(55, self.vendor, memo=" TT 4711 ")
        self.assertEqual(same.duplicate_ids, payment)
        self.assertFalse(self.settle(55, self.vendor, memo="TT 4712").duplicate_ids)

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def test_finance_alone(self):
        settle = self.settle(100)
        for role in ("salesperson", "manager", "order_desk", "warehouse", "purchasing"):
            with self.subTest(role):
                with self.assertRaises(AccessError):
                    self.settle(100, user=role)
                with self.assertRaises(AccessError):
                    settle.with_user(self.users[role]).action_confirm()

    def test_the_screen_of_another_clerk(self):
        self.invoice(100, "2026-03-01")
        settle = self.settle(100)
        clerk = self.new_role_user("clerk", "finance")
        for method in ("action_confirm", "action_confirm_another", "action_nothing"):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(settle.with_user(clerk), method)()
        with self.assertRaises(AccessError):
            settle.line_ids.with_user(clerk).read(["open_amount"])

    def test_the_company_of_the_documents_decides(self):
        other = self.setup_other_company(name="Second Ltd")
        company = other["company"]
        invoice = self.invoice(100, "2026-03-01")
        with self.assertRaises(AccessError):
            self.settle(100, company_id=company.id)
        finance = self.users["finance"]
        finance.company_ids |= company
        theirs = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "company_id": company.id,
                    "invoice_date": "2026-03-01",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "goods",
                                "price_unit": 70,
                                "tax_ids": [Command.clear()],
                            }
                        )
                    ],
                }
            )
        )
        theirs.action_post()
        settle = self.settle(100)
        self.assert_lines(settle, (invoice, 100, 100, 0, 0))
        settle = (
            self.env["funnel.settle"]
            .with_user(finance)
            .with_context(allowed_company_ids=(self.company | company).ids)
            .with_context(active_model="account.move", active_ids=theirs.ids)
            .create({"date": "2026-03-20"})
        )
        self.assertEqual(settle.company_id, company)
        self.assertEqual(settle.journal_id.company_id, company)
        self.assert_lines(settle, (theirs, 70, 70, 0, 0))
        self.assertEqual(self.payment(settle).company_id, company)
        self.assertEqual(
            (invoice.payment_state, theirs.payment_state), ("not_paid", "paid")
        )
        with self.assertRaises(UserError):
            self.settle(10, journal_id=other["default_journal_bank"].id)

    def test_a_hundred_invoices_take_few_queries_more_than_ten(self):
        counts = []
        for number in (10, 100):
            customer = self.customer.copy()
            moves = self.env["account.move"].union(
                *(
                    self.invoice(10, "2026-03-01", partner_id=customer.id, post=False)
                    for _ in range(number)
                )
            )
            moves.action_post()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            settle = self.settle(number * 10, customer)
            self.env.flush_all()
            self.assertEqual(len(settle.line_ids), number)
            opened = self.env.cr.sql_log_count - before
            settle.action_confirm()
            self.env.flush_all()
            counts.append((opened, self.env.cr.sql_log_count - before - opened))
            self.assertEqual(set(moves.mapped("payment_state")), {"paid"})
        self.assertLessEqual(counts[1][0], counts[0][0] + 10, counts)
        # Odoo asks for the analytic distribution of each item, and what is tracked of
        # each invoice.
        self.assertLessEqual(counts[1][1], counts[0][1] + 2 * 90, counts)
