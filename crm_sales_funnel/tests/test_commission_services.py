from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon

EVENTS = ("invoiced", "collected", "fully_collected", "delivered")


@tagged("post_install", "-at_install")
class TestCommissionServices(CommissionRunCommon):
    """Services, which no transfer delivers, released in parts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]
        cls.service = cls.env["product.product"].create(
            {"name": "Mounting", "type": "service", "invoice_policy": "delivery"}
        )

    def released(self, event, basis, **values):
        release = [{"event": event, "percent": 100}]
        return self.plan(basis=basis, rate=10, release=release, **values)

    def assert_earned(self, plans, *amounts):
        for plan, amount in zip(plans, amounts, strict=True):
            self.assertEqual(self.earned(plan), amount, plan.release_ids.event)
            self.assert_follows_from_the_documents(plan)

    def test_invoiced_in_two_parts_by_what_is_delivered(self):
        """400 and 600: what an invoice line earned is released by that line alone."""
        plans = [self.released(event, "delivered") for event in EVENTS]
        order = self.sell((100, 10, self.service))
        order.order_line.qty_delivered = 4
        first = self.bill(order, "2026-03-05")
        self.pay(200, first, day="2026-03-10")
        self.assert_earned(plans, 40, 20, 0, 40)
        order.order_line.qty_delivered = 10
        second = self.bill(order, "2026-04-05")
        self.pay(200, first, day="2026-04-10")
        self.assert_earned(plans, 100, 40, 40, 100)
        self.pay(600, second, day="2026-05-10")
        self.assert_earned(plans, 100, 100, 100, 100)
        refund = second._reverse_moves([{"invoice_date": "2026-06-01"}])
        refund.action_post()
        self.assert_earned(plans, 40, 100, 100, 40)
        self.pay(600, refund, day="2026-06-10", payment_type="outbound")
        self.assert_earned(plans, 40, 40, 40, 40)

    def test_a_part_is_invoiced_of_what_was_ordered(self):
        plans = [self.released(event, "ordered") for event in EVENTS]
        order = self.sell((100, 10, self.service))
        order.order_line.qty_delivered = 4
        self.pay(200, self.bill(order, "2026-03-05"), day="2026-03-10")
        self.assert_earned(plans, 40, 20, 0, 40)

    def test_an_order_in_another_currency(self):
        """1000 in euro is 2000 when it is ordered, and 1000 when it is invoiced."""
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-03-10", 1), ("2026-04-10", 0.25)]
        )
        plan = self.released("delivered", "ordered")
        order = self.sell((1000, 1, self.service), confirm=False)
        order.currency_id = euro
        order.order_line.price_unit = 1000
        order.action_confirm()
        order.date_order = "2026-03-01 09:00:00"
        order.order_line.qty_delivered = 1
        invoice = self.bill(order, "2026-03-20")
        self.assertEqual(self.earned(plan), 200)
        refund = invoice._reverse_moves([{"invoice_date": "2026-04-20"}])
        refund.action_post()
        self.assertEqual(self.earned(plan), 0)
        self.assert_follows_from_the_documents(plan)
