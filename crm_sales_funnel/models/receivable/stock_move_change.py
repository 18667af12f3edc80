from collections import defaultdict
from contextlib import contextmanager
from typing import NamedTuple

from odoo import api, models

from .sale_order_line_credit import in_own_unit

CHANGE = "funnel_credit_change"  # in the context
# Of a line: how much, of what, and where to.
DECIDING = {
    "quantity",
    "product_uom_id",
    "location_dest_id",
    "location_id",
    "move_id",
    "quant_id",  # which tells from where as well
}


class BeforeMove(NamedTuple):
    """How a move was, in its unit."""

    moved: float = 0.0
    outside: float = 0.0  # of that, what its lines say goes to customers
    went: bool = False  # to customers


class BeforeLine(NamedTuple):
    """How an order line was, in its unit."""

    delivered: float
    owed: float


class Change:
    """How moves that are done were before somebody changed them."""

    def __init__(self):
        self.moves = {}  # move id -> BeforeMove
        self.lines = {}  # order line id -> BeforeLine
        self.is_open = True  # what was made within may go on with its context

    def note(self, moves, is_new=False):
        """:param is_new: there was nothing of them before"""
        # By their lines: the move may say already what is only about to leave.
        for move in moves.filtered(lambda move: move.state == "done"):
            if move.id in self.moves:
                continue
            before = BeforeMove()
            if not is_new:
                outside = move._get_outside_quantity()
                went = move._goes_to_customer()
                before = BeforeMove(move._quantity_sml(), outside, went)
            self.moves[move.id] = before
            # sudo: counted only.
            line = move.sudo().sale_line_id
            if line and line.id not in self.lines:
                owed = line._get_owed_quantity(line.qty_delivered)
                self.lines[line.id] = BeforeLine(line.qty_delivered, owed)


class StockMove(models.Model):
    """What is done and changed is asked about as often as something is saved, by what it
    all comes to: the client tells of a quantity that is put on two places line by line."""

    _inherit = "stock.move"

    def write(self, vals):
        if not {"quantity", "lot_ids", "move_line_ids"} & vals.keys():
            return super().write(vals)
        with self._changing(self) as inside:
            return super(StockMove, self.with_context(**inside)).write(vals)

    @contextmanager
    def _changing(self, moves):
        """Ask about what a change of moves comes to that are done, when all of it is
        made; yield the context to make it in.

        :raise UserError: it leaves for who is on hold or over a limit
        """
        outer = self.env.context.get(CHANGE)
        # Nothing else can come from a request.
        if isinstance(outer, Change) and outer.is_open:
            outer.note(moves)
            yield {}
        else:
            change = Change()
            change.note(moves)
            try:
                yield {CHANGE: change}
            finally:
                change.is_open = False
            if change.moves:
                self.browse(change.moves)._check_changed(change)

    def _get_outside_quantity(self) -> float:
        """Return how much of it its lines say goes to customers, in its unit."""
        return sum(
            line.product_uom_id._compute_quantity(
                line.quantity, self.product_uom, round=False
            )
            for line in self.move_line_ids
            if line.location_dest_id._is_outside()
        )

    def _check_changed(self, change):
        """:raise UserError: more leaves, or less has come back, for who is on hold or
        over a limit"""
        grown = shrunk = back = self.browse()
        for move in self:
            before, compare = change.moves[move.id], move.product_uom.compare
            compared = compare(move._quantity_sml(), before.moved)
            redirected = compare(move._get_outside_quantity(), before.outside) > 0
            if not move._goes_to_customer():
                back |= move
            elif compared > 0 or redirected or not before.went:
                grown |= move
            if compared < 0:
                shrunk |= move
        # First of all: what is sent again may count from now on.
        grown._follow_what_came_back(grown=True)
        grown._get_more_in_all(self, change)._check_credit(grown=True)
        # sudo: what was sent again may be another warehouse's.
        shrunk.sudo().filtered("returned_move_ids")._check_no_more_sent_again()
        if shrunk:
            (shrunk | back)._check_still_owed(change.lines)

    def _get_more_in_all(self, changed, change):
        """Return those of the moves, which grew, but for what others of the same make up
        for: what leaves by one move less and by another one more, leaves as before."""
        totals = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
        for move in changed.filtered(lambda move: move._goes_to_customer()):
            before, total = change.moves[move.id], totals[move._get_delivered_of()]
            moved, outside = move._quantity_sml(), move._get_outside_quantity()
            for at, quantity in enumerate(
                (before.moved, moved, before.outside, outside)
            ):
                total[at] += in_own_unit(move, quantity)
        return self.filtered(
            lambda move: move._has_grown(change, *totals[move._get_delivered_of()])
        )

    def _get_delivered_of(self):
        """Return what makes moves deliver the same to the same, and count alike."""
        move = self.sudo()  # sudo: compared only
        origin = move.sale_line_id or move.picking_id or move
        payer = move._get_payer().commercial_partner_id
        return origin, payer, move.product_id, move._get_counted_sign()

    def _has_grown(self, change, moved_before, moved, outside_before, outside) -> bool:
        """Tell whether of what a move, which grew, delivers more leaves in all: so much
        in the unit of the product."""
        if not change.moves[self.id].went:
            return True
        compare = self.product_id.uom_id.compare
        if compare(moved, moved_before) > 0 or compare(outside, outside_before) > 0:
            return True
        # sudo: counted only.
        line = self.sudo().sale_line_id
        unit = line.product_uom_id
        return bool(line) and (
            unit.compare(line.qty_delivered, change.lines[line.id].delivered) > 0
        )

    def _check_still_owed(self, lines):
        """Check that less may be moved by these, which are done: less came back. What
        came back less of one thing and more of another counts by what both come to.

        :param lines: order line id -> how it was before
        :raise UserError: the customer, who owes more by it, is on hold or over a limit
        """
        amounts = defaultdict(lambda: defaultdict(float))
        # sudo: what is told of it is decided where it is told.
        for line, moves in self.sudo().grouped("sale_line_id").items():
            company = moves.company_id[:1]
            if not line or not company.credit_gate_deliveries:
                continue
            amount = line._get_amount_beyond(*lines[line.id], company)
            customer = line.order_id.partner_invoice_id.commercial_partner_id
            document = moves.picking_id[:1] or moves[:1]
            if line.order_id.state != "sale":
                amount = max(amount, 0.0)  # not owed before either
            amounts[company, customer][document, line.order_id.state == "sale"] += (
                amount
            )
        for (company, customer), of_documents in amounts.items():
            self._check_owed_more(company, customer, of_documents)

    @api.model
    def _check_owed_more(self, company, customer, amounts):
        """:param amounts: (transfer or move, whether it is among the debts) -> how much
        more is owed by it
        :raise UserError: as ``_check_still_owed``"""
        amount = sum(amounts.values())
        if company.currency_id.compare_amounts(amount, 0.0) > 0:
            document, _in_debts = max(amounts, key=amounts.get)
            in_debts = sum(more for (_doc, counts), more in amounts.items() if counts)
            check = self.env["funnel.credit.check"]
            check._check_return(company, customer, document, amount, in_debts)


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        moves = self.env["stock.move"]
        known = moves.browse(
            {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        )
        with moves._changing(known) as inside:
            lines = super(StockMoveLine, self.with_context(**inside)).create(vals_list)
            change = lines.env.context[CHANGE]
            change.note(lines.move_id - known, is_new=True)
        return lines.with_env(self.env)

    def write(self, vals):
        if not DECIDING & vals.keys():
            return super().write(vals)
        moves = self.move_id
        if vals.get("move_id"):
            moves |= moves.browse(vals["move_id"])
        with moves._changing(moves) as inside:
            return super(StockMoveLine, self.with_context(**inside)).write(vals)


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def write(self, vals):
        if not {"move_ids", "move_line_ids"} & vals.keys():
            return super().write(vals)
        moves = self.move_ids
        with moves._changing(moves) as inside:
            return super(StockPicking, self.with_context(**inside)).write(vals)
