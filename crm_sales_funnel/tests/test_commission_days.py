from odoo.exceptions import UserError
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon

# From, to, what it does, and how much.
BANDS = (
    (0, 31, "rate", 3),
    (31, 61, "rate", 2),
    (61, 91, "rate", 1),
    (91, 180, "rate", 0),
    (180, 0, "deduction", 1),
)


@tagged("post_install", "-at_install")
class TestCommissionDays(CommissionRunCommon):
    """From when the days to the money are counted, and up to when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]
        (cls.bolts | cls.nuts | cls.screws).invoice_policy = "delivery"

    def by_days(self, driver, **values):
        names = ("value_from", "value_to", "kind", "value")
        factors = [
            {"driver": driver, **dict(zip(names, band, strict=True))} for band in BANDS
        ]
        return self.plan(rate=0, factor=factors, **values)

    def test_paid_in_advance(self):
        """On 10 March, delivered on 18, invoiced on 20 March: 3 % of 1000."""
        plans = [self.by_days(driver) for driver in ("days_delivery", "days_invoice")]
        order = self.sell((100, 10), day="2026-03-05")
        payment = self.receive(1000, "2026-03-10")
        self.deliver(order, "2026-03-18")
        self.match(payment.move_id, self.bill(order, "2026-03-20"))
        for plan in plans:
            self.assertEqual(self.earned(plan), 30)
            self.assert_follows_from_the_documents(plan)

    def test_a_later_delivery_makes_no_debt_younger(self):
        """Half is delivered on 5 January and paid on 30 March, after 84 days: 1 %; the
        other half after 5 days: 3 %."""
        plan = self.by_days("days_delivery")
        order = self.sell((100, 10), day="2026-01-01")
        self.deliver(order, "2026-01-05", 5)
        first = self.bill(order, "2026-01-06")
        self.deliver(order, "2026-03-25", 5)
        second = self.bill(order, "2026-03-26")
        self.pay(500, first, day="2026-03-30")
        self.assertEqual(self.earned(plan), 5)
        self.pay(500, second, day="2026-03-30")
        self.assertEqual(self.earned(plan), 20)
        self.assert_follows_from_the_documents(plan)

    def test_invoiced_before_it_is_delivered(self):
        """Invoiced on 1 January, delivered on 20 March, paid on 1 April: 12 days."""
        self.bolts.invoice_policy = "order"
        plan = self.by_days("days_delivery")
        order = self.sell((100, 10), day="2026-01-01")
        invoice = self.bill(order, "2026-01-01")
        self.deliver(order, "2026-03-20")
        self.pay(1000, invoice, day="2026-04-01")
        self.assertEqual(self.earned(plan), 30)

    def test_the_end_of_the_year_changes_no_rate(self):
        """Paid after 5 days: 3 %, half of it at the end of the year."""
        half = [{"event": event, "percent": 50} for event in ("collected", "year_end")]
        plans = [
            self.by_days(driver, release=half)
            for driver in ("days_delivery", "days_invoice", "days_due")
        ]
        invoice = self.document(1000, tax=self.untaxed, day="2026-01-05")
        invoice.invoice_date_due = "2026-01-05"
        self.pay(1000, invoice, day="2026-01-10")
        for plan in plans:
            self.assertEqual(self.earned(plan), 30)
            self.assertEqual(self.amounts(plan), {"2026-01-10": 15, "2026-12-31": 15})
            self.assert_follows_from_the_documents(plan)

    def test_fully_collected_is_rated_by_the_last_payment(self):
        """500 after 5 days, 500 after 40 days: 2 % of all, in that order or not."""
        all_of_it = [{"event": "fully_collected", "percent": 100}]
        plans = [
            self.by_days("days_invoice", basis=basis, release=all_of_it)
            for basis in ("ordered", "delivered", "invoiced")
        ]
        self.bolts.invoice_policy = "order"
        order = self.sell((100, 10), day="2026-01-01")
        self.deliver(order, "2026-01-02")
        invoice = self.bill(order, "2026-01-05")
        self.pay(500, invoice, day="2026-02-14")
        self.pay(500, invoice, day="2026-01-10")
        for plan in plans:
            self.assertEqual(self.earned(plan), 20, plan.basis)
            self.assert_follows_from_the_documents(plan)

    def test_what_is_released_whether_it_is_paid_or_not(self):
        """At the end of the year nobody knows when the money will come."""
        half = [{"event": event, "percent": 50} for event in ("collected", "year_end")]
        for basis in ("ordered", "delivered", "invoiced"):
            with self.assertRaisesRegex(UserError, "known when it is collected"):
                self.by_days("days_invoice", basis=basis, release=half)

    def test_what_is_released_before_the_money(self):
        """It has the plan's own rate; what is collected has that of the days."""
        late = {"driver": "days_invoice", "value_from": 30, "kind": "rate", "value": 1}
        half = [{"event": event, "percent": 50} for event in ("ordered", "collected")]
        plan = self.plan(basis="ordered", rate=4, factor=[late], release=half)
        self.bolts.invoice_policy = "order"
        invoice = self.bill(self.sell((100, 10), day="2026-01-01"), "2026-01-05")
        self.assertEqual(self.earned(plan), 20)
        self.pay(1000, invoice, day="2026-03-10")
        self.assertEqual(self.earned(plan), 25)
