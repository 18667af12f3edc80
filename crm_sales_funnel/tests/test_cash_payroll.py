import math
from datetime import date
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MODULE
from .payroll_common import ONE, OTHER, PayrollCommon
from .test_cash_cost_report import CostReportChecks
from .test_cash_report import CashReportChecks


@tagged("post_install", "-at_install")
class TestCashPayroll(CashReportChecks, CostReportChecks, PayrollCommon):
    # ------------------------------------------------------------------
    # The entry
    # ------------------------------------------------------------------

    def test_pay_that_is_owed(self):
        """Costs 24,800.00: 20,800.00 earned and 4,000.00 on top. Of it 6,000.00 are owed
        as social insurance, 570.00 as income tax, 18,230.00 to the employees."""
        payroll = self.payroll()
        self.assertRecordValues(
            payroll,
            [
                {
                    "state": "posted",
                    "employees": 2,
                    "gross": 20800,
                    "withheld": 2570,
                    "employer": 4000,
                    "net": 18230,
                }
            ],
        )
        move = payroll.move_id
        self.assertRecordValues(
            move,
            [
                {
                    "move_type": "entry",
                    "state": "posted",
                    "date": date(2026, 3, 31),
                    "journal_id": self.company_data["default_journal_misc"].id,
                    "ref": "Payroll 2026-03",
                }
            ],
        )
        self.assertEqual(
            self.balances(move),
            {
                self.company.expense_account_id: 24800,
                self.social_payable: -6000,
                self.tax_payable: -570,
                self.wages_payable: -18230,
            },
        )
        owed = move.line_ids.filtered(
            lambda line: line.account_id == self.wages_payable
        )
        self.assertEqual(
            {line.partner_id: line.balance for line in owed},
            {self.one: -7580, self.other: -10650},
        )
        # What the authorities get is one amount of each item: 1,600.00 and 2,400.00 on
        # top make 4,000.00, 800.00 and 1,200.00 withheld make 2,000.00.
        waiting = move.line_ids.filtered(
            lambda line: line.account_id == self.social_payable
        )
        self.assertEqual(sorted(waiting.mapped("balance")), [-4000, -2000])
        self.assertFalse(waiting.partner_id)
        CostReportChecks.assert_ties_out(self, self.company)

    def test_a_loan_that_is_paid_back(self):
        """What is taken off for it is on the account of loans, of each employee."""
        loans = self.company_data["default_account_assets"]
        self.items["income_tax"].withheld_account_id = loans
        lines = self.payroll().move_id.line_ids
        back = lines.filtered(lambda line: line.account_id == loans)
        self.assertEqual(
            {line.partner_id: line.balance for line in back},
            {self.one: -120, self.other: -450},
        )

    def test_pay_that_is_paid(self):
        """The net pay leaves the bank in one amount, in the bank's journal, and the
        receipts and payments have it."""
        bank = self.company_data["default_journal_bank"]
        payroll = self.payroll(paid_journal_id=bank.id)
        move = payroll.move_id
        self.assertEqual(move.journal_id, bank)
        account = (
            bank.outbound_payment_method_line_ids.payment_account_id[:1]
            or bank.default_account_id
        )
        paid = move.line_ids.filtered(lambda line: line.account_id == account)
        self.assertEqual(paid.mapped("balance"), [-18230])
        self.assertNotIn(self.wages_payable, move.line_ids.account_id)
        CashReportChecks.assert_ties_out(self)
        report = self.env["funnel.cash.report"].with_user(self.finance)
        rows = report.search([("entry_id", "=", move.id)])
        self.assertEqual(sum(rows.mapped("amount")), -18230)
        self.assertEqual(rows.journal_id, bank)
        self.assertEqual(set(rows.mapped("label")), {f"{move.name} · Payroll 2026-03"})

    def test_rows_of_the_cost_report(self):
        payroll = self.payroll()
        rows = self.report().search([("move_id", "=", payroll.move_id.id)])
        people = self.env.ref(f"{MODULE}.cost_item_category_people")
        self.assertEqual(rows.category_id, people)
        self.assertEqual(set(rows.mapped("is_pay")), {True})
        names = {item.id: name for name, item in self.items.items()}
        self.assertEqual(
            {
                (row.user_id.partner_id, row.partner_id, names[row.item_id.id]): (
                    row.amount
                )
                for row in rows
            },
            {
                (self.one, self.one, "wages"): 8000,
                (self.one, self.one, "bonus"): 500,
                (self.one, self.one, "social"): 1600,
                (self.other, self.other, "wages"): 12000,
                (self.other, self.other, "allowance"): 300,
                (self.other, self.other, "social"): 2400,
            },
        )

    def test_each_item_to_its_account(self):
        """Wages have an account of their own, and what is withheld without one stays
        among the wages payable: 18,230.00 and the tax of 570.00."""
        self.items["wages"].account_id = self.other_account
        self.items["income_tax"].withheld_account_id = False
        self.assertEqual(
            self.balances(self.payroll().move_id),
            {
                self.other_account: 20000,
                self.company.expense_account_id: 4800,
                self.social_payable: -6000,
                self.wages_payable: -18800,
            },
        )

    def test_no_tax_and_no_distribution_of_the_accounts(self):
        """Default taxes of the expense account are no matter of wages; the analytic
        account of an item is."""
        self.company.expense_account_id.tax_ids = self.purchase_vat
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Sales", "plan_id": plan.id, "company_id": self.company.id}
        )
        self.items["wages"].sudo().analytic_account_id = account
        payroll = self.payroll(post=False)
        payroll.with_context(account_default_taxes=True).action_post()
        move = payroll.move_id
        self.assertFalse(move.line_ids.tax_ids | move.line_ids.tax_line_id)
        told = move.line_ids.filtered("analytic_distribution")
        self.assertEqual(sum(told.mapped("balance")), 20000)

    def test_somebody_without_a_user(self):
        driver = self.env["res.partner"].create({"name": "Driver"})
        payroll = self.payroll(self.row(driver, wages=3000))
        self.assertFalse(payroll.line_ids.user_id)
        rows = self.report().search([("move_id", "=", payroll.move_id.id)])
        self.assertRecordValues(
            rows, [{"partner_id": driver.id, "user_id": False, "amount": 3000}]
        )

    def test_pay_that_was_too_much(self):
        """Below zero is taken back: 8,000.00 less 500.00 bonus are a net of 7,500.00."""
        payroll = self.payroll(self.row(self.one, wages=8000, bonus=-500))
        self.assertEqual(payroll.net, 7500)
        self.assertEqual(
            self.balances(payroll.move_id)[self.company.expense_account_id], 7500
        )

    # ------------------------------------------------------------------
    # What is refused
    # ------------------------------------------------------------------

    def test_nothing_is_posted(self):
        vendor = self.env["account.account"].search(
            [("account_type", "=", "liability_payable")], limit=1
        )
        for payroll, told in (
            (self.payroll({"partner_id": self.one.id}, post=False), "Enter what"),
            (
                self.payroll(self.row(self.one, wages=5, income_tax=6), post=False),
                "is earned of: funnel_salesperson",
            ),
            (self.payroll(post=False, wages_account_id=False), "Choose the account"),
        ):
            with self.subTest(told), self.assertRaisesRegex(UserError, told):
                payroll.action_post()
            self.assertFalse(payroll.move_id)
            self.assertEqual(payroll.state, "draft")
        for values in (
            {"wages_account_id": vendor.id},
            {"paid_journal_id": self.company_data["default_journal_sale"].id},
            {"journal_id": self.company_data["default_journal_sale"].id},
            {"item_ids": [self.rent.id]},
        ):
            with self.subTest(values):
                self.assert_refused(self.payroll, **values)
        with self.assertRaisesRegex(ValidationError, "not booked to accounts"):
            self.items["bonus"].withheld_account_id = vendor

    def test_rows_that_are_none(self):
        good, company = self.row(self.one, wages=1), self.customer
        wages = str(self.items["wages"].id)
        for rows in (
            [good, good],
            [{"partner_id": company.id}],
            [{"partner_id": 0}],
            [{"partner_id": "x"}],
            [{}],
            ["row"],
            [[]],
            "rows",
            7,
            [{**good, "amounts": [1]}],
            *(
                [{**good, "amounts": {wages: wrong}}]
                for wrong in (math.inf, math.nan, 1e15, "5", True, {"a": 1}, [3])
            ),
            [{**good, "amounts": {"x": 1}}],
            [{**good, "amounts": {str(self.rent.id): 1}}],
            [good] * 1001,
        ):
            with self.subTest(str(rows)[:60]):
                self.assert_refused(self.payroll, post=False, rows={"lines": rows})
                for whole in ([rows], "x", 5):
                    self.assert_refused(self.payroll, post=False, rows=whole)
        payroll = self.payroll(post=False)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            payroll.rows = {"lines": [good, self.row(self.other, wages=math.inf)]}
        payroll.invalidate_recordset()
        self.assertEqual(self.amounts_of(payroll), {self.one: ONE, self.other: OTHER})

    def test_what_is_posted_stays(self):
        payroll = self.payroll()
        for values in (
            {"rows": {"lines": []}},
            {"date": "2026-04-01"},
            {"month": "2026-02-01"},
            {"note": "what the entry does not say"},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(UserError, "It is posted"),
            ):
                payroll.write(values)
        with self.assertRaisesRegex(UserError, "Only drafts are posted"):
            payroll.action_post()
        with self.assertRaisesRegex(UserError, "Only drafts are deleted"):
            payroll.unlink()
        for values in ({"state": "draft"}, {"move_id": False}, {"version": 9}):
            with self.subTest(values), self.assertRaises(AccessError):
                payroll.write(values)

    def test_what_was_withheld_does_not_become_pay(self):
        self.payroll(post=False)
        with self.assertRaisesRegex(UserError, "in payrolls already"):
            self.items["income_tax"].pay_kind = "earning"
        self.items["income_tax"].write({"pay_kind": "withheld", "name": "Tax"})

    # ------------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------------

    def test_reset_and_post_again(self):
        payroll = self.payroll()
        first = payroll.move_id
        payroll.action_reset()
        self.assertEqual((first.state, payroll.state), ("cancel", "draft"))
        self.assertFalse(self.report().search([]))
        payroll.rows = {"lines": [self.row(self.one, wages=9000)]}
        payroll.action_post()
        self.assertEqual(payroll.net, 9000)
        self.assertEqual(sum(self.report().search([]).mapped("amount")), 9000)
        CostReportChecks.assert_ties_out(self, self.company)

    def test_reset_in_the_ledger(self):
        payroll = self.payroll()
        first = payroll.move_id
        first.button_draft()
        self.assertEqual(payroll.state, "draft")
        payroll.action_post()
        self.assertEqual(first.state, "cancel")
        self.assertEqual(sum(self.report().search([]).mapped("amount")), 24800)

    def test_less_than_the_smallest_coin_is_nothing(self):
        """0.004 is left out: no journal item of 0.00."""
        row = self.row(self.one, wages=0.004, bonus=500, social=-0.004)
        payroll = self.payroll(row)
        self.assertEqual(self.amounts_of(payroll), {self.one: {"bonus": 500}})
        self.assertEqual(payroll.move_id.line_ids.mapped("balance"), [500, -500])
        with self.assertRaisesRegex(UserError, "Enter what somebody gets"):
            self.payroll(self.row(self.one, wages=0.004))

    def test_taken_back_by_another_entry(self):
        """The costs come to nothing, for each employee, and the payroll is cancelled."""
        payroll = self.payroll()
        back = payroll.move_id._reverse_moves([{"date": "2026-04-01"}])
        back.action_post()
        self.assertEqual(payroll.state, "cancelled")
        totals = self.report()._read_group([], ["user_id"], ["amount:sum"])
        self.assertEqual([total for _user, total in totals], [0, 0])
        with self.assertRaisesRegex(UserError, "Another entry took it back"):
            payroll.action_reset()
        self.payroll()  # instead of it

    def test_what_took_it_back_is_taken_back(self):
        payroll = self.payroll()
        back = payroll.move_id._reverse_moves([{"date": "2026-04-01"}], cancel=True)
        self.assertEqual(payroll.state, "cancelled")
        again = back._reverse_moves([{"date": "2026-04-02"}], cancel=True)
        self.assertEqual(payroll.state, "posted")
        self.assertEqual(sum(self.report().search([]).mapped("amount")), 24800)
        again.button_draft()
        self.assertEqual(payroll.state, "cancelled")

    def test_draft_is_deleted_with_its_amounts(self):
        payroll = self.payroll()
        payroll.action_reset()
        lines, amounts = payroll.line_ids, payroll.line_ids.amount_ids
        payroll.unlink()
        self.assertFalse(lines.exists())
        self.assertFalse(amounts.exists())

    # ------------------------------------------------------------------
    # What is filled in
    # ------------------------------------------------------------------

    def test_a_new_payroll(self):
        """Of the last month until the 20th; all pay items; where the company's general
        entries go."""
        for today, month in (
            ("2026-04-19", date(2026, 3, 1)),
            ("2026-04-20", date(2026, 4, 1)),
            ("2026-01-05", date(2025, 12, 1)),
        ):
            day = fields.Date.to_date(today)
            with patch.object(fields.Date, "context_today", lambda *_args, d=day: d):
                form = Form(self.payrolls())
            self.assertEqual(form.month, month)
        self.assertEqual(form.journal_id, self.company_data["default_journal_misc"])
        self.assertEqual(form.rows, {"version": 0, "lines": []})
        self.assertEqual(
            {column["name"]: column["kind"] for column in form.columns},
            {
                "Wages": "earning",
                "Bonus": "earning",
                "Allowance": "earning",
                "Commission": "earning",
                "Social Insurance Withheld": "withheld",
                "Income Tax Withheld": "withheld",
                "Social Insurance": "employer",
            },
        )

    def test_the_costs_are_those_of_the_month(self):
        """Its last day, once that is there; another day may be entered."""
        for today, month, expected in (
            ("2026-04-15", "2026-03-01", date(2026, 3, 31)),
            ("2026-02-28", "2026-02-01", date(2026, 2, 28)),
            ("2026-04-20", "2026-04-01", date(2026, 4, 20)),
        ):
            day = fields.Date.to_date(today)
            with patch.object(fields.Date, "context_today", lambda *_args, d=day: d):
                form = Form(self.payrolls())
                form.month = month
                self.assertEqual(form.date, expected)
                payroll = self.payrolls().create({"month": month})
            self.assertEqual(payroll.date, expected)
            payroll.date = "2026-05-03"
            payroll.note = "Later"
            self.assertEqual(payroll.date, date(2026, 5, 3))

    def test_wages_payable_of_the_chart(self):
        known = self.env["account.chart.template"].ref("salary_payable")
        self.assertEqual(self.payrolls().new({}).wages_account_id, known)

    def test_any_day_tells_the_month(self):
        payroll = self.payroll(month="2026-03-17", post=False)
        self.assertEqual(payroll.month, date(2026, 3, 1))
        payroll.month = "2026-02-28"
        self.assertEqual(payroll.display_name, "Payroll 2026-02")

    def test_as_the_last_one(self):
        """Employees and amounts of the last month; who is there already keeps what was
        entered, and who has left is not paid any more."""
        left = self.new_role_user("funnel_left", "salesperson")
        self.payroll(
            self.row(self.one, **ONE),
            self.row(self.other, **OTHER),
            self.row(left.partner_id, wages=1),
        )
        self.payroll(self.row(self.one, wages=1), month="2026-01-01", date="2026-01-31")
        left.active = False
        payroll = self.payroll(
            self.row(self.one, wages=8100), month="2026-04-01", post=False
        )
        payroll.action_copy_last()
        self.assertEqual(
            self.amounts_of(payroll), {self.one: {"wages": 8100}, self.other: OTHER}
        )
        form = Form(self.payrolls())
        self.assertEqual(form.wages_account_id, self.wages_payable)
        self.assertEqual(form.item_ids[:], payroll.item_ids)
        first = self.payroll(month="2025-12-01", post=False)
        with self.assertRaisesRegex(UserError, "no payroll of an earlier month"):
            first.action_copy_last()

    def test_a_copy(self):
        copy = self.payroll().copy()
        self.assertEqual(copy.state, "draft")
        self.assertEqual(self.amounts_of(copy), {self.one: ONE, self.other: OTHER})

    def test_the_same_month_twice(self):
        """It is told, not refused: there are 13 months' pay in some years."""
        first = self.payroll()
        self.assertFalse(first.duplicate)
        second = self.payroll(post=False)
        self.assertIn("2026-03 in this journal already", second.duplicate)
        self.assertIn("18,230.00", second.duplicate)
        second.action_post()
        empty = self.payroll(post=False)
        empty.rows = {"lines": []}
        small = self.payroll(self.row(self.one, wages=50), post=False)
        self.assertIn("18,230.00", small.duplicate, "what was posted, before drafts")
        (first | second).action_reset()
        self.assertIn("50.00", first.duplicate, "the last draft, and none without pay")
        (small | second).unlink()
        self.assertFalse(first.duplicate)
        for values in (
            {"month": "2026-04-01"},
            {"paid_journal_id": self.company_data["default_journal_bank"].id},
        ):
            self.assertFalse(self.payroll(post=False, **values).duplicate)

    def test_a_column_taken_away(self):
        payroll = self.payroll(post=False)
        payroll.item_ids = [Command.unlink(self.items["bonus"].id)]
        self.assertEqual(payroll.gross, 20300)
        self.assertNotIn(
            str(self.items["bonus"].id), payroll.rows["lines"][0]["amounts"]
        )

    def test_nobody_writes_over_another(self):
        payroll = self.payroll(post=False)
        seen = payroll.rows
        payroll.rows = {**seen, "lines": seen["lines"][:1]}
        with self.assertRaisesRegex(UserError, "Somebody else has changed"):
            payroll.rows = seen
        self.assertEqual(len(payroll.line_ids), 1)

    # ------------------------------------------------------------------
    # Many
    # ------------------------------------------------------------------

    @mute_logger("odoo.models.unlink")
    def test_queries_do_not_grow(self):
        self.payroll()  # what is read once
        counts = []
        for number in (5, 40):
            people = self.env["res.partner"].create(
                [{"name": f"Worker {number}-{n}"} for n in range(number)]
            )
            before = self.cr.sql_log_count
            self.payroll(*(self.row(person, **ONE) for person in people))
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLess(counts[1], counts[0] + 10)
