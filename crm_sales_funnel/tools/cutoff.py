"""Periods of monthly settlement, which end on a cut-off day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def cutoff_date(day: date, cutoff_day: int, months: int = 0) -> date:
    """Return the day on which the period ends that a day belongs to.

    :param cutoff_day: 1 to 31; in a shorter month the last day takes its place
    :param months: so many periods later
    :raise ValueError: there is no such day of a month

    >>> cutoff_date(date(2026, 1, 25), 25), cutoff_date(date(2026, 1, 26), 25)
    (datetime.date(2026, 1, 25), datetime.date(2026, 2, 25))
    >>> cutoff_date(date(2026, 1, 31), 31, months=1)
    datetime.date(2026, 2, 28)
    >>> cutoff_date(date(2026, 2, 28), 31, months=1)  # the end of March, not its 28th
    datetime.date(2026, 3, 31)
    """
    if not 1 <= cutoff_day <= 31:
        raise ValueError(f"no day of a month: {cutoff_day}")
    end = _in_month(day.year, day.month, cutoff_day)
    months += day > end
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return _in_month(year, month + 1, cutoff_day)


def cutoff_period(day: date, cutoff_day: int) -> tuple[date, date]:
    """Return the first and the last day of the period that a day belongs to.

    >>> cutoff_period(date(2026, 3, 1), 30)
    (datetime.date(2026, 3, 1), datetime.date(2026, 3, 30))
    """
    last = cutoff_date(day, cutoff_day)
    return cutoff_date(day, cutoff_day, months=-1) + timedelta(days=1), last


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
