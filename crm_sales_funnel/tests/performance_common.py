from odoo import Command

from .printing_common import PrintingCommon
from .receivable_common import ReceivableCommon

FIGURES = ("ordered", "delivered", "invoiced", "collected", "margin")


class PerformanceCommon(ReceivableCommon, PrintingCommon):
    """Orders that are delivered, invoiced and paid on days in 2026, and what the report
    tells of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller, cls.leader = cls.users["salesperson"], cls.users["team_leader"]
        (cls.bolt | cls.nut).invoice_policy = "delivery"
        cls.bolt.standard_price, cls.nut.standard_price = 20, 0.05

    def sell(self, *lines, day="2026-03-02", **values):
        """Return an order that is confirmed on a day.

        :param lines: (product, quantity, unit price without taxes)
        """
        lines = [
            (product, quantity, {"price_unit": price})
            for product, quantity, price in lines
        ]
        picking = self.new_delivery(lines, **values)
        order = picking.sale_id
        order.date_order = f"{day} 08:00:00"
        return order

    def deliver_all(self, order, day="2026-03-05"):
        for picking in order.picking_ids.filtered(lambda one: one.state != "done"):
            moves = picking.move_ids
            self.deliver(picking, *moves.mapped("product_uom_qty"))
            moves.date = f"{day} 08:00:00"

    def bill(self, order, day="2026-03-09", **values):
        invoice = order._create_invoices(**values)
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    def figures(self, user=None, companies=None, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["funnel.performance.report"].with_user(user or self.env.user)
        return report.with_context(
            allowed_company_ids=(companies or self.company).ids, **context
        )

    def sums(self, domain=(), figures=FIGURES, **settings):
        """Return figure -> its sum."""
        [row] = self.figures(**settings)._read_group(
            list(domain), [], [f"{figure}:sum" for figure in figures]
        )
        return dict(zip(figures, (round(value or 0, 2) for value in row), strict=True))

    def by(self, specs, figure, domain=(), **settings):
        """Return the sums of a figure by what is grouped by."""
        rows = self.figures(**settings)._read_group(
            list(domain), specs, [f"{figure}:sum"]
        )
        return {
            row[0] if len(row) == 2 else row[:-1]: round(row[-1] or 0, 2)
            for row in rows
        }

    @classmethod
    def target(cls, amount, measure="collected", day="2026-03-01", **values):
        if not values.keys() & {"user_id", "team_id"}:
            values["user_id"] = cls.users["salesperson"].id
        return cls.env["funnel.target"].create(
            {
                "company_id": cls.company.id,
                "amount": amount,
                "measure": measure,
                "date_from": day,
                **values,
            }
        )

    @classmethod
    def new_team(cls, name, *members, **values):
        return cls.env["crm.team"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "member_ids": [Command.set([member.id for member in members])],
                **values,
            }
        )
