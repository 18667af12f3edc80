from collections import defaultdict

from odoo import Command
from odoo.tests import tagged

from .cash_common import CashCommon


class CashReportChecks:
    def assert_ties_out(self, *companies):
        """The rows of each journal and day are the movement of the money accounts, each
        company apart."""
        self.env.flush_all()
        for company in companies or (self.company,):
            report = self.env["funnel.cash.report"].with_user(self.users["finance"])
            report = report.with_context(allowed_company_ids=company.ids)
            found = defaultdict(
                float,
                {
                    (journal.id, day): total
                    for journal, day, total in report._read_group(
                        [], ["journal_id", "date:day"], ["amount:sum"]
                    )
                },
            )
            expected = defaultdict(float)
            lines = self.env["account.move.line"].search(
                [
                    ("account_id.is_liquidity", "=", True),
                    ("parent_state", "=", "posted"),
                    ("company_id", "=", company.id),
                ]
            )
            for line in lines:
                expected[line.journal_id.id, line.date] += line.balance
            for key in {*found, *expected}:
                self.assertAlmostEqual(found[key], expected[key], 2, key)


@tagged("post_install", "-at_install")
class TestCashReport(CashReportChecks, CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cash = cls.company_data["default_journal_cash"]

    def rows(self, *entries):
        """Return (kind, amount) of the entries' rows, sorted."""
        self.env["funnel.cash.report"].invalidate_model()
        moves = self.env["account.move"].union(*entries)
        report = self.env["funnel.cash.report"].with_user(self.users["finance"])
        rows = report.search([("entry_id", "in", moves.ids)])
        return sorted((row.kind, row.amount) for row in rows)

    def test_a_receipt_for_two_invoices_and_the_rest_on_account(self):
        """A row an invoice, however many lines it has."""
        first, second = self.document(400, 200), self.document(400)
        payment = self.pay(1200, first, second)
        self.assertEqual(
            self.rows(payment.move_id),
            [("receipt", 70), ("receipt", 452), ("receipt", 678)],
        )
        self.assert_ties_out()

    def test_who_and_how(self):
        invoice = self.document(600)
        payment = self.pay(678, invoice)
        row = self.env["funnel.cash.report"].search(
            [("entry_id", "=", payment.move_id.id)]
        )
        self.assertRecordValues(
            row,
            [
                {
                    "direction": "in",
                    "kind": "receipt",
                    "journal_id": self.bank.id,
                    "payment_method_line_id": payment.payment_method_line_id.id,
                    "partner_id": self.customer.id,
                    "partner_type": "customer",
                    "user_id": self.users["salesperson"].id,
                    "team_id": self.team.id,
                    "move_id": invoice.id,
                    "amount": 678,
                }
            ],
        )

    def test_bills_and_what_comes_back(self):
        bill = self.document(100, move_type="in_invoice")
        paid = self.pay(113, bill, payment_type="outbound", partner_type="supplier")
        note = self.document(50, move_type="out_refund")
        back = self.pay(56.5, note, payment_type="outbound")
        self.assertEqual(self.rows(paid.move_id), [("payment", -113)])
        self.assertEqual(self.rows(back.move_id), [("refund", -56.5)])
        self.assert_ties_out()

    def test_money_without_a_customer(self):
        entry = self.money_entry(-30, self.expense)
        self.assertEqual(self.rows(entry), [("other", -30)])
        self.assert_ties_out()

    def money_entry(self, amount, account, day="2026-03-08", **values):
        """Post an entry of the bank against an account."""
        entry = self.env["account.move"].create(
            {
                "journal_id": self.bank.id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.bank.default_account_id.id,
                            "balance": amount,
                        }
                    ),
                    Command.create(
                        {"account_id": account.id, "balance": -amount, **values}
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_from_the_bank_to_the_cash_box(self):
        entry = self.money_entry(-200, self.cash.default_account_id)
        self.assertEqual(self.rows(entry), [("transfer", -200), ("transfer", 200)])
        self.assert_ties_out()

    def test_what_waited_for_the_bank_is_a_transfer_when_it_arrives(self):
        """As a bank statement does that is matched with a payment."""
        payment = self.pay(113, self.document(100))
        outstanding = payment.outstanding_account_id
        self.assertTrue(outstanding.is_liquidity)
        self.assertNotEqual(outstanding.account_type, "asset_cash")
        entry = self.money_entry(113, outstanding, day="2026-03-12")
        self.assertEqual(self.rows(payment.move_id), [("receipt", 113)])
        self.assertEqual(self.rows(entry), [("transfer", -113), ("transfer", 113)])
        self.assert_ties_out()

    def test_exchange_differences(self):
        """100 EUR, invoiced as 700.00, arrive as 680.00 and as 720.00."""
        for rate, day, difference in (
            (1 / 6.8, "2026-03-15", -20),
            (1 / 7.2, "2026-03-16", 20),
        ):
            with self.subTest(day):
                euros = self.setup_other_currency(
                    "EUR", rates=[("2026-03-01", 1 / 7), (day, rate)]
                )
                invoice = self.document(
                    100, tax=self.vat.browse(), currency_id=euros.id
                )
                payment = self.pay(100, invoice, day=day, currency_id=euros.id)
                self.assertEqual(
                    self.rows(payment.move_id),
                    [("exchange", difference), ("receipt", 700)],
                )
                rows = self.env["funnel.cash.report"].search(
                    [("entry_id", "=", payment.move_id.id)]
                )
                self.assertEqual(set(rows.mapped("direction")), {"in"})
                self.assert_ties_out()

    def test_a_bill_that_is_handed_on(self):
        """It is received from the customer and paid to the vendor, and no money moved."""
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
        payment = self.pay(113, self.document(100), payment_method_line_id=method.id)
        self.assertFalse(self.rows(payment.move_id))
        payable = self.company_data["default_account_payable"]
        handed_on = self.env["account.move"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-04-10",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": payable.id,
                            "balance": 113,
                            "partner_id": self.customer.id,
                        }
                    ),
                    Command.create({"account_id": bills.id, "balance": -113}),
                ],
            }
        )
        handed_on.action_post()
        (payment.move_id | handed_on).line_ids.filtered(
            lambda line: line.account_id == bills
        ).reconcile()
        self.assertEqual(self.rows(handed_on), [("payment", -113), ("receipt", 113)])
        self.assert_ties_out()
        self.match(handed_on, self.document(100, move_type="in_invoice"))
        self.assertEqual(self.rows(handed_on), [("payment", -113), ("receipt", 113)])
        self.assert_ties_out()

    # ------------------------------------------------------------------
    # Who reads what
    # ------------------------------------------------------------------

    def test_a_salesperson_reads_own_receipts_alone(self):
        mine = self.document(100)
        other = self.document(200, invoice_user_id=self.users["team_leader"].id)
        bill = self.document(
            300,
            move_type="in_invoice",
            invoice_user_id=self.users["salesperson"].id,
        )
        self.pay(113, mine)
        self.pay(226, other)
        self.pay(339, bill, payment_type="outbound", partner_type="supplier")
        read = {
            role: sorted(
                self.env["funnel.cash.report"]
                .with_user(self.users[role])
                .search([])
                .mapped("amount")
            )
            for role in ("salesperson", "team_leader", "manager", "finance")
        }
        self.assertEqual(
            read,
            {
                "salesperson": [113],
                "team_leader": [113, 226],
                "manager": [113, 226],
                "finance": [-339, 113, 226],
            },
        )

    def test_money_of_two_in_one_entry(self):
        """Each reads his own part, whoever else is in the entry."""
        seller, leader = self.users["salesperson"], self.users["team_leader"]
        vendor, first, second = self.env["res.partner"].create(
            [
                {"name": "Suedwind GmbH"},
                {"name": "Ostwind GmbH", "user_id": leader.id},
                {"name": "Westwind GmbH", "user_id": seller.id},
            ]
        )
        payable = self.company_data["default_account_payable"]
        for moved, items, expected in (
            (
                1000,
                ((self.receivable, first, -900), (self.receivable, second, -100)),
                {first: ("receipt", 900), second: ("receipt", 100)},
            ),
            (
                -700,
                ((payable, vendor, 1000), (self.receivable, second, -300)),
                {vendor: ("payment", -1000), second: ("receipt", 300)},
            ),
        ):
            lines = [(self.bank.default_account_id, vendor.browse(), moved), *items]
            entry = self.env["account.move"].create(
                {
                    "journal_id": self.bank.id,
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": account.id,
                                "partner_id": partner.id,
                                "balance": balance,
                            }
                        )
                        for account, partner, balance in lines
                    ],
                }
            )
            entry.action_post()
            report = self.env["funnel.cash.report"]
            rows = report.with_user(self.users["finance"]).search(
                [("entry_id", "=", entry.id)]
            )
            found = {row.partner_id: (row.kind, row.amount) for row in rows}
            self.assertEqual(found, expected)
            own = report.with_user(seller).search([("entry_id", "=", entry.id)])
            self.assertEqual(own.mapped("amount"), [expected[second][1]])
            self.assert_ties_out()
        second.user_id = False
        self.assert_follows_from_the_ledger()
        self.assertFalse(report.with_user(seller).search([]))

    def test_each_opens_what_they_may_read(self):
        """A salesperson, the invoice; of money on account, the row itself."""
        self.customer.user_id = self.users["salesperson"]
        invoice = self.document(100)
        payment = self.pay(150, invoice)
        report = self.env["funnel.cash.report"]
        for role, documents in (
            ("salesperson", [invoice, report]),
            ("finance", [invoice, payment]),
        ):
            rows = report.with_user(self.users[role]).search([])
            rows, opened = rows.sorted("amount"), []
            for id_ in rows.ids:
                self.env.invalidate_all()  # what one may not read is in no cache
                opened.append(rows.browse(id_).action_open_document())
            expected = [
                (document._name, document.id or rows[0].id)
                for document in reversed(documents)
            ]
            self.assertEqual(
                [(action["res_model"], action["res_id"]) for action in opened], expected
            )

    def test_each_company_apart(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        self.pay(113, self.document(100))
        report = self.env["funnel.cash.report"].with_user(self.users["finance"])
        self.assertEqual(report.search([]).mapped("amount"), [113])
        self.users["finance"].company_ids |= other
        self.assertFalse(report.with_context(allowed_company_ids=other.ids).search([]))
