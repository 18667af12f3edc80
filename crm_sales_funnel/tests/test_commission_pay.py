from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MODULE
from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestCommissionPay(SettlementCommon):
    """What is approved is paid with the wages, or by a vendor bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls.env.ref(f"{MODULE}.cost_item_commission")
        cls.wages = cls.env.ref(f"{MODULE}.cost_item_wages")
        cls.wages_payable = cls.env["account.account"].create(
            {
                "name": "Wages Payable",
                "code": "227001",
                "account_type": "liability_current",
            }
        )
        cls.agent = cls.env["res.partner"].create({"name": "Agent Ltd"})

    def pay_settlements(self, settlements, day="2026-04-15", role="finance"):
        """Pay as it is done in the dialog."""
        action = self.as_(role, settlements).action_pay()
        dialogs = self.env[action["res_model"]].with_user(self.users[role])
        dialog = dialogs.with_context(**action["context"]).create(
            {"month": day, "date": day}
        )
        dialog.action_pay()
        settlements.invalidate_recordset()
        return dialog

    def payroll_of(self, settlement):
        payroll = settlement.payroll_id.with_user(self.finance)
        if not payroll.wages_account_id:
            payroll.wages_account_id = self.wages_payable
        return payroll

    def amounts_in(self, payroll):
        return {
            (amount.line_id.partner_id, amount.item_id.id): amount.amount
            for amount in payroll.line_ids.amount_ids
        }

    def test_employee_by_payroll(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.approved()
        dialog = self.pay_settlements(settlement)
        self.assertEqual((dialog.employed_amount, dialog.billed_amount), (30, 0))
        payroll = self.payroll_of(settlement)
        self.assertEqual((payroll.month, payroll.state), (date(2026, 4, 1), "draft"))
        self.assertEqual(
            self.amounts_in(payroll), {(self.seller.partner_id, self.item.id): 30}
        )
        self.assertEqual(settlement.state, "approved")
        with self.assertRaisesRegex(UserError, "already"):
            self.as_("finance", settlement).action_pay()
        payroll.action_post()
        self.assertEqual(settlement.state, "paid")
        cost = payroll.move_id.line_ids.filtered("cost_item_id")
        self.assertEqual(
            (cost.balance, cost.cost_user_id, cost.account_id),
            (30, self.seller, self.item._get_account(self.company)),
        )

    def test_added_to_what_is_entered(self):
        seller = self.seller.partner_id
        self.plan(rate=3)
        self.collect(1000)
        payroll = (
            self.env["funnel.payroll"]
            .with_user(self.finance)
            .create(
                {
                    "month": "2026-04-01",
                    "wages_account_id": self.wages_payable.id,
                    "item_ids": [Command.set(self.wages.ids)],
                    "rows": {
                        "lines": [
                            {
                                "partner_id": one.id,
                                "amounts": {str(self.wages.id): amount},
                            }
                            for one, amount in (
                                (seller, 8000),
                                (self.leader.partner_id, 9000),
                            )
                        ]
                    },
                }
            )
        )
        settlement = self.approved()
        self.pay_settlements(settlement)
        self.assertEqual(settlement.payroll_id.id, payroll.id)
        wages = {
            (seller, self.wages.id): 8000,
            (self.leader.partner_id, self.wages.id): 9000,
        }
        self.assertEqual(
            self.amounts_in(payroll), {**wages, (seller, self.item.id): 30}
        )
        self.as_("finance", settlement).action_take_out()
        self.assertEqual(self.amounts_in(payroll), wages)
        self.assertFalse(settlement.payroll_id)
        self.pay_settlements(settlement)
        self.assertEqual(self.amounts_in(payroll)[seller, self.item.id], 30)

    @freeze_time("2026-03-10 12:00:00")
    def test_proposes_a_payroll_that_is_not_posted(self):
        """On 10 March: February's, March's where that is posted, and February's again as
        long as there is a draft of it."""
        self.plan(rate=3)
        self.collect(1000, day="2026-01-10")
        self.collect(1000, day="2026-02-10", invoice_user_id=self.other_seller.id)
        settlements = self.approved("2026-02-28")
        payrolls = self.env["funnel.payroll"].with_user(self.finance)

        def proposed(role="finance", **values):
            dialogs = self.env["funnel.commission.pay"].with_user(self.users[role])
            dialog = Form(dialogs.with_context(default_settlement_ids=settlements.ids))
            for name, value in values.items():
                dialog[name] = value
            return dialog

        february, march = date(2026, 2, 1), date(2026, 3, 1)
        self.assertEqual((proposed().month, proposed().posted), (february, False))
        first, rest = settlements[0], settlements[1:]
        self.pay_settlements(first, day="2026-02-15")
        settlements = rest
        self.assertEqual((proposed().month, proposed().posted), (february, False))
        self.payroll_of(first).action_post()
        for role in ("finance", "manager"):
            self.assertEqual(
                (proposed(role).month, proposed(role).posted), (march, False)
            )
            posted = proposed(role, month="2026-02-20").posted
            self.assertIn("posted already", posted)
        payrolls.create({"month": "2026-02-01"})
        self.assertEqual((proposed().month, proposed().posted), (february, False))

    def test_no_less_is_posted_than_is_settled(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.approved()
        self.pay_settlements(settlement)
        payroll = self.payroll_of(settlement)
        lines = payroll.rows["lines"]
        lines[0]["amounts"][str(self.item.id)] = 29
        payroll.rows = {"lines": lines}
        with self.assertRaisesRegex(UserError, self.seller.name.split()[0]):
            payroll.action_post()
        lines[0]["amounts"][str(self.item.id)] = 31  # something besides
        payroll.rows = {"lines": lines}
        payroll.action_post()
        self.assertEqual(settlement.state, "paid")

    def test_no_more_is_taken_out_than_is_there(self):
        """What Finance cleared, lowered or deleted does not become less than nothing."""
        seller, wages = self.seller.partner_id, str(self.wages.id)
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.approved()
        for amounts, left in (
            ({wages: 9000}, {(seller, self.wages.id): 9000}),
            ({wages: 9000, str(self.item.id): 10}, {(seller, self.wages.id): 9000}),
            ({str(self.item.id): 10}, {}),
            ({str(self.item.id): -5}, {(seller, self.item.id): -5}),
            (None, {}),
        ):
            self.pay_settlements(settlement)
            payroll = self.payroll_of(settlement)
            payroll.item_ids = [Command.link(self.wages.id)]
            line = {"partner_id": seller.id, "amounts": amounts}
            payroll.rows = {"lines": [line] if amounts else []}
            self.as_("finance", settlement).action_take_out()
            with self.subTest(amounts):
                self.assertEqual(self.amounts_in(payroll), left)
                self.assertEqual(len(payroll.line_ids), len(left))
            payroll.rows = {"lines": []}

    def test_payroll_taken_back(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.approved()
        self.pay_settlements(settlement)
        payroll = self.payroll_of(settlement)
        payroll.action_post()
        move = payroll.move_id
        reversal = move.with_user(self.finance)._reverse_moves(
            [{"date": "2026-04-30"}], cancel=True
        )
        self.assertEqual(reversal.state, "posted")
        self.assertEqual((payroll.state, settlement.state), ("cancelled", "approved"))
        self.pay_settlements(settlement)
        self.assertNotEqual(settlement.payroll_id.id, payroll.id)
        again = self.payroll_of(settlement)
        again.action_post()
        self.assertEqual(settlement.state, "paid")
        again.action_reset()
        self.assertEqual(settlement.state, "approved")
        again.unlink()
        self.assertFalse(settlement.payroll_id)
        self.assertFalse(settlement.is_assigned)

    def test_copied_without_what_was_settled(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.approved()
        self.pay_settlements(settlement)
        payroll = self.payroll_of(settlement)
        lines = payroll.rows["lines"]
        key = str(self.item.id)
        lines[0]["amounts"] = {key: 37, str(self.wages.id): 8000}
        payroll.write(
            {"item_ids": [Command.link(self.wages.id)], "rows": {"lines": lines}}
        )
        payroll.action_post()
        copy = payroll.copy({"month": "2026-05-01"})
        seller = self.seller.partner_id
        rest = {(seller, self.item.id): 7, (seller, self.wages.id): 8000}
        self.assertEqual(self.amounts_in(copy), rest)
        copy.unlink()
        payrolls = self.env["funnel.payroll"].with_user(self.finance)
        following = payrolls.create({"month": "2026-05-01"})
        following.action_copy_last()
        self.assertEqual(self.amounts_in(following), rest)

    def test_the_last_month_is_copied_to_what_was_settled(self):
        """Whether commission is paid before it or after it."""
        seller, leader = self.seller.partner_id, self.leader.partner_id
        key, wages = str(self.item.id), str(self.wages.id)
        payrolls = self.env["funnel.payroll"].with_user(self.finance)
        last = {
            "month": "2026-03-01",
            "item_ids": [Command.set([self.item.id, self.wages.id])],
            "rows": {
                "lines": [
                    {"partner_id": seller.id, "amounts": {key: 7, wages: 8000}},
                    {"partner_id": leader.id, "amounts": {wages: 9000}},
                ]
            },
        }
        payrolls.create(last)
        self.plan(rate=3)
        self.collect(1000)
        self.collect(2000, invoice_user_id=self.leader.id)
        settlements = self.approved()
        mine = settlements.filtered(lambda one: one.user_id == self.seller)
        payroll = payrolls.create({"month": "2026-04-01"})
        self.pay_settlements(mine)
        payroll.action_copy_last()
        self.pay_settlements(settlements - mine)
        expected = {
            (seller, self.item.id): 37,
            (seller, self.wages.id): 8000,
            (leader, self.item.id): 60,
            (leader, self.wages.id): 9000,
        }
        self.assertEqual(self.amounts_in(payroll), expected)
        payroll.action_copy_last()  # what is there already is not added to
        self.assertEqual(self.amounts_in(payroll), expected)

    def test_bill_to_who_is_no_employee(self):
        self.plan(
            rate=3, member=[{"user_id": self.seller.id, "payee_id": self.agent.id}]
        )
        self.collect(1000)
        settlement = self.approved()
        dialog = self.pay_settlements(settlement)
        self.assertEqual((dialog.employed_amount, dialog.billed_amount), (0, 30))
        bill = settlement.move_id
        self.assertRecordValues(
            bill,
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": self.agent.id,
                    "amount_total": 30,
                    "state": "posted",
                    "invoice_date": date(2026, 4, 15),
                    "ref": settlement.name,
                }
            ],
        )
        self.assertRecordValues(
            bill.invoice_line_ids,
            [
                {
                    "cost_item_id": self.item.id,
                    "cost_user_id": self.seller.id,
                    "account_id": self.item._get_account(self.company).id,
                }
            ],
        )
        self.assertEqual(settlement.state, "paid")
        with self.assertRaises(UserError):
            self.as_("finance", settlement).action_pay()

    def test_bill_taken_back(self):
        self.plan(
            rate=3, member=[{"user_id": self.seller.id, "payee_id": self.agent.id}]
        )
        self.collect(1000)
        settlement = self.approved()
        self.pay_settlements(settlement)
        bill = settlement.move_id
        bill.button_draft()
        self.assertEqual(settlement.state, "approved")
        with self.assertRaisesRegex(UserError, "already"):
            self.as_("finance", settlement).action_pay()
        bill.action_post()
        self.assertEqual(settlement.state, "paid")
        bill._reverse_moves([{"invoice_date": "2026-04-20"}], cancel=True)
        self.assertEqual(settlement.state, "approved")
        self.pay_settlements(settlement)
        self.assertNotEqual(settlement.move_id, bill)
        self.assertEqual(settlement.state, "paid")
        settlement.move_id.button_draft()
        settlement.move_id.button_cancel()
        self.assertEqual(settlement.state, "approved")
        self.assertFalse(settlement.is_assigned)

    def test_both_at_once(self):
        self.plan(
            rate=3,
            member=[
                {"user_id": self.seller.id, "payee_id": self.agent.id},
                {"user_id": self.other_seller.id},
            ],
        )
        self.collect(1000)
        self.collect(2000, invoice_user_id=self.other_seller.id)
        settlements = self.approved()
        dialog = self.pay_settlements(settlements)
        self.assertEqual((dialog.employed_amount, dialog.billed_amount), (60, 30))
        billed = settlements.filtered(lambda one: one.user_id == self.seller)
        self.assertTrue(billed.move_id and not billed.payroll_id)
        self.assertTrue((settlements - billed).payroll_id)

    def test_nothing_to_pay(self):
        self.plan(rate=3)
        self.adjust(-20)
        settlement = self.approved()
        self.assert_sums(settlement, adjustment=-20, carried=-20)
        with self.assertRaisesRegex(UserError, "Nothing"):
            self.as_("finance", settlement).action_pay()

    def test_who_pays(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.approved()
        for role in ("salesperson", "team_leader", "order_desk"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_(role, settlement).action_pay()
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_(role, settlement)._pay(date(2026, 4, 1), date(2026, 4, 15))
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_(role, settlement).action_take_out()

    def test_manager_pays_by_a_draft_of_the_payroll(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.approved()
        self.pay_settlements(settlement, role="manager")
        payroll = settlement.payroll_id
        self.assertEqual((payroll.month, payroll.state), (date(2026, 4, 1), "draft"))
        paid = {(self.seller.partner_id, self.item.id): 30}
        self.assertEqual(self.amounts_in(payroll), paid)
        for button in ("action_post", "unlink"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(self.as_("manager", payroll), button)()
        self.as_("manager", settlement).action_take_out()
        self.assertFalse(self.amounts_in(payroll))
        self.pay_settlements(settlement, role="manager")
        self.assertEqual(self.amounts_in(payroll), paid)
        self.payroll_of(settlement).action_post()
        self.assertEqual(settlement.state, "paid")

    def test_manager_pays_by_the_draft_of_a_bill(self):
        self.plan(
            rate=3, member=[{"user_id": self.seller.id, "payee_id": self.agent.id}]
        )
        self.collect(1000)
        settlement = self.approved()
        self.pay_settlements(settlement, role="manager")
        bill = settlement.move_id
        self.assertRecordValues(
            bill, [{"state": "draft", "partner_id": self.agent.id, "amount_total": 30}]
        )
        self.assertEqual((settlement.state, settlement.is_assigned), ("approved", True))
        with self.assertRaises(AccessError):
            self.as_("manager", bill).action_post()
        with self.assertRaisesRegex(UserError, "already"):
            self.as_("finance", settlement).action_pay()
        self.as_("finance", bill).action_post()
        self.assertEqual(settlement.state, "paid")
