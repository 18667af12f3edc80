"""What is pasted from a spreadsheet: rows of cells, and the numbers in them."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

MINUS = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")  # as spreadsheets and typists have it
JOINERS = "\u200c\u200d"  # of letters, and of emoji
CURRENCY = re.compile(r"^(-?)\s*(?:NT\$|HK\$|US\$|RMB|CNY|[¥$€£])\s*", re.IGNORECASE)


def split_rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows that hold anything, each with its number in the sheet.

    Cells are as they were written, with single spaces. Quotes around a cell are those of
    the spreadsheet where all of them fit, else they are characters: a quote that somebody
    wrote swallows no rows.

    >>> split_rows("Ann\\t1,000\\r\\n\\r\\nBob\\t\\"two\\nlines\\"\\t\\r\\n")
    [(1, ['Ann', '1,000']), (3, ['Bob', 'two lines'])]
    >>> split_rows('Ann\\t"Rent\\nBob\\tpaid"')
    [(1, ['Ann', '"Rent']), (2, ['Bob', 'paid"'])]
    """
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    spaced = ([" ".join(cell.split()) for cell in row] for row in _read_rows(lines))
    return [
        (number, _without_empty_end(row))
        for number, row in enumerate(spaced, 1)
        if any(row)
    ]


def _read_rows(lines: str) -> list[list[str]]:
    source = io.StringIO(lines, newline="")
    try:
        rows = list(csv.reader(source, delimiter="\t", strict=True))
    except csv.Error:
        rows = []
    # No cell of a spreadsheet has tabs in it.
    if rows and not any("\t" in cell for row in rows for cell in row):
        return rows
    return [line.split("\t") for line in lines.split("\n")]


def clean(text: str) -> str:
    """Return a text with usual characters and single spaces.

    >>> clean("  Ｗang　 Fang ")
    'Wang Fang'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def one_line(text: str) -> str:
    """Return a text without what is not seen of it: single spaces for white space and
    line ends, no control characters, and none that turn the text around them. Those that
    join letters stay.

    >>> one_line(" N.\\x07 Wind\\n\\u202eGmbH\\u200b ")
    'N. Wind GmbH'
    """
    seen = "".join(
        char
        for char in str(text)
        if char.isspace()
        or char in JOINERS
        or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    return " ".join(seen.split())


def is_storable(text: str) -> bool:
    """Return whether a text has no character that is none: those no database holds.

    >>> is_storable("Wind\\n王"), is_storable("a\\0b"), is_storable("a\\ud800b")
    (True, False, False)
    """
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)


def has_odd_digits(text: str) -> bool:
    """Return whether a character would become a digit that is none: the mark of a
    footnote, a number in a circle. Digits of full width are digits.

    >>> [has_odd_digits(text) for text in ("8000²", "8000①", "12₂", "１２", "½ m")]
    [True, True, True, False, True]
    """
    return any(
        not char.isascii()
        and unicodedata.category(char) != "Nd"
        and any("0" <= digit <= "9" for digit in unicodedata.normalize("NFKC", char))
        for char in text
    )


def fold(text: str) -> str:
    """Return what texts have in common that mean the same name.

    >>> fold("Ｗang　FANG") == fold("wang fang")
    True
    """
    return clean(text).casefold()


def column_letter(index: int) -> str:
    """Return how a spreadsheet names a column, counted from 0.

    >>> [column_letter(index) for index in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def to_number(text: str, point: str = ".", separator: str = ",") -> float:
    """Return the number of a cell; an empty one, and the dash of accountants, is 0.

    :param point: decimal point of the language
    :param separator: what the language puts between thousands, if anything
    :raise ValueError: it is no number, or its thousands are no thousands

    >>> [to_number(text) for text in ("1,234.50", "１，２３４．５", "(80)", "−80", " - ")]
    [1234.5, 1234.5, -80.0, -80.0, 0.0]
    >>> to_number("1.234,50", ",", "."), to_number("¥ 12"), to_number("1 234", ",", " ")
    (1234.5, 12.0, 1234.0)
    >>> to_number("1,23")
    Traceback (most recent call last):
    ValueError: no number: 1,23
    """
    if has_odd_digits(text):
        raise ValueError(f"no number: {text}")
    cell = clean(text).translate(MINUS)
    if cell in ("", "-"):
        return 0.0
    if cell.startswith("(") and cell.endswith(")") and not cell.startswith("(-"):
        cell = f"-{cell[1:-1].strip()}"
    cell = CURRENCY.sub(r"\1", cell)
    point, separator = re.escape(clean(point)), re.escape(clean(separator) or " ")
    # In India there are pairs before the last three.
    whole = rf"[0-9]{{1,3}}(?:{separator}[0-9]{{2,3}})*{separator}[0-9]{{3}}|[0-9]+"
    if not re.fullmatch(
        rf"[+-]? ?(?:(?:{whole})(?:{point}[0-9]*)?|{point}[0-9]+)", cell
    ):
        raise ValueError(f"no number: {text}")
    digits = re.sub(rf"{separator}| ", "", cell)
    return float(re.sub(point, ".", digits))


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells
