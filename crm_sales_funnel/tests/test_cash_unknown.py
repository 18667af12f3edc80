from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .unknown_common import UnknownCommon


@tagged("post_install", "-at_install")
class TestCashUnknown(UnknownCommon):
    def test_it_is_booked_on_the_day_when_it_arrives(self):
        receipt = self.arrive(1000)
        account = self.company.unknown_receipts_account_id
        self.assertRecordValues(
            receipt,
            [
                {
                    "amount_open": 1000,
                    "state": "open",
                    "currency_id": self.company.currency_id.id,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertRecordValues(
            receipt.payment_id.move_id.line_ids.sorted("balance"),
            [
                {"account_id": account.id, "balance": -1000, "partner_id": False},
                {
                    "account_id": receipt.payment_id.outstanding_account_id.id,
                    "balance": 1000,
                    "partner_id": False,
                },
            ],
        )
        self.assertEqual(str(receipt.payment_id.move_id.date), "2026-03-20")
        self.assertEqual(
            self.cash_rows(), [("receipt", False, 1000.0, "2026-03-20", True)]
        )
        self.assert_whole()

    def test_it_is_in_no_aging(self):
        self.arrive(1000)
        self.invoice(300, "2026-03-01")
        self.assert_aging("2026-03-31", [(300,)], "residual")

    def test_a_claim_that_is_confirmed_pays_the_invoice(self):
        """The money stays where it was, on the day when it arrived."""
        first, second = self.document(100), self.document(200, day="2026-03-02")
        receipt = self.arrive(226)
        claim = self.claim(receipt, invoice_ids=[Command.set(second.ids)])
        self.assertEqual((receipt.state, claim.amount), ("claimed", 226))
        payment = self.confirm(claim)
        self.assertEqual(
            (first.payment_state, second.payment_state), ("not_paid", "paid")
        )
        self.assertRecordValues(
            payment,
            [
                {
                    "partner_id": self.customer.id,
                    "amount": 226,
                    "state": "paid",
                    "date": fields.Date.to_date("2026-03-20"),
                    "outstanding_account_id": receipt.item_id.account_id.id,
                    "unknown_receipt_id": receipt.id,
                }
            ],
        )
        self.assertEqual((claim.state, claim.payment_id), ("confirmed", payment))
        self.assertEqual((receipt.state, receipt.amount_open), ("done", 0))
        # 200 and 13 % of tax.
        self.assert_allocated(second, (226, 200))
        self.assertEqual(
            self.cash_rows(), [("receipt", self.customer.id, 226, "2026-03-20", False)]
        )
        self.assert_whole()

    def test_in_parts(self):
        """One part pays an invoice, one is on account of another customer, one is
        unknown still."""
        invoice = self.document(400)
        other = self.env["res.partner"].create({"name": "Sudwind", "is_company": True})
        receipt = self.arrive(1000)
        first = self.claim(receipt, amount=452)
        second = self.claim(receipt, amount=300, partner_id=other.id)
        self.assertEqual(receipt.state, "claimed")
        self.confirm(first)
        self.assertEqual((receipt.amount_open, receipt.state), (548, "claimed"))
        self.confirm(second)
        self.assertEqual((receipt.amount_open, receipt.state), (248, "open"))
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(
            self.cash_rows(),
            [
                ("receipt", False, 248, "2026-03-20", True),
                ("receipt", self.customer.id, 452, "2026-03-20", False),
                ("receipt", other.id, 300, "2026-03-20", True),
            ],
        )
        self.assert_whole()

    def test_of_an_invoice_a_part_and_the_rest_on_account(self):
        invoice = self.document(100)
        receipt = self.arrive(200)
        self.confirm(self.claim(receipt))
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(
            self.cash_rows(),
            [
                ("receipt", self.customer.id, 87, "2026-03-20", True),
                ("receipt", self.customer.id, 113, "2026-03-20", False),
            ],
        )
        self.assert_whole()

    def test_what_is_left_is_a_deposit_of_the_order_that_was_claimed(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create({"product_id": self.bolts.id, "price_unit": 500})
                ],
            }
        )
        order.action_confirm()
        receipt = self.arrive(150)
        claim = self.claim(receipt, order_ids=[Command.set(order.ids)])
        payment = self.confirm(claim)
        self.assertEqual(payment.deposit_order_id, order)
        self.assertEqual(
            self.cash_rows(), [("deposit", self.customer.id, 150, "2026-03-20", True)]
        )
        self.assert_whole()

    def test_a_closed_month_is_left_as_it_is(self):
        receipt = self.arrive(113, day="2026-03-20")
        entry = receipt.payment_id.move_id
        before = entry.line_ids.read(["balance", "account_id", "partner_id", "date"])
        invoice = self.document(100, day="2026-04-02")
        claim = self.claim(receipt)
        self.company.fiscalyear_lock_date = "2026-03-31"
        screen = self.screen(claim)
        self.assertEqual(screen.date, fields.Date.context_today(screen))
        screen.date = "2026-03-25"
        with self.assertRaisesRegex(UserError, "closed up to 03/31/2026"):
            screen.action_confirm()
        screen.date = "2026-04-10"
        payment = self.payment(screen)
        self.assertEqual(str(payment.move_id.date), "2026-04-10")
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(
            entry.line_ids.read(["balance", "account_id", "partner_id", "date"]), before
        )
        # Received in March, paid in April by no money.
        self.assertEqual(
            self.cash_rows(), [("receipt", self.customer.id, 113, "2026-03-20", False)]
        )
        self.assert_whole()
        self.company.fiscalyear_lock_date = "2026-04-30"
        with self.assertRaises(UserError), self.env.cr.savepoint():
            claim.with_user(self.users["finance"]).action_undo()
        self.assertEqual(claim.state, "confirmed")
        with self.assertRaisesRegex(UserError, "closed up to 04/30/2026"):
            self.arrive(5, day="2026-04-30")

    def test_it_is_not_the_customers_before_it_arrived(self):
        screen = self.screen(self.claim(self.arrive(100)))
        screen.date = "2026-03-19"
        with self.assertRaisesRegex(UserError, "arrived on 03/20/2026"):
            screen.action_confirm()

    def test_contested(self):
        """Both claims are kept. Finance confirms one, and the other is told."""
        receipt = self.arrive(100)
        mine = self.claim(receipt)
        other = self.claim(receipt, user="team_leader")
        self.assertEqual(receipt.state, "contested")
        self.assertTrue(mine.is_contested and other.is_contested)
        self.assertIn("salesperson", receipt.claimants)
        self.assertIn("team_leader", receipt.claimants)
        self.confirm(other)
        self.assertEqual((mine.state, other.state), ("refused", "confirmed"))
        self.assertIn("another claim", mine.refusal)
        self.assertIn(
            self.users["salesperson"].partner_id,
            mine.message_ids.notified_partner_ids,
        )
        self.assertEqual(receipt.state, "done")
        self.assert_whole()

    def test_two_screens_of_the_same_receipt(self):
        receipt = self.arrive(100)
        claim = self.claim(receipt)
        first, second = self.screen(claim), self.screen(claim)
        third = self.screen(receipt, partner_id=self.customer.id)
        self.payment(first)
        with self.assertRaisesRegex(UserError, "does not wait any more"):
            second.action_confirm()
        with self.assertRaisesRegex(UserError, "is left"):
            third.action_confirm()
        self.assertEqual(len(receipt.claim_ids), 1)
        self.assert_whole()

    def test_the_screen_is_of_its_claim_and_its_receipt(self):
        receipt, other = self.arrive(100), self.arrive(100)
        claim = self.claim(receipt)
        stranger = self.env["res.partner"].create({"name": "Sudwind"})
        cash = self.company_data["default_journal_cash"]
        for text, values in (
            ("for another customer", {"partner_id": stranger.id}),
            ("of another receipt", {"unknown_receipt_id": other.id}),
            ("of another receipt", {"unknown_receipt_id": False}),
            ("arrived already", {"journal_id": cash.id}),
            ("arrived already", {"direction": "pay"}),
            ("Enter the amount", {"amount": 0}),
            ("100.00 is left", {"amount": 100.01}),
        ):
            screen = self.screen(claim)
            # As who calls the server may write it: what is computed follows.
            screen.write(values)
            with (
                self.subTest(text, **values),
                self.assertRaisesRegex(UserError, text),
                self.env.cr.savepoint(),
            ):
                screen.action_confirm()
        self.assertEqual((claim.state, receipt.amount_open), ("waiting", 100))

    def test_refused_with_a_reason(self):
        claim = self.claim(self.arrive(100))
        finance = claim.with_user(self.users["finance"]).sudo(False)
        action = finance.action_refuse()
        dialog = Form(
            self.env[action["res_model"]]
            .with_user(self.users["finance"])
            .with_context(**action["context"])
        )
        dialog.reason = "It is of Sudwind"
        dialog.save().action_refuse()
        self.assertEqual((claim.state, claim.refusal), ("refused", "It is of Sudwind"))
        self.assertEqual(claim.receipt_id.state, "open")
        self.assertIn("It is of Sudwind", claim.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "does not wait any more"):
            finance.action_confirm()

    def test_withdrawn(self):
        claim = self.claim(self.arrive(100))
        claim.with_user(self.users["salesperson"]).action_withdraw()
        self.assertEqual((claim.state, claim.receipt_id.state), ("withdrawn", "open"))
        with self.assertRaisesRegex(UserError, "does not wait any more"):
            claim.with_user(self.users["salesperson"]).action_withdraw()

    def test_undone(self):
        invoice = self.document(100)
        receipt = self.arrive(113)
        claim = self.claim(receipt)
        payment = self.confirm(claim)
        claim.with_user(self.users["finance"]).action_undo()
        self.assertEqual(payment.state, "canceled")
        self.assertEqual((claim.state, receipt.state), ("waiting", "claimed"))
        self.assertEqual((receipt.amount_open, invoice.amount_residual), (113, 113))
        self.assertFalse(self.allocated(invoice))
        self.assertEqual(
            self.cash_rows(), [("receipt", False, 113, "2026-03-20", True)]
        )
        self.assert_whole()
        self.confirm(claim)
        self.assertEqual(invoice.payment_state, "paid")
        self.assert_whole()

    def test_a_payment_undone_in_odoo_undoes_the_claim(self):
        receipt = self.arrive(113)
        claim = self.claim(receipt)
        payment = self.confirm(claim).with_user(self.users["finance"])
        payment.action_draft()
        self.assertEqual((claim.state, receipt.amount_open), ("confirmed", 0))
        self.assert_whole()
        payment.action_post()
        self.assertEqual((claim.state, receipt.amount_open), ("confirmed", 0))
        self.assert_whole()
        payment.action_cancel()
        self.assertEqual((claim.state, receipt.amount_open), ("waiting", 113))
        self.assert_whole()
        self.confirm(claim)
        payment.action_draft()
        with self.assertRaisesRegex(UserError, "is left"), self.env.cr.savepoint():
            payment.action_post()
        self.assert_whole()

    def test_the_entry_of_a_receipt_is_cancelled_there(self):
        receipt = self.arrive(100)
        claim = self.claim(receipt, amount=40)
        self.confirm(claim)
        finance = receipt.with_user(self.users["finance"]).sudo(False)
        with self.assertRaisesRegex(UserError, "Undo these claims"):
            finance.action_cancel()
        for undo in ("action_draft", "action_cancel", "unlink"):
            with self.subTest(undo), self.env.cr.savepoint():
                with self.assertRaisesRegex(UserError, "Cancel it there"):
                    getattr(finance.payment_id, undo)()
                self.env.invalidate_all()
        claim.with_user(self.users["finance"]).action_undo()
        finance.action_cancel()
        self.assertEqual((receipt.state, claim.state), ("cancelled", "refused"))
        self.assertEqual(receipt.payment_id.state, "canceled")
        self.assertEqual(self.cash_rows(), [])
        self.assert_whole()

    def test_another_currency_is_worth_what_it_was(self):
        """100 at 2 for 1 is 50, whatever it is worth when it is claimed."""
        foreign = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        receipt = self.arrive(100, currency_id=foreign.id)
        self.assertEqual(receipt.amount_open_company, 50)
        invoice = self.document(
            60, tax=self.vat.browse(), currency_id=foreign.id, day="2026-03-21"
        )
        foreign.rate_ids.create(
            {
                "currency_id": foreign.id,
                "name": "2026-04-01",
                "rate": 4.0,
                "company_id": self.company.id,
            }
        )
        screen = self.screen(self.claim(receipt, amount=60))
        screen.date = "2026-04-02"
        payment = self.payment(screen)
        self.assertEqual(sorted(payment.move_id.line_ids.mapped("balance")), [-30, 30])
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual((receipt.amount_open, receipt.amount_open_company), (40, 20))
        self.assertEqual(
            self.cash_rows(),
            [
                ("receipt", False, 20, "2026-03-20", True),
                ("receipt", self.customer.id, 30, "2026-03-20", False),
            ],
        )
        self.confirm(self.claim(receipt))
        self.assertEqual(
            self.cash_rows(),
            [
                ("receipt", self.customer.id, 20, "2026-03-20", True),
                ("receipt", self.customer.id, 30, "2026-03-20", False),
            ],
        )
        self.assertEqual((receipt.amount_open, receipt.amount_open_company), (0, 0))
        self.assert_whole()

    def test_cents_of_parts_in_another_currency(self):
        """A third of 100 is 33.33 three times, and 0.01 more once."""
        foreign = self.setup_other_currency("EUR", rates=[("2026-01-01", 3.0)])
        receipt = self.arrive(100, currency_id=foreign.id)
        self.assertEqual(receipt.amount_open_company, 33.33)
        for amount in (33.33, 33.33, 33.34):
            self.confirm(self.claim(receipt, amount=amount))
        self.assertEqual((receipt.amount_open, receipt.amount_open_company), (0, 0))
        self.assertAlmostEqual(sum(row[2] for row in self.cash_rows()), 33.33)
        self.assert_whole()

    def test_each_company_has_its_own(self):
        other = self.setup_other_company(name="Other Ltd")["company"]
        finance = self.users["finance"]
        finance.company_ids |= other
        bank = self.env["account.journal"].search(
            [("company_id", "=", other.id), ("type", "=", "bank")], limit=1
        )
        receipt = (
            self.env["funnel.unknown.receipt"]
            .with_user(finance)
            .with_context(allowed_company_ids=[self.company.id, other.id])
            .create({"amount": 70, "date": "2026-03-20", "journal_id": bank.id})
        )
        self.assertEqual(receipt.company_id, other)
        self.assertEqual(receipt.payment_id.company_id, other)
        self.assertNotEqual(
            other.unknown_receipts_account_id,
            self.arrive(5).item_id.account_id,
        )
        self.assertNotIn(
            receipt,
            self.env["funnel.unknown.receipt"]
            .with_user(self.users["salesperson"])
            .search([]),
        )
        screen = self.screen(self.arrive(70), partner_id=self.customer.id)
        with self.assertRaises(UserError):
            screen.unknown_receipt_id = receipt
            screen.action_confirm()

    def test_finance_gives_it_without_a_claim(self):
        receipt = self.arrive(100)
        screen = self.screen(receipt, partner_id=self.customer.id)
        self.payment(screen)
        self.assertRecordValues(
            receipt.claim_ids,
            [
                {
                    "state": "confirmed",
                    "user_id": self.users["finance"].id,
                    "partner_id": self.customer.id,
                    "amount": 100,
                }
            ],
        )

    def test_who_claims_says_what_is_true(self):
        receipt = self.arrive(100)
        other = self.env["res.partner"].create({"name": "Sudwind", "is_company": True})
        invoice = self.document(100)
        for text, values in (
            ("is left", {"amount": 100.01}),
            ("above zero", {"amount": -1}),
            ("another customer", {"partner_id": other.id, "invoice_ids": invoice.ids}),
            ("Of which customer", {"partner_id": False}),
        ):
            with (
                self.subTest(text),
                self.assertRaisesRegex(UserError, text),
                self.env.cr.savepoint(),
            ):
                self.claim(receipt, **values)
        with self.assertRaisesRegex(ValidationError, "no number"):
            self.claim(receipt, amount=float("nan"))
        with self.assertRaisesRegex(UserError, "Which receipt"):
            self.claim(self.env["funnel.unknown.receipt"])
        self.assertEqual(receipt.state, "open")
