"""Customers and vendors with their addresses and the people who work there."""

from dataclasses import dataclass
from typing import Any

from .story import read_rows

LANGUAGES = {
    "cn": "zh_CN",
    "hk": "zh_HK",
    "de": "de_DE",
    "at": "de_DE",
    "ch": "de_DE",
    "fr": "fr_FR",
    "it": "it_IT",
    "es": "es_ES",
    "nl": "nl_NL",
    "pl": "pl_PL",
    "se": "sv_SE",
}
# What some of the customers may owe, which not all of them keep to.
LIMITS = {
    "heyu": {"credit_limit": 60_000.0, "max_debt_age": 180},
    "haili": {"credit_limit": 80_000.0, "overdue_limit": 20_000.0},
    "lichuanzhou": {"credit_limit": 150_000.0},
    "zhonglu": {"max_debt_age": 90},
}
FAVOURITES = 12  # articles that a customer orders again and again


@dataclass
class Customer:
    """A customer and what the other chapters need to know of it."""

    partner: Any  # res.partner, the company
    people: Any  # its contact persons
    shops: Any  # its delivery addresses
    login: str  # of the salesperson
    term: str  # key of company.TERMS
    currency: str  # "" for the company's own
    favourites: list  # product.product
    weight: int  # how often it orders, beside the others of the salesperson
    since: int  # days since the first contact

    @property
    def speaks_chinese(self) -> bool:
        return self.partner.country_code == "CN"


@dataclass
class Vendor:
    """A vendor and what it sells to the company."""

    partner: Any  # res.partner
    term: str  # key of company.TERMS
    articles: list  # product.product


def create_customers(story):
    """Make the customers, then the people and shops below them, then the vendors."""
    rows = read_rows("customers")
    partners = story.env["res.partner"].create(
        [_prepare_customer_vals(story, row) for row in rows]
    )
    companies = dict(zip((row["key"] for row in rows), partners, strict=True))
    contact_rows = read_rows("contacts")
    contacts = story.env["res.partner"].create(
        [_prepare_contact_vals(companies[row["customer"]], row) for row in contact_rows]
    )
    seen = {}
    for row in rows:
        partner, login = companies[row["key"]], row["user"]
        seen[login] = seen.get(login, 0) + 1
        own = contacts.filtered(lambda contact, p=partner: contact.parent_id == p)
        shops = own.filtered(lambda contact: contact.type == "delivery")
        story.customers[row["key"]] = Customer(
            partner=partner,
            people=own - shops,
            shops=shops,
            login=login,
            term=row["term"],
            currency=row["currency"],
            favourites=story.dice.sample(list(story.products), FAVOURITES),
            weight=3 if seen[login] <= 4 else 1,
            # won in the course of the year, or long ago
            since=story.dice.choice((story.dice.randint(20, 300), 400)),
        )
    _create_vendors(story)


def _prepare_address_vals(story, row):
    env, code = story.env, row["country"].upper()
    country = env["res.country"].search([("code", "=", code)], limit=1)
    language = LANGUAGES.get(row["country"], "en_US")
    if language not in dict(env["res.lang"].get_installed()):
        language = "en_US"
    return {
        "name": row["name"],
        "is_company": True,
        "company_id": story.company.id,
        "email": f"office@{row['domain']}.example.com",
        "phone": row["phone"],
        "street": row["street"],
        "city": row["city"],
        "zip": row["zip"],
        "country_id": country.id,
        "state_id": _find_state(country, row["state"]).id,
        "lang": language,
        "tz": story.env.context["tz"],
    }


def _find_state(country, code):
    """Return the state by its code, a Chinese province by the end of its XML id:
    its code is a Chinese character."""
    env = country.env
    if country.code == "CN":
        return env.ref(f"base.state_cn_{code}")
    return env["res.country.state"].search(
        [("country_id", "=", country.id), ("code", "=", code)], limit=1
    )


def _prepare_customer_vals(story, row):
    return {
        **_prepare_address_vals(story, row),
        "customer_rank": 1,
        "user_id": story.users[row["user"]].id,
        "property_payment_term_id": story.terms[row["term"]].id,
        "specific_property_product_pricelist": story.pricelists[row["currency"]].id
        if row["currency"]
        else False,
        "property_account_position_id": story.export.id if row["currency"] else False,
        **LIMITS.get(row["key"], {}),
    }


def _prepare_contact_vals(partner, row):
    return {
        "name": row["name"],
        "type": row["type"],
        "function": row["function"],
        "email": row["email"],
        "phone": row["phone"],
        "parent_id": partner.id,
        "company_id": partner.company_id.id,
        "lang": partner.lang,
        "street": row["street"] or partner.street,
        "city": row["city"] or partner.city,
        "zip": partner.zip,
        "state_id": partner.state_id.id,
        "country_id": partner.country_id.id,
    }


def _create_vendors(story):
    """Make the vendors and let them offer the articles of their category."""
    rows = read_rows("vendors")
    partners = story.env["res.partner"].create(
        [
            {
                **_prepare_address_vals(story, row),
                "supplier_rank": 1,
                "property_supplier_payment_term_id": story.terms[row["term"]].id,
            }
            for row in rows
        ]
    )
    goods = [row["category"] for row in read_rows("products")]
    for partner, row in zip(partners, rows, strict=True):
        articles = [
            product
            for product, category in zip(story.products, goods, strict=True)
            if category == row["category"]
        ]
        story.vendors.append(Vendor(partner, row["term"], articles))
    story.env["product.supplierinfo"].create(
        [
            {
                "partner_id": vendor.partner.id,
                "product_tmpl_id": product.product_tmpl_id.id,
                "price": product.standard_price,
                "delay": 7,
                "company_id": story.company.id,
                "currency_id": story.company.currency_id.id,
            }
            for vendor in story.vendors
            for product in vendor.articles
        ]
    )
