from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_collision_search import PARTNER

SIDE_COLUMNS = ("partner_id", "lead_id", "other_partner_id", "other_lead_id")


class FunnelCollision(models.Model):
    """What becomes of pairs when their records become one."""

    _inherit = "funnel.collision"

    @api.model
    def _merge_records(self, sources, target) -> None:
        """Move the rows of records that become one. A pair of two of them is gone, of
        double ones the decided one stays. Runs as superuser.

        :param sources: partners or leads that will be deleted
        :param target: the one that stays
        """
        if not sources:
            return
        self.flush_model()
        first, second = (
            ("partner_id", "other_partner_id")
            if target._name == PARTNER
            else ("lead_id", "other_lead_id")
        )
        ids = (sources | target).ids
        rows = self.sudo().search(  # sudo: whoever merges moves all of them
            Domain(first, "in", ids) | Domain(second, "in", ids)
        )
        kept, gone = self._sort_merged(rows, target._name, set(ids), target.id)
        gone.unlink()
        for row, sides in kept:
            row.write({key: value or False for key, value in sides.items()})
        self.flush_model()
        self.env["funnel.collision.override"]._replace_others(
            [(source._name, source.id) for source in sources],
            (target._name, target.id),
        )

    def _sort_merged(self, rows, model, ids, target):
        """Return the rows that stay with their new sides, and those that go."""
        best, gone = {}, rows.browse()
        decided_first = rows.sorted(
            lambda row: (row.state != "open", row.decided_date or row.found_date),
            reverse=True,
        )
        for row in decided_first:
            one, other = (
                (
                    side._name,
                    target if side._name == model and side.id in ids else side.id,
                )
                for side in row._get_records()
            )
            sides = self._get_sides(one, other)
            key = tuple(sides.values())
            if one == other or key in best:
                gone |= row
            else:
                best[key] = (row, sides)
        return list(best.values()), gone

    @api.model
    def _close_joined(self, partners=None, leads=None) -> None:
        """Close the open pairs whose sides are one customer now: a lead of its customer,
        or a contact of its company. Those that were, and are two again, are asked about
        again if they are still alike, and forgotten else. Runs as superuser.

        :param partners: only their pairs, and those of ``leads``; all by default
        """
        self.flush_model(SIDE_COLUMNS + ("state",))
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["crm.lead"].flush_model(["partner_id"])
        scope = SQL("TRUE")
        if partners is not None or leads is not None:
            scope = SQL(
                "(pair.partner_id = ANY(%(partners)s)"
                " OR pair.other_partner_id = ANY(%(partners)s)"
                " OR pair.lead_id = ANY(%(leads)s) OR pair.other_lead_id = ANY(%(leads)s))",
                partners=partners.ids if partners else [],
                leads=leads.ids if leads else [],
            )
        rows = self.env.execute_query(self._select_joined(scope))
        self.browse(key for key, state in rows if state == "open").write(
            {
                "state": "same",
                "decided_by_id": self.env.uid,
                "decided_date": self.env.cr.now().replace(tzinfo=None),
            }
        )
        self._reopen_parted(self.browse(key for key, state in rows if state == "same"))

    def _select_joined(self, scope: SQL) -> SQL:
        """Return a query of open pairs that are joined, and of joined ones that are not
        any more."""
        return SQL(
            """
            SELECT pair.id, pair.state
              FROM funnel_collision AS pair
         LEFT JOIN res_partner AS one ON one.id = pair.partner_id
         LEFT JOIN res_partner AS other ON other.id = pair.other_partner_id
         LEFT JOIN crm_lead AS lead ON lead.id = pair.lead_id
         LEFT JOIN res_partner AS its ON its.id = lead.partner_id
         LEFT JOIN crm_lead AS other_lead ON other_lead.id = pair.other_lead_id
         LEFT JOIN res_partner AS others ON others.id = other_lead.partner_id
             WHERE pair.state IN ('open', 'same') AND %(scope)s
               AND (pair.state = 'open') = COALESCE(
                       COALESCE(one.commercial_partner_id, its.commercial_partner_id)
                       = COALESCE(other.commercial_partner_id,
                                  others.commercial_partner_id), FALSE)
          ORDER BY pair.id
            """,
            scope=scope,
        )

    def _reopen_parted(self, pairs) -> None:
        if not pairs:
            return
        self.env.flush_all()
        alike = self.env["funnel.collision.search"]._compare_pairs(pairs)
        reopened = self._note_pairs(alike, "check")
        (pairs - reopened).unlink()
