from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_cash_settle import SettleCommon


@tagged("post_install", "-at_install")
class TestCashSettleCredits(SettleCommon):
    """Credit notes, money on account, and other currencies."""

    def test_a_credit_note_is_used_up(self):
        invoice = self.document(100)
        note = self.document(20, move_type="out_refund", day="2026-03-05")
        settle = self.settle(90.4)
        self.assert_lines(settle, (invoice, 113, 113, 0, 0), (note, -22.6, -22.6, 0, 0))
        self.assert_totals(settle, 90.4, 0, 0)
        payment = self.payment(settle)
        self.assertEqual(self.items(payment), [-90.4])
        self.assertEqual((invoice | note).mapped("payment_state"), ["paid"] * 2)
        # A credit note is no money.
        self.assert_allocated(invoice, (90.4, 80))
        self.assertFalse(self.allocated(note))
        self.assert_ties_out()

    def test_credits_are_left_when_not_all_is_settled(self):
        invoice = self.document(100, invoice_date_due="2026-03-01")
        note = self.document(20, move_type="out_refund", day="2026-03-05")
        settle = self.settle(50)
        self.assert_lines(settle, (invoice, 113, 50, 0, 63), (note, -22.6, 0, 0, -22.6))
        settle = self.settle(112.9)
        self.assert_lines(
            settle, (invoice, 113, 112.9, 0.1, 0), (note, -22.6, 0, 0, -22.6)
        )
        self.assertEqual(settle.line_ids.mapped("days_overdue"), [19, 0])

    def test_a_part_of_a_credit_note_pays_a_part_of_an_invoice(self):
        invoice = self.document(100)
        note = self.document(20, move_type="out_refund", day="2026-03-05")
        settle = self.settle(50)
        self.write_line(settle, invoice, applied=60)
        self.write_line(settle, note, applied=-10)
        payment = self.payment(settle)
        self.assertEqual(self.items(payment), [-50])
        self.assertEqual(invoice.amount_residual, 53)
        self.assertEqual(note.amount_residual, 12.6)
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()

    def test_a_credit_note_pays_its_own_invoice_first(self):
        older = self.document(100)
        invoice = self.document(200, day="2026-03-02")
        note = self.document(20, move_type="out_refund", day="2026-03-05")
        note.reversed_entry_id = invoice
        settle = self.settle(316.4)
        self.assertEqual(settle.line_ids.mapped("stays_open"), [0, 0, 0])
        self.payment(settle)
        paid = note.line_ids.matched_debit_ids.debit_move_id.move_id
        self.assertEqual(paid, invoice)
        self.assertEqual((older | invoice | note).mapped("payment_state"), ["paid"] * 3)

    def test_money_on_account_is_used_up_without_any_new(self):
        before = self.pay(50)
        invoice = self.document(100, day="2026-03-12")
        settle = self.settle(0)
        self.write_line(settle, before.move_id, applied=-50)
        self.write_line(settle, invoice, applied=50)
        self.assert_totals(settle, 0, 0, 0)
        settle.action_confirm()
        self.assertEqual(invoice.amount_residual, 63)
        self.assert_allocated(invoice, (50, 44.25))
        self.assert_ties_out()

    def test_more_credits_than_invoices_are_refused(self):
        invoice = self.document(100)
        note = self.document(200, move_type="out_refund")
        settle = self.settle(10)
        self.write_line(settle, invoice, applied=113)
        self.write_line(settle, note, applied=-226)
        with self.assertRaisesRegex(UserError, "More credits"):
            settle.action_confirm()

    def test_items_in_the_currency_alone(self):
        euros = self.setup_other_currency(
            "EUR", rates=[("2026-03-01", 1 / 7), ("2026-03-15", 1 / 7.2)]
        )
        invoice = self.invoice(100, "2026-03-01", currency_id=euros.id)
        own = self.invoice(50, "2026-03-01")
        settle = self.settle(50)
        self.assert_lines(settle, (own, 50, 50, 0, 0))
        self.assertIn("100.00", settle.other_currencies)
        settle = self.settle(100, currency_id=euros.id)
        self.assert_lines(settle, (invoice, 100, 100, 0, 0))
        self.assertIn("50.00", settle.other_currencies)
        payment = self.payment(settle)
        self.assertEqual(self.items(payment), [-720])
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(own.payment_state, "not_paid")
        self.assert_ties_out()

    def test_euros_for_several_invoices_add_up(self):
        """Thirds of 100 EUR at 7.01 are 233.65 each, which is a cent short of 701."""
        euros = self.setup_other_currency("EUR", rates=[("2026-03-01", 1 / 7.01)])
        parts = (33.33, 33.33, 33.34)
        for part in parts:
            self.invoice(part, "2026-03-01", currency_id=euros.id)
        settle = self.settle(99.9, currency_id=euros.id)
        self.assertEqual(settle.line_ids.mapped("rounded"), [0, 0, 0.1])
        payment = self.payment(settle)
        self.assertAlmostEqual(sum(self.items(payment)), -700.3, 2)
        self.assertEqual(settle.line_ids.move_id.mapped("payment_state"), ["paid"] * 3)
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()
