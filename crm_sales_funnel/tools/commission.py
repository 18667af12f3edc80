"""What the terms of a commission plan have in common: ranges, and how they are said."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, inf

# An event is later than those before it.
EVENTS = (
    "ordered",
    "delivered",
    "invoiced",
    "collected",
    "fully_collected",
    "year_end",
)


def is_before(event: str, other: str) -> bool:
    """Return whether an event of a sale comes before another one.

    >>> is_before("ordered", "collected"), is_before("collected", "collected")
    (True, False)
    """
    return EVENTS.index(event) < EVENTS.index(other)


def has_end(start: float, end: float) -> bool:
    """Return whether a range has an end: one that is not beyond its start is none.

    >>> has_end(31, 61), has_end(91, 0), has_end(0, 0)
    (True, False, False)
    >>> has_end(-30, 0)  # paid up to 30 days early
    True
    """
    return end > start


def find_overlap(ranges: Iterable[tuple[float, float]]) -> float | None:
    """Return where two ranges overlap, or None. The start of a range is in it, its end
    is not; an end that is none (see ``has_end``) is endless.

    >>> find_overlap([(31, 61), (0, 31), (61, 0)])
    >>> find_overlap([(0, 31), (30, 60)])
    30
    >>> find_overlap([(91, 0), (181, 0)])
    181
    """
    until = -inf
    for start, end in sorted(ranges):
        if start < until:
            return start
        until = end if has_end(start, end) else inf
    return None


def days_between(start: float, end: float) -> tuple[int, int | None]:
    """Return the first and the last whole day of a range; None for no last one.

    >>> days_between(0, 31), days_between(30.5, 61), days_between(91, 0)
    ((0, 30), (31, 60), (91, None))
    """
    return ceil(start), ceil(end) - 1 if has_end(start, end) else None


def decimals_of(number: float, most: int = 4) -> int:
    """Return how many decimals it takes to say a number.

    >>> decimals_of(3.0), decimals_of(2.5), decimals_of(0.125), decimals_of(1 / 3)
    (0, 1, 3, 4)
    """
    for decimals in range(most):
        shifted = round(number * 10**most)
        if shifted % 10 ** (most - decimals) == 0:
            return decimals
    return most
