import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from odoo import api, models, tools
from odoo.tools import SQL

from ...tools.matching import (
    SIMILAR,
    STRONG,
    normalize,
    reasons,
    score,
    search_grams,
)
from ...tools.matching.text import is_wide

FETCHED = 100  # names that are compared with one that is looked for; 200 find no more
FETCHED_OF_MANY = 30  # of each, where many are looked for and only the same are wanted
HITS = 3000  # rows that the index may give for one; commoner pieces are left out
HITS_OF_MANY = 600
RARE = 1 / 20000  # how often a piece is met that the statistics do not know
SHARED = 500  # records of one phone or domain that are looked at
# Pairs of one phone, domain or name: what more customers have is nobody's own, but of an
# agent or of branches, and would fill the list. Fewer than FETCHED_OF_MANY. Of one tax
# ID or mail, which always is somebody's own, so many others are looked at.
MANY = 20
PERSON_NAME = 4  # characters or words that the name of a person has at most
LIKELY_PERSON = 0.8  # people of one name are many
SAME_PERSON = 0.6
ELSEWHERE = 0.84  # what is left where the countries differ: no pair by the name alone
# Firms of one of them have their seat in another one, as often as not.
ONE_COUNTRY = frozenset(("CN", "HK", "MO", "TW"))
# How sure it is by each sign alone that two records are one customer.
IDENTITY = {
    "same_tax_id": 1.0,
    "same_email": 0.95,
    "same_phone": 0.9,
    "same_opportunity": 0.9,
    "same_mail_domain": 0.8,
}
PARTNER, LEAD = "res.partner", "crm.lead"
Entity = tuple[str, int]  # model and id: a commercial partner or a lead


class Asked(NamedTuple):
    """A sign of what is looked for."""

    query: int
    kind: str
    value: str
    source: str
    is_person: bool
    country: str = ""  # its code, if it is known


@dataclass
class Found:
    """What a customer or lead has in common with what is looked for."""

    model: str
    id: int
    customer: int | None = None  # the commercial partner that it is, or is of
    score: float = 0.0
    reasons: list[str] = field(default_factory=list)
    by_name: float = 0.0
    is_elsewhere: bool = False  # in another country
    asked: str = ""  # the name that was asked for
    source: str = ""  # and the one by which it was found
    shared: set[tuple[str, str]] = field(default_factory=set)
    # What is common only by what is entered together: nothing for the list, but refused.
    crowded: set[tuple[str, str]] = field(default_factory=set)

    @property
    def entity(self) -> Entity:
        return self.model, self.id

    @property
    def whose(self) -> Entity:
        """The customer that it is, or is of; else the lead."""
        return (PARTNER, self.customer) if self.customer else self.entity


class FunnelCollisionSearch(models.AbstractModel):
    """Finds customers and leads that may be the same. It reads everything: what of it
    is told is decided by who asks it."""

    _name = "funnel.collision.search"
    _description = "Search for the Same Customer"

    @api.model
    def _search_similar(
        self, asked: list[Asked], entered: Collection[Entity] | None = None
    ) -> dict[int, list[Found]]:
        """Return query -> what has a sign in common with it, the likeliest first.

        A constant number of statements, however many are asked.

        :param entered: customers and leads that are entered now, if what very many have
            in common does not matter: what was common before them is refused to nobody
        """
        found: dict[int, dict[Entity, Found]] = {row.query: {} for row in asked}
        names = {row.query: row for row in asked if row.kind == "name" and row.value}
        for query, source, is_person, country, *entity in self._fetch_names(names):
            name = names[query]
            likely = self._compare(name, source, is_person, country)
            if likely >= SIMILAR:
                one = self._get_found(found[query], *entity)
                if likely > one.by_name:
                    one.by_name, one.asked, one.source = likely, name.source, source
                    one.is_elsewhere = self._is_elsewhere(name.country, country)
        signs = [row for row in asked if row.kind != "name" and row.value]
        for query, kind, value, *entity in self._fetch_signs(signs):
            self._get_found(found[query], *entity).shared.add((kind, value))
        if entered is not None:
            for some in found.values():
                self._leave_out_common(list(some.values()), set(entered))
        return {
            query: self._judge(list(some.values())) for query, some in found.items()
        }

    @api.model
    def _leave_out_common(self, found: list[Found], entered: set[Entity]) -> None:
        """Take off what so many customers have in common that it tells nothing. The leads
        of a customer are one, and his people."""
        often: dict[tuple[str, str], set[Entity]] = defaultdict(set)
        for one in found:
            for sign in one.shared:
                often[sign].add(one.whose)
        for sign, whose in often.items():
            if len(whose) <= MANY:
                continue
            others = whose - entered
            kept = crowded = set()
            if _is_own(*sign):
                # Those that were there before are told first.
                kept = {*sorted(others)[:MANY], *sorted(whose & entered)[:MANY]}
            elif len(others) <= MANY:
                crowded = others
            for one in found:
                if sign in one.shared and one.whose not in kept:
                    one.shared.discard(sign)
                    if one.whose in crowded:
                        one.crowded.add(sign)
        alike = [one for one in found if one.by_name >= STRONG]
        if len({one.whose for one in alike}) > MANY:
            for one in alike:
                one.by_name = 0.0

    def _get_found(self, found, partner, lead, customer) -> Found:
        entity = (LEAD, lead) if lead else (PARTNER, partner)
        if entity not in found:
            found[entity] = Found(*entity, customer=customer)
        return found[entity]

    @api.model
    def _compare(
        self, asked: Asked, source: str, is_person: bool, country: str | None
    ) -> float:
        """Return how alike two names are; two people of one name are not yet one, nor
        are two firms in different countries."""
        likely = score(asked.source, source)
        people = asked.is_person and is_person
        if likely > LIKELY_PERSON and people:
            people = _may_be_person(asked.source) and _may_be_person(source)
        if people:
            likely = min(likely, LIKELY_PERSON)
        is_elsewhere = self._is_elsewhere(asked.country, country)
        return likely * ELSEWHERE if is_elsewhere else likely

    @api.model
    def _is_elsewhere(self, country: str, other: str | None) -> bool:
        """Tell whether two are in different countries, as far as these are known."""
        if not country or not other or country == other:
            return False
        return not ONE_COUNTRY.issuperset((country, other))

    @api.model
    def _judge(self, found: list[Found]) -> list[Found]:
        """Say how sure it is of each, and why; leave out what has a contact person of
        the same name and nothing else."""
        for one in found:
            identity = self._get_identity(one)
            one.reasons = list(identity)
            unsure = 1 - one.by_name
            for reason in identity:
                unsure *= 1 - IDENTITY[reason]
            if (identity or one.by_name) and any(
                kind == "person" for kind, _value in one.shared
            ):
                one.reasons.append("same_contact")
                unsure *= 1 - SAME_PERSON
            if one.by_name:
                one.reasons += self._get_name_reasons(one)
            one.score = round(1 - unsure, 2)
        found = [one for one in found if one.reasons or one.crowded]
        return sorted(found, key=lambda one: (-one.score, one.model, one.id))

    def _get_name_reasons(self, one: Found) -> list[str]:
        found = reasons(one.asked, one.source) or ["similar_name"]
        if one.is_elsewhere:
            places = ("same_place", "other_place")
            found = [reason for reason in found if reason not in places]
            found.append("other_place")
        return found

    def _get_identity(self, one: Found) -> list[str]:
        """Return the reasons that do not lie in the name, the surest first."""
        known = set()
        for kind, value in one.shared:
            if kind == "tax":
                known.add("same_tax_id")
            elif kind == "phone":
                known.add("same_phone")
            elif kind == "mail":
                known.add("same_email" if "@" in value else "same_mail_domain")
        return [reason for reason in IDENTITY if reason in known]

    # ------------------------------------------------------------------
    # From the index
    # ------------------------------------------------------------------

    def _who(self) -> SQL:
        """Join the customer or lead of a sign; no users, no own companies, nothing
        archived."""
        return SQL(
            """
             LEFT JOIN res_partner AS person
                    ON person.id = sign.partner_id AND person.active
             LEFT JOIN res_partner AS partner
                    ON partner.id = person.commercial_partner_id
                   AND partner.active AND partner.partner_share IS NOT FALSE
                   AND NOT EXISTS (SELECT FROM res_company
                                    WHERE partner_id = partner.id)
             LEFT JOIN crm_lead AS lead ON lead.id = sign.lead_id AND lead.active
             LEFT JOIN res_partner AS its ON its.id = lead.partner_id
             LEFT JOIN res_country AS country
                    ON country.id = COALESCE(partner.country_id, lead.country_id)
                 WHERE COALESCE(partner.id, lead.id) IS NOT NULL
            """
        )

    def _fetch_names(self, names: dict[int, Asked]):
        """Return rows of query, name, whether of a person, country, partner id, lead id
        and the customer's id: names that share the rarest pieces."""
        pieces = self._choose_pieces(names)
        if not pieces:
            return []
        limit = FETCHED if len(names) == 1 else FETCHED_OF_MANY
        return self.env.execute_query(
            SQL(
                """
                WITH asked AS MATERIALIZED (
                         SELECT *
                           FROM UNNEST(%(queries)s::int4[], %(pieces)s::text[],
                                       %(weights)s::float8[])
                             AS row (query, piece, weight)),
                     hit AS (
                         SELECT asked.query, sign.id, SUM(asked.weight) AS weight
                           FROM asked
                           JOIN funnel_collision_sign AS sign
                             ON sign.kind = 'name'
                            AND sign.grams @> ARRAY[asked.piece]
                       GROUP BY asked.query, sign.id),
                     placed AS (
                         SELECT query, id, ROW_NUMBER() OVER (
                                    PARTITION BY query ORDER BY weight DESC, id) AS place
                           FROM hit),
                     -- The limit tells PostgreSQL how few they are.
                     best AS MATERIALIZED (
                         SELECT query, id FROM placed WHERE place <= %(limit)s
                          LIMIT %(most)s)
                SELECT best.query, sign.source, sign.is_person, country.code,
                       partner.id, lead.id,
                       COALESCE(partner.id, its.commercial_partner_id)
                  FROM best
                  JOIN funnel_collision_sign AS sign ON sign.id = best.id
                       %(who)s
                """,
                queries=[query for query, _piece, _weight in pieces],
                pieces=[piece for _query, piece, _weight in pieces],
                weights=[weight for _query, _piece, weight in pieces],
                who=self._who(),
                limit=limit,
                most=limit * len(names),
            )
        )

    def _choose_pieces(self, names: dict[int, Asked]) -> list[tuple[int, str, float]]:
        """Return query, gram, weight: the rarest grams of each name, as many as the
        index answers quickly."""
        of_query = {
            query: search_grams(name.source)
            for query, name in names.items()
            if len(name.value) > 1
        }
        # Counted anew every hour.
        rows, often = self._read_frequencies(int(time.time() // 3600))
        most = HITS if len(names) == 1 else HITS_OF_MANY
        chosen = []
        for query, pieces in of_query.items():
            expected = 0.0
            for piece in sorted(pieces, key=lambda piece: often.get(piece, 0.0)):
                frequency = often.get(piece, RARE)
                expected += frequency * rows
                if expected > most and chosen and chosen[-1][0] == query:
                    break
                chosen.append((query, piece, -math.log(min(frequency, 0.9))))
        return chosen

    @tools.ormcache("hour")
    def _read_frequencies(self, hour: int) -> tuple[float, dict[str, float]]:
        """Return how many names there are, about, and gram -> in which part of them it
        is, for those that are common."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT reltuples * (1 - stats.null_frac) FROM pg_class
                         WHERE oid = 'funnel_collision_sign'::regclass),
                       stats.most_common_elems::text::text[],
                       stats.most_common_elem_freqs
                  FROM pg_stats AS stats
                 WHERE stats.schemaname = CURRENT_SCHEMA
                   AND stats.tablename = 'funnel_collision_sign'
                   AND stats.attname = 'grams'
                """
            )
        )
        if not rows:
            return 0.0, {}
        [(count, pieces, frequencies)] = rows
        # The frequencies end with their least, greatest and that of nothing.
        return max(count, 0.0), dict(zip(pieces or (), frequencies or (), strict=False))

    def _fetch_signs(self, signs: list[Asked]):
        """Return rows of query, kind, value, partner id, lead id and customer's id: who
        has the same sign."""
        if not signs:
            return []
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT asked.query, sign.kind, sign.value, partner.id, lead.id,
                       COALESCE(partner.id, its.commercial_partner_id)
                  FROM UNNEST(%(queries)s::int4[], %(kinds)s::varchar[],
                              %(values)s::varchar[]) AS asked (query, kind, value)
            CROSS JOIN LATERAL (
                           SELECT * FROM funnel_collision_sign
                            WHERE kind = asked.kind AND value = asked.value
                              AND kind <> 'name' AND value <> ''
                            LIMIT %(limit)s) AS sign
                       %(who)s
                """,
                queries=[row.query for row in signs],
                kinds=[row.kind for row in signs],
                values=[row.value for row in signs],
                limit=SHARED,
                who=self._who(),
            )
        )

    # ------------------------------------------------------------------
    # Pairs of records
    # ------------------------------------------------------------------

    @api.model
    def _search_pairs(
        self, records, least: float, changed: dict[int, set[str]] | None = None
    ) -> list[tuple[Entity, Found, str]]:
        """Return customers and leads that are the same as these partners or leads: who,
        what was found, and the name of who. Leads of a customer stand for him.

        :param least: how sure it must be
        :param changed: record id -> kinds of signs to look at; by default all of the
            customers, those of their people too
        """
        asked, entities, names = [], [], []
        places: dict[int, int] = {}
        for entity, name, record, *sign in self._read_asked(records, changed is None):
            if changed is not None and sign[0] not in changed.get(record, ()):
                continue
            if entity not in places:
                places[entity] = len(entities)
                entities.append((records._name, entity))
                names.append(name or "")
            asked.append(Asked(places[entity], *sign))
        pairs = []
        similar = self._search_similar(asked, () if changed is None else entities)
        for query, found in similar.items():
            model, entity = entities[query]
            for one in found:
                is_same = one.entity == (model, entity)
                # A lead of a customer is no other customer.
                if one.score < least and not one.crowded:
                    continue
                if not is_same and not self._is_led(one):
                    pairs.append(((model, entity), one, names[query]))
        return pairs

    def _is_led(self, one: Found) -> bool:
        return one.model == LEAD and bool(one.customer)

    def _read_asked(self, records, is_whole):
        """Return rows of the commercial partner's or lead's id, its name, the record's
        id, and the sign with the country.

        :param is_whole: all signs of the customers, not only those of the partners
        """
        whose = SQL("sign.partner_id = ANY(%s)", records.ids)
        if records._name == LEAD:
            whose = SQL("sign.lead_id = ANY(%s) AND its.id IS NULL", records.ids)
        elif is_whole:
            whose = SQL(
                "sign.partner_id IN (SELECT id FROM res_partner"
                " WHERE commercial_partner_id = ANY(%s))",
                records.ids,
            )
        return self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(partner.id, lead.id),
                       COALESCE(partner.name, NULLIF(BTRIM(lead.partner_name), ''),
                                lead.contact_name),
                       COALESCE(sign.partner_id, sign.lead_id),
                       sign.kind, sign.value, sign.source, sign.is_person,
                       COALESCE(country.code, '')
                  FROM funnel_collision_sign AS sign
                       %s
                   AND %s
              ORDER BY 1, sign.id
                """,
                self._who(),
                whose,
            )
        )

    # ------------------------------------------------------------------
    # What a decision was about
    # ------------------------------------------------------------------

    @api.model
    def _get_evidence(self, name: str, other: str, shared) -> dict:
        """Return what a decision on two records holds for: their names, and what they
        have in common. As digests, since the row is read by who may not read a side.

        :param shared: kinds and values of signs
        """
        names = sorted((normalize(name), normalize(other)))
        signs = [sign for sign in shared if sign[0] != "person"]
        return {
            "names": _digest(*names),
            "shared": sorted(_digest(kind, value) for kind, value in signs),
        }

    @api.model
    def _get_known(self, evidence: dict | None, shared) -> set[tuple[str, str]]:
        """Return those of the signs that two were known to have in common."""
        digests = set(evidence["shared"]) if evidence else set()
        return {sign for sign in shared if _digest(*sign) in digests}

    @api.model
    def _is_decided(self, evidence: dict, decided: dict | None) -> bool:
        """Tell whether what was decided still answers what is found now."""
        return bool(decided) and (
            evidence["names"] == decided["names"]
            and set(evidence["shared"]) <= set(decided["shared"])
        )


def _is_own(kind: str, value: str) -> bool:
    """Tell whether a sign is of one customer, however many have it."""
    return kind == "tax" or kind == "mail" and "@" in value


def _may_be_person(name: str) -> bool:
    """Tell whether a name may be that of a person: it is short, and nothing of it is a
    legal form or a place."""
    if is_wide(name):
        return len(name) <= PERSON_NAME
    words = name.split()
    return len(words) <= PERSON_NAME and len(normalize(name).split()) == len(words)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
