"""Runs wkhtmltopdf, and finds out what one CSS pixel of it measures on paper.

Builds differ: on unpatched Qt a pixel is about 1/125 inch, on patched Qt 1/75 inch, and
no version number tells which. Unpatched Qt moreover fits a whole number of pixels into
the width of the paper. So each binary is asked once for each width: it prints a link of
a known size, and the PDF says in plain text how large it became.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial

from .layout import MM_PER_POINT

_logger = logging.getLogger(__name__)

# How many run side by side for one print: more would take the machine from all others.
SIDE_BY_SIDE = 2
_SECONDS = 300  # that a file may take; 100 pages take about one

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
        # It waits for scripts all the same, 200 ms if nothing is said.
        *("--javascript-delay", "1"),
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
    done = _run(binary, _PROBE, width, _LENGTH)
    rect = _RECT.search(done.stdout)
    if not rect:
        raise EngineError(f"wkhtmltopdf prints no page: {_message(done)}")
    points = float(rect[2]) - float(rect[1])
    return _PIXELS / (points * MM_PER_POINT)


def print_pdfs(
    binary: str, files: Iterable[str], width: float, height: float
) -> list[bytes]:
    """Return a PDF of each HTML file, on sheets of millimetres without margins.

    The first is printed while the next one is still drawn.

    :param binary: path of wkhtmltopdf
    :raise EngineError: it does not run, or fails
    """
    print_ = partial(_print, binary, width, height)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return list(pool.map(print_, files))


def _print(binary: str, width: float, height: float, html: str) -> bytes:
    done = _run(binary, html, width, height)
    # 1 says that something on the page was not found, as Odoo takes it too.
    if done.returncode == 1:
        _logger.warning("wkhtmltopdf: %s", _message(done))
    if done.returncode not in (0, 1) or not done.stdout:
        raise EngineError(
            f"wkhtmltopdf failed (error code {done.returncode}): {_message(done)}"
        )
    return done.stdout


def _run(
    binary: str, html: str, width: float, height: float
) -> subprocess.CompletedProcess[bytes]:
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
        file.write(html)
        file.flush()
        try:
            return subprocess.run(
                [binary, *page_args(width, height), file.name, "-"],
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"wkhtmltopdf does not run: {error}") from error


def _message(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace")[-500:]
