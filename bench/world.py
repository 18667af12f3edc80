"""What there is before business begins: companies, terms, rates of exchange.

prepare.py makes it through Odoo; plan.py draws business that happens in it.
"""

from datetime import date
from typing import NamedTuple

DAYS = 3 * 365
TAX_PERCENT = 13
# Days after the invoice date -> percent of the total.
TERMS = {
    "30 days": {30: 100},
    "60 days": {60: 100},
    "30 % now, 50 % in 30, 20 % in 60 days": {0: 30, 30: 50, 60: 20},
}
# Yuan for one unit of a currency three years ago; they drift by a few per cent.
RATES = {"CNY": 1.0, "USD": 7.1, "EUR": 7.6}


class Company(NamedTuple):
    id: int
    currency: str
    # Ids of what is copied: "invoice", "invoice.term", "payment.liquidity" and so on.
    patterns: dict[str, int]
    prefixes: dict[str, str]  # how numbers begin, with strftime codes: "INV/%Y/"
    payment: int  # the payment that is copied


class World(NamedTuple):
    """What the company had before business began: ids of the database."""

    companies: list[Company]
    currencies: dict[str, int]
    salespeople: list[tuple[int, int]]  # user, team
    terms: dict[str, int]
    products: list[int]
    partner_pattern: int

    @classmethod
    def of(cls, values: dict) -> "World":
        """Return the world that was written as JSON."""
        companies = [Company(**company) for company in values["companies"]]
        return cls(**{**values, "companies": companies})

    def values(self) -> dict:
        """Return what ``of`` reads."""
        companies = [company._asdict() for company in self.companies]
        return {**self._asdict(), "companies": companies}


def rate(currency: str, base: str, day: date, end: date) -> float:
    """Return units of ``currency`` for one of ``base``; changes on the first of months.

    >>> rate("CNY", "CNY", date(2026, 5, 6), date(2026, 6, 1))
    1.0
    """
    months = (end.year - day.year) * 12 + end.month - day.month

    def yuan(code):
        step = 5 + 2 * list(RATES).index(code)
        drift = 0 if code == "CNY" else (months * step % 11 - 5) / 100
        return RATES[code] * (1 + drift)

    return round(yuan(base) / yuan(currency), 6)
