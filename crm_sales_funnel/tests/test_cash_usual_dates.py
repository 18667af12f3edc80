from odoo.exceptions import UserError
from odoo.tests import tagged

from .payroll_common import PayrollCommon
from .unknown_common import UnknownCommon

ODD = ("1900-01-01", "1999-12-31", "3000-01-01", "9999-12-31")


@tagged("post_install", "-at_install")
class TestCashUsualDates(UnknownCommon, PayrollCommon):
    """A year that was mistyped is told, wherever a day is entered."""

    def assert_odd(self, make, name, days=ODD):
        for day in days:
            with (
                self.subTest(name, day=day),
                self.assertRaisesRegex(UserError, "between the years 2000 and 2999"),
                self.env.cr.savepoint(),
            ):
                make(**{name: day})

    def test_payrolls(self):
        self.assert_odd(lambda **day: self.payroll(post=False, **day), "date")
        self.assert_odd(lambda **day: self.payroll(post=False, **day), "month")
        payroll = self.payroll(post=False)
        self.assert_odd(lambda **day: payroll.write(day), "date")
        self.assert_odd(lambda **day: payroll.write(day), "month")

    def test_costs(self):
        self.assert_odd(lambda **day: self.cost(post=False, **day), "date")
        self.assert_odd(lambda **day: self.recurring(**day), "date_until", ODD[2:])

    def test_receipts_that_are_unknown(self):
        self.assert_odd(lambda **values: self.arrive(5, values["date"]), "date")
        for day in ODD:
            with self.subTest(day), self.assertRaisesRegex(UserError, "Row 1: the da"):
                self.paste(f"{day}\t5\tNorth").action_enter()

    def test_receive_and_pay(self):
        values = {"partner_id": self.customer.id, "amount": 5}
        screen = self.env["funnel.settle"].with_user(self.finance)
        for name in ("date", "maturity_date"):
            self.assert_odd(lambda **day: screen.create({**values, **day}), name)

    def test_bills(self):
        self.assert_odd(
            lambda maturity_date: self.pay(5, maturity_date=maturity_date),
            "maturity_date",
        )
        dialog = self.env["funnel.bill.cash"].with_user(self.finance)
        self.assert_odd(
            lambda date: dialog.create({"date": date, "journal_id": self.bank.id}),
            "date",
        )

    def test_the_first_and_the_last_day(self):
        for day in ("2000-01-01", "2999-12-31"):
            self.assertEqual(str(self.payroll(post=False, date=day).date), day)
