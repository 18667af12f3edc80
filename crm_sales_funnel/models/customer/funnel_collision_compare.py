from odoo import api, models

from ...tools.matching import SIMILAR, STRONG
from .funnel_collision_search import Asked, Entity, Found


class FunnelCollisionSearch(models.AbstractModel):
    """Two that are in the list already: are they still alike?"""

    _inherit = "funnel.collision.search"

    @api.model
    def _compare_pairs(self, pairs) -> list[tuple[Entity, Found, str]]:
        """Return those of the pairs that are still true, as a search would find them:
        by all that both have, however many others have it as well.

        :param pairs: ``funnel.collision``; those of archived records are never true
        """
        signs = self._read_signs(pairs)
        alike = []
        for pair in pairs:
            one, other = ((side._name, side.id) for side in pair._get_records())
            found = self._compare_two(signs.get(one, []), signs.get(other, []), other)
            # Who asked again about less sure ones is asked until they are less alike.
            if found and found.score >= min(STRONG, pair.score):
                name = next(
                    (row.source for row in signs[one] if row.kind == "name"), ""
                )
                alike.append((one, found, name))
        return alike

    @api.model
    def _read_signs(self, pairs) -> dict[Entity, list[Asked]]:
        """Return customer or lead of the pairs -> what it is known by. Not of leads that
        are of a customer by now, nor of customers that are of another one."""
        signs: dict[Entity, list[Asked]] = {}
        partners = pairs.partner_id | pairs.other_partner_id
        for records in (partners, pairs.lead_id | pairs.other_lead_id):
            own = set(records.ids)
            rows = self._read_asked(records, True) if records else ()
            for key, _name, _record, *sign in rows:
                if key in own:
                    signs.setdefault((records._name, key), []).append(Asked(0, *sign))
        return signs

    @api.model
    def _compare_two(self, one, other, entity: Entity) -> Found | None:
        """Return what two have in common; None if there is nothing.

        :param one: the signs of the first
        :param other: of the second, which is ``entity``
        """
        found = Found(*entity)
        known = {(sign.kind, sign.value) for sign in one if sign.value}
        found.shared = {
            (sign.kind, sign.value) for sign in other if sign.kind != "name"
        } & known
        names = [
            next((sign for sign in signs if sign.kind == "name"), None)
            for signs in (one, other)
        ]
        if all(names):
            self._compare_names(found, *names)
        return next(iter(self._judge([found])), None)

    def _compare_names(self, found: Found, name: Asked, other: Asked) -> None:
        likely = self._compare(name, other.source, other.is_person, other.country)
        if likely >= SIMILAR:
            found.by_name, found.asked, found.source = likely, name.source, other.source
            found.is_elsewhere = self._is_elsewhere(name.country, other.country)
