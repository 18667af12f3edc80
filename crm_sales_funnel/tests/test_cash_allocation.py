from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .cash_common import CashCommon


@tagged("post_install", "-at_install")
class TestCashAllocation(CashCommon):
    """Amounts by hand: lines of 600 and 400 are 678 and 452 with VAT, 1130 together."""

    def test_a_payment_in_part_is_shared_by_worth(self):
        invoice = self.document(600, 400)
        self.pay(565, invoice)
        self.assert_allocated(invoice, (339, 300), (226, 200))

    def test_three_payments_sum_to_the_cent(self):
        """A third of 1130.00 is no whole cent; neither are the thirds of its lines."""
        invoice = self.document(600, 400)
        for amount in (376.67, 376.67):
            self.pay(amount, invoice)
        self.assert_allocated(invoice, (452, 400), (301.34, 266.67))
        payment = self.pay(376.66, invoice)
        self.assert_allocated(invoice, (678, 600), (452, 400))
        rows = self.env["funnel.allocation"].search(
            [("money_line_id.move_id", "=", payment.move_id.id)]
        )
        self.assertEqual(round(sum(rows.mapped("amount")), 2), 376.66)

    def test_a_row_tells_whose_money_it_is(self):
        invoice = self.document(600)
        payment = self.pay(678, invoice, day="2026-03-20")
        [row] = self.env["funnel.allocation"].search([("move_id", "=", invoice.id)])
        self.assertRecordValues(
            row,
            [
                {
                    "partial_id": payment.move_id.line_ids.matched_debit_ids.id,
                    "invoice_line_id": invoice.invoice_line_ids.id,
                    "money_line_id": self._counterpart(payment).id,
                    "user_id": self.users["salesperson"].id,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                    "amount": 678,
                    "amount_untaxed": 600,
                    "amount_currency": 678,
                    "amount_untaxed_currency": 600,
                }
            ],
        )
        self.assertEqual(str(row.date), "2026-03-20")

    def _counterpart(self, payment):
        return payment.move_id.line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )

    def test_the_salesperson_of_the_order_comes_before_that_of_the_invoice(self):
        order = self._order(600, self.users["team_leader"])
        invoice = self._invoice(order)
        invoice.invoice_user_id = self.users["salesperson"]
        self.pay(678, invoice)
        rows = self.env["funnel.allocation"].search([("move_id", "=", invoice.id)])
        self.assertEqual(
            (rows.user_id, rows.order_id, rows.sale_line_id),
            (self.users["team_leader"], order, order.order_line),
        )
        order.user_id = self.users["salesperson"]
        rows = self.env["funnel.allocation"].search([("move_id", "=", invoice.id)])
        self.assertEqual(rows.user_id, self.users["salesperson"])

    def _invoice(self, order):
        self.bolts.invoice_policy = "order"
        order.order_line.qty_delivered = 1
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    # ------------------------------------------------------------------
    # What is no money
    # ------------------------------------------------------------------

    def test_what_is_credited_is_not_to_be_collected(self):
        """The note is for the nuts: what is paid then is for the bolts."""
        invoice = self.document(600, 400)
        note = self.document(
            0, 400, move_type="out_refund", reversed_entry_id=invoice.id
        )
        self.match(invoice, note)
        self.assert_allocated(invoice, (0, 0), (0, 0))
        self.pay(339, invoice)
        self.assert_allocated(invoice, (339, 300), (0, 0))
        self.pay(339, invoice)
        self.assert_allocated(invoice, (678, 600), (0, 0))

    def test_a_note_for_no_line_is_credited_of_all(self):
        """113 of 1130 are credited, and a tenth of each line is not to be collected."""
        invoice = self.document(600, 400)
        self.match(invoice, self.document(0, 0, 100, move_type="out_refund"))
        self.pay(1017, invoice)
        self.assert_allocated(invoice, (610.2, 540), (406.8, 360))

    def test_what_is_credited_later_changes_what_was_allocated(self):
        invoice = self.document(600, 400)
        self.pay(565, invoice)
        note = self.document(
            0, 400, move_type="out_refund", reversed_entry_id=invoice.id
        )
        self.match(invoice, note)
        self.assert_allocated(invoice, (565, 500), (0, 0))

    def test_money_paid_back_is_taken_off(self):
        note = self.document(100, move_type="out_refund")
        self.pay(113, note, payment_type="outbound")
        self.assert_allocated(note, (-113, -100))

    def test_what_a_payment_writes_off_is_not_collected(self):
        """112.70 are received for 113.00."""
        invoice = self.document(60, 40)
        payment = self.pay(
            112.7,
            write_off_line_vals=[
                {
                    "name": "rounded off",
                    "account_id": self.expense.id,
                    "amount_currency": 0.3,
                    "balance": 0.3,
                    "partner_id": self.customer.id,
                    "currency_id": self.company.currency_id.id,
                }
            ],
        )
        self.match(invoice, payment.move_id)
        self.assertEqual(invoice.payment_state, "paid")
        self.assert_allocated(invoice, (67.62, 59.84), (45.08, 39.89))

    def test_a_payment_that_writes_off_pays_many_to_the_cent(self):
        """100.00 are received for three of 33.90, 1.70 written off: what is allocated is
        what was received, whichever is undone and done again."""
        invoices = [self.document(30) for _number in range(3)]
        payment = self.pay(
            100,
            write_off_line_vals=[
                {
                    "name": "discount",
                    "account_id": self.expense.id,
                    "amount_currency": 1.7,
                    "balance": 1.7,
                    "partner_id": self.customer.id,
                    "currency_id": self.company.currency_id.id,
                }
            ],
        )
        self.match(*invoices, payment.move_id)

        def received():
            totals = self.allocated(*invoices)
            return round(sum(taxed for taxed, _untaxed in totals.values()), 2)

        self.assertEqual(received(), 100)
        self.assert_follows_from_the_ledger()
        invoices[0].line_ids.remove_move_reconcile()
        self.assertEqual(received(), 66.67)
        self.assert_follows_from_the_ledger()
        self.match(invoices[0], payment.move_id)
        self.assertEqual(received(), 100)
        self.assert_follows_from_the_ledger()

    def test_a_write_off_by_an_entry_is_no_money(self):
        invoice = self.document(100)
        self.apply(self.entry(-113, "2026-03-05"), invoice)
        self.assertEqual(invoice.payment_state, "paid")
        self.assert_allocated(invoice, (0, 0))

    def test_money_on_an_account_of_its_own_without_a_payment(self):
        """As a bank statement that is matched with the invoice leaves it."""
        invoice = self.document(100)
        bank = self.bank.default_account_id
        entry = self.env["account.move"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-03-05",
                "line_ids": [
                    Command.create({"account_id": bank.id, "balance": 113}),
                    Command.create(
                        {
                            "account_id": self.receivable.id,
                            "balance": -113,
                            "partner_id": self.customer.id,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self.match(invoice, entry)
        self.assert_allocated(invoice, (113, 100))

    def test_a_bill_counts_when_it_is_cashed(self):
        bills = self.env["account.account"].create(
            {
                "name": "Bills of Exchange",
                "code": "112190",
                "account_type": "asset_current",
                "reconcile": True,
                "is_counted_when_cashed": True,
            }
        )
        method = self.bank.inbound_payment_method_line_ids[0].copy(
            {"payment_account_id": bills.id, "name": "Acceptance"}
        )
        self.assertFalse(bills.is_liquidity)
        invoice = self.document(100)
        payment = self.pay(113, invoice, payment_method_line_id=method.id)
        self.assertEqual(payment.outstanding_account_id, bills)
        self.assert_allocated(invoice, (0, 0))
        cashed = self.env["account.move"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-06-10",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.bank.default_account_id.id,
                            "balance": 113,
                        }
                    ),
                    Command.create({"account_id": bills.id, "balance": -113}),
                ],
            }
        )
        cashed.action_post()
        bill = (payment.move_id | cashed).line_ids
        bill.filtered(lambda line: line.account_id == bills).reconcile()
        self.assert_allocated(invoice, (113, 100))
        [row] = self.env["funnel.allocation"].search([("move_id", "=", invoice.id)])
        self.assertEqual(str(row.date), "2026-06-10")

    # ------------------------------------------------------------------
    # Currencies
    # ------------------------------------------------------------------

    def test_what_is_paid_in_full_is_paid_to_its_total_in_each_currency(self):
        """100 EUR were 700.00 when they were invoiced; they are paid as 680.00 and as
        720.00."""
        for rate, day in ((1 / 6.8, "2026-03-15"), (1 / 7.2, "2026-03-16")):
            with self.subTest(day):
                euros = self.setup_other_currency(
                    "EUR", rates=[("2026-03-01", 1 / 7), (day, rate)]
                )
                invoice = self.document(
                    60, 40, tax=self.vat.browse(), currency_id=euros.id
                )
                self.pay(50, invoice, day=day, currency_id=euros.id)
                self.assert_allocated(invoice, (210, 210), (140, 140))
                self.pay(50, invoice, day=day, currency_id=euros.id)
                self.assert_allocated(invoice, (420, 420), (280, 280))
                rows = self.env["funnel.allocation"].search(
                    [("move_id", "=", invoice.id)]
                )
                self.assertEqual(sum(rows.mapped("amount_currency")), 100)

    def test_what_is_written_off_has_its_part_of_an_exchange_difference(self):
        """100 EUR were 700.00; 90 EUR arrive as 612.00, and 10 EUR are written off."""
        euros = self.setup_other_currency(
            "EUR", rates=[("2026-03-01", 1 / 7), ("2026-03-15", 1 / 6.8)]
        )
        invoice = self.document(100, tax=self.vat.browse(), currency_id=euros.id)
        payment = self.pay(
            90,
            day="2026-03-15",
            currency_id=euros.id,
            write_off_line_vals=[
                {
                    "name": "discount",
                    "account_id": self.expense.id,
                    "amount_currency": 10,
                    "balance": 68,
                    "partner_id": self.customer.id,
                    "currency_id": euros.id,
                }
            ],
        )
        self.match(invoice, payment.move_id)
        self.assertEqual(invoice.payment_state, "paid")
        self.assert_allocated(invoice, (630, 630))

    # ------------------------------------------------------------------
    # Undone
    # ------------------------------------------------------------------

    def test_what_is_undone_is_not_allocated(self):
        invoice = self.document(600, 400)
        payments = [self.pay(565, invoice) for _number in range(2)]
        self._undo(invoice, payments[0])
        self.assert_allocated(invoice, (339, 300), (226, 200))
        self._undo(invoice, payments[1])
        self.assertFalse(self.allocated(invoice))
        self.assert_follows_from_the_ledger()

    def _undo(self, invoice, payment):
        partials = invoice.line_ids.matched_credit_ids
        partials.filtered(
            lambda partial: partial.credit_move_id.move_id == payment.move_id
        ).unlink()

    def test_documents_and_payments_that_are_drafts_again(self):
        invoice = self.document(600, 400)
        payment = self.pay(1130, invoice)
        for entry in (invoice, payment.move_id):
            with self.subTest(entry.move_type):
                self.assertTrue(self.allocated(invoice))
                entry.button_draft()
                self.assertFalse(self.allocated(invoice))
                self.assert_follows_from_the_ledger()
                entry.action_post()
                self.assert_allocated(invoice, (678, 600), (452, 400))

    def test_what_is_not_as_the_ledger_has_it_is_mended(self):
        invoice, other = self.document(600, 400), self.document(100)
        self.pay(1243, invoice, other)
        rows = self.env["funnel.allocation"].search([])
        self.cr.execute(
            """
            UPDATE funnel_allocation SET amount = 1 WHERE id = %(wrong)s;
            UPDATE funnel_allocation SET partial_id = 0 WHERE id = %(strange)s;
            DELETE FROM funnel_allocation WHERE id = %(missing)s;
            """,
            dict(zip(("wrong", "strange", "missing"), rows.ids, strict=True)),
        )
        with mute_logger("odoo.addons.crm_sales_funnel.models.cash.funnel_allocation"):
            self.env["funnel.allocation"]._cron_compare()
        self.assert_allocated(invoice, (678, 600), (452, 400))
        self.assert_allocated(other, (113, 100))

    def test_read_in_the_transaction_that_pays(self):
        """Nothing was committed, and nothing is written down twice."""
        invoice = self.document(600)
        self.pay(678, invoice)
        self.assertEqual(
            self.env["funnel.allocation"]._read_group(
                [("move_id", "=", invoice.id)], [], ["amount:sum"]
            ),
            [(678,)],
        )
        allocation = self.registry["funnel.allocation"]
        with patch.object(allocation, "_update_table", side_effect=AssertionError):
            self.env["funnel.allocation"]._write_pending()

    # ------------------------------------------------------------------
    # Deposits
    # ------------------------------------------------------------------

    def test_a_deposit_is_of_the_order_until_it_is_applied(self):
        order = self._order(600, self.users["salesperson"])
        payment = self.pay(400, deposit_order_id=order.id)
        deposit = self.env["funnel.allocation"].search([("order_id", "=", order.id)])
        self.assertRecordValues(
            deposit,
            [
                {
                    "partial_id": False,
                    "invoice_line_id": False,
                    "money_line_id": self._counterpart(payment).id,
                    "user_id": self.users["salesperson"].id,
                    "amount": 400,
                    "amount_untaxed": 353.98,
                }
            ],
        )
        self.assertEqual((order.collected_amount, order.deposit_amount), (400, 400))
        invoice = self._invoice(order)
        self.match(invoice, payment.move_id)
        self.assert_allocated(invoice, (400, 353.98))
        order.invalidate_recordset()
        self.assertEqual((order.collected_amount, order.deposit_amount), (400, 0))
        rows = self.env["funnel.allocation"].search([("order_id", "=", order.id)])
        self.assertEqual(rows.move_id, invoice)
        invoice.line_ids.remove_move_reconcile()
        rows = self.env["funnel.allocation"].search([("order_id", "=", order.id)])
        self.assertEqual((rows.move_id, rows.amount), (payment.move_id, 400))
        payment.deposit_order_id = False
        self.assertFalse(
            self.env["funnel.allocation"].search([("order_id", "=", order.id)])
        )
        self.assert_follows_from_the_ledger()

    # ------------------------------------------------------------------
    # Vendors
    # ------------------------------------------------------------------

    def test_bills_of_vendors(self):
        bill = self.document(600, 400, move_type="in_invoice")
        self.pay(565, bill, payment_type="outbound", partner_type="supplier")
        self.assert_allocated(bill, (339, 300), (226, 200))
