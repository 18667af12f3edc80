"""Texts on paper: their widths, where they break, what of them is printed."""

from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from printing_samples import TEXTS
from tools.printing.text import char_width, clean, cut, text_width, wrap


@example("@", 1.0)
@given(TEXTS, st.floats(1.0, 40))
def test_wrap_fits_and_loses_nothing(text, width):
    text = clean(text)
    lines = wrap(text, width)
    # Some letters are wider than an em.
    assert all(
        text_width(line) <= max([width, *map(char_width, line)]) for line in lines
    )
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(TEXTS, st.floats(2.0, 20))
def test_cut_fits(text, width):
    assert text_width(cut(clean(text), width)) <= width + 1e-9


@given(st.text())
def test_clean_is_safe_in_xml_and_stays_so(text):
    cleaned = clean(text)
    ElementTree.fromstring(f"<a>{cleaned.replace('&', '').replace('<', '')}</a>")
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("char", map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
def test_control_characters_have_no_width(char):
    assert char_width(char) == 0


def test_chinese_does_not_begin_a_line_with_a_closing_mark():
    assert wrap("内六角螺栓，不锈钢", 5) == ["内六角螺", "栓，不锈钢"]


def test_latin_words_stay_whole():
    assert wrap("Hex nut galvanised", 6) == ["Hex nut", "galvanised"]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("M8\n\nx30\n\n", 5, ["M8", "", "x30"]),
        ("bolt bolt", 2.4, ["bolt", "bolt"]),
        ("@\u0301" * 2, 1, ["@\u0301"] * 2),  # a mark stays with its letter
    ],
)
def test_lines(text, width, lines):
    assert wrap(text, width) == lines


def test_what_is_cut_off_is_marked():
    assert cut("M8", 5) == "M8"
    assert cut("M8\nx30", 5) == "M8…"


@pytest.mark.parametrize("char", ["\ud800", "\uffff", "\ue000"])
def test_what_is_no_character_is_a_box(char):
    """A lone surrogate, one never to be assigned, and one of private use."""
    assert clean(f"a{char}b") == "a□b"
