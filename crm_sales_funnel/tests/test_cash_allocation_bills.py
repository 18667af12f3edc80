from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .cash_common import CashCommon
from .test_cash_report import CashReportChecks


@tagged("post_install", "-at_install")
class TestCashAllocationBills(CashReportChecks, CashCommon):
    """What is paid by bills that count when they are cashed, and what became of them. A
    document of 100 is 113 with its tax."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bills = cls.env["account.account"].create(
            {
                "name": "Bills",
                "code": "101777",
                "account_type": "asset_current",
                "reconcile": True,
                "is_counted_when_cashed": True,
            }
        )
        cls.bank_account = cls.bank.default_account_id
        cls.payable = cls.company_data["default_account_payable"]
        values = {"payment_account_id": cls.bills.id, "name": "Bill", "is_bill": True}
        cls.method = cls.bank.inbound_payment_method_line_ids[0].copy(values)
        cls.own = cls.bank.outbound_payment_method_line_ids[0].copy(values)
        cls.invoice = cls.document(100)
        cls.vendor = cls.env["res.partner"].create({"name": "Suedwind GmbH"})

    def pay_by_bill(self, **values):
        return self.pay(
            113,
            self.invoice,
            payment_method_line_id=self.method.id,
            **{"maturity_date": "2026-04-10", **values},
        )

    def buy_by_bill(self):
        """Return a vendor's bill and its payment by a bill of ours."""
        bought = self.document(100, move_type="in_invoice", partner_id=self.vendor.id)
        payment = self.pay(
            113,
            bought,
            payment_type="outbound",
            partner_type="supplier",
            partner_id=self.vendor.id,
            payment_method_line_id=self.own.id,
            maturity_date="2026-04-10",
        )
        return bought, payment

    def entry(self, *lines, day="2026-04-10"):
        """Post an entry of (account, balance)."""
        entry = self.env["account.move"].create(
            {
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "balance": balance,
                            "partner_id": self.customer.id,
                        }
                    )
                    for account, balance in lines
                ],
            }
        )
        entry.action_post()
        return entry

    def reconcile(self, account, *entries):
        lines = self.env["account.move"].union(*entries).line_ids
        lines.filtered(lambda line: line.account_id == account).reconcile()

    def rows(self, *entries):
        """Return (entry, amount) of receipts and payments."""
        ids = self.env["account.move"].union(*entries).ids
        report = self.env["funnel.cash.report"].with_user(self.users["finance"])
        rows = report.search([("entry_id", "in", ids)])
        return sorted((row.entry_id.id, row.amount) for row in rows)

    def assert_collected(self, *amounts):
        """Check what of the invoice is collected, and that all ties out."""
        got = self.allocated(self.invoice)
        self.assertEqual([taxed for taxed, _untaxed in got.values()], list(amounts))
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()

    def test_a_bill_that_is_cashed_with_interest(self):
        payment = self.pay_by_bill()
        cashed = self.entry(
            (self.bank_account, 108), (self.expense, 5), (self.bills, -113)
        )
        self.reconcile(self.bills, payment.move_id, cashed)
        self.assert_collected(113)

    def test_a_bill_that_is_cashed_before_it_is_booked(self):
        payment = self.pay_by_bill(day="2026-04-11", maturity_date="2026-04-11")
        cashed = self.entry((self.bank_account, 113), (self.bills, -113))
        self.reconcile(self.bills, payment.move_id, cashed)
        self.assert_collected(113)

    def test_a_bill_that_bounces_with_a_charge(self):
        payment = self.pay_by_bill()
        bounced = self.entry(
            (self.bills, -113),
            (self.receivable, 113),
            (self.expense, 5),
            (self.bank_account, -5),
        )
        self.reconcile(self.bills, payment.move_id, bounced)
        self.assert_collected()
        self.assertEqual(self.rows(payment.move_id, bounced), [(bounced.id, -5)])

    def test_a_bill_that_is_cashed_in_part(self):
        payment = self.pay_by_bill()
        cashed = self.entry(
            (self.bank_account, 50), (self.receivable, 63), (self.bills, -113)
        )
        self.reconcile(self.bills, payment.move_id, cashed)
        self.assert_collected(50)

    def test_a_bill_that_bounces_beside_money(self):
        """The customer paid 50 by bank and 63 by a bill."""
        paid = self.entry(
            (self.bank_account, 50),
            (self.bills, 63),
            (self.receivable, -113),
            day="2026-03-10",
        )
        self.reconcile(self.receivable, self.invoice, paid)
        self.assert_collected(50)
        bounced = self.entry((self.bills, -63), (self.receivable, 63))
        self.reconcile(self.bills, paid, bounced)
        self.assert_collected(50)

    def test_a_bill_of_ours_that_is_given_back(self):
        bought, payment = self.buy_by_bill()
        returned = self.entry((self.bills, 113), (self.payable, -113))
        self.reconcile(self.bills, payment.move_id, returned)
        self.assertFalse(self.allocated(bought))
        self.assertFalse(self.rows(payment.move_id, returned))
        self.assert_collected()

    def test_a_bill_of_ours_that_is_paid(self):
        bought, payment = self.buy_by_bill()
        paid = self.entry((self.bills, 113), (self.bank_account, -113))
        self.reconcile(self.bills, payment.move_id, paid)
        [(amount, _untaxed)] = self.allocated(bought).values()
        self.assertEqual(amount, 113)
        self.assertEqual(self.rows(payment.move_id, paid), [(paid.id, -113)])

    def test_a_bill_that_pays_a_vendor(self):
        """Both on the day when it is handed on, and each once."""
        bought = self.document(100, move_type="in_invoice", partner_id=self.vendor.id)
        payment = self.pay_by_bill()
        handed_on = self.entry(
            (self.bills, -113), (self.payable, 113), day="2026-04-01"
        )
        self.reconcile(self.bills, payment.move_id, handed_on)
        self.match(handed_on, bought)
        self.assert_collected(113)
        self.assertEqual(
            self.rows(payment.move_id, handed_on),
            [(handed_on.id, -113), (handed_on.id, 113)],
        )
        allocation = self.env["funnel.allocation"].with_user(self.users["finance"])
        row = allocation.search([("move_id", "=", bought.id)])
        self.assertEqual(str(row.date), "2026-04-01")

    def test_an_account_in_between_that_is_marked_later(self):
        clearing = self.bills.copy({"code": "101778", "is_counted_when_cashed": False})
        payment = self.pay_by_bill()
        cashed = self.entry((clearing, 113), (self.bills, -113))
        self.reconcile(self.bills, payment.move_id, cashed)
        self.assert_collected()
        self.method.copy({"payment_account_id": clearing.id, "name": "Clears"})
        self.assertTrue(clearing.is_liquidity)
        self.assert_collected(113)
        clearing.is_counted_when_cashed = True
        self.assert_collected()

    def test_a_reversal_that_was_drafted_before(self):
        payment = self.pay_by_bill()
        back = payment.move_id._reverse_moves([{"date": "2026-04-20"}])
        cashed = self.entry((self.bank_account, 113), (self.bills, -113))
        self.reconcile(self.bills, payment.move_id, cashed)
        with self.assertRaisesRegex(UserError, "was cashed by"):
            back.action_post()
        self.assert_collected(113)

    # ------------------------------------------------------------------
    # The entry that settled them is corrected
    # ------------------------------------------------------------------

    def recode(self, entry, from_account, to_account):
        """Put items on another account, as the list of journal items does."""
        items = entry.line_ids.filtered(lambda item: item.account_id == from_account)
        items.with_user(self.users["finance"]).account_id = to_account.id
        self.env.flush_all()

    def test_a_charge_is_said_to_be_owed_again(self):
        payment = self.pay_by_bill()
        cashed = self.entry(
            (self.bank_account, 108), (self.expense, 5), (self.bills, -113)
        )
        self.reconcile(self.bills, payment.move_id, cashed)
        self.assert_collected(113)
        self.recode(cashed, self.expense, self.receivable)
        self.assert_collected(108)
        self.assert_follows_from_the_ledger()

    def test_two_bills_of_one_entry_are_cashed_in_part(self):
        other = self.document(200)
        first = self.pay_by_bill()
        second = self.pay(
            226,
            other,
            payment_method_line_id=self.method.id,
            maturity_date="2026-04-10",
        )
        cashed = self.entry(
            (self.bills, -339), (self.bank_account, 226), (self.expense, 113)
        )
        self.reconcile(self.bills, first.move_id, second.move_id, cashed)
        self.recode(cashed, self.expense, self.receivable)
        self.assert_follows_from_the_ledger()
        [(amount, _untaxed)] = self.allocated(other).values()
        self.assertEqual(amount, 150.67)

    def test_what_was_handed_on_is_owed_again(self):
        bought = self.document(100, move_type="in_invoice", partner_id=self.vendor.id)
        payment = self.pay_by_bill()
        handed_on = self.entry((self.bills, -113), (self.payable, 113))
        self.reconcile(self.bills, payment.move_id, handed_on)
        self.match(handed_on, bought)
        items = handed_on.line_ids.filtered(
            lambda item: item.account_id == self.payable
        )
        items.remove_move_reconcile()
        self.assert_collected(113)
        self.recode(handed_on, self.payable, self.receivable)
        self.assert_collected()
        self.assert_follows_from_the_ledger()

    def test_the_method_of_a_payment_is_changed(self):
        """It is read before it is written."""
        payment = self.pay_by_bill(day="2026-04-11", maturity_date="2026-04-11")
        cashed = self.entry((self.bank_account, 113), (self.bills, -113))
        self.reconcile(self.bills, payment.move_id, cashed)
        methods = self.bank.inbound_payment_method_line_ids - self.method
        payment.payment_method_line_id = methods[0]
        self.env["funnel.allocation"].search([])
        self.env.flush_all()
        self.assert_follows_from_the_ledger()
