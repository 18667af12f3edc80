from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column

# What a line of a note is judged by.
JUDGED = {"price_unit", "discount", "quantity", "product_uom_id"}


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
            with self._whole_orders():
                for move in (self - deciding) + deciding:
                    # sudo: told apart only, also where the user may not read the orders.
                    lines = move.sudo().invoice_line_ids.sale_line_ids
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

    def _is_first(self) -> bool:
        """Tell whether it is an invoice that takes no credit note back."""
        return self.move_type == "out_invoice" and not self.reversed_entry_id

    def _get_debited_invoice(self):
        """Return the invoice that a debit note raises. Odoo's module may be missing."""
        if self.move_type != "out_invoice" or "debit_origin_id" not in self._fields:
            return self.browse()
        return self.debit_origin_id

    @contextmanager
    def _whole_orders(self):
        """Let it be read which order lines these are for, whoever may read what. The
        cache does not tell by whom it was filled: what others left there is not all, and
        what is left there would be read by who may not."""
        noted = self.reversed_entry_id
        items = (self | noted).invoice_line_ids.filtered("id")
        items.invalidate_recordset(["sale_line_ids"], flush=False)
        try:
            yield
        finally:
            # sudo: forgotten only.
            lines = items.sudo().sale_line_ids
            lines.invalidate_recordset(["invoice_lines"], flush=False)
            items.invalidate_recordset(["sale_line_ids"], flush=False)

    def button_draft(self):
        """What a note was posted as it stays, until its prices or quantities change."""
        posted = self._get_deciding().filtered(lambda move: move.state == "posted")
        result = super().button_draft()
        if posted:
            # sudo: nobody else writes it.
            posted.sudo().invoice_line_ids.is_allowance_kept = True
        return result

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
        "Price Only",
        compute="_compute_is_allowance",
        inverse="_inverse_is_allowance",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="An allowance: the customer keeps the goods of the order and gets a part of"
        " their price back. They stay invoiced, and no statement invoices them again."
        " Otherwise what is credited came back, or is to be invoiced anew. On a debit note"
        " the price is raised. Odoo itself does not make this difference: the order says"
        " that they are to be invoiced. What comes back later is credited at the price of"
        " the order.",
    )
    # Somebody knew better than the rule, or it reverses an allowance: that holds, whatever
    # is delivered until it is posted.
    is_allowance_decided = fields.Boolean(
        "Decided by Hand", copy=False, groups=fields.NO_ACCESS
    )

    # It was posted as it is, and nothing was changed of it since.
    is_allowance_kept = fields.Boolean(
        "As It Was Posted", copy=False, groups=fields.NO_ACCESS
    )

    def _auto_init(self):
        # The ORM would go through all items there are. What credit notes of before the
        # column mean stays as it was.
        if not column_exists(self.env.cr, self._table, "is_allowance"):
            create_column(self.env.cr, self._table, "is_allowance", "boolean")
        return super()._auto_init()

    @api.depends(
        "discount",
        "is_allowance_decided",
        "is_allowance_kept",
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
                with move._whole_orders():
                    allowances = items._get_allowances()
            for item in items:
                item.is_allowance = allowances.get(item, False)

    def _inverse_is_allowance(self):
        # sudo: who writes credit notes may not be one who reads all that the order was
        # delivered and invoiced by.
        for move, items in self.sudo().grouped("move_id").items():
            with move._whole_orders():
                rule = items._get_allowances(by_rule=items)
            follows_rule = bool(move._get_deciding())
            decided = items.filtered(
                lambda item, rule=rule, follows_rule=follows_rule: (
                    item.is_allowance != rule[item]
                    or item.is_allowance
                    and not follows_rule
                )
            )
            decided.is_allowance_decided = True
            (items - decided).is_allowance_decided = False

    @api.constrains("is_allowance")
    def _check_is_allowance(self):
        # sudo: as for the inverse
        items = self.sudo().filtered("is_allowance")
        with items.move_id._whole_orders():
            wrong = any(not item._can_be_allowance() for item in items)
        if wrong:
            raise ValidationError(
                self.env._(
                    "Only a line of a credit note or debit note for goods of an order can"
                    " be for the price only."
                )
            )

    def write(self, vals):
        if "is_allowance" in vals:
            self._check_not_posted(bool(vals["is_allowance"]))
        elif JUDGED & vals.keys():
            # sudo: nobody else writes it.
            self.sudo().filtered("is_allowance_kept").is_allowance_kept = False
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
                    "%(credit_note)s is posted. Reset it to draft first to change which"
                    " lines are for the price only.",
                    credit_note=changed[0].move_id.display_name,
                )
            )

    def _copy_data_extend_business_fields(self, values):
        result = super()._copy_data_extend_business_fields(values)
        # What takes a credit note back is as it was; a credit note is decided anew. Where
        # its author may not read the order, Odoo makes it for none.
        is_taken_back = self.move_id.move_type == "out_refund" and self.sale_line_ids
        if is_taken_back and self.env.context.get("funnel_reverses"):
            values["is_allowance"] = self.is_allowance
        return result

    def _get_allowances(self, by_rule=()) -> dict:
        """Return line -> whether it is an allowance, of all lines of one move and these,
        each as if those before it were posted: two lines are as two credit notes.

        :param by_rule: lines of which it does not count what was decided by hand
        """
        allowances = {}
        for item in self.move_id.invoice_line_ids | self:
            if item._is_decided() and item not in by_rule:
                allowances[item] = item.is_allowance and item._can_be_allowance()
            else:
                allowances[item] = item._changes_price_alone(allowances)
        return allowances

    def _is_decided(self) -> bool:
        """Tell whether it stays what it is, whatever the rule says."""
        if self.is_allowance_decided:
            return True
        return self.is_allowance_kept and all(
            self[name] == self._origin[name] for name in JUDGED
        )

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
        """Tell whether a line changes the price of goods that stay invoiced.

        One of a credit note does that when it credits less than what is left of the
        price, and more of the goods than came back or were never delivered; one of a
        debit note when it asks for less than the price, or for more of the goods than
        are to be invoiced.

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
        digits = self.env["decimal.precision"].precision_get("Product Price")
        whole_price = line._get_whole_price(self, items)
        is_whole = (
            whole_price is not None
            and float_compare(self._get_price_in(line), whole_price, digits) >= 0
        )
        beyond = line._get_quantity_beyond_delivery(items)
        if move.move_type == "out_invoice":
            if not is_whole:
                return True
            beyond = -beyond
        elif is_whole:
            return False
        quantity = self.product_uom_id._compute_quantity(
            self.quantity, line.product_uom_id
        )
        return line.product_uom_id.compare(quantity, beyond) > 0

    def _get_price_in(self, line):
        """Return the price of one unit of an order line, less the discount."""
        price = self.price_unit * (1 - self.discount / 100)
        if not self.product_uom_id:
            return price
        return self.product_uom_id._compute_price(price, line.product_uom_id)
