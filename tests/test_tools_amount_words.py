"""Amounts in Chinese words, by the People's Bank of China's examples and beyond."""

import doctest
from decimal import ROUND_HALF_UP, Decimal

import printing_samples  # noqa: F401 (puts the tools on the path)
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools import amount_words
from tools.amount_words import amount_in_words_zh

TABLE = {
    # the bank's own examples
    "1409.50": "壹仟肆佰零玖元伍角整",
    "6007.14": "陆仟零柒元壹角肆分",
    "1680.32": "壹仟陆佰捌拾元零叁角贰分",
    "107000.53": "壹拾万柒仟元零伍角叁分",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "325.04": "叁佰贰拾伍元零肆分",
    # beyond
    "0": "零元整",
    "0.05": "伍分",
    "0.5": "伍角整",
    "0.55": "伍角伍分",
    "10": "壹拾元整",
    "10.05": "壹拾元零伍分",
    "100.10": "壹佰元零壹角整",
    "1005": "壹仟零伍元整",
    "1050": "壹仟零伍拾元整",
    "10001": "壹万零壹元整",
    "100000": "壹拾万元整",
    "20001000": "贰仟万壹仟元整",
    "100000001": "壹亿零壹元整",
    "100001000": "壹亿零壹仟元整",
    "1234567890.12": "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分",
    "1230000000000": "壹万贰仟叁佰亿元整",
    "1000000000000": "壹万亿元整",
    "12345.60": "壹万贰仟叁佰肆拾伍元陆角整",
    "-12.3": "负壹拾贰元叁角整",
    "-0.004": "零元整",
    "1.005": "壹元零壹分",
    "0.995": "壹元整",
}


@pytest.mark.parametrize(("amount", "words"), TABLE.items())
def test_table(amount, words):
    assert amount_in_words_zh(Decimal(amount)) == words


def test_taiwan():
    assert (
        amount_in_words_zh(Decimal(1234567), "hant", "新臺幣")
        == "新臺幣壹佰貳拾參萬肆仟伍佰陸拾柒元整"
    )
    assert amount_in_words_zh(10**12, "hant") == "壹兆元整"
    assert amount_in_words_zh(Decimal("-8.08"), "hant") == "負捌元零捌分"


def test_prefix_and_unit():
    words = amount_in_words_zh(Decimal("-3.20"), prefix="人民币", unit="圆")
    assert words == "人民币负叁圆贰角整"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e18", "-1e18"])
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="cannot be written"):
        amount_in_words_zh(Decimal(amount))


def test_unknown_script_is_refused():
    with pytest.raises(ValueError, match="script"):
        amount_in_words_zh(Decimal(1), script="latin")


def test_doctests():
    assert doctest.testmod(amount_words).failed == 0


DIGITS = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
SMALL = {"拾": 10, "佰": 100, "仟": 1000}


def read(words):
    """Read an amount below 10 ** 12 back from its words."""
    total = section = digit = 0
    sign = -1 if words.startswith("负") else 1
    for char in words.removeprefix("负").removesuffix("整"):
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in SMALL:
            section, digit = section + digit * SMALL[char], 0
        elif char in "万亿元":
            scale = {"万": 10**4, "亿": 10**8, "元": 1}[char]
            total, section, digit = total + (section + digit) * scale, 0, 0
        else:
            total, digit = (
                total + digit * {"角": Decimal("0.1"), "分": Decimal("0.01")}[char],
                0,
            )
    return sign * Decimal(total)


@given(
    st.decimals(
        Decimal("-999999999999"), Decimal("999999999999"), allow_nan=False, places=4
    )
)
def test_words_can_be_read_back(amount):
    words = amount_in_words_zh(amount)
    assert read(words) == amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert "零零" not in words and not words.startswith("零元零")
    assert words.endswith(("整", "分"))
