from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models

# Kinds of slips on which goods come back to where they came from, and those that
# belong to a purchase order.
RETURNS = frozenset({"return", "vendor_return"})
FROM_VENDORS = frozenset({"receipt", "vendor_return"})


class SlipPrice(NamedTuple):
    """What a move costs, tax included."""

    unit: Decimal
    amount: Decimal
    currency: models.Model


class StockMove(models.Model):
    _inherit = "stock.move"

    # Read many times for each line that is printed, hence fields.
    slip_quantity = fields.Float(
        string="Quantity on the Slip",
        compute="_compute_slip_quantity",
        exportable=False,
        help="What was delivered, before that what is planned; negative when it comes"
        " back.",
    )

    @api.depends("state", "quantity", "product_uom_qty", "picking_id.slip_kind")
    def _compute_slip_quantity(self):
        for move in self:
            done = move.state == "done"
            quantity = move.quantity if done else move.product_uom_qty
            sign = -1 if move.picking_id.slip_kind in RETURNS else 1
            move.slip_quantity = 0.0 if move.state == "cancel" else sign * quantity

    def _get_slip_source(self):
        """Return the line of the order that the goods are delivered for: a sales
        order, or a purchase order when they come from the vendor or go back."""
        if self.picking_id.slip_kind in FROM_VENDORS:
            return self.purchase_line_id
        return self.sale_line_id

    def _get_slip_order_lines(self):
        """Return (move, order line as superuser) in the order of the lines, which the
        moves of a backorder and of a receipt are not in."""
        # sudo: who may read a delivery may know which order it belongs to. What it
        # costs is told of those that ``_filtered_priced`` leaves.
        order_lines = [move._get_slip_source() for move in self.sudo()]
        return sorted(
            zip(self, order_lines, strict=True), key=lambda pair: _place(*pair)
        )

    def _get_slip_line(self, order_line, price):
        """Return the move as a line of a slip.

        :param order_line: the order line as superuser, for all but its prices
        :param price: ``SlipPrice``, or None to leave prices out
        """
        line = {
            "code": self.product_id.default_code,
            "name": self._get_slip_name(order_line),
            "unit": self.product_uom.name,
            "quantity": Decimal(str(self.slip_quantity)),
            "order": order_line.order_id.name,
        }
        if order_line._name == "sale.order.line":
            line["customer_order"] = order_line.order_id.client_order_ref
        if price:
            line["price"] = price.unit
            line["amount"] = price.amount
            line["currency"] = price.currency.name
        return line

    def _get_slip_extras(self, wanted):
        """Return values of columns that few layouts have."""
        extras = {}
        if wanted & {"content", "base_quantity", "base_unit"}:
            quantity = self.slip_quantity
            extras |= self.picking_id._print_pack_values(
                quantity, self.product_uom, self.product_id
            )
        if "lots" in wanted:
            extras["lots"] = ", ".join(self.lot_ids.mapped("name"))
        if "vendor_code" in wanted:
            vendor = self.picking_id.partner_id
            extras["vendor_code"] = self.product_id._get_vendor_code(vendor)
        return extras

    def _get_slip_name(self, order_line):
        product = self.product_id
        name = product.with_context(display_default_code=False).display_name
        described = (
            self.description_picking_manual
            or product._get_picking_description(self.picking_type_id)
            or order_line.product_no_variant_attribute_value_ids
            or (
                order_line._name == "sale.order.line"
                and order_line.product_custom_attribute_value_ids
            )
        )
        if not described:
            return name
        # sudo: it is put together from the order line, where no price is read.
        description = self.sudo().description_picking
        if not description or description in (name, product.name, product.display_name):
            return name
        return f"{name}\n{description}"

    def _filtered_priced(self):
        """Return the moves whose order the user may read."""
        readable = set()
        for lines in (self.sale_line_id, self.purchase_line_id):
            readable.update(self.picking_id._print_readable(lines))
        return self.filtered(lambda move: move._get_slip_source() in readable)

    def _get_slip_prices(self):
        """Return move -> ``SlipPrice``, of moves that are charged."""
        sources = {move: move._get_slip_source() for move in self}
        return {
            move: move._get_slip_price(line)
            for move, line in sources.items()
            if move._is_charged(line)
        }

    def _is_charged(self, order_line):
        """Tell whether the order has a price for what is moved: neither for parts nor
        for goods that leave the order as it is, which nobody invoices or credits."""
        return (
            bool(order_line) and not self._is_part(order_line) and self._changes_order()
        )

    def _is_part(self, order_line):
        """Tell whether the order line sells another product: a kit, of which this is a
        part."""
        return bool(order_line) and self.product_id != order_line.product_id

    def _changes_order(self):
        """Tell whether Odoo counts the move in what its order line has delivered or
        received. Returns, and what replaces returned goods, may be kept out."""
        if self.to_refund:
            return True
        return not (self.origin_returned_move_id or self._comes_back())

    def _comes_back(self):
        """Tell whether the goods come back from a customer, whatever else comes or goes
        by their transfer."""
        return (
            self.picking_id.slip_kind not in FROM_VENDORS
            and self.location_id._is_outside()
            and not self.location_dest_id._is_outside()
        )

    def _get_slip_price(self, line):
        quantity, share = self.slip_quantity, 1.0
        of_line = self._get_slip_quantity_of(line)
        if self.product_uom != line.product_uom_id:
            # The price of a unit is what makes the amount.
            share = of_line / quantity if quantity else 0.0
        currency = line.currency_id
        amount = currency.round(line._get_slip_amount(of_line))
        unit = line._get_slip_amount(share)
        return SlipPrice(Decimal(str(unit)), Decimal(str(amount)), currency)

    def _get_slip_quantity_of(self, line):
        """Return the quantity of the slip in the unit of its order line, rounded as
        Odoo rounds what is delivered: that is what will be invoiced."""
        if self.product_uom == line.product_uom_id:
            return self.slip_quantity
        return self.product_uom._compute_quantity(
            self.slip_quantity, line.product_uom_id, rounding_method="HALF-UP"
        )


def _place(move, order_line):
    """Return by what the lines of a slip are sorted: as the order is, and what it
    does not have at the end. Odoo numbers the moves of a receipt by their dates."""
    by_date = order_line._name == "purchase.order.line"
    sequence = (not order_line,) if by_date else (move.sequence,)
    return *sequence, order_line.sequence, order_line.id or 0, move.sequence
