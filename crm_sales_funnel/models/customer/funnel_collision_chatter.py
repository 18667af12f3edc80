from collections import defaultdict

from markupsafe import Markup

from odoo import api, models

from .funnel_collision import ANY_ROLE
from .funnel_collision_search import PARTNER, Entity, Found

TOLD = 3  # others that the chatter of a new record names


class FunnelCollision(models.Model):
    """What the chatter of a new record tells of those that are very like it. Whoever reads
    the record reads it, now and later: it is not what may be told to who enters it."""

    _inherit = "funnel.collision"

    @api.model
    def _log_similar(self, records, pairs) -> None:
        """Name those that the salesperson of the record may read, or where it has none
        everybody; of the others tell that there are some."""
        env = records.env
        has_role = env.su or env.user.has_group(ANY_ROLE)
        if env.context.get("tracking_disable") or not has_role:
            return
        found: dict[int, list[Found]] = defaultdict(list)
        for (_model, key), one, _name in pairs:
            found[key].append(one)
        told = self._get_told_to_readers(records.browse(found), found)
        bodies = {
            key: self._describe_all(some, told[key]) for key, some in found.items()
        }
        if bodies:
            # sudo: the chatter of what the user has just entered
            records.browse(bodies).sudo()._message_log_batch(bodies=bodies)

    @api.model
    def _get_told_to_readers(self, records, found) -> dict[int, dict]:
        """Return record id -> customer or lead -> what is told of it; a few statements
        for each of the salespeople.

        :param found: record id -> what is like it
        """
        # sudo: whose record it is, whoever enters it.
        groups = records.sudo().grouped(
            lambda record: record.user_id.filtered("active")
        )
        told = {}
        for user, own in groups.items():
            ones = [one for record in own for one in found[record.id]]
            lookup = records.env["funnel.collision.lookup"]
            if user:
                companies = user.company_ids.ids
                lookup = lookup.with_user(user)
                lookup = lookup.with_context(allowed_company_ids=companies)
            readable = lookup._get_told(ones, is_hidden_told=False)
            for record in own:
                everybodys = self._get_everybodys(record, ones)
                told[record.id] = {
                    entity: who
                    for entity, who in readable.items()
                    if not who.is_kept and entity in everybodys
                }
        return told

    @api.model
    def _get_everybodys(self, record, ones: list[Found]) -> set[Entity]:
        """Return the customers and leads that whoever reads a record may read as well,
        as far as its salesperson may: of no company that it is not of. A customer, or a
        lead of nobody, is read by those who read no leads of others."""
        # sudo: nothing but whether somebody has it.
        has_own_readers = record._name != PARTNER and record.sudo().user_id.active
        everybodys = set()
        for model in {one.model for one in ones}:
            if model == PARTNER or has_own_readers:
                ids = [one.id for one in ones if one.model == model]
                # sudo: of which company they are.
                entities = self.env[model].sudo().browse(ids)
                everybodys |= {
                    (model, entity.id)
                    for entity in entities
                    if entity.company_id <= record.company_id
                }
        return everybodys

    @api.model
    def _describe_all(self, ones: list[Found], told) -> Markup:
        named = [one for one in ones if one.entity in told][:TOLD]
        lines = [self.env._("Possible duplicate:")]
        lines += [self._describe(one, told[one.entity]) for one in named]
        if len(named) < len(ones):
            lines.append(
                self.env._("Managers find all of them under Possible Duplicates.")
            )
        return Markup().join(Markup("<p>%s</p>") % line for line in lines)

    @api.model
    def _describe(self, one: Found, told) -> str:
        return self.env._(
            "%(name)s, %(percent)s %%, %(reasons)s, salesperson %(owner)s",
            name=told.name,
            percent=round(one.score * 100),
            reasons=", ".join(self._label_reasons(one.reasons)),
            owner=told.owner or "-",
        )
