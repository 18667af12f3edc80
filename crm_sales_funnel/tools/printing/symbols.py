"""Barcodes, QR codes and pictures: what a page shows beside text and rules.

Encoding is reportlab's (Code 128 of ISO/IEC 15417, QR code of ISO/IEC 18004), reading
pictures is Pillow's; here they are only put into millimetres.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, UnidentifiedImageError
from reportlab.graphics.barcode import code128, qrencoder

# Empty space that a reader needs around a code, in modules.
QUIET_BARS = 10
QUIET_QR = 4
LONGEST_BARS = 80  # characters; longer ones are read by no hand scanner
LONGEST_QR = 1000  # bytes

Rect = tuple[float, float, float, float]  # x, y, width, height


@dataclass(slots=True, eq=False)
class Symbol:
    """A code or picture at a place; millimetres from the corner of the sheet."""

    kind: str  # code128, qr, logo
    key: str
    x: float
    y: float
    width: float
    height: float
    text: str = ""  # what a code says
    image: bytes = b""  # the file of a picture

    @property
    def overflow(self) -> bool:
        """Tell whether the code cannot be printed: it says too much for its kind."""
        return self.kind != "logo" and bool(self.text) and not any(self.rects())

    def rects(self) -> Iterator[Rect]:
        """Yield the dark rectangles of a code."""
        if self.kind == "code128":
            yield from self._bars()
        elif self.kind == "qr":
            yield from self._modules()

    def _bars(self) -> Iterator[Rect]:
        widths = bars(self.text)
        module = self.width / ((sum(widths) + 2 * QUIET_BARS) or 1)
        x = self.x + QUIET_BARS * module
        for index, width in enumerate(widths):
            if index % 2 == 0:
                yield x, self.y, width * module, self.height
            x += width * module

    def _modules(self) -> Iterator[Rect]:
        rows = modules(self.text)
        side = min(self.width, self.height)
        module = side / ((len(rows) + 2 * QUIET_QR) or 1)
        for number, row in enumerate(rows):
            y = self.y + (QUIET_QR + number) * module
            for start, length in _runs(row):
                yield self.x + (QUIET_QR + start) * module, y, length * module, module


def fit_picture(image: bytes, box: Rect, align: str) -> Rect | None:
    """Return where a picture stands within a box, its sides in proportion; None when
    the file is no picture."""
    size = picture_size(image)
    if not size:
        return None
    x, y, width, height = box
    scale = min(width / size[0], height / size[1])
    wide, high = size[0] * scale, size[1] * scale
    x += {"left": 0.0, "center": 0.5, "right": 1.0}[align] * (width - wide)
    return x, y + (height - high) / 2, wide, high


@lru_cache(maxsize=32)
def picture_size(image: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels of a PNG, JPEG or GIF file, else None."""
    try:
        with Image.open(io.BytesIO(image), formats=("PNG", "JPEG", "GIF")) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    return (width, height) if width and height else None


@lru_cache(maxsize=256)
def bars(text: str) -> tuple[int, ...]:
    """Return the widths of bars and spaces in turn, in modules; none when Code 128
    cannot say the text.

    >>> bars("A-1")[:6]
    (2, 1, 1, 2, 1, 4)
    >>> bars("螺栓")
    ()
    """
    if not text or len(text) > LONGEST_BARS or not text.isascii():
        return ()
    code = code128.Code128(text)
    code.validate()
    code.encode()
    code.decompose()
    return tuple(ord(letter.upper()) - ord("A") + 1 for letter in code.decomposed)


@lru_cache(maxsize=256)
def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the rows of a QR code, True where it is dark; none for too long a text.

    >>> len(modules("A-1"))
    21
    """
    content = text.encode()
    if not content or len(content) > LONGEST_QR:
        return ()
    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(qrencoder.QR8bitByte(content))
    code.make()
    size = range(code.getModuleCount())
    return tuple(tuple(bool(code.isDark(y, x)) for x in size) for y in size)


def _runs(row: tuple[bool, ...]) -> Iterator[tuple[int, int]]:
    """Yield start and length of each run of dark modules."""
    start = None
    for index, dark in enumerate((*row, False)):
        if dark and start is None:
            start = index
        elif not dark and start is not None:
            yield start, index - start
            start = None


def to_png(image: bytes) -> bytes:
    """Return a picture as a PNG file without a resolution of its own."""
    content = io.BytesIO()
    with Image.open(io.BytesIO(image), formats=("PNG", "JPEG", "GIF")) as picture:
        picture.convert("RGBA").save(content, "PNG")
    return content.getvalue()


def draw(symbol: Symbol, scale: int = 8) -> bytes:
    """Return a code as a PNG file, ``scale`` pixels to the millimetre."""
    size = max(1, int(symbol.width * scale)), max(1, int(symbol.height * scale))
    picture = Image.new("1", size, 1)
    for x, y, width, height in symbol.rects():
        left, top = (x - symbol.x) * scale, (y - symbol.y) * scale
        right, bottom = left + width * scale, top + height * scale
        picture.paste(0, (round(left), round(top), round(right), round(bottom)))
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()
