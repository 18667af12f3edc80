from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon


@tagged("post_install", "-at_install")
class TestCommissionDocuments(CommissionRunCommon):
    """What of orders, deliveries and invoices counts, when, and whose it is."""

    def parts(self, **percents):
        """Return commands that split a document, by names of users of this class."""
        return [
            Command.clear(),
            *(
                Command.create({"user_id": getattr(self, name).id, "percent": percent})
                for name, percent in percents.items()
            ),
        ]

    def give_back(self, done, quantity, to_refund=True, day="2026-03-10"):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=done.picking_id.id, active_model="stock.picking")
            .create({"picking_id": done.picking_id.id})
        )
        wizard.product_return_moves.write(
            {"quantity": quantity, "to_refund": to_refund}
        )
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": quantity, "picked": True})
        back._action_done()
        back.move_ids.date = f"{day} 10:00:00"
        return back.move_ids

    def reported(self, name, kind):
        rows = self.env["funnel.performance.report"].search(
            [("kind", "=", kind), ("version", "=", "actual")]
        )
        return round(sum(rows.mapped(name)), 2)

    # ------------------------------------------------------------------
    # Delivered
    # ------------------------------------------------------------------

    def test_price_of_a_unit_is_not_rounded(self):
        delivered = self.plan(basis="delivered", rate=10)
        released = self.plan(
            basis="ordered", rate=10, release=[{"event": "delivered", "percent": 100}]
        )
        order = self.sell((1.25, 10_000), confirm=False)
        order.order_line.discount = 10  # 1.125 each
        order.action_confirm()
        self.deliver(order, "2026-03-05", 4000)
        self.assertEqual(self.earned(delivered), 450)
        self.assertEqual(self.earned(released), 450)
        self.deliver(order, "2026-03-06")
        self.assertEqual(self.earned(delivered), 1125)
        self.assertEqual(self.earned(released), 1125)
        self.env.flush_all()
        self.assertEqual(self.reported("delivered", "delivery"), 11_250)

    def test_quantity_of_what_was_delivered_is_corrected(self):
        """In the operations of the transfer, also by one that is added: 10 were 6, and
        8 in the end."""
        plan = self.plan(basis="delivered", rate=10)
        order = self.sell((100, 10))
        done = self.deliver(order, "2026-03-05")
        self.assertEqual(self.earned(plan), 100)
        desk = self.users["order_desk"]
        desk.group_ids += self.env.ref("stock.group_stock_manager")
        done.with_user(desk).move_line_ids.quantity = 6
        self.assertEqual(self.earned(plan), 60)
        self.env["stock.move.line"].with_user(desk).create(
            {
                "move_id": done.id,
                "picking_id": done.picking_id.id,
                "product_id": done.product_id.id,
                "quantity": 2,
                "location_id": done.location_id.id,
                "location_dest_id": done.location_dest_id.id,
            }
        )
        self.assertEqual((done.quantity, self.earned(plan)), (8, 80))
        self.assert_follows_from_the_documents(plan)

    def test_exchange_is_no_return(self):
        plan = self.plan(basis="delivered", rate=10)
        order = self.sell((100, 10))
        done = self.deliver(order, "2026-03-05")
        self.give_back(done, 3, to_refund=False)
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertEqual(self.earned(plan), 100)
        self.assertEqual(self.reported("delivered", "delivery"), 1000)
        self.give_back(done, 2)
        self.assertEqual(self.earned(plan), 80)
        self.assert_follows_from_the_documents(plan)
        self.env.invalidate_all()
        self.assertEqual(self.reported("delivered", "delivery"), 800)

    def test_services_count_when_they_are_invoiced(self):
        service = self.env["product.product"].create(
            {"name": "Mounting", "type": "service", "invoice_policy": "delivery"}
        )
        delivered = self.plan(basis="delivered", rate=10)
        released = self.plan(
            basis="ordered", rate=10, release=[{"event": "delivered", "percent": 100}]
        )
        plans = delivered | released
        order = self.sell((100, 10, service))
        order.order_line.qty_delivered = 4
        self.assertEqual(self.earned(plans), 0)
        self.bill(order, "2026-03-05")
        order.order_line.qty_delivered = 10
        self.assertEqual(self.earned(delivered), 40)
        self.assertEqual(self.earned(released), 40)
        second = self.bill(order, "2026-04-05")
        self.earned(plans)
        for plan in plans:
            self.assertEqual(self.amounts(plan), {"2026-03-05": 40, "2026-04-05": 60})
            self.assert_follows_from_the_documents(plan)
            self.assertIn(
                "Services count as delivered when they are invoiced.", plan.sentence
            )
        second.button_draft()
        self.assertEqual(self.earned(delivered), 40)
        self.assertEqual(self.earned(released), 40)

    def test_down_payments_are_no_service(self):
        plan = self.plan(basis="delivered", rate=10)
        order = self.sell((100, 10))
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 30})
        )
        down = wizard._create_invoices(order)
        down.invoice_date = "2026-03-02"
        down.action_post()
        self.assertEqual(self.earned(plan), 0)
        self.deliver(order, "2026-03-05")
        self.assertEqual(self.earned(plan), 100)

    # ------------------------------------------------------------------
    # Days
    # ------------------------------------------------------------------

    def test_days_are_told_where_the_company_is(self):
        plan = self.plan(basis="ordered", rate=10)
        order = self.sell((100, 1))
        order.date_order = "2026-03-31 20:00:00"
        company = self.company.partner_id
        for zone, country, day in (
            ("Asia/Shanghai", "base.us", "2026-04-01"),
            (False, "base.cn", "2026-04-01"),
            (False, "base.us", "2026-03-31"),
            (False, False, "2026-03-31"),
        ):
            with self.subTest(zone=zone, country=country):
                company.tz = zone
                company.country_id = country and self.env.ref(country)
                # Wherever who asks is.
                self.env.user.tz = "Asia/Tokyo" if day < "2026-04" else "America/Lima"
                order.date_order = order.date_order
                self.earned(plan)
                entry = self.entries.search([("plan_id", "=", plan.id)], limit=1)
                self.cr.execute("DELETE FROM funnel_commission_entry")
                self.assertEqual(str(entry.event_date), day)
                self.env.invalidate_all()
                report = self.env["funnel.performance.report"].search(
                    [("kind", "=", "order"), ("version", "=", "actual")]
                )
                self.assertEqual(str(report.date), day)

    # ------------------------------------------------------------------
    # Parts
    # ------------------------------------------------------------------

    def test_parts_stay_whole(self):
        order = self.sell((1000, 1))
        order.commission_split_ids = self.parts(seller=70, leader=30)
        self.env.cr.flush()
        first, second = order.commission_split_ids.with_user(self.users["finance"])
        refused = self.assertRaisesRegex(ValidationError, "come to 30")
        with refused, self.env.cr.savepoint():
            first.unlink()
            self.env.cr.flush()
        other = self.sell((1000, 1))
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            second.order_id = other
            self.env.cr.flush()
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            order.commission_split_ids = [
                Command.create({"user_id": self.other_seller.id, "percent": 10})
            ]
            self.env.cr.flush()
        # One after the other, as the list of the form saves them.
        order.with_user(self.users["manager"]).write(
            {
                "commission_split_ids": [
                    Command.update(first.id, {"percent": 60}),
                    Command.update(second.id, {"percent": 40}),
                ]
            }
        )
        self.env.cr.flush()
        (first + second).unlink()
        self.env.cr.flush()
        self.assertFalse(order.commission_split_ids)

    def test_no_number_is_no_part(self):
        order = self.sell((1000, 1))
        for percent in (float("nan"), float("inf")):
            with self.subTest(percent), self.assertRaises(ValidationError):
                order.commission_split_ids = self.parts(seller=percent)

    def test_invoice_of_several_orders(self):
        plan = self.plan(basis="invoiced", rate=10)
        orders = self.sell((1000, 1)) | self.sell((1000, 1))
        orders[0].commission_split_ids = self.parts(seller=70, leader=30)
        orders[1].commission_split_ids = self.parts(seller=70, leader=30)
        invoice = self.bill(orders, "2026-03-05")
        self.assertEqual(len(invoice), 1)
        self.assertEqual(self.earned(plan), 140)
        self.assertEqual(self.earned(plan, self.leader), 60)

    def test_invoice_of_orders_split_otherwise(self):
        plan = self.plan(basis="invoiced", rate=10)
        orders = self.sell((1000, 1)) | self.sell((500, 1)) | self.sell((60, 1))
        orders[0].commission_split_ids = self.parts(seller=70, leader=30)
        orders[2].commission_split_ids = self.parts(other_seller=50, leader=50)
        self.bill(orders, "2026-03-05")
        self.env.cr.flush()
        # 70 % of 1,000 and the second order, which is not split
        self.assertEqual(self.earned(plan), 120)
        self.assertEqual(self.earned(plan, self.leader), 33)
        self.assertEqual(self.earned(plan, self.other_seller), 3)
        self.assert_follows_from_the_documents(plan)

    def assert_paid(self, plans, **amounts):
        """Check what users of this class earned by each plan."""
        for plan in plans:
            for name, amount in amounts.items():
                with self.subTest(plan.name, user=name):
                    self.assertEqual(self.earned(plan, getattr(self, name)), amount)
            self.assert_follows_from_the_documents(plan)

    def test_invoice_of_orders_of_several(self):
        """What is invoiced of each order is whose order it is, at the rate of what he
        sold, be it split or not; also what is credited of it."""
        half = [{"product_id": self.nuts.id, "rate": 5}]
        plans = self.plan(name="Invoiced", basis="invoiced", rate=10, rule=half)
        plans |= self.plan(name="Collected", rate=10, rule=half)
        leader = {"user_id": self.leader.id, "scope": "team", "team_id": self.team.id}
        led = self.plan(basis="invoiced", rate=10, member=[leader])
        first = self.sell((100, 1))
        first.commission_split_ids = self.parts(seller=50, leader=50)
        second = self.sell((200, 1), (200, 1), user_id=self.other_seller.id)
        invoice = self.bill(first | second, "2026-03-05")
        self.assertEqual(len(invoice), 1)
        self.pay(invoice.amount_total, invoice)
        self.assert_paid(plans, seller=5, leader=5, other_seller=30)
        self.assertEqual(self.earned(led, self.leader), 45)
        refund = invoice._reverse_moves([{"invoice_date": "2026-03-12"}])
        of_first = refund.invoice_line_ids.filtered(
            lambda line: line.sale_line_ids.order_id == first
        )
        of_first.unlink()
        refund.action_post()
        self.pay(refund.amount_total, refund, payment_type="outbound")
        self.assert_paid(plans, seller=5, leader=5, other_seller=0)
        self.assertEqual(self.earned(led, self.leader), 5)

    def test_invoice_of_orders_of_several_with_more(self):
        """What an accountant adds is theirs by what is invoiced of each."""
        plan = self.plan(basis="invoiced", rate=10)
        orders = self.sell((100, 1))
        orders |= self.sell((300, 1), user_id=self.other_seller.id)
        invoice = orders._create_invoices()
        invoice.write(
            {
                "invoice_date": "2026-03-05",
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Freight", "price_unit": 100, "tax_ids": []}
                    )
                ],
            }
        )
        invoice.action_post()
        self.assert_paid(plan, seller=12.5, other_seller=37.5)
        # Whoever corrects one changes nothing of the other.
        orders[0].order_line.invoice_lines.move_id.commission_split_ids.filtered(
            lambda part: part.line_order_id == orders[0]
        ).user_id = self.leader
        self.assert_paid(plan, seller=2.5, leader=10, other_seller=37.5)

    def test_whose_it_is_corrected_after_the_credit_note(self):
        plan = self.plan(basis="invoiced", rate=10)
        invoice = self.document(1000, tax=self.env["account.tax"])
        refund = invoice._reverse_moves([{"invoice_date": "2026-03-12"}])
        refund.invoice_line_ids.price_unit = 400
        refund.action_post()
        self.assert_paid(plan, seller=60, other_seller=0)
        invoice.commission_split_ids = self.parts(other_seller=100)
        self.assert_paid(plan, seller=0, other_seller=60)
        refund.commission_split_ids = self.parts(seller=100)
        self.assert_paid(plan, seller=-40, other_seller=100)

    def test_credited_after_the_customer_was_taken_over(self):
        """What comes back of an order is taken back from whom earned, at that rate."""
        level = self.env["funnel.customer.level"].create({"name": "Gold"})
        plan = self.plan(
            basis="invoiced",
            rate=10,
            rule=[{"customer_level_id": level.id, "rate": 50}],
        )
        order = self.sell((100, 10))
        self.bolts.invoice_policy = "delivery"
        done = self.deliver(order, "2026-03-02")
        self.bill(order, "2026-03-03")
        self.assertEqual(self.earned(plan), 100)
        order.user_id = self.leader
        self.customer.customer_level_id = level
        self.give_back(done, 3)
        refund = order._create_invoices(final=True)
        refund.invoice_date = "2026-03-20"
        refund.action_post()
        self.assertEqual(refund.move_type, "out_refund")
        self.assertFalse(refund.reversed_entry_id)
        self.assertEqual(refund.invoice_user_id, self.leader)
        self.assertEqual(self.earned(plan), 70)
        self.assertEqual(self.earned(plan, self.leader), 0)
        self.assert_follows_from_the_documents(plan)

    def test_credited_as_it_was_split(self):
        """A credit note is split as its invoice was, not as its order is by now."""
        plan = self.plan(basis="invoiced", rate=10)
        order = self.sell((1000, 1))
        invoice = self.bill(order, "2026-03-03")
        order.commission_split_ids = self.parts(leader=100)
        refund = invoice._reverse_moves([{"invoice_date": "2026-03-12"}])
        refund.action_post()
        self.assertEqual(self.earned(plan), 0)
        self.assertEqual(self.earned(plan, self.leader), 0)
