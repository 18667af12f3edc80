from collections import defaultdict

from odoo import api, fields, models

from .stock_move_kept import ASKED, Asked, is_asked


class StockPicking(models.Model):
    """Goods for customers who are on hold or over a limit do not leave."""

    _inherit = "stock.picking"

    credit_notice = fields.Text(
        compute="_compute_credit_notice", help="Why the goods do not leave."
    )

    @api.depends("state", "partner_id")
    @api.depends_context("uid")
    def _compute_credit_notice(self):
        self.credit_notice = False
        if self.env.user.share:
            return  # it is none of the customer's business
        planned = self.filtered(lambda picking: picking.state not in ("done", "cancel"))
        notices = self.env["funnel.credit.check"]._get_notices(planned)
        for picking, notice in notices.items():
            picking.credit_notice = notice

    def write(self, vals):
        # Odoo lets who may write a transfer write that it is done, without doing it.
        if vals.get("state") == "done":
            check = self.env["funnel.credit.check"]
            check._check(self.filtered(lambda p: p.state != "done"), planned=True)
        return super().write(vals)

    def _action_done(self):
        # Odoo puts into the order what nobody ordered, some of it only here.
        before = self.move_ids._get_ordered()
        asked = self.with_context(funnel_credit_asked=Asked(of_transfers=True))
        result = super(StockPicking, asked)._action_done()
        self.move_ids._check_priced(*before)
        return result

    def _get_leaving(self, planned=False, moves=None, grown=False):
        """Return (picking, commercial partner id) -> moves of the goods that leave for a
        customer: what comes back, and what a vendor has delivered already, is not held
        back.

        :param planned: all that is planned, not only what is picked
        :param moves: only these
        :param grown: they are done, and more of them than before
        """
        leaving = defaultdict(self.env["stock.move"].browse)
        for picking in self.sorted(lambda picking: picking._origin.id or 0):
            asked = picking.move_ids
            asked = asked if moves is None else asked & moves
            for move, customer in asked._get_receivers(planned, grown):
                leaving[picking, customer] += move
        return leaving

    def _get_left(self, customer):
        """Return all that left for a customer by it.

        :param customer: id of a commercial partner
        """
        return self.move_ids._get_left(customer)


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        # Whatever delivers comes here. Before anything is sent to a carrier.
        before = self._get_ordered()
        self._check_credit(later=True)
        asked = self.with_context(funnel_credit_asked=ASKED)
        done = super(StockMove, asked)._action_done(cancel_backorder=cancel_backorder)
        done = done.with_env(self.env)
        if not self._is_of_transfers():
            done._check_priced(*before)
        return done

    def write(self, vals):
        # Who may write a move may write that it is done, without doing it.
        if vals.get("state") == "done" and (
            not is_asked(self) or self._is_of_transfers()
        ):
            self._check_credit(planned=True)
        return super().write(vals)

    def _is_of_transfers(self) -> bool:
        """Tell whether the transfers of the moves are being done."""
        asked = self.env.context.get("funnel_credit_asked")
        return isinstance(asked, Asked) and asked.of_transfers

    def _check_credit(self, planned=False, grown=False, **options):
        """:raise UserError: goods leave for who is on hold or over a limit"""
        self._follow_what_came_back(planned, grown)
        check = self.env["funnel.credit.check"]
        options |= {"planned": planned, "grown": grown}
        if self.picking_id:
            check._check(self.picking_id, moves=self, **options)
        if alone := self.filtered(lambda move: not move.picking_id):
            check._check(alone, **options)

    def _get_ordered(self):
        """Return those of the moves that are in an order line, and those that Odoo puts
        into the order of their transfer when they are done."""
        ordered = self.filtered("sale_line_id")
        waiting = (self - ordered).filtered(
            lambda move: move.state != "done" and move.picking_id.sale_id
        )
        return ordered, waiting

    def _check_priced(self, ordered, waiting):
        """Ask about what nobody ordered, now that Odoo has put it into an order at some
        price. The moves are done.

        :param ordered: those that were in an order line before
        :param waiting: those that were not asked about before, but for a hold
        :raise UserError: it leaves for who is on hold or over a limit
        """
        new = (self.filtered("sale_line_id") - ordered) | (self & waiting)
        new = new.filtered(lambda move: move.state == "done")
        if new:
            new._check_credit(grown=True, priced=True)

    def _get_leaving(self, planned=False, grown=False):
        """Return (move, commercial partner id) -> move, as the method of transfers, of
        moves that are in none."""
        return {
            (move, customer): move
            for move, customer in self._get_receivers(planned, grown)
        }

    def _get_left(self, customer):
        """Return those of the moves that are done, for a customer.

        :param customer: id of a commercial partner
        """
        return self.filtered(
            lambda move: (
                move.state == "done"
                and move._goes_to_customer()
                and move._get_payer().commercial_partner_id.id == customer
            )
        )

    def _get_more_of_left(self, company):
        """Return how much more is owed by what has left: what is ordered is among the
        debts already, and what is not, in none, however often it grew."""
        alone = self.filtered(lambda move: not move._is_in_debts())
        return alone._get_credit_amounts(company, {})[1]

    def _is_in_debts(self) -> bool:
        """Tell whether what is delivered by the move is among the debts: of orders that
        are confirmed alone."""
        return self.sale_line_id.order_id.state == "sale"

    def _get_receivers(self, planned, grown):
        """Return (move, commercial partner id) of what leaves for customers. Where
        nothing tells the customer, there is nobody to ask about."""
        return [
            (move, payer.commercial_partner_id.id)
            for move in self
            if (grown or move._is_leaving(planned))
            and move._goes_to_customer()
            and (payer := move._get_payer())
        ]

    def _get_payer(self):
        """Return who pays for what is moved, whoever is written on the transfer."""
        order = (
            self.sale_line_id.order_id
            or self.picking_id.sale_id
            or self.reference_ids.sale_ids[:1]
        )
        return order.partner_invoice_id or self.picking_id.partner_id or self.partner_id

    def _goes_to_customer(self) -> bool:
        """Tell where the goods go themselves: the transfer may say something else. Those
        of an order come from a vendor where they were bought for it, and out of our
        stock otherwise, wherever they are said to come from."""
        lines = self.move_line_ids
        sources = set((lines.location_id | self.location_id).mapped("usage"))
        planned_here = self.sale_line_id and not self.purchase_line_id
        if sources <= {"supplier", "customer"} and not planned_here:
            return False
        outside = [
            place
            for place in self.location_dest_id | lines.location_dest_id
            if place._is_outside()
        ]
        if self.purchase_line_id and not self.sale_line_id:
            # To a vendor, who is another company of the database.
            outside = [place for place in outside if place.usage != "transit"]
        return bool(outside) or self.picking_id.slip_kind == "delivery"

    def _get_progress_before(self):
        """Return order line -> what was delivered of it before these moves, which are
        done."""
        progress = {}
        for move in self:
            line = move.sale_line_id
            if line and move._changes_order():
                before = progress.get(line, line.qty_delivered)
                progress[line] = before - move._get_sold_quantity(move.quantity)
        return progress

    def _get_counted_sign(self) -> int:
        """Return how Odoo counts the move in what is delivered of its order line: 1 when
        it leaves, -1 when it comes back, 0 when it does neither."""
        if self.location_dest_usage == "inventory":
            return 0
        # Of several steps the last one counts, which Odoo may plan after the others.
        outgoing = self.location_dest_id._is_outside() or (
            self.state != "done"
            and self.location_final_id
            and self.location_final_id._is_outside()
            and not self.move_dest_ids
        )
        if outgoing:
            return int(self.to_refund or not self.origin_returned_move_id)
        # Of who delivers, Odoo believes a vendor as well.
        return -int(self.to_refund and self._is_incoming())

    def _get_leaving_quantity(self):
        if self.state == "done":
            return self.quantity
        return self._get_picked_quantity() if self.picked else self.product_uom_qty

    def _get_sold_quantity(self, quantity):
        """Return how much of its order line a quantity of the move is, in the unit of
        the line: of parts, how many kits."""
        line = self.sale_line_id
        if self._is_part(line):
            return line._get_kits({self: quantity})
        return self.product_uom._compute_quantity(
            quantity, line.product_uom_id, rounding_method="HALF-UP"
        )

    def _get_goods(self):
        """Return product id -> how much of it leaves, in its own unit."""
        goods = defaultdict(float)
        for move in self:
            goods[move.product_id.id] += move.product_uom._compute_quantity(
                move._get_leaving_quantity(), move.product_id.uom_id, round=False
            )
        return dict(goods)

    def _is_leaving(self, planned) -> bool:
        if self.state in ("done", "cancel"):
            return False
        return planned or (self.picked and self.quantity > 0)

    def _get_credit_amounts(self, company, progress, later=False):
        """Return what the goods cost that leave now, tax included, and how much more is
        owed by it: what was invoiced before is among the debts already.

        :param progress: order line -> what is delivered of it by the moves so far;
            after these when this returns
        :param later: what Odoo puts into the order of its transfer is asked about when
            it has a price there
        :rtype: tuple[float, float]
        """
        amount = more = 0.0
        for move in self:
            if move._is_in_debts():
                if move._changes_order():
                    cost, increase = move._get_ordered_amounts(company, progress)
                    amount, more = amount + cost, more + increase
            elif move.sale_line_id or not (later and move.picking_id.sale_id):
                # In no debts afterwards either: all of it counts.
                price = move._get_whole_amount(company)
                amount, more = amount + price, more + price
        return company.currency_id.round(amount), company.currency_id.round(more)

    def _get_ordered_amounts(self, company, progress):
        """Return the same of a move of an order, not rounded."""
        line = self.sale_line_id
        quantity = self._get_sold_quantity(self._get_leaving_quantity())
        if self._is_part(line) and line not in progress:
            # Kits become complete of which parts have left before.
            quantity += line._get_incomplete_kits()
        before = progress.get(line, line.qty_delivered)
        after = progress[line] = before + quantity
        if line.order_id._is_paid_in_advance():
            # Only what goes beyond what is paid.
            before = min(max(before, line.product_uom_qty), after)
            quantity = after - before
        increase = line._get_owed_quantity(after) - line._get_owed_quantity(before)
        return line._get_debt(quantity, company), line._get_debt(increase, company)

    def _is_paid_in_advance(self, progress) -> bool:
        """Tell whether nothing leaves but what is paid in advance.

        :param progress: as ``_get_credit_amounts`` leaves it
        """
        return self._is_as_ordered(progress) and all(
            order._is_paid_in_advance() for order in self.sale_line_id.order_id
        )

    def _is_as_ordered(self, progress) -> bool:
        """Tell whether nothing leaves but what is ordered, and no more of it.

        :param progress: as ``_get_credit_amounts`` leaves it
        """
        return all(
            move._is_in_debts()
            and (
                line.product_uom_id.compare(progress[line], line.product_uom_qty) <= 0
                if move._is_charged(line := move.sale_line_id)
                # Parts and replacements have no quantity of their own in the order.
                else move._get_quantity_beyond() <= 0
            )
            for move in self
        )

    def _get_quantity_beyond(self):
        """Return how much more is picked than is planned."""
        if not self.picked:
            return 0.0
        beyond = self._get_picked_quantity() - self.product_uom_qty
        return 0.0 if self.product_uom.is_zero(beyond) else beyond

    def _get_whole_amount(self, company):
        """Return what goods cost that are in no confirmed order: what another one says,
        which is a quotation or cancelled."""
        quantity, line = self._get_leaving_quantity(), self.sale_line_id
        if not line:
            return self._get_unordered_amount(quantity, company)
        if not self._changes_order():
            return 0.0
        return line._get_debt(self._get_sold_quantity(quantity), company)

    def _get_unordered_amount(self, quantity, company):
        """Return what goods cost that nobody has ordered: their sales price."""
        if self._get_counted_sign() <= 0:
            return 0.0  # they came back before, and were owed all the time
        product = self.product_id.with_company(company)
        price = product.currency_id._convert(
            product.lst_price, company.currency_id, company, round=False
        )
        taxes = product.taxes_id._filter_taxes_by_company(company).compute_all(
            price,
            company.currency_id,
            self.product_uom._compute_quantity(quantity, product.uom_id),
            product,
        )
        return taxes["total_included"]
