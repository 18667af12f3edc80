"""The page model: what the paginator makes and what every output only draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from .layout import MM_PER_POINT, Block
from .symbols import Rect, Symbol
from .text import is_wide, text_width

# The baseline of a line lies this far below its middle, in em: the middle of Chinese
# characters, digits and capitals alike.
_BASELINE = 0.37
STACK_PITCH = 1.1  # em from one character to the next in a column of characters


@dataclass(slots=True, eq=False)
class Cell:
    """Text at a place.

    Millimetres count from the upper left corner of the sheet; ``col`` and ``row``
    count characters and lines from the upper left corner of the printed area.
    """

    kind: str  # block, head, line, subtotal, carried, total, copy
    key: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    size: float  # points
    pitch: float  # mm from one line of text to the next
    top: float = 0.0  # mm from y to where the first line of text begins
    pad: float = 0.0  # mm kept free at the left and at the right
    align: str = "left"
    bold: bool = False
    vertical: bool = False  # runs downwards
    value: Decimal | None = None  # the number behind the text
    overflow: bool = False  # the text does not fit
    col: int = 0
    row: int = 0
    cols: int = 1
    rows: int = 1

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def anchor(self) -> float:
        """Return the x that the text starts from, ends at, or is centred on."""
        if self.align == "right":
            return self.x + self.width - self.pad
        if self.align == "center":
            return self.x + self.width / 2
        return self.x + self.pad

    def baselines(self) -> Iterator[tuple[str, float]]:
        """Yield each line of text that is not empty with the y of its baseline."""
        middle = self.y + self.top + self.pitch / 2
        for index, line in enumerate(self.lines):
            if line:
                below = self.size * MM_PER_POINT * _BASELINE
                yield line, middle + index * self.pitch + below


@dataclass(slots=True, eq=False)
class Rule:
    """A straight line, in millimetres."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.2


@dataclass(slots=True)
class Page:
    """One sheet or form."""

    number: int
    count: int
    width: float
    height: float
    font: str
    copy: int = 0  # which copy; 0 where one impact makes them all
    name: str = ""  # of the document
    edges: tuple[float, ...] = ()  # x of the table's columns, and of its right side
    grid: bool = True  # the table is ruled
    cells: list[Cell] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    symbols: list[Symbol] = field(default_factory=list)
    # Blocks that the sheet does not have room for where they stand, with their boxes.
    misplaced: list[tuple[Block, Rect]] = field(default_factory=list)
    # Blocks whose words are not printed, as all their fields are empty.
    left_out: list[Block] = field(default_factory=list)

    def texts(self, kind: str, key: str | None = None) -> list[str]:
        """Return the texts of the cells of a kind, in the order of the page."""
        return [
            cell.text
            for cell in self.cells
            if cell.kind == kind and key in (None, cell.key)
        ]


def vertical_text(text: str) -> str:
    """Return a text in one line as it runs downwards: Chinese without blanks."""
    return "".join(text.split()) if is_wide(text) else " ".join(text.split())


def vertical_length(text: str) -> float:
    """Return how long a vertical text is, in em: Chinese stands upright, one
    character below the other; other scripts are turned."""
    return len(text) * STACK_PITCH if is_wide(text) else max(1.0, text_width(text))


def stamp(pages: list[Page], text: str | None) -> None:
    """Write a text above all else on those pages that do not say it anywhere."""
    for page in pages:
        if text and not any(text in cell.text for cell in page.cells):
            page.cells.append(
                Cell(
                    kind="block",
                    key="stamp",
                    x=0.0,
                    y=2.0,
                    width=page.width,
                    height=5.0,
                    lines=(text,),
                    size=11.0,
                    pitch=5.0,
                    align="center",
                    bold=True,
                )
            )
