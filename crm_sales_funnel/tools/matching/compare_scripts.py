"""A name in Chinese characters beside one in letters: 新航科技, Xinhang Technology."""

from __future__ import annotations

from .chinese import ChineseName
from .latin import LatinName
from .tables import sounds
from .text import is_wide
from .words import SPECIAL

SAME = 0.92  # brand and trade
BRAND = 0.8  # the brand; the trade is not told by both
SHORT = 0.6  # a brand of one syllable or so
OTHER = 0.5
SHORTEST = 5  # letters of a brand that is not met by chance


def compare(wide: ChineseName, letters: LatinName) -> float:
    """Return from 0 to 1 how sure it is that two names are of one firm."""
    spelled = sound(wide.brand)
    if not spelled:
        return 0.0
    places = {sound(place) for place in wide.places}
    words = [word for word in letters.words if word.text not in places]
    brand = "".join(word.text for word in words if word.weight > SPECIAL)
    whole = "".join(word.text for word in words)
    if spelled != brand and not whole.startswith(spelled):
        return 0.0
    if spelled == wide.brand:  # ABB has no need to be spelled
        return SAME if spelled == brand else OTHER
    if len(spelled) < SHORTEST:
        return SHORT
    groups = {word.group for word in words if word.group}
    if groups & (wide.special | wide.general):
        return SAME
    if {group for group in groups if group[0] != "*"} and wide.special:
        return OTHER
    return BRAND


def sound(text: str) -> str:
    """Return how characters are read, in letters; letters stay.

    >>> sound("新航"), sound("abb中国"), sound("ソニー")
    ('xinhang', 'abbzhongguo', '')
    """
    known = sounds()
    spelled = "".join(known.get(char, char) for char in text).replace(" ", "")
    return "" if is_wide(spelled) else spelled
