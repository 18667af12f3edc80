from collections.abc import Iterable

from odoo import api, fields, models


class Touched:
    """Entries that were touched, those of them that all they pay depends on, and orders
    that were."""

    def __init__(
        self,
        moves: Iterable[int] = (),
        payers: Iterable[int] = (),
        orders: Iterable[int] = (),
    ):
        self.moves, self.payers, self.orders = set(moves), set(payers), set(orders)

    def __bool__(self):
        return bool(self.moves or self.orders)

    def update(self, other: "Touched") -> None:
        self.moves |= other.moves
        self.payers |= other.payers
        self.orders |= other.orders


class FunnelAllocationTouched(models.Model):
    """Documents and payments of which something may be allocated otherwise than it is
    written down.

    Each transaction adds rows of its own, so that nobody who posts or pays waits for
    another. Who reads what is allocated takes all rows that there are, and writes down
    what they come to: of two at once, who both take them, Odoo repeats one, who then sees
    what the other one wrote.
    """

    _name = "funnel.allocation.touched"
    _description = "Document to Be Allocated Again"
    _log_access = False

    # Not many2one: they may be gone when it is written down.
    move_id = fields.Integer()
    is_payer = fields.Boolean()
    order_id = fields.Integer()

    @api.model
    def _note(self, touched: Touched) -> None:
        """Leave these to whoever reads next."""
        self.env.cr.execute(
            """
            INSERT INTO funnel_allocation_touched (move_id, is_payer, order_id)
            SELECT move_id, move_id = ANY(%s::int4[]), NULL
              FROM UNNEST(%s::int4[]) AS move_id
             UNION ALL
            SELECT NULL, FALSE, UNNEST(%s::int4[])
            """,
            [list(touched.payers), list(touched.moves), list(touched.orders)],
        )

    @api.model
    def _take(self) -> Touched:
        """Return what others left, which is then to be written down."""
        cr = self.env.cr
        # Where there is nothing, a server that only reads need not ask another one.
        cr.execute("SELECT FROM funnel_allocation_touched LIMIT 1")
        if not cr.rowcount:
            return Touched()
        cr.execute(
            "DELETE FROM funnel_allocation_touched"
            " RETURNING move_id, is_payer, order_id"
        )
        rows = cr.fetchall()
        return Touched(
            (move for move, _is_payer, _order in rows if move),
            (move for move, is_payer, _order in rows if is_payer),
            (order for _move, _is_payer, order in rows if order),
        )
