"""How many different things one may have within a time; kept in the memory of a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable


class Limiter:
    """Who may have how many different things within some seconds.

    >>> limiter = Limiter(most=2, seconds=60)
    >>> [limiter.take("Ann", thing, now=0) for thing in "abca"]
    [True, True, False, True]
    >>> limiter.take("Bob", "c", now=0), limiter.take("Ann", "c", now=61)
    (True, True)
    """

    def __init__(self, most: int, seconds: float):
        self.most = most
        self.seconds = seconds
        self._had: dict[Hashable, dict[Hashable, float]] = {}
        self._noted: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def take(self, who: Hashable, thing: Hashable, now: float | None = None) -> bool:
        """Return whether somebody may have a thing. What he had lately he may have again;
        it counts from the last time on.

        :param now: seconds of any clock that does not go back
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            had = self._had.setdefault(who, {})
            # The oldest comes first.
            while had and next(iter(had.values())) <= now - self.seconds:
                del had[next(iter(had))]
            if thing not in had and len(had) >= self.most:
                return False
            had.pop(thing, None)
            had[thing] = now
            return True

    def is_to_note(self, who: Hashable, now: float | None = None) -> bool:
        """Return whether it is time to note that somebody wants more: once in the time.

        >>> limiter = Limiter(most=2, seconds=60)
        >>> [limiter.is_to_note("Ann", now) for now in (0, 59, 60)]
        [True, False, True]
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            last = self._noted.get(who)
            if last is not None and now - last < self.seconds:
                return False
            self._noted[who] = now
            return True
