from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_collision_search import PARTNER, Entity, Found


class FunnelCollision(models.Model):
    """A mother company, its branches and their people are no duplicates of one another,
    as much as they have in common."""

    _inherit = "funnel.collision"

    @api.model
    def _without_family(
        self, pairs: list[tuple[Entity, Found, str]]
    ) -> list[tuple[Entity, Found, str]]:
        """Return the pairs whose customers do not belong together."""
        both = [
            (key, one.id)
            for (model, key), one, _name in pairs
            if model == one.model == PARTNER
        ]
        if not both:
            return pairs
        tops = self._get_tops({key for pair in both for key in pair})
        return [
            pair
            for pair in pairs
            if pair[0][0] != PARTNER
            or pair[1].model != PARTNER
            or tops.get(pair[0][1]) != tops.get(pair[1].id)
        ]

    @api.model
    def _get_tops(self, partners) -> dict[int, int]:
        """Return partner id -> id of the highest company that it belongs to."""
        self.env["res.partner"].flush_model(["parent_id"])
        return dict(
            self.env.execute_query(
                SQL(
                    "%s SELECT id, top FROM up WHERE parent_id IS NULL",
                    self._climb(SQL("id = ANY(%s)", list(partners))),
                )
            )
        )

    def _climb(self, scope: SQL) -> SQL:
        """Return the beginning of a query of ``up``: ``id`` of each partner with each
        ``top`` that it belongs to, the highest one without ``parent_id``."""
        return SQL(
            """
            WITH RECURSIVE up AS (
                     SELECT id, id AS top, parent_id FROM res_partner WHERE %s
                      UNION
                     SELECT up.id, mother.id, mother.parent_id
                       FROM up
                       JOIN res_partner AS mother ON mother.id = up.parent_id)
            """,
            scope,
        )

    @api.model
    def _forget_family(self, partners) -> None:
        """Take pairs off the list that became one family with these partners."""
        everybody = self.env["res.partner"].with_context(active_test=False)
        ids = everybody.search([("id", "child_of", partners.ids)]).ids
        pairs = self.search(
            Domain("state", "=", "open")
            & Domain("partner_id", "!=", False)
            & Domain("other_partner_id", "!=", False)
            & (Domain("partner_id", "in", ids) | Domain("other_partner_id", "in", ids))
        )
        tops = self._get_tops((pairs.partner_id | pairs.other_partner_id).ids)
        pairs.filtered(
            lambda pair: (
                tops.get(pair.partner_id.id) == tops.get(pair.other_partner_id.id)
            )
        ).unlink()
