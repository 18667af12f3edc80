from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MODULE
from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingVoucher(PrintingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.layout = cls.env.ref(f"{MODULE}.funnel_print_layout_voucher_a5")

    def new_invoice(self, amount, move_type="out_invoice", **values):
        invoice = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-01",
                "invoice_date_due": "2026-03-31",
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "price_unit": amount, "tax_ids": False}
                    )
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def pay(self, invoices, **values):
        """Pay invoices in one go, as the button on them does."""
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create({"group_payment": True, "payment_date": "2026-04-05", **values})
        )
        return wizard._create_payments()

    def document(self, payment, prices=True):
        (document,) = payment._print_documents(set(), prices)
        return document

    def rows(self, payment, *keys):
        return [
            tuple(
                value if isinstance(value := row[key], str) else float(value)
                for key in keys
            )
            for row in self.document(payment)["lines"]
        ]

    def assert_values(self, payment, **expected):
        values = self.document(payment)["values"]
        self.assertEqual({key: values[key] for key in expected}, expected)

    def test_money_received_settles_invoices(self):
        late = self.new_invoice(300, invoice_date_due="2026-05-31")
        early = self.new_invoice(100)
        payment = self.pay(late | early, amount=250)
        self.assert_values(
            payment,
            title="Receipt Voucher",
            partner_role="Received from",
            partner="Nordwind GmbH",
            number=payment.name,
            date="04/05/2026",
            journal=payment.journal_id.name,
            amount="250.00",
            amount_words="Two Hundred And Fifty Dollars",
            settled="250.00",
            unsettled="0.00",
            written_off="0.00",
        )
        self.assertEqual(
            self.rows(payment, "number", "due_date", "total", "amount", "open"),
            [
                (early.name, "03/31/2026", 100, 100, 0),
                (late.name, "05/31/2026", 300, 150, 150),
            ],
        )
        self.assertEqual(
            self.sum_text(payment, "total", "amount", layout=self.layout), "250.00"
        )

    def test_money_paid_settles_bills(self):
        bill = self.new_invoice(80, "in_invoice", ref="R-17")
        payment = self.pay(bill)
        self.assert_values(payment, title="Payment Voucher", partner_role="Paid to")
        self.assertEqual(
            self.rows(payment, "number", "reference", "total", "amount", "open"),
            [(bill.name, "R-17", 80, 80, 0)],
        )

    def test_two_payments_share_an_invoice(self):
        invoice = self.new_invoice(100)
        first, second = self.pay(invoice, amount=30), self.pay(invoice, amount=45)
        self.assertEqual(self.rows(first, "total", "amount", "open"), [(100, 30, 25)])
        self.assertEqual(self.rows(second, "total", "amount", "open"), [(100, 45, 25)])

    def test_money_that_settles_nothing_yet(self):
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "payment_type": "inbound", "amount": 500}
        )
        self.assert_values(payment, amount="500.00", unsettled="500.00")
        self.assertFalse(self.document(payment)["lines"])
        payment.action_post()
        self.assert_values(payment, unsettled="500.00", settled="0.00")
        (pages,) = self.layout._paginate(payment)
        self.assertEqual(len(pages), 1)
        self.assertIn("Five Hundred Dollars", " ".join(pages[0].texts("block")))

    def test_the_rest_of_a_payment(self):
        invoice = self.new_invoice(100)
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "payment_type": "inbound", "amount": 130}
        )
        payment.action_post()
        lines = (payment.move_id | invoice).line_ids
        lines.filtered(lambda li: li.account_type == "asset_receivable").reconcile()
        self.assert_values(payment, settled="100.00", unsettled="30.00")

    def test_difference_written_off(self):
        invoice = self.new_invoice(100)
        payment = self.pay(
            invoice,
            amount=98,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_revenue"].id,
        )
        self.assert_values(
            payment,
            amount="98.00",
            settled="100.00",
            written_off="2.00",
            unsettled="0.00",
        )
        self.assertEqual(self.rows(payment, "amount", "open"), [(100, 0)])

    def test_a_payment_without_an_entry_settles_what_it_was_made_for(self):
        early, late = self.new_invoice(100), self.new_invoice(300)
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "payment_type": "inbound",
                "amount": 150,
                "invoice_ids": [Command.set((early | late).ids)],
            }
        )
        self.assertFalse(payment.move_id)
        self.assertEqual(self.rows(payment, "amount"), [(100,), (50,)])
        self.assert_values(payment, settled="150.00", unsettled="0.00")

    def test_another_currency_and_its_differences(self):
        """The exchange entry that settles the difference is no invoice."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        # The euro falls, so that the invoice has the difference; or it rises, so that
        # the payment has it.
        for rates in ((0.8, 0.5), (0.5, 0.8)):
            euro.rate_ids = [Command.clear()] + [
                Command.create({"name": day, "rate": rate})
                for day, rate in zip(("2026-03-01", "2026-04-01"), rates, strict=True)
            ]
            invoice = self.new_invoice(100, currency_id=euro.id)
            payment = self.pay(invoice, currency_id=euro.id)
            self.assertTrue(invoice.line_ids.matched_credit_ids.exchange_move_id)
            self.assertEqual(
                self.rows(payment, "number", "total", "amount", "open", "currency"),
                [(invoice.name, 100, 100, 0, "EUR")],
            )
        # Half of another invoice, paid in the company's currency.
        other = self.new_invoice(100, currency_id=euro.id)
        payment = self.pay(other, currency_id=self.company.currency_id.id, amount=62.5)
        self.assertEqual(
            self.rows(payment, "total", "amount", "open", "payment_currency"),
            [(100, 62.5, 50, "USD")],
        )

    def test_debts_that_are_no_invoices(self):
        """Opening balances come as journal entries."""
        accounts = (
            (self.company_data["default_account_receivable"], 70),
            (self.company_data["default_account_revenue"], -70),
        )
        entry = self.env["account.move"].create(
            {
                "date": "2026-01-01",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in accounts
                ],
            }
        )
        entry.action_post()
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "payment_type": "inbound", "amount": 50}
        )
        payment.action_post()
        lines = (payment.move_id | entry).line_ids
        lines.filtered(lambda li: li.account_type == "asset_receivable").reconcile()
        self.assertEqual(
            self.rows(payment, "number", "total", "amount", "open"),
            [(entry.name, 70, 50, 20)],
        )

    def test_who_prints_vouchers(self):
        payment = self.pay(self.new_invoice(100))
        self.assertTrue(self.print_cells(payment, self.layout, self.users["finance"]))
        for role in ("warehouse", "salesperson"):
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.print_cells(payment, self.layout, self.users[role])

    def test_nothing_of_an_amount_without_prices(self):
        payment = self.pay(self.new_invoice(100))
        document = self.document(payment, prices=False)
        self.assertEqual(
            set(document["lines"][0]),
            {"seq", "number", "reference", "date", "due_date"},
        )
        amounts = {"amount", "amount_words", "settled", "unsettled", "written_off"}
        self.assertFalse(amounts & set(document["values"]))

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms([MODULE], ["zh_CN"])
        self.customer.lang = "zh_CN"
        texts = self.print_cells(self.pay(self.new_invoice(1409.5)), self.layout)[0]
        texts = [text for _kind, _key, text in texts]
        self.assertIn("本次核销", texts)
        self.assertIn("金额(大写)：美元壹仟肆佰零玖元伍角整", texts)

    def test_number_of_queries_does_not_grow(self):
        def queries(payments):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.layout._paginate(payments)
            return self.env.cr.sql_log_count - before

        payments = self.env["account.payment"].union(
            *(self.pay(self.new_invoice(100 + n)) for n in range(9))
        )
        self.layout._paginate(payments)  # fills what is kept between requests
        few, many = queries(payments[:3]), queries(payments)
        self.assertLessEqual(many, few + 1)
