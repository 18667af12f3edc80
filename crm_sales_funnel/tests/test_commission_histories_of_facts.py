import random
from datetime import date

from odoo import Command
from odoo.tests import tagged

from .commission_run_common import CommissionRunCommon

STEPS = 25
END = date(2026, 12, 31)


@tagged("post_install", "-at_install")
class TestCommissionHistoriesOfFacts(CommissionRunCommon):
    """Whatever becomes of customers, products and teams meanwhile, what was run for what
    was touched is what is run for all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.places = cls.env.ref("base.fr") | cls.env.ref("base.de")
        cls.levels = cls.env["funnel.customer.level"].create(
            [{"name": "Gold"}, {"name": "Silver"}]
        )
        cls.categories = cls.env["product.category"].create(
            [{"name": "Steel"}, {"name": "Brass"}]
        )
        cls.teams = cls.team | cls.team.copy({"name": "North"})
        cls.branch = cls.customer.create(
            {"name": "Branch", "parent_id": cls.customer.id, "type": "delivery"}
            | {"country_id": cls.places[1].id}
        )
        territory = {
            "user_id": cls.other_seller.id,
            "scope": "territory",
            "country_ids": [Command.set(cls.places[0].ids)],
        }
        team = {"user_id": cls.leader.id, "scope": "team", "team_id": cls.team.id}
        rules = [
            {"customer_level_id": cls.levels[0].id, "rate": 9},
            {"categ_id": cls.categories[0].id, "rate": 7},
            {"team_id": cls.team.id, "rate": 5},
        ]
        age = [{"driver": "customer_age", "value_from": 2, "value": 0.5}]
        cls.all_plans = (
            cls.plan(name="Ordered", basis="ordered", rate=3, rule=rules, factor=age)
            | cls.plan(name="Delivered", basis="delivered", rate=3, rule=rules)
            | cls.plan(name="Margin", basis="invoiced", measure="margin", rate=20)
            | cls.plan(name="Collected", rate=3, rule=rules, factor=age)
            | cls.plan(
                name="Members",
                basis="invoiced",
                rate=10,
                member=[{"user_id": cls.seller.id}, team, territory],
                release=[
                    {"event": "invoiced", "percent": 50},
                    {"event": "collected", "percent": 50},
                ],
            )
        )

    def test_random_histories(self):
        for seed in range(3):
            with self.subTest(seed=seed):
                self.go_through(random.Random(seed))

    def go_through(self, chance):
        orders, invoices = self.env["sale.order"], self.env["account.move"]
        for _step in range(STEPS):
            self.change_something(chance, orders, invoices)
            day = f"2026-0{chance.randint(1, 6)}-{chance.randint(1, 28):02}"
            new_order, new_invoice = self.do_something(chance, day, orders, invoices)
            orders |= new_order
            invoices |= new_invoice
            if chance.random() < 0.4:
                chance.choice(self.all_plans)._run(END)
            self.env.flush_all()
        for plan in self.all_plans:
            plan._run(END)
            self.assertEqual(plan._run(END), 0, plan.name)
            self.assertEqual(plan._run(END, rebuild=True), 0, plan.name)
            self.assertTrue(self.entries.search_count([("plan_id", "=", plan.id)]))

    def change_something(self, chance, orders, invoices):
        """Change what a document does not say, or who has it now."""
        customer, product = self.customer, chance.choice(self.bolts + self.nuts)
        kind = chance.choice(
            ("level", "place", "category", "tree", "cost", "seller", "team", "address")
        )
        if kind == "level":
            customer.customer_level_id = chance.choice(self.levels)
        elif kind == "place":
            customer.country_id = chance.choice(self.places)
        elif kind == "category":
            product.categ_id = chance.choice(self.categories)
        elif kind == "tree":
            self.categories[1].parent_id = chance.choice(
                (self.categories[0], self.categories[:0])
            )
        elif kind == "cost":
            product.standard_price = chance.randint(0, 50)
        elif kind == "seller" and orders:
            chance.choice(orders).user_id = chance.choice(self.seller + self.leader)
        elif kind == "team" and invoices:
            chance.choice(invoices).team_id = chance.choice(self.teams)
        elif kind == "address" and orders:
            chance.choice(orders).partner_shipping_id = chance.choice(
                self.branch + customer
            )

    def do_something(self, chance, day, orders, invoices):
        """Do one thing of a day of business, and return what documents it made."""
        nothing = self.env["sale.order"], self.env["account.move"]
        sold = orders.filtered(lambda order: order.state == "sale")
        unpaid = invoices.filtered(
            lambda move: move.state == "posted" and move.amount_residual > 0
        )
        kind = chance.choice(
            ("order", "invoice", "deliver", "bill", "pay", "anew", "credit", "cancel")
        )
        if kind == "order":
            return self.sell((chance.randint(1, 90), 10), (5, 7), day=day), nothing[1]
        if kind == "invoice":
            return nothing[0], self.document(chance.randint(1, 900), 50, day=day)
        if kind == "deliver" and sold.picking_ids.filtered(lambda p: p.state != "done"):
            self.deliver(
                sold.filtered(lambda o: o.delivery_status == "pending")[:1], day
            )
        elif kind == "bill" and sold.filtered(
            lambda o: o.invoice_status == "to invoice"
        ):
            order = sold.filtered(lambda o: o.invoice_status == "to invoice")[0]
            return nothing[0], self.bill(order, day)
        elif kind == "pay" and unpaid:
            invoice = chance.choice(unpaid)
            self.pay(round(invoice.amount_residual * 0.6, 2) or 0.01, invoice, day=day)
        elif kind == "anew" and unpaid:
            invoice = chance.choice(unpaid)
            invoice.button_draft()
            invoice.action_post()
        elif kind == "credit" and unpaid:
            refund = chance.choice(unpaid)._reverse_moves([{"invoice_date": day}])
            refund.invoice_line_ids[0].quantity = 0.5
            refund.action_post()
            return nothing[0], refund
        elif kind == "cancel" and len(sold) > 2:
            chance.choice(sold)._action_cancel()
        return nothing
