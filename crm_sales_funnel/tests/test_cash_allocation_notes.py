from odoo import Command
from odoo.tests import tagged

from .cash_common import CashCommon
from .test_cash_report import CashReportChecks


@tagged("post_install", "-at_install")
class TestCashAllocationNotes(CashReportChecks, CashCommon):
    """Credit notes that keep a fee, what changes beside the ledger, and bills that
    bounce."""

    def note(self, invoice, price, fee, product=None):
        """Return a posted note for bolts, or something else, that keeps a fee."""
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-05",
                "date": "2026-03-05",
                "reversed_entry_id": invoice.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": (product or self.bolts).id,
                            "price_unit": price,
                            "tax_ids": False,
                        }
                    ),
                    Command.create(
                        {"name": "Restocking", "price_unit": -fee, "tax_ids": False}
                    ),
                ],
            }
        )
        note.action_post()
        return note

    def untaxed(self, *prices, **values):
        return self.document(*prices, tax=self.vat.browse(), **values)

    def paid(self, invoice):
        """Return what the lines got, in their order."""
        found = self.allocated(invoice)
        lines = invoice.invoice_line_ids.sorted("id")
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()
        return [found.get(line, (0, 0))[0] for line in lines]

    def test_a_note_that_keeps_a_fee(self):
        """100 come back less 60: 40 are credited, and 60 are paid for the bolts."""
        for pays_first in (False, True):
            invoice = self.untaxed(100)
            if pays_first:
                self.pay(60, invoice)
            self.match(invoice, self.note(invoice, 100, 60))
            if not pays_first:
                self.pay(60, invoice)
            with self.subTest(pays_first=pays_first):
                self.assertEqual(self.paid(invoice), [60])
                self.assertEqual(invoice.payment_state, "paid")

    def test_no_line_gets_more_than_it_is_worth(self):
        invoice = self.untaxed(100, 10)
        self.match(invoice, self.note(invoice, 100, 60))
        self.pay(70, invoice)
        self.assertEqual(self.paid(invoice), [60, 10])

    def test_a_note_that_is_set_off_in_part_and_paid_back_in_part(self):
        """39 of the bolts are credited, whichever document the money is of."""
        invoice = self.untaxed(100, 200)
        self.pay(261, invoice)
        note = self.note(invoice, 80, 0)
        self.match(invoice, note)
        self.assertEqual((invoice.amount_residual, note.amount_residual), (0, 41))
        self.pay(41, note, payment_type="outbound")
        self.assertEqual(self.paid(invoice), [61, 200])

    def test_two_notes_one_with_a_fee(self):
        """40 of the bolts are credited, and all of the nuts."""
        for nuts in (100, 10):
            invoice = self.untaxed(100, nuts)
            self.match(invoice, self.note(invoice, 100, 60))
            other = self.note(invoice, nuts, 0, product=self.nuts)
            self.match(invoice, other)
            self.pay(60, invoice)
            self.assertEqual(self.paid(invoice), [60, 0])

    def test_a_discount_beside_the_fee(self):
        """100, 20 and -40 less 30, of which 100 were bolts: half of it counts."""
        invoice = self.untaxed(100, 20, -40)
        self.match(invoice, self.note(invoice, 100, 70))
        self.pay(50, invoice)
        self.assertEqual(self.paid(invoice), [70, 20, -40])

    # ------------------------------------------------------------------
    # Changed beside the ledger
    # ------------------------------------------------------------------

    def order(self, **values):
        self.bolts.write({"type": "service", "invoice_policy": "order"})
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.users["team_leader"].id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.bolts.id,
                            "price_unit": 100,
                            "tax_ids": False,
                        }
                    )
                ],
                **values,
            }
        )

    def assert_up_to_date(self):
        self.assert_follows_from_the_ledger()
        self.assert_ties_out()

    def test_lines_that_are_linked_to_an_order_afterwards(self):
        for from_order in (False, True):
            invoice, order = self.untaxed(100), self.order()
            self.pay(100, invoice)
            self.assert_up_to_date()
            line = invoice.invoice_line_ids
            if from_order:
                order.order_line.sudo().invoice_lines = line
            else:
                line.sale_line_ids = order.order_line
            with self.subTest(from_order=from_order):
                self.assert_up_to_date()
                rows = self.env["funnel.allocation"].search(
                    [("move_id", "=", invoice.id)]
                )
                self.assertEqual(rows.order_id, order)

    def test_lines_of_orders_that_are_made_for_what_is_paid(self):
        invoice, order = self.untaxed(100), self.order()
        self.pay(100, invoice)
        self.assert_up_to_date()
        line = order.order_line.sudo().copy(
            {
                "order_id": order.id,
                "invoice_lines": [Command.set(invoice.invoice_line_ids.ids)],
            }
        )
        self.assert_up_to_date()
        rows = self.env["funnel.allocation"].search([("move_id", "=", invoice.id)])
        self.assertEqual((rows.order_id, rows.sale_line_id), (order, line))

    def test_bills_that_are_linked_to_an_order_afterwards(self):
        """A note of 40 credits both lines of 150 alike, until it is known of which it
        is; of what is left, 55 is a half."""
        vendor = self.env["res.partner"].create({"name": "Bolt Works"})
        order = self.env["purchase.order"].create(
            {
                "partner_id": vendor.id,
                "order_line": [
                    Command.create({"product_id": self.bolts.id, "price_unit": 100})
                ],
            }
        )
        order.button_confirm()
        values = {"partner_id": vendor.id}
        bill = self.untaxed(100, 50, move_type="in_invoice", **values)
        note = self.untaxed(40, move_type="in_refund", **values)
        self.match(bill, note)
        money = {"payment_type": "outbound", "partner_type": "supplier", **values}
        self.pay(55, bill, **money)
        self.assert_allocated(bill, (36.67, 36.67), (18.33, 18.33))
        note.invoice_line_ids.purchase_line_id = order.order_line
        bill.invoice_line_ids[0].purchase_line_id = order.order_line
        self.assert_allocated(bill, (30, 30), (25, 25))
        self.assert_ties_out()

    def test_a_draft_order_line_of_bills_that_is_deleted(self):
        """Of which line the note was is not known any more."""
        vendor = self.env["res.partner"].create({"name": "Bolt Works"})
        values = {"partner_id": vendor.id}
        order = self.env["purchase.order"].create(
            {
                **values,
                "order_line": [
                    Command.create({"product_id": self.bolts.id, "price_unit": 100})
                ],
            }
        )
        bill = self.untaxed(100, 50, move_type="in_invoice", **values)
        note = self.untaxed(40, move_type="in_refund", **values)
        (
            bill.invoice_line_ids[0] | note.invoice_line_ids
        ).purchase_line_id = order.order_line
        self.match(bill, note)
        self.pay(55, bill, payment_type="outbound", partner_type="supplier", **values)
        self.assert_allocated(bill, (30, 30), (25, 25))
        order.order_line.unlink()
        self.assert_allocated(bill, (36.67, 36.67), (18.33, 18.33))
        self.assert_ties_out()

    def test_an_order_that_costs_more_after_its_deposit(self):
        order = self.order()
        payment = self.pay(50, deposit_order_id=order.id)
        rows = [("money_move_id", "=", payment.move_id.id)]
        row = self.env["funnel.allocation"].search(rows)
        self.assertEqual((row.amount, row.amount_untaxed), (50, 50))
        order.order_line.tax_ids = self.vat
        self.assert_up_to_date()
        row = self.env["funnel.allocation"].search(rows)
        self.assertEqual((row.amount, row.amount_untaxed), (50, 44.25))

    def test_an_order_that_is_deleted(self):
        """With a deposit, and with an invoice that is paid."""
        order = self.order()
        self.pay(50, deposit_order_id=order.id)
        billed = self.order()
        billed.action_confirm()
        invoice = billed._create_invoices()
        invoice.invoice_date = "2026-03-01"
        invoice.action_post()
        self.pay(100, invoice)
        self.assert_up_to_date()
        billed.with_context(disable_cancel_warning=True).action_cancel()
        (order | billed).with_user(self.users["manager"]).unlink()
        self.assert_up_to_date()
        for role in ("finance", "manager"):
            report = self.env["funnel.cash.report"].with_user(self.users[role])
            report.web_search_read(
                [], {"order_id": {"fields": {"display_name": {}}}, "amount": {}}
            )
            allocation = self.env["funnel.allocation"].with_user(self.users[role])
            allocation.formatted_read_group([], ["order_id"], ["amount:sum"])

    def test_a_user_who_is_deleted(self):
        user = self.users["salesperson"].copy({"login": "funnel_gone", "name": "Gone"})
        invoice = self.document(100, invoice_user_id=user.id)
        self.pay(113, invoice)
        self.assert_up_to_date()
        user.unlink()
        self.assert_up_to_date()
        self.assertTrue(invoice.exists())

    def test_the_day_of_a_statement_line(self):
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-03-08",
                "payment_ref": "x",
                "amount": 113,
                "partner_id": self.customer.id,
            }
        )
        invoice = self.document(100)
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = self.receivable
        self.match(line.move_id, invoice)
        self.assert_up_to_date()
        line.date = "2026-03-09"
        self.assert_up_to_date()

    def test_what_posted_documents_say_of_themselves(self):
        invoice = self.document(100, 50)
        self.pay(50, invoice)
        note = self.document(50, move_type="out_refund")
        self.match(invoice, note)
        self.assert_up_to_date()
        note.reversed_entry_id = invoice
        self.assert_up_to_date()
        invoice.invoice_line_ids[0].product_id = self.screws
        self.assert_up_to_date()

    # ------------------------------------------------------------------
    # Accounts of money
    # ------------------------------------------------------------------

    def waiting(self, **values):
        """Return an account where payments wait, and a method that names it."""
        account = self.env["account.account"].create(
            {
                "name": "Waiting",
                "code": "101777",
                "account_type": "asset_current",
                "reconcile": True,
                **values,
            }
        )
        method = self.bank.inbound_payment_method_line_ids[0].copy(
            {
                "payment_account_id": account.id,
                "name": "Waits",
                "is_bill": account.is_counted_when_cashed,
            }
        )
        return account, method

    def test_an_account_that_is_marked_and_unmarked(self):
        account, method = self.waiting()
        self.pay(113, self.document(100), payment_method_line_id=method.id)
        self.assert_up_to_date()
        for counted in (True, False):
            account.is_counted_when_cashed = counted
            self.assertEqual(account.is_liquidity, not counted)
            self.assert_up_to_date()

    def test_a_bill_that_bounces_is_not_collected(self):
        account, method = self.waiting(is_counted_when_cashed=True)
        invoice = self.document(100)
        payment = self.pay(
            113, invoice, payment_method_line_id=method.id, maturity_date="2026-04-10"
        )
        self.assertFalse(self.allocated(invoice))
        bounced = self.env["account.move"].create(
            {
                "date": "2026-04-10",
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": -113}),
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "balance": 113,
                            "partner_id": self.customer.id,
                        }
                    ),
                ],
            }
        )
        bounced.action_post()
        (bounced | payment.move_id).line_ids.filtered(
            lambda line: line.account_id == account
        ).reconcile()
        self.assertFalse(self.allocated(invoice))
        self.assert_up_to_date()
        report = self.env["funnel.cash.report"].with_user(self.users["finance"])
        entries = (bounced | payment.move_id).ids
        self.assertFalse(report.search([("entry_id", "in", entries)]))

    # ------------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------------

    def test_money_of_a_company_for_its_branch(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.cr.precommit.run()  # gives the branch its chart of accounts
        both = self.env(context={"allowed_company_ids": (self.company | branch).ids})
        invoice = both["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": branch.id,
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-01",
                "invoice_line_ids": [
                    Command.create(
                        {"name": "goods", "price_unit": 100, "tax_ids": False}
                    )
                ],
            }
        )
        invoice.action_post()
        payment = self.pay(100)
        (payment.move_id | invoice).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.users["finance"].company_ids |= branch
        self.assert_ties_out(self.company, branch)

    def test_thousandths(self):
        dinar = self.env["res.currency"].with_context(active_test=False)
        dinar = dinar.search([("name", "=", "KWD")])
        dinar.write({"active": True, "rounding": 0.001})
        data = self.setup_other_company(name="Kuwait", currency_id=dinar.id)
        env = self.env(context={"allowed_company_ids": data["company"].ids})
        invoices = env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": "2026-03-01",
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "goods", "price_unit": price, "tax_ids": False}
                        )
                    ],
                }
                for price in (10.007, 6.673, 10.007)
            ]
        )
        invoices.action_post()
        dialog = env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids
        )
        payment = dialog.create(
            {
                "payment_date": "2026-03-05",
                "group_payment": True,
                "amount": 26.574,
                "payment_difference_handling": "reconcile",
                "writeoff_account_id": data["default_account_expense"].id,
                "journal_id": data["default_journal_bank"].id,
            }
        )._create_payments()
        rows = env["funnel.allocation"].search([("move_id", "in", invoices.ids)])
        self.assertEqual(payment.amount, 26.574)
        self.assertAlmostEqual(sum(rows.mapped("amount")), 26.574, 3)
