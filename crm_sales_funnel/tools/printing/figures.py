"""Numbers as documents show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .layout import Column

Number = Decimal | int | float | str


def rounded(value: Number, digits: int) -> Decimal:
    """Round half away from zero. A float counts as what it is printed as.

    >>> rounded(1.005, 2), rounded(-0.004, 2)
    (Decimal('1.01'), Decimal('0.00'))
    """
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    result = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return result if result else abs(result)


def format_number(
    value: Decimal, digits: int, style: Mapping[str, Any] | None = None
) -> str:
    """Write a number with ``digits`` decimals.

    :param style: ``decimal_point``, ``thousands_sep``, ``grouping`` (sizes of the
        groups from the right, the last one repeats; [3, 2] in India)

    >>> format_number(Decimal("-1234567.8"), 2)
    '-1,234,567.80'
    >>> format_number(Decimal("1234567.8"), 1, {"decimal_point": ",",
    ...     "thousands_sep": ".", "grouping": [3, 0]})
    '1.234.567,8'
    """
    style = style or {}
    sign, number = ("-", -value) if value < 0 else ("", value)
    whole, _, decimals = f"{number:.{digits}f}".partition(".")
    groups = _grouped(whole, style.get("grouping", (3, 0)))
    text = style.get("thousands_sep", ",").join(groups)
    if decimals:
        text += style.get("decimal_point", ".") + decimals
    return sign + text


def _grouped(digits: str, sizes: Sequence[int]) -> list[str]:
    """Cut digits into groups. As in POSIX, 0 or the end repeats the last size and
    -1 ends the grouping.

    >>> _grouped("123456789", [3, 2])
    ['12', '34', '56', '789']
    """
    groups: list[str] = []
    wanted, size = list(sizes), 0
    while digits:
        following = wanted.pop(0) if wanted else 0
        size = following or size
        if size <= 0:
            return [digits, *groups]
        digits, group = digits[:-size], digits[-size:]
        groups.insert(0, group)
    return groups


class Figures:
    """The numbers of one document: how they are rounded and written."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.digits = document.get("digits", {})
        self.style = document.get("style")

    def value(self, column: Column, line: Mapping[str, Any]) -> Decimal | None:
        """Return the rounded number in a column, None for a text or nothing."""
        value = line.get(column.key)
        if column.format == "text" or value is None or value == "":
            return None
        return rounded(value, self._decimals(column, self.group(column, line)))

    def group(self, column: Column, line: Mapping[str, Any]) -> str:
        """Return what the number counts (a currency, a unit): only numbers of one
        group are added up."""
        return str(line.get(column.per) or "") if column.per else ""

    def text(self, column: Column, group: str, value: Decimal) -> str:
        if column.format == "integer":
            return f"{value:.0f}"
        return format_number(value, self._decimals(column, group), self.style)

    def _decimals(self, column: Column, group: str) -> int:
        if column.format == "integer":
            return 0
        digits = self.digits.get(column.format, 2)
        return digits.get(group, 2) if isinstance(digits, Mapping) else digits
