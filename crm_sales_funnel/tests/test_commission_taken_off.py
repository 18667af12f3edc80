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
