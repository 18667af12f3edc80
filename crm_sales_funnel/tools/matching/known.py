"""Does whoever writes a name know the firm, or does he only try what there is?

A name that is hidden from somebody is told him only as what he knows already. The first
letters of words, or one character of a brand beside a trade, may be tried one by one.
"""

from __future__ import annotations

from . import compare_chinese, compare_latin
from .chinese import before_trades
from .names import STRONG, Name, parse, score

INITIALS = 4  # letters of as many words nobody tries: 450,000 questions


def is_known(asked: str, other: str) -> bool:
    """Return whether a name that is asked for tells that somebody knows the other.

    It must be very like it, hold more of the brand than one character, and be no short
    form that is made of the first letters of words.

    >>> is_known("新航科技", "深圳市新航科技有限公司"), is_known("立白", "广州市立白商贸")
    (True, True)
    >>> is_known("新科技", "深圳市新航科技有限公司"), is_known("宏五制", "宏图五金制品")
    (False, False)
    >>> is_known("中石化", "中国石油化工股份有限公司"), is_known("IBM", "Iron Bolt Makers")
    (True, False)
    """
    one, two = parse(asked), parse(other)
    # 中石化: who is called by his trade has no brand to be tried.
    stately = two.wide is not None and compare_chinese.only_trade(two.wide)
    if not stately and len(_brand(one)) == 1:
        return False
    if one.key == two.key:
        return True
    if one.wide and two.wide:
        return compare_chinese.compare(one.wide, two.wide, stately) >= STRONG
    if one.letters and two.letters:
        return compare_latin.compare(one.letters, two.letters, INITIALS) >= STRONG
    return score(asked, other) >= STRONG


def _brand(name: Name) -> str:
    """Return what is left of a name without its trades."""
    if name.wide:
        return before_trades(name.wide.core)
    words = name.letters.words if name.letters else ()
    return "".join(word.text for word in words if not word.group)
