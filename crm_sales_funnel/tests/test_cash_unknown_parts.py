from odoo.fields import Command
from odoo.tests import tagged

from .unknown_common import UnknownCommon


@tagged("post_install", "-at_install")
class TestCashUnknownParts(UnknownCommon):
    """A receipt of which two customers claimed a part each, on account: what is left of
    it is what neither has, also where only one of them changes."""

    def setUp(self):
        super().setUp()
        self.other, self.third = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("South Wind", "Third")]
        )
        receipt = self.arrive(1000)
        self.confirm(self.claim(receipt, amount=400))
        self.second = self.confirm(
            self.claim(receipt, amount=300, partner_id=self.other.id)
        )
        self.amounts = sorted(row[2] for row in self.cash_rows())

    def assert_as_before(self):
        self.assertEqual(sorted(row[2] for row in self.cash_rows()), self.amounts)
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()

    def test_one_is_handed_over(self):
        self.other.user_id = self.users["team_leader"]
        self.assert_as_before()

    def test_one_is_merged(self):
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((self.other | self.third).ids, self.third)
        self.assert_as_before()

    def test_one_is_applied_to_an_invoice(self):
        self.match(self.second.move_id, self.document(100, partner_id=self.other.id))
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()


@tagged("post_install", "-at_install")
class TestCashUnknownLeft(UnknownCommon):
    """What is left of a receipt, by whatever way its item is matched or changed."""

    def assert_left(self, receipt, amount, state="open"):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((receipt.amount_open, receipt.state), (amount, state))

    def take(self, receipt, amount):
        """Match an entry that takes a part of it for the customer."""
        account = receipt.item_id.account_id
        entry = self.env["account.move"].create(
            {
                "date": "2026-03-29",
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": amount}),
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "balance": -amount,
                            "partner_id": self.customer.id,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        taken = entry.line_ids.filtered(lambda item: item.account_id == account)
        (taken | receipt.item_id).reconcile()
        return entry

    def test_taken_by_hand_and_given_back(self):
        receipt = self.arrive(1000)
        self.assert_left(receipt, 1000)
        entry = self.take(receipt, 300)
        self.assert_left(receipt, 700)
        entry.line_ids.remove_move_reconcile()
        self.assert_left(receipt, 1000)

    def test_its_payment_does_not_know_it(self):
        receipt = self.arrive(1000)
        receipt.payment_id.unknown_receipt_id = False
        self.assert_left(receipt, 1000)
        self.take(receipt, 300)
        self.assert_left(receipt, 700)

    def test_its_item_is_booked_elsewhere(self):
        receipt = self.arrive(1000)
        self.assert_left(receipt, 1000)
        receipt.item_id.account_id = self.company_data["default_account_revenue"]
        self.assert_left(receipt, 0, "done")

    def test_a_draft_exchange_entry_goes_with_the_match(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-03-01", 0.4)]
        )
        foreign = {"currency_id": euro.id}
        payment = self.pay(100, day="2026-03-20", **foreign)
        invoice = self.document(100, day="2026-02-01", **foreign)
        invoice.button_draft()
        items = (payment.move_id | invoice).line_ids.filtered(
            lambda item: item.account_id == self.receivable
        )
        items.reconcile()
        partial = items.matched_debit_ids | items.matched_credit_ids
        self.assertEqual(partial.exchange_move_id.mapped("state"), ["draft"])
        payment.action_cancel()
        self.assertFalse(partial.exists())
        self.assertEqual(payment.state, "canceled")
