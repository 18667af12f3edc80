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
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import lru_cache
from threading import Lock

from .layout import MM_PER_POINT

_logger = logging.getLogger(__name__)

# How many run side by side for one print: more would take the machine from all others.
SIDE_BY_SIDE = 2
# That a print may take; 200 pages take about two. Odoo ends its own process after
# 120, without a word to the user.
SECONDS = 90

_PROBE_SECONDS = 15

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
    _status, pdf, message = _Runs(binary, width, _LENGTH, _PROBE_SECONDS).run(_PROBE)
    rect = _RECT.search(pdf)
    if not rect:
        raise EngineError(f"wkhtmltopdf prints no page: {message}")
    points = float(rect[2]) - float(rect[1])
    return _PIXELS / (points * MM_PER_POINT)


def print_pdfs(
    binary: str,
    files: Iterable[str],
    width: float,
    height: float,
    seconds: float = SECONDS,
) -> list[bytes]:
    """Return a PDF of each HTML file, on sheets of millimetres without margins.

    The first is printed while the next one is still drawn. When one fails, or no next
    one can be drawn, those that are being printed are ended.

    :param binary: path of wkhtmltopdf
    :param seconds: that all of them may take
    :raise EngineError: it does not run, fails, or takes too long
    """
    runs = _Runs(binary, width, height, seconds)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        try:
            futures = []
            for html in files:
                futures.append(pool.submit(runs.print, html))
                _raise_failure(futures)
                runs.check_time()
            wait(futures, return_when=FIRST_EXCEPTION)
            _raise_failure(futures)
            return [future.result() for future in futures]
        except BaseException:
            runs.stop()
            raise


class _Runs:
    """Runs of wkhtmltopdf for one print, which end together."""

    def __init__(self, binary: str, width: float, height: float, seconds: float):
        self.binary = binary
        self.arguments = page_args(width, height)
        self.deadline = time.monotonic() + seconds
        self.running: set[subprocess.Popen[bytes]] = set()
        self.stopped = False
        self.lock = Lock()

    def print(self, html: str) -> bytes:
        status, pdf, message = self.run(html)
        # 1 says that something on the page was not found, as Odoo takes it too.
        if status == 1:
            _logger.warning("wkhtmltopdf: %s", message)
        if status not in (0, 1) or not pdf:
            raise EngineError(f"wkhtmltopdf failed (error code {status}): {message}")
        return pdf

    def run(self, html: str) -> tuple[int, bytes, str]:
        """Return the exit status, the PDF and the end of what it says."""
        try:
            with tempfile.NamedTemporaryFile(
                "w", suffix=".html", encoding="utf-8"
            ) as f:
                f.write(html)
                f.flush()
                with self._started(f.name) as process:
                    pdf, said = process.communicate(timeout=self._remaining())
        except subprocess.TimeoutExpired as error:
            raise EngineError("wkhtmltopdf takes too long") from error
        except OSError as error:
            raise EngineError(f"wkhtmltopdf does not run: {error}") from error
        return process.returncode, pdf, said.decode(errors="replace")[-500:]

    def check_time(self) -> None:
        """Raise an error when the time is over: nothing more need be drawn."""
        if not self._remaining():
            raise EngineError("wkhtmltopdf takes too long")

    def _remaining(self) -> float:
        return max(self.deadline - time.monotonic(), 0)

    @contextmanager
    def _started(self, path: str) -> Iterator[subprocess.Popen[bytes]]:
        with self.lock:
            if self.stopped:
                raise EngineError("the print was stopped")
            process = subprocess.Popen(  # pylint: disable=consider-using-with
                [self.binary, *self.arguments, path, "-"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            self.running.add(process)
        with process:
            try:
                yield process
            finally:
                with self.lock:
                    self.running.discard(process)
                # What it left running may tidy up; what hangs is told nothing.
                hangs = process.poll() is None
                _end(process, signal.SIGKILL if hangs else signal.SIGTERM)

    def stop(self) -> None:
        """End what is running, and begin nothing more."""
        with self.lock:
            self.stopped = True
            running = list(self.running)
        for process in running:
            _end(process, signal.SIGKILL)


def _raise_failure(futures: list[Future[bytes]]) -> None:
    """Raise what one of the prints has raised, whatever the others do."""
    for future in futures:
        if future.done():
            future.result()


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """End a process, and what it started: it may be a script around wkhtmltopdf."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, how)
