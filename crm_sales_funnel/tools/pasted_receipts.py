"""What is pasted from a bank's statement: one receipt a row of ``pasted``."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from .pasted import clean, has_odd_digits, split_rows, to_number

COLUMNS = ("date", "amount", "payer_name", "memo", "reference")
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
HIGHEST = 1e15


@dataclass(frozen=True)
class Pasted:
    """A row as it was pasted: ``fault`` names the column that cannot be read."""

    number: int
    day: date | None = None
    amount: float = 0.0
    payer_name: str = ""
    memo: str = ""
    reference: str = ""
    fault: str = ""


def parse_receipts(text: str, point: str = ".", separator: str = ",") -> list[Pasted]:
    """Return the receipts of the rows: date, amount, payer, memo, reference.

    A first row without any digit is a heading. Empty rows are passed over.

    :param point: decimal point of the language
    :param separator: what the language puts between thousands, if anything

    >>> for row in parse_receipts("日期\\t金额\\t付款人\\n2026-03-20\\t1,200.50\\tNordwind"):
    ...     print(row.number, row.day, row.amount, row.payer_name)
    2 2026-03-20 1200.5 Nordwind
    >>> parse_receipts("2026-03-20\\ttwelve")[0].fault
    'amount'
    >>> parse_receipts("20.3.26\\t12")[0].fault
    'date'
    """
    rows = split_rows(text)
    if rows and not re.search(r"\d", "".join(rows[0][1])):
        del rows[0]
    return [_parse_row(number, cells, point, separator) for number, cells in rows]


def _parse_row(number: int, cells: list[str], point: str, separator: str) -> Pasted:
    if len(cells) > len(COLUMNS):
        return Pasted(number, fault="columns")
    cells = cells + [""] * (len(COLUMNS) - len(cells))
    day, amount = parse_date(cells[0]), parse_amount(cells[1], point, separator)
    if day is None:
        return Pasted(number, fault="date")
    if amount is None:
        return Pasted(number, fault="amount")
    return Pasted(number, day, amount, *cells[2:])


def parse_date(text: str) -> date | None:
    """Return the date of a cell; the time of day is passed over.

    >>> parse_date("2026/3/20 14:05:00"), parse_date("２０２６-03-20")
    (datetime.date(2026, 3, 20), datetime.date(2026, 3, 20))
    >>> parse_date("20260320"), parse_date("2026111"), parse_date("2026-3-2²")
    (datetime.date(2026, 3, 20), None, None)
    """
    day = clean(text).split(" ")[0]
    # Without marks between them, only eight digits are a day and nothing else.
    if has_odd_digits(text) or (day.isdecimal() and len(day) != 8):
        return None
    for form in DATES:
        try:
            return datetime.strptime(day, form).date()
        except ValueError:
            continue
    return None


def parse_amount(text: str, point: str = ".", separator: str = ",") -> float | None:
    """Return the amount of a cell, which is above zero; None otherwise.

    >>> parse_amount("¥ 1,200.50"), parse_amount("-5"), parse_amount("1,20")
    (1200.5, None, None)
    """
    try:
        amount = to_number(text, point, separator)
    except ValueError:
        return None
    return amount if 0 < amount < HIGHEST else None
