from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError

# Of a move of an order: what it is for, the vendor who delivers it himself, and what it
# brings back.
KEPT = ("sale_line_id", "purchase_line_id", "origin_returned_move_id")
# Of a move that is done: what decides who owes what for it.
DECIDING = (
    *KEPT,
    "company_id",
    "location_dest_id",
    "location_id",
    "partner_id",
    "picking_id",
    "product_id",
    "product_uom",
    "reference_ids",
    "state",
    "to_refund",
)
# Of its transfer, the same.
DECIDING_OF_TRANSFER = (
    "location_dest_id",
    "location_id",
    "partner_id",
    "reference_ids",
    "sale_id",
)


class Asked(NamedTuple):
    """Odoo is doing moves that were asked about. An object of ours in the context is
    what no request from outside can have there."""

    of_transfers: bool = (
        False  # they are asked about again when their transfers are done
    )


ASKED = Asked()


def is_asked(records) -> bool:
    """Tell whether Odoo itself is at work on moves, and not the user."""
    return isinstance(records.env.context.get("funnel_credit_asked"), Asked)


def is_other(record, name, value) -> bool:
    """Tell whether a value that is written is another one than a record has. An address
    of the same customer is the same."""
    field = record._fields[name]
    if field.type == "many2many":
        now, after = record[name], record.new({name: value}, origin=record)[name]
        return len(after) != len(now) or after._origin != now
    now, after = (field.convert_to_cache(v, record) for v in (record[name], value))
    if name == "partner_id":
        # sudo: compared only.
        partners = record.env["res.partner"].sudo()
        now, after = (
            partners.browse(id_).commercial_partner_id for id_ in (now, after)
        )
    return now != after


class StockMove(models.Model):
    """What a move says of its order is what the customer owes: users do not change it
    where Odoo itself does not."""

    _inherit = "stock.move"

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves._check_not_negative()
        moves._check_sold()
        return moves

    def write(self, vals):
        self._check_kept(vals)
        result = super().write(vals)
        if "quantity" in vals:
            self._check_not_negative()
        if {"sale_line_id", "product_id"} & vals.keys():
            self._check_sold()
        return result

    def _set_references(self):
        # Of moves that are made in a transfer that is done, too: those of the transfer.
        inside = self.with_context(funnel_credit_asked=ASKED)
        return super(StockMove, inside)._set_references()

    def _check_kept(self, vals):
        """What is done stays as it was done, and what an order says is delivered of it
        stays with it: Odoo itself changes neither afterwards.

        :raise UserError: a user changes it
        """
        if self.env.su:
            return
        done = self.filtered(lambda move: move.state == "done")
        if not is_asked(self):
            for name in vals.keys() & set(DECIDING):
                done.filtered(
                    lambda move, name=name: move._is_changed(name, vals[name])
                )._check_not_done()
        for name in KEPT:
            if name in vals:
                (self - done)._check_stays(name, vals[name])

    def _is_changed(self, name, value) -> bool:
        """Tell whether a user changes what is done."""
        if name == "purchase_line_id" and not self.sale_line_id and not self[name]:
            # Odoo adds to a purchase what was received for it and not ordered then.
            # sudo: compared only.
            lines = self.sudo().picking_id.move_ids.purchase_line_id
            line = lines.browse(self._fields[name].convert_to_cache(value, self))
            if line.order_id <= lines.order_id:
                return False
        return is_other(self, name, value)

    def _check_not_done(self):
        """:raise UserError: a user undoes what is done"""
        for move in self:
            if move.state == "done":
                name = move.picking_id.display_name or move.display_name
                raise UserError(self.env._("%s is done. Make a return instead.", name))

    def _check_stays(self, name, value):
        """:raise UserError: a user takes from a move of an order what it says of it"""
        for move in self:
            line = move.sale_line_id
            if line and is_other(move, name, value):
                raise UserError(
                    self.env._(
                        "%(product)s is for %(order)s and stays with it.",
                        product=move.product_id.display_name,
                        # sudo: the name of the order that the goods in hand are for.
                        order=line.sudo().order_id.display_name,
                    )
                )

    def _check_not_negative(self):
        """:raise UserError: less than nothing is moved, which would take off of what is
        owed"""
        for move in self:
            if move.quantity < 0:
                raise UserError(
                    self.env._(
                        "The quantity of %s is below zero. Make a return instead.",
                        move.product_id.display_name,
                    )
                )

    def _check_sold(self):
        """:raise UserError: a user says of goods that they are for an order line which
        sells something else, of which they would be parts"""
        if self.env.su:
            return
        for move in self:
            line = move.sudo().sale_line_id  # sudo: whose order it is does not matter
            if move._is_part(line) and not move._is_planned_part(line, self):
                raise UserError(
                    self.env._(
                        "%(order)s sells %(sold)s on this line, not %(product)s. Add it"
                        " to the order first.",
                        order=line.order_id.display_name,
                        sold=line.product_id.display_name,
                        product=move.product_id.display_name,
                    )
                )

    def _is_planned_part(self, line, new) -> bool:
        """Tell whether Odoo says that the goods are parts of what the order line sells.

        :param new: moves that are said to be by the user now
        """
        if self.product_id in (line.move_ids - new).product_id:
            return True
        # Of Manufacturing, where it is installed.
        return "bom_line_id" in self._fields and (
            # sudo: what a kit consists of is no secret of who moves it.
            self.sudo().bom_line_id.product_id == self.product_id
        )


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def write(self, vals):
        self._check_kept(vals)
        return super().write(vals)

    def _check_kept(self, vals):
        """:raise UserError: a user takes a line of what is done out of it"""
        if self.env.su:
            return
        taken = self.browse()
        if vals.get("state", "done") != "done":
            taken = self
        for name in ("move_id", "picking_id"):
            if name in vals:
                taken |= self.filtered(
                    lambda line, name=name: is_other(line, name, vals[name])
                )
        taken.move_id._check_not_done()


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def write(self, vals):
        self._check_kept(vals)
        return super().write(vals)

    # Odoo tells what was received of what it is meant for.

    def _add_reference(self, reference=False):
        inside = self.with_context(funnel_credit_asked=ASKED)
        return super(StockPicking, inside)._add_reference(reference)

    def _remove_reference(self, reference):
        inside = self.with_context(funnel_credit_asked=ASKED)
        return super(StockPicking, inside)._remove_reference(reference)

    def _check_kept(self, vals):
        """:raise UserError: a user says of what is done that it was for somebody else,
        or from or to somewhere else"""
        if self.env.su or is_asked(self):
            return
        for name in vals.keys() & set(DECIDING_OF_TRANSFER):
            self.filtered(
                lambda picking, name=name: is_other(picking, name, vals[name])
            ).move_ids._check_not_done()


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _update_uom(self, to_uom_id):
        # Odoo gives all moves of the product its new unit, those that are done as well.
        inside = self.with_context(funnel_credit_asked=ASKED)
        return super(ProductProduct, inside)._update_uom(to_uom_id)
