from datetime import date

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MODULE
from .receivable_common import ReceivableCommon

# cut-off day, delay, days, and dates with the day on which they are due; each was worked
# out with a calendar.
DUE = {
    # The 25th, 30 days.
    (25, "days_after_cutoff", 30): {
        "2026-01-01": "2026-02-24",
        "2026-01-25": "2026-02-24",
        "2026-01-26": "2026-03-27",
        "2026-02-25": "2026-03-27",
        "2026-02-26": "2026-04-24",
        "2026-12-25": "2027-01-24",
        "2026-12-26": "2027-02-24",
        "2028-01-26": "2028-03-26",  # through a February of 29 days
        "2028-02-26": "2028-04-24",
    },
    # The end of the month, at once.
    (31, "days_after_cutoff", 0): {
        "2026-01-31": "2026-01-31",
        "2026-02-01": "2026-02-28",
        "2026-02-28": "2026-02-28",
        "2028-02-28": "2028-02-29",
        "2028-02-29": "2028-02-29",
        "2026-04-30": "2026-04-30",
        "2026-05-01": "2026-05-31",
        "2026-12-31": "2026-12-31",
        "2027-01-01": "2027-01-31",
    },
    # The 30th, which February does not have.
    (30, "days_after_cutoff", 0): {
        "2026-01-30": "2026-01-30",
        "2026-01-31": "2026-02-28",
        "2026-02-28": "2026-02-28",
        "2026-03-01": "2026-03-30",
        "2028-01-31": "2028-02-29",
        "2026-04-30": "2026-04-30",
        "2026-12-31": "2027-01-30",
    },
    (29, "days_after_cutoff", 0): {
        "2026-01-30": "2026-02-28",
        "2026-02-28": "2026-02-28",
        "2026-03-01": "2026-03-29",
        "2028-01-30": "2028-02-29",
        "2028-02-29": "2028-02-29",
    },
    (1, "days_after_cutoff", 0): {
        "2026-03-01": "2026-03-01",
        "2026-03-02": "2026-04-01",
        "2026-12-02": "2027-01-01",
    },
    # The next month.
    (25, "days_after_next_cutoff", 30): {
        "2026-01-25": "2026-03-27",
        "2026-01-26": "2026-04-24",
        "2026-11-26": "2027-02-24",
    },
    (31, "days_after_next_cutoff", 0): {
        "2026-01-31": "2026-02-28",
        "2026-02-28": "2026-03-31",
        "2026-03-31": "2026-04-30",
        "2026-12-31": "2027-01-31",
        "2028-01-15": "2028-02-29",
    },
    (31, "days_after_next_cutoff", 45): {
        "2026-01-10": "2026-04-14",
        "2026-12-05": "2027-03-17",
    },
}


@tagged("post_install", "-at_install")
class TestReceivablePaymentTerm(ReceivableCommon):
    def new_term(self, cutoff_day, *lines):
        return self.env["account.payment.term"].create(
            {
                "name": "Settlement",
                "cutoff_day": cutoff_day,
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": percent,
                            "delay_type": delay,
                            "nb_days": days,
                        }
                    )
                    for percent, delay, days in lines
                ],
            }
        )

    def test_due_dates(self):
        self.assertGreaterEqual(sum(map(len, DUE.values())), 40)
        for (cutoff_day, delay, days), dates in DUE.items():
            line = self.new_term(cutoff_day, (100, delay, days)).line_ids
            for day, due in dates.items():
                with self.subTest(cutoff_day=cutoff_day, delay=delay, day=day):
                    self.assertEqual(
                        line._get_due_date(date.fromisoformat(day)),
                        date.fromisoformat(due),
                    )

    def test_invoices_are_due_in_instalments(self):
        term = self.new_term(
            25, (40, "days_after_cutoff", 0), (60, "days_after_next_cutoff", 15)
        )
        invoice = self.invoice(100, "2026-01-26", invoice_payment_term_id=term.id)
        due = invoice.line_ids.filtered("date_maturity").sorted("date_maturity")
        self.assertEqual(
            due.mapped("date_maturity"), [date(2026, 2, 25), date(2026, 4, 9)]
        )
        self.assertEqual(due.mapped("balance"), [40, 60])

    def test_other_delays_stay(self):
        term = self.new_term(
            25, (50, "days_after", 10), (50, "days_after_end_of_month", 10)
        )
        self.assertEqual(
            [line._get_due_date(date(2026, 1, 26)) for line in term.line_ids],
            [date(2026, 2, 5), date(2026, 2, 10)],
        )

    def test_the_cutoff_day_is_checked(self):
        term = self.new_term(25, (100, "days_after_cutoff", 30))
        with self.assertRaisesRegex(ValidationError, "has none"):
            term.cutoff_day = 0
        with self.assertRaisesRegex(ValidationError, "has none"):
            self.new_term(0, (100, "days_after", 30)).line_ids.write(
                {"delay_type": "days_after_cutoff"}
            )
        for wrong in (32, -1):
            with (
                self.subTest(wrong),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(Exception, "1 to 31|account_payment_term"),
                self.env.cr.savepoint(),
            ):
                term.cutoff_day = wrong
                term.flush_recordset()

    def test_days_beyond_any_calendar(self):
        term = self.new_term(25, (100, "days_after", 36500))
        for wrong in (36501, 5_000_000):
            with (
                self.subTest(wrong),
                self.assertRaisesRegex(ValidationError, "at most 36500 days"),
            ):
                term.line_ids.nb_days = wrong

    def test_shipped_terms(self):
        for name, due in {
            "monthly_30": date(2026, 3, 2),
            "next_monthly_30": date(2026, 3, 30),
            "next_monthly_45": date(2026, 4, 14),
        }.items():
            with self.subTest(name):
                term = self.env.ref(f"{MODULE}.payment_term_{name}")
                (line,) = term.line_ids
                self.assertEqual(line._get_due_date(date(2026, 1, 10)), due)

    def test_the_preview_follows(self):
        term = self.new_term(25, (100, "days_after_cutoff", 0))
        term.example_date = "2026-01-10"
        self.assertIn("01/25/2026", term.example_preview)
        term.cutoff_day = 20
        self.assertIn("01/20/2026", term.example_preview)
