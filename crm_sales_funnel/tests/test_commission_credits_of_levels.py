from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon

MODES = ("marginal", "retroactive")


@tagged("post_install", "-at_install")
class TestCommissionCreditsOfLevels(CommissionRunCommon):
    """What is taken back counts for levels in the period of what it takes back, and is
    booked on its own day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]

    def leveled(self, **values):
        values = {"rate": 2, "level": [{"bound": 1000, "rate": 10}], **values}
        return self.plans.union(
            *(self.plan(name=mode, level_mode=mode, **values) for mode in MODES)
        )

    def credit(self, invoice, day, **values):
        refund = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        refund.invoice_line_ids.write(values)
        refund.action_post()
        return refund

    def assert_earned(self, plans, *amounts):
        self.assertEqual([self.earned(plan) for plan in plans], list(amounts))

    def assert_follow(self, plans):
        for plan in plans:
            self.assert_follows_from_the_documents(plan)

    def test_credited_in_another_month(self):
        level = [{"bound": 1000, "rate": 10, "fixed": 50}]
        plans = self.leveled(basis="invoiced", level=level)
        invoice = self.document(2000, day="2026-01-10", tax=self.untaxed)
        self.document(500, day="2026-02-05", tax=self.untaxed)
        self.assert_earned(plans, 180, 260)
        self.credit(invoice, "2026-02-10", price_unit=500)
        self.assert_earned(plans, 130, 210)
        self.assertEqual(
            self.amounts(plans[0]),
            {"2026-01-10": 170, "2026-02-05": 10} | {"2026-02-10": -50},
        )
        self.credit(invoice, "2026-03-10", price_unit=1500)
        self.assert_earned(plans, 10, 10)
        self.assert_follow(plans)

    def test_sold_below_and_credited_above(self):
        plans = self.leveled(basis="invoiced")
        invoice = self.document(900, day="2026-03-10", tax=self.untaxed)
        self.document(5000, day="2026-04-05", tax=self.untaxed)
        self.assert_earned(plans, 18 + 420, 18 + 500)
        refund = self.credit(invoice, "2026-04-10")
        self.assert_earned(plans, 420, 500)
        self.assertEqual(self.amounts(plans[0])["2026-04-10"], -18)
        # Dated before what it credits, it counts on its own day.
        refund.button_draft()
        refund.invoice_date = refund.date = "2026-02-10"
        refund.action_post()
        self.assert_earned(plans, 420, 500)
        self.assert_follow(plans)

    def test_sent_back_in_another_month(self):
        plans = self.leveled(basis="delivered")
        order = self.sell((100, 20))
        done = self.deliver(order, "2026-03-02")
        self.assert_earned(plans, 120, 200)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=done.picking_id.id, active_model="stock.picking")
            .create({"picking_id": done.picking_id.id})
        )
        wizard.product_return_moves.write({"quantity": 20, "to_refund": True})
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": 20, "picked": True})
        back._action_done()
        back.move_ids.date = "2026-04-02 10:00:00"
        self.assert_earned(plans, 0, 0)
        self.assert_follow(plans)

    def test_paid_back_in_another_month(self):
        """Of several months in that of the last payment, whatever else happens in any."""
        plans = self.leveled()
        early = self.document(3000, day="2026-01-05", tax=self.untaxed)
        self.pay(2000, early, day="2026-01-10")
        self.pay(1000, early, day="2026-02-10")
        self.assert_earned(plans, 120 + 20, 200 + 100)
        refund = self.credit(early, "2026-03-01", price_unit=500)
        self.pay(500, refund, day="2026-03-05", payment_type="outbound")
        self.assert_earned(plans, 120 + 10, 200 + 10)
        self.assert_follow(plans)
        for month in ("01", "02", "03"):
            other = self.document(1000, day="2026-01-06", tax=self.untaxed)
            self.pay(1000, other, day=f"2026-{month}-20")
            for plan in plans:
                self.earned(plan)
            self.assert_follow(plans)
        # 3000 in January, 1500 in February, 1000 in March.
        self.assert_earned(plans, 220 + 70 + 20, 300 + 150 + 100)
