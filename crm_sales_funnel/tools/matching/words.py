"""Words in letters: what each tells of a firm, and how it may be spelled."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from . import tables

# How much a word tells of which firm it is.
BRAND, RARE, SPECIAL, GENERAL, PLACE, LITTLE = 1.0, 0.8, 0.4, 0.22, 0.18, 0.05
KEPT = 16384  # words that are kept in memory


@dataclass(frozen=True, eq=False)  # there is one of each: `word`
class Word:
    """A word and what is known of it."""

    text: str
    meaning: str  # what it is compared by: one for all forms of a word
    weight: float
    group: str = ""  # of trades
    digits: str = ""


@lru_cache(maxsize=KEPT)
def word(token: str) -> Word:
    """Return what is known of a word.

    >>> word("mfg").meaning, word("mfg").weight == GENERAL, word("northfield").weight
    ('manufacturing', True, 1.0)
    """
    little = tables.little_words()
    if token in little:
        return Word(token, little[token], LITTLE)
    group, meaning = tables.latin_words().get(token, ("", ""))
    place = tables.latin_places().get((token,), "")
    if group:
        weight = GENERAL if group[0] == "*" else SPECIAL
        digits = meaning if meaning.isdecimal() else ""
        return Word(token, meaning, weight, group, digits)
    if place and len(token) > 2:
        return Word(token, place, PLACE)
    if token in tables.latin_forms().last and len(token) > 2:
        return Word(token, token, LITTLE * 2)
    digits = _NO_DIGIT.sub("", token)
    return Word(token, token, BRAND, "", digits)


@lru_cache(maxsize=KEPT)
def heavier(word: Word) -> Word:
    """Return a word as it weighs where no word is rare, so that it has to tell the firm."""
    return word if word.weight <= LITTLE else replace(word, weight=RARE)


_PLAIN = [
    ("sch", "sh"),
    ("ae", "a"),
    ("oe", "o"),
    ("ue", "u"),
    ("kh", "h"),
    ("ph", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("ts", "c"),
    ("tz", "c"),
    ("q", "k"),
    ("y", "i"),
    ("j", "i"),
    ("w", "v"),
    ("z", "s"),
    ("x", "ks"),
    ("our", "or"),
    ("tre", "ter"),
]
_NO_DIGIT = re.compile(r"[^0-9]")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=KEPT)
def plain(token: str) -> str:
    """Return a word as it may be written down after hearing it.

    >>> plain("mueller") == plain("muller"), plain("harbour") == plain("harbor")
    (True, True)
    """
    for written, heard in _PLAIN:
        token = token.replace(written, heard)
    return _TWICE.sub(r"\1", token)


@lru_cache(maxsize=KEPT)
def consonants(token: str) -> str:
    """Return a word without its vowels, which spellings of foreign names differ in.

    >>> consonants("muhamad") == consonants("mohamed")
    True
    """
    return token.translate(_VOWELS)


_VOWELS = dict.fromkeys(map(ord, "aeiou"))
