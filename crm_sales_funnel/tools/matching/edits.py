"""How far two spellings lie apart: by characters, and by how they sound."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from .tables import lookalikes, sounds

SAME_SOUND = 0.3  # the price of a character that is read alike: typed by its sound
SAME_LOOK = 0.4  # looks alike: misread
NEAR_SOUND = 0.6  # the same with an accent of the south, which mixes zh and z, n and l

_ACCENT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("h", "f"))


def edits(a: str, b: str, price: Callable[[str, str], float] | None = None) -> float:
    """Return the least price of turning one text into another.

    A character left out, put in or replaced costs 1, two neighbours swapped too.

    >>> edits("northfield", "northfeild"), edits("abc", "abd"), edits("", "ab")
    (1.0, 1.0, 2.0)
    """
    if a == b:
        return 0.0
    before: list[float] = []
    last = [float(place) for place in range(len(b) + 1)]
    for row, char in enumerate(a, 1):
        line = [float(row)]
        for place, other in enumerate(b, 1):
            if char == other:
                best = last[place - 1]
            else:
                replaced = price(char, other) if price else 1.0
                best = min(last[place - 1] + replaced, last[place] + 1, line[-1] + 1)
                if (
                    row > 1
                    and place > 1
                    and char == b[place - 2]
                    and other == a[row - 2]
                ):
                    best = min(best, before[place - 2] + 1)
            line.append(best)
        before, last = last, line
    return last[-1]


@lru_cache(maxsize=4096)
def mistaken(a: str, b: str) -> float:
    """Return the price of taking one Chinese character for another.

    >>> mistaken("鸿", "宏"), mistaken("森", "生"), mistaken("达", "远")
    (0.3, 0.6, 1.0)
    >>> mistaken("未", "末")
    0.4
    """
    if b in lookalikes().get(a, ()):
        return min(SAME_LOOK, _heard(a, b))
    return _heard(a, b)


def _heard(a: str, b: str) -> float:
    first, second = sounds().get(a), sounds().get(b)
    if not first or not second:
        return 1.0
    if first == second:
        return SAME_SOUND
    return NEAR_SOUND if roughly(a) == roughly(b) else 1.0


@lru_cache(maxsize=8192)
def roughly(char: str) -> str:
    """Return how a character is read in the south; itself if it is not read.

    >>> roughly("森") == roughly("生")
    True
    """
    return southern(sounds().get(char, char))


def southern(sound: str) -> str:
    """Return a reading without what the south does not tell apart.

    >>> southern("zhong"), southern("lin") == southern("ning")
    ('zon', True)
    """
    for written, spoken in _ACCENT:
        if written in ("l", "h"):
            if sound.startswith(written):
                sound = spoken + sound[1:]
        else:
            sound = sound.replace(written, spoken)
    return sound
