from odoo import api, fields, models
from odoo.tools import SQL

from .funnel_collision_news import MadeFrom
from .funnel_collision_search import LEAD, PARTNER, Entity

COPIED = (
    "score",
    "reason",
    "reasons",
    "found_by",
    "found_date",
    "state",
    "decided_by_id",
    "decided_date",
    "note",
    "is_override",
)


class FunnelCollision(models.Model):
    """What was decided of records holds for the customer that is made from them."""

    _inherit = "funnel.collision"

    @api.model
    def _take_over(self, records, made_from: MadeFrom | None) -> None:
        """Give a new customer what was decided of the lead or person that it is made
        from: it is asked about once.

        :param records: that were created
        """
        if not made_from or records._name != PARTNER:
            return
        # sudo: which customer it is.
        customers = [
            record.id
            for record in records.sudo()  # sudo: as above
            if record.commercial_partner_id == record
        ]
        if len(customers) != 1:
            return
        new = (PARTNER, customers[0])
        side = "partner_id" if made_from.model == PARTNER else "lead_id"
        decided = self.search(
            [
                ("state", "=", "different"),
                "|",
                (side, "in", made_from.ids),
                (f"other_{side}", "in", made_from.ids),
            ]
        )
        self._copy_to(new, decided, made_from.entities)
        overrides = self.env["funnel.collision.override"]
        overrides._take_over(sorted(made_from.entities), new)

    def _copy_to(self, new: Entity, pairs, sources: set[Entity]) -> None:
        """Write down the same of a new customer and the other side of each pair."""
        others = {}
        for pair in pairs:
            for one in pair._get_records():
                other = (one._name, one.id)
                if other not in sources and not self._get_pair(new, other):
                    others[other] = pair
        names = self._read_names([new, *others])
        search = self.env["funnel.collision.search"]
        self.create(
            [
                {
                    **self._get_sides(new, other),
                    **{fname: pair[fname] for fname in COPIED},
                    "decided_by_id": pair.decided_by_id.id,
                    "seen_date": fields.Datetime.now(),
                    "evidence": {
                        **search._get_evidence(names[new], names[other], ()),
                        "shared": (pair.evidence or {}).get("shared", []),
                    },
                }
                for other, pair in others.items()
            ]
        )


class FunnelCollisionOverride(models.Model):
    _inherit = "funnel.collision.override"

    @api.model
    def _take_over(self, sources: list[Entity], new: Entity) -> None:
        """Let what was let through of records, or beside them, hold for a customer that
        is made from them as well."""
        log = self.sudo()  # sudo: nobody else reads and writes the log
        digests = {self._get_other(source) for source in sources}
        for model, fname in ((PARTNER, "partner_id"), (LEAD, "lead_id")):
            ids = [key for name, key in sources if name == model]
            rows = log.search([(fname, "in", ids), ("used_date", "!=", False)])
            rows.partner_id = new[1]
        for row in self._get_with_others(digests):
            row.others = sorted({*row.others, self._get_other(new)})

    @api.model
    def _replace_others(self, sources: list[Entity], target: Entity) -> None:
        """Let what was let through beside records that become one hold beside the one
        that stays."""
        digests = {self._get_other(source) for source in sources}
        for row in self._get_with_others(digests):
            row.others = sorted({*row.others, self._get_other(target)} - digests)

    def _get_with_others(self, digests: set[str]):
        """Return the rows of the log that name one of the records."""
        self.flush_model(["others"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM funnel_collision_override"
                " WHERE others ?| %s ORDER BY id",
                list(digests),
            )
        )
        # sudo: nobody else reads and writes the log
        return self.sudo().browse(key for (key,) in rows)
