import base64
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, get_lang
from odoo.tools.image import image_process

from ...tools.amount_words import LIMIT as LIMIT_ZH
from ...tools.amount_words import amount_in_words_zh
from ...tools.printing import format_number, rounded

# In the context of what Odoo sends by itself; no request from outside can have it there.
SENT_BY_ODOO = object()
# Likewise, where somebody looks at what will be printed.
PREVIEW = object()


class Mailing:
    """In the context of what is printed for one mail: in however many files a document
    goes with it, it is printed once."""

    def __init__(self):
        self.printed = set()


# What stands before an amount in Chinese words, by currency.
CURRENCIES_ZH = {
    "hans": {
        "CNY": "人民币",
        "USD": "美元",
        "EUR": "欧元",
        "HKD": "港币",
        "JPY": "日元",
        "TWD": "新台币",
        "GBP": "英镑",
    },
    "hant": {
        "CNY": "人民幣",
        "USD": "美元",
        "EUR": "歐元",
        "HKD": "港幣",
        "JPY": "日圓",
        "TWD": "新臺幣",
        "GBP": "英鎊",
    },
}
# In this language num2words fails on large amounts, and never ends on some.
SPELLED_IN_ENGLISH = {"am_ET"}
LOGO_PIXELS = (640, 320)  # 54 x 27 mm at 300 dots per inch
SCRIPTS_ZH = {"zh_CN": "hans", "zh_SG": "hans", "zh_TW": "hant", "zh_HK": "hant"}


@dataclass(frozen=True)
class PrintField:
    """Something that a layout may print. There are no others: what users write in a
    layout is looked up by key and never evaluated."""

    key: str
    label: str  # translated
    price: bool = False  # withheld from users who must not see prices
    format: str = "text"  # of columns: text, integer, quantity, percent, price, money
    per: str = ""  # of columns: key of the line value apart from which it is added up


class FunnelPrintDocument(models.AbstractModel):
    """Mixin for models that print through layouts: it gives their records as plain
    documents to the paginator (``tools/printing``)."""

    _name = "funnel.print.document"
    _description = "Document Printed by Layouts"

    @api.model
    def _print_name(self) -> str:
        """Return what staff call these documents on paper."""
        return self.env["ir.model"]._get(self._name).name

    @api.model
    def _print_header_fields(self) -> list[PrintField]:
        """Return what may stand in the texts of header and footer, as ``{key}``."""
        return [
            PrintField("page", self.env._("Page number")),
            PrintField("pages", self.env._("Number of pages")),
            PrintField("title", self.env._("Kind of document")),
            PrintField("number", self.env._("Document number")),
            PrintField("company", self.env._("Company")),
            PrintField("company_address", self.env._("Address of the company")),
            PrintField("company_phone", self.env._("Phone of the company")),
            PrintField("company_vat", self.env._("Tax ID of the company")),
            PrintField("company_vat_label", self.env._("Name of the company's tax ID")),
            PrintField("print_date", self.env._("Date of printing")),
            PrintField("print_user", self.env._("Printed by")),
        ]

    @api.model
    def _print_columns(self) -> list[PrintField]:
        """Return what may be a column of the table."""
        return [PrintField("seq", self.env._("Line number"), format="integer")]

    @api.model
    def _print_preview_domain(self) -> list:
        """Return which documents a preview may show."""
        return []

    def _print_language(self) -> str:
        """Return the language of the printed document, that of its reader."""
        return self.env.lang or "en_US"

    def _print_partner(self):
        """Return whom the document is for."""
        return self.partner_id

    def _print_documents(self, wanted: set[str], prices: bool) -> list[dict]:
        """Return the records as documents of the paginator, in the language of the
        environment.

        :param wanted: keys of the columns that the layout has, and "logo" when it has
            one; others may be left out
        :param prices: False leaves out all that has a price in it
        """
        raise NotImplementedError

    def _print_line_values(self, lines, wanted: set[str]) -> dict[int, dict]:
        """Return id -> values of the columns that other areas add to the lines.

        :param lines: records behind the lines of all documents that are printed at
            once, so that what belongs to them is read at once
        """
        return {}

    # Whether prints are counted, or the first one gives a number
    _print_is_counted = False

    def _print_begin(self, layout, output, pages=None, copies=None):
        """Note that the records, which the user may read, are printed; nothing here.

        It is called before the pages are made, and not for previews.

        :param copies: names of the copies; all when empty
        """

    def _print_may_begin(self, layout) -> bool:
        """Tell whether the user may print the record, which he or she may read."""
        return True

    def _check_print(self, layout):
        """:raise UserError: the user must not print the records, or not again"""

    def _print_kept_key(self) -> str | None:
        """Return what a file that is kept of the record must have been printed of, to
        be given again; None if it must be printed anew."""
        return ""

    def _print_is_signed(self) -> bool:
        """Tell whether the customer has signed the document on a screen."""
        # sudo: who may print a document may know.
        return "signature" in self._fields and bool(self.sudo().signature)

    def _print_asks_prices(self) -> bool:
        """Tell whether the document asks its reader for prices. Mailed, it must not
        tell which are expected."""
        return False

    @api.model
    def _print_readable(self, records):
        """Return those of the records whose prices and debts may be told: those that
        the user may read.

        Odoo prints as superuser for the portal and for the dialog of a mail, for
        colleagues as well, who are told no more by that. Customers are given the prices
        of what is sent to them.
        """
        user = self.env.user
        records = records.with_env(self.env)
        if self.env.su and not user.share and user.id != SUPERUSER_ID:
            # sudo: of which companies the user is. Those of the environment may be none
            # of them, which is an error without superuser.
            companies = user.sudo().company_ids.ids
            records = records.sudo(False).with_context(allowed_company_ids=companies)
        return records._filtered_access("read").with_env(self.env)

    # Parts that all documents have

    def _print_companies(self, wanted: set[str]) -> dict:
        """Return the companies of the records -> what a document says of its company.

        :param wanted: as of ``_print_documents()``
        """
        return {
            company: {
                "values": self._print_company_values(company),
                "pictures": self._print_pictures(company, wanted),
            }
            for company in self.company_id
        }

    def _print_figures(self, company: dict, lines: list[dict], prices: bool) -> dict:
        """Return the document of a record that is in one currency, with what it says in
        its ``_print_values()``, and in its ``_print_amounts()`` where prices are shown.

        :param company: what it says of its company
        """
        amounts = self._print_amounts() if prices else {}
        return {
            **company,
            "values": company["values"] | self._print_values() | amounts,
            "lines": lines,
            "digits": self._print_digits(self.currency_id),
            "style": self._print_number_style(),
        }

    def _print_company_values(self, company) -> dict[str, str]:
        # sudo: users may print for companies whose address book they cannot open.
        partner = company.sudo().partner_id
        return {
            "company": partner.name,
            "company_address": self._print_address(partner),
            "company_phone": partner.phone,
            "company_vat": partner.vat,
            "company_vat_label": self._print_vat_label(partner) if partner.vat else "",
            "print_date": self._print_date(fields.Datetime.now()),
            # Customers print in the portal, some without a name.
            "print_user": "" if self.env.user.share else self.env.user.name,
        }

    @api.model
    def _print_vat_label(self, partner) -> str:
        return partner.country_id.vat_label or self.env._("Tax ID")

    def _print_pictures(self, company, wanted: set[str]) -> dict[str, bytes]:
        """Return the pictures of a layout, no larger than they are printed."""
        # sudo: who prints for a company may see its logo.
        company = company.sudo()
        if "logo" not in wanted or company.uses_default_logo:
            return {}
        try:
            logo = image_process(base64.b64decode(company.logo), LOGO_PIXELS)
        except UserError:  # it is no picture that can be read
            return {}
        return {"logo": logo}

    def _print_partner_values(self, partner) -> dict[str, str]:
        """Return who the document is for and how to reach them."""
        customer = partner.commercial_partner_id
        return {
            "contact": partner.name if partner != customer else "",
            "phone": partner.phone or customer.phone,
            "address": self._print_address(partner) if partner else "",
            "vat": customer.vat,
        }

    @api.model
    def _print_pack_values(self, quantity, unit, product) -> dict:
        """Return what a quantity is in the product's own unit."""
        base_unit = product.uom_id or unit
        values = {"base_unit": base_unit.name}
        if unit and unit != base_unit:
            values["content"] = unit._compute_quantity(1.0, base_unit, round=False)
            quantity = unit._compute_quantity(quantity, base_unit)
        return values | {"base_quantity": quantity}

    @api.model
    def _print_pack_columns(self) -> list[PrintField]:
        return [
            PrintField("content", self.env._("Content of a pack"), format="quantity"),
            PrintField(
                "base_quantity",
                self.env._("Quantity in the product's unit"),
                format="quantity",
                per="base_unit",
            ),
            PrintField("base_unit", self.env._("The product's unit")),
        ]

    @api.model
    def _print_decimal(self, amount) -> Decimal:
        """Return a float without what binary numbers add to it."""
        return Decimal(repr(round(amount, 9)))

    @api.model
    def _print_money(self, amount, currency) -> str:
        """Write an amount as the lines do, without its currency."""
        digits = currency.decimal_places
        style = self._print_number_style()
        return format_number(rounded(amount, digits), digits, style)

    @api.model
    def _print_address(self, partner) -> str:
        lines = partner._display_address(without_company=True).split("\n")
        return " ".join(filter(None, map(str.strip, lines)))

    @api.model
    def _print_date(self, moment) -> str:
        """Write a date, or a moment as a date of the user's time zone."""
        if not moment:
            return ""
        if isinstance(moment, datetime):
            moment = fields.Datetime.context_timestamp(self, moment).date()
        return format_date(self.env, moment)

    @api.model
    def _print_number_style(self) -> dict:
        lang = get_lang(self.env)
        return {
            "decimal_point": lang.decimal_point,
            "thousands_sep": lang.thousands_sep or "",
            "grouping": json.loads(lang.grouping),
        }

    @api.model
    def _print_digits(self, currencies) -> dict:
        precision_get = self.env["decimal.precision"].precision_get
        return {
            "quantity": precision_get("Product Unit"),
            "price": precision_get("Product Price"),
            "percent": precision_get("Discount"),
            "money": {
                currency.name: currency.decimal_places for currency in currencies
            },
        }

    @api.model
    def _print_amount_in_words(self, amount, currency) -> str:
        """Write a Decimal in words of the environment's language."""
        script = SCRIPTS_ZH.get(self.env.lang)
        # There is no word below the hundredth part that all readers know.
        if script and abs(amount) < LIMIT_ZH and currency.decimal_places <= 2:
            prefix = CURRENCIES_ZH[script].get(currency.name, f"{currency.name} ")
            return amount_in_words_zh(amount, script, prefix)
        # Odoo's own words drop the sign of amounts between -1 and 0.
        words = self._print_words(abs(float(amount)), currency)
        return self.env._("Minus %(amount)s", amount=words) if amount < 0 else words

    @api.model
    def _print_words(self, amount: float, currency) -> str:
        """Write an amount in Odoo's words, in English where the language has none for
        so large a number."""
        in_english = currency.with_context(lang="en_US")
        if self.env.lang in SPELLED_IN_ENGLISH or self.env.lang in SCRIPTS_ZH:
            return in_english.amount_to_text(amount)
        try:
            return currency.amount_to_text(amount)
        except OverflowError:
            return in_english.amount_to_text(amount)
