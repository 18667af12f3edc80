"""Why two names are alike, in keys that the caller translates."""

from __future__ import annotations

from . import compare_chinese
from .chinese import ChineseName
from .names import SIMILAR, STRONG, Name, parse, score

REASONS = (
    "same_name",  # all but place, legal form and spelling
    "similar_name",
    "same_brand",
    "sounds_alike",  # the brand, written otherwise
    "short_form",  # one abbreviates the other
    "same_trade",
    "other_trade",
    "same_place",
    "other_place",
    "other_script",  # one in Chinese, one in letters
)


def reasons(a: str, b: str) -> list[str]:
    """Return what speaks for and against one firm, the most important first; see `REASONS`.

    Empty when the names are not alike.

    >>> reasons("深圳市新航科技有限公司", "新航科技")
    ['same_name']
    >>> reasons("深圳鸿达五金厂", "深圳宏达五金厂")
    ['similar_name', 'sounds_alike', 'same_trade', 'same_place']
    >>> reasons("广州立白日化", "广州立白物流"), reasons("中石化", "中国石油化工股份有限公司")
    (['same_brand', 'other_trade', 'same_place'], ['similar_name', 'short_form'])
    >>> reasons("Northfield Ltd", "Northfeild"), reasons("Alpha", "Omega")
    (['similar_name'], [])
    """
    likely = score(a, b)
    one, other = parse(a), parse(b)
    if one.key == other.key:
        found = ["same_name"]
    elif likely >= STRONG:
        found = ["similar_name"]
    elif likely >= SIMILAR or _same_brand(one, other):
        found = []
    else:
        return []
    if one.wide and other.wide:
        found += _chinese(one.wide, other.wide, bool(found and found[0] == "same_name"))
    elif one.wide or other.wide:
        found.append("other_script")
    return found or ["similar_name"]


def _same_brand(a: Name, b: Name) -> bool:
    return bool(a.wide and b.wide and a.wide.brand == b.wide.brand)


def _chinese(a: ChineseName, b: ChineseName, same: bool) -> list[str]:
    found = []
    if not same:
        if a.brand == b.brand:
            found.append("same_brand")
        elif compare_chinese.heard(a.brand, b.brand):
            found.append("sounds_alike")
        elif compare_chinese.shortened(a, b):
            found.append("short_form")
        if a.trades and b.trades:
            akin = a.trades == b.trades or a.special & b.special
            found.append("same_trade" if akin else "other_trade")
    if compare_chinese.apart(a, b):
        found.append("other_place")
    elif a.places and b.places:
        found.append("same_place")
    return found
