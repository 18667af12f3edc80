"""What is known of names of firms: read from data/ when first asked for, then kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


def lines(name: str) -> Iterator[str]:
    """Yield the lines of a table, without remarks and empty ones."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and line[0] != "#":
            yield line


def words(name: str) -> Iterator[str]:
    """Yield the words of a table that has no more than words."""
    for line in lines(name):
        yield from line.split()


@lru_cache(maxsize=1)
def simplified() -> dict[int, str]:
    """Return for `str.translate` what stands for Traditional and other characters."""
    return {
        ord(char): group[0] for group in words("simplified.txt") for char in group[1:]
    }


@lru_cache(maxsize=1)
def sounds() -> dict[str, str]:
    """Return how a character is read, without its tone.

    >>> sounds()["鸿"] == sounds()["宏"] == "hong"
    True
    """
    return {
        char: sound
        for sound, chars in (line.split() for line in lines("pinyin.txt"))
        for char in chars
    }


@lru_cache(maxsize=1)
def lookalikes() -> dict[str, frozenset[str]]:
    """Return the characters that one may be taken for.

    >>> sorted(lookalikes()["已"])
    ['己', '已', '巳']
    """
    table: dict[str, frozenset[str]] = {}
    for group in words("lookalikes_zh.txt"):
        for char in group:
            table[char] = table.get(char, frozenset()) | frozenset(group)
    return table


@lru_cache(maxsize=1)
def trade_words() -> dict[str, str]:
    """Return the group of each Chinese word for a trade; general ones have a star.

    >>> trade_words()["五金制品"], trade_words()["科技"]
    ('metal', '*tech')
    """
    table: dict[str, str] = {}
    for line in lines("trade_zh.txt"):
        group, *found = line.split()
        for word in found:
            table.setdefault(word, group)
    return table


@lru_cache(maxsize=1)
def latin_words() -> dict[str, tuple[str, str]]:
    """Return group and meaning of each word for a trade in Latin letters.

    >>> latin_words()["mfg"], latin_words()["handels"]
    (('*industry', 'manufacturing'), ('*trade', 'trading'))
    """
    table: dict[str, tuple[str, str]] = {}
    group = ""
    for line in lines("trade_latin.txt"):
        if line.startswith("= "):
            group = line[2:]
            continue
        found = line.split()
        for word in found:
            table.setdefault(word, (group, found[0]))
    return table


@lru_cache(maxsize=1)
def little_words() -> dict[str, str]:
    """Return the words that tell nothing, each with its meaning.

    >>> little_words()["und"], little_words()["of"]
    ('&', 'of')
    """
    ands, others = lines("little_latin.txt")
    return {
        **dict.fromkeys(ands.split(), "&"),
        **{word: word for word in others.split()},
    }


@lru_cache(maxsize=1)
def letters() -> dict[str, str]:
    """Return how letters without an accent are written in a to z.

    >>> letters()["ø"], letters()["ж"]
    ('o', 'zh')
    """
    return {pair[0]: pair[1:] for pair in words("letters.txt")}


@dataclass(frozen=True)
class LatinForms:
    """Legal forms in letters that end a name and those that begin one, without spaces."""

    last: frozenset[str]
    first: frozenset[str]
    last_words: frozenset[str]  # the words that one of them may end with
    first_words: frozenset[str]


@lru_cache(maxsize=1)
def latin_forms() -> LatinForms:
    """Return the legal forms.

    >>> "gmbhandcokg" in latin_forms().last, "kg" in latin_forms().last_words
    (True, True)
    """
    last, first = {"and", "coltd"}, set[str]()
    last_words, first_words = {"&", *last}, set[str]()
    for line in lines("forms_latin.txt"):
        for form in line.removeprefix("first:").split():
            parts = form.split("+")
            if line.startswith("first:"):
                first.add("".join(parts))
                first_words |= {parts[0], "".join(parts)}
            else:
                last.add("".join(parts))
                last_words |= {parts[-1], "".join(parts)}
    return LatinForms(*map(frozenset, (last, first, last_words, first_words)))


@lru_cache(maxsize=1)
def latin_places() -> dict[tuple[str, ...], str]:
    """Return the usual name of each place that names are known by, as words."""
    known = places()
    chinese = (
        "".join(sounds().get(char, "") for char in city) for city in known.cities
    )
    return {
        **{(city,): city for city in chinese if len(city) > 4},
        **{
            tuple(place.split("+")): line.split()[0].replace("+", "")
            for line in lines("regions_latin.txt")
            for place in line.split()
        },
    }


@dataclass(frozen=True)
class Places:
    """Places of China and beyond: what lies in what."""

    countries: frozenset[str]
    areas: frozenset[str]  # 华东: no name begins with it
    provinces: frozenset[str]
    cities: dict[str, str]  # its province
    towns: dict[str, frozenset[str]]  # the cities that it may lie in
    known: frozenset[str]  # towns that need nothing before or behind them
    begun: dict[str, tuple[int, ...]]  # by two characters: how long names of places are


@lru_cache(maxsize=1)
def places() -> Places:
    """Return the places.

    >>> places().cities["东莞"], sorted(places().towns["虎门"])
    ('广东', ['东莞'])
    """
    provinces: set[str] = set()
    cities: dict[str, str] = {}
    province = ""
    towns: dict[str, set[str]] = {}
    for line in lines("regions_zh.txt"):
        if line.startswith("= "):
            province = line[2:]
            provinces.add(province)
            continue
        for part in line.split():
            city, _, inside = part.partition(":")
            cities.setdefault(city, province)
            for town in filter(None, inside.split(",")):
                towns.setdefault(town, set()).add(city)
    countries, areas = " ".join(lines("countries_zh.txt")).split("=")
    begun: dict[str, set[int]] = {}
    for place in (*countries.split(), *provinces, *cities, *towns):
        begun.setdefault(place[:2], set()).add(len(place))
    return Places(
        countries=frozenset(countries.split()),
        areas=frozenset(areas.split()),
        provinces=frozenset(provinces),
        cities=cities,
        towns={town: frozenset(found) for town, found in towns.items()},
        known=frozenset(words("towns_zh.txt")),
        begun={two: tuple(sorted(sizes, reverse=True)) for two, sizes in begun.items()},
    )


class Endings:
    """Words that may end a text."""

    def __init__(self, known: Iterable[str]):
        self.known = frozenset(known)
        sizes: dict[str, set[int]] = {}
        for word in self.known:
            sizes.setdefault(word[-1], set()).add(len(word))
        self.sizes = {
            char: sorted(found, reverse=True) for char, found in sizes.items()
        }

    def at_end(self, text: str) -> str:
        """Return the longest of them that ends a text; empty if none does."""
        for size in self.sizes.get(text[-1:], ()):
            if text[-size:] in self.known:
                return text[-size:]
        return ""


@lru_cache(maxsize=1)
def forms() -> Endings:
    """Return the Chinese legal forms.

    >>> forms().at_end("新航科技有限公司")
    '有限公司'
    """
    return Endings(words("forms_zh.txt"))


@lru_cache(maxsize=1)
def branches() -> Endings:
    """Return the words that end the name of a part of a firm."""
    return Endings(words("branches_zh.txt"))


@lru_cache(maxsize=1)
def trades() -> Endings:
    """Return the Chinese words for trades."""
    return Endings(trade_words())


@lru_cache(maxsize=1)
def common_characters() -> frozenset[str]:
    """Return the characters that many brands are made of."""
    return frozenset("".join(words("common_zh.txt")))


@lru_cache(maxsize=1)
def mail_domains() -> frozenset[str]:
    """Return the domains at which anybody may have a mailbox."""
    return frozenset(words("mail_domains.txt"))
