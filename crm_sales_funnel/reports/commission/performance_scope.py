from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from odoo import fields
from odoo.fields import Domain

VERSIONS = [("actual", "Actual"), ("target", "Target"), ("last_year", "Last Year")]
MONEY = ("ordered", "delivered", "invoiced", "collected", "margin")
# Figure -> the rows that have it.
FIGURES = {
    "ordered": "order",
    "delivered": "delivery",
    "invoiced": "invoice",
    "collected": "receipt",
    "margin": "invoice",
    "new_customers": "first_order",
    "contacts": "contact",
}


class Scope(NamedTuple):
    """What alone is asked for. An object of ours in the context is what no request from
    outside can have there."""

    first: date | None = None
    last: date | None = None
    ids: tuple[int, ...] | None = None
    kinds: frozenset[str] | None = None
    versions: frozenset[str] | None = None


def in_scope(env) -> Scope:
    scope = env.context.get("funnel_performance")
    return scope if isinstance(scope, Scope) else Scope()


def get_scope(domain: Domain) -> Scope:
    """Return what rows of a domain are at most.

    :param domain: optimized
    """
    parts = domain.children if getattr(domain, "OPERATOR", "") == "&" else (domain,)
    chosen = {}
    for part in parts:
        name = getattr(part, "field_expr", None)
        if (
            name in ("id", "kind", "version")
            and part.operator == "in"
            and isinstance(part.value, Collection)  # and no query
        ):
            values = frozenset(part.value)
            chosen[name] = chosen.get(name, values) & values
    first, last = get_span(domain)
    ids = tuple(chosen["id"]) if "id" in chosen else None
    return Scope(first, last, ids, chosen.get("kind"), chosen.get("version"))


def get_span(domain: Domain) -> tuple[date | None, date | None]:
    """Return the first and the last day that rows of a domain may have: None is any.

    :param domain: optimized
    """
    spans = [get_span(part) for part in getattr(domain, "children", ())]
    firsts, lasts = [first for first, _ in spans], [last for _, last in spans]
    operator = getattr(domain, "OPERATOR", None)
    if operator == "&":
        return (
            max(filter(None, firsts), default=None),
            min(filter(None, lasts), default=None),
        )
    if operator == "|":
        return (
            min(firsts) if all(firsts) else None,
            max(lasts) if all(lasts) else None,
        )
    if getattr(domain, "field_expr", None) != "date":
        return None, None
    return _get_span_of(domain.operator, domain.value)


def _get_span_of(operator, value):
    if operator in (">=", ">"):
        return fields.Date.to_date(value) or None, None
    if operator in ("<=", "<"):
        return None, fields.Date.to_date(value) or None
    if operator == "in" and value and all(value):
        days = [fields.Date.to_date(day) for day in value]
        return min(days), max(days)
    return None, None
