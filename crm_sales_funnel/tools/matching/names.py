"""Names of firms: the key they are found by, and how alike two of them are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from . import chinese, compare_chinese, compare_latin, compare_scripts, latin
from .grams import grams
from .text import LONGEST, fold, is_wide
from .words import RARE

STRONG = 0.85  # a score from here on is worth a warning in red
SIMILAR = 0.6  # and from here on a mention
KEPT = 8192  # names whose parts are kept in memory


@dataclass(frozen=True)
class Name:
    """A name and its parts; one of the two kinds is there, none for signs alone."""

    key: str
    wide: chinese.ChineseName | None = None
    letters: latin.LatinName | None = None


def normalize(name: str) -> str:
    """Return what a name is found by: without place, legal form, accents and signs.

    Chinese is in Simplified characters. Never empty unless the name is blank.

    >>> normalize("深圳市新航科技有限公司"), normalize("新航科技（深圳）股份有限公司")
    ('新航科技', '新航科技')
    >>> normalize("臺北市鴻德精密工業股份有限公司"), normalize("中国银行")
    ('鸿德精密工业', '中国银行')
    >>> normalize("Müller & Söhne GmbH & Co. KG"), normalize("Shenzhen Golden Eagle Co., Ltd.")
    ('muller & sohne', 'golden eagle')
    >>> normalize("!"), normalize("  ")
    ('!', '')
    """
    key = parse(name).key
    for _ in range(LONGEST):  # two or three rounds, as a rule
        shorter = parse(key).key
        if shorter == key:
            break
        key = shorter
    return key


def score(a: str, b: str) -> float:
    """Return from 0 to 1 how sure it is that two names are of one firm; see `STRONG`.

    >>> score("深圳市新航科技有限公司", "新航科技"), score("Müller GmbH", "MUELLER")
    (1.0, 0.97)
    >>> score("深圳宏达五金制品厂", "深圳永发五金制品厂") < 0.3
    True
    >>> STRONG > score("立白日化", "立白物流") > 0.5
    True
    """
    if a == b:
        return 1.0
    if b < a:  # so that it goes both ways, ties and all
        a, b = b, a
    one, other = parse(a), parse(b)
    if one.wide and other.wide:
        found = compare_chinese.compare(one.wide, other.wide)
    elif one.letters and other.letters:
        found = compare_latin.compare(one.letters, other.letters)
    elif one.wide and other.letters:
        found = compare_scripts.compare(one.wide, other.letters)
    elif one.letters and other.wide:
        found = compare_scripts.compare(other.wide, one.letters)
    else:
        found = float(one.key == other.key)
    return round(found, 2)


def rank(name: str, others: Iterable[str], limit: int = 5) -> list[tuple[float, str]]:
    """Return the others that are most alike, with their scores, the best first.

    >>> rank("新航", ["深圳市新航科技有限公司", "新海电子厂", "远航物流"], 1)
    [(0.8, '深圳市新航科技有限公司')]
    """
    found = ((score(name, other), other) for other in others)
    return sorted(found, key=lambda pair: (-pair[0], len(pair[1]), pair[1]))[:limit]


def search_grams(name: str) -> list[str]:
    """Return the grams by which to fetch rows: those that many firms share are left out.

    >>> search_grams("深圳市新航科技有限公司")
    ['新航', '~xinhang', '航科', '~hangke', '新科']
    >>> "tra" in search_grams("Northfield Trading"), search_grams("建设银行")[:2]
    (False, ['建设', '~jianshe'])
    """
    found = parse(name)
    if found.wide and not compare_chinese.only_trade(found.wide):
        brand = found.wide.brand
        telling = found.key[: found.key.find(brand) + len(brand) + 1]
        pieces = grams(telling)
        initials = [gram for gram in grams(found.key) if gram not in found.key]
        return pieces + [
            gram for gram in initials if gram[0] == telling[0] and gram not in pieces
        ]
    if found.letters:
        rare = [word.text for word in found.letters.words if word.weight >= RARE]
        if rare:
            return grams(" ".join(rare))
    return grams(found.key)


@lru_cache(maxsize=KEPT)
def parse(name: str) -> Name:
    """Return a name and its parts."""
    folded = fold(name)
    if not any(char.isalnum() for char in folded):
        return Name(folded or " ".join(name.split()))
    if is_wide(folded):
        wide = chinese.parse(folded)
        return Name(wide.core or folded, wide=wide)
    letters = latin.parse(folded)
    return Name(" ".join(letters.key) or folded, letters=letters)
