from collections import defaultdict

from markupsafe import Markup

from odoo import api, models
from odoo.fields import Domain

from ...tools.matching import STRONG
from .funnel_collision import ANY_ROLE
from .funnel_collision_search import LEAD, PARTNER, Entity, Found
from .funnel_collision_sign import SIDES

# In the context: records that the one which is written is made from, or becomes.
LEAVE_OUT = "funnel_collision_leave_out"
ANSWERED = 20  # records that are saved at once; more are imported
TOLD = 3  # others that the chatter of a new record names


class FunnelCollision(models.Model):
    """What follows when a customer or lead is entered or changed, by hand, by import or
    by a program: its signs are kept, what is surely the same is refused where the
    company wants that, and what is very like it gets into the list."""

    _inherit = "funnel.collision"

    @api.model
    def _follow(self, records, is_new=False) -> None:
        """Do so, in a constant number of statements. Runs as superuser.

        :param records: partners or leads that were written, in the user's environment
        :raise ValidationError: one has the tax ID or phone of another customer
        :raise RedirectWarning: the same to a manager
        """
        changed = self.env["funnel.collision.sign"]._refresh(records)
        if not changed:
            return
        self.env["funnel.collision.turn"]._take(SIDES[records._name], changed)
        changed_records = records.browse(changed)
        pairs = self.env["funnel.collision.search"]._search_pairs(
            changed_records, STRONG, changed
        )
        left_out = self._read_left_out(records)
        pairs = [pair for pair in pairs if pair[1].entity not in left_out]
        if not pairs:
            return
        allowed = self._refuse_identity(records, pairs)
        self._note_pairs(pairs, "entry")
        self._note_overrides(allowed)
        self._attach_answers(records, pairs)
        if is_new:
            self._log_similar(records, pairs)

    @api.model
    def _read_left_out(self, records) -> set[Entity]:
        """Return the records that are left out: those that the user may change anyway,
        as a context comes from the client."""
        left_out = records.env.context.get(LEAVE_OUT)
        if not isinstance(left_out, list):
            return set()
        found = set()
        for model in (PARTNER, LEAD):
            ids = [
                entity[1]
                for entity in left_out
                if isinstance(entity, list)
                and len(entity) == 2
                and entity[0] == model
                and type(entity[1]) is int
            ]
            some = records.env[model].browse(ids)
            if ids and some.browse().has_access("write"):
                writable = some.exists()._filtered_access("write")
                found.update((model, key) for key in writable.ids)
        return found

    @api.model
    def _refuse_identity(self, records, pairs):
        """Refuse what is surely the same, where the company of the record wants that.
        What comes by mail or from a website is let in, as are the profiles of portal
        users: nobody is there who could do otherwise.

        :return: the pairs that a manager let through
        """
        if records.env.su or not records.env.user._is_internal():
            return []
        companies = {
            (records._name, self._get_entity_id(record)): (
                record.company_id or record.env.company
            )
            # sudo: what the company has decided holds for whoever works for it.
            for record in records.sudo()
        }
        refusing = [
            pair
            for pair in pairs
            if pair[0] in companies and companies[pair[0]].is_identity_refused
        ]
        overrides = records.env["funnel.collision.override"]
        return overrides._check_identity(self._without_overridden(refusing))

    @api.model
    def _without_overridden(self, pairs):
        """Return the pairs that no manager has let through before."""
        if not pairs:
            return []
        domain = Domain.OR(
            self._get_pair_domain(entity, one.entity) for entity, one, _name in pairs
        )
        overridden = self.search(domain & Domain("is_override", "=", True))
        through = {tuple(pair._get_records()) for pair in overridden}
        return [
            (entity, one, name)
            for entity, one, name in pairs
            if not through
            & {self._browse(entity, one.entity), self._browse(one.entity, entity)}
        ]

    @api.model
    def _browse(self, *entities: Entity):
        return tuple(self.env[model].browse(key) for model, key in entities)

    def _get_entity_id(self, record) -> int:
        """Return the id of the customer or lead that a record belongs to."""
        if record._name == PARTNER:
            return record.commercial_partner_id.id
        return record.id

    @api.model
    def _note_overrides(self, allowed) -> None:
        """Write down that a manager let pairs through: they are decided."""
        for entity, one, _name in allowed:
            pair = self._get_pair(entity, one.entity)
            override = self.env["funnel.collision.override"].search(
                [("user_id", "=", self.env.uid)], limit=1
            )
            pair._keep_apart(override.reason)
            pair.is_override = True

    @api.model
    def _attach_answers(self, records, pairs) -> None:
        """Take over what the user said before he saved: that it is another one."""
        if not pairs or len(records) > ANSWERED:
            return
        search = self.env["funnel.collision.search"]
        answers = self.env["funnel.collision.answer"]._get_different()
        if not answers:
            return
        names = self._read_names([one.entity for _entity, one, _name in pairs])
        for entity, one, name in pairs:
            evidence = search._get_evidence(name, names.get(one.entity, ""), one.shared)
            for answer in answers:
                is_it = (one.model, one.id) == answer._get_entity()
                if is_it and search._is_decided(evidence, answer.evidence):
                    pair = self._get_pair(entity, one.entity)
                    pair._keep_apart(answer.note)
                    pair.evidence = answer.evidence

    @api.model
    def _log_similar(self, records, pairs) -> None:
        """Note in the chatter of new records what is very like them, as it may be told
        to whoever reads them."""
        env = records.env
        has_role = env.su or env.user.has_group(ANY_ROLE)
        if env.context.get("tracking_disable") or not has_role:
            return
        lookup = records.env["funnel.collision.lookup"]
        told = lookup._get_told([one for _entity, one, _name in pairs])
        found: dict[int, list[Found]] = defaultdict(list)
        for (_model, key), one, _name in pairs:
            who = told.get(one.entity)
            if who and not who.is_kept and len(found[key]) < TOLD:
                found[key].append(one)
        bodies = {
            key: Markup("<p>%s</p>%s")
            % (
                self.env._("Possible duplicate:"),
                Markup().join(self._describe(one, told[one.entity]) for one in some),
            )
            for key, some in found.items()
            if some
        }
        if bodies:
            # sudo: the chatter of what the user has just entered
            records.browse(bodies).sudo()._message_log_batch(bodies=bodies)

    @api.model
    def _describe(self, one: Found, told) -> Markup:
        text = self.env._(
            "%(name)s, %(percent)s %%, %(reasons)s, salesperson %(owner)s",
            name=told.name,
            percent=round(one.score * 100),
            reasons=", ".join(self._label_reasons(one.reasons)),
            owner=told.owner or "-",
        )
        return Markup("<p>%s</p>") % text
