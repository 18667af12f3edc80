import re
import unicodedata

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ...tools import initials
from ...tools.matching.identity import SHORTEST, normalize_phone

# Kept and typed: digits of other scripts, and marks that nobody sees.
OTHER_DIGITS = "０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# The digits alone, in whatever way a number is written; an index answers it.
PHONE_DIGITS = (
    f"regexp_replace(translate(phone::text, '{OTHER_DIGITS}', '{'0123456789' * 3}'),"
    r" '\D', '', 'g')"
)
EXTENSION = re.compile(
    r"[\s,;(-]*(?:ext(?:ension)?\.?|x|#|转|轉|分机|分機)\s*[:.]?\s*\d{1,6}\)?$",
    re.IGNORECASE,
)
PHONE = re.compile(r"(?:tel:)?[\s\d+./()\[\]\-]+", re.IGNORECASE)
DASHES = re.compile(r"[\u2010-\u2015\u2212]")
CHINA = "86"  # is written without a plus as well, wherever the customer is called from
# Fewer digits are part of many numbers, and of many names and codes.
DIGITS_OF_A_NAME_SEARCH = 5
DIGITS = 3
BATCH = 5000  # names whose initials are worked out at once


class ResPartner(models.Model):
    """Customers are found by the initials of their names and by phone numbers in any
    writing, wherever they are chosen."""

    _inherit = "res.partner"

    name_initials = fields.Char(
        "Initials of the Name",
        compute="_compute_name_initials",
        store=True,
        help="The first letters of the name as it is read, by which it is found.",
    )
    customer_search = fields.Char(
        "Name, Code, Phone or Person",
        store=False,
        search="_search_customer_search",
    )

    _phone_digits_index = models.Index(
        lambda registry: (
            f"USING gin ({PHONE_DIGITS} gin_trgm_ops) WHERE phone IS NOT NULL"
            if registry.has_trigram
            else ""
        )
    )
    # Trigrams begin with the spaces before a word: two letters are enough.
    _name_initials_index = models.Index(
        lambda registry: (
            "USING gin (name_initials gin_trgm_ops)" if registry.has_trigram else ""
        )
    )

    def _get_kept_fields(self):
        return super()._get_kept_fields() | {"name_initials"}

    def _auto_init(self):
        """Add the column empty when the addon is installed on years of data: a job
        fills it in batches."""
        if not column_exists(self.env.cr, self._table, "name_initials"):
            create_column(self.env.cr, self._table, "name_initials", "varchar")
        return super()._auto_init()

    @api.depends("name")
    def _compute_name_initials(self):
        for partner in self:
            partner.name_initials = initials.initials(partner.name or "")

    @api.model
    def _cron_fill_name_initials(self):
        """Work out the initials of partners that were there before the addon."""
        crons = self.env["ir.cron"]
        # sudo: of all partners, archived ones and those of other companies too.
        partners = self.sudo().with_context(active_test=False)
        crons._commit_progress(
            remaining=partners.search_count([("name_initials", "=", False)])
        )
        while count := self._fill_name_initials(BATCH):
            if not crons._commit_progress(count):
                break

    @api.model
    def _fill_name_initials(self, limit):
        """Work out the initials of some partners that have none yet.

        :return: how many these were; none of them is locked by somebody else
        """
        self.flush_model(["name", "name_initials"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, name FROM res_partner WHERE name_initials IS NULL
                 ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
                """,
                limit,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner SET name_initials = filled.letters
                  FROM unnest(%s::int[], %s::text[]) AS filled(id, letters)
                 WHERE res_partner.id = filled.id
                """,
                [partner for partner, _name in rows],
                [initials.initials(name or "") for _partner, name in rows],
            )
        )
        self.invalidate_model(["name_initials"], flush=False)
        return len(rows)

    # ------------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------------

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Offer those who are found by initials or phone after the first half of what
        Odoo's own search finds: among a hundred thousand names, many hold the same
        letters somewhere.

        They are asked for apart: an index answers that, and Odoo's own search is not
        slower by it.
        """
        ways = Domain.FALSE
        if operator == "ilike":
            ways = self._get_other_ways(name, apart=True)
        if not limit or ways.is_false():
            return super().name_search(name, domain, operator, limit)
        plain = self.with_context(funnel_plain_names=True)
        offered = super(ResPartner, plain).name_search(name, domain, operator, limit)
        half = offered[: (limit + 1) // 2]
        known = [partner for partner, _name in half]
        others = self.search_fetch(
            Domain(domain or Domain.TRUE) & ways & Domain("id", "not in", known),
            ["display_name"],
            limit=limit - len(half),
        )
        # sudo: the names of those who were found, as Odoo gives them.
        found = [(other.id, other.display_name) for other in others.sudo()]
        rest = [each for each in offered[len(half) :] if each[0] not in others.ids]
        return (half + found + rest)[:limit]

    @api.model
    def _search_display_name(self, operator, value):
        domain = Domain(super()._search_display_name(operator, value))
        if self.env.context.get("funnel_plain_names"):
            return domain
        if operator == "ilike":
            domain |= self._get_other_ways(value)
        elif operator == "not ilike":
            domain &= ~self._get_other_ways(value)
        return domain

    @api.model
    def _get_other_ways(self, text, apart=False) -> Domain:
        """Return the domain of those who are found by a text though no field holds it:
        by initials, or by a phone number that is written otherwise.

        :param apart: as of :meth:`_among`
        """
        if not isinstance(text, str):
            return Domain.FALSE
        return self._get_initials_domain(text, apart) | self._get_phone_domain(
            text, DIGITS_OF_A_NAME_SEARCH, apart
        )

    @api.model
    def _search_customer_search(self, operator, value):
        """Find companies by anything of them or of their people; what equals a text is
        what holds it."""
        if operator == "in":
            return Domain.OR(
                self._search_customer_search("ilike", text)
                for text in value
                if isinstance(text, str) and text
            )
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented  # Odoo asks for the opposite
        if operator != "ilike":
            raise UserError(
                self.env._("Customers are found by a text that they contain.")
            )
        if not isinstance(value, str):
            return Domain.FALSE
        phones = self._get_phone_domain(value, DIGITS)
        people = Domain("name", "ilike", value) | self._get_initials_domain(value)
        if "@" in value:
            people |= Domain("email", "ilike", value)
        return (
            Domain("display_name", "ilike", value)
            # Named here as well, so that the opposite leaves them out.
            | self._get_initials_domain(value)
            | phones
            | Domain("child_ids", "any", people | phones)
        )

    @api.model
    def _get_initials_domain(self, text, apart=False) -> Domain:
        """Return the domain of names that begin with these initials, or have them
        behind their place."""
        letters = initials.typed(text)
        if not letters:
            return Domain.FALSE
        condition = SQL("name_initials LIKE %s", f"% {letters}%")
        return self._among(condition, "name_initials", apart)

    @api.model
    def _get_phone_domain(self, text, least, apart=False) -> Domain:
        """Return the domain of phone numbers that hold a number, or a part of one, in
        whatever way either is written: with or without the country, spaces, dashes.

        :param least: with how many digits it is taken for a phone number
        """
        text = _read_typed_phone(text)
        if not PHONE.fullmatch(text) or sum(map(str.isdigit, text)) < least:
            return Domain.FALSE
        condition = SQL(
            "phone IS NOT NULL AND %s LIKE %s",
            SQL(PHONE_DIGITS),
            f"%{self._get_national_digits(text)}%",
        )
        return self._among(condition, "phone", apart)

    @api.model
    def _get_national_digits(self, text) -> str:
        """Return the digits of a number that all ways of writing it have in common."""
        text = re.sub(r"[^\d+()]", "", text).replace("(0)", "")
        digits = re.sub(r"\D", "", text)
        if "+" not in text and not digits.startswith("00"):
            # A whole number may begin with its country all the same.
            if normalize_phone(digits, CHINA) == digits:
                digits = digits.removeprefix(CHINA)
            return digits.lstrip("0") or digits
        digits = digits.removeprefix("00")
        codes = self.env["res.country"].sudo()  # sudo: nothing but calling codes
        known = {str(code) for code in codes.search([]).mapped("phone_code") if code}
        for size in (1, 2, 3):  # no calling code begins another one
            if digits[:size] in known:
                return digits[size:].lstrip("0") or digits
        return digits

    @api.model
    def _among(self, condition, fname, apart) -> Domain:
        """Return the domain of the partners that an index finds by a condition: asked
        for once, not again for each partner that other conditions are tried on.

        :param apart: whether it stands alone. PostgreSQL would go through all names in
            their order then, and look for each in what it has found: an array is
            turned into a look-up of its ids. Beside others, it is put into a hash.
        """
        found = SQL("(SELECT id FROM res_partner WHERE %s)", condition)

        def to_sql(_model, alias, _query):
            return SQL(
                "%s = ANY(ARRAY%s)" if apart else "%s IN %s",
                SQL.identifier(alias, "id"),
                found,
                to_flush=self._fields[fname],
            )

        return Domain.custom(to_sql=to_sql)


def _read_typed_phone(text) -> str:
    """Return a number that was typed with plain digits and dashes, without its extension
    and what stands behind it."""
    text = MARKS.sub("", unicodedata.normalize("NFKC", text))
    text = re.sub(r"\d", lambda digit: str(int(digit.group())), text)
    text = DASHES.sub("-", text).strip(" \t\r\n,;、")
    number = EXTENSION.sub("", text)
    # Else it is a size: 1200x600.
    return number if sum(map(str.isdigit, number)) >= SHORTEST else text
