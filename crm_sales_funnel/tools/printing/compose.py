"""Draws one page of a layout into cells and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from .layout import MM_PER_POINT, Block, Layout
from .pages import Cell, Page, Rule, vertical_length, vertical_text
from .rows import Row, Summary
from .symbols import Symbol, fit_picture
from .text import clean, cut, text_width, wrap

CELL_PAD = 0.8  # mm between a rule and the text beside it
BLOCK_LEADING = 1.12  # line height outside the lines of the table, in font sizes
MIN_SIZE = 5.0  # points; text that must fit is not made smaller
BORDER = 0.3  # mm, around the table
HAIRLINE = 0.15
COPY_GAP = 1.0  # mm between the table and the strip of copies
COPY_SIZE = 8.4  # points
SLACK = 0.05  # mm by which a block may be beside the sheet
SYMBOLS = frozenset({"logo", "code128", "qr"})  # kinds of blocks that are no text

Box = tuple[float, float, float, float]  # x, y, width, height


def fit(text: str, width: float, height: float, size: float) -> dict[str, Any]:
    """Break a text, make it smaller until it fits into millimetres, else cut it.

    A single line may be as high as its letters, without the space between lines.

    :return: ``lines``, ``size``, ``pitch``, ``top`` (so that it is centred) and
        ``overflow`` of a cell
    """
    while True:
        em = size * MM_PER_POINT
        pitch = em * BLOCK_LEADING
        room = int(height / pitch + 0.05) or int(em <= height)
        lines = wrap(text, width / em)
        widest = max(map(text_width, lines)) * em
        overflow = len(lines) > room or widest > width + 1e-6
        if not overflow or size <= MIN_SIZE:
            break
        size = max(MIN_SIZE, size - 0.4)
    room = max(1, room)
    if len(lines) > room:
        rest = "\n".join(lines[room - 1 :])
        lines = [*lines[: room - 1], cut(rest, width / em)]
    top = (height - len(lines) * pitch) / 2
    return {
        "lines": tuple(lines),
        "size": size,
        "pitch": pitch,
        "top": top,
        "overflow": overflow,
    }


class Composer:
    """Makes the pages of one layout, which is measured once."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        widths = layout.column_widths()
        self.edges = [*accumulate(widths, initial=layout.left)]
        self.table_top = layout.top + layout.header_height
        self.label_start, self.label_end = self._label_columns()

    def _label_columns(self) -> tuple[int, int]:
        """Return where the label of a sum stands: the widest run of columns without a
        sum, as its first one and the one after its last."""
        runs, start = [(0, 0)], 0
        for index, column in enumerate(self.layout.columns):
            if column.sum:
                start = index + 1
            else:
                runs.append((start, index + 1))
        return max(runs, key=lambda run: self.edges[run[1]] - self.edges[run[0]])

    def page(
        self,
        number: int,
        count: int,
        rows: Sequence[Row],
        summaries: Sequence[Summary],
        block_texts: Sequence[str | None],
        pictures: Mapping[str, bytes] | None = None,
    ) -> Page:
        """Return a page.

        :param block_texts: for each block of the layout its text, None to leave out
        :param pictures: the document's picture files by name
        """
        paper, layout = self.layout.paper, self.layout
        page = Page(
            number,
            count,
            paper.width,
            paper.height,
            layout.font,
            edges=tuple(self.edges),
            grid=layout.grid,
        )
        for index, (block, text) in enumerate(
            zip(layout.blocks, block_texts, strict=True)
        ):
            if text is None:
                continue
            if self._is_misplaced(block):
                box = (*self._corner(block), block.width, block.height)
                page.misplaced.append((block, box))
            if block.kind in SYMBOLS:
                self._symbol(page, index, block, text, pictures or {})
            else:
                self._block(page, index, block, text)
        self._table(page, rows, summaries)
        if layout.strip_width:
            self._copies(page)
        return page

    def _cell(
        self,
        page: Page,
        kind: str,
        key: str,
        box: Box,
        **values: Any,
    ) -> None:
        layout = self.layout
        x, y, width, height = box
        page.cells.append(
            Cell(
                kind,
                key,
                *box,
                col=round((x - layout.left) / layout.char_pitch),
                row=round((y - layout.top) / layout.line_pitch),
                cols=max(1, int(width / layout.char_pitch + 1e-6)),
                rows=max(1, round(height / layout.line_pitch)),
                **values,
            )
        )

    # Blocks

    def _corner(self, block: Block) -> tuple[float, float]:
        layout = self.layout
        top = layout.top if block.band == "header" else layout.footer_top
        return layout.left + block.x, top + block.y

    def _is_misplaced(self, block: Block) -> bool:
        """Tell whether some of a block is beside the sheet or on its tractor strip, or
        a picture has no size. How a printer is adjusted does not count."""
        layout, paper = self.layout, self.layout.paper
        x, y = self._corner(block)
        left, top = x - layout.offset_x - paper.strip, y - layout.offset_y
        return (
            min(left, top) < -SLACK
            or left + block.width > paper.width - 2 * paper.strip + SLACK
            or top + block.height > paper.height + SLACK
            or (block.kind in SYMBOLS and not min(block.width, block.height) > 0)
        )

    def _symbol(
        self,
        page: Page,
        index: int,
        block: Block,
        text: str,
        pictures: Mapping[str, bytes],
    ) -> None:
        box: Box = (*self._corner(block), block.width, block.height)
        if not min(block.width, block.height) > 0:
            return
        if block.kind != "logo":
            if text:
                page.symbols.append(Symbol(block.kind, str(index), *box, text=text))
            return
        image = pictures.get("logo") or b""
        place = fit_picture(image, box, block.align)
        if place:
            page.symbols.append(Symbol("logo", str(index), *place, image=image))

    def _block(self, page: Page, index: int, block: Block, text: str) -> None:
        x, y = self._corner(block)
        if block.kind == "line":
            page.rules.append(Rule(x, y, x + block.width, y + block.height))
            return
        if block.kind in ("box", "signature"):
            page.rules.extend(_box(x, y, x + block.width, y + block.height))
        height, pad, size = block.height, 0.0, block.size
        if block.kind == "signature":
            height, pad = min(height, size * MM_PER_POINT * 1.6), CELL_PAD
        if text:
            fitted = fit(text, block.width - 2 * pad, height, size)
            self._cell(
                page,
                "block",
                str(index),
                (x, y, block.width, height),
                align=block.align,
                bold=block.bold,
                pad=pad,
                **fitted,
            )

    # The table

    def _table(
        self, page: Page, rows: Sequence[Row], summaries: Sequence[Summary]
    ) -> None:
        layout, pitch = self.layout, self.layout.line_pitch
        y = self.table_top
        cuts = [y, y + pitch]  # where horizontal rules run
        self._head(page, y)
        for row in rows:
            y = cuts[-1]
            self._row(page, row, y)
            cuts.append(y + row.height * pitch)
        unused = layout.lines - sum(row.height for row in rows)
        heights, taken = self._summary_heights(summaries, unused)
        if layout.fill_lines:
            cuts += [cuts[-1] + pitch * n for n in range(1, unused - taken + 1)]
        lines_end = cuts[-1]
        for summary, height in zip(summaries, heights, strict=True):
            self._summary(page, summary, cuts[-1], height)
            cuts.append(cuts[-1] + height)
        if layout.grid:
            self._grid(page, cuts, lines_end)

    def _head(self, page: Page, y: float) -> None:
        for index, column in enumerate(self.layout.columns):
            if title := clean(column.title).strip():
                self._text_cell(page, "head", index, y, title, align="center")

    def _row(self, page: Page, row: Row, y: float) -> None:
        layout, columns = self.layout, self.layout.columns
        for index, (column, lines, value) in enumerate(
            zip(columns, row.texts, row.values, strict=True)
        ):
            text = lines[0] if len(lines) == 1 else ""
            if len(lines) == 1 and text and self._is_too_wide(index, text):
                self._text_cell(
                    page, "line", index, y, text, align=column.align, value=value
                )
            elif any(lines):
                self._cell(
                    page,
                    "line",
                    column.key,
                    self._span(index, index + 1, y, row.height),
                    lines=lines,
                    size=self._line_size(index, lines),
                    pitch=layout.line_pitch,
                    pad=CELL_PAD,
                    align=column.align,
                    value=value,
                )

    def _summary_heights(
        self, summaries: Sequence[Summary], unused: int
    ) -> tuple[list[float], int]:
        """Return the height of each summary, and how many empty lines they take.

        All are one line high, but a last one whose label needs more (an amount in
        words) also gets the room that is left above the footer; where that is too
        little, an empty line of the page.

        :param unused: lines of the page that no row is on
        """
        layout, pitch = self.layout, self.layout.line_pitch
        heights = [pitch for _summary in summaries]
        missing = self._label_height(summaries[-1].label) - pitch if summaries else 0
        if missing <= 0:
            return heights, 0
        table = pitch * (1 + layout.lines + len(summaries))
        spare = layout.footer_top - self.table_top - table
        taken = int(missing > spare and unused > 0)
        heights[-1] += pitch if taken else min(missing, spare)
        return heights, taken

    def _label_height(self, label: str) -> float:
        """Return the height of a label of more than one line, 0 for others."""
        em = self.layout.font_size * MM_PER_POINT
        room = self.edges[self.label_end] - self.edges[self.label_start] - 2 * CELL_PAD
        lines = wrap(label, room / em) if self.label_end else []
        return len(lines) * em * BLOCK_LEADING if len(lines) > 1 else 0

    def _summary(self, page: Page, summary: Summary, y: float, height: float) -> None:
        lines = height / self.layout.line_pitch
        if summary.label and self.label_end:
            self._text_cell(
                page,
                summary.kind,
                self.label_start,
                y,
                summary.label,
                end=self.label_end,
                key="label",
                high=lines,
            )
        for index, column in enumerate(self.layout.columns):
            text, value = summary.sums.get(column.key, ("", None))
            if text:
                self._text_cell(
                    page,
                    summary.kind,
                    index,
                    y,
                    text,
                    high=lines,
                    align=column.align,
                    value=value,
                )

    def _text_cell(
        self,
        page: Page,
        kind: str,
        index: int,
        y: float,
        text: str,
        end: int = 0,
        key: str = "",
        high: float = 1,
        **values: Any,
    ) -> None:
        """Add a cell whose text is made to fit.

        :param end: the column before which it ends, where it is more than one
        :param high: its height in lines
        """
        box = self._span(index, end or index + 1, y, high)
        fitted = fit(text, box[2] - 2 * CELL_PAD, box[3], self.layout.font_size)
        key = key or self.layout.columns[index].key
        self._cell(page, kind, key, box, pad=CELL_PAD, **fitted, **values)

    def _is_too_wide(self, index: int, text: str) -> bool:
        return self._line_size(index, [text]) < self.layout.font_size

    def _line_size(self, index: int, lines: Sequence[str]) -> float:
        """Return the font size at which the lines fit into a column: that of the
        layout, where no letter is wider than the column."""
        room = self.edges[index + 1] - self.edges[index] - 2 * CELL_PAD
        widest = max(map(text_width, lines)) * MM_PER_POINT
        return min(self.layout.font_size, room / max(widest, 1e-6))

    def _span(self, start: int, end: int, y: float, lines: float) -> Box:
        """Return x, y, width and height of the columns ``start`` up to ``end``."""
        x = self.edges[start]
        return x, y, self.edges[end] - x, lines * self.layout.line_pitch

    def _grid(self, page: Page, cuts: Sequence[float], lines_end: float) -> None:
        left, right = self.edges[0], self.edges[-1]
        top, bottom = cuts[0], cuts[-1]
        page.rules.extend(_box(left, top, right, bottom, BORDER))
        for y in cuts[1:-1]:
            page.rules.append(Rule(left, y, right, y, HAIRLINE))
        for index, x in enumerate(self.edges[1:-1], 1):
            # Below the lines, the label of a sum runs across its columns.
            in_label = self.label_start < index < self.label_end
            end = lines_end if in_label else bottom
            page.rules.append(Rule(x, top, x, end, HAIRLINE))

    # Copies

    def _copies(self, page: Page) -> None:
        """List the copies beside the table, one below the other."""
        layout = self.layout
        left, width = self.edges[-1] + COPY_GAP, layout.strip_width - COPY_GAP
        height = (layout.top + layout.height - self.table_top) / len(layout.copies)
        for index, copy in enumerate(layout.copies):
            label = vertical_text(clean(copy.label))
            size = min(COPY_SIZE, height * 0.9 / vertical_length(label) / MM_PER_POINT)
            self._cell(
                page,
                "copy",
                str(index),
                (left, self.table_top + index * height, width, height),
                lines=(label,),
                size=size,
                pitch=width,
                vertical=True,
            )


def _box(
    x1: float, y1: float, x2: float, y2: float, width: float = 0.2
) -> tuple[Rule, ...]:
    return (
        Rule(x1, y1, x2, y1, width),
        Rule(x1, y2, x2, y2, width),
        Rule(x1, y1, x1, y2, width),
        Rule(x2, y1, x2, y2, width),
    )
