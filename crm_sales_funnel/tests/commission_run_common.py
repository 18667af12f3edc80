from datetime import date

from odoo import Command

from .cash_common import CashCommon


class CommissionRunCommon(CashCommon):
    """Plans, and what is sold by them, in few words. Dates are ISO dates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plans = cls.env["funnel.commission.plan"]
        cls.entries = cls.env["funnel.commission.entry"]
        cls.seller = cls.users["salesperson"]
        cls.other_seller = cls.seller.copy({"login": "commission_other"})
        cls.leader = cls.users["team_leader"]

    @classmethod
    def plan(cls, approve=True, **values):
        """Create a plan; what it consists of is given as lists of values."""
        lines = {
            f"{name}_ids": [Command.create(each) for each in values.pop(name)]
            for name in ("rule", "level", "factor", "release", "member")
            if name in values
        }
        plan = cls.plans.create(
            {"name": "Standard", "date_from": "2026-01-01", **values, **lines}
        )
        if approve:
            plan.action_approve()
            cls.days_later(plan)
        return plan

    @classmethod
    def days_later(cls, plans):
        """Let what was touched suffice: nobody began before they were approved."""
        plans.sudo().doubtful_until = False

    @classmethod
    def sell(cls, *lines, day="2026-03-01", confirm=True, **values):
        """Create a confirmed order.

        :param lines: pairs of price and quantity, with a product and a cost behind
        """
        products = (cls.bolts, cls.nuts, cls.screws)
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "user_id": cls.seller.id,
                "team_id": cls.team.id,
                "date_order": f"{day} 09:00:00",
                "order_line": [
                    Command.create(
                        {
                            "product_id": (more[0] if more else products[number]).id,
                            "price_unit": price,
                            "product_uom_qty": quantity,
                            "purchase_price": more[1] if more[1:] else 0,
                            "tax_ids": [],
                        }
                    )
                    for number, (price, quantity, *more) in enumerate(lines)
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
            order.date_order = f"{day} 09:00:00"
        return order

    @classmethod
    def deliver(cls, order, day, *quantities):
        """Deliver what is open of an order, or so much of each line."""
        picking = order.picking_ids.filtered(lambda each: each.state != "done")
        for number, move in enumerate(picking.move_ids):
            move.quantity = quantities[number] if quantities else move.product_uom_qty
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True)._action_done()
        done = picking.move_ids.filtered(lambda move: move.state == "done")
        done.date = f"{day} 10:00:00"
        return done

    @classmethod
    def bill(cls, order, day):
        """Create the posted invoice of what is to be invoiced."""
        invoice = order._create_invoices()
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    def earned(self, plan=None, user=None, until="2026-12-31", **more):
        """Run, and return what the salesperson earned by the plan."""
        plan = plan or self.plans.search([])
        plan._run(date.fromisoformat(until))
        domain = [
            ("user_id", "=", (user or self.seller).id),
            ("plan_id", "in", plan.ids),
            *[(name, "=", value) for name, value in more.items()],
        ]
        return round(sum(self.entries.search(domain).mapped("amount")), 2)

    def amounts(self, plan, user=None):
        """Return earn date -> amount of what is booked."""
        found = {}
        for entry in self.entries.search(
            [("plan_id", "=", plan.id), ("user_id", "=", (user or self.seller).id)],
            order="id",
        ):
            day = str(entry.earn_date)
            found[day] = round(found.get(day, 0) + entry.amount, 2)
        return {day: amount for day, amount in found.items() if amount}

    def assert_follows_from_the_documents(self, plan, until="2026-12-31"):
        """Check that what was run for what was touched is what is run for all, and that
        nothing is booked twice."""
        day = date.fromisoformat(until)
        self.assertEqual(plan._run(day), 0, "run twice")
        self.assertEqual(plan._run(day, rebuild=True), 0, "run for all")
