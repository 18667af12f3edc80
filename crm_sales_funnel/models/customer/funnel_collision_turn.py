from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from .funnel_collision_import import Import

MANY_DAYS = 2  # no transaction is as long
# By what alone two people may enter one customer in the same second; a mail domain or a
# contact person is not enough.
IDENTITIES = SQL(
    "(sign.kind IN ('name', 'phone', 'tax')"
    " OR sign.kind = 'mail' AND POSITION('@' IN sign.value) > 0)"
)


class FunnelCollisionTurn(models.Model):
    """Whose turn it is: a row for each name, phone, mail and tax ID that was entered
    lately, written by everybody who enters it, and for each refusal that is answered.

    Whoever enters the same at the same time waits for the first to end, is repeated by
    Odoo, and then finds what the first has entered. The rows tell nothing and are
    forgotten in days.
    """

    _name = "funnel.collision.turn"
    _description = "Turn to Enter a Customer or Lead"
    _log_access = False
    _rec_name = "key"

    key = fields.Char(string="Digest", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True, index=True)

    _once = models.Constraint("UNIQUE (key)")

    @api.model
    def _take(self, side: str, changed: dict[int, set[str]]) -> None:
        """Wait for whoever enters the same as these records, in one statement.

        Only in a request, which Odoo repeats: a mail that is fetched would be lost, and
        nothing is refused there. The test of an import keeps nothing, for which nobody
        is to wait.

        :param side: the column of signs that names the records
        :param changed: record id -> kinds of its signs that are new
        """
        running = Import.of(self.env)
        if not request or (running and running.is_test):
            return
        kinds = [(key, kind) for key in changed for kind in changed[key]]
        # In the order of the keys: nobody waits for who waits for him.
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO funnel_collision_turn (key, date)
                SELECT DISTINCT
                       TO_HEX(HASHTEXTEXTENDED(sign.kind || ' ' || sign.value, 0)),
                       %(now)s
                  FROM UNNEST(%(records)s::int4[], %(kinds)s::varchar[])
                    AS row (record, kind)
                  JOIN funnel_collision_sign AS sign
                    ON sign.%(side)s = row.record AND sign.kind = row.kind
                 WHERE sign.value <> '' AND %(identities)s
              ORDER BY 1
           ON CONFLICT (key) DO UPDATE SET date = EXCLUDED.date
                """,
                records=[key for key, _kind in kinds],
                kinds=[kind for _key, kind in kinds],
                side=SQL.identifier(side),
                identities=IDENTITIES,
                now=self.env.cr.now().replace(tzinfo=None),
            )
        )
        self.invalidate_model()

    @api.model
    def _wait(self, key: str) -> None:
        """Wait for whoever does the same at the same time."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO funnel_collision_turn (key, date) VALUES (%s, %s)"
                " ON CONFLICT (key) DO UPDATE SET date = EXCLUDED.date",
                key,
                self.env.cr.now().replace(tzinfo=None),
            )
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_turns(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM funnel_collision_turn WHERE id IN ("
                "SELECT id FROM funnel_collision_turn"
                " WHERE date < %s::timestamp - MAKE_INTERVAL(days => %s)"
                " FOR UPDATE SKIP LOCKED)",
                self.env.cr.now().replace(tzinfo=None),
                MANY_DAYS,
            )
        )
