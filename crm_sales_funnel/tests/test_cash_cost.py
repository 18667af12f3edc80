from datetime import date

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .cost_common import CostCommon
from .test_cash_report import CashReportChecks


@tagged("post_install", "-at_install")
class TestCashCost(CashReportChecks, CostCommon):
    # ------------------------------------------------------------------
    # Posting
    # ------------------------------------------------------------------

    def test_a_cost_that_is_paid(self):
        """113.00 with 13 % VAT in it: a purchase receipt and its payment."""
        cost = self.cost(
            113,
            tax_id=self.purchase_vat.id,
            user_id=self.users["salesperson"].id,
            note="March",
        )
        self.assertEqual(cost.amount_tax, 13)
        self.assertRecordValues(
            cost.move_id,
            [
                {
                    "move_type": "in_receipt",
                    "state": "posted",
                    "invoice_date": date(2026, 3, 1),
                    "amount_untaxed": 100,
                    "amount_tax": 13,
                    "payment_state": "paid",
                }
            ],
        )
        self.assertRecordValues(
            cost.move_id.invoice_line_ids,
            [
                {
                    "name": "Rent: March",
                    "cost_item_id": self.rent.id,
                    "cost_user_id": self.users["salesperson"].id,
                    "account_id": self.company.expense_account_id.id,
                    "balance": 100,
                }
            ],
        )
        self.assertRecordValues(
            cost.payment_id,
            [{"amount": 113, "journal_id": self.cash.id, "payment_type": "outbound"}],
        )
        self.assertEqual(cost.state, "paid")
        self.assert_ties_out()

    def test_any_amount_is_posted_to_the_cent(self):
        """A tax that is added to prices does not come out of every total: 100.00 with
        13 % in it is 88.50 and 11.50, though 13 % of 88.50 are 11.51."""
        for amount, untaxed in ((100, 88.5), (0.05, 0.04), (9.99, 8.84), (0.01, 0.01)):
            with self.subTest(amount):
                cost = self.cost(amount, tax_id=self.purchase_vat.id)
                self.assertRecordValues(
                    cost.move_id, [{"amount_total": amount, "amount_untaxed": untaxed}]
                )
                self.assertEqual(cost.state, "paid")

    def test_a_credit_note_takes_back_all_of_it(self):
        cost = self.cost(100, tax_id=self.purchase_vat.id)
        note = cost.move_id._reverse_moves()
        self.assertRecordValues(note, [{"amount_total": 100, "amount_untaxed": 88.5}])

    def test_a_cost_that_is_owed(self):
        cost = self.cost(113, settlement="owed", partner_id=self.landlord.id)
        self.assertFalse(cost.journal_id)
        self.assertFalse(cost.payment_id)
        self.assertRecordValues(
            cost.move_id,
            [
                {
                    "move_type": "in_invoice",
                    "partner_id": self.landlord.id,
                    "payment_state": "not_paid",
                }
            ],
        )
        self.assertEqual(cost.state, "posted")
        self.assertEqual(cost.move_id.invoice_date_due, cost.date)

    def pay_screen(self, cost):
        """Return what its button Pay opens, as Finance confirms it."""
        screen = Form.from_action(cost.env, cost.action_pay()).save()
        self.assertEqual(screen._name, "funnel.settle")
        return screen

    def test_what_is_owed_is_paid(self):
        """All of it, and nothing else that the vendor may get."""
        older = self.cost(20, settlement="owed", partner_id=self.landlord.id)
        cost = self.cost(113, settlement="owed", partner_id=self.landlord.id)
        screen = self.pay_screen(cost)
        self.assertEqual(
            (screen.direction, screen.partner_id, screen.amount),
            ("pay", self.landlord, 113),
        )
        screen.action_confirm()
        self.assertEqual((older.state, cost.state), ("posted", "paid"))
        self.assert_ties_out()

    def test_what_is_owed_is_paid_once(self):
        """Whoever has the screen open as well is told, and so is who comes later."""
        cost = self.cost(113, settlement="owed", partner_id=self.landlord.id)
        first, second = self.pay_screen(cost), self.pay_screen(cost)
        first.action_confirm()
        with self.assertRaisesRegex(UserError, "is not open any more"):
            second.action_confirm()
        with self.assertRaisesRegex(UserError, "Nothing of it is owed"):
            cost.action_pay()
        with self.assertRaisesRegex(UserError, "Nothing of it is owed"):
            self.cost(5, post=False).action_pay()
        payments = self.env["account.payment"].search(
            [("partner_id", "=", self.landlord.id)]
        )
        self.assertEqual(payments.mapped("amount"), [113])

    def test_what_is_owed_on_an_account_of_other_payables(self):
        """Those are not among what the screen Pay proposes, but chosen here."""
        account = self.company_data["default_account_payable"].copy(
            {"name": "Other Payables", "code": "224100", "non_trade": True}
        )
        self.landlord.property_account_payable_id = account
        cost = self.cost(113, settlement="owed", partner_id=self.landlord.id)
        self.pay_screen(cost).action_confirm()
        self.assertEqual(cost.state, "paid")

    def test_what_is_owed_is_due_as_the_vendor_grants(self):
        term = self.env.ref("account.account_payment_term_30days")
        self.landlord.property_supplier_payment_term_id = term
        cost = self.cost(113, settlement="owed", partner_id=self.landlord.id)
        self.assertEqual(cost.move_id.invoice_date_due, date(2026, 3, 31))
        items = cost.move_id.line_ids.filtered("date_maturity")
        self.assertEqual(items.mapped("date_maturity"), [date(2026, 3, 31)])

    def test_where_the_method_has_no_outstanding_account(self):
        method = self.cash.outbound_payment_method_line_ids[0]
        method.payment_account_id = False
        cost = self.cost(50, payment_method_line_id=method.id)
        self.assertEqual(cost.payment_id.move_id.state, "posted")
        self.assertEqual(cost.state, "paid")
        self.assert_ties_out()

    def test_in_another_currency(self):
        euros = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.125)])
        cost = self.cost(100, currency_id=euros.id)
        self.assertEqual(cost.move_id.invoice_line_ids.balance, 800)
        self.assertEqual(cost.state, "paid")

    def test_many_costs_are_posted_at_once(self):
        costs = self.costs().union(*(self.cost(n, post=False) for n in range(1, 4)))
        costs.action_post()
        self.assertEqual(costs.mapped("state"), ["paid"] * 3)
        self.assertEqual(len(costs.move_id), 3)
        self.assertEqual(costs.mapped("payment_id.amount"), [1, 2, 3])

    def test_attachments_are_on_the_entry_as_well(self):
        files = self.env["ir.attachment"].with_user(self.users["finance"])
        file = files.create({"name": "receipt.pdf", "raw": b"%PDF"})
        cost = self.cost(5, attachment_ids=[Command.set(file.ids)])
        self.assertRecordValues(
            file, [{"res_model": "funnel.running.cost", "res_id": cost.id}]
        )
        copied = files.search(
            [("res_model", "=", "account.move"), ("res_id", "=", cost.move_id.id)]
        )
        self.assertEqual(copied.mapped("name"), ["receipt.pdf"])

    # ------------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------------

    def test_a_correction(self):
        cost = self.cost(100)
        entries = cost.move_id | cost.payment_id.move_id
        with self.assertRaises(UserError):
            cost.amount = 90
        cost.action_reset()
        self.assertEqual(cost.state, "draft")
        self.assertEqual(entries.mapped("state"), ["cancel", "cancel"])
        cost.amount = 90
        cost.action_post()
        self.assertEqual(cost.state, "paid")
        self.assertEqual(cost.move_id.amount_total, 90)
        self.assertNotIn(cost.move_id, entries)
        action = cost.action_open_entries()
        self.assertEqual(
            self.env["account.move"].search(action["domain"]),
            entries[:1] | cost.move_id | cost.payment_id.move_id,
        )
        self.assert_ties_out()

    def test_the_state_follows_the_entry(self):
        cost = self.cost(100)
        cost.payment_id.action_cancel()
        self.assertEqual(cost.state, "posted")
        cost.move_id.button_draft()
        self.assertEqual(cost.state, "draft")
        cost.move_id.button_cancel()
        self.assertEqual(cost.state, "cancelled")
        cost.action_reset()
        cost.action_post()
        self.assertEqual(cost.state, "paid")

    def test_an_entry_that_was_reset_in_the_ledger_is_not_posted_twice(self):
        cost = self.cost(100)
        entry, payment = cost.move_id, cost.payment_id
        entry.button_draft()
        cost.amount = 80
        cost.action_post()
        self.assertEqual(entry.state, "cancel")
        self.assertEqual(payment.state, "canceled")
        self.assertEqual(cost.move_id.amount_total, 80)

    def test_its_payment_was_reset_before_others_followed(self):
        """The entry of the payment keeps its number, so that none is missing."""
        ways = {
            "reset": lambda cost: cost.action_reset(),
            "reset in the ledger": lambda cost: cost.move_id.button_draft(),
            "payments of several": lambda cost: (
                cost | self.cost(7, journal_id=self.bank.id)
            ).action_reset(),
        }
        for title, take_back in ways.items():
            with self.subTest(title):
                cost = self.cost(100)
                payment, entry = cost.payment_id, cost.payment_id.move_id
                self.cost(5)
                number = entry.name
                payment.action_draft()
                take_back(cost)
                cost.action_post()
                self.assertEqual(cost.state, "paid")
                self.assertNotEqual(cost.payment_id, payment)
                self.assertEqual(payment.state, "canceled")
                self.assertRecordValues(entry, [{"state": "cancel", "name": number}])
                self.assert_ties_out()

    def test_what_a_credit_note_took_back_is_not_reset(self):
        cost = self.cost(100, settlement="owed", partner_id=self.landlord.id)
        cost.move_id._reverse_moves([{"invoice_date": cost.date}], cancel=True)
        self.assertEqual(cost.state, "cancelled")
        with self.assertRaises(UserError):
            cost.action_reset()

    def test_only_drafts_are_deleted(self):
        cost = self.cost(100)
        with self.assertRaises(UserError):
            cost.unlink()
        entry = cost.move_id
        cost.action_reset()
        cost.unlink()
        self.assertEqual(entry.state, "cancel")

    def test_its_entries_are_offered_where_there_are_some(self):
        cost = self.cost(100, post=False)
        arch = etree.fromstring(cost.get_view(view_type="form")["arch"])
        [button] = arch.xpath("//button[@name='action_open_entries']")
        for hidden in (True, False):
            values = cost.read(["id", "move_id", "state"])[0]
            self.assertEqual(safe_eval(button.get("invisible"), values), hidden)
            if hidden:
                cost.action_post()

    # ------------------------------------------------------------------
    # What is refused
    # ------------------------------------------------------------------

    @mute_logger("odoo.sql_db")
    def test_what_is_no_cost(self):
        wrong = (
            {"amount": 0},
            {"amount": -5},
            {"amount": float("nan")},
            {"amount": float("inf")},
            {"settlement": "owed"},
            {"journal_id": False},
            {"journal_id": self.company_data["default_journal_misc"].id},
            {"tax_id": self.vat.id},
            {
                "payment_method_line_id": self.bank.outbound_payment_method_line_ids[
                    0
                ].id,
            },
            {
                "user_id": self.users["salesperson"].id,
                "team_id": self.team.id,
            },
        )
        for values in wrong:
            with self.subTest(values):
                self.assert_refused(self.cost, post=False, **values)

    def test_which_entry_it_is_nobody_says(self):
        entry = self.document(5, move_type="in_invoice")
        cost = self.cost(100, post=False)
        for values in (
            {"move_id": entry.id},
            {"state": "paid"},
            {"period": "2026-01-01"},
        ):
            with self.subTest(values):
                with self.assertRaises(AccessError):
                    cost.write(values)
                with self.assertRaises(AccessError):
                    self.cost(1, post=False, **values)
        by_default = self.costs().with_context(default_move_id=entry.id)
        copied = by_default.create({"item_id": self.rent.id, "amount": 5})
        self.assertFalse(copied.move_id)
        self.assertFalse(cost.copy().move_id)

    def test_posted_twice(self):
        with self.assertRaises(UserError):
            self.cost(100).action_post()

    # ------------------------------------------------------------------
    # Entering
    # ------------------------------------------------------------------

    def test_the_next_one_begins_like_the_last_one(self):
        cost = self.cost(5, post=False, journal_id=self.bank.id, date="2026-02-03")
        action = cost.action_post_and_new()
        self.assertEqual(cost.state, "paid")
        form = Form(
            self.costs().with_context(**action["context"]), action["view_id"][0]
        )
        self.assertEqual(str(form.date), "2026-02-03")
        self.assertEqual(form.journal_id, self.bank)
        form.item_id = self.rent
        form.amount = 7
        self.assertEqual(form.save().state, "draft")

    def test_what_it_is_called(self):
        self.assertEqual(self.costs().new({}).display_name, "New Cost")
        self.assertEqual(
            self.cost(5, post=False).display_name, f"{self.rent.name} · 03/01/2026"
        )

    def test_paid_from_where_the_user_paid_last(self):
        first = self.costs().create({"item_id": self.rent.id, "amount": 5})
        self.assertEqual(first.journal_id.type, "cash")
        first.journal_id = self.bank
        self.assertIn(
            first.payment_method_line_id, self.bank.outbound_payment_method_line_ids
        )
        second = self.costs().create({"item_id": self.rent.id, "amount": 5})
        self.assertEqual(second.journal_id, self.bank)

    # ------------------------------------------------------------------
    # Items
    # ------------------------------------------------------------------

    def test_the_account_of_an_item(self):
        """Its own, else that of the item above, else the company's default."""
        company = self.company
        self.assertEqual(self.rent._get_account(company), company.expense_account_id)
        self.premises.account_id = self.other_account
        self.assertEqual(self.rent._get_account(company), self.other_account)
        self.rent.account_id = self.rent_account
        self.assertEqual(self.rent._get_account(company), self.rent_account)
        second = self.setup_other_company(name="Second Ltd")["company"]
        self.assertEqual(self.rent._get_account(second), second.expense_account_id)
        second.expense_account_id = False
        with self.assertRaises(UserError):
            self.rent._get_account(second)

    def test_the_account_of_an_item_holds_expenses(self):
        for name in ("default_account_assets", "default_account_revenue"):
            account = self.company_data[name]
            with self.subTest(name), self.assertRaisesRegex(UserError, "no expense"):
                self.rent.account_id = account
            with self.subTest(name), self.assertRaisesRegex(UserError, "no expense"):
                self.rent.create({"name": "New", "account_id": account.id})
        self.rent.account_id = self.company_data["default_account_expense"]

    def test_the_tax_and_the_analytic_account_of_an_item(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        analytic = self.env["account.analytic.account"].create(
            {"name": "Office", "plan_id": plan.id, "company_id": self.company.id}
        )
        self.premises.tax_id = self.purchase_vat
        self.premises.analytic_account_id = analytic
        cost = self.cost(113)
        self.assertEqual(cost.tax_id, self.purchase_vat)
        self.assertEqual(
            cost.move_id.invoice_line_ids.analytic_distribution,
            {str(analytic.id): 100},
        )

    def test_the_item_of_a_bill_line_says_how_it_is_booked(self):
        self.rent.account_id = self.rent_account
        self.rent.tax_id = self.purchase_vat
        bill = Form(
            self.env["account.move"]
            .with_user(self.users["finance"])
            .with_context(default_move_type="in_invoice")
        )
        bill.partner_id = self.landlord
        bill.invoice_date = date(2026, 3, 1)
        with bill.invoice_line_ids.new() as line:
            line.name = "March"
            line.cost_item_id = self.rent
            line.price_unit = 100
        self.assertRecordValues(
            bill.save().invoice_line_ids,
            [
                {
                    "account_id": self.rent_account.id,
                    "cost_item_id": self.rent.id,
                    "price_total": 113,
                }
            ],
        )

    def test_an_item_is_not_above_itself(self):
        with self.assertRaises(UserError):
            self.premises.parent_id = self.rent

    def test_items_are_found_by_their_category(self):
        items = self.env["funnel.cost.item"]
        self.assertEqual(self.rent.display_name, "Premises / Rent")
        found = {item for item, _name in items.name_search("premises")}
        self.assertLessEqual({self.premises.id, self.rent.id}, found)
