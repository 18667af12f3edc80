from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from .sale_order_credit import Reckoned, without

# What makes the amount of a line.
RAISING = {
    "order_id",
    "product_id",
    "product_uom_qty",
    "product_uom_id",
    "price_unit",
    "discount",
    "tax_ids",
}
# What Odoo reckons of these.
TOTALS = {
    "price_subtotal",
    "price_tax",
    "price_total",
    "price_reduce_taxexcl",
    "price_reduce_taxinc",
}
# What follows from the order, or is said when a line is made: whoever could change it
# would take the line out of what is promised and owed.
FIXED = TOTALS | {
    "company_id",
    "currency_id",
    "extra_tax_data",
    "is_delivery",
    "invoice_lines",
    "is_downpayment",
    "qty_delivered_method",
    "qty_invoiced",
    "qty_invoiced_posted",
    "state",
}


class SaleOrderLine(models.Model):
    """What is added to a confirmed order is asked about as the order was."""

    _inherit = "sale.order.line"

    @api.model
    def default_get(self, fields):
        # What nobody writes, no default says either.
        return without(self, FIXED, super().default_get(fields))

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._without_claims(vals) for vals in vals_list]
        default = self.env.context.get("default_order_id")
        orders = {values.get("order_id", default) for values in vals_list} - {
            False,
            None,
        }
        before = self.env["sale.order"].browse(orders)._get_burdens()
        lines = super().create(vals_list)
        lines._check_down_payments()
        self.env["sale.order"]._check_burdens(before)
        return lines

    def write(self, vals):
        vals = without(self, FIXED, vals)
        if set(self.mapped("qty_delivered_method")) - {"manual"}:
            vals = without(self, {"qty_delivered"}, vals)  # the transfers tell
        before = {}
        self._check_kept(vals)
        if RAISING & vals.keys():
            orders = self.order_id
            if vals.get("order_id"):
                orders |= orders.browse(vals["order_id"])
            before = orders._get_burdens()
        result = super().write(vals)
        if {"product_id", "product_uom_qty"} & vals.keys():
            self._check_down_payments()
        self.env["sale.order"]._check_burdens(before)
        return result

    def _check_kept(self, vals):
        """:raise UserError: a line of an order that is confirmed is to be another one's,
        with what is delivered of it"""
        if self.env.su or "order_id" not in vals:
            return
        for order in self.order_id:
            if order.state == "sale" and order.id != vals["order_id"]:
                raise UserError(
                    self.env._(
                        "%s is confirmed. Its lines stay with it.", order.display_name
                    )
                )

    @api.model
    def _without_claims(self, vals):
        """Return the values of a new line without those that no user writes. A down
        payment is a line of nothing; amounts are brought along by Odoo alone."""
        vals = without(self, TOTALS, vals)
        if vals.get("product_uom_qty", 1.0) and not vals.get("display_type"):
            vals = without(self, {"is_downpayment"}, vals)
        reckoned = self.env.context.get("funnel_credit_reckoned")
        if not isinstance(reckoned, Reckoned) or (
            reckoned.amounts is not None
            and vals.get("extra_tax_data") not in reckoned.amounts
        ):
            vals = without(self, {"extra_tax_data"}, vals)
        return vals

    def _check_down_payments(self):
        """:raise UserError: goods, or a quantity, are to be a down payment, of which
        nothing is promised"""
        for line in self:
            if (
                line.is_downpayment
                and not (line.display_type or self.env.su)
                and (line.product_uom_qty or line.product_id.type == "consu")
            ):
                raise UserError(
                    self.env._(
                        "%(line)s is a down payment: nothing is delivered for it. Order"
                        " goods and services on a line of their own.",
                        line=line.display_name,
                    )
                )

    def _get_amount_beyond(self, delivered, owed, company):
        """Return how much more is owed of the line than when so much of it was delivered
        and owed, tax included, in the currency of the company. Nobody owes for what is
        in no confirmed order: all of that is more."""
        now = self.qty_delivered
        if self.state != "sale":
            quantity = now - delivered
        elif self.order_id._is_paid_in_advance() and now <= self.product_uom_qty:
            quantity = 0.0
        else:
            quantity = self._get_owed_quantity(now) - owed
        return company.currency_id.round(self._get_debt(quantity, company))

    # ------------------------------------------------------------------
    # Kits
    # ------------------------------------------------------------------

    def _get_kits(self, quantities):
        """Return how many kits of the line so many of their parts are. Each part has the
        same share in the price: what a kit consists of, the bill of materials alone
        tells, which this addon does not know of.

        :param quantities: move -> quantity of a part
        """
        planned, shares = self._get_planned_parts(), 0.0
        for move, quantity in quantities.items():
            total = planned.get(move.product_id, 0.0)
            quantity = in_own_unit(move, quantity)
            # What is not planned at all is no share of anything.
            shares += quantity / total if total > 0 else float(quantity > 0)
        return self.product_uom_qty * shares / max(len(planned), 1)

    def _get_planned_parts(self):
        """Return part -> how much of it is delivered of the line in the end."""
        planned = defaultdict(float)
        for move, sign in self._get_moves_of_parts():
            done = move.state == "done"
            quantity = move.quantity if done else move.product_uom_qty
            planned[move.product_id] += sign * in_own_unit(move, quantity)
        return planned

    def _get_incomplete_kits(self):
        """Return of how many kits only parts have left, which is not owed yet."""
        left = {
            move: sign * move.quantity
            for move, sign in self._get_moves_of_parts()
            if move.state == "done"
        }
        return max(self._get_kits(left) - self.qty_delivered, 0.0)

    def _get_moves_of_parts(self):
        """Return (move, 1 when it leaves, -1 when it comes back) of parts."""
        parts = self.move_ids.filtered(
            lambda move: move._is_part(self) and move.state != "cancel"
        )
        return [(move, sign) for move in parts if (sign := move._get_counted_sign())]


def in_own_unit(move, quantity):
    """Return a quantity of a move in the unit of its product."""
    unit = move.product_id.uom_id
    return move.product_uom._compute_quantity(quantity, unit, round=False)
