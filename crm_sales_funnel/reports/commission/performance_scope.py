from collections.abc import Collection
from datetime import date, timedelta
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
# No grouping by these tells the days of a month apart.
BY_MONTH = frozenset(
    f"date:{part}"
    for part in (
        *("month", "quarter", "year"),
        *("month_number", "quarter_number", "year_number"),
    )
)
ONE_DAY = timedelta(days=1)


class Scope(NamedTuple):
    """What alone is asked for. An object of ours in the context is what no request from
    outside can have there."""

    first: date | None = None
    last: date | None = None
    ids: tuple[int, ...] | None = None
    kinds: frozenset[str] | None = None
    versions: frozenset[str] | None = None
    # Nobody tells the days of a month apart.
    by_month: bool = False


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


def is_by_month(domain: Domain, groupby: Collection[str]) -> bool:
    """Return whether neither a domain nor what is grouped by tells the days of a month
    apart.

    :param domain: optimized
    """
    asked = {spec for spec in groupby if spec.split(":")[0] == "date"}
    leaves = [leaf for leaf in domain.iter_conditions() if _is_of_date(leaf)]
    parts = domain.children if getattr(domain, "OPERATOR", "") == "&" else (domain,)
    ends = [part for part in parts if _is_of_date(part) and _is_end_of_month(part)]
    return asked <= BY_MONTH and len(leaves) == len(ends)


def _is_of_date(part: Domain) -> bool:
    return getattr(part, "field_expr", "").split(".")[0] == "date"


def _is_end_of_month(leaf: Domain) -> bool:
    """Return whether all days of a month fulfil a condition, or none."""
    day = isinstance(leaf.value, (date, str)) and fields.Date.to_date(leaf.value)
    if not day or leaf.field_expr != "date" or day.year > 9000:
        return False
    if leaf.operator in (">=", "<"):
        return day.day == 1
    return leaf.operator in ("<=", ">") and (day + ONE_DAY).day == 1


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
