import logging
from collections.abc import Callable

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ...tools.matching import (
    email_domain,
    grams,
    identity,
    normalize,
    normalize_phones,
    normalize_tax_id,
)

AT_ONCE = 5000  # ids of records that are compared in one transaction
LONGEST = 320  # characters that are kept of what is no name
# Of one field are kept: what is read holds no more, with one sign between two.
NUMBERS = identity.LONGEST // (identity.SHORTEST + 1)
# By which rules values are made. Signs that were made by others are made anew by the
# nightly job, which an update starts: one more whenever a value may become another one.
RULES = 4
REPAIR = "crm_sales_funnel.funnel_collision_cron_repair"
SIDES = {"res.partner": "partner_id", "crm.lead": "lead_id"}
# What of a record makes its signs, and which fields change them.
PARTNER_FIELDS = (
    "name",
    "phone",
    "email",
    "vat",
    "type",
    "is_company",
    "country_id",
    "company_id",
    "commercial_partner_id",
)
LEAD_FIELDS = (
    "partner_name",
    "contact_name",
    "phone",
    "email_from",
    "country_id",
    "company_id",
)
ATTEMPTS = 3

_logger = logging.getLogger(__name__)


class FunnelCollisionSign(models.Model):
    """By what a customer or lead is known: one row for its name, its contact person, its
    mail, its tax ID and each of the numbers in its phone field.

    ``source`` is what stands on the record, with the calling code or the country before
    a phone or tax ID; ``value`` is how it is compared, and empty where it tells nothing.
    Names have their grams in a column that the ORM does not know.
    """

    _name = "funnel.collision.sign"
    _description = "Sign of a Customer or Lead"
    _log_access = False
    _rec_name = "source"

    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade")
    lead_id = fields.Many2one("crm.lead", readonly=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("name", "Name"),
            ("person", "Contact Person"),
            ("phone", "Phone"),
            ("mail", "Mail"),
            ("tax", "Tax ID"),
        ],
        required=True,
        readonly=True,
    )
    number = fields.Integer(
        string="Which of Several", readonly=True, required=True, default=0
    )
    source = fields.Char(required=True, readonly=True)
    value = fields.Char(string="Compared As", required=True, readonly=True)
    is_person = fields.Boolean(string="Of a Person", required=True, readonly=True)

    rules = fields.Integer(string="Made by Rules", readonly=True)

    _once_of_partner = models.Constraint("UNIQUE (partner_id, kind, number)")
    _once_of_lead = models.Constraint("UNIQUE (lead_id, kind, number)")
    _of_one = models.Constraint("CHECK ((partner_id IS NULL) <> (lead_id IS NULL))")
    _value_index = models.Index("(kind, value) WHERE kind <> 'name' AND value <> ''")

    def init(self):
        cr = self.env.cr
        if not column_exists(cr, self._table, "grams"):
            create_column(cr, self._table, "grams", "text[]")
            # Common pieces are told from rare ones by the statistics.
            cr.execute(
                "ALTER TABLE funnel_collision_sign"
                " ALTER COLUMN grams SET STATISTICS 1000"
            )
        # Whoever looks something up would read all that waits to be put in the index.
        cr.execute(
            "CREATE INDEX IF NOT EXISTS funnel_collision_sign_grams_index"
            " ON funnel_collision_sign USING gin (grams) WITH (fastupdate = off)"
            " WHERE kind = 'name'"
        )
        self._renew_soon()

    @api.model
    def _renew_soon(self) -> None:
        """Let the nightly job make anew what was made by other rules; not before the
        night where there is none yet."""
        job = self.env.ref(REPAIR, raise_if_not_found=False)
        if not job:
            return
        [(is_old,)] = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT FROM funnel_collision_sign"
                " WHERE rules IS DISTINCT FROM %s)",
                RULES,
            )
        )
        if is_old:
            job._trigger()

    # ------------------------------------------------------------------
    # What they follow from
    # ------------------------------------------------------------------

    @api.model
    def _sources(self, model: str, scope: Callable[[SQL], SQL]) -> SQL:
        """Return a query of ``record``, ``kind``, ``source`` and ``is_person``.

        :param scope: makes the condition of a column with ids of records
        """
        is_partner = model == "res.partner"
        return SQL(
            """
            SELECT record.id AS record, sign.kind, sign.source, %(is_person)s AS is_person
              FROM %(table)s AS record
         LEFT JOIN res_country AS country ON country.id = record.country_id
         LEFT JOIN res_company AS company ON company.id = record.company_id
         LEFT JOIN res_partner AS firm ON firm.id = company.partner_id
         LEFT JOIN res_country AS near ON near.id = firm.country_id
         LEFT JOIN (%(home)s) AS home ON TRUE
        CROSS JOIN LATERAL (VALUES %(signs)s) AS sign (kind, source)
             WHERE %(scope)s AND sign.source <> ''
            """,
            is_person=SQL("record.is_company IS NOT TRUE")
            if is_partner
            else SQL("COALESCE(BTRIM(record.partner_name), '') = ''"),
            table=SQL.identifier(self.env[model]._table),
            home=self._home(),
            signs=self._signs_of_partner() if is_partner else self._signs_of_lead(),
            scope=scope(SQL("record.id")),
        )

    def _home(self) -> SQL:
        """The country of what has none, nor a company."""
        return SQL(
            """
            SELECT country.code, country.phone_code
              FROM res_company AS company
              JOIN res_partner AS firm ON firm.id = company.partner_id
              JOIN res_country AS country ON country.id = firm.country_id
          ORDER BY company.id LIMIT 1
            """
        )

    def _calling_code(self) -> SQL:
        return SQL(
            "COALESCE(country.phone_code, near.phone_code, home.phone_code, 0) || ' '"
        )

    def _signs_of_partner(self) -> SQL:
        return SQL(
            """
            (CASE WHEN record.commercial_partner_id = record.id
                  THEN 'name' ELSE 'person' END,
             CASE WHEN record.commercial_partner_id = record.id
                    OR record.type = 'contact' THEN BTRIM(record.name) END),
            ('phone', CASE WHEN %(is_known_by)s
                           THEN %(calling_code)s || record.phone END),
            ('mail', CASE WHEN %(is_known_by)s THEN record.email END),
            ('tax', CASE WHEN record.commercial_partner_id = record.id
                         THEN COALESCE(country.code, near.code, home.code, '')
                              || ' ' || record.vat END)
            """,
            calling_code=self._calling_code(),
            # At an address there may be a forwarder, who is at those of others too.
            is_known_by=SQL(
                "(record.commercial_partner_id = record.id"
                " OR COALESCE(record.type, 'contact') = 'contact')"
            ),
        )

    def _signs_of_lead(self) -> SQL:
        return SQL(
            """
            ('name', COALESCE(NULLIF(BTRIM(record.partner_name), ''),
                              BTRIM(record.contact_name))),
            ('person', CASE WHEN BTRIM(record.partner_name) <> ''
                            THEN BTRIM(record.contact_name) END),
            ('phone', %(calling_code)s || record.phone),
            ('mail', record.email_from)
            """,
            calling_code=self._calling_code(),
        )

    @api.model
    def _get_value(self, kind: str, source: str) -> str:
        """Return what a sign is compared as, the first if it is several; empty if it
        tells nothing."""
        return self._get_values(kind, source)[0]

    @api.model
    def _get_values(self, kind: str, source: str) -> list[str]:
        """Return what a sign is compared as: the numbers of a phone field, one value of
        all others, empty if it tells nothing."""
        if kind in ("name", "person"):
            return [normalize(source)]
        if kind == "mail":
            address = source.strip().casefold()[:LONGEST]
            return [email_domain(address) or (address if "@" in address else "")]
        country, _space, text = source.partition(" ")
        if kind == "tax":
            return [normalize_tax_id(text, country)[:LONGEST]]
        found = normalize_phones(text, country.lstrip("0"))
        return [number[:LONGEST] for number in found[:NUMBERS]] or [""]

    # ------------------------------------------------------------------
    # Written down
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, records) -> dict[int, set[str]]:
        """Write down the signs of partners or leads.

        :return: record id -> the kinds that are new or different
        """
        if not records:
            return {}
        is_partner = records._name == "res.partner"
        records.flush_recordset(PARTNER_FIELDS if is_partner else LEAD_FIELDS)
        ids = records.ids
        return self._write_down(
            records._name, lambda column: SQL("%s = ANY(%s)", column, ids)
        )

    @api.model
    def _write_down(self, model: str, scope: Callable[[SQL], SQL]):
        """Compare signs with their records, and mend what differs, in two statements."""
        side = SQL.identifier(SIDES[model])
        rows = self.env.execute_query(
            SQL(
                """
                WITH wanted AS MATERIALIZED (%(sources)s),
                     gone AS (
                         DELETE FROM funnel_collision_sign AS sign
                          WHERE %(scope)s AND NOT EXISTS (
                                SELECT FROM wanted
                                 WHERE wanted.record = sign.%(side)s
                                   AND wanted.kind = sign.kind))
                SELECT wanted.*
                  FROM wanted
             LEFT JOIN funnel_collision_sign AS sign
                    ON sign.%(side)s = wanted.record AND sign.kind = wanted.kind
                   AND sign.number = 0
                 WHERE (wanted.source, wanted.is_person, %(rules)s)
                       IS DISTINCT FROM (sign.source, sign.is_person, sign.rules)
              ORDER BY wanted.record
                """,
                sources=self._sources(model, scope),
                scope=scope(SQL("sign.%s", side)),
                side=side,
                rules=RULES,
            )
        )
        changed: dict[int, set[str]] = {}
        for record, kind, _source, _is_person in rows:
            changed.setdefault(record, set()).add(kind)
        if rows:
            self.env.cr.execute(self._upsert(side, rows))
        self.invalidate_model()
        return changed

    def _upsert(self, side: SQL, rows) -> SQL:
        values = [
            (record, kind, number, source, value, is_person)
            for record, kind, source, is_person in rows
            for number, value in enumerate(self._get_values(kind, source))
        ]
        pieces = [
            "\t".join(grams(value)) if kind == "name" else None
            for _record, kind, _number, _source, value, _is_person in values
        ]
        return SQL(
            """
            WITH made AS MATERIALIZED (
                     SELECT *
                       FROM UNNEST(%(records)s::int4[], %(kinds)s::varchar[],
                                   %(numbers)s::int4[], %(sources)s::varchar[],
                                   %(values)s::varchar[], %(persons)s::bool[],
                                   %(pieces)s::text[])
                         AS row (record, kind, number, source, value, is_person,
                                 pieces)),
                 fewer AS (
                     DELETE FROM funnel_collision_sign AS sign
                      USING (SELECT record, kind, MAX(number) AS last
                               FROM made GROUP BY record, kind) AS row
                      WHERE sign.%(side)s = row.record AND sign.kind = row.kind
                        AND sign.number > row.last)
            INSERT INTO funnel_collision_sign AS sign
                        (%(side)s, kind, number, source, value, is_person, grams, rules)
                 SELECT record, kind, number, source, value, is_person,
                        STRING_TO_ARRAY(pieces, E'\\t'), %(rules)s
                   FROM made
            ON CONFLICT (%(side)s, kind, number) DO UPDATE
                    SET (source, value, is_person, grams, rules)
                        = ROW(EXCLUDED.source, EXCLUDED.value, EXCLUDED.is_person,
                              EXCLUDED.grams, EXCLUDED.rules)
            """,
            side=side,
            records=[row[0] for row in values],
            kinds=[row[1] for row in values],
            numbers=[row[2] for row in values],
            sources=[row[3] for row in values],
            values=[row[4] for row in values],
            persons=[row[5] for row in values],
            pieces=pieces,
            rules=RULES,
        )

    # ------------------------------------------------------------------
    # Every night, and after the installation
    # ------------------------------------------------------------------

    @api.model
    def _cron_repair(self) -> None:
        """Compare all signs with their records: at first none is there, later SQL beside
        the ORM may have changed some, or the rules are others. What is done stays
        done."""
        crons = self.env["ir.cron"]
        steps = [
            (model, start)
            for model in SIDES
            for start in range(0, self._get_last(model) + 1, AT_ONCE)
        ]
        crons._commit_progress(remaining=len(steps))
        mended = 0
        for model, start in steps:
            mended += self._repair_safely(model, start)
            if not crons._commit_progress(1):
                break
        if mended:
            _logger.info("Collision check: signs of %s records mended", mended)
            self.env.cr.execute("ANALYZE funnel_collision_sign")
            self.env.registry.clear_cache()  # what is common is another now

    @api.model
    def _get_last(self, model: str) -> int:
        table = SQL.identifier(self.env[model]._table)
        [(last,)] = self.env.execute_query(SQL("SELECT MAX(id) FROM %s", table))
        return last or 0

    @api.model
    def _repair_safely(self, model: str, start: int) -> int:
        """Compare the signs of records from an id on; once more if somebody changed the
        same ones meanwhile.

        :return: the number of records that were mended
        """
        for attempt in range(ATTEMPTS):
            try:
                return len(
                    self._write_down(
                        model,
                        lambda column: SQL(
                            "%s BETWEEN %s AND %s", column, start, start + AT_ONCE - 1
                        ),
                    )
                )
            except OperationalError:
                self.env.cr.rollback()
                self.env.clear()
                if attempt == ATTEMPTS - 1:
                    raise
        return 0
