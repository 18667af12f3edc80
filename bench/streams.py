"""Rows of a plan: one class per stream, loaded into a table of the same name and columns.

Amounts are whole cents.
"""

from datetime import date
from typing import NamedTuple


class Partner(NamedTuple):
    id: int
    parent: int | None
    name: str
    salesperson: int | None


class Move(NamedTuple):
    id: int
    pattern: int
    kind: str
    prefix: str
    number: int
    company: int
    partner: int
    commercial: int
    salesperson: int | None
    team: int | None
    date: date
    due: date | None
    term: int | None
    currency: int
    rate: float  # units of the currency for one of the company's
    draft: bool
    reversed: int | None
    payment: int | None


class Line(NamedTuple):
    id: int
    pattern: int
    move: int
    partner: int
    sequence: int
    due: date | None
    product: int | None
    quantity: int
    price: int
    cents: int  # company currency, debit positive
    cents_currency: int
    currency: int
    date: date


class Partial(NamedTuple):
    id: int
    debit: int
    credit: int
    cents: int
    debit_cents: int  # in the currency of the documents
    credit_cents: int
    currency: int
    company: int
    max_date: date
    exchange_move: int | None


class Payment(NamedTuple):
    id: int
    pattern: int
    move: int
    partner: int
    currency: int
    cents: int
    cents_company: int
    date: date


class Matching(NamedTuple):
    """Which journal items are connected by partials: they have the same component."""

    line: int
    component: int


STREAMS = (Partner, Move, Line, Partial, Payment, Matching)
