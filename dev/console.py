"""Progress and errors as a person reads them."""

import sys
import time
from contextlib import contextmanager

STARTED = time.monotonic()


class Stop(Exception):
    """Something outside is wrong; the text says what and what to do about it."""


def elapsed() -> str:
    """Minutes and seconds since the command began."""
    minutes, seconds = divmod(int(time.monotonic() - STARTED), 60)
    return f"{minutes}:{seconds:02d}"


def say(text: str) -> None:
    print(f"[{elapsed():>5}] {text}", file=sys.stderr, flush=True)


@contextmanager
def step(title: str):
    """Announces a step that takes a while and, at its end, what it took."""
    say(f"{title} ...")
    began = time.monotonic()
    yield
    say(f"{title}: done in {time.monotonic() - began:.0f} s")
