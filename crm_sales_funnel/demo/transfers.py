"""Moving goods, and dating the move back."""

from math import floor


def take_out(picking, share):
    """Enter what is moved: ``share`` of each line, in whole units."""
    for move in picking.move_ids:
        if share < 1:
            move.quantity = max(1, floor(move.product_uom_qty * share))
        elif move.quantity != move.product_uom_qty:
            move.quantity = move.product_uom_qty
    picking.move_ids.picked = True


def finish(story, dates):
    """Validate transfers at once, then write back when each of them was done.

    :param dates: transfer -> time in UTC
    """
    story.env["stock.picking"].union(*dates)._action_done()
    for picking, moment in dates.items():
        picking.date_done = moment
        picking.move_line_ids.date = moment


def take_back(picking):
    """Return the transfer that brings back some of the first article delivered."""
    wizard = picking.env["stock.return.picking"].create({"picking_id": picking.id})
    line = wizard.product_return_moves[0]
    line.quantity = max(1, floor(line.move_quantity * 0.3))
    incoming = wizard._create_return()
    take_out(incoming, 1)
    return incoming
