"""A name in Chinese characters beside one in letters: 新航科技, Xinhang Technology."""

from __future__ import annotations

from .chinese import ChineseName
from .edits import southern
from .latin import LatinName
from .tables import sounds
from .text import is_wide
from .words import SPECIAL

SAME = 0.92  # brand and trade
NEAR = 0.87  # the brand and the place; the trade is not told by both
BRAND = 0.8  # the brand
SHORT = 0.6  # a brand of one syllable or so
OTHER = 0.5
ACCENT = 0.95  # what is left of it where the spelling is of the south
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
    if spelled == wide.brand:  # ABB has no need to be spelled
        return SAME if spelled == brand else OTHER if whole.startswith(spelled) else 0.0
    likely = _alike(wide, brand, whole)
    if not likely:
        return 0.0
    if len(brand) < SHORTEST:
        return SHORT * likely
    groups = {word.group for word in words if word.group}
    if groups & (wide.special | wide.general):
        return SAME * likely
    if {group for group in groups if group[0] != "*"} and wide.special:
        return OTHER
    here = places & {*letters.places, *(word.text for word in letters.words)}
    return (NEAR if here else BRAND) * likely


def _alike(wide: ChineseName, brand: str, whole: str) -> float:
    """Return how surely a brand is spelled in letters; 0 if it is not."""
    spelled = sound(wide.brand)
    if spelled == brand or whole.startswith(spelled):
        return 1.0
    for size in range(2, len(wide.brand)):  # a trade that we do not know follows
        if sound(wide.brand[:size]) == brand:
            return 1.0
    return ACCENT if southern(spelled) == southern(brand) else 0.0


def sound(text: str) -> str:
    """Return how characters are read, in letters; letters stay.

    >>> sound("新航"), sound("abb中国"), sound("ソニー")
    ('xinhang', 'abbzhongguo', '')
    """
    known = sounds()
    spelled = "".join(known.get(char, char) for char in text).replace(" ", "")
    return "" if is_wide(spelled) else spelled
