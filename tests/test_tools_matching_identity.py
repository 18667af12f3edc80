"""By what else firms are known: telephones, tax IDs; and what is told of hidden ones."""

import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import matching as bench

ADDON = Path(__file__).resolve().parent.parent / "crm_sales_funnel"
sys.path.insert(0, str(ADDON))

from tools.limiter import Limiter  # noqa: E402
from tools.matching import (  # noqa: E402
    STRONG,
    is_known,
    normalize_phone,
    normalize_phones,
    normalize_tax_id,
    score,
)

MOBILE, LANDLINE = "8613911112222", "8675583216688"

# Telephones


@pytest.mark.parametrize(
    "text",
    [
        "13911112222 / 0755-83216688",
        "13911112222,0755-83216688",
        "13911112222; 0755-83216688",
        "13911112222、0755-83216688",
        "13911112222，0755-83216688",
        "13911112222；0755-83216688",
        "13911112222 或 0755-83216688",
        "13911112222 or 0755-83216688",
        "13911112222\n0755-83216688",
        "13911112222 0755-83216688",
        "139 1111 2222 0755 8321 6688",
        "+86 139 1111 2222 +86 755 8321 6688",
        "手机13911112222电话0755-83216688",
        "Mobile 13911112222 Fax (0755) 8321 6688",
        "13911112222 x 12 / 0755-83216688 x 34",
        "13911112222 / 0755-83216688 / 13911112222",
        "13911112222 / 802 / 0755-83216688",
    ],
)
def test_several_telephones(text):
    assert normalize_phones(text) == [MOBILE, LANDLINE]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        # One number, however it is spaced
        ("+86 755 8321 6688", LANDLINE),
        ("0086 0755 8321 6688", LANDLINE),
        ("0086 139 1111 2222", MOBILE),
        ("1391111 2222", MOBILE),
        ("0755 - 8321 - 6688", LANDLINE),
        # With its country, but without a plus
        ("86 755 8321 6688", LANDLINE),
        ("86-0755-83216688", LANDLINE),
        ("+86 (0755) 83216688", LANDLINE),
        ("86 139 1111 2222", MOBILE),
        ("86111122", "8686111122"),  # a number of a town
        # An x that is no extension
        ("xx 0755-83216688", LANDLINE),
        ("Fax 0755-83216688", LANDLINE),
        ("Max 139 1111 2222", MOBILE),
        ("x 0755-83216688", LANDLINE),
        # And one that is
        ("0755-83216688 x 123", LANDLINE),
        ("(0755) 83216688x123", LANDLINE),
        ("0755-83216688 ext. 123", LANDLINE),
        ("0755-83216688, ext 123", LANDLINE),
        ("0755-83216688 分机：123", LANDLINE),
        ("0755-83216688转123", LANDLINE),
        ("0755-83216688,,123", LANDLINE),
        ("0755-83216688#123", LANDLINE),
        ("0755-83216688-802", LANDLINE),
        ("0755-8321-6688-80", LANDLINE),
        ("(0755) 8321 6688 - 80212", LANDLINE),
        ("+86 755 83216688-802", LANDLINE),
        ("0086-0755-83216688-802", LANDLINE),
        ("010-83216688-802", "861083216688"),
        ("0571-8321668-802", "865718321668"),
        # And a dash before none
        ("0755-8321-6688", LANDLINE),
        ("139-1111-2222", MOBILE),
        # Marks and words before it
        ("\u202d13911112222\u202c", MOBILE),
        ("电话：+86 755 83216688", LANDLINE),
        ("tel:+86-755-83216688", LANDLINE),
    ],
)
def test_one_telephone(text, key):
    assert normalize_phones(text) == [key]


@pytest.mark.parametrize(
    ("text", "country", "keys"),
    [
        ("0711/1234567", "49", ["497111234567"]),
        ("030 / 12345-0, 0171 2345678", "49", ["4930123450", "491712345678"]),
        ("+49 711 1234567 0711 7654321", "49", ["497111234567", "497117654321"]),
        ("020 7946 0018 or 020 7946 0019", "44", ["442079460018", "442079460019"]),
        ("+90 212 555 01 01", "90", ["902125550101"]),
        ("\u202a+44 20 7946 0018\u202c", "86", ["442079460018"]),
        ("\u200e+44 20 7946 0018", "86", ["442079460018"]),
        ("tel:+44-20-7946-0018", "86", ["442079460018"]),
        ("电话：+44 20 7946 0018", "86", ["442079460018"]),
        ("Tel.: (+44) 20 7946 0018", "86", ["442079460018"]),
        ("+86 755 83216688-802", "44", ["8675583216688"]),
        ("0355-83216688-802", "81", ["8135583216688802"]),
        # No extension of China behind the beginning of a number of elsewhere
        ("+49 0711 1234567-12", "86", ["490711123456712"]),
        ("0049 0711 1234567-12", "86", ["490711123456712"]),
        ("+49 711 1234567 / 0755-83216688-802", "86", ["497111234567", LANDLINE]),
        (
            "Tel: +44 20 7946 0018 Fax: +44 20 7946 0019",
            "86",
            ["442079460018", "442079460019"],
        ),
    ],
)
def test_telephones_of_other_countries(text, country, keys):
    assert normalize_phones(text, country) == keys


@pytest.mark.parametrize(
    "text",
    [
        "0000000",
        "00000000",
        "11111111",
        "99999999999",
        "+86 11111111",
        "12345678",
        "87654321",
        "123456789",
        "1234567890",
        "0123456789",
        "+86 12345678",
        "123456",
        "010 123",
        "-",
        "无",
    ],
)
def test_no_telephone(text):
    assert normalize_phones(text) == []


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.from_regex(r"1[3-9][0-9]{9}|0[1-9][0-9]{2}-[2-8][0-9]{7}", fullmatch=True),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    st.sampled_from([" / ", ",", "; ", "、", " "]),
)
def test_each_number_of_a_field_is_found(numbers, sign):
    expected = [normalize_phone(number) for number in numbers]
    assert normalize_phones(sign.join(numbers)) == list(
        dict.fromkeys(filter(None, expected))
    )


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789 +()-/,;x转a或\n", max_size=80))
def test_numbers_stay_what_they_are(text):
    for number in normalize_phones(text):
        assert number.isdecimal()
        assert normalize_phones("+" + number) == [number]


@pytest.mark.parametrize("piece", ["1", "1 ", "13911112222 ", "0755/", "(0) ", "x1"])
def test_long_fields_take_no_time(piece):
    start = time.process_time()
    for _ in range(50):
        normalize_phones(piece * (10_000 // len(piece)))
        normalize_tax_id(piece * (10_000 // len(piece)))
    assert time.process_time() - start < 2


# Tax IDs


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("91440300MA5EXAMPL1", "CN"),
        ("91440300MA5EXAMPL1", "HK"),
        ("91440300MA5EXAMPL1", ""),
        ("CN91440300MA5EXAMPL1", "DE"),
        ("９１４４０３００ＭＡ５ＥＸＡＭＰＬ１", "CN"),
        (" 91440300-ma5exampl1 ", "CN"),
    ],
)
def test_a_chinese_code_is_one_wherever(text, country):
    assert normalize_tax_id(text, country) == "CN91440300MA5EXAMPL1"


@pytest.mark.parametrize(
    ("text", "country", "key"),
    [
        ("811 907 980", "DE", "DE811907980"),
        ("DE811907980", "DE", "DE811907980"),
        ("DE 811.907.980", "AT", "DE811907980"),
        ("91440300MA5EXAMPL", "CN", "CN91440300MA5EXAMPL"),
        # Its letters say of which country it is
        ("DE811907980", "CN", "DE811907980"),
        ("DE811907980", "", "DE811907980"),
        ("DE81190798", "CN", "CNDE81190798"),
        ("ATU13585627", "CN", "ATU13585627"),
        ("NO 923609016 MVA", "CN", "NO923609016MVA"),
        ("EL094259216", "GR", "GR094259216"),
        ("094259216", "GR", "GR094259216"),
        ("811907980", "CN", "CN811907980"),
        # Words before and behind it
        ("税号:91440300MA5EXAMPL1", "CN", "CN91440300MA5EXAMPL1"),
        ("税号 91440300MA5EXAMPL1", "CN", "CN91440300MA5EXAMPL1"),
        ("VAT: DE811907980", "DE", "DE811907980"),
        ("VAT No. 811 907 980", "DE", "DE811907980"),
        ("Tax ID: 811907980", "DE", "DE811907980"),
        ("USt-IdNr. DE811907980", "CN", "DE811907980"),
        ("USt-IdNr.: 811907980", "DE", "DE811907980"),
        ("CHE-123.456.788 MWST", "CH", "CHE123456788"),
        ("CHE-123.456.788", "CN", "CHE123456788"),
        ("123.456.788 TVA", "CH", "CHE123456788"),
        ("000000", "CN", ""),
        ("DE000000000", "DE", ""),
        ("999999999", "", ""),
        ("NOTAXID", "", ""),
        ("无税号无税号", "CN", ""),
        ("个人个人个人", "CN", ""),
        ("ABC1234", "", ""),
        ("12345", "CN", ""),
        ("/", "", ""),
        ("", "", ""),
    ],
)
def test_tax_ids(text, country, key):
    assert normalize_tax_id(text, country) == key


# What is told of those that are hidden


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("新航科技", "深圳市新航科技有限公司"),
        ("新航科枝", "深圳市新航科技有限公司"),
        ("立白", "广州市立白商贸有限公司"),
        ("深圳鸿达五金厂", "深圳宏达五金厂"),
        ("中石化", "中国石油化工股份有限公司"),
        ("建设银行", "中国建设银行股份有限公司"),
        ("Xinhang Technology", "新航科技有限公司"),
        ("Northfeild Castings", "Northfield Castings Inc."),
        ("CNOOC", "China National Offshore Oil Corporation"),
        ("Blue Ocean Seafood", "BlueOcean Seafood Co"),
        ("3M", "3M Deutschland GmbH"),
        ("شركة النور للتجارة", "شركة النور للتجارة والصناعة"),
    ],
)
def test_who_knows_a_name(asked, other):
    assert is_known(asked, other)


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        # One character and a trade, even where that is the name
        ("宏五金制品", "东莞市宏图五金制品有限公司"),
        ("宏五金", "宏五金制品厂"),
        ("新科技", "深圳市新航科技有限公司"),
        # First letters of words
        ("宏五制", "宏图五金制品"),
        ("IBM", "Iron Bolt Makers"),
        ("HP", "Hewlett Packard"),
        ("AB Makers", "Alpha Beta Makers"),
        ("A Trading", "A Trading Ltd"),
        # Merely alike
        ("新航", "深圳市新航科技有限公司"),
        ("立白物流", "立白日化"),
        ("五金制品", "宏图五金制品"),
    ],
)
def test_who_tries_a_name(asked, other):
    assert not is_known(asked, other)


@pytest.mark.parametrize("split", bench.SPLITS)
@pytest.mark.parametrize(("kind", "least"), [("chinese", 0.77), ("latin", 0.84)])
def test_who_is_hidden_is_told_to_who_knows_him(kind, least, split):
    assert bench.retrieval(kind, split)["hidden"] >= least
    assert score("新航", "深圳市新航科技有限公司") < STRONG


# How many


def test_many_different_ones_are_too_many():
    limiter = Limiter(most=3, seconds=60)
    assert all(limiter.take("Ann", thing, now=thing) for thing in range(3))
    assert not limiter.take("Ann", 3, now=3)
    assert limiter.take("Ann", 0, now=4)  # what he was told he is told again
    assert limiter.take("Bob", 3, now=4)
    # Only those of the time count, from the last time they were told.
    assert limiter.take("Ann", 4, now=61)
    assert not limiter.take("Ann", 5, now=61)
    assert limiter.take("Ann", 5, now=62)
    assert not limiter.take("Ann", 6, now=63)
