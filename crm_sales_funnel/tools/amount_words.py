"""Amounts of money in words.

Chinese follows the People's Bank of China's rules for filling in bills
(正确填写票据和结算凭证的基本规定). Where they leave a choice, this module always
writes it the same way: 零 before 角 when the digit of 元 is 0, no 零 before 千 when
only the digit of 万 is 0, and 整 after 元 and after 角.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class _Script(NamedTuple):
    digits: str
    small: tuple[str, str, str, str]
    negative: str
    whole: str


_SCRIPTS = {
    "hans": _Script("零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), "负", "整"),
    "hant": _Script("零壹貳參肆伍陸柒捌玖", ("", "拾", "佰", "仟"), "負", "整"),
}
# Four digits each. China counts 万亿, where Taiwan has a word of its own.
_GROUPS = {
    "hans": ("", "万", "亿", "万亿", "亿亿"),
    "hant": ("", "萬", "億", "兆", "京"),
}
_CENT = Decimal("0.01")
LIMIT = Decimal(10) ** 18


def amount_in_words_zh(
    amount: Decimal, script: str = "hans", prefix: str = "", unit: str = "元"
) -> str:
    """Return an amount in Chinese words for documents (大写金额).

    :param amount: rounded half up to 0.01; below 10 ** 18
    :param script: ``hans`` (China) or ``hant`` (Taiwan)
    :param prefix: what stands before it, such as ``人民币``
    :param unit: the word for the currency's unit
    :raise ValueError: not a finite number, too large, or an unknown script

    >>> amount_in_words_zh(Decimal("107000.53"), prefix="人民币")
    '人民币壹拾万柒仟元零伍角叁分'
    >>> amount_in_words_zh(Decimal("1409.50"))
    '壹仟肆佰零玖元伍角整'
    >>> amount_in_words_zh(Decimal("-20000"), script="hant", prefix="新臺幣")
    '新臺幣負貳萬元整'
    """
    if script not in _SCRIPTS:
        raise ValueError(f"unknown script: {script!r}")
    words = _SCRIPTS[script]
    amount = _rounded(amount)
    sign = words.negative if amount < 0 else ""
    whole, cents = divmod(int(abs(amount) * 100), 100)
    text = _whole(whole, script) + unit if whole or not cents else ""
    return prefix + sign + text + _cents(whole, cents, words)


def _rounded(amount: Decimal) -> Decimal:
    amount = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    if not amount.is_finite() or abs(amount) >= LIMIT:
        raise ValueError(f"amount cannot be written in words: {amount}")
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _whole(number: int, script: str) -> str:
    """Write a whole number; 零 stands for digits that are missing inside."""
    words = _SCRIPTS[script]
    if not number:
        return words.digits[0]
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text, skipped = "", False
    for place in reversed(range(len(groups))):
        group = groups[place]
        if not group:
            skipped = True
            continue
        if text and (skipped or group < 1000):
            text += words.digits[0]
        text += _group(group, words) + _group_name(groups, place, script)
        skipped = False
    return text


def _group_name(groups: list[int], place: int, script: str) -> str:
    """Return the name of a group: 万亿 only where no group of 亿 follows."""
    name = _GROUPS[script][place]
    return name[0] if len(name) == 2 and groups[place - 1] else name


def _group(number: int, words: _Script) -> str:
    """Write a number of one to four digits.

    >>> _group(2050, _SCRIPTS["hans"])
    '贰仟零伍拾'
    """
    text, zero = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if not digit:
            zero = bool(text)
            continue
        text += (words.digits[0] if zero else "") + words.digits[digit]
        text += words.small[place]
        zero = False
    return text


def _cents(whole: int, cents: int, words: _Script) -> str:
    """Write what follows the unit: 角, 分, and 整 where no 分 follows."""
    if not cents:
        return words.whole
    jiao, fen = divmod(cents, 10)
    zero = words.digits[0] if whole and (not jiao or whole % 10 == 0) else ""
    text = zero + (words.digits[jiao] + "角" if jiao else "")
    return text + (words.digits[fen] + "分" if fen else words.whole)
