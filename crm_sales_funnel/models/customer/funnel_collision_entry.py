from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from odoo import api, models
from odoo.fields import Domain

from ...tools.matching import STRONG
from .funnel_collision import ANY_ROLE
from .funnel_collision_news import Known, Sign
from .funnel_collision_override import Same
from .funnel_collision_search import LEAD, PARTNER, Entity, Found
from .funnel_collision_sign import SIDES

ANSWERED = 20  # records that are saved at once; more are imported
TOLD = 3  # others that the chatter of a new record names


class FunnelCollision(models.Model):
    """What follows when a customer or lead is entered or changed, by hand, by import or
    by a program: its signs are kept, what is surely the same is refused where the
    company wants that, and what is very like it gets into the list."""

    _inherit = "funnel.collision"

    @api.model
    def _follow(self, records, before: Sequence[Known] = (), is_new=False) -> None:
        """Do so, in a constant number of statements. Runs as superuser.

        :param records: partners or leads that were written, in the user's environment
        :param before: what ``_read_known`` told of them before that
        :raise ValidationError: one has the tax ID or phone of another customer
        :raise RedirectWarning: the same to a manager
        """
        changed = self.env["funnel.collision.sign"]._refresh(records)
        after = self._read_known(records)
        news = self._get_news(records, before, after)
        # Odoo writes within a write, as superuser: what is new was refreshed then.
        for key, kinds in self._get_changed(records, before, after, news).items():
            changed[key] = changed.get(key, set()) | kinds
        if not changed:
            return
        self.env["funnel.collision.turn"]._take(SIDES[records._name], changed)
        changed_records = records.browse(changed)
        pairs = self.env["funnel.collision.search"]._search_pairs(
            changed_records, STRONG, changed
        )
        left_out = self._get_left_out(records)
        pairs = [pair for pair in pairs if pair[1].entity not in left_out]
        pairs = self._without_family(pairs)
        if not pairs:
            return
        through = self._refuse_identity(records, self._get_same(pairs, news))
        self._note_pairs(pairs, "entry")
        self._note_overrides(through)
        self._attach_answers(records, pairs)
        if is_new:
            self._log_similar(records, pairs)

    @api.model
    def _get_same(self, pairs, news: dict[int, set[Sign]]) -> list[Same]:
        """Return the pairs that have the same tax ID or phone, as far as that is new."""
        same = []
        for entity, one, name in pairs:
            signs = one.shared & news.get(entity[1], set())
            if signs:
                # Nobody but who enters it is told: a lead has a title at least.
                name = name or self.env[entity[0]].browse(entity[1]).display_name
                same.append(Same(entity, one, name, frozenset(signs)))
        return same

    @api.model
    def _refuse_identity(self, records, same: list[Same]):
        """Refuse what is surely the same, where the company of the record wants that.

        Let in is what comes by mail or from a website, the profiles of portal users, and
        what somebody enters who is not in sales at all, as a user or a company: nobody
        is there who could do otherwise. His own customers a user is only told of.

        :return: what a manager let through, with the row of the log that says so
        """
        env = records.env
        if not same or env.su or not env.user._is_internal():
            return []
        if not env.user.has_group(ANY_ROLE):
            return []
        # Of what is of no company each of the user's decides: which one he works in at
        # the moment, a client says.
        # sudo: what a company has decided holds for whoever works for it.
        of_user = env.user.sudo().company_ids.filtered("is_identity_refused")[:1]
        companies = {
            (records._name, self._get_entity_id(record)): (
                record.company_id or of_user or record.env.company
            )
            for record in records.sudo()  # sudo: as above
        }
        refusing = [
            pair
            for pair in same
            if pair.entity in companies and companies[pair.entity].is_identity_refused
        ]
        own = self._get_own({pair.one.entity for pair in refusing})
        refusing = [pair for pair in refusing if pair.one.entity not in own]
        overrides = env["funnel.collision.override"]
        return overrides._check_identity(self._without_overridden(refusing), companies)

    @api.model
    def _get_own(self, entities: set[Entity]) -> set[Entity]:
        """Return the customers and leads whose salesperson is the user, or that he has
        entered and that have none."""
        if not entities:
            return set()
        own = set()
        for model in (PARTNER, LEAD):
            ids = [key for name, key in entities if name == model]
            domain = Domain("user_id", "=", self.env.uid) | Domain(
                [("user_id", "=", False), ("create_uid", "=", self.env.uid)]
            )
            records = self.env[model].with_context(active_test=False)
            found = records.search(domain & Domain("id", "in", ids))
            own.update((model, key) for key in found.ids)
        return own

    @api.model
    def _without_overridden(self, same: list[Same]) -> list[Same]:
        """Return the pairs without the signs for which a manager let them through, as
        long as nobody asked again."""
        if not same:
            return []
        domain = Domain.OR(
            self._get_pair_domain(pair.entity, pair.one.entity) for pair in same
        )
        through = self.search(domain & Domain("is_override", "=", True))
        let = self.env["funnel.collision.override"]._get_let_through(
            {
                tuple((one._name, one.id) for one in pair._get_records())
                for pair in through
            }
        )
        left = []
        for pair in same:
            key = frozenset((pair.entity, pair.one.entity))
            signs = pair.signs - let.get(key, set())
            if signs:
                left.append(pair._replace(signs=signs))
        return left

    def _get_entity_id(self, record) -> int:
        """Return the id of the customer or lead that a record belongs to."""
        if record._name == PARTNER:
            return record.commercial_partner_id.id
        return record.id

    @api.model
    def _note_overrides(self, through) -> None:
        """Write down that a manager let pairs through: they are decided, each for the
        reason that was given for it.

        :param through: pairs with the rows of the log
        """
        if not through:
            return
        reasons = {
            frozenset((pair.entity, pair.one.entity)): row.reason
            for pair, row in through
        }
        pairs = self.search(
            Domain.OR(
                self._get_pair_domain(pair.entity, pair.one.entity)
                for pair, _row in through
            )
        )
        for pair in pairs:
            sides = frozenset((one._name, one.id) for one in pair._get_records())
            pair._keep_apart(reasons[sides])
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
