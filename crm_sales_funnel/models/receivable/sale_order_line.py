from odoo import api, fields, models
from odoo.tools import float_round
from odoo.tools.sql import column_exists, create_column

from .sale_order import Deduction


class SaleOrderLine(models.Model):
    """What is owed for a line. Drafts of invoices and credit notes change nothing: the
    ledger does not have them either."""

    _inherit = "sale.order.line"

    unordered_price_total = fields.Float(
        compute="_compute_unordered_price_total",
        store=True,
        groups=fields.NO_ACCESS,
        help="What one unit costs, tax included, of what is delivered without having "
        "been ordered: there is no total to take a share of.",
    )

    # What another quantity is delivered of than invoiced, among years of lines.
    _funnel_uninvoiced_idx = models.Index(
        "(order_id) WHERE state = 'sale' AND display_type IS NULL"
        " AND (qty_delivered <> qty_invoiced OR is_downpayment)"
    )

    def _auto_init(self):
        # The ORM would go through all lines there are, for the few that have a value.
        if not column_exists(self.env.cr, self._table, "unordered_price_total"):
            create_column(
                self.env.cr, self._table, "unordered_price_total", "double precision"
            )
            self.pool.post_init(self._compute_unordered_lines)
        return super()._auto_init()

    def _compute_unordered_lines(self):
        lines = self.search([("product_uom_qty", "=", 0), ("display_type", "=", False)])
        self.env.add_to_compute(self._fields["unordered_price_total"], lines)

    @api.depends("product_uom_qty", "price_unit", "discount", "tax_ids", "product_id")
    def _compute_unordered_price_total(self):
        for line in self:
            unordered = not (line.display_type or line.product_uom_qty)
            price = line._get_slip_amount(1.0) if unordered else 0.0
            line.unordered_price_total = price

    def _get_owed_quantity(self, delivered, back=0.0):
        """Return the quantity that is owed for when so much is delivered: what was
        invoiced in advance is owed for as well, and nothing as long as the order is
        not confirmed, or when it is cancelled.

        :param back: what is still to come back of it
        """
        if self.state != "sale":
            return 0.0
        if self.product_id.invoice_policy != "order":
            return delivered
        invoiced = self._get_billed_quantity(posted_only=True)
        if delivered >= invoiced:
            return delivered
        return max(delivered, invoiced - self._get_quantity_to_credit(back))

    def _get_quantity_to_credit(self, back, moves=None):
        """Return what came back and is not credited: of what is invoiced by the ordered
        quantity, Odoo proposes no credit note. What goes out again, or is planned to,
        is no more of it.

        :param moves: what came back is among these; among all of the line if None
        """
        for move in self.move_ids if moves is None else moves:
            if move.state == "done":
                back += max(-self._get_counted_quantity(move), 0.0)
        # When the rest of the order is cancelled, less is delivered than invoiced all the
        # same, which does not tell that this went out again.
        back -= sum(
            max(self._get_counted_quantity(move), 0.0)
            for move in self.move_ids
            if move.state == "done" and move.origin_returned_move_id
        )
        back -= self._get_credited()
        unexpected = self._get_billed_quantity(posted_only=True) - self.qty_delivered
        return max(min(back, unexpected - self._get_planned()), 0.0)

    def _get_planned(self):
        """Return what will still be delivered by transfers, less what will come back."""
        return sum(
            self._get_counted_quantity(move)
            for move in self.move_ids
            if move.state not in ("done", "cancel")
        )

    def _get_credited(self):
        """Return how much less is invoiced than the most that ever was: what is credited
        and was not invoiced anew, as by an invoice that replaces another one."""
        invoiced = most = 0.0
        for move, items in sorted(
            self.invoice_lines.grouped("move_id").items(), key=lambda pair: pair[0].id
        ):
            if move.state != "posted" and move.payment_state != "invoicing_legacy":
                continue
            for item in items.filtered(lambda item: not item.is_allowance):
                invoiced += self._get_item_quantity(item)
            most = max(most, invoiced)
        return most - invoiced

    def _get_counted_quantity(self, move):
        """Return what a move adds to what is delivered, or will, as Odoo counts it; its
        own method asks the database for each move."""
        if move.product_id != self.product_id:
            return 0.0
        quantity = move.quantity if move.state == "done" else move.product_uom_qty
        return move._get_counted_sign() * move.product_uom._compute_quantity(
            quantity, self.product_uom_id, rounding_method="HALF-UP"
        )

    def _get_debt(self, quantity, company):
        """Return what a quantity costs, tax included, in the company's currency."""
        return self._get_in_company_currency(self._get_slip_amount(quantity), company)

    def _get_in_company_currency(self, amount, company):
        return self.currency_id._convert(
            amount,
            company.currency_id,
            company,
            fields.Date.context_today(self),
            round=False,
        )

    # ------------------------------------------------------------------
    # Invoices of statements, and down payments that come off part by part
    # ------------------------------------------------------------------

    def _get_invoiced(self, posted_only=False):
        """Return the quantities that are invoiced by statements, and by hand: also by
        statements of a customer who became another one, which settle nothing any more.

        :param posted_only: drafts that were made by hand do not count
        """
        quantities = {"draft": 0.0, "posted": 0.0, "cancel": 0.0}
        for item in self.invoice_lines:
            statement = item.move_id.funnel_statement_id
            if statement.kind == "settlement" and not item.is_allowance:
                quantity = item.product_uom_id._compute_quantity(
                    item.quantity, self.product_uom_id, round=False
                )
                sign = -item.move_id.direction_sign
                quantities[item.parent_state] += sign * quantity
        by_statements = quantities["posted"] + quantities["draft"]
        billed = self._get_billed_quantity(posted_only)
        return by_statements, billed - (
            quantities["posted"] if posted_only else by_statements
        )

    def _get_deduction(self, due):
        """Return the ``Deduction`` of a down payment, as far as it pays for an amount;
        None when nothing of it can be deducted."""
        left = self._get_undeducted()
        quantity = -self.qty_to_invoice
        if self.display_type or left <= 0 or due <= 0 or quantity <= 0:
            return None
        if due < left:
            digits = self.env["decimal.precision"].precision_get("Product Unit")
            step = 10**-digits
            share = float_round(quantity * due / left, digits, rounding_method="DOWN")
            # Something must be left of it for the next part.
            quantity = min(max(share, step), float_round(quantity - step, digits))
            if quantity <= 0:
                return None
        return self._prepare_deduction(-quantity, min(due, left))

    def _is_left_over(self):
        """Tell whether it is a down payment of which something is left though nothing
        is to be invoiced of its order any more."""
        return (
            self.is_downpayment
            and not self.display_type
            and self.qty_to_invoice < 0
            and self.order_id._is_over()
        )

    def _prepare_deduction(self, quantity, amount):
        """Return the ``Deduction`` of an amount. Its quantity tells Odoo how much of the
        down payment is left, its price makes the amount, None when there is none.

        The price is that of the invoices: Odoo changes that of the order line.
        """
        items = self._get_down_payments()
        total = sum(items.mapped("price_total"))
        if not total or not quantity:
            return None
        before_tax = sum(item.price_unit * item.quantity for item in items)
        return Deduction(quantity, -before_tax / total * amount / quantity, amount)

    def _get_down_payments(self):
        """Return the lines of the invoices that a down payment was asked for by."""
        return self.invoice_lines.filtered(
            lambda item: (
                item.parent_state != "cancel"
                and item.move_type == "out_invoice"
                and item.quantity > 0
            )
        )

    def _get_undeducted(self):
        """Return what is invoiced of a down payment and not deducted, tax included."""
        return sum(
            -item.move_id.direction_sign * item.price_total
            for item in self.invoice_lines
            if item.parent_state != "cancel"
        )

    def _prepare_invoice_line(self, **optional_values):
        settlement = self.order_id._get_settlement()
        if settlement and self.id in settlement.quantities:
            optional_values["quantity"] = settlement.quantities[self.id]
        elif settlement and not (self.is_downpayment or self.display_type):
            optional_values["quantity"] = self._get_unbilled_quantity()
        if self.is_downpayment and not self.display_type:
            deduction = settlement and settlement.deductions.get(self.id)
            # Odoo itself deducts the whole, whatever is deducted or credited already.
            if not deduction and self.qty_to_invoice > -1.0:
                deduction = self._prepare_deduction(
                    self.qty_to_invoice, self._get_undeducted()
                )
            if deduction:
                optional_values |= {
                    "quantity": deduction.quantity,
                    "price_unit": deduction.price_unit,
                    "extra_tax_data": False,  # of the whole
                }
        return super()._prepare_invoice_line(**optional_values)
