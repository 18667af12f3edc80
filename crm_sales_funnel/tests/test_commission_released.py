from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon


@tagged("post_install", "-at_install")
class TestCommissionReleased(CommissionRunCommon):
    """What is released in parts comes to what was earned, and to no more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.untaxed = cls.env["account.tax"]
        (cls.bolts | cls.nuts | cls.screws).invoice_policy = "delivery"

    def released(self, event, **values):
        release = [{"event": event, "percent": 100}]
        return self.plan(
            **{"basis": "ordered", "rate": 10, **values, "release": release}
        )

    def credit(self, invoice, price, day="2026-03-12", quantity=None):
        refund = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        if quantity:
            refund.invoice_line_ids.quantity = quantity
        else:
            refund.invoice_line_ids.price_unit = price
        refund.action_post()
        return refund

    def send_back(self, done, quantity, day):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=done.picking_id.id, active_model="stock.picking")
            .create({"picking_id": done.picking_id.id})
        )
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": True})
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": quantity, "picked": True})
        back._action_done()
        back.move_ids.date = f"{day} 10:00:00"

    # ------------------------------------------------------------------
    # Fully collected
    # ------------------------------------------------------------------

    def test_a_part_is_invoiced_and_paid(self):
        plans = [
            self.released("fully_collected", basis=basis)
            for basis in ("ordered", "delivered")
        ]
        order = self.sell((100, 10))
        self.deliver(order, "2026-03-05", 3)
        first = self.bill(order, "2026-03-06")
        self.pay(300, first, day="2026-03-10")
        for plan in plans:
            self.assertEqual(self.earned(plan), 0)
        self.deliver(order, "2026-03-07")
        second = self.bill(order, "2026-03-08")
        self.pay(699, second, day="2026-03-20")
        for plan in plans:
            self.assertEqual(self.earned(plan), 0)
        self.pay(1, second, day="2026-04-02")
        for plan in plans:
            self.assertEqual(self.earned(plan), 100)
            self.assertEqual(self.amounts(plan), {"2026-04-02": 100})
            self.assert_follows_from_the_documents(plan)

    def test_the_rest_is_not_wanted_any_more(self):
        """Of what was ordered, what was collected; of what was delivered, all."""
        ordered, delivered = (
            self.released("fully_collected", basis=basis)
            for basis in ("ordered", "delivered")
        )
        order = self.sell((100, 10))
        self.deliver(order, "2026-03-05", 8)
        self.pay(800, self.bill(order, "2026-03-06"), day="2026-03-10")
        self.assertEqual(self.earned(ordered), 0)
        order.picking_ids.filtered(lambda each: each.state != "done").action_cancel()
        self.assertEqual(self.earned(ordered), 80)
        self.assertEqual(self.earned(delivered), 80)
        order.order_line.product_uom_qty = 8
        self.assertEqual(self.earned(ordered), 80)
        for plan in (ordered, delivered):
            self.assert_follows_from_the_documents(plan)

    def test_credit_note_set_off(self):
        """What was never given is not taken back."""
        plan = self.released("fully_collected", basis="invoiced")
        left = self.released(
            "fully_collected",
            basis="invoiced",
            member=[{"user_id": self.seller.id, "date_to": "2026-03-31"}],
        )
        invoice = self.document(1000, tax=self.untaxed)
        refund = self.credit(invoice, 400)
        self.match(invoice, refund)
        self.assertEqual(self.earned(plan), 0)
        payment = self.pay(600, invoice, day="2026-03-20")
        for each in (plan, left):
            self.assertEqual(self.earned(each), 60)
            self.assertEqual(self.amounts(each), {"2026-03-20": 60})
            self.assert_follows_from_the_documents(each)
        payment.action_draft()
        for each in (plan, left):
            self.assertEqual(self.earned(each), 0)
            self.assert_follows_from_the_documents(each)

    def test_credit_note_paid_out_before(self):
        """What is paid back of an invoice that is open takes back when that is paid."""
        plan = self.released("fully_collected", basis="invoiced")
        services = self.released("fully_collected", basis="delivered")
        self.bolts.write({"type": "service", "invoice_policy": "order"})
        invoice = self.bill(self.sell((100, 10)), "2026-03-06")
        refund = self.credit(invoice, 0, "2026-03-12", quantity=3)
        self.pay(300, refund, day="2026-03-14", payment_type="outbound")
        for each in (plan, services):
            self.assertEqual(self.earned(each), 0)
        self.pay(1000, invoice, day="2026-04-20")
        for each in (plan, services):
            self.assertEqual(self.earned(each), 70)
            self.assertEqual(self.amounts(each), {"2026-04-20": 70})
            self.assert_follows_from_the_documents(each)

    def test_credit_note_paid_out(self):
        plan = self.released("fully_collected", basis="invoiced")
        of_order = self.released("fully_collected")
        order = self.sell((100, 10))
        self.deliver(order, "2026-03-05")
        invoice = self.bill(order, "2026-03-06")
        self.pay(1000, invoice, day="2026-03-20")
        refund = self.credit(invoice, 0, "2026-04-12", quantity=4)
        for each in (plan, of_order):
            self.assertEqual(self.earned(each), 100)
        self.pay(400, refund, day="2026-04-20", payment_type="outbound")
        for each in (plan, of_order):
            self.assertEqual(self.earned(each), 60)
            self.assertEqual(self.amounts(each), {"2026-03-20": 100, "2026-04-20": -40})
            self.assert_follows_from_the_documents(each)

    def test_what_is_written_off_is_not_waited_for(self):
        plans = [
            self.released("fully_collected", basis=basis)
            for basis in ("ordered", "invoiced")
        ]
        order = self.sell((100, 10))
        self.deliver(order, "2026-03-05")
        invoice = self.bill(order, "2026-03-06")
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create(
            {
                "amount": 990,
                "payment_date": "2026-03-20",
                "payment_difference_handling": "reconcile",
                "writeoff_account_id": self.expense.id,
            }
        )._create_payments()
        for plan in plans:
            self.assertEqual(self.earned(plan), 100)

    def test_lines_that_take_from_the_order(self):
        plan = self.released("fully_collected")
        self.nuts.invoice_policy = "order"
        order = self.sell((100, 10), (-50, 1))
        self.deliver(order, "2026-03-05")
        invoice = self.bill(order, "2026-03-06")
        self.pay(950, invoice, day="2026-03-20")
        self.assertEqual(self.earned(plan), 95)

    def test_given_and_taken_on_one_invoice(self):
        plan = self.released("fully_collected", basis="invoiced")
        invoice = self.document(
            0,
            tax=self.untaxed,
            invoice_line_ids=[
                Command.create({"name": "New", "price_unit": 500, "tax_ids": []}),
                Command.create({"name": "Old", "price_unit": -500, "tax_ids": []}),
            ],
        )
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self.earned(plan), 0)
        self.assertEqual(
            sorted(self.entries.search([("plan_id", "=", plan.id)]).mapped("amount")),
            [-50, 50],
        )

    # ------------------------------------------------------------------
    # In parts
    # ------------------------------------------------------------------

    def test_at_another_rate(self):
        """1000 in euro is 2000 when it is ordered, and 2500 when it is invoiced."""
        euro = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-03-10", 0.4)]
        )
        half = self.plan(
            basis="ordered",
            rate=10,
            release=[
                {"event": "ordered", "percent": 50},
                {"event": "invoiced", "percent": 50},
            ],
        )
        paid = self.released("collected")
        closed = self.released("fully_collected")
        self.bolts.invoice_policy = "order"
        order = self.sell((1000, 1), confirm=False)
        order.currency_id = euro
        order.order_line.price_unit = 1000
        order.action_confirm()
        order.date_order = "2026-03-01 09:00:00"
        self.assertEqual(self.earned(half), 100)
        invoice = self.bill(order, "2026-03-12")
        self.assertEqual(invoice.currency_id, euro)
        self.assertEqual(self.earned(half), 200)
        self.pay(250, invoice, day="2026-03-20", currency_id=euro.id)
        self.assertEqual(self.earned(paid), 50)
        self.pay(750, invoice, day="2026-03-25", currency_id=euro.id)
        self.assertEqual(self.earned(paid), 200)
        self.assertEqual(self.earned(closed), 200)
        for plan in (half, paid, closed):
            self.assert_follows_from_the_documents(plan)

    def test_invoiced_above_the_order(self):
        invoiced, collected = map(self.released, ("invoiced", "collected"))
        self.bolts.invoice_policy = "order"
        order = self.sell((100, 10))
        invoice = order._create_invoices()
        invoice.invoice_line_ids.price_unit = 150
        invoice.invoice_date = "2026-03-05"
        invoice.action_post()
        self.assertEqual(self.earned(invoiced), 100)
        self.pay(750, invoice, day="2026-03-10")
        self.assertEqual(self.earned(collected), 75)
        self.pay(750, invoice, day="2026-03-20")
        self.assertEqual(self.earned(collected), 100)
        # Of what was too much, nothing was earned, so nothing is taken back.
        self.credit(invoice, 50, "2026-04-12")
        self.assertEqual(self.earned(invoiced), 100)
        self.credit(invoice, 40, "2026-04-15")
        self.assertEqual(self.earned(invoiced), 60)
        for plan in (invoiced, collected):
            self.assert_follows_from_the_documents(plan)

    def test_delivered_in_parts_and_sent_back(self):
        """What comes back takes back what was released of it, and no more."""
        plans = [
            self.released(event, basis="delivered")
            for event in ("invoiced", "collected", "fully_collected")
        ]
        order = self.sell((100, 10))
        done = self.deliver(order, "2026-03-05", 4)
        self.pay(400, self.bill(order, "2026-03-06"), day="2026-03-10")
        self.assertEqual([self.earned(plan) for plan in plans], [40, 40, 0])
        self.deliver(order, "2026-04-05")
        self.assertEqual([self.earned(plan) for plan in plans], [40, 40, 0])
        self.pay(600, self.bill(order, "2026-04-06"), day="2026-04-10")
        self.assertEqual([self.earned(plan) for plan in plans], [100, 100, 100])
        self.send_back(done, 3, "2026-04-20")
        refund = order._create_invoices(final=True)
        refund.invoice_date = "2026-04-21"
        refund.action_post()
        self.pay(300, refund, day="2026-04-25", payment_type="outbound")
        self.assertEqual([self.earned(plan) for plan in plans], [70, 70, 70])
        for plan in plans:
            self.assert_follows_from_the_documents(plan)

    def test_a_later_delivery_takes_nothing_back(self):
        """Money pays the deliveries in their order, whoever earns of them."""
        plans = [
            self.released(event, basis="delivered", name=event, **more)
            for event in ("invoiced", "collected")
            for more in (
                {},
                {"member": [{"user_id": self.seller.id, "date_to": "2026-03-31"}]},
                {"date_to": "2026-03-31"},
                {"rate": 0, "level": [{"bound": 600, "rate": 25}]},
            )
        ]
        order = self.sell((100, 20))
        self.deliver(order, "2026-03-02", 10)
        self.pay(1000, self.bill(order, "2026-03-03"), day="2026-03-05")
        for plan in plans:
            self.assertEqual(self.earned(plan), 100, plan.name)
        self.deliver(order, "2026-04-02", 5)
        for plan in plans:
            self.assertEqual(self.earned(plan), 100, plan.name)
            self.assertEqual(len(self.amounts(plan)), 1)
        self.pay(250, self.bill(order, "2026-04-03"), day="2026-04-05")
        invoiced, *others, collected, _left, _ended, leveled = plans
        self.assertEqual(self.earned(invoiced), 150)
        self.assertEqual([self.earned(plan) for plan in others[:2]], [100, 100])
        self.assertEqual(self.earned(collected), 125)
        self.assertEqual(self.amounts(collected)["2026-04-05"], 25)
        self.assertEqual(self.earned(leveled), 100)
        for plan in plans:
            self.assert_follows_from_the_documents(plan)

    def test_three_payments_sum_to_the_whole(self):
        """10 % of 100.05 is 10.005, in however many parts it is paid."""
        plans = [
            self.released("collected", basis=basis) for basis in ("ordered", "invoiced")
        ]
        self.bolts.invoice_policy = "order"
        invoice = self.bill(self.sell((100.05, 1)), "2026-03-02")
        for amount in (33.35, 33.35, 33.35):
            self.pay(amount, invoice, day="2026-03-10")
        for plan in plans:
            self.assertEqual(self.earned(plan), 10.01)

    def test_the_rest_is_cancelled(self):
        """What is invoiced of an order stays earned, less what is credited."""
        plans = [
            self.released(event)
            for event in ("delivered", "invoiced", "collected", "fully_collected")
        ]
        at_once, margin = (
            self.plan(basis="ordered", rate=10, measure=measure)
            for measure in ("untaxed", "margin")
        )
        order = self.sell((100, 10, self.bolts, 60))
        self.deliver(order, "2026-03-02", 5)
        invoice = self.bill(order, "2026-03-03")
        self.pay(500, invoice, day="2026-03-04")
        self.assertEqual([self.earned(plan) for plan in plans], [50, 50, 50, 0])
        self.assertEqual([self.earned(at_once), self.earned(margin)], [100, 40])
        order._action_cancel()
        self.assertEqual(order.state, "cancel")
        plans += [at_once]
        self.assertEqual([self.earned(plan) for plan in plans], 5 * [50])
        self.assertEqual(self.earned(margin), 20)
        refund = self.credit(invoice, None, quantity=1)
        self.pay(100, refund, day="2026-03-13", payment_type="outbound")
        self.assertEqual([self.earned(plan) for plan in plans], 5 * [40])
        self.assertEqual(self.earned(margin), 16)
        for plan in (*plans, margin):
            self.assert_follows_from_the_documents(plan)
        self.credit(invoice, None, quantity=4)
        self.assertEqual(self.earned(at_once), 0)
        self.assert_follows_from_the_documents(at_once)

    def test_nothing_of_a_cancelled_order_was_invoiced(self):
        plan = self.plan(basis="ordered", rate=10)
        order = self.sell((100, 10))
        self.assertEqual(self.earned(plan), 100)
        order._action_cancel()
        self.assertEqual(self.earned(plan), 0)
        self.assert_follows_from_the_documents(plan)

    def test_a_discount_waits_for_what_it_is_taken_from(self):
        """Nothing negative is earned of a line below zero that is paid before the rest."""
        plan = self.released("fully_collected")
        discount = self.env["product.product"].create(
            {"name": "Discount", "type": "service", "invoice_policy": "order"}
        )
        order = self.sell((100, 10), (-100, 1, discount))
        self.deliver(order, "2026-03-02", 5)
        half = self.bill(order, "2026-03-03")
        self.pay(400, half, day="2026-03-04")
        self.assertEqual(half.payment_state, "paid")
        self.assertEqual(self.earned(plan), 0)
        self.deliver(order, "2026-03-12")
        self.pay(500, self.bill(order, "2026-03-13"), day="2026-03-14")
        self.assertEqual(self.earned(plan), 90)
        self.assert_follows_from_the_documents(plan)
