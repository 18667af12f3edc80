"""What a printed page looks like: paper, columns, blocks, copies.

All lengths are millimetres, all font sizes points. A layout is written as a plain
dict (JSON has no other types) and read by :meth:`Layout.from_dict`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any

MM_PER_INCH = Fraction(254, 10)
MM_PER_POINT = 25.4 / 72
MIN_COLUMN = 4.0  # mm
LONGEST = 10_000.0  # mm

_LENGTH = re.compile(
    r"\s*(?:(?P<whole>\d+)\s+)?(?P<num>\d+(?:\.\d+)?)(?:/(?P<den>\d+))?"
    r"\s*(?P<unit>mm|cm|in|\")\s*"
)


class LayoutError(ValueError):
    """A layout that cannot be printed; ``code`` says why to programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def inches(text: str) -> Fraction:
    """Return a length as an exact fraction of an inch.

    Forms are cut in inches (a third of an 11-inch form is 11/3 in, never 93.1 mm),
    so the rounded millimetres on their wrapping would drift from form to form.

    >>> inches("11/3 in"), inches("9 1/2 in"), inches("241 mm")
    (Fraction(11, 3), Fraction(19, 2), Fraction(1205, 127))
    """
    match = _LENGTH.fullmatch(text or "")
    if not match or match["den"] and not int(match["den"]):
        raise LayoutError("length", f"not a length: {text!r}")
    length = int(match["whole"] or 0) + Fraction(match["num"]) / int(match["den"] or 1)
    if match["unit"] in ("mm", "cm"):
        length = length * (10 if match["unit"] == "cm" else 1) / MM_PER_INCH
    return length


def to_mm(length: Fraction) -> float:
    """Return a length in inches as millimetres.

    >>> to_mm(Fraction(11, 2))
    139.7
    """
    return float(length * MM_PER_INCH)


def _is_length(value: float) -> bool:
    """Tell whether a number can be a length of a page: no NaN, nothing endless."""
    return abs(value) <= LONGEST


class _FromDict:
    """Reads a frozen dataclass from a plain dict; unknown keys are an error."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | Any) -> Any:
        if isinstance(values, cls):
            return values
        unknown = set(values) - {item.name for item in fields(cls)}  # type: ignore
        if unknown:
            raise LayoutError(
                "keys", f"unknown keys in {cls.__name__}: {sorted(unknown)}"
            )
        return cls(**values)


@dataclass(frozen=True)
class Paper(_FromDict):
    """A sheet or a form. ``strip`` is the tractor strip at either side."""

    width: float
    height: float
    strip: float = 0.0


@dataclass(frozen=True)
class Column(_FromDict):
    """One column of the table."""

    key: str  # key of the line dicts
    title: str = ""
    width: float = 20.0
    align: str = "left"  # left, center, right
    format: str = "text"  # text, integer, or a key of the document's digits
    overflow: str = "wrap"  # wrap, shrink, cut
    sum: bool = False
    per: str = ""  # line key: values that differ in it are not added up
    price: bool = False


@dataclass(frozen=True)
class Block(_FromDict):
    """A piece of the header or footer, placed in millimetres from the band's corner.

    ``text`` may hold fields as ``{key}``, keys of the document's ``values``; in a code
    it is what the code says. A logo is the document's picture of that name.
    """

    band: str = "header"  # header, footer
    kind: str = "text"  # text, box, line, signature, logo, code128, qr
    x: float = 0.0
    y: float = 0.0
    width: float = 40.0
    height: float = 5.0
    text: str = ""
    size: float = 9.6
    bold: bool = False
    align: str = "left"
    pages: str = "every"  # every, first, last
    price: bool = False


@dataclass(frozen=True)
class Copy(_FromDict):
    """One part of a multi-part form, or one repetition on a laser printer."""

    label: str
    hide_prices: bool = False


@dataclass(frozen=True)
class Layout(_FromDict):
    """Everything that the paginator must know about the pages."""

    paper: Paper
    columns: tuple[Column, ...]
    blocks: tuple[Block, ...] = ()
    copies: tuple[Copy, ...] = ()
    copy_mode: str = "carbon"  # carbon, repeat
    margin_top: float = 5.0
    margin_bottom: float = 5.0
    margin_left: float = 0.0
    margin_right: float = 0.0
    offset_x: float = 0.0  # moves the whole print, to calibrate a printer
    offset_y: float = 0.0
    header_height: float = 25.0
    footer_height: float = 15.0
    line_pitch: float = 5.08  # from one line of the table to the next
    lines_per_page: int = 0  # 0: as many as fit
    fill_lines: bool = True
    grid: bool = True
    page_subtotal: bool = True
    grand_total: bool = True
    copy_strip: float = 6.0  # width of the strip that lists the copies
    char_pitch: float = 25.4 / 15  # width of a column of the character grid
    font: str = "Noto Sans CJK SC"
    font_size: float = 9.6
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | Layout) -> Layout:
        """Return a checked layout.

        :raise LayoutError: unknown keys, or nothing fits on the page
        """
        if isinstance(values, Layout):
            return values
        values = dict(values)
        try:
            values["paper"] = Paper.from_dict(values["paper"])
            for name, part in (
                ("columns", Column),
                ("blocks", Block),
                ("copies", Copy),
            ):
                values[name] = tuple(map(part.from_dict, values.get(name) or ()))
            layout = super().from_dict(values)
        except (KeyError, TypeError) as error:
            raise LayoutError("keys", f"incomplete layout: {error}") from error
        layout.check()
        return layout

    def check(self) -> None:
        """Raise :class:`LayoutError` where no page can be made of this layout."""
        if not self.columns:
            raise LayoutError("column", "a layout needs a column")
        if not all(map(_is_length, self._numbers())):
            raise LayoutError("size", "some lengths are none of a page")
        if min([self.font_size, *(block.size for block in self.blocks)]) < 1:
            raise LayoutError("font", "letters are too small")
        letters = self.font_size * MM_PER_POINT
        if self.line_pitch < max(1, letters) or self.char_pitch < 0.5:
            raise LayoutError("pitch", "lines are lower than their letters")
        if self.width < 20 or self.lines < 1:
            raise LayoutError("room", "nothing fits between the margins")
        self.column_widths()

    def _numbers(self) -> Iterator[float]:
        parts: tuple[Any, ...] = (self, self.paper, *self.columns, *self.blocks)
        for part in parts:
            values = (getattr(part, item.name) for item in fields(part))
            yield from (value for value in values if isinstance(value, (int, float)))

    # Places, in mm from the upper left corner of the sheet

    @property
    def left(self) -> float:
        return self.paper.strip + self.margin_left + self.offset_x

    @property
    def top(self) -> float:
        return self.margin_top + self.offset_y

    @property
    def width(self) -> float:
        """Width that the table and the blocks may use."""
        sides = 2 * self.paper.strip + self.margin_left + self.margin_right
        return self.paper.width - sides - self.strip_width

    @property
    def strip_width(self) -> float:
        return self.copy_strip if self.copies else 0.0

    @property
    def height(self) -> float:
        return self.paper.height - self.margin_top - self.margin_bottom

    @property
    def footer_top(self) -> float:
        return self.top + self.height - self.footer_height

    @property
    def has_sums(self) -> bool:
        return any(column.sum for column in self.columns)

    @property
    def summary_lines(self) -> int:
        """Lines below the table for the page subtotal and the grand total."""
        return self.has_sums * (self.page_subtotal + self.grand_total)

    @property
    def lines(self) -> int:
        """Lines of the table on each page."""
        room = self.height - self.header_height - self.footer_height
        fit = int(room / self.line_pitch + 1e-6) - 1 - self.summary_lines
        return min(self.lines_per_page or fit, fit)

    def column_widths(self) -> list[float]:
        """Return the widths: the table fills the page, and what is left or missing
        falls to the widest column."""
        widths = [column.width for column in self.columns]
        widest = max(range(len(widths)), key=widths.__getitem__)
        widths[widest] += self.width - sum(widths)
        if min(widths) < MIN_COLUMN:
            raise LayoutError("columns", "the columns are wider than the page")
        return widths

    def without_prices(self) -> Layout:
        """Return the layout for somebody who must not see prices.

        :raise LayoutError: it has nothing but prices
        """
        layout = replace(
            self,
            columns=tuple(column for column in self.columns if not column.price),
            blocks=tuple(block for block in self.blocks if not block.price),
        )
        layout.check()
        return layout
