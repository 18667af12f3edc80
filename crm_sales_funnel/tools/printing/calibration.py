"""A page of rulers, by which one sees how far a printer is off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .layout import MM_PER_INCH, Paper
from .pages import Cell, Page, Rule

INSET = 5.0  # mm from the edge of the printable width to the corner marks
CORNER = 10.0
CROSSES = 50.0  # mm from one cross to the next
PITCHES = (10, 12, 15, 17.14)  # characters per inch of impact printers
SIZE = 9.0  # points
LINE = 5.0  # mm


def calibration_page(
    paper: Paper,
    offset_x: float = 0.0,
    offset_y: float = 0.0,
    texts: Sequence[str] = (),
    font: str = "Noto Sans CJK SC",
) -> Page:
    """Return a page with rulers along its edges, corner marks and crosses.

    Everything is moved by the offset, as a layout is: when the printer is right, the
    corner marks are ``INSET`` from the edges of the printable area.

    :param paper: the sheet; rulers keep off its tractor strips
    :param offset_x: mm to the right
    :param offset_y: mm down
    :param texts: instructions, one to a line
    """
    page = Page(1, 1, paper.width, paper.height, font, name="calibration", grid=False)
    left, right = paper.strip + INSET, paper.width - paper.strip - INSET
    top, bottom = INSET, paper.height - INSET
    page.edges = (left + offset_x, right + offset_x)
    rules = [
        *_corners(left, top, right, bottom),
        *_ruler(left, right, top),
        *_ruler_down(top, bottom, left),
        *_crosses(left, top, right, bottom),
    ]
    for rule in rules:
        rule.x1, rule.x2 = rule.x1 + offset_x, rule.x2 + offset_x
        rule.y1, rule.y2 = rule.y1 + offset_y, rule.y2 + offset_y
    page.rules = rules
    y = top + CORNER + offset_y
    x, width = left + CORNER + 4 + offset_x, right - left - 2 * CORNER
    for number, text in enumerate((*texts, *_columns(paper.width - 2 * paper.strip))):
        room = bottom - CORNER - y
        if (number + 1) * LINE < room:
            page.cells.append(_line(x, y + number * LINE, width, text, number))
    return page


def _line(x: float, y: float, width: float, text: str, number: int) -> Cell:
    return Cell(
        "block",
        str(number),
        x,
        y,
        width,
        LINE,
        lines=(text,),
        size=SIZE,
        pitch=LINE,
        row=number,
    )


def _columns(width: float) -> Iterator[str]:
    """Yield how many characters of each pitch the printable width holds."""
    for pitch in PITCHES:
        yield f"{pitch:g} cpi: {int(width / float(MM_PER_INCH) * pitch + 1e-6)}"


def _corners(left: float, top: float, right: float, bottom: float) -> Iterator[Rule]:
    for x in (left, right):
        for y in (top, bottom):
            start_x, start_y = min(x, right - CORNER), min(y, bottom - CORNER)
            yield Rule(start_x, y, start_x + CORNER, y, 0.3)
            yield Rule(x, start_y, x, start_y + CORNER, 0.3)


def _ruler(left: float, right: float, y: float) -> Iterator[Rule]:
    """Yield a mark for each millimetre, longer ones for 5 and 10."""
    for number in range(int(right - left) + 1):
        yield Rule(left + number, y, left + number, y + _mark(number), 0.15)


def _ruler_down(top: float, bottom: float, x: float) -> Iterator[Rule]:
    for number in range(int(bottom - top) + 1):
        yield Rule(x, top + number, x + _mark(number), top + number, 0.15)


def _mark(number: int) -> float:
    if number % 10 == 0:
        return 4.0
    return 2.5 if number % 5 == 0 else 1.2


def _crosses(left: float, top: float, right: float, bottom: float) -> Iterator[Rule]:
    """Yield crosses of 6 mm in a grid, from the upper left corner mark."""
    x = left + CROSSES
    while x < right - CORNER:
        y = top + CROSSES
        while y < bottom - CORNER:
            yield Rule(x - 3, y, x + 3, y, 0.15)
            yield Rule(x, y - 3, x, y + 3, 0.15)
            y += CROSSES
        x += CROSSES
