from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon


@tagged("post_install", "-at_install")
class TestCommissionDeposits(CommissionRunCommon):
    """Money of down payments is money of the goods, once they are invoiced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]
        cls.categ = cls.env["product.category"].create({"name": "Steel"})
        cls.bolts.categ_id = cls.categ
        cls.unit = cls.env.ref("uom.product_uom_unit")

    def released(self, *events, **values):
        release = [{"event": event, "percent": 100 / len(events)} for event in events]
        return self.plan(
            **{"basis": "ordered", "rate": 10, **values, "release": release}
        )

    def get_plans(self):
        """Return plans with what each pays of 10 bolts at 100 that cost 60."""
        rule = [{"categ_id": self.categ.id, "rate": 2}]
        quantity = {"measure": "quantity", "uom_id": self.unit.id, "rate": 1}
        plans = [
            (self.plan(rate=10), 100),
            (self.plan(rate=10, measure="margin"), 40),
            (self.plan(rate=10, rule=rule), 20),
            (self.plan(**quantity), 10),
            (self.released("ordered", "collected"), 100),
        ]
        for basis in ("ordered", "delivered", "invoiced"):
            plans += [
                (self.released("collected", basis=basis), 100),
                (self.released("collected", basis=basis, measure="margin"), 40),
                (self.released("collected", basis=basis, rule=rule), 20),
                (self.released("collected", basis=basis, **quantity), 10),
            ]
        return plans

    def down(self, order, percent, day):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": percent})
        )
        invoice = wizard._create_invoices(order)
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    def final(self, order, day):
        invoice = order._create_invoices(final=True)
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    def assert_earned(self, plans, part=1):
        for plan, whole in plans:
            about = plan.basis, plan.measure, plan.release_ids.mapped("event")
            self.assertEqual(self.earned(plan), round(whole * part, 2), about)
            self.assert_follows_from_the_documents(plan)

    def test_all_is_paid_in_advance(self):
        """30 % and 70 % before it is delivered, then an invoice of nothing."""
        plans = self.get_plans()
        order = self.sell((100, 10, self.bolts, 60))
        self.pay(300, self.down(order, 30, "2026-03-02"), day="2026-03-03")
        self.pay(700, self.down(order, 70, "2026-03-05"), day="2026-03-06")
        for plan, _whole in plans:
            self.earned(plan)
        self.deliver(order, "2026-03-10")
        final = self.final(order, "2026-03-20")
        self.assertEqual(final.amount_total, 0)
        self.assert_earned(plans)
        self.assertEqual(self.amounts(plans[2][0])["2026-03-20"], -80)
        final.button_draft()
        self.assertEqual(self.earned(plans[2][0]), 100)
        final.action_post()
        self.assert_earned(plans)

    def test_a_part_is_paid_in_advance(self):
        plans = self.get_plans()
        order = self.sell((100, 10, self.bolts, 60))
        down = self.down(order, 30, "2026-03-02")
        self.deliver(order, "2026-03-10")
        final = self.final(order, "2026-03-20")
        self.pay(300, down, day="2026-03-25")
        plans_in_parts = [each for each in plans if len(each[0].release_ids) < 2]
        self.assert_earned(plans_in_parts, 0.3)
        self.pay(350, final, day="2026-04-10")
        self.assert_earned(plans_in_parts, 0.65)
        self.pay(350, final, day="2026-05-10")
        self.assert_earned(plans)

    def test_several_lines(self):
        """100, 200 and a discount of 50: half of it is paid in advance, all by goods of
        which each has a rate of its own."""
        self.nuts.categ_id = self.categ
        rule = [
            {"product_id": self.bolts.id, "rate": 20},
            {"product_id": self.nuts.id, "rate": 1},
        ]
        plans = [
            (self.plan(rate=10, rule=rule), 17),
            (self.released("collected", rule=rule), 17),
            (self.released("collected", basis="invoiced", rule=rule), 17),
        ]
        order = self.sell((100, 1), (200, 1), (-50, 1))
        self.pay(125, self.down(order, 50, "2026-03-02"), day="2026-03-03")
        self.deliver(order, "2026-03-10")
        self.pay(125, self.final(order, "2026-03-20"), day="2026-04-10")
        self.assert_earned(plans)

    def test_the_final_invoice_is_credited(self):
        """What was paid in advance is the customer's again."""
        plans = self.get_plans()[:4]
        order = self.sell((100, 10, self.bolts, 60))
        self.pay(300, self.down(order, 30, "2026-03-02"), day="2026-03-03")
        before = [self.earned(plan) for plan, _whole in plans]
        final = self.final(order, "2026-03-20")
        self.pay(700, final, day="2026-03-21")
        self.assert_earned(plans)
        refund = final._reverse_moves([{"invoice_date": "2026-04-02"}])
        refund.action_post()
        self.pay(700, refund, day="2026-04-03", payment_type="outbound")
        self.assertEqual([self.earned(plan) for plan, _whole in plans], before)

    def test_the_deposit_is_undone(self):
        plans = self.get_plans()
        order = self.sell((100, 10, self.bolts, 60))
        payment = self.pay(1000, self.down(order, 100, "2026-03-02"), day="2026-03-03")
        self.deliver(order, "2026-03-10")
        self.final(order, "2026-03-20")
        self.assert_earned(plans)
        payment.action_draft()
        for plan, whole in plans:
            left = whole / 2 if len(plan.release_ids) > 1 else 0
            self.assertEqual(self.earned(plan), left)
            self.assert_follows_from_the_documents(plan)

    def test_by_days_it_was_paid_at_once(self):
        soon = {"driver": "days_invoice", "value_to": 1, "kind": "rate", "value": 3}
        late = {"driver": "days_invoice", "value_from": 1, "kind": "rate", "value": 1}
        plans = [(self.plan(rate=0, factor=[soon, late]), 30)]
        plans.append((self.released("collected", factor=[soon, late]), 30))
        order = self.sell((100, 10))
        self.pay(1000, self.down(order, 100, "2026-03-02"), day="2026-03-02")
        self.deliver(order, "2026-03-10")
        self.final(order, "2026-03-20")
        self.assert_earned(plans)

    def test_the_size_of_the_document_is_that_of_the_goods(self):
        """Nothing below 500: of 300 nothing, of 700 its 3 %, of the goods of 1000 all."""
        below = {"driver": "document_amount", "value_to": 500, "value": 0}
        plan = self.plan(rate=3, factor=[below])
        order = self.sell((100, 10))
        self.pay(300, self.down(order, 30, "2026-03-02"), day="2026-03-03")
        self.pay(700, self.down(order, 70, "2026-03-05"), day="2026-03-06")
        self.assertEqual(self.earned(plan), 21)
        self.deliver(order, "2026-03-10")
        self.final(order, "2026-03-20")
        self.assert_earned([(plan, 30)])

    def test_what_sets_off_has_the_size_of_the_down_payment(self):
        """1 % of documents below 500: of 300 it is 3, which is given back for 100."""
        below = {
            "driver": "document_amount",
            "value_to": 500,
            "kind": "rate",
            "value": 1,
        }
        plan = self.plan(basis="invoiced", rate=10, factor=[below])
        order = self.sell((100, 10))
        self.down(order, 30, "2026-03-02")
        self.assertEqual(self.earned(plan), 3)
        self.deliver(order, "2026-03-10")
        final = self.final(order, "2026-03-20")
        self.assert_earned([(plan, 100)])
        final._reverse_moves([{"invoice_date": "2026-04-02"}]).action_post()
        self.assert_earned([(plan, 3)])

    def test_handed_over_before_the_final_invoice(self):
        """Who earned by the money of the down payment keeps it, and who sells then earns
        by what comes after."""
        plan = self.plan(rate=10)
        order = self.sell((100, 10))
        self.pay(300, self.down(order, 30, "2026-03-02"), day="2026-03-03")
        self.assertEqual(self.earned(plan), 30)
        order.user_id = self.other_seller
        self.deliver(order, "2026-03-10")
        final = self.final(order, "2026-03-20")
        self.pay(700, final, day="2026-03-21")
        self.assertEqual(self.earned(plan), 30)
        self.assertEqual(self.earned(plan, self.other_seller), 70)
        self.assert_follows_from_the_documents(plan)
        order.commission_split_ids.unlink()
        down = order.invoice_ids - final
        down.commission_split_ids = [
            Command.create({"user_id": user.id, "percent": 50})
            for user in (self.seller, self.leader)
        ]
        self.assertEqual(self.earned(plan), 15)
        self.assertEqual(self.earned(plan, self.leader), 15)
        self.assertEqual(self.earned(plan, self.other_seller), 70)
        self.assert_follows_from_the_documents(plan)

    def test_a_member_leaves_before_the_final_invoice(self):
        """What the money of the down payment earned is still paid, whatever the rest."""
        plans = [
            self.plan(
                rate=10,
                member=[
                    {
                        "user_id": self.seller.id,
                        "date_to": "2026-03-05",
                        "leaver": leaver,
                    }
                ],
            )
            for leaver in ("keeps", "loses")
        ]
        order = self.sell((100, 10))
        self.pay(300, self.down(order, 30, "2026-03-02"), day="2026-03-03")
        self.deliver(order, "2026-03-10")
        self.pay(700, self.final(order, "2026-03-20"), day="2026-03-21")
        self.assert_earned([(plan, 30) for plan in plans])

    def test_a_new_version_before_the_final_invoice(self):
        """The money of the down payment is paid by the version that it came under."""
        plan = self.plan(rate=10)
        order = self.sell((100, 10))
        self.pay(300, self.down(order, 30, "2026-03-02"), day="2026-03-03")
        plan.action_new_version()
        version = self.plans.search([("previous_id", "=", plan.id)])
        version.write({"date_from": "2026-03-15", "rate": 5})
        version.action_approve()
        self.deliver(order, "2026-03-10")
        self.pay(700, self.final(order, "2026-03-20"), day="2026-03-21")
        self.assert_earned([(plan, 30), (version, 35)])
