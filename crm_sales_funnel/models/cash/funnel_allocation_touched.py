from collections.abc import Iterable

from odoo import api, fields, models

NAMES = ("orders", "partners", "users")
# The number of this transaction, of which savepoints are a part.
OWN = "(pg_current_xact_id()::text::numeric %% 2147483647)::int4"
OWN_IF_ANY = OWN.replace("_id()", "_id_if_assigned()")
# Orders are saved all the time, and few have anything written down. That of others is
# left where it is: who is about to write something down of them does not see it.
MATTERS = """(order_id IS NULL OR EXISTS (
    SELECT FROM funnel_allocation AS written
     WHERE written.order_id = funnel_allocation_touched.order_id))"""
# Longer than anybody takes to write down what he began with.
KEPT = "15 minutes"


class Touched:
    """Entries that were touched, those of them that all they pay depends on; and orders,
    customers and salespeople of which something was written down."""

    def __init__(self, moves=(), payers=(), **others: Iterable[int]):
        self.moves, self.payers = set(moves), set(payers)
        self.others = {name: set(others.get(name, ())) for name in NAMES}

    def __bool__(self):
        return bool(self.moves or any(self.others.values()))

    def update(self, other: "Touched") -> None:
        self.moves |= other.moves
        self.payers |= other.payers
        for name in NAMES:
            self.others[name] |= other.others[name]


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
    partner_id = fields.Integer()
    user_id = fields.Integer()
    noted_by = fields.Integer("Transaction")
    noted_on = fields.Datetime()
    # By the transaction that noted it, and not undone with a savepoint.
    is_written = fields.Boolean()

    @api.model
    def _note(self, touched: Touched) -> None:
        """Leave these to whoever reads next."""
        self.env.cr.execute(
            f"""
            INSERT INTO funnel_allocation_touched (
                       move_id, is_payer, order_id, partner_id, user_id, noted_by,
                       noted_on)
            SELECT row.*, {OWN}, now() AT TIME ZONE 'UTC'
              FROM (SELECT move_id, move_id = ANY(%s::int4[]),
                           NULL::int4, NULL::int4, NULL::int4
                      FROM UNNEST(%s::int4[]) AS move_id
                     UNION ALL
                    SELECT NULL, FALSE, UNNEST(%s::int4[]), NULL, NULL
                     UNION ALL
                    SELECT NULL, FALSE, NULL, UNNEST(%s::int4[]), NULL
                     UNION ALL
                    SELECT NULL, FALSE, NULL, NULL, UNNEST(%s::int4[])) AS row
            """,
            [
                list(touched.payers),
                list(touched.moves),
                *(list(touched.others[name]) for name in NAMES),
            ],
        )

    @api.model
    def _is_any(self) -> bool:
        """Return whether anything is to be written down. Where nothing is, a server that
        only reads need not ask another one."""
        self.env.cr.execute(
            f"""
            SELECT FROM funnel_allocation_touched
             WHERE (is_written IS NOT TRUE OR noted_by IS DISTINCT FROM {OWN_IF_ANY})
               AND {MATTERS}
             LIMIT 1
            """,
            [],
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _take(self, all_of_them: bool = False) -> Touched:
        """Return what is to be written down now: what others left, and what this
        transaction did and has not written down yet. Its own stays: others do not see
        what it wrote before it ends.

        :param all_of_them: also of orders of which nothing is written down
        """
        cr = self.env.cr
        cr.execute(
            f"""
            WITH others AS (
                     DELETE FROM funnel_allocation_touched
                      WHERE noted_by IS DISTINCT FROM {OWN}
                        AND {"TRUE" if all_of_them else MATTERS}
                  RETURNING move_id, is_payer, order_id, partner_id, user_id),
                 own AS (
                     UPDATE funnel_allocation_touched SET is_written = TRUE
                      WHERE noted_by = {OWN} AND is_written IS NOT TRUE
                  RETURNING move_id, is_payer, order_id, partner_id, user_id)
            SELECT * FROM others UNION ALL SELECT * FROM own
            """,
            [],
            log_exceptions=False,  # that somebody else was first is no error
        )
        touched = Touched()
        for move, is_payer, *others in cr.fetchall():
            if move:
                touched.moves.add(move)
                if is_payer:
                    touched.payers.add(move)
            for name, id_ in zip(NAMES, others, strict=True):
                if id_:
                    touched.others[name].add(id_)
        return touched

    @api.model
    def _forget_needless(self) -> None:
        """Remove what was left of orders of which nothing is written down by now."""
        self.env.cr.execute(
            f"""
            DELETE FROM funnel_allocation_touched
             WHERE noted_on < (now() AT TIME ZONE 'UTC') - INTERVAL '{KEPT}'
               AND NOT {MATTERS}
            """,
            [],
            log_exceptions=False,  # as above
        )
