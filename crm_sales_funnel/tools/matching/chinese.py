"""Names in Chinese characters: place, brand, trade, legal form, branch.

深圳市 (place) 新航 (brand) 科技 (trade) 有限公司 (form) 上海 分公司 (branch)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import edits, tables

_BRACKET = re.compile(r"\(([^()]*)\)?")
_FORMERLY = re.compile(r"^(?:原|曾用|曾用名|原名|简称|以下简称)")
_FORM = re.compile(r"有限(?:责任)?公司|(?:责任|股份|总)公司")
_CITY = re.compile(r"^([\u4e00-\u9fff]{2,3})市(?![政场容民值])")
_COUNTY = re.compile(r"^([\u4e00-\u9fff]{2,3})(?:自治县|县|旗)")
_BELOW = re.compile(
    r"^([\u4e00-\u9fff]{2,4}?)(?:新区|高新区|开发区|经开区|工业园区?|保税区|街道|区|镇|乡)"
)
_NO_CITY = frozenset("超夜都门股上集菜城利")  # 超市, 都市: no place ends there
_ENDINGS = (
    ("省", "市", "自治区", "特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区"),
    ("市", "自治州", "地区", "盟"),
    ("市辖区", "新区", "自治县", "自治旗", "市", "县", "区", "旗", "镇", "乡", "街道"),
)
_NUMBER = re.compile(
    r"(?<=第)[一二三四五六七八九十百]+|[0-9]+|[一二三四五六七八九十]+(?=局|院|厂|中|建|公司|$)"
)
_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_FIRST = re.compile(r"^(?:株式会社|有限会社|合同会社|주식회사|유한회사) *(?=..)")
_SHORT_FORMS = frozenset("株股有主주유")  # in brackets
_NATURE = frozenset("河江湖岛桥湾峡谷")  # 秦淮河 is no firm of 秦淮
_OF_PLACE = re.compile(
    r"(?:师范|理工|医科|科技|工业|农业|财经|交通)?(?:大学|学院)(?!城)"
)
_LATIN_TAIL = re.compile(r"[a-z0-9& ]+$")
COMMON_BRAND = 3  # a shorter brand of common characters may well be someone else's


@dataclass(frozen=True)
class ChineseName:
    """What a name says; all in Simplified characters."""

    core: str  # brand and trade
    brand: str
    trades: tuple[str, ...]
    special: frozenset[str]  # groups of trades that tell much
    general: frozenset[str]  # groups that tell little
    places: tuple[str, ...] = ()  # from the widest to the narrowest
    loose: bool = (
        False  # the place is in brackets or of a branch: it does not tell apart
    )
    numbers: tuple[str, ...] = ()
    whole: str = ""  # without form, with places
    common: bool = False  # the brand is made of characters as many are
    heard: frozenset[str] = frozenset()  # how the characters of the brand are read


def parse(folded: str) -> ChineseName:
    """Return the parts of a folded name.

    >>> name = parse("深圳市新航科技有限公司上海分公司")
    >>> name.places, name.brand, name.trades, name.loose
    (('广东', '深圳', '上海'), '新航', ('科技',), True)
    >>> parse("北京银行").core, parse("上海市宏达").core
    ('北京银行', '宏达')
    """
    text, found, loose = _without_brackets(folded)
    text, branch = strip_branch(_FIRST.sub("", text))
    text = strip_form(text)
    core, before = strip_places(text)
    places = dict.fromkeys([*before, *found, *(branch or ())])
    trades, brand = split_trades(core)
    groups = [tables.trade_words()[word] for word in trades]
    return ChineseName(
        core=core,
        brand=brand,
        trades=tuple(trades),
        special=frozenset([group for group in groups if group[0] != "*"]),
        general=frozenset([group for group in groups if group[0] == "*"]),
        places=tuple(places),
        loose=loose or branch is not None,
        numbers=tuple([number.translate(_DIGITS) for number in _NUMBER.findall(core)]),
        whole=text,
        common=len(brand) < COMMON_BRAND
        and tables.common_characters().issuperset(brand),
        heard=frozenset(map(edits.roughly, brand)),
    )


def _without_brackets(folded: str) -> tuple[str, list[str], bool]:
    """Return a name without brackets, the places in them, and whether there are any.

    What is no place, form, branch or note stays.
    """
    if "(" not in folded and ")" not in folded:
        return folded, [], False
    found: list[str] = []

    def bracket(match: re.Match[str]) -> str:
        inside, before = match.group(1), match.start()
        rest, inner = strip_places(inside, 0)
        if (
            before
            and tables.branches().at_end(inside)
            or inside in tables.places().areas
            or inner
            and len(rest) < 2
        ):
            found.extend(inner or [inside])
        elif (
            before > 3
            and match.end() == len(folded)  # a person, a note
            or _FORMERLY.match(inside)
            or inside in _SHORT_FORMS
            or not strip_form(inside, 0)
        ):
            return ""
        else:
            return inside
        return ""

    text = _BRACKET.sub(bracket, folded).replace(")", "") or folded.strip("()")
    return text, found, bool(found) and folded[0] != "("


def strip_form(text: str, least: int = 2) -> str:
    """Return a name without the legal forms at its end; so many characters remain.

    >>> strip_form("新航科技集团股份有限公司"), strip_form("招商银行"), strip_form("新航coltd")
    ('新航科技', '招商银行', '新航')
    """
    if text in tables.forms().known and least:
        return text
    while True:
        shorter = _without_latin_form(text, least)
        form = tables.forms().at_end(shorter)
        while form and len(shorter) - len(form) < least:
            form = tables.forms().at_end(form[1:])
        trade = tables.trades().at_end(shorter) if form and least else ""
        if form and len(trade) <= len(form):
            shorter = shorter[: -len(form)]
        if shorter == text:
            return text
        text = shorter


def _without_latin_form(text: str, least: int) -> str:
    if not text or text[-1] > "z":
        return text
    tail = _LATIN_TAIL.search(text)
    if not tail or tail.start() < max(least, 1):
        return text.rstrip(" &") if len(text) > least else text
    last = [word for word in re.split(r"[ &]+", tail.group()) if word]
    forms = tables.latin_forms().last
    while last and last[-1] in forms:
        last.pop()
    kept = text[: tail.start()] + " ".join(last)
    return kept if len(kept) >= least else text


def strip_branch(text: str) -> tuple[str, list[str] | None]:
    """Return a name without the branch at its end, and the places of the branch.

    >>> strip_branch("中国建设银行股份有限公司深圳市分行")
    ('中国建设银行股份有限公司', ['广东', '深圳'])
    >>> strip_branch("招商银行深圳分行"), strip_branch("新航科技")
    (('招商银行', ['广东', '深圳']), ('新航科技', None))
    """
    ending = tables.branches().at_end(text)
    if not ending or len(text) - len(ending) < 2:
        return text, None
    left = text[: -len(ending)]
    if firm := list(_FORM.finditer(text)):
        end = firm[-1].end()
        if end < len(text):
            return text[:end], strip_places(left[end:], 0)[1]
    for size in range(min(7, len(left) - 2), 1, -1):
        rest, inner = strip_places(left[-size:], 0)
        if inner and not rest:
            return left[:-size], inner
    if ending in ("分公司", "支公司", "办事处", "代表处"):
        return left, []
    return text, None


def strip_places(text: str, least: int = 2) -> tuple[str, list[str]]:
    """Return a name without the places that it begins with, and these.

    They stay where nothing but a trade would be left.

    >>> strip_places("广东省东莞市虎门镇新航科技"), strip_places("义乌新航")
    (('新航科技', ['广东', '东莞', '虎门']), ('新航', ['浙江', '金华', '义乌']))
    >>> strip_places("上海银行"), strip_places("家乐超市")
    (('上海银行', []), ('家乐超市', []))
    """
    steps: list[tuple[str, list[str]]] = []
    rest, found = text, list[str]()
    while step := _place_at_start(rest, found):
        name, size, above = step
        if len(rest) - size < least or least and _OF_PLACE.match(rest[size:]):
            break
        rest = rest[size:]
        found = [*found, *(place for place in above if place not in found), name]
        steps.append((rest, found))
    if least:
        while steps and _only_trade(steps[-1][0], steps[-1][1]):
            # The short name of the place stays: 广东设计院, as others write it.
            place = steps.pop()[1][-1]
            rest, found = steps[-1] if steps else (text, [])
            if rest.startswith(place):
                tail = rest[len(place) :]
                for ending in _ENDINGS[0] + _ENDINGS[1] + _ENDINGS[2]:
                    if tail.startswith(ending) and len(tail) - len(ending) >= least:
                        rest = place + tail[len(ending) :]
                        break
            return rest, found
    return rest, found


def _only_trade(rest: str, found: list[str]) -> bool:
    """Whether a rest is no name of a firm; a country's firm is known by its trade."""
    if len(found) == 1 and found[0] == "中国" and len(rest) >= 4:
        return False
    # A brand of one character has lost its beginning: 兴安堂 is not 堂 of 兴安.
    return len(before_trades(rest)) < 2


def _place_at_start(text: str, found: list[str]) -> tuple[str, int, list[str]] | None:
    """Return a place, how long it is written, and what it lies in."""
    known = tables.places()
    for size in known.begun.get(text[:2], ()):
        name = text[:size]
        if len(name) < size:
            continue
        if (place := _town(text, size, found)) and place[3]:
            return place[:3]
        if name in known.countries or name in known.provinces:
            return name, size + _ending(text, size, 0), []
        if name in known.cities:
            return name, size + _ending(text, size, 1), [known.cities[name]]
        if place:
            return place[:3]
    return _unknown_place(text, found)


def _town(
    text: str, size: int, found: list[str]
) -> tuple[str, int, list[str], bool] | None:
    """Return a town that a text begins with, and whether its city stood before it."""
    known = tables.places()
    name = text[:size]
    if not (above := known.towns.get(name)):
        return None
    ending = _ending(text, size, 2)
    if not ending and text[size : size + 1] in _NATURE:
        return None
    inside = [city for city in above if city in found]
    if not inside:
        inside = [city for city in above if known.cities.get(city) in found]
    if not (ending or inside or name in known.known):
        return None
    cities = inside or (list(above) if len(above) == 1 else [])
    cities = [city for city in cities if city != name]
    wider = [*(known.cities[city] for city in cities), *cities]
    return name, size + ending, wider, bool(inside)


def _unknown_place(text: str, found: list[str]) -> tuple[str, int, list[str]] | None:
    city = _CITY.match(text)
    if city and city.group(1)[-1] not in _NO_CITY and city.group(0) not in text[1:]:
        return city.group(1), city.end(), []
    if county := _COUNTY.match(text):
        return county.group(1), county.end(), []
    if found and (below := _BELOW.match(text)):
        return below.group(1), below.end(), []
    return None


def _ending(text: str, size: int, level: int) -> int:
    for ending in _ENDINGS[level]:
        if text.startswith(ending, size):
            return len(ending)
    return 0


def before_trades(text: str) -> str:
    """Return what stands before the words for trades that end a text.

    >>> before_trades("新航电子科技"), before_trades("建设银行")
    ('新航', '')
    """
    while text and (word := tables.trades().at_end(text)):
        text = text[: -len(word)]
    return text


def split_trades(core: str) -> tuple[list[str], str]:
    """Return the words for trades that end a name, and what stands before them.

    >>> split_trades("新航电子科技"), split_trades("建设银行")
    ((['电子科技'], '新航'), (['银行'], '建设'))
    """
    trades: list[str] = []
    while len(core) > 2 and (word := tables.trades().at_end(core[2:])):
        trades.insert(0, word)
        core = core[: -len(word)]
    return trades, core
