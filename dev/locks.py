"""Two commands at once: the second waits for what the first is making."""

import fcntl
from contextlib import contextmanager

from . import paths


@contextmanager
def locked(name: str):
    """Waits until no other command holds this lock, and holds it."""
    folder = paths.cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def only_one(name: str):
    """Yields whether no other command holds this lock; it does not wait."""
    folder = paths.cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
