"""Dates that come back every few months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def next_monthly(start: date, day: int, every: int, after: date | None = None) -> date:
    """Return the first date, on a day of the month, of a row that begins at a start.

    :param day: 1 to 31; in a shorter month the last day takes its place
    :param every: so many months lie between two dates
    :param after: a day of the month that the date is later than

    >>> next_monthly(date(2026, 1, 1), 31, 1), next_monthly(date(2026, 1, 6), 5, 1)
    (datetime.date(2026, 1, 31), datetime.date(2026, 2, 5))
    >>> next_monthly(date(2026, 1, 1), 31, 1, after=date(2026, 1, 31))
    datetime.date(2026, 2, 28)
    >>> next_monthly(date(2026, 1, 1), 5, 3, after=date(2026, 6, 1))
    datetime.date(2026, 7, 5)
    >>> next_monthly(date(2026, 1, 1), 5, 1, after=date(2025, 6, 1))
    datetime.date(2026, 1, 5)
    """
    if not 1 <= day <= 31 or every < 1:
        raise ValueError(f"no day of a month: {day}, every {every}")
    month = _month(start)
    if _in_month(month, day) < start:
        month += 1
    if after and _month(after) >= month:
        month += ((_month(after) - month) // every + 1) * every
    return _in_month(month, day)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _in_month(month: int, day: int) -> date:
    year, index = divmod(month, 12)
    return date(year, index + 1, min(day, monthrange(year, index + 1)[1]))
