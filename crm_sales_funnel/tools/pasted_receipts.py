"""What is pasted from a bank's statement: one receipt a line, columns apart by tabs."""

import re
from dataclasses import dataclass
from datetime import date, datetime

COLUMNS = ("date", "amount", "payer_name", "memo", "reference")
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
# Signs of currencies, spaces and what parts thousands.
NOISE = re.compile(r"[\s,，¥￥$€£']")
HIGHEST = 1e15


@dataclass(frozen=True)
class Pasted:
    """A line as it was pasted: ``fault`` names the column that cannot be read."""

    number: int
    day: date | None = None
    amount: float = 0.0
    payer_name: str = ""
    memo: str = ""
    reference: str = ""
    fault: str = ""


def parse_receipts(text: str) -> list[Pasted]:
    """Return the receipts of the lines: date, amount, payer, memo, reference.

    A first line without any digit is a heading. Empty lines are passed over.

    >>> for row in parse_receipts("日期\\t金额\\t付款人\\n2026-03-20\\t1,200.50\\tNordwind"):
    ...     print(row.number, row.day, row.amount, row.payer_name)
    2 2026-03-20 1200.5 Nordwind
    >>> parse_receipts("2026-03-20\\ttwelve")[0].fault
    'amount'
    >>> parse_receipts("20.3.26\\t12")[0].fault
    'date'
    """
    rows: list[Pasted] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if not rows and not re.search(r"\d", line):
            continue
        rows.append(_parse_line(number, line))
    return rows


def _parse_line(number: int, line: str) -> Pasted:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) > len(COLUMNS) and any(cells[len(COLUMNS) :]):
        return Pasted(number, fault="columns")
    cells += [""] * len(COLUMNS)
    day, amount = parse_date(cells[0]), parse_amount(cells[1])
    if day is None:
        return Pasted(number, fault="date")
    if amount is None:
        return Pasted(number, fault="amount")
    return Pasted(number, day, amount, *cells[2 : len(COLUMNS)])


def parse_date(text: str) -> date | None:
    """Return the date of a cell; the time of day is passed over.

    >>> parse_date("2026/3/20 14:05:00")
    datetime.date(2026, 3, 20)
    """
    day = text.split()[0] if text.split() else ""
    for form in DATES:
        try:
            return datetime.strptime(day, form).date()
        except ValueError:
            continue
    return None


def parse_amount(text: str) -> float | None:
    """Return the amount of a cell, which is above zero; None otherwise.

    >>> parse_amount("¥ 1,200.50"), parse_amount("-5"), parse_amount("1e400")
    (1200.5, None, None)
    """
    plain = NOISE.sub("", text)
    if not re.fullmatch(r"\+?\d+(\.\d+)?", plain):
        return None
    amount = float(plain)
    return amount if 0 < amount < HIGHEST else None
