from odoo.exceptions import UserError
from odoo.tests import tagged

from .unknown_common import UnknownCommon


@tagged("post_install", "-at_install")
class TestCashTakenBack(UnknownCommon):
    """Entries of money that somebody reverses, resets or changes in the ledger."""

    def reverse(self, payment, day="2026-03-25"):
        return payment.move_id._reverse_moves([{"date": day}], cancel=True)

    def bank_balance(self):
        rows = self.env["account.move.line"]._read_group(
            [("journal_id", "=", self.bank.id), ("parent_state", "=", "posted")],
            ["account_id.is_liquidity"],
            ["balance:sum"],
        )
        return dict(rows).get(True, 0)

    # ------------------------------------------------------------------
    # Unknown receipts
    # ------------------------------------------------------------------

    def test_a_receipt_that_another_entry_took_back(self):
        """It counts as cancelled, and nobody takes it back once more."""
        before = self.bank_balance()
        receipt = self.arrive(100)
        claim = self.claim(receipt)
        self.reverse(receipt.payment_id)
        self.assertEqual(receipt.state, "cancelled")
        self.assertEqual((receipt.amount_open, receipt.age), (0, 0))
        self.assertEqual(claim.state, "refused")
        finance = receipt.with_user(self.users["finance"]).sudo(False)
        with self.assertRaisesRegex(UserError, "Another entry took it back"):
            finance.action_cancel()
        with self.assertRaisesRegex(UserError, "Another entry took it back"):
            receipt.payment_id.action_draft()
        for method in (finance.action_receive, finance.action_claim):
            with self.assertRaisesRegex(UserError, "Nothing is left"):
                method()
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            self.claim(receipt, user="finance", amount=5)
        self.assertEqual(self.bank_balance(), before)
        self.assert_whole()

    def test_what_was_taken_back_is_pasted_again(self):
        row = "2026-03-18\t10\tNorth\t\tB7"
        action = self.paste(row).action_enter()
        receipt = self.env["funnel.unknown.receipt"].search(action["domain"]).sudo()
        self.reverse(receipt.payment_id)
        self.paste(row).action_enter()

    def test_a_screen_that_was_open_takes_nothing_of_it(self):
        receipt = self.arrive(100)
        screen = self.screen(receipt, partner_id=self.customer.id)
        self.reverse(receipt.payment_id)
        with self.assertRaisesRegex(UserError, "Nothing is left"):
            screen.action_confirm()

    def test_it_is_there_again_when_that_entry_is_reset(self):
        receipt = self.arrive(100)
        back = self.reverse(receipt.payment_id)
        back.button_cancel()
        self.assertEqual((receipt.state, receipt.amount_open), ("open", 100))
        receipt.with_user(self.users["finance"]).action_cancel()
        self.assertEqual(receipt.state, "cancelled")
        self.assert_whole()

    def test_it_is_there_again_when_that_entry_is_taken_back(self):
        """And so on, by turns."""
        receipt = self.arrive(100)
        entry, turns = receipt.payment_id.move_id, []
        for day in ("2026-03-25", "2026-03-26", "2026-03-27"):
            entry = entry._reverse_moves([{"date": day}], cancel=True)
            turns.append((receipt.state, receipt.amount_open))
            self.assert_ties_out()
            self.assert_follows_from_the_ledger()
        self.assertEqual(turns, [("cancelled", 0), ("open", 100), ("cancelled", 0)])
        entry.button_cancel()
        self.assertEqual((receipt.state, receipt.amount_open), ("open", 100))
        claim = self.claim(receipt)
        self.confirm(claim)
        self.assertEqual((claim.state, receipt.state), ("confirmed", "done"))
        self.assert_ties_out()
        self.assert_follows_from_the_ledger()

    def test_what_customers_have_got_is_not_taken_back(self):
        receipt = self.arrive(100)
        claim = self.claim(receipt, amount=60)
        self.confirm(claim)
        with self.assertRaisesRegex(UserError, "Undo these claims first"):
            self.reverse(receipt.payment_id)
        self.assertEqual((receipt.state, receipt.amount_open), ("open", 40))
        self.assert_whole()

    # ------------------------------------------------------------------
    # Payments of claims
    # ------------------------------------------------------------------

    def test_a_payment_of_a_claim_is_not_given_to_another(self):
        receipt = self.arrive(113)
        claim = self.claim(receipt)
        invoice = self.document(100)
        payment = self.confirm(claim)
        payment.action_draft()
        for values in (
            {"partner_id": self.vendor.id},
            {"amount": 50},
            {"date": "2026-03-21"},
            {"currency_id": self.setup_other_currency("EUR").id},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(UserError, "Undo the claim"),
                self.env.cr.savepoint(),
            ):
                payment.write(values)
        # As it is, it may be written and posted.
        payment.write({"amount": 113, "memo": "as told"})
        payment.action_post()
        self.assertEqual(claim.state, "confirmed")
        self.assertEqual(invoice.payment_state, "paid")
        claim.with_user(self.users["finance"]).action_undo()
        self.assertEqual((claim.state, receipt.amount_open), ("waiting", 113))
        self.assert_whole()

    def test_nor_is_its_entry(self):
        claim = self.claim(self.arrive(113))
        payment = self.confirm(claim)
        payment.action_draft()
        payment.move_id.line_ids.remove_move_reconcile()
        payment.move_id.line_ids.partner_id = self.vendor
        with self.assertRaisesRegex(UserError, "Undo the claim"):
            payment.move_id.action_post()

    def test_nor_is_it_reversed(self):
        """Undone, the claim waits again; reversed, the receipt would not tell of it."""
        receipt = self.arrive(113)
        claim = self.claim(receipt)
        payment = self.confirm(claim)
        with self.assertRaisesRegex(UserError, "Undo the claim"):
            self.reverse(payment)
        self.assertEqual((claim.state, receipt.state), ("confirmed", "done"))

    def test_nor_is_it_rejected(self):
        """Nor what posted the receipt: the money stays booked."""
        receipt = self.arrive(113)
        claim = self.claim(receipt)
        payment = self.confirm(claim)
        for text, rejected in (
            ("Undo the claim", payment),
            ("Cancel it there", receipt.payment_id),
        ):
            with (
                self.subTest(text),
                self.assertRaisesRegex(UserError, text),
                self.env.cr.savepoint(),
            ):
                rejected.with_user(self.users["finance"]).sudo(False).action_reject()
        self.assertEqual((claim.state, receipt.state), ("confirmed", "done"))
        self.assertNotIn("rejected", (payment | receipt.payment_id).mapped("state"))

    def test_the_money_is_not_taken_away_from_it_in_the_ledger(self):
        """It would be there for another claim as well, and this one confirmed."""
        invoice = self.document(100)
        receipt = self.arrive(113)
        claim = self.claim(receipt)
        payment = self.confirm(claim)
        own = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == receipt.item_id.account_id
        )
        finance = self.env["account.move.line"].with_user(self.users["finance"])
        for item in receipt.item_id, own:
            with (
                self.subTest(item.move_id.name),
                self.assertRaisesRegex(UserError, "Undo the claim"),
                self.env.cr.savepoint(),
            ):
                finance.browse(item.id).remove_move_reconcile()
        self.env.invalidate_all()
        self.assertEqual((claim.state, receipt.amount_open), ("confirmed", 0))
        # Which invoices it pays is another thing.
        finance.browse(invoice.line_ids.ids).remove_move_reconcile()
        self.assertEqual((invoice.amount_residual, receipt.amount_open), (113, 0))
        self.assert_whole()
        claim.with_user(self.users["finance"]).action_undo()
        self.assertEqual((claim.state, receipt.amount_open), ("waiting", 113))
        self.assert_whole()

    def test_undone_where_the_payment_was_reset_before_others_followed(self):
        """Its entry keeps its number, so that none is missing."""
        receipt = self.arrive(113)
        claim = self.claim(receipt)
        payment = self.confirm(claim)
        entry, number = payment.move_id, payment.move_id.name
        self.arrive(5)
        self.confirm(self.claim(self.arrive(7)))
        payment.with_user(self.users["finance"]).action_draft()
        claim.with_user(self.users["finance"]).action_undo()
        self.assertEqual((claim.state, receipt.amount_open), ("waiting", 113))
        self.assertEqual(payment.state, "canceled")
        self.assertRecordValues(entry, [{"state": "cancel", "name": number}])
        self.confirm(claim)
        self.assert_whole()

    def test_a_payment_that_is_deleted_gives_the_money_back(self):
        receipt = self.arrive(113)
        claim = self.claim(receipt)
        payment = self.confirm(claim).with_user(self.users["finance"])
        payment.action_draft()
        payment.unlink()
        self.assertEqual((claim.state, receipt.amount_open), ("waiting", 113))
        self.confirm(claim)
        self.assertEqual((claim.state, receipt.amount_open), ("confirmed", 0))
        self.assert_whole()

    # ------------------------------------------------------------------
    # Rounding off
    # ------------------------------------------------------------------

    def test_what_was_rounded_off_goes_with_the_payment(self):
        """Of 113.00 paid with 112.50, all 113.00 are owed again."""
        invoice = self.document(100)
        payment = self.payment(self.settle(112.5)).sudo()
        rounding = payment.rounding_off_move_id
        # The day of the payment may be closed when it is reversed.
        self.company.fiscalyear_lock_date = "2026-03-22"
        self.reverse(payment)
        self.assertEqual(invoice.amount_residual, 113)
        self.assertEqual(rounding.state, "posted")
        back = rounding.reversal_move_ids
        self.assertEqual((back.state, str(back.date)), ("posted", "2026-03-25"))
        [total] = self.env["account.move.line"]._read_group(
            [("account_id", "=", self.cash_differences.id)], [], ["balance:sum"]
        )[0]
        self.assertEqual(total, 0)
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()

    def test_a_reversal_that_waits_takes_it_back_when_it_is_posted(self):
        invoice = self.document(100)
        payment = self.payment(self.settle(112.5)).sudo()
        back = payment.move_id._reverse_moves([{"date": "2026-03-25"}])
        self.assertFalse(payment.rounding_off_move_id.reversal_move_ids)
        back.action_post()
        rounding = payment.rounding_off_move_id
        self.assertEqual(rounding.reversal_move_ids.state, "posted")
        self.assertEqual(invoice.line_ids.account_id & self.receivable, self.receivable)
        # Cancelled on top of it, nothing of it is taken back twice.
        payment.action_cancel()
        self.assertEqual(rounding.state, "posted")
