from odoo import Command
from odoo.tests import tagged

from .receivable_common import ReceivableCommon


@tagged("post_install", "-at_install")
class TestReceivableEntries(ReceivableCommon):
    """Each way in which an entry comes to be, or ceases to be; the sum of the amounts,
    computed by hand, is the ledger's."""

    def assert_open(self, as_of, expected, *fnames, **kwargs):
        self.assert_aging(as_of, expected, "residual", *fnames, **kwargs)
        report = self.aging(as_of, **kwargs)
        total = sum(row[0] for row in expected)
        for company in report.get_tie_out()["companies"]:
            self.assertEqual((company["ledger"], company["difference"]), (total, 0))

    def new_taxed_invoice(self, tax, **values):
        """Post an invoice over 1000 without the tax of 15 %."""
        line = {
            "name": "goods",
            "price_unit": 1000,
            "tax_ids": tax.ids,
            "account_id": self.company_data["default_account_revenue"].id,
        }
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-01",
                "invoice_payment_term_id": False,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def test_early_payment_discount(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
            }
        )
        invoice = self.new_taxed_invoice(
            self.company_data["default_tax_sale"], invoice_payment_term_id=term.id
        )
        self._register_payment(invoice, payment_date="2026-03-05")
        self.assertEqual(invoice.payment_state, "paid")
        self.assert_open("2026-03-04", [(1150,)])
        self.assert_open("2026-03-05", [])

    def test_taxes_on_a_cash_basis(self):
        self.company.tax_exigibility = True
        sales_tax = self.company_data["default_tax_sale"]
        transition = self.company_data["default_account_tax_sale"].copy(
            {"reconcile": True}
        )
        tax = sales_tax.copy(
            {
                "name": "On payment",
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": transition.id,
            }
        )
        invoice = self.new_taxed_invoice(tax, invoice_date_due="2026-03-01")
        self.receive(500, "2026-03-20", invoice)
        self.assertTrue(invoice.tax_cash_basis_created_move_ids)
        self.assert_open("2026-03-19", [(1150,)])
        self.assert_open("2026-03-20", [(650,)])
        invoice.line_ids.remove_move_reconcile()
        self.assert_open("2026-12-31", [(1150,), (-500,)])

    def test_lines_of_a_bank_statement(self):
        """Booked to the account of the customer without a payment, as a shop does."""
        first, second = (
            self.env["account.bank.statement.line"].create(
                {
                    "journal_id": self.bank.id,
                    "date": f"2026-03-{day}",
                    "payment_ref": "Shop",
                    "partner_id": self.customer.id,
                    "amount": amount,
                }
            )
            for day, amount in ((10, 80), (11, 33))
        )
        for line in first, second:
            line._seek_for_lines()[1].account_id = self.receivable
        self.apply(self.invoice(100, "2026-03-01"), first.move_id)
        self.assert_open("2026-03-09", [(100, "invoice")], "line_kind")
        self.assert_open(
            "2026-03-31", [(20, "invoice"), (-33, "unapplied")], "line_kind"
        )

    def test_reversed_entries(self):
        invoice = self.invoice(100, "2026-03-01")
        self.receive(40, "2026-03-05", invoice)
        invoice._reverse_moves(
            [{"date": "2026-03-20", "invoice_date": "2026-03-20"}], cancel=True
        )
        self.assert_open("2026-03-04", [(100,)])
        self.assert_open("2026-03-19", [(100,), (-40,)])
        self.assert_open("2026-03-20", [(-40, "unapplied")], "line_kind")

    def test_cancelled_counterparts(self):
        invoice = self.invoice(100, "2026-03-01")
        payment = self.receive(60, "2026-03-10", invoice)
        payment.action_cancel()
        self.assert_open("2026-03-31", [(100,)])
        self.receive(60, "2026-03-11", invoice)
        invoice.button_cancel()
        self.assert_open("2026-03-31", [(-60,)])

    def test_changed_while_in_draft(self):
        """The invoice comes back with another customer and another account."""
        shops = self.receivable.copy({"name": "Receivable Shops"})
        other = self.customer.copy({"property_account_receivable_id": shops.id})
        invoice = self.invoice(100, "2026-03-01")
        self.receive(60, "2026-03-10", invoice)
        invoice.button_draft()
        invoice.partner_id = other
        self.assert_open("2026-03-31", [(-60, self.customer)], "partner_id")
        invoice.action_post()
        total = sum(self.aging("2026-03-31").search([]).mapped("residual"))
        self.assertEqual(total, 40)
        self.assert_open("2026-03-09", [(100, other)], "partner_id")

    def test_kinds_of_documents(self):
        self.invoice(10, "2026-03-01", move_type="out_receipt")
        self.invoice(20, "2026-03-02", move_type="out_refund")
        self.assert_open(
            "2026-03-31", [(10, "invoice"), (-20, "credit_note")], "line_kind"
        )
        self.invoice(30, "2026-03-03", move_type="in_receipt")
        self.invoice(40, "2026-03-04", move_type="in_refund")
        self.assert_open(
            "2026-03-31",
            [(-30, "invoice"), (40, "credit_note")],
            "line_kind",
            account_type="liability_payable",
            user=self.users["finance"],
        )

    def test_archived_and_moved_customers(self):
        salesperson = self.users["salesperson"]
        self.invoice(100, "2026-03-01")
        self.receive(7, "2026-03-02")
        salesperson.active = self.customer.active = False
        expected = [(amount, self.customer, salesperson) for amount in (100, -7)]
        self.assert_open("2026-03-31", expected, "partner_id", "user_id")
        self.customer.active = True
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        self.customer.write({"is_company": False, "parent_id": group.id})
        self.assert_open("2026-03-31", [(100, group), (-7, group)], "partner_id")

    def test_account_of_several_companies(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        self.env.user.company_ids |= other
        self.receivable.with_company(other).write(
            {"code": "120001", "company_ids": [Command.link(other.id)]}
        )
        self.entry(100, "2026-03-01")
        revenue = self.env["account.account"].search(
            [("company_ids", "=", other.id), ("account_type", "=", "income")], limit=1
        )
        lines = [
            {"account_id": account.id, "balance": balance}
            for account, balance in ((self.receivable, 13), (revenue, -13))
        ]
        self.env["account.move"].with_company(other).create(
            {"date": "2026-03-01", "line_ids": list(map(Command.create, lines))}
        ).action_post()
        self.assert_open("2026-03-31", [(100, self.company)], "company_id")
        self.assert_open("2026-03-31", [(13, other)], "company_id", companies=other)

    def test_last_receipt_is_the_latest_one_of_money_that_came(self):
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.customer.id}
        )
        self.receive(10, "2026-03-05", partner_id=shop.id)
        self.receive(10, "2026-03-10")
        self.receive(10, "2026-03-20", payment_type="outbound")
        partner = self.customer.with_context(as_of="2026-03-31")
        self.assertEqual(str(partner.last_receipt_date), "2026-03-10")
