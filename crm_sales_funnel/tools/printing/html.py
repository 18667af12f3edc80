"""Draws pages as SVG, and as one HTML file that wkhtmltopdf turns into a PDF.

Text and rules are placed by SVG coordinates, which keep their decimals, where CSS
boxes would be moved to whole pixels of up to 0.34 mm. Font sizes snap to whole pixels
all the same, in both builds of wkhtmltopdf, hence they are rounded down here and no
text grows beyond what the paginator measured.

Lines with Arabic or Hebrew are CSS boxes all the same: where such a line has numbers or
Latin words as well, wkhtmltopdf's SVG draws one over the other.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape

from .layout import MM_PER_POINT
from .pages import STACK_PITCH, Cell, Page
from .symbols import Symbol
from .text import direction, has_rtl, is_measured, is_wide, split_rtl

SCREEN = 96 / 25.4  # CSS pixels per millimetre in a browser
# PDF sizes are whole points, so that a sheet may come out 0.35 mm smaller. A block as
# high as the sheet then gives a blank sheet after each one; a wider one is shrunk.
SPARE = 0.5  # mm
_BREAK = 2  # characters that mark a page break

_FALLBACKS = "'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif"
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_UPRIGHT = str.maketrans("()（）-—", "︵︶︵︶︱︱")
_HEAD = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title></title><style>'
    "*{margin:0;padding:0}svg{display:block}"
    ".p{display:none;overflow:hidden;page-break-inside:avoid}"
    # The baseline stands on the bottom of <i>, whatever the font.
    ".p p{position:absolute;overflow:hidden;white-space:pre;line-height:0}"
    ".p i{display:inline-block}"
    ".b{page-break-after:always}"
    "path{stroke:#000;fill:none}path.s{stroke:none;fill:#000}text{direction:ltr}"
    "</style></head><body>"
)
# Patched Qt crashes now and then when it lays out a long file that is still being read,
# so pages are shown by the last thing in it.
_TAIL = "<style>.p{display:block}</style></body></html>"


def render(pages: Iterable[Page], px_per_mm: float = SCREEN) -> str:
    """Return a complete HTML file of the pages, one after the other.

    :param px_per_mm: CSS pixels that make a millimetre on paper, see engine.py
    """
    return _file([_block(page, px_per_mm) for page in pages])


def render_files(pages: Iterable[Page], px_per_mm: float, limit: int) -> Iterator[str]:
    """Yield the pages as HTML files, each shorter than ``limit`` characters or of
    one page. The first has half of that, so that its printing begins sooner."""
    empty = len(_file([]))
    blocks: list[str] = []
    room = limit // 2 - empty
    for page in pages:
        block = _block(page, px_per_mm)
        size = len(block) + _BREAK
        if blocks and size > room:
            yield _file(blocks)
            blocks, room = [], limit - empty
        blocks.append(block)
        room -= size
        if room < size:  # not for the next page, which may take long to come
            yield _file(blocks)
            blocks, room = [], limit - empty
    if blocks:
        yield _file(blocks)


def _file(blocks: list[str]) -> str:
    *others, last = blocks or [""]
    others = [block.replace('class="p"', 'class="p b"', 1) for block in others]
    return f"{_HEAD}{''.join(others)}{last}{_TAIL}"


def _block(page: Page, px_per_mm: float) -> str:
    svg = render_svg(page, px_per_mm, SPARE, rtl=False)
    boxes = "".join(_Pen(px_per_mm).boxes(page))
    height = int((page.height - SPARE) * px_per_mm)
    # Only where it is needed: a sixth of the time that wkhtmltopdf takes.
    place = ";position:relative" if boxes else ""
    return f'<div class="p" style="height:{height}px{place}">{svg}{boxes}</div>'


def render_svg(
    page: Page,
    px_per_mm: float = SCREEN,
    spare: float = 0,
    mark_overflow: bool = False,
    rtl: bool = True,
) -> str:
    """Return one page as SVG.

    :param spare: millimetres to leave out at the right and at the bottom
    :param mark_overflow: show in red which texts do not fit
    :param rtl: with the lines that have text from right to left in them
    """
    width = int((page.width - spare) * px_per_mm)
    height = int((page.height - spare) * px_per_mm)
    return "".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg"'
            f' xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}"'
            f' height="{height}" viewBox="0 0 {width} {height}"'
            f' font-family="{_family(page.font)}">',
            *_Pen(px_per_mm).page(page, rtl),
            *(_Pen(px_per_mm).overflow(page) if mark_overflow else ()),
            "</svg>",
        ]
    )


def _family(font: str) -> str:
    font = "".join(char for char in font if char.isalnum() or char in " -_")
    return f"'{font}',{_FALLBACKS}" if font else _FALLBACKS


class _Pen:
    """Writes SVG elements; turns millimetres into pixels.

    A viewBox in millimetres would do that as well, but makes the patched build a
    third slower.
    """

    def __init__(self, px_per_mm: float) -> None:
        self.scale = px_per_mm

    def px(self, length: float) -> str:
        return f"{length * self.scale:.2f}".rstrip("0").rstrip(".")

    def page(self, page: Page, rtl: bool = True) -> Iterator[str]:
        yield from self.rules(page)
        for symbol in page.symbols:
            yield from self.symbol(symbol)
        styles: dict[str, list[str]] = {}
        for cell in page.cells:
            styles.setdefault(self.style(cell), []).extend(self.texts(cell, rtl))
        for style, texts in styles.items():
            yield f"<g {style}>"
            yield from texts
            yield "</g>"

    def rules(self, page: Page) -> Iterator[str]:
        """One path for all rules of a width."""
        paths: dict[float, list[str]] = {}
        for rule in page.rules:
            start, end = (rule.x1, rule.y1), (rule.x2, rule.y2)
            paths.setdefault(rule.width, []).append(
                "M{} {}L{} {}".format(*map(self.px, (*start, *end)))
            )
        for width, path in paths.items():
            yield f'<path stroke-width="{self.px(width)}" d="{"".join(path)}"/>'

    def symbol(self, symbol: Symbol) -> Iterator[str]:
        if symbol.kind == "logo":
            box = (symbol.x, symbol.y, symbol.width, symbol.height)
            x, y, width, height = map(self.px, box)
            # The format is found out by the reader, whatever is said here.
            content = b64encode(symbol.image).decode()
            yield (
                f'<image x="{x}" y="{y}" width="{width}" height="{height}"'
                f' preserveAspectRatio="none" xlink:href="data:image/png;base64,{content}"/>'
            )
            return
        path = "".join(
            "M{} {}h{}v{}h-{}z".format(*map(self.px, (x, y, w, h, w)))
            for x, y, w, h in symbol.rects()
        )
        if path:
            yield f'<path class="s" d="{path}"/>'

    def overflow(self, page: Page) -> Iterator[str]:
        parts: list[Cell | Symbol] = [*page.cells, *page.symbols]
        boxes = [
            (part.x, part.y, part.width, part.height) for part in parts if part.overflow
        ]
        for box in [*boxes, *(box for _block, box in page.misplaced)]:
            x, y, width, height = map(self.px, box)
            yield (
                f'<rect class="overflow" x="{x}" y="{y}" width="{width}"'
                f' height="{height}" fill="red" fill-opacity="0.25"/>'
            )

    def font_size(self, cell: Cell) -> int:
        return max(1, int(cell.size * MM_PER_POINT * self.scale + 1e-6))

    def style(self, cell: Cell) -> str:
        anchor = "middle" if cell.vertical else _ANCHORS[cell.align]
        weight = ' font-weight="bold"' if cell.bold else ""
        return f'font-size="{self.font_size(cell)}" text-anchor="{anchor}"{weight}'

    def texts(self, cell: Cell, rtl: bool) -> Iterator[str]:
        if cell.vertical:
            yield self.vertical(cell)
            return
        x = self.px(cell.anchor)
        for line, y in cell.baselines():
            if has_rtl(line) and not rtl:
                continue
            rtl_style = _rtl_style(cell) if direction(line) == "rtl" else ""
            text = f'<text x="{x}" y="{self.px(y)}"{rtl_style}>{_escape(line)}</text>'
            yield text if is_measured(line) else self.clipped(cell, text)

    def boxes(self, page: Page) -> Iterator[str]:
        """The lines that have text from right to left in them, as CSS boxes."""
        family = _family(page.font)
        for cell in page.cells:
            for line, y in () if cell.vertical else cell.baselines():
                if has_rtl(line):
                    yield self.box(cell, line, y, family)

    def box(self, cell: Cell, line: str, y: float, family: str) -> str:
        left, right = cell.x, cell.x + cell.width
        if cell.align == "left":
            left = cell.anchor
        elif cell.align == "right":
            right = cell.anchor
        top, pixel = round(cell.y * self.scale), self.scale
        style = {
            "left": f"{round(left * pixel)}px",
            "top": f"{top}px",
            "width": f"{round((right - left) * pixel)}px",
            "height": f"{round((cell.y + cell.height) * pixel) - top}px",
            "font": f"{'bold ' * cell.bold}{self.font_size(cell)}px/0 {family}",
            "text-align": cell.align,
            "direction": direction(line),
        }
        css = ";".join(f"{name}:{value}" for name, value in style.items())
        baseline = round(y * pixel) - top
        strut = f'<i style="height:{baseline}px"></i>'
        parts = "".join(f"<span>{escape(part)}</span>" for part in split_rtl(line))
        return f'<p style="{css}">{strut}{parts}</p>'

    def clipped(self, cell: Cell, text: str) -> str:
        """Keep a text whose width is only assumed inside its cell."""
        box = (cell.x, cell.y, cell.width, cell.height)
        x, y, width, height = map(self.px, box)
        return (
            f'<svg x="{x}" y="{y}" width="{width}" height="{height}"'
            f' viewBox="{x} {y} {width} {height}">{text}</svg>'
        )

    def vertical(self, cell: Cell) -> str:
        em = cell.size * MM_PER_POINT
        x = cell.x + cell.width / 2
        if not is_wide(cell.text):
            middle = (x - em * 0.37, cell.y + cell.height / 2)
            place = "translate({} {}) rotate(90)".format(*map(self.px, middle))
            return f'<text transform="{place}">{_escape(cell.text)}</text>'
        text = cell.text.translate(_UPRIGHT)
        ys = [cell.y + (n + 0.85) * em * STACK_PITCH for n in range(len(text))]
        xs = " ".join([self.px(x)] * len(text))
        return f'<text x="{xs}" y="{" ".join(map(self.px, ys))}">{escape(text)}</text>'


def _rtl_style(cell: Cell) -> str:
    """Start a line at the right; the anchor that was at its start is at its end."""
    anchors = {**_ANCHORS, "left": "end", "right": "start"}
    return f' style="direction:rtl;text-anchor:{anchors[cell.align]}"'


def _escape(text: str) -> str:
    return escape(text).replace("  ", "\u00a0 ")
