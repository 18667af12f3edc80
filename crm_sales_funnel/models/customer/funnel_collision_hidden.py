import logging
from collections import Counter

from odoo import api, models

from ...tools.limiter import Limiter
from ...tools.matching import STRONG, is_known
from .funnel_collision_lookup import Told
from .funnel_collision_search import Asked, Entity, Found

IDENTITY_KINDS = ("phone", "mail", "tax")
# Numbers and addresses of a kind by which somebody is told of what is hidden: a form has
# those of the firm and of a person; who tries numbers asks for more.
VALUES = 2
# Different hidden ones of which somebody is told within an hour. Who enters customers all
# day needs minutes for each, and few of them are a colleague's; who tries names finds one
# in seconds.
AN_HOUR = 60
HOUR = 3600  # seconds

# Of one process: with several, somebody may be told as much by each of them.
_told = Limiter(AN_HOUR, HOUR)
_logger = logging.getLogger(__name__)


class FunnelCollisionLookup(models.AbstractModel):
    """What a user is told of customers and leads that he may not read: so little that he
    does not learn them one by one."""

    _inherit = "funnel.collision.lookup"

    @api.model
    def _get_told(self, found: list[Found], is_hidden_told=True) -> dict[Entity, Told]:
        """Return what is told of each in a text, in a constant number of statements; see
        ``_read_tellable``. Of what is hidden nothing after too many in an hour.

        :param is_hidden_told: by default; nothing at all of it else
        """
        told = self._read_tellable(found)
        return {
            one.entity: _isolate(told[one.entity])
            for one in found
            if one.entity in told
            and (is_hidden_told or not told[one.entity].is_hidden)
            and self._may_tell(one, told[one.entity])
        }

    @api.model
    def _may_tell(self, one: Found, told: Told) -> bool:
        """Count what is hidden from the user and told him, and note in the server's log
        when it is too much."""
        who = self.env.cr.dbname, self.env.uid
        if not told.is_hidden or _told.take(who, one.entity):
            return True
        if _told.is_to_note(who):
            _logger.warning(
                "Collision check: %s was told of %s hidden customers and leads within"
                " an hour, and is told of no more",
                self.env.user.login,
                _told.most,
            )
        return False

    @api.model
    def _tell_nothing(self) -> dict:
        """Return the answer to whoever was told of too many lately."""
        return {
            "key": False,
            "model": False,
            "id": None,
            "name": self.env._("There is something like this; ask your manager."),
            "score": 0.0,
            "is_strong": False,
            "reasons": [],
            "reason_labels": [],
            "owner": False,
            "last_contact": False,
        }

    @api.model
    def _is_tellable(self, one: Found, first=None) -> bool:
        """Tell whether somebody may be told of what is hidden from him: it must be so
        sure that he knows it already. What is merely alike he could try out.

        :param first: see ``_get_first``; by default every number tells of it
        """
        shared = one.shared | one.crowded if first is None else one.shared & first
        if any(kind in IDENTITY_KINDS for kind, _value in shared):
            return True
        if "same_opportunity" in one.reasons:
            return True
        is_strong = bool(one.by_name) and one.score >= STRONG
        return is_strong and is_known(one.asked, one.source)

    @api.model
    def _get_first(self, asked: list[Asked]) -> set[tuple[str, str]]:
        """Return the first numbers and addresses of each kind; a number that may be of
        several countries is one."""
        first, counts = set(), Counter()
        for row in asked:
            if row.kind not in IDENTITY_KINDS or not row.value:
                continue
            country = row.source.partition(" ")[0] if row.kind != "mail" else ""
            counts[row.kind, country] += 1
            if counts[row.kind, country] <= VALUES:
                first.add((row.kind, row.value))
        return first


def _isolate(told: Told) -> Told:
    """Names that run from right to left turn nothing around that stands beside them."""
    name, owner = (text and f"\u2068{text}\u2069" for text in (told.name, told.owner))
    return told._replace(name=name, owner=owner)
