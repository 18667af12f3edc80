"""Are two names in letters of one firm? Rare words decide, in any order."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from .edits import edits
from .latin import BRAND, LITTLE, LatinName, Word

INITIALS = 0.9  # IBM
JOINED = 0.95  # BlueOcean, Blue Ocean
SWAPPED = 0.95  # northfeild, northfield
SLIP = 0.9  # one letter of many
ALIKE = 0.55  # words less alike than this are different words
LEFT_OUT = 0.2  # how much a word counts that only one of the names has
LEFT_OUT_BRAND = 0.3  # the same of a rare word
CONFLICT = 1.5  # and words that stand against each other
OTHER_NUMBER = 0.5  # also first and second, north and south
AGAINST = frozenset(("*order", "*compass"))


def compare(a: LatinName, b: LatinName) -> float:
    """Return from 0 to 1 how sure it is that two names are of one firm."""
    if a.key == b.key:
        return 1.0
    score = _words(_merged(a, b), _merged(b, a))
    if len(a.joined) > 3 and a.joined == b.joined:
        score = max(score, JOINED)
    score = max(score, _initials(a, b), _initials(b, a))
    if a.numbers != b.numbers:
        score = min(score, OTHER_NUMBER)
    return min(score, 1.0)


def _merged(a: LatinName, b: LatinName) -> LatinName:
    """Return the first name with words joined that the second writes as one."""
    if len(a.key) < 2:
        return a
    whole = {word.text: word for word in b.words}
    merged = list(a.words)
    for at in range(len(merged) - 2, -1, -1):
        if word := whole.get(merged[at].text + merged[at + 1].text):
            merged[at : at + 2] = [word]
    return replace(a, words=tuple(merged)) if len(merged) < len(a.words) else a


def _words(a: LatinName, b: LatinName) -> float:
    pairs = sorted(
        (
            (-alike, -min(one.weight, other.weight), i, j)
            for i, one in enumerate(a.words)
            for j, other in enumerate(b.words)
            if (alike := likeness(one, other)) >= ALIKE
        ),
    )
    left, right = set(range(len(a.words))), set(range(len(b.words)))
    shared = lost = 0.0
    for unlike, _, i, j in pairs:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            weight = (a.words[i].weight + b.words[j].weight) / 2
            shared -= weight * unlike
            lost += weight * (1 + unlike)
    one = [word for i in left if (word := a.words[i]).meaning not in b.places]
    other = [word for j in right if (word := b.words[j]).meaning not in a.places]
    if any(
        word.group in AGAINST and word.group == against.group
        for word in one
        for against in other
    ):
        return min(OTHER_NUMBER, _ratio(shared, lost, one, other))
    return _ratio(shared, lost, one, other)


def _ratio(shared: float, lost: float, one: list[Word], other: list[Word]) -> float:
    """Return which part of all is shared; what is on one side alone counts less."""
    more, less = sorted(
        ((sum(word.weight for word in words), words) for words in (one, other)),
        key=lambda side: -side[0],
    )
    rare = max((word.weight for word in more[1]), default=0.0) >= BRAND
    left_out = (LEFT_OUT_BRAND if rare else LEFT_OUT) * (more[0] - less[0])
    total = shared + lost + CONFLICT * less[0] + left_out
    return shared / total if total else 0.0


@lru_cache(maxsize=16384)
def likeness(a: Word, b: Word) -> float:
    """Return from 0 to 1 how likely two words are one."""
    if a.text == b.text:
        return 1.0
    if a.meaning == b.meaning:
        return 0.99
    if a.weight <= LITTLE or b.weight <= LITTLE or a.group and a.group == b.group:
        return 0.0
    if a.text.isdecimal() or b.text.isdecimal():
        return 0.0
    if a.plain == b.plain and len(a.plain) > 2:
        return 0.97
    longest = max(len(a.text), len(b.text))
    if longest < 4 or abs(len(a.text) - len(b.text)) > 3:
        return 0.0
    wrong = edits(a.text, b.text)
    if a.text[0] != b.text[0]:
        return (1 - wrong / longest) ** 2 * 0.9
    if wrong == 1 and longest > 6:  # a slip of the fingers
        return SWAPPED if sorted(a.text) == sorted(b.text) else SLIP
    return (1 - wrong / longest) ** 2


def _initials(short: LatinName, long: LatinName) -> float:
    if len(short.key) == 1 and len(short.key[0]) > 2 and short.key[0] == long.initials:
        return INITIALS
    return 0.0
