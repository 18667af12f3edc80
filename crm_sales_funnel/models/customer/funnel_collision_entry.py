from collections.abc import Sequence

from odoo import api, models
from odoo.fields import Domain

from ...tools.matching import STRONG
from .funnel_collision import ANY_ROLE
from .funnel_collision_news import Known, MadeFrom, Sign
from .funnel_collision_override import Same
from .funnel_collision_search import LEAD, PARTNER, Entity
from .funnel_collision_sign import SIDES

ANSWERED = 20  # records that are saved at once; more are imported


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
        made_from = MadeFrom.of(records.env)
        sources = made_from.entities if made_from else set()
        pairs = [pair for pair in pairs if pair[1].entity not in sources]
        pairs = self._without_family(pairs)
        same = self._get_same(pairs, news)
        same = self._without_restored(same, self._get_restored(before, after))
        through = self._refuse_identity(records, same)
        pairs = self._get_listed(pairs, through, made_from)
        self._note_pairs(pairs, "entry")
        self._note_overrides(through)
        self._attach_answers(records, pairs)
        if is_new:
            self._log_similar(records, pairs)
            self._take_over(records, made_from)

    @api.model
    def _get_same(self, pairs, news: dict[int, set[Sign]]) -> list[Same]:
        """Return the pairs that have the same tax ID or phone, as far as that is new."""
        same = []
        for entity, one, name in pairs:
            signs = (one.shared | one.crowded) & news.get(entity[1], set())
            if signs:
                # Nobody but who enters it is told: a lead has a title at least.
                name = name or self.env[entity[0]].browse(entity[1]).display_name
                same.append(Same(entity, one, name, frozenset(signs)))
        return same

    @api.model
    def _get_listed(self, pairs, through, made_from: MadeFrom | None):
        """Return the pairs for the list: not again what the records are made from is in
        it with, nor what is crowded; but whatever a manager let through."""
        for pair, _row in through:
            pair.one.shared |= pair.one.crowded
            self.env["funnel.collision.search"]._judge([pair.one])
        let = {(pair.entity, pair.one.entity) for pair, _row in through}
        paired = self._get_paired(made_from) if made_from else set()
        return [
            (entity, one, name)
            for entity, one, name in pairs
            if (entity, one.entity) in let
            or (one.score >= STRONG and one.entity not in paired)
        ]

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
        of_none = self._get_company_of_none(env)
        # sudo: what a company has decided holds for whoever works for it.
        companies = {
            (records._name, self._get_entity_id(record)): record.company_id or of_none
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
    def _without_restored(self, same: list[Same], restored) -> list[Same]:
        """Return the pairs without what is only restored, and was in the list for it
        before, whatever was decided.

        :param restored: as ``_get_restored`` tells
        """
        again = [
            pair for pair in same if pair.signs & restored.get(pair.entity[1], set())
        ]
        if not again:
            return same
        domain = Domain.OR(
            self._get_pair_domain(pair.entity, pair.one.entity) for pair in again
        )
        noted = {
            frozenset((one._name, one.id) for one in pair._get_records()): pair
            for pair in self.search(domain)
        }
        search = self.env["funnel.collision.search"]
        left = []
        for pair in same:
            row = noted.get(frozenset((pair.entity, pair.one.entity)))
            known = search._get_known(row.evidence, pair.signs) if row else set()
            signs = pair.signs - (known & restored.get(pair.entity[1], set()))
            if signs:
                left.append(pair._replace(signs=signs))
        return left

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
