"""Widths of text without font files, and breaking text into lines.

Widths are in em (1.0 = the font size) and never smaller than what is drawn: Latin
letters are as wide as in the bold cut of Noto Sans CJK, and at least half an em, so
that a line also fits the half-width columns of an impact printer. Chinese, Japanese
and Korean characters, and all that is unknown, take one em.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

ELLIPSIS = "…"

# Advance widths of U+0020..U+007E in 1/1000 em (Noto Sans CJK SC Bold).
_ASCII = (
    227, 370, 574, 590, 590, 963, 740, 325, 378, 378, 507, 590, 325, 370, 325, 387,
    590, 590, 590, 590, 590, 590, 590, 590, 590, 590, 325, 325, 590, 590, 590, 514,
    1007, 641, 681, 656, 714, 615, 585, 717, 757, 330, 568, 686, 578, 853, 749, 770,
    667, 770, 682, 624, 625, 748, 619, 915, 627, 580, 613, 378, 387, 378, 590, 567,
    626, 591, 644, 527, 644, 581, 372, 597, 640, 304, 306, 604, 315, 964, 641, 626,
    644, 644, 436, 495, 421, 637, 576, 863, 562, 574, 511, 378, 296, 378, 590,
)  # fmt: skip
_HALF = 0.5

_LINE_BREAKS = re.compile(r"\r\n?|[\v\f\u0085\u2028\u2029]")
# Letters of the scripts written without spaces, and their punctuation.
_WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\U0001f000-\U0003fffd"
_OPENING = "([{（［｛〔《〈「『【“‘"
_CLOSING = ")]}）］｝〕》〉」』】”’，。、；：！？,.;:!?…％%"
# What is never broken: a wide character with its punctuation, or a Latin word.
_TOKEN = re.compile(
    rf"\s+|[{re.escape(_OPENING)}]*[{_WIDE}][{re.escape(_CLOSING)}]*"
    rf"|(?:(?![{_WIDE}])\S)+[-/]?"
)


@lru_cache(maxsize=4096)
def char_width(char: str) -> float:
    """Return the width of one character in em."""
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return max(_HALF, _ASCII[code - 0x20] / 1000)
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf", "Cc"):
        return 0.0
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        base = unicodedata.normalize("NFD", char)[0]
        return char_width(base) * 1.05 if ord(base) < 0x7F else 1.0
    return 1.0


def text_width(text: str) -> float:
    """Return the width of a text in one line, in em.

    >>> text_width("螺栓")
    2.0
    """
    return sum(map(char_width, text))


def is_wide(text: str) -> bool:
    """Tell whether a text is written in Chinese, Japanese or Korean.

    >>> is_wide("存根(白)"), is_wide("Customer")
    (True, False)
    """
    return any(unicodedata.east_asian_width(char) in "WF" for char in text)


def is_measured(text: str) -> bool:
    """Tell whether the widths of all characters are known, not assumed.

    >>> is_measured("螺栓 M8"), is_measured("مرحبا")
    (True, False)
    """
    return text.isascii() or all(map(_is_measured, text))


@lru_cache(maxsize=4096)
def _is_measured(char: str) -> bool:
    return ord(char) < 0x250 or (
        ord(char) < 0x10000
        and unicodedata.east_asian_width(char) in "WFA"
        and not unicodedata.combining(char)
    )


def has_rtl(text: str) -> bool:
    """Tell whether some of a text is written from right to left.

    >>> has_rtl("Verona, إيطاليا"), has_rtl("螺栓 M8")
    (True, False)
    """
    return not text.isascii() and any(
        unicodedata.bidirectional(char) in ("R", "AL") for char in text
    )


def split_rtl(text: str) -> list[str]:
    """Split a text where writing from right to left begins or ends; numbers, blanks
    and punctuation are parts of their own.

    >>> split_rtl("A إيطاليا, 5")
    ['A ', 'إيطاليا', ', 5']
    """
    parts = groupby(text, key=_is_rtl)  # pylint: disable=bad-builtin-groupby
    return ["".join(part) for _rtl, part in parts]


def _is_rtl(char: str) -> bool:
    return unicodedata.bidirectional(char) in ("R", "AL", "NSM")


def direction(text: str) -> str:
    """Return "rtl" when the first letter of a text is of a script that is written from
    right to left, else "ltr" (rules P2 and P3 of the Unicode bidirectional algorithm).

    >>> direction("1. إيطاليا A"), direction("A إيطاليا")
    ('rtl', 'ltr')
    """
    kinds = map(unicodedata.bidirectional, text)
    strong = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return "ltr" if strong == "L" else "rtl"


def clean(text: str) -> str:
    """Return a text with nothing in it that moves other text or breaks a file.

    Line breaks become ``\\n``; control characters and direction overrides go; what
    is no character at all (a lone surrogate) becomes a box.

    >>> clean("a\\r\\nb\\x00\\u202ec\\td\\ud800")
    'a\\nbc d□'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_printed, _LINE_BREAKS.sub("\n", text)))


@lru_cache(maxsize=4096)
def _printed(char: str) -> str:
    if char in "\n\t":
        return "\n" if char == "\n" else " "
    category = unicodedata.category(char)
    if category in ("Cs", "Cn", "Co"):
        return "□"
    # Joiners shape Arabic, Indic and emoji; other format characters do not print.
    return "" if category in ("Cc", "Cf") and char not in "\u200c\u200d" else char


def wrap(text: str, width: float) -> list[str]:
    """Break a text into lines no wider than ``width`` em.

    Latin words stay whole where they fit; Chinese breaks between any two characters
    but never before closing punctuation. Nothing but blanks at line ends is lost.

    >>> wrap("内六角螺栓 M8x30", 5)
    ['内六角螺栓', 'M8x30']
    """
    lines = []
    for paragraph in text.split("\n"):
        if text_width(paragraph) <= width:
            lines.append(paragraph.rstrip())
        else:
            lines.extend(_wrap_paragraph(paragraph, width))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def _wrap_paragraph(text: str, width: float) -> list[str]:
    lines, line, used = [], "", 0.0
    for token in _TOKEN.findall(text):
        size = text_width(token)
        if used + size > width and not token.isspace() and line.strip():
            lines.append(line.rstrip())
            line, used = "", 0.0
        if size > width and not token.isspace():
            *full, token = _split(token, width)
            lines.extend(full)
            size = text_width(token)
        if line or not token.isspace():
            line += token
            used += size
    if line.strip():
        lines.append(line.rstrip())
    return lines or [""]


def _split(word: str, width: float) -> list[str]:
    """Break a word that is wider than a line; a mark stays with its letter."""
    parts, part, used = [], "", 0.0
    for char in word:
        size = char_width(char)
        if part and size and used + size > width:
            parts.append(part)
            part, used = "", 0.0
        part += char
        used += size
    return [*parts, part]


def cut(text: str, width: float) -> str:
    """Return the first line of a text, shortened to ``width`` em.

    >>> cut("内六角螺栓", 3)
    '内六…'
    """
    line, *rest = text.split("\n", 1)
    if not rest and text_width(line) <= width:
        return line
    used, end = char_width(ELLIPSIS), 0
    for char in line:
        used += char_width(char)
        if used > width:
            break
        end += 1
    return line[:end].rstrip() + ELLIPSIS
