from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column


class AccountMove(models.Model):
    _inherit = "account.move"

    has_allowances = fields.Boolean(
        compute="_compute_has_allowances",
        help="Lines of it may change the price of goods alone.",
    )

    @api.depends("move_type")
    def _compute_has_allowances(self):
        deciding = self._get_deciding()
        deciding.has_allowances = True
        (self - deciding).has_allowances = False

    def _post(self, soft=True):
        posted = self.browse()
        for moves in self._take_turns():
            # By what is delivered and invoiced now, without what is posted here.
            items = moves._get_deciding().invoice_line_ids
            self.env.add_to_compute(items._fields["is_allowance"], items)
            items.mapped("is_allowance")
            posted |= super(AccountMove, moves)._post(soft)
        return posted

    def _take_turns(self) -> list:
        """Return these in parts to be posted one after the other: a credit note after
        all else that is for the same order lines, so that it is decided by that."""
        turns, latest = {}, {}
        deciding = self._get_deciding()
        if deciding and len(self) > 1:
            for move in (self - deciding) + deciding:
                lines = move.invoice_line_ids.sale_line_ids
                turn = max((latest.get(line, -1) for line in lines), default=-1)
                turns[move] = turn + 1 if move in deciding else 0
                latest |= dict.fromkeys(lines, turns[move])
        return [
            self.filtered(lambda move, turn=turn: turns.get(move, 0) == turn)
            for turn in range(max(turns.values(), default=0) + 1)
        ]

    def _get_deciding(self):
        """Return those of which lines may change the price of goods alone, by the rule."""
        return self.filtered(
            lambda move: move.move_type == "out_refund" or move._get_debited_invoice()
        )

    def _get_noted(self):
        """Return what it credits, reverses or debits."""
        return self.reversed_entry_id._origin or self._get_debited_invoice()._origin

    def _get_debited_invoice(self):
        """Return the invoice that a debit note raises. Odoo's module may be missing."""
        if self.move_type != "out_invoice" or "debit_origin_id" not in self._fields:
            return self.browse()
        return self.debit_origin_id

    def _reverse_moves(self, default_values_list=None, cancel=False):
        reversed_moves = self.with_context(funnel_reverses=True)
        reversals = super(AccountMove, reversed_moves)._reverse_moves(
            default_values_list, cancel
        )
        return reversals.with_env(self.env)


class AccountMoveLine(models.Model):
    """Which lines of credit notes credit a part of the price of goods alone, and which
    of debit notes raise it.

    The lines of what reverses such a note are of the same kind: the goods were invoiced
    all the time. None of them has a quantity, wherever it is asked how much is invoiced.
    """

    _inherit = "account.move.line"

    is_allowance = fields.Boolean(
        "Allowance",
        compute="_compute_is_allowance",
        inverse="_inverse_is_allowance",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="The customer keeps the goods of the order and gets a part of their price"
        " back: they stay invoiced, and no statement invoices them again. Otherwise what"
        " is credited came back, or is to be invoiced anew. On a debit note: the price"
        " alone is raised. Odoo itself does not make this difference: the order says that"
        " they are to be invoiced. What comes back later is credited at the price of the"
        " order.",
    )
    # Somebody knew better than the rule, or it reverses an allowance: that holds, whatever
    # is delivered until it is posted.
    is_allowance_decided = fields.Boolean(
        "Decided by Hand", copy=False, groups=fields.NO_ACCESS
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
        "sale_line_ids.invoice_lines.discount",
        "sale_line_ids.invoice_lines.parent_state",
        "sale_line_ids.invoice_lines.price_unit",
        "sale_line_ids.invoice_lines.product_uom_id",
        "sale_line_ids.invoice_lines.quantity",
        "sale_line_ids.move_ids.product_uom_qty",
        "sale_line_ids.move_ids.state",
        "sale_line_ids.product_uom_qty",
        "sale_line_ids.qty_delivered",
    )
    def _compute_is_allowance(self):
        for move, items in self.grouped("move_id").items():
            allowances = {}
            if move.state == "posted":  # that was the last word
                allowances = {item: item._origin.is_allowance for item in items}
            elif move.reversed_entry_id or move._get_deciding():
                allowances = items._get_allowances()
            for item in items:
                item.is_allowance = allowances.get(item, False)

    def _inverse_is_allowance(self):
        # sudo: who writes credit notes may not be one who reads all that the order was
        # delivered and invoiced by.
        for items in self.sudo().grouped("move_id").values():
            rule = items._get_allowances(by_rule=items)
            decided = items.filtered(
                lambda item, rule=rule: (
                    item.is_allowance != rule[item]
                    or item.is_allowance
                    and item._reverses_allowance()
                )
            )
            decided.is_allowance_decided = True
            (items - decided).is_allowance_decided = False

    @api.constrains("is_allowance")
    def _check_is_allowance(self):
        # sudo: as for the inverse
        items = self.sudo()
        if any(item.is_allowance and not item._can_be_allowance() for item in items):
            raise ValidationError(
                self.env._(
                    "Only a line of a credit note or debit note for goods of an order can"
                    " be an allowance."
                )
            )

    def write(self, vals):
        if "is_allowance" in vals:
            self._check_not_posted(bool(vals["is_allowance"]))
        return super().write(vals)

    def _check_not_posted(self, is_allowance: bool):
        """Refuse to decide anew what the quantities in all statements were made of.

        :raise UserError: the credit note is posted, and this would change it
        """
        changed = self.filtered(
            lambda item: (
                item.parent_state == "posted" and item.is_allowance != is_allowance
            )
        )
        if changed:
            raise UserError(
                self.env._(
                    "%(credit_note)s is posted. Reset it to draft first to change what is"
                    " an allowance.",
                    credit_note=changed[0].move_id.display_name,
                )
            )

    def _copy_data_extend_business_fields(self, values):
        if self.is_allowance and self.env.context.get("funnel_reverses"):
            values["is_allowance"] = True
        return super()._copy_data_extend_business_fields(values)

    def _get_allowances(self, by_rule=()) -> dict:
        """Return line -> whether it is an allowance, of all lines of one move and these,
        each as if those before it were posted: two lines are as two credit notes.

        :param by_rule: lines of which it does not count what was decided by hand
        """
        allowances = {}
        for item in self.move_id.invoice_line_ids | self:
            if item.is_allowance_decided and item not in by_rule:
                allowances[item] = item.is_allowance and item._can_be_allowance()
            else:
                allowances[item] = item._changes_price_alone(allowances)
        return allowances

    def _can_be_allowance(self) -> bool:
        """Tell whether a line is for something of an order, and of a credit note, a debit
        note or what reverses an allowance."""
        line = self.sale_line_ids
        if not line or self.quantity <= 0 or any(line.mapped("is_downpayment")):
            return False
        return bool(self.move_id._get_deciding()) or self._reverses_allowance()

    def _reverses_allowance(self) -> bool:
        items = self.move_id.reversed_entry_id.invoice_line_ids
        return any(items.filtered(self._is_of_same_order).mapped("is_allowance"))

    def _is_of_same_order(self, item) -> bool:
        return bool(item.sale_line_ids._origin & self.sale_line_ids._origin)

    def _changes_price_alone(self, before: dict) -> bool:
        """Tell whether a line of a credit note credits less than what is left of the
        invoiced price, and more of the goods than came back or were never delivered; or
        one of a debit note is for more of them than are to be invoiced.

        :param before: line of the same note -> whether it is an allowance
        """
        line = self.sale_line_ids._origin
        move = self.move_id
        if not move._get_deciding() or len(line) != 1:
            return False
        # What a statement credits are goods, also at another price than they had.
        if move.funnel_statement_id or not self._can_be_allowance():
            return False
        items = line._get_invoice_items(move, before)
        beyond = line._get_quantity_beyond_delivery(items)
        if move.move_type == "out_invoice":
            beyond = -beyond
        elif self._credits_all(line, line._get_invoiced_price(move, items)):
            return False
        quantity = self.product_uom_id._compute_quantity(
            self.quantity, line.product_uom_id
        )
        return line.product_uom_id.compare(quantity, beyond) > 0

    def _credits_all(self, line, invoiced) -> bool:
        """Tell whether nothing is left of the price that one unit was invoiced at."""
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return float_compare(self._get_price_in(line), invoiced, digits) >= 0

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

    def _get_invoice_items(self, credit_note, before: dict) -> dict:
        """Return line of an invoice -> whether it is an allowance, as far as they are
        posted and for this order line.

        :param credit_note: does not count, whether or not it is posted by now
        :param before: lines of it that count
        """
        items = {
            item: item.is_allowance
            for item in self.invoice_lines
            if item.parent_state == "posted" and item.move_id != credit_note._origin
        }
        return items | {
            item: is_allowance
            for item, is_allowance in before.items()
            if item.sale_line_ids._origin == self
        }

    def _get_invoiced_price(self, credit_note, items: dict):
        """Return the price of one unit on the invoice that a credit note reverses, less
        the allowances for it; if it reverses none, the lowest one. 0 if there is none.

        :param items: line of an invoice -> whether it is an allowance
        """
        amounts, quantities = defaultdict(float), defaultdict(float)
        for item, is_allowance in items.items():
            if item.currency_id != credit_note.currency_id:
                continue
            move = item.move_id
            quantity = item.product_uom_id._compute_quantity(
                item.quantity, self.product_uom_id, round=False
            )
            amount = quantity * item._get_price_in(self)
            if is_allowance:
                invoice = self._get_allowed_invoice(item)
                amounts[invoice] -= move.direction_sign * amount
            elif move.move_type == "out_invoice" and quantity > 0:
                amounts[move] += amount
                quantities[move] += quantity
        prices = {move: amounts[move] / quantities[move] for move in quantities}
        lowest = min(prices.values(), default=0.0)
        return prices.get(credit_note.reversed_entry_id._origin, lowest)

    def _get_allowed_invoice(self, item):
        """Return the invoice that an allowance changes the price of, or takes back that
        it was changed."""
        move = item.move_id._get_noted()
        while any((move.invoice_line_ids & self.invoice_lines).mapped("is_allowance")):
            move = move._get_noted()
        return move

    def _get_quantity_beyond_delivery(self, items: dict):
        """Return how much more is invoiced than is delivered, or will be where it is
        invoiced before: what came back, or never went out.

        :param items: line of an invoice -> whether it is an allowance
        """
        billed = sum(
            self._get_item_quantity(item)
            for item, is_allowance in items.items()
            if not is_allowance
        )
        expected = self.qty_delivered
        if self.product_id.invoice_policy == "order":
            if self.move_ids:
                expected += self._get_planned()
            else:
                expected = max(expected, self.product_uom_qty)
        return billed - expected
