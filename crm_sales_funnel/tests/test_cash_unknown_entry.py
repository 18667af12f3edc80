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

    def pasted(self, amount, lang=None):
        """Return the amount of the receipt that a pasted amount makes."""
        paste = self.paste(f"2026-03-18\t{amount}\tNorth", is_repeated=True)
        action = paste.with_context(lang=lang or "en_US").action_enter()
        return self.env["funnel.unknown.receipt"].search(action["domain"]).amount

    def test_pasted_amounts(self):
        for text, amount in (
            ("1,200.50", 1200.5),
            ("１，２００．５０", 1200.5),
            ("¥ 1,200.50", 1200.5),
            ("£80", 80),
            ('"80"', 80),
        ):
            with self.subTest(text):
                self.assertEqual(self.pasted(text), amount)

    def test_pasted_amounts_as_the_language_has_them(self):
        lang = self.env["res.lang"]._activate_lang("de_DE")
        lang.write({"decimal_point": ",", "thousands_sep": "."})
        self.assertEqual(self.pasted("1.200,50", "de_DE"), 1200.5)
        self.assertEqual(self.pasted("1,20", "de_DE"), 1.2)
        with self.assertRaisesRegex(UserError, "Row 1: the amount"):
            self.pasted("1,200.50", "de_DE")

    def test_pasted_amounts_that_are_none(self):
        """Nothing is guessed: commas that part no thousands are no commas of thousands."""
        for text in (
            "1.200,50",
            "1,20",
            "1,2,3",
            "12,34.5",
            "-5",
            "(5)",
            "0",
            "-",
            "",
            "5元",
            "=5",
            "1e5",
            "9" * 16,
            "8000²",
            "8000①",
            "12₂",
            "5⒈",
        ):
            with (
                self.subTest(text),
                self.assertRaisesRegex(UserError, "Row 1: the amount"),
                self.env.cr.savepoint(),
            ):
                self.pasted(text)
        self.assertFalse(self.env["funnel.unknown.receipt"].search([]))

    def test_pasted_days_that_are_none(self):
        """Nothing is guessed: the 11th of January is not the 1st of November."""
        for text in ("2026111", "202631", "202603181", "2026-03-1²", "2026-02-29"):
            with (
                self.subTest(text),
                self.assertRaisesRegex(UserError, "Row 1: the date"),
                self.env.cr.savepoint(),
            ):
                self.paste(f"{text}\t5\tNorth").action_enter()
        action = self.paste("20260111\t5\tNorth").action_enter()
        found = self.env["funnel.unknown.receipt"].search(action["domain"])
        self.assertEqual(str(found.date), "2026-01-11")

    def test_characters_that_are_not_seen(self):
        """A payer is known again, whatever the bank's page or a clerk puts in between."""
        wind = "N.\x07 W\u202eind\x1b\u200b"
        action = self.paste(f"2026-03-18\t5\t{wind}\t\tB\u200e7").action_enter()
        found = self.env["funnel.unknown.receipt"].search(action["domain"])
        self.assertEqual((found.payer_name, found.reference), ("N. Wind", "B7"))
        with self.assertRaisesRegex(UserError, "Row 1 is entered already"):
            self.paste("2026-03-18\t5\tN. Wind\t\tB7").action_enter()
        receipt = self.arrive(6, payer_name=wind, memo="a\nb")
        self.assertEqual((receipt.payer_name, receipt.memo), ("N. Wind", "a b"))
        mine = receipt.with_user(self.users["finance"]).sudo(False)
        mine.write({"payer_name": f"{wind} GmbH", "memo": "\u202e"})
        self.assertEqual((receipt.payer_name, receipt.memo), ("N. Wind GmbH", False))
        # Letters of some scripts, and emoji, are joined by characters of their own.
        mine.payer_name = "می\u200cخواهم"
        self.assertEqual(receipt.payer_name, "می\u200cخواهم")

    def test_a_quote_swallows_no_rows(self):
        """Neither one that never ends, nor two that stand in different rows."""
        for end in ("rent", 'rent"'):
            paste = self.paste(
                '\ufeff２０２６-03-18\t5\tNorth\t"Rent\n'
                f"2026-03-19\t6\tNorth\t{end}\n2026-03-20\t7\tNorth",
                is_repeated=True,
            )
            found = self.env["funnel.unknown.receipt"].search(
                paste.action_enter()["domain"]
            )
            self.assertEqual(sorted(found.mapped("amount")), [5, 6, 7])
            self.assertIn('"Rent', found.mapped("memo"))

    def test_pasted_texts_stay_as_the_bank_has_them(self):
        paste = self.paste('2026-03-18\t5\t北京（集团）\t"two\n""lines"""\tB1')
        found = self.env["funnel.unknown.receipt"].search(
            paste.action_enter()["domain"]
        )
        self.assertEqual(
            (found.payer_name, found.memo), ("北京（集团）", 'two "lines"')
        )

    def test_what_no_screen_sends(self):
        """It is refused as what it is; nothing is kept of it."""
        receipt = self.arrive(100)
        customer = self.customer.id
        for values in (
            {"partner_id": "x"},
            {"partner_id": True},
            {"partner_id": 99_999_999},
            {"partner_id": customer, "amount": "x"},
            {"partner_id": customer, "amount": [5]},
            {"partner_id": customer, "note": "a\0b"},
            {"partner_id": customer, "note": "a\ud800b"},
            {"partner_id": customer, "receipt_id": [receipt.id]},
            {"partner_id": customer, "receipt_id": "x"},
        ):
            with (
                self.subTest(values),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self.claim(receipt, **values)
        self.assertFalse(receipt.claim_ids)
        self.assertEqual(self.claim(receipt, amount="5").amount, 5)
        self.assertEqual(self.arrive(7, payer_name=5).payer_name, "5")
        mine = receipt.with_user(self.users["finance"]).sudo(False)
        for text in ("a\0b", "a\ud800b"):
            for enter in (
                lambda text=text: self.arrive(7, payer_name=text),
                lambda text=text: self.paste(f"2026-03-18\t5\t{text}"),
                lambda text=text: mine.write({"payer_name": text}),
            ):
                with self.assertRaisesRegex(UserError, "character in it that is none"):
                    enter()

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
