from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MODULE
from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestCommissionPaidOnce(SettlementCommon):
    """What was settled is paid once, and as it was settled, whatever comes back of what
    was given up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls.env.ref(f"{MODULE}.cost_item_commission")
        cls.agent = cls.env["res.partner"].create({"name": "Agent Ltd"})
        cls.wages_payable = cls.env["account.account"].create(
            {
                "name": "Wages Payable",
                "code": "227001",
                "account_type": "liability_current",
            }
        )

    def settled(self, payee=None):
        """Settle and approve 30.00, to be paid to the salesperson or somebody else."""
        self.plan(rate=3, member=[{"user_id": self.seller.id, "payee_id": payee}])
        self.collect(1000)
        return self.approved()

    def pay_on(self, settlement, day="2026-04-15"):
        """Pay it as Finance, and return the bill or the payroll."""
        settlement.with_user(self.finance)._pay(
            date.fromisoformat(day), date.fromisoformat(day)
        )
        settlement.invalidate_recordset()
        payroll = settlement.payroll_id.with_user(self.finance)
        if payroll and not payroll.wages_account_id:
            payroll.wages_account_id = self.wages_payable
        return payroll or settlement.move_id.with_user(self.finance)

    def give_up(self, move):
        move.button_draft()
        move.button_cancel()

    def entered(self, payroll):
        """Return the commission in the lines of a payroll."""
        amounts = payroll.line_ids.amount_ids
        return sum(amounts.filtered(lambda a: a.item_id == self.item).mapped("amount"))

    def assert_state(self, settlement, state, paying):
        settlement.invalidate_recordset()
        self.assertEqual(settlement.state, state)
        self.assertEqual(settlement.payroll_id or settlement.move_id, paying)

    # ------------------------------------------------------------------
    # As it was settled
    # ------------------------------------------------------------------

    def test_bill_keeps_its_amount(self):
        settlement = self.settled(self.agent.id)
        bill = self.pay_on(settlement)
        bill.button_draft()
        for price in (1, 31):
            bill.invoice_line_ids.price_unit = price
            with (
                self.subTest(price),
                self.assertRaisesRegex(UserError, r"30\.00.* Agent Ltd"),
            ):
                bill.action_post()
        self.assert_state(settlement, "approved", bill)
        bill.invoice_line_ids.price_unit = 30
        bill.action_post()
        self.assert_state(settlement, "paid", bill)

    def test_draft_keeps_its_amount(self):
        """Also where it was not posted yet."""
        settlement = self.settled(self.agent.id)
        bill = self.env["account.move"].create(
            settlement._prepare_bill_vals("2026-04-15")
        )
        settlement.sudo().write(  # sudo: as its methods do
            {"move_id": bill.id, "paying_move_ids": [Command.link(bill.id)]}
        )
        bill = bill.with_user(self.finance)
        bill.invoice_line_ids.price_unit = 31
        with self.assertRaisesRegex(UserError, "30.00"):
            bill.action_post()
        bill.invoice_line_ids.price_unit = 30
        bill.action_post()
        self.assert_state(settlement, "paid", bill)

    def test_bill_is_for_the_payee(self):
        settlement = self.settled(self.agent.id)
        bill = self.pay_on(settlement)
        bill.button_draft()
        bill.partner_id = self.customer
        with self.assertRaisesRegex(UserError, "Agent Ltd"):
            bill.action_post()

    def test_tax_on_top_or_in_it(self):
        settlement = self.settled(self.agent.id)
        bill = self.pay_on(settlement)
        for included, total in (("tax_excluded", 33), ("tax_included", 30)):
            tax = self.env["account.tax"].create(
                {
                    "name": included,
                    "amount": 10,
                    "type_tax_use": "purchase",
                    "price_include_override": included,
                }
            )
            bill.button_draft()
            bill.invoice_line_ids.tax_ids = tax
            bill.action_post()
            self.assertEqual(bill.amount_total, total)
            self.assert_state(settlement, "paid", bill)

    # ------------------------------------------------------------------
    # Once
    # ------------------------------------------------------------------

    def test_bill_given_up(self):
        """The second one pays; the first does not come back but in its place."""
        settlement = self.settled(self.agent.id)
        first = self.pay_on(settlement)
        self.give_up(first)
        self.assert_state(settlement, "approved", first)
        second = self.pay_on(settlement)
        self.assertNotEqual(first, second)
        first.button_draft()
        with self.assertRaisesRegex(UserError, f"paid by {second.name}"):
            first.action_post()
        self.assert_state(settlement, "paid", second)
        self.give_up(second)
        first.action_post()
        self.assert_state(settlement, "paid", first)
        second.button_draft()
        with self.assertRaisesRegex(UserError, f"paid by {first.name}"):
            second.action_post()

    def test_what_took_the_bill_back(self):
        """A credit note that is reset, or reversed, would let the first bill pay again."""
        settlement = self.settled(self.agent.id)
        first = self.pay_on(settlement)
        credit = first._reverse_moves([{"invoice_date": "2026-04-20"}], cancel=True)
        self.assertEqual((credit.state, settlement.state), ("posted", "approved"))
        second = self.pay_on(settlement)
        with self.assertRaisesRegex(UserError, f"paid by {second.name}"):
            credit.button_draft()
        with self.assertRaisesRegex(UserError, f"paid by {second.name}"):
            credit._reverse_moves([{"date": "2026-04-21"}], cancel=True)
        self.assert_state(settlement, "paid", second)
        self.give_up(second)
        credit.button_draft()
        self.assert_state(settlement, "paid", first)

    def credit(self, bill, amount, day="2026-04-20"):
        """Post a credit note of a part of a bill."""
        credit = bill._reverse_moves([{"invoice_date": day, "date": day}])
        credit.invoice_line_ids.price_unit = amount
        credit.action_post()
        return credit

    def test_a_part_taken_back(self):
        """A credit note of 9.00 does not free the settlement of 30.00; with another of
        21.00 nothing of the bill is left."""
        settlement = self.settled(self.agent.id)
        first = self.pay_on(settlement)
        credit = self.credit(first, 9)
        self.assert_state(settlement, "paid", first)
        self.assertTrue(settlement.is_assigned)
        with self.assertRaisesRegex(UserError, "not possible any more"):
            self.pay_on(settlement)
        self.credit(first, 21)
        self.assert_state(settlement, "approved", first)
        second = self.pay_on(settlement)
        with self.assertRaisesRegex(UserError, f"paid by {second.name}"):
            credit.button_draft()
        self.assert_state(settlement, "paid", second)

    def test_what_took_the_bill_back_reversed(self):
        settlement = self.settled(self.agent.id)
        bill = self.pay_on(settlement)
        credit = bill._reverse_moves([{"invoice_date": "2026-04-20"}], cancel=True)
        self.assert_state(settlement, "approved", bill)
        again = {"date": "2026-04-21", "invoice_date": "2026-04-21"}
        credit._reverse_moves([again]).action_post()
        self.assert_state(settlement, "paid", bill)

    def replace_by_odoo(self, bill, day="2026-04-16"):
        """Reverse and Create Bill; return the bill that takes its place."""
        dialogs = self.env["account.move.reversal"].with_user(self.finance)
        dialog = dialogs.with_context(
            active_model="account.move", active_ids=bill.ids
        ).create({"journal_id": bill.journal_id.id, "date": day})
        dialog.modify_moves()
        dialog.new_move_ids.invoice_date = day
        return dialog.new_move_ids

    def test_bill_replaced(self):
        """Odoo takes it back, and drafts another one, which pays in its place."""
        settlement = self.settled(self.agent.id)
        first = self.pay_on(settlement)
        second = self.replace_by_odoo(first)
        self.assert_state(settlement, "approved", second)
        with self.assertRaisesRegex(UserError, "already"):
            self.pay_on(settlement)
        second.invoice_line_ids.price_unit = 31
        with self.assertRaisesRegex(UserError, "30.00"):
            second.action_post()
        second.invoice_line_ids.price_unit = 30
        second.action_post()
        self.assert_state(settlement, "paid", second)
        first.reversal_move_ids.line_ids.remove_move_reconcile()
        with self.assertRaisesRegex(UserError, f"paid by {second.name}"):
            first.reversal_move_ids.button_draft()

    def test_bill_replaced_while_another_one_pays(self):
        """What replaces a bill that was given up does not pay besides."""
        settlement = self.settled(self.agent.id)
        first = self.pay_on(settlement)
        first._reverse_moves([{"invoice_date": "2026-04-16"}], cancel=True)
        second = self.pay_on(settlement)
        third = self.replace_by_odoo(first)
        self.assert_state(settlement, "paid", second)
        with self.assertRaisesRegex(UserError, f"paid by {second.name}"):
            third.action_post()

    def test_bill_replaced_by_none(self):
        settlement = self.settled(self.agent.id)
        draft = self.replace_by_odoo(self.pay_on(settlement))
        draft.unlink()
        self.assert_state(settlement, "approved", self.env["account.move"])
        self.assert_state(settlement, "paid", self.pay_on(settlement))

    def test_payroll_given_up(self):
        """Its amount is taken off when it is a draft again."""
        settlement = self.settled()
        first = self.pay_on(settlement)
        first.action_post()
        entry = first.move_id
        self.give_up(entry)
        self.assert_state(settlement, "approved", first)
        second = self.pay_on(settlement, "2026-05-15")
        self.assertNotEqual(first, second)
        second.action_post()
        self.assert_state(settlement, "paid", second)
        entry.button_draft()
        self.assertEqual((first.state, self.entered(first)), ("draft", 0))
        with self.assertRaisesRegex(UserError, "not paid twice"):
            entry.action_post()
        self.assert_state(settlement, "paid", second)

    def test_payroll_reset(self):
        """What somebody gets besides stays, and it is taken off once."""
        settlement = self.settled()
        first = self.pay_on(settlement)
        lines = first.rows["lines"]
        lines[0]["amounts"][str(self.item.id)] = 37
        first.rows = {"lines": lines}
        first.action_post()
        self.give_up(first.move_id)
        second = self.pay_on(settlement, "2026-05-15")
        first.action_reset()
        self.assertEqual((self.entered(first), self.entered(second)), (7, 30))
        for _time in range(2):
            first.action_post()
            first.action_reset()
        self.assertEqual((self.entered(first), self.entered(second)), (7, 30))
        second.action_post()
        self.assert_state(settlement, "paid", second)

    def test_payroll_reversed(self):
        settlement = self.settled()
        first = self.pay_on(settlement)
        first.action_post()
        entry = first.move_id
        reversal = entry._reverse_moves([{"date": "2026-04-30"}], cancel=True)
        second = self.pay_on(settlement, "2026-05-15")
        with self.assertRaisesRegex(UserError, "not paid twice"):
            reversal.button_draft()
        self.as_("finance", settlement).action_take_out()
        self.assertFalse(second.line_ids)
        reversal.button_draft()
        self.assert_state(settlement, "paid", first)

    def test_others_are_posted_again(self):
        """Nothing is asked of bills and entries that pay no settlement."""
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.agent.id,
                "invoice_date": "2026-04-01",
                "invoice_line_ids": [Command.create({"price_unit": 5, "tax_ids": []})],
            }
        )
        bill.action_post()
        bill.button_draft()
        bill.invoice_line_ids.price_unit = 6
        bill.action_post()
        credit = bill._reverse_moves([{"invoice_date": "2026-04-20"}], cancel=True)
        credit.button_draft()
        self.assertEqual(bill.state, "posted")

    def test_line_says_the_days_as_the_payee_reads_them(self):
        """Not in the form of the database."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.agent.lang = "fr_FR"
        settlement = self.settled(self.agent.id)
        bill = self.pay_on(settlement)
        self.assertIn("01/03/2026 – 31/03/2026", bill.invoice_line_ids.name)
