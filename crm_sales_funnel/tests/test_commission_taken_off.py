from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon

BASES = ("ordered", "delivered", "invoiced", "collected")


@tagged("post_install", "-at_install")
class TestCommissionTakenOff(CommissionRunCommon):
    """What takes off the price counts no goods; what is given away costs what it does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.discount = cls.env["product.product"].create(
            {"name": "Discount", "type": "service", "invoice_policy": "order"}
        )

    def test_a_line_of_a_discount_counts_nothing(self):
        """10 bolts at 100, and a line of -100: 10 units."""
        plans = [
            self.plan(basis=basis, measure="quantity", uom_id=self.unit.id, rate=1)
            for basis in BASES
        ]
        order = self.sell((100, 10), (-100, 1, self.discount))
        done = self.deliver(order, "2026-03-10")
        invoice = self.bill(order, "2026-03-20")
        self.pay(900, invoice, day="2026-04-10")
        for plan in plans:
            self.assertEqual(self.earned(plan), 10, plan.basis)
            self.assert_follows_from_the_documents(plan)
        self.assertTrue(done)
        refund = invoice._reverse_moves([{"invoice_date": "2026-04-20"}])
        refund.action_post()
        self.pay(900, refund, day="2026-04-21", payment_type="outbound")
        for plan in plans[2:]:
            self.assertEqual(self.earned(plan), 0, plan.basis)
            self.assert_follows_from_the_documents(plan)

    def get_released(self, **values):
        """Return plans of each basis, at once and with what they release later."""
        plans = []
        for number, basis in enumerate(BASES):
            plans.append(self.plan(basis=basis, **values))
            plans += [
                self.plan(
                    basis=basis, release=[{"event": event, "percent": 100}], **values
                )
                for event in ("delivered", "invoiced", "collected", "fully_collected")
                if event == "fully_collected" or event in BASES[number + 1 :]
            ]
        return plans

    def assert_earned(self, plans, amount):
        for plan in plans:
            about = f"{plan.basis} {plan.release_ids.event}"
            self.assertEqual(self.earned(plan), amount, about)
            self.assert_follows_from_the_documents(plan)

    def test_what_is_given_away_costs_what_it_does(self):
        """10 bolts at 100 that cost 50, a discount of 100, and 5 nuts for nothing that
        cost 20 each: 10 % of 500 - 100 - 100."""
        plans = self.get_released(measure="margin", rate=10)
        order = self.sell(
            (100, 10, self.bolts, 50), (0, 5, self.nuts, 20), (-100, 1, self.discount)
        )
        self.deliver(order, "2026-03-10")
        invoice = self.bill(order, "2026-03-20")
        self.pay(450, invoice, day="2026-04-10")
        collected = [
            plan
            for plan in plans
            if (plan.release_ids.event or plan.basis) == "collected"
        ]
        self.assert_earned(collected, 15)
        self.pay(450, invoice, day="2026-04-11")
        self.assert_earned(plans, 30)
        refund = invoice._reverse_moves([{"invoice_date": "2026-04-20"}])
        refund.action_post()
        self.pay(900, refund, day="2026-04-21", payment_type="outbound")
        self.assert_earned(collected, 0)

    def test_given_away_and_paid_in_advance(self):
        """1000 less what 10 bolts and 5 nuts cost, of which all is paid in advance."""
        plans = [
            self.plan(measure="margin", rate=10, basis=basis, **more)
            for basis, more in (
                ("collected", {}),
                ("invoiced", {"release": [{"event": "collected", "percent": 100}]}),
                ("ordered", {"release": [{"event": "collected", "percent": 100}]}),
            )
        ]
        order = self.sell((100, 10, self.bolts, 50), (0, 5, self.nuts, 20))
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 100})
        )
        down = wizard._create_invoices(order)
        down.invoice_date = "2026-03-02"
        down.action_post()
        self.pay(1000, down, day="2026-03-03")
        self.deliver(order, "2026-03-10")
        final = order._create_invoices(final=True)
        final.invoice_date = "2026-03-20"
        final.action_post()
        self.assert_earned(plans, 40)

    def test_delivered_and_not_ordered(self):
        """1 at 100, and 5 more that nobody ordered, at 100: 10 % of 600."""
        (self.bolts | self.nuts).invoice_policy = "delivery"
        events = ("invoiced", "collected", "fully_collected")
        plans = [self.plan(basis="delivered", rate=10)] + [
            self.plan(
                basis="delivered", rate=10, release=[{"event": event, "percent": 100}]
            )
            for event in events
        ]
        order = self.sell((100, 1))
        extra = order.order_line.create(
            {
                "order_id": order.id,
                "product_id": self.nuts.id,
                "product_uom_qty": 0,
                "price_unit": 100,
                "tax_ids": [],
            }
        )
        done = self.deliver(order, "2026-03-10")
        more = done.copy(
            {
                "product_id": self.nuts.id,
                "product_uom_qty": 5,
                "sale_line_id": extra.id,
                "picking_id": False,
            }
        )
        more._action_confirm()
        more.write({"quantity": 5, "picked": True})
        more._action_done()
        more.date = "2026-03-10 10:00:00"
        invoice = self.bill(order, "2026-03-20")
        self.assertEqual(invoice.amount_untaxed, 600)
        self.pay(600, invoice, day="2026-04-10")
        self.assert_earned(plans, 60)
