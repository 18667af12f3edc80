"""Puts a document on pages.

A document is a plain dict::

    {
        "values": {"number": "WH/OUT/00012", "customer": "...", ...},
        "lines": [{"seq": 1, "name": "...", "quantity": Decimal, "amount": ...}],
        "digits": {"quantity": 2, "price": 2, "money": {"CNY": 2, "JPY": 0}},
        "words": {"CNY": "人民币壹佰元整"},  # the grand total, per currency
        "pictures": {"logo": b"..."},  # PNG, JPEG or GIF files
        "style": {"decimal_point": ".", "thousands_sep": ",", "grouping": [3, 0]},
    }

``digits`` tells the decimals of each number format, where a mapping is looked up by
what the column is added up ``per``. Every amount is rounded on its line first, and
sums add what is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .compose import CELL_PAD, Composer
from .figures import Figures
from .layout import MM_PER_POINT, Block, Column, Layout
from .pages import Page
from .rows import Row, Summary, Sums
from .text import clean, cut, wrap

_FIELD = re.compile(r"\{(\w+)\}( ?)")

Document = Mapping[str, Any]


def paginate(document: Document, layout: Layout | Mapping[str, Any]) -> list[Page]:
    """Return the pages of a document.

    Each page has the header, a fixed number of lines and the footer; the subtotal of
    its own lines; then, on all pages but the last, the sum carried forward, and on
    the last one the grand total and the amount in words. With ``copy_mode`` "repeat"
    the pages come once for each copy.

    :raise LayoutError: the layout cannot be printed

    >>> layout = {"paper": {"width": 100, "height": 60}, "lines_per_page": 2,
    ...     "header_height": 10, "footer_height": 0, "columns": [
    ...         {"key": "name"},
    ...         {"key": "amount", "format": "money", "sum": True}]}
    >>> lines = [{"name": name, "amount": 1.5} for name in "abc"]
    >>> pages = paginate({"lines": lines}, layout)
    >>> [(page.number, page.count) for page in pages]
    [(1, 2), (2, 2)]
    >>> pages[0].texts("carried", "amount"), pages[1].texts("total", "amount")
    (['3.00'], ['4.50'])
    """
    layout = Layout.from_dict(layout)
    if layout.copy_mode != "repeat" or not layout.copies:
        return _paginate(document, layout)
    pages = []
    for index, copy in enumerate(layout.copies, 1):
        own = replace(layout, copies=(copy,))
        own = own.without_prices() if copy.hide_prices else own
        for page in _paginate(document, own):
            page.copy = index
            pages.append(page)
    return pages


def totals(document: Document, column: Column) -> dict[str, Decimal]:
    """Return group -> sum of a column, as the grand total shows it.

    >>> totals({"lines": [{"amount": "0.005"}, {"amount": "0.005"}]},
    ...     Column("amount", format="money"))
    {'': Decimal('0.02')}
    """
    figures = Figures(document)
    sums = Sums([column], figures)
    for line in document.get("lines", ()):
        sums.add([figures.value(column, line)], [figures.group(column, line)])
    return dict(sums.sums[0])


def _paginate(document: Document, layout: Layout) -> list[Page]:
    figures = Figures(document)
    sheets = _sheets(_rows(document, layout, figures), layout.lines)
    composer = Composer(layout)
    running = Sums(layout.columns, figures)
    pictures = document.get("pictures")
    name = _printed(document.get("values", {}).get("number"))
    pages = []
    for number, sheet in enumerate(sheets, 1):
        subtotal = Sums(layout.columns, figures)
        for row in sheet:
            subtotal.add(row.values, row.groups)
            running.add(row.values, row.groups)
        last = number == len(sheets)
        summaries = [
            *_subtotal(layout, subtotal),
            *(_total(layout, document, running) if last else _carried(layout, running)),
        ]
        texts = _block_texts(document, layout, number, len(sheets))
        page = composer.page(number, len(sheets), sheet, summaries, texts, pictures)
        page.name = name
        page.left_out = [
            block
            for block, text in zip(layout.blocks, texts, strict=True)
            if text is None and _is_on(block, number, len(sheets))
        ]
        pages.append(page)
    return pages


def _rows(document: Document, layout: Layout, figures: Figures) -> list[Row]:
    em = layout.font_size * MM_PER_POINT
    rooms = [(width - 2 * CELL_PAD) / em for width in layout.column_widths()]
    return [
        _row(layout.columns, rooms, line, figures) for line in document.get("lines", ())
    ]


def _row(
    columns: Sequence[Column],
    rooms: Sequence[float],
    line: Mapping[str, Any],
    figures: Figures,
) -> Row:
    values = tuple(figures.value(column, line) for column in columns)
    groups = tuple(figures.group(column, line) for column in columns)
    texts = tuple(
        _text(line, column, room)
        if value is None
        else (figures.text(column, group, value),)
        for column, room, value, group in zip(
            columns, rooms, values, groups, strict=True
        )
    )
    return Row(texts, values, groups)


def _text(line: Mapping[str, Any], column: Column, room: float) -> tuple[str, ...]:
    text = _printed(line.get(column.key))
    if column.overflow == "cut":
        return (cut(text, room),)
    if column.overflow == "shrink":
        return (text.replace("\n", " "),)
    return tuple(wrap(text, room))


def _printed(value: Any) -> str:
    return "" if value is None or value is False else clean(str(value)).strip()


def _sheets(rows: list[Row], lines: int) -> list[list[Row]]:
    """Share the rows among pages of so many lines; one page at least."""
    sheets: list[list[Row]] = [[]]
    free = lines
    for row in rows:
        for piece in row.pieces(lines):
            if piece.height > free:
                sheets.append([])
                free = lines
            sheets[-1].append(piece)
            free -= piece.height
    return sheets


def _subtotal(layout: Layout, sums: Sums) -> Iterator[Summary]:
    if layout.has_sums and layout.page_subtotal:
        yield Summary("subtotal", layout.labels.get("subtotal", ""), sums.texts())


def _carried(layout: Layout, sums: Sums) -> Iterator[Summary]:
    if layout.has_sums and layout.grand_total:
        yield Summary("carried", layout.labels.get("carried", ""), sums.texts())


def _total(layout: Layout, document: Document, sums: Sums) -> Iterator[Summary]:
    if layout.has_sums and layout.grand_total:
        label = layout.labels.get("total", "")
        if any(column.sum and column.price for column in layout.columns):
            words = "; ".join(document.get("words", {}).values())
            label = f"{layout.labels.get('words', label)} {words}" if words else label
        yield Summary("total", clean(label), sums.texts())


def _block_texts(
    document: Document, layout: Layout, number: int, count: int
) -> list[str | None]:
    """Return the text of each block, None where it is not on this page: it belongs on
    another one, or has nothing to say."""
    values = {**document.get("values", {}), "page": number, "pages": count}
    return [
        _filled(block.text, values)
        if _is_on(block, number, count) and not _is_idle(block, values)
        else None
        for block in layout.blocks
    ]


def _is_on(block: Block, number: int, count: int) -> bool:
    """Tell whether a block belongs on a page."""
    return {"first": number == 1, "last": number == count}.get(block.pages, True)


def _is_idle(block: Block, values: Mapping[str, Any]) -> bool:
    """Tell whether a text has words about fields all of which are empty. The words in a
    box stay, which is filled in by hand."""
    fields = [key for key, _blank in _FIELD.findall(block.text)]
    return (
        block.kind == "text"
        and bool(fields)
        and not any(_printed(values.get(key)) for key in fields)
        and bool(_filled(block.text, values))
    )


def _filled(text: str, values: Mapping[str, Any]) -> str:
    """Put the values into a text; one that is empty takes a blank with it.

    >>> _filled("{name}, {street} {city}", {"name": "A", "city": "B"})
    'A, B'
    """

    def value(match: re.Match[str]) -> str:
        found = _printed(values.get(match[1]))
        return found + match[2] if found else ""

    return _FIELD.sub(value, clean(text)).strip()
