"""Writes pages as an Excel workbook: the same texts, with real numbers and sums.

Each document is a sheet, whose columns are those of the table; what stands above and
below the table is put into the same columns. A page follows the other, with a page
break between them. Texts are always written as texts, so that none becomes a formula
or a link.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from .pages import Cell, Page
from .symbols import Symbol, draw, picture_size, to_png

SAME_ROW = 1.5  # mm between texts that stand in one row all the same
LONGEST = 32_767  # characters that Excel has room for in a cell
POINTS = 72 / 25.4
PIXELS = 96 / 25.4
# Excel's numbers of papers, by millimetres; others are left to the printer.
PAPERS = {(210, 297): 9, (148, 210): 11, (216, 279): 1, (297, 420): 8}
TABLE = frozenset({"head", "line", "subtotal", "carried", "total"})
SUMS = frozenset({"subtotal", "carried", "total"})

_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def render(pages: Iterable[Page], stream: BinaryIO) -> None:
    """Write the pages of one or more documents into a stream, as an .xlsx file."""
    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    styles = _Styles(book)
    names = _Names()
    for document in _documents(pages):
        sheet = book.add_worksheet(names.unique(document[0].name))
        _Sheet(sheet, styles).fill(document)
    book.close()


def _documents(pages: Iterable[Page]) -> Iterator[list[Page]]:
    """Yield the pages of each document (each copy, where it is printed by itself)."""
    document: list[Page] = []
    for page in pages:
        if document and page.number <= document[-1].number:
            yield document
            document = []
        document.append(page)
    if document:
        yield document


class _Names:
    """Names of sheets: at most 31 characters, each once, whatever the case."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def unique(self, name: str) -> str:
        """Return a name that Excel accepts.

        >>> names = _Names()
        >>> names.unique("WH/OUT/00012"), names.unique("wh_out_00012")
        ('WH_OUT_00012', 'wh_out_00012 (2)')
        """
        name = _FORBIDDEN.sub("_", name).strip("' ")[:31].rstrip("' ") or "1"
        if name.casefold() == "history":  # Excel keeps it for itself
            name += "_"
        found, number = name, 1
        while found.casefold() in self.used:
            number += 1
            mark = f" ({number})"
            found = name[: 31 - len(mark)] + mark
        self.used.add(found.casefold())
        return found


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(properties)
        return self.made[key]


@dataclass
class _Row:
    """Cells of a page that stand beside each other."""

    y: float
    cells: list[Cell] = field(default_factory=list)

    @property
    def height(self) -> float:
        return max(
            max(cell.height, len(cell.lines) * cell.pitch) for cell in self.cells
        )

    @property
    def in_table(self) -> bool:
        return self.cells[0].kind in TABLE


class _Sheet:
    """Writes one document."""

    def __init__(self, sheet: Any, styles: _Styles) -> None:
        self.sheet, self.styles = sheet, styles
        self.edges: Sequence[float] = ()
        self.row = 0
        self.complete = True  # sums of all pages can be formulas: none is left out
        self.lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.summed: dict[int, list[str]] = defaultdict(list)  # ranges of pages before

    def fill(self, pages: Sequence[Page]) -> None:
        """Write the pages of one document."""
        self.edges = pages[0].edges
        numbers = [page.number for page in pages]
        self.complete = numbers == list(range(1, len(pages) + 1))
        self._set_up(pages[0])
        breaks = []
        for page in pages:
            if self.row:
                breaks.append(self.row)
            self._page(page)
        self.sheet.set_h_pagebreaks(breaks)
        self.sheet.print_area(0, 0, max(0, self.row - 1), self._last_column(pages[0]))

    def _set_up(self, page: Page) -> None:
        sheet = self.sheet
        for index, width in enumerate(_differences(self.edges)):
            sheet.set_column_pixels(index, index, max(8, round(width * PIXELS)))
        if any(cell.kind == "copy" for cell in page.cells):
            width = next(cell.width for cell in page.cells if cell.kind == "copy")
            column = len(self.edges) - 1
            sheet.set_column_pixels(column, column, max(20, round(width * PIXELS)))
        if page.width > page.height:
            sheet.set_landscape()
        sides = sorted((round(page.width), round(page.height)))
        sheet.set_paper(PAPERS.get((sides[0], sides[1]), 0))
        right = page.width - max(self.edges[-1], *(c.x + c.width for c in page.cells))
        sheet.set_margins(
            left=max(0, self.edges[0]) / 25.4,
            right=max(0, right) / 25.4,
            top=max(0, min(cell.y for cell in page.cells)) / 25.4,
            bottom=0.2,
        )
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)

    def _last_column(self, page: Page) -> int:
        copies = any(cell.kind == "copy" for cell in page.cells)
        return len(self.edges) - 2 + copies

    def _page(self, page: Page) -> None:
        places: list[tuple[float, int]] = []  # y on paper, row of the sheet
        table: list[int] = []
        for row in _rows(page):
            for cells in self._levels(row):
                self.sheet.set_row(self.row, round(row.height * POINTS, 1))
                places.append((row.y, self.row))
                if row.in_table:
                    table.append(self.row)
                    self._table_row(page, cells)
                else:
                    for start, end, cell in cells:
                        self._text(start, end, cell, self._style(page, cell))
                self.row += 1
        self._end_page()
        if table:
            self._copies(page, table[0], self.row - 1)
        for symbol in page.symbols:
            self._symbol(symbol, places)

    def _levels(self, row: _Row) -> list[list[tuple[int, int, Cell]]]:
        """Share the cells of a row among rows of the sheet, so that none is on another.

        Each is a list of first column, last column, cell. Mostly it is one.
        """
        levels: list[list[tuple[int, int, Cell]]] = [[]]
        for cell in sorted(row.cells, key=lambda cell: cell.x):
            start, end = self._columns(cell)
            for level in levels:
                before = level[-1][1] if level else -1
                if before < start:
                    level.append((start, end, cell))
                    break
                # It may begin further to the right, where it has room left.
                if before < end and not row.in_table:
                    level.append((before + 1, end, cell))
                    break
            else:
                levels.append([(start, end, cell)])
        return levels

    def _columns(self, cell: Cell) -> tuple[int, int]:
        """Return the first and the last column under a cell."""
        last = len(self.edges) - 2
        start = min(self._nearest(cell.x), last)
        end = self._nearest(cell.x + cell.width) - 1
        return start, min(max(start, end), last)

    def _nearest(self, x: float) -> int:
        after = bisect_left(self.edges, x)
        if after == 0:
            return 0
        if after == len(self.edges):
            return after - 1
        before = after - 1
        closer = x - self.edges[before] <= self.edges[after] - x
        return before if closer else after

    # Cells

    def _style(self, page: Page, cell: Cell, **more: Any) -> Any:
        properties: dict[str, Any] = {
            "font_name": page.font,
            "font_size": round(cell.size, 1),
            "align": "right" if cell.align == "right" else cell.align,
            "valign": "vcenter",
            **more,
        }
        if cell.bold:
            properties["bold"] = True
        if len(cell.lines) > 1 or cell.kind in TABLE:
            properties["text_wrap"] = True
        if page.grid and cell.kind in TABLE:
            properties["border"] = 1
        return self.styles.get(**properties)

    def _text(self, start: int, end: int, cell: Cell, style: Any) -> None:
        text = cell.text[:LONGEST]
        if end > start:
            self.sheet.merge_range(self.row, start, self.row, end, "", style)
        self.sheet.write_string(self.row, start, text, style)

    def _table_row(self, page: Page, cells: Sequence[tuple[int, int, Cell]]) -> None:
        if page.grid:
            ruled = self.styles.get(border=1)
            for column in range(len(self.edges) - 1):
                self.sheet.write_blank(self.row, column, None, ruled)
        for start, end, cell in cells:
            if cell.value is None or not cell.text:
                self._text(start, end, cell, self._style(page, cell))
            else:
                self._number(page, start, cell)

    def _number(self, page: Page, column: int, cell: Cell) -> None:
        assert cell.value is not None
        style = self._style(page, cell, num_format=number_format(cell))
        value = float(cell.value)
        if cell.kind not in SUMS:
            self._note_line(column)
            self.sheet.write_number(self.row, column, value, style)
            return
        ranges = [*self._page_ranges(column)]
        if cell.kind != "subtotal":
            if not self.complete:
                self.sheet.write_number(self.row, column, value, style)
                return
            ranges = [*self.summed[column], *ranges]
        formula = f"=SUM({','.join(ranges)})" if ranges else "=0"
        self.sheet.write_formula(self.row, column, formula, style, value)

    def _note_line(self, column: int) -> None:
        spans = self.lines[column]
        if spans and spans[-1][1] == self.row - 1:
            spans[-1] = (spans[-1][0], self.row)
        else:
            spans.append((self.row, self.row))

    def _page_ranges(self, column: int) -> Iterator[str]:
        for first, last in self.lines[column]:
            start = xl_rowcol_to_cell(first, column)
            yield (
                start if first == last else f"{start}:{xl_rowcol_to_cell(last, column)}"
            )

    def _end_page(self) -> None:
        for column in self.lines:
            self.summed[column] += self._page_ranges(column)
        self.lines.clear()

    # Beside the cells

    def _copies(self, page: Page, first: int, last: int) -> None:
        """List the copies beside the table, one below the other."""
        copies = [cell for cell in page.cells if cell.kind == "copy"]
        if not copies:
            return
        labels = [cell.text for cell in copies]
        column, rows = len(self.edges) - 1, last - first + 1
        if rows < len(labels):
            labels = ["\n".join(labels)]
        for index, label in enumerate(labels):
            start = first + index * rows // len(labels)
            end = first + (index + 1) * rows // len(labels) - 1
            style = self.styles.get(
                font_name=page.font,
                font_size=round(copies[0].size, 1),
                align="center",
                valign="vcenter",
                text_wrap=True,
                rotation=270,
            )
            if end > start:
                self.sheet.merge_range(start, column, end, column, "", style)
            self.sheet.write_string(start, column, label[:LONGEST], style)

    def _symbol(self, symbol: Symbol, places: Sequence[tuple[float, int]]) -> None:
        if symbol.overflow or not (places and (symbol.image or symbol.text)):
            return
        image = to_png(symbol.image) if symbol.image else draw(symbol)
        size = picture_size(image) or (1, 1)
        above = [place for place in places if place[0] <= symbol.y + SAME_ROW]
        y, row = above[-1] if above else places[0]
        column = max(0, bisect_left(self.edges, symbol.x + 1e-6) - 1)
        column = min(column, len(self.edges) - 2)
        self.sheet.insert_image(
            row,
            column,
            "image",
            {
                "image_data": io.BytesIO(image),
                "x_offset": max(0, (symbol.x - self.edges[column]) * PIXELS),
                "y_offset": max(0, (symbol.y - y) * PIXELS),
                "x_scale": symbol.width * PIXELS / size[0],
                "y_scale": symbol.height * PIXELS / size[1],
                "description": symbol.text or symbol.kind,
            },
        )


def _rows(page: Page) -> Iterator[_Row]:
    """Yield the cells of a page row by row, from the top."""
    cells = sorted(
        (cell for cell in page.cells if cell.kind != "copy"),
        key=lambda cell: (cell.y, cell.x),
    )
    row: _Row | None = None
    for cell in cells:
        in_table = cell.kind in TABLE
        apart = 1e-6 if in_table else SAME_ROW
        if row and row.in_table == in_table and cell.y - row.y <= apart:
            row.cells.append(cell)
            continue
        if row:
            yield row
        row = _Row(cell.y, [cell])
    if row:
        yield row


def number_format(cell: Cell) -> str:
    """Return how Excel must write the number of a cell to show the same text.

    The separators are those of the reader's own Excel.
    """
    assert cell.value is not None
    exponent = cell.value.as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    whole = cell.text.lstrip("-")
    grouped = len(whole) < 4 or not whole[:4].isdigit()
    return ("#,##0" if grouped else "0") + ("." + "0" * digits if digits else "")


def _differences(edges: Sequence[float]) -> Iterator[float]:
    yield from (end - start for start, end in zip(edges, edges[1:], strict=False))
