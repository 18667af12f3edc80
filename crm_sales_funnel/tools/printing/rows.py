"""What stands in the table: rows of the document, and sums below them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .figures import Figures
from .layout import Column


@dataclass(frozen=True)
class Row:
    """One line of the document, as many lines of text high as its tallest cell."""

    texts: tuple[tuple[str, ...], ...]  # per column, its lines
    values: tuple[Decimal | None, ...]
    groups: tuple[str, ...]

    @property
    def height(self) -> int:
        return max(map(len, self.texts))

    def pieces(self, lines: int) -> Iterator[Row]:
        """Yield the row in pieces that fit on a page; only the first has values."""
        if self.height <= lines:
            yield self
            return
        empty = (None,) * len(self.values)
        for start in range(0, self.height, lines):
            texts = tuple(text[start : start + lines] for text in self.texts)
            yield replace(self, texts=texts, values=empty if start else self.values)


@dataclass(frozen=True)
class Summary:
    """A row below the lines of a page: kind, label, and the sums by column key."""

    kind: str  # subtotal, carried, total
    label: str
    sums: Mapping[str, tuple[str, Decimal | None]]


class Sums:
    """Running sums of the columns that are added up, apart for each group."""

    def __init__(self, columns: Sequence[Column], figures: Figures) -> None:
        self.columns = columns
        self.figures = figures
        self.sums: list[dict[str, Decimal]] = [defaultdict(Decimal) for _ in columns]

    def add(self, values: Sequence[Decimal | None], groups: Sequence[str]) -> None:
        for sums, value, group in zip(self.sums, values, groups, strict=True):
            if value is not None:
                sums[group] += value

    def texts(self) -> dict[str, tuple[str, Decimal | None]]:
        """Return column key -> text and value of its sum.

        What cannot be added up has no value: amounts in several currencies are
        written one after the other, quantities in several units left out.
        """
        return {
            column.key: self._text(column, sums)
            for column, sums in zip(self.columns, self.sums, strict=True)
            if column.sum
        }

    def _text(
        self, column: Column, sums: Mapping[str, Decimal]
    ) -> tuple[str, Decimal | None]:
        texts = {
            group: self.figures.text(column, group, value)
            for group, value in sums.items()
        }
        if len(sums) < 2:
            return "".join(texts.values()), next(iter(sums.values()), None)
        if not column.price:
            return "", None
        return " + ".join(f"{text} {group}" for group, text in texts.items()), None
