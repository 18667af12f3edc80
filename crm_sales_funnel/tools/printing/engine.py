"""What one CSS pixel measures on the paper that a wkhtmltopdf prints on.

Builds differ: on unpatched Qt a pixel is about 1/125 inch, on patched Qt 1/75 inch, and
no version number tells which. Unpatched Qt moreover fits a whole number of pixels into
the width of the paper. So each binary is asked once for each width: it prints a link of
a known size, and the PDF says in plain text how large it became.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from functools import lru_cache

from .layout import MM_PER_POINT

# As long as a PDF may be, so that rounding in the PDF does not matter.
_LENGTH = 5000  # mm
_PIXELS = 12_000
_PROBE = (
    '<!DOCTYPE html><html><body style="margin:0"><a href="http://localhost/" style="'
    f'position:absolute;left:0;top:0;width:100px;height:{_PIXELS}px"></a></body></html>'
)
_RECT = re.compile(rb"/Rect\s*\[\s*[-\d.]+\s+([-\d.]+)\s+[-\d.]+\s+([-\d.]+)\s*\]")


class EngineError(RuntimeError):
    """wkhtmltopdf does not work as it must."""


def page_args(width: float, height: float) -> list[str]:
    """Return the arguments for a sheet of millimetres without margins.

    The orientation is always portrait: landscape would swap the sides.
    """
    return [
        "--disable-local-file-access",
        "--disable-javascript",
        "--quiet",
        "--disable-smart-shrinking",
        *("--page-width", f"{float(width):.4f}mm"),
        *("--page-height", f"{float(height):.4f}mm"),
        *("--margin-top", "0", "--margin-bottom", "0"),
        *("--margin-left", "0", "--margin-right", "0"),
        *("--orientation", "Portrait"),
    ]


def px_per_mm(binary: str, width: float) -> float:
    """Return how many CSS pixels make a millimetre on paper.

    :param binary: path of wkhtmltopdf
    :param width: of the paper, in mm
    :raise EngineError: it does not run, or prints no PDF
    """
    try:
        found = os.stat(binary)
    except OSError as error:
        raise EngineError(f"wkhtmltopdf is not there: {binary}") from error
    return _measure(binary, found.st_mtime_ns, found.st_size, round(width, 2))


@lru_cache(maxsize=64)
def _measure(binary: str, _mtime: int, _size: int, width: float) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".html") as probe:
        probe.write(_PROBE)
        probe.flush()
        try:
            run = subprocess.run(
                [binary, *page_args(width, _LENGTH), probe.name, "-"],
                capture_output=True,
                check=False,
                timeout=60,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"wkhtmltopdf does not run: {error}") from error
    rect = _RECT.search(run.stdout)
    if not rect:
        message = run.stderr.decode(errors="replace")[-500:]
        raise EngineError(f"wkhtmltopdf prints no page: {message}")
    points = float(rect[2]) - float(rect[1])
    return _PIXELS / (points * MM_PER_POINT)
