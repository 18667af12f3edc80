"""Names in letters: words that tell the firm, its trade, its place, its legal form."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from . import tables

# How much a word tells of which firm it is.
BRAND, SPECIAL, GENERAL, PLACE, LITTLE = 1.0, 0.4, 0.22, 0.18, 0.05
_OF = frozenset(
    ("of", "de", "du", "di", "do", "da", "del", "von")
)  # a place of the name
_BRACKET = re.compile(r"\(([^()]*)\)?")


@dataclass(frozen=True, eq=False)  # there is one of each: `_word`
class Word:
    text: str
    meaning: str  # what it is compared by: one for all forms of a word
    weight: float
    group: str = ""
    plain: str = ""  # the text as it sounds, roughly


@dataclass(frozen=True)
class LatinName:
    key: tuple[str, ...]
    words: tuple[Word, ...]
    places: frozenset[str]
    initials: str
    joined: str  # without spaces
    numbers: tuple[str, ...] = ()


def parse(folded: str) -> LatinName:
    """Return the parts of a folded name.

    >>> name = parse("shenzhen golden eagle optics coltd (hong kong)")
    >>> name.key, sorted(name.places)
    (('golden', 'eagle', 'optics'), ['hongkong', 'shenzhen'])
    >>> [(word.meaning, word.weight) for word in name.words][:2]
    [('golden', 1.0), ('eagle', 1.0)]
    """
    places: list[str] = []

    def bracket(match: re.Match[str]) -> str:
        inside = strip_forms(_join_letters(match.group(1).split()), 0)
        rest, inner = strip_places(inside, 0)
        if not rest:
            places.extend(inner)
            return " "
        return f" {match.group(1)} "

    text = folded
    if "(" in text or ")" in text:
        text = _BRACKET.sub(bracket, text).replace(")", " ")
    tokens = _join_letters(text.split()) or folded.split()
    tokens = strip_forms(tokens)
    while True:
        tokens, found = strip_places(tokens)
        if not found:
            break
        places += found
        tokens = strip_forms(tokens)
    words = tuple(
        _heavier(_word(token))
        if before in _OF and _word(token).weight == PLACE
        else _word(token)
        for before, token in zip(["", *tokens], tokens, strict=False)
    )
    if not any(word.weight == BRAND for word in words):
        words = tuple(map(_heavier, words))
    telling = [word for word in words if word.weight > LITTLE]
    return LatinName(
        key=tuple(tokens),
        words=words,
        places=frozenset(places),
        initials="".join(word.text[0] for word in telling) if len(telling) > 1 else "",
        joined="".join(word.text for word in words if word.text != "&"),
        numbers=tuple(
            sorted(filter(None, (re.sub(r"[^0-9]", "", token) for token in tokens)))
        ),
    )


@lru_cache(maxsize=2048)
def _heavier(word: Word) -> Word:
    """Where no word is rare, places and general words tell the firm."""
    return word if word.weight <= LITTLE else replace(word, weight=0.8)


def _join_letters(tokens: list[str]) -> list[str]:
    """Join letters that stand alone: s a r l is sarl."""
    joined: list[str] = []
    single = False
    for token in tokens:
        if len(token) == 1 and token.isalpha():
            if single:
                joined[-1] += token
            else:
                joined.append(token)
            single = True
        else:
            joined.append(token)
            single = False
    return joined


def strip_forms(tokens: list[str], least: int = 1) -> list[str]:
    """Return words without legal forms; so many words remain.

    >>> strip_forms("pt nusantara karya tbk".split()), strip_forms(["company"])
    (['nusantara', 'karya'], ['company'])
    >>> strip_forms("weingut adler gmbh & co kg".split())
    ['weingut', 'adler']
    """
    last, first = tables.latin_forms()
    while True:
        for size in range(min(5, len(tokens) - least), 0, -1):
            if _form(tokens[-size:], last):
                tokens = tokens[:-size]
                break
            if _form(tokens[:size], first):
                tokens = tokens[size:]
                break
        else:
            return tokens


def _form(tokens: list[str], forms: frozenset[str]) -> bool:
    return "".join(tokens).replace("&", "and") in forms


def strip_places(tokens: list[str], least: int = 1) -> tuple[list[str], list[str]]:
    """Return words without places at either end, and the places.

    >>> strip_places("shanghai huayuan hong kong".split())
    (['huayuan'], ['hongkong', 'shanghai'])
    >>> strip_places(["bank", "of", "china"])
    (['bank', 'of', 'china'], [])
    """
    known = tables.latin_places()
    all_tokens, found = tokens, list[str]()
    while True:
        for size in range(min(4, len(tokens) - least), 0, -1):
            place = known.get(tuple(tokens[:size]))
            if place and len(tokens[0]) > 2:
                tokens, found = tokens[size:], [*found, place]
                break
            before = tokens[-size - 1] if len(tokens) > size else ""
            if before not in _OF and (place := known.get(tuple(tokens[-size:]))):
                tokens, found = tokens[:-size], [*found, place]
                break
        else:
            break
    if least and found and not any(_word(token).weight == BRAND for token in tokens):
        return all_tokens, []
    return tokens, found


@lru_cache(maxsize=8192)
def _word(token: str) -> Word:
    little = tables.little_words()
    if token in little:
        return Word(token, little[token], LITTLE)
    group, meaning = tables.latin_words().get(token, ("", ""))
    place = tables.latin_places().get((token,), "")
    if group:
        weight = GENERAL if group[0] == "*" else SPECIAL
        return Word(token, meaning, weight, group, plain(token))
    if place and len(token) > 2:
        return Word(token, place, PLACE, "", plain(token))
    if token in tables.latin_forms()[0] and len(token) > 2:
        return Word(token, token, LITTLE * 2)
    return Word(token, token, BRAND, "", plain(token))


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
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=8192)
def plain(token: str) -> str:
    """Return a word as it may be written down after hearing it.

    >>> plain("mueller") == plain("muller"), plain("harbour") == plain("harbor")
    (True, True)
    """
    for written, heard in _PLAIN:
        token = token.replace(written, heard)
    return _TWICE.sub(r"\1", token)


@lru_cache(maxsize=8192)
def consonants(token: str) -> str:
    """Return a word without its vowels, which spellings of foreign names differ in.

    >>> consonants("muhamad") == consonants("mohamed")
    True
    """
    return token.translate(_VOWELS)


_VOWELS = dict.fromkeys(map(ord, "aeiou"))
