from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .unknown_common import UnknownCommon


@tagged("post_install", "-at_install")
class TestCashUnknownEntry(UnknownCommon):
    def test_what_cannot_be_entered(self):
        today = fields.Date.context_today(self.env["funnel.unknown.receipt"])
        bill = self.bank.inbound_payment_method_line_ids[0].copy({"is_bill": True})
        sales = self.company_data["default_journal_sale"]
        for text, values in (
            ("above zero", {"amount": 0}),
            ("above zero", {"amount": -5}),
            ("above zero", {"amount": 0.001}),
            ("is not yet", {"date": fields.Date.add(today, days=2)}),
            ("Choose a method", {"payment_method_line_id": bill.id}),
            ("Choose a journal", {"journal_id": sales.id}),
            ("On which day", {"date": False}),
            ("In which journal", {"journal_id": False}),
        ):
            with (
                self.subTest(text, **values),
                self.assertRaisesRegex(UserError, text),
                self.env.cr.savepoint(),
            ):
                self.arrive(**{"amount": 5, **values})
        with self.assertRaisesRegex(ValidationError, "no number"):
            self.arrive(float("inf"))
        receipt = self.arrive(5).with_user(self.users["finance"])
        receipt.payer_name = "Nordwind"
        with self.assertRaisesRegex(UserError, "The money is posted"):
            receipt.amount = 6

    def test_the_account_must_hold_it(self):
        self.company.unknown_receipts_account_id = self.receivable
        with self.assertRaisesRegex(UserError, "counts when cashed"):
            self.arrive(5)

    def test_pasted(self):
        paste = self.paste(
            "日期\t金额\t付款人\t附言\t流水号\r\n"
            "2026-03-18\t1,200.50\tNordwind GmbH\trent\tB1\r\n"
            "\r\n"
            "2026/3/19\t¥80\tMrs. North\r\n"
        )
        action = paste.action_enter()
        receipts = self.env["funnel.unknown.receipt"].search(action["domain"])
        self.assertEqual(
            receipts.sorted("date").mapped(
                lambda row: (str(row.date), row.amount, row.payer_name, row.reference)
            ),
            [
                ("2026-03-18", 1200.5, "Nordwind GmbH", "B1"),
                ("2026-03-19", 80, "Mrs. North", False),
            ],
        )
        self.assert_whole()

    def test_of_what_is_pasted_all_or_nothing(self):
        receipts = self.env["funnel.unknown.receipt"]
        good = "2026-03-18\t10\tNorth\t\tB7"
        for text, rows in (
            ("Row 2: the amount", f"{good}\n2026-03-18\tten"),
            ("Row 2: the date", f"{good}\n18.3.\t10"),
            ("Row 2: the number of columns", f"{good}\n2026-03-18\t1\ta\tb\tc\td"),
            ("Row 2: the date, which is not yet", f"{good}\n2199-03-18\t1"),
            ("Row 2 is entered already", f"{good}\n{good}"),
            ("No row", "Date\tAmount"),
        ):
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                self.paste(rows).action_enter()
        self.assertFalse(receipts.search([]))
        self.paste(good).action_enter()
        with self.assertRaisesRegex(UserError, "Row 1 is entered already"):
            self.paste(good).action_enter()
        self.paste(good, is_repeated=True).action_enter()
        self.assertEqual(receipts.search_count([]), 2)

    def test_many_rows_are_looked_up_at_once(self):
        wizard = self.paste("\n".join(f"2026-03-18\t{n}\tP" for n in range(1, 21)))
        receipts = type(self.env["funnel.unknown.receipt"])
        with patch.object(receipts, "_get_told", autospec=True) as told:
            told.return_value = set()
            wizard.action_enter()
        self.assertEqual(told.call_count, 1)
