"""Names in letters: words that tell the firm, its trade, its place, its legal form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import tables
from .words import BRAND, LITTLE, PLACE, Word, heavier, word

_OF = frozenset(("of", "de", "du", "di", "do", "da", "del", "von"))
_BRACKET = re.compile(r"\(([^()]*)\)?")


@dataclass(frozen=True)
class LatinName:
    key: tuple[str, ...]
    words: tuple[Word, ...]
    places: frozenset[str]
    initials: str
    all_initials: str  # of places and legal form too
    joined: str  # without spaces
    numbers: tuple[str, ...] = ()


def parse(folded: str) -> LatinName:
    """Return the parts of a folded name.

    >>> name = parse("shenzhen golden eagle optics coltd (hong kong)")
    >>> name.key, sorted(name.places)
    (('golden', 'eagle', 'optics'), ['hongkong', 'shenzhen'])
    >>> [(found.meaning, found.weight) for found in name.words][:2]
    [('golden', 1.0), ('eagle', 1.0)]
    """
    text, places = _without_places_in_brackets(folded)
    tokens = strip_forms(_join_letters(text.split()) or folded.split())
    while True:
        tokens, found = strip_places(tokens)
        if not found:
            break
        places += found
        tokens = strip_forms(tokens)
    known = _words(tokens)
    telling = [found for found in known if found.weight > LITTLE]
    little = tables.little_words()
    return LatinName(
        key=tuple(tokens),
        words=known,
        places=frozenset(places),
        initials="".join([found.text[0] for found in telling]) if telling[1:] else "",
        all_initials="".join([t[0] for t in folded.split() if t not in little]),
        joined="".join([found.text for found in known if found.text != "&"]),
        numbers=tuple(sorted([found.digits for found in known if found.digits])),
    )


def _without_places_in_brackets(folded: str) -> tuple[str, list[str]]:
    places: list[str] = []

    def bracket(match: re.Match[str]) -> str:
        inside = strip_forms(_join_letters(match.group(1).split()), 0)
        rest, inner = strip_places(inside, 0)
        if not rest:
            places.extend(inner)
            return " "
        return f" {match.group(1)} "

    if "(" in folded or ")" in folded:
        folded = _BRACKET.sub(bracket, folded).replace(")", " ")
    return folded, places


def _words(tokens: list[str]) -> tuple[Word, ...]:
    """Return what is known of words; a place is part of a name after "of"."""
    known = [word(token) for token in tokens]
    if not any(found.weight == BRAND for found in known):
        return tuple([heavier(found) for found in known])
    for at in range(1, len(known)):
        if known[at].weight == PLACE and tokens[at - 1] in _OF:
            known[at] = heavier(known[at])
    return tuple(known)


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
    forms = tables.latin_forms()
    while len(tokens) > least:
        most = min(5, len(tokens) - least)
        for size in range(most if tokens[-1] in forms.last_words else 0, 0, -1):
            if "".join(tokens[-size:]).replace("&", "and") in forms.last:
                tokens = tokens[:-size]
                break
        else:
            for size in range(most if tokens[0] in forms.first_words else 0, 0, -1):
                if "".join(tokens[:size]) in forms.first:
                    tokens = tokens[size:]
                    break
            else:
                break
    return tokens


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
    if least and found and not any(word(token).weight == BRAND for token in tokens):
        return all_tokens, []
    return tokens, found
