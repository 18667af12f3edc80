"""Are two names in letters of one firm? Rare words decide, in any order."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from .edits import edits
from .latin import LatinName
from .words import BRAND, GENERAL, LITTLE, Word, consonants, plain

INITIALS = 0.9  # IBM
INITIALS_OF_TWO = 0.86  # HP, P&G
JOINED = 0.95  # BlueOcean, Blue Ocean
SWAPPED = 0.95  # northfeild, northfield
SLIP = 0.9  # one letter of many
ALIKE = 0.55  # words less alike than this are different words
LEFT_OUT = 0.12  # how much a word counts that only one of the names has
LEFT_OUT_BRAND = 0.17  # the same of a rare word
CONFLICT = 1.5  # and words that stand against each other
FRAGMENT = 0.7  # as if still being typed
OTHER_TRADE = 0.8  # Brightwater Toys, Brightwater Timber
OTHER_NUMBER = 0.5  # also first and second, north and south
AGAINST = frozenset(("*order", "*compass"))


def compare(a: LatinName, b: LatinName, initials: int = 2) -> float:
    """Return from 0 to 1 how sure it is that two names are of one firm.

    :param initials: how many letters a short form must have to count
    """
    if a.key == b.key:
        return 1.0
    score = _words(_merged(a, b, initials), _merged(b, a, initials))
    if len(a.joined) > 3 and a.joined == b.joined:
        score = max(score, JOINED)
    elif min(len(a.joined), len(b.joined)) > 3 and (
        a.joined.startswith(b.joined) or b.joined.startswith(a.joined)
    ):
        score = max(score, FRAGMENT)
    score = max(score, _initials(a, b, initials), _initials(b, a, initials))
    if a.numbers != b.numbers:
        score = min(score, OTHER_NUMBER)
    return min(score, 1.0)


def _merged(a: LatinName, b: LatinName, initials: int) -> LatinName:
    """Return the first name with words joined that the second writes as one.

    Blue Ocean as BlueOcean, American Express as Amex, University of California as UC.
    """
    if len(a.words) < 2:
        return a
    merged = list(a.words)
    own = {word.text for word in merged}
    for whole in b.words:
        if whole.text in own or whole.group or len(whole.text) < 2:
            continue
        for at in range(len(merged) - 1):
            if merged[at].text + merged[at + 1].text == whole.text:
                merged[at : at + 2] = [whole]
                break
            if len(whole.text) < initials:
                continue
            if size := _shortened(whole.text, merged[at:]):
                merged[at : at + size] = [whole]
                break
    return replace(a, words=tuple(merged)) if len(merged) < len(a.words) else a


def _shortened(short: str, words: list[Word]) -> int:
    """Return how many words, two or more, a word takes its letters from; 0 if not.

    It takes the first letter of each, or, with four letters or more, two and more.
    """
    if short[0] != words[0].text[0]:
        return 0
    at = size = told = 0
    for word in words:
        if word.weight <= LITTLE and (at >= len(short) or word.text[0] != short[at]):
            size += told > 0
            continue
        if at >= len(short) or word.text[0] != short[at]:
            break
        at, size, told = at + 1, size + 1, told + 1
    if at == len(short) and told > 1 and len(short) > 1:
        return size
    first, second = words[0].text, words[1].text if len(words) > 1 else ""
    for cut in range(2, len(short) - 1):
        if first.startswith(short[:cut]) and second.startswith(short[cut:]):
            return 2
    return 0


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
    same_trade = False
    for unlike, _, i, j in pairs:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            weight = (a.words[i].weight + b.words[j].weight) / 2
            shared -= weight * unlike
            lost += weight * (1 + unlike)
            same_trade = same_trade or bool(a.words[i].group)
    one = [word for i in left if (word := a.words[i]).meaning not in b.places]
    other = [word for j in right if (word := b.words[j]).meaning not in a.places]
    if any(
        word.group in AGAINST and word.group == against.group
        for word in one
        for against in other
    ):
        return min(OTHER_NUMBER, _ratio(shared, lost, one, other))
    score = _ratio(shared, lost, one, other)
    if not same_trade and _trade(one) and _trade(other):
        return min(score, OTHER_TRADE)
    return score


def _trade(words: list[Word]) -> bool:
    return any(word.group and word.weight >= GENERAL for word in words)


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
    if a.text[0] != b.text[0] and a.text[-1] != b.text[-1]:
        return 0.0
    if plain(a.text) == plain(b.text) and len(plain(a.text)) > 2:
        return 0.97
    if found := _spelled(a, b) or _spelled(b, a):
        return found
    longest = max(len(a.text), len(b.text))
    if longest < 4 or abs(len(a.text) - len(b.text)) > 3:
        return 0.0
    allowed = longest * (1 - ALIKE**0.5)
    if len(set(a.text) ^ set(b.text)) > 2 * allowed:
        return 0.0
    wrong = edits(a.text, b.text)
    if a.text[0] != b.text[0]:
        return (1 - wrong / longest) ** 2 * 0.9
    if wrong == 1 and longest > 6:  # a slip of the fingers
        return SWAPPED if sorted(a.text) == sorted(b.text) else SLIP
    return (1 - wrong / longest) ** 2


def _spelled(a: Word, b: Word) -> float:
    """Return how likely the first word is a way to write the second; 0 if it is none."""
    if a.text[0] in "dl" and len(b.text) > 3 and a.text[1:] == b.text:
        return 0.95  # l'Oreal
    if b.group and not a.group and len(a.text) > 3 and b.text.startswith(a.text):
        return 0.9  # constr.
    one, other = consonants(plain(a.text)), consonants(plain(b.text))
    if one == other and len(one) > 3 and a.text[0] == b.text[0]:
        return 0.85  # Mohammed, Muhamad
    return 0.0


def _initials(short: LatinName, long: LatinName, least: int) -> float:
    letters = "".join(short.key).replace("&", "")
    if len(letters) < least:
        return 0.0
    if letters == long.all_initials and len(short.key) == 1 and len(letters) > 2:
        return INITIALS
    if letters != long.initials or max(map(len, short.key)) < len(letters) > 2:
        return 0.0
    return INITIALS if len(letters) > 2 else INITIALS_OF_TWO
