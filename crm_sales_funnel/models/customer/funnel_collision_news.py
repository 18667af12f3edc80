from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .funnel_collision_override import IDENTITY_KINDS
from .funnel_collision_search import PARTNER, Entity

Sign = tuple[str, str]  # kind and value
# In the context, see below.
MADE_FROM = "funnel_collision_made_from"


class MadeFrom:
    """Records that the one which is written is made from, or becomes: what they have is
    no news of it.

    An object, since none can come in the context of a request.
    """

    def __init__(self, records, known: Sequence["Known"]):
        self.model = records._name
        self.ids = list(records.ids)
        self.known = known

    @property
    def entities(self) -> set[Entity]:
        return {(self.model, key) for key in self.ids}

    @classmethod
    def of(cls, env) -> "MadeFrom | None":
        """Return what the context of an environment says."""
        said = env.context.get(MADE_FROM)
        return said if isinstance(said, cls) else None


class Known(NamedTuple):
    """A phone or tax ID of a record, and whose it is."""

    record: int
    entity: int  # the commercial partner or lead that it counts for
    top: int  # the highest company that this one belongs to
    company: int | None  # of the record
    is_active: bool  # nothing of it is archived
    is_own: bool  # no customer stands for it
    kind: str | None
    value: str | None

    @property
    def counts(self) -> bool:
        return self.is_active and self.is_own


class FunnelCollision(models.Model):
    """What is new of a customer or lead that is written: only of that somebody is asked.
    A phone that is written otherwise is none, nor is that of the firm on a contact."""

    _inherit = "funnel.collision"

    @api.model
    def _read_known(self, records) -> list[Known]:
        """Return the phones and tax IDs, and all people, of the customers or leads that
        records are or belong to, one row at least for each of them."""
        if not records:
            return []
        if records._name == PARTNER:
            fnames = ["active", "commercial_partner_id", "parent_id", "company_id"]
            query = self._known_of_partners(records.ids)
        else:
            fnames = ["active", "partner_id", "company_id"]
            query = self._known_of_leads(records.ids)
        self.env[records._name].flush_model(fnames)
        return [Known(*row) for row in self.env.execute_query(query)]

    def _known_of_partners(self, ids) -> SQL:
        scope = SQL(
            "id IN (SELECT commercial_partner_id FROM res_partner WHERE id = ANY(%s))",
            ids,
        )
        return SQL(
            """
            %(climb)s
            SELECT person.id, customer.id, up.top, person.company_id,
                   person.active AND customer.active, TRUE, sign.kind, sign.value
              FROM up
              JOIN res_partner AS customer ON customer.id = up.id
              JOIN res_partner AS person ON person.commercial_partner_id = customer.id
         LEFT JOIN funnel_collision_sign AS sign
                ON sign.partner_id = person.id AND %(is_identity)s
             WHERE up.parent_id IS NULL
            """,
            climb=self._climb(scope),
            is_identity=self._is_identity(),
        )

    def _known_of_leads(self, ids) -> SQL:
        return SQL(
            """
            SELECT lead.id, lead.id, lead.id, lead.company_id,
                   lead.active, lead.partner_id IS NULL, sign.kind, sign.value
              FROM crm_lead AS lead
         LEFT JOIN funnel_collision_sign AS sign
                ON sign.lead_id = lead.id AND %s
             WHERE lead.id = ANY(%s)
            """,
            self._is_identity(),
            ids,
        )

    def _is_identity(self) -> SQL:
        return SQL("sign.kind = ANY(%s) AND sign.value <> ''", list(IDENTITY_KINDS))

    @api.model
    def _get_news(
        self, records, before: Sequence[Known], after: Sequence[Known]
    ) -> dict[int, set[Sign]]:
        """Return customer's or lead's id -> phones and tax IDs that nobody and nothing
        of it had before. In a company that refuses what is the same, only those are no
        news that were in such a company before.

        :param records: those that were written
        :param before: as ``_read_known`` told before that; nothing of new ones
        :param after: as it tells now
        """
        touched = {row.record for row in before}.union(records.ids)
        tops = {row.entity: row.top for row in after}
        made_from = MadeFrom.of(records.env)
        known = made_from.known if made_from else ()
        refusing = self._get_refusing(records.env, (*before, *after, *known))
        asked = {
            row.entity
            for row in after
            if row.record in touched and row.company in refusing
        }
        had: dict[int, set[Sign]] = defaultdict(set)
        news: dict[int, set[Sign]] = {entity: set() for entity in tops}
        for row in before:
            # Out of the company that it belonged to it is one of its own.
            is_its = row.counts and row.top in (row.entity, tops.get(row.entity))
            if is_its and (row.company in refusing or row.entity not in asked):
                had[row.entity].add((row.kind, row.value))
        for row in after:
            if row.counts and row.kind:
                if row.record in touched:
                    news[row.entity].add((row.kind, row.value))
                elif row.company in refusing or row.entity not in asked:
                    had[row.entity].add((row.kind, row.value))
        for entity in tops:
            for row in known:
                if row.company in refusing or entity not in asked:
                    had[entity].add((row.kind, row.value))
        return {entity: news[entity] - had[entity] for entity in news}

    @api.model
    def _get_refusing(self, env, rows: Sequence[Known]) -> set[int | None]:
        """Return those of the companies of rows, None for no company, in which what is
        the same is refused to the user."""
        # sudo: what a company has decided holds for whoever works for it.
        companies = env["res.company"].sudo()
        companies = companies.browse({row.company for row in rows if row.company})
        refusing = set(companies.filtered("is_identity_refused").ids)
        if self._get_company_of_none(env).is_identity_refused:
            refusing.add(None)
        return refusing

    @api.model
    def _get_company_of_none(self, env):
        """Return the company that decides of what is of none: each of the user's does,
        since the one in which he works at the moment a client says."""
        # sudo: as above
        of_user = env.user.sudo().company_ids.filtered("is_identity_refused")[:1]
        return of_user or env.company.sudo()  # sudo: as above

    @api.model
    def _get_restored(
        self, before: Sequence[Known], after: Sequence[Known]
    ) -> dict[int, set[Sign]]:
        """Return customer's or lead's id -> phones and tax IDs of it that are as they
        were while it was archived; parameters as of ``_get_news``."""
        archived = {row._replace(is_active=True) for row in before if not row.is_active}
        restored: dict[int, set[Sign]] = {}
        for row in archived.intersection(after):
            restored.setdefault(row.entity, set()).add((row.kind, row.value))
        return restored

    @api.model
    def _get_changed(
        self, records, before: Sequence[Known], after: Sequence[Known], news
    ) -> dict[int, set[str]]:
        """Return record id -> kinds of signs to look at: of what is new, and all of
        records that count for a customer or lead for which they did not, since they
        were archived or belonged to somebody else; parameters as of ``_get_news``."""
        touched = {row.record for row in before}.union(records.ids)
        stayed = {(row.record, row.entity, row.top) for row in before if row.counts}
        kinds = self.env["funnel.collision.sign"]._fields["kind"].get_values(self.env)
        changed: dict[int, set[str]] = {}
        for row in after:
            if not row.counts or row.record not in touched:
                continue
            places = {(row.record, row.entity, top) for top in (row.top, row.entity)}
            if not places & stayed:
                changed.setdefault(row.record, set()).update(kinds)
            elif (row.kind, row.value) in news[row.entity]:
                changed.setdefault(row.record, set()).add(row.kind)
        return changed

    @api.model
    def _made_from(self, records, target=None) -> dict:
        """Return the context in which something is made from partners or leads: of what
        counts for themselves, not for the companies that they belong to.

        :param target: the one of them that the others become part of
        """
        known = [row for row in self._read_known(records) if row.counts and row.kind]
        of_target = {
            (row.entity, row.top) for row in known if target and row.record == target.id
        }
        entities = {entity for entity, _top in of_target}
        tops = {top for _entity, top in of_target}
        own = set(records.ids)
        known = [
            row
            for row in known
            if row.entity in entities
            or (row.entity in own and row.top in (row.entity, *tops))
        ]
        return {MADE_FROM: MadeFrom(records, known)}

    @api.model
    def _get_paired(self, made_from: MadeFrom) -> set[Entity]:
        """Return what the records that something is made from are in the list with: the
        list says it once."""
        side = "partner_id" if made_from.model == PARTNER else "lead_id"
        pairs = self.search(
            ["|", (side, "in", made_from.ids), (f"other_{side}", "in", made_from.ids)]
        )
        return {(one._name, one.id) for pair in pairs for one in pair._get_records()}
