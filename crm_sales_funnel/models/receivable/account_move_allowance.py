from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        # What is still to be computed is by what is invoiced now, not after it.
        self.invoice_line_ids.mapped("is_allowance")
        return super()._post(soft)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    is_allowance = fields.Boolean(
        "Allowance",
        compute="_compute_is_allowance",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="The customer keeps the goods of the order and gets a part of their price"
        " back: they stay invoiced, and no statement invoices them again. Otherwise what"
        " is credited came back, or is to be invoiced anew. Odoo itself does not make"
        " this difference: the order says that they are to be invoiced.",
    )

    _funnel_allowance_idx = models.Index("(id) WHERE is_allowance")

    def _auto_init(self):
        # The ORM would go through all items there are. What credit notes of before the
        # column mean stays as it was.
        if not column_exists(self.env.cr, self._table, "is_allowance"):
            create_column(self.env.cr, self._table, "is_allowance", "boolean")
        return super()._auto_init()

    @api.depends(
        "discount",
        "move_id.move_type",
        "price_unit",
        "product_uom_id",
        "quantity",
        "sale_line_ids",
    )
    def _compute_is_allowance(self):
        for item in self:
            item.is_allowance = item._credits_price_alone()

    def _credits_price_alone(self) -> bool:
        """Tell whether a line of a credit note credits less than what is left of the
        invoiced price, and more of the goods than came back or were never delivered."""
        line = self.sale_line_ids._origin
        if self.move_id.move_type != "out_refund" or len(line) != 1:
            return False
        if line.is_downpayment or self.quantity <= 0:
            return False
        invoiced = line._get_invoiced_price(self.move_id)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        if float_compare(self._get_price_in(line), invoiced, digits) >= 0:
            return False
        quantity = self.product_uom_id._compute_quantity(
            self.quantity, line.product_uom_id
        )
        beyond = line._get_quantity_beyond_delivery(self.move_id._origin)
        return line.product_uom_id.compare(quantity, beyond) > 0

    def _get_price_in(self, line):
        """Return the price of one unit of an order line, less the discount."""
        price = self.price_unit * (1 - self.discount / 100)
        if not self.product_uom_id:
            return price
        return self.product_uom_id._compute_price(price, line.product_uom_id)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_billed_quantity(self, posted_only=False):
        """Return the quantity that is invoiced. Odoo's own takes goods of which a part
        of the price is credited for not invoiced any more.

        :param posted_only: drafts do not count
        """
        quantity = self.qty_invoiced_posted if posted_only else self.qty_invoiced
        for item in self.invoice_lines.filtered("is_allowance"):
            move = item.move_id
            if move.payment_state == "invoicing_legacy" or (
                move.state == "posted" or move.state == "draft" and not posted_only
            ):
                quantity -= self._get_item_quantity(item)
        return quantity

    def _get_item_quantity(self, item):
        """Return what an item adds to the quantity that is invoiced, as Odoo has it."""
        quantity = item.product_uom_id._compute_quantity(
            item.quantity, self.product_uom_id
        )
        return -item.move_id.direction_sign * quantity

    def _get_unbilled_quantity(self):
        """Return what Odoo proposes to invoice, without what is invoiced."""
        return self.qty_to_invoice + self.qty_invoiced - self._get_billed_quantity()

    def _get_invoiced_price(self, credit_note):
        """Return the price of one unit on the invoice that a credit note reverses, less
        the allowances for it; if it reverses none, the lowest one. 0 if there is none.

        :param credit_note: does not count itself
        """
        amounts, quantities = defaultdict(float), defaultdict(float)
        for item in self.invoice_lines:
            move = item.move_id
            if (
                item.parent_state != "posted"
                or item.currency_id != credit_note.currency_id
                or move == credit_note._origin
            ):
                continue
            quantity = item.product_uom_id._compute_quantity(
                item.quantity, self.product_uom_id, round=False
            )
            amount = quantity * item._get_price_in(self)
            if move.move_type == "out_invoice" and quantity > 0:
                amounts[move] += amount
                quantities[move] += quantity
            elif item.is_allowance:
                amounts[move.reversed_entry_id] -= amount
        prices = {move: amounts[move] / quantities[move] for move in quantities}
        lowest = min(prices.values(), default=0.0)
        return prices.get(credit_note.reversed_entry_id._origin, lowest)

    def _get_quantity_beyond_delivery(self, credit_note):
        """Return how much more is invoiced than is delivered, or will be where it is
        invoiced before: what came back, or never went out.

        :param credit_note: does not count, whether or not it is posted by now
        """
        billed = sum(
            self._get_item_quantity(item)
            for item in self.invoice_lines
            if item.parent_state == "posted"
            and item.move_id != credit_note
            and not item.is_allowance
        )
        expected = self.qty_delivered
        if self.product_id.invoice_policy == "order":
            if self.move_ids:
                expected += self._get_planned()
            else:
                expected = max(expected, self.product_uom_qty)
        return billed - expected
