import hmac as hmac_lib
from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import hmac

from ...tools.matching import STRONG
from .funnel_collision_search import IDENTITY, LEAD, PARTNER, Asked, Entity, Found

MOST = 20  # are told at once
SPARE = 30  # more are looked at: some of them may be decided, or not told
VALUES = 5  # of one kind are looked at
HIDDEN = 5  # of them are hidden from the user
LONGEST = 300  # characters of a value that are looked at
TOLD_FIELDS = {
    "res.partner": ["name", "user_id", "company_id", "last_contact_date"],
    "crm.lead": [
        "partner_name",
        "contact_name",
        "partner_id",
        "user_id",
        "company_id",
        "last_contact_date",
    ],
    "res.company": ["is_told_to_others"],
}


class Told(NamedTuple):
    """What may be told of a customer or lead to whoever looks it up."""

    name: str
    user_id: int | None
    owner: str | None
    last_contact: datetime | None
    is_hidden: bool  # from the user
    is_kept: bool  # by its company, from users of others


class Own(NamedTuple):
    """What the user is about to enter, or has open."""

    asked: list[Asked]
    first: set[tuple[str, str]]  # signs by which he is told of what is hidden
    name: str
    record: models.BaseModel | None  # if it is saved, and the user may read it
    entity: Entity | None  # the customer or lead that it is, or is a contact of
    customer: int | None  # the commercial partner that it is, or is of
    is_lead: bool


class FunnelCollisionLookup(models.AbstractModel):
    """What a user is told of customers and leads that may be the one that he enters."""

    _name = "funnel.collision.lookup"
    _description = "Collision Check"

    @api.model
    def _find(self, values, limit=5) -> list[dict]:
        """Return what ``funnel_find_similar`` of a partner tells."""
        limit = min(max(limit, 1), MOST) if type(limit) is int else 5
        own = self._read_values(values)
        found = self._search_open(own)[: limit + SPARE]
        told = self._read_tellable(found, own.first)
        answers, hidden, is_more = [], 0, False
        for one in found:
            who = told.get(one.entity)
            if not who or len(answers) == limit or who.is_hidden and hidden == HIDDEN:
                continue
            hidden += who.is_hidden
            if self._may_tell(one, who):
                answers.append(self._tell(one, who))
            elif not is_more:
                is_more = True
                answers.append(self._tell_nothing())
        return answers

    def _tell(self, one: Found, told: Told) -> dict:
        day = told.last_contact and fields.Datetime.context_timestamp(
            self, told.last_contact
        )
        return {
            "key": self._get_key(one),
            "model": one.model,
            "id": None if told.is_hidden else one.id,
            "name": told.name,
            "score": one.score,
            "is_strong": one.score >= STRONG,
            "reasons": one.reasons,
            "reason_labels": self.env["funnel.collision"]._label_reasons(one.reasons),
            "owner": told.owner or False,
            "last_contact": fields.Date.to_string(day.date()) if day else False,
        }

    @api.model
    def _get_key(self, one: Found) -> str:
        """Return what stands for a customer or lead without telling which one."""
        # sudo: to read the secret.
        return hmac(self.sudo().env, self._name, (self.env.uid, *one.entity))

    # ------------------------------------------------------------------
    # What is asked
    # ------------------------------------------------------------------

    @api.model
    def _read_values(self, values) -> Own:
        """Return what the user enters. It is whatever a client sends: of ids that the
        user may not read nothing is taken, or he could try which one it is."""
        values = values if isinstance(values, dict) else {}
        model = LEAD if values.get("model") == LEAD else PARTNER
        record = self._read_id(model, values.get("id"))
        if model == LEAD:
            customer = self._read_id(PARTNER, values.get("partner_id"))
            if "partner_id" not in values:
                customer = record.partner_id
            entity = (LEAD, record.id) if record else None
        else:
            customer = self._read_id(PARTNER, values.get("parent_id")) or record
            # sudo: which customer it is of; of this one nothing is told.
            own = customer.sudo().commercial_partner_id
            entity = (PARTNER, own.id) if own else None
        # sudo: as above
        family = customer.sudo().commercial_partner_id.id or None
        asked = self._get_asked(values, model, is_contact=customer != record)
        name = next((row.source for row in asked if row.kind == "name"), "")
        if model == PARTNER and customer != record:
            name = own.name or ""
        first = self._get_first(asked)
        return Own(asked, first, name, record or None, entity, family, model == LEAD)

    @api.model
    def _read_id(self, model, key):
        records = self.env[model]
        if type(key) is not int or key <= 0 or not records.has_access("read"):
            return records
        return records.browse(key).exists()._filtered_access("read")

    @api.model
    def _get_asked(self, values, model, is_contact) -> list[Asked]:
        """Return the signs of what is entered.

        :param is_contact: it is a contact person of a customer
        """
        signs = self.env["funnel.collision.sign"]
        names, people = _texts(values, "name"), _texts(values, "contact_name")
        if model == PARTNER:
            is_person = not values.get("is_company")
        else:
            is_person = not names
        if is_contact and model == PARTNER:
            names, people = [], names + people
        elif is_person:
            names = names or people
            people = names + people
        sources = [("name", name) for name in names[:1]]
        sources += [("person", name) for name in people]
        sources += [("mail", address) for address in _texts(values, "email")]
        phones, tax_ids = _texts(values, "phone"), _texts(values, "vat")
        countries = self._get_countries(values) if phones or tax_ids else ()
        for code, calling_code in countries:
            sources += [("phone", f"{calling_code} {phone}") for phone in phones]
            sources += [("tax", f"{code} {tax_id}") for tax_id in tax_ids]
        country = self._read_id("res.country", values.get("country_id")).code or ""
        return [
            Asked(0, kind, value, source, is_person, country)
            for kind, source in dict.fromkeys(sources)
            for value in signs._get_values(kind, source)
        ]

    def _get_countries(self, values) -> set[tuple[str, int]]:
        """Return code and calling code of the countries that a number without any may be
        of: of a record without a country it is known only where it is entered."""
        country = self._read_id("res.country", values.get("country_id"))
        if country:
            return {(country.code or "", country.phone_code or 0)}
        own = self.env.company.country_id
        sign = self.env["funnel.collision.sign"]
        home = self.env.execute_query(sign._home()) or [("", 0)]
        return {(own.code or "", own.phone_code or 0), *(tuple(row) for row in home)}

    # ------------------------------------------------------------------
    # What is found
    # ------------------------------------------------------------------

    @api.model
    def _search_open(self, own: Own) -> list[Found]:
        """Return what is like it, but what it is itself, what belongs to it, and what
        was said to be different."""
        self.env.flush_all()
        # sudo: the search reads everything; what is told is decided later.
        search = self.env["funnel.collision.search"].sudo()
        found = search._search_similar(own.asked).get(0, [])
        customers = {one.entity for one in found if one.model == PARTNER}
        found = [
            one
            for one in found
            if one.entity != own.entity
            and not (own.customer and one.customer == own.customer)
            # The customer stands for his leads.
            and not (one.model == LEAD and (PARTNER, one.customer) in customers)
        ]
        if own.customer:
            pairs = [((PARTNER, own.customer), one, "") for one in found]
            # sudo: as above
            pairs = self.env["funnel.collision"].sudo()._without_family(pairs)
            found = [one for _own, one, _name in pairs]
        found = self._find_opportunities(own) + found
        found.sort(key=lambda one: -one.score)
        return self._without_decided(own, found[: 2 * (MOST + SPARE)])

    def _find_opportunities(self, own: Own) -> list[Found]:
        """Return open opportunities of colleagues with the customer of this one."""
        if not own.customer or not own.is_lead:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lead.id
                  FROM crm_lead AS lead
                  JOIN res_partner AS partner ON partner.id = lead.partner_id
                 WHERE partner.commercial_partner_id = %s
                   AND lead.active AND lead.type = 'opportunity'
                   AND lead.won_status = 'pending'
                   AND lead.user_id <> %s AND lead.id <> %s
              ORDER BY lead.id DESC LIMIT %s
                """,
                own.customer,
                self.env.uid,
                own.record.id if own.record else 0,
                MOST,
            )
        )
        sure = IDENTITY["same_opportunity"]
        return [
            Found(LEAD, key, own.customer, sure, ["same_opportunity"])
            for (key,) in rows
        ]

    def _without_decided(self, own: Own, found: list[Found]) -> list[Found]:
        decided = self._read_decided(own, found)
        if not decided:
            return found
        search = self.env["funnel.collision.search"]
        evidences = self._get_evidences(
            own, [one for one in found if one.entity in decided]
        )
        return [
            one
            for one in found
            if not any(
                search._is_decided(evidences[one.entity], answer)
                for answer in decided.get(one.entity, ())
            )
        ]

    def _get_evidences(self, own: Own, found: list[Found]) -> dict[Entity, dict]:
        search = self.env["funnel.collision.search"]
        names = self.env["funnel.collision"]._read_names([one.entity for one in found])
        return {
            one.entity: search._get_evidence(
                own.name, names.get(one.entity, ""), one.shared
            )
            for one in found
        }

    def _read_decided(self, own: Own, found: list[Found]) -> dict[Entity, list[dict]]:
        """Return customer or lead -> what decisions on it and this one were about."""
        # sudo: a decision holds for everybody, whoever may read the pair.
        answers = self.env["funnel.collision.answer"].sudo()._get_different()
        decided = {}
        for answer in answers:
            decided.setdefault(answer._get_entity(), []).append(answer.evidence)
        if not own.entity:
            return decided
        pairs = self.env["funnel.collision"]
        domain = Domain.OR(
            pairs._get_pair_domain(own.entity, one.entity)
            for one in found
            if one.entity != own.entity
        )
        # sudo: as above
        different = pairs.sudo().search(domain & Domain("state", "=", "different"))
        for pair in different:
            for side in pair._get_records():
                decided.setdefault((side._name, side.id), []).append(pair.evidence)
        return decided

    # ------------------------------------------------------------------
    # What is told
    # ------------------------------------------------------------------

    @api.model
    def _read_tellable(self, found: list[Found], first=None) -> dict[Entity, Told]:
        """Return what may be told of each, in a constant number of statements. What a
        company keeps from others is left out, and what is hidden and not sure.

        :param first: kinds and values of signs that tell of what is hidden, by default
            all of them
        """
        ids = {
            model: [one.id for one in found if one.model == model]
            for model in (PARTNER, LEAD)
        }
        readable = {
            (model, key)
            for model in ids
            for key in self._get_readable(model, ids[model])
        }
        own_companies = set(self.env.user.company_ids.ids)
        told = {}
        for model, key, company, is_told, *row in self._read_told(ids):
            is_hidden = (model, key) not in readable
            is_kept = bool(company) and not is_told
            # A program reads everything, but writes for others.
            if is_kept and (is_hidden or self.env.su) and company not in own_companies:
                continue
            told[model, key] = Told(*row, is_hidden, is_kept)
        return {
            one.entity: told[one.entity]
            for one in found
            if one.entity in told
            and (not told[one.entity].is_hidden or self._is_tellable(one, first))
        }

    def _get_readable(self, model, ids) -> list[int]:
        records = self.env[model]
        if not ids or not records.has_access("read"):
            return []
        # By the rules in one statement, without reading the records.
        return records.with_context(active_test=False).search([("id", "in", ids)]).ids

    def _read_told(self, ids):
        """Return model, id, company, whether it tells others, name, salesperson's user
        id and name, and the time of the last contact."""
        for model, fnames in TOLD_FIELDS.items():
            self.env[model].flush_model(fnames)
        return self.env.execute_query(
            SQL(
                """
                SELECT row.model, row.id, row.company_id,
                       company.is_told_to_others IS NOT FALSE,
                       COALESCE(row.name, %(nameless)s), row.user_id, owner.name,
                       row.last_contact_date
                  FROM (SELECT %(partner)s AS model, id, company_id, name, user_id,
                               last_contact_date
                          FROM res_partner WHERE id = ANY(%(partners)s)
                     UNION ALL
                        SELECT %(lead)s, lead.id, lead.company_id,
                               COALESCE(customer.name,
                                        NULLIF(BTRIM(lead.partner_name), ''),
                                        NULLIF(BTRIM(lead.contact_name), '')),
                               lead.user_id, lead.last_contact_date
                          FROM crm_lead AS lead
                     LEFT JOIN res_partner AS its ON its.id = lead.partner_id
                     LEFT JOIN res_partner AS customer
                            ON customer.id = its.commercial_partner_id
                         WHERE lead.id = ANY(%(leads)s)) AS row
             LEFT JOIN res_company AS company ON company.id = row.company_id
             LEFT JOIN res_users AS users ON users.id = row.user_id
             LEFT JOIN res_partner AS owner ON owner.id = users.partner_id
                """,
                nameless=self.env._("(without a name)"),
                partner=PARTNER,
                partners=ids[PARTNER],
                lead=LEAD,
                leads=ids[LEAD],
            )
        )

    # ------------------------------------------------------------------
    # What is answered
    # ------------------------------------------------------------------

    @api.model
    def _get_by_key(self, own: Own, key) -> Found:
        """Return what a key was told for, as long as it is told.

        :raise UserError: it is not, or the key is none
        """
        found = self._search_open(own)
        told = self._read_tellable(found, own.first)
        for one in found:
            is_it = isinstance(key, str) and hmac_lib.compare_digest(
                self._get_key(one).encode(), key.encode(errors="replace")
            )
            if is_it and one.entity in told:
                return one
        raise UserError(self.env._("This is not similar any more."))

    @api.model
    def _keep_apart(self, values, key, note=None) -> bool:
        own = self._read_values(values)
        if own.record and not own.record.has_access("write"):
            raise AccessError(self.env._("You may not change this record."))
        one = self._get_by_key(own, key)
        note = _clean(note) if isinstance(note, str) else ""
        if own.entity and own.record:
            # sudo: decisions are written by the check alone; who decides may change his
            # record, and what is written tells him nothing of the other one.
            pairs = self.env["funnel.collision"].sudo()
            pairs._decide_different(own.entity, one, own.name, note)
        else:
            evidence = self._get_evidences(own, [one])[one.entity]
            answers = self.env["funnel.collision.answer"].sudo()  # sudo: as above
            answers._remember(one, evidence, note)
        return True


def _texts(values, key) -> list[str]:
    """Return the texts of a value: one, or a few in a list."""
    found = values.get(key)
    texts = found[:VALUES] if isinstance(found, list) else [found]
    texts = [_clean(text) for text in texts if isinstance(text, str)]
    return [text for text in texts if text]


def _clean(text: str) -> str:
    """Return a text without what PostgreSQL does not take."""
    text = text[:LONGEST].replace("\0", "").encode(errors="ignore").decode()
    return text.strip()
