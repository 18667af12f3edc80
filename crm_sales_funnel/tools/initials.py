"""The letters that names begin with, as people type them: lb for 立白. Imports nothing of Odoo.

>>> matches("lb", initials("广州立白贸易有限公司"))
True
"""

from __future__ import annotations

import re
import unicodedata

from .matching import tables
from .matching.chinese import strip_places
from .matching.text import fold

# Words that are not read as their characters mostly are in names of firms.
_OTHERWISE = {
    "万俟": "mq",
    "乐清": "yq",
    "会计": "kj",
    "区块": "qk",
    "区域": "qy",
    "单位": "dw",
    "单县": "sx",
    "单车": "dc",
    "大厦": "ds",
    "尉迟": "yc",
    "旅行": "lx",
    "查理": "cl",
    "步行": "bx",
    "番禺": "py",
    "自行车": "zxc",
    "行健": "xj",
    "行知": "xz",
    "行远": "xy",
    "解放": "jf",
    "重庆": "cq",
    "音乐": "yy",
    "飞行": "fx",
}
# Surnames that are not read as the same character elsewhere.
_SURNAMES = {"仇": "q", "区": "o", "单": "s", "查": "z", "覃": "q", "解": "x"}
_LONGEST_PERSON = 3  # characters
# What a name of a place or a shop ends with, and hardly one of a person.
_NO_PERSON = frozenset("乡会区厂厦县司园场城店庄所村桥楼港社站行街路部镇院馆")
_PARTS = re.compile("|".join(_OTHERWISE) + r"|[a-z0-9]+|[\u4e00-\u9fff]")
_TYPED = re.compile(r"[a-z0-9]{2,20}")


def initials(text: str) -> str:
    """Return the initials of a name, each way to begin it with a space before it: the
    whole name, and what stands behind the places.

    Characters give the first letter of how they are read in Mandarin. Words in Latin
    letters give theirs, among characters they stay as they are.

    >>> initials("广州立白贸易有限公司")
    ' gzlbmyyxgs lbmyyxgs'
    >>> initials("Nordwind Tools GmbH"), initials("TCL科技"), initials("單偉")
    (' ntg', ' tclkj', ' sw')
    >>> initials("7")
    ' '
    """
    folded = fold(text)
    behind, places = strip_places(folded.replace("(", "").replace(")", ""))
    ways = [_letters(folded), _letters(behind) if places else ""]
    return " " + " ".join(dict.fromkeys(way for way in ways if len(way) > 1))


def typed(text: str) -> str:
    """Return what somebody types as it is looked for in initials; empty where it can
    be none.

    >>> typed("GZlb"), typed("立白"), typed("l"), typed("138")
    ('gzlb', '', '', '')
    """
    text = unicodedata.normalize("NFKC", text).strip().lower()
    return text if _TYPED.fullmatch(text) and not text.isdigit() else ""


def matches(text: str, found: str) -> bool:
    """Return whether a name is found by what was typed.

    :param found: the initials of the name, as of :func:`initials`
    """
    return bool(typed(text)) and f" {typed(text)}" in found


def _letters(folded: str) -> str:
    parts = _PARTS.findall(folded)
    if all(part.isascii() for part in parts):
        return "".join(part[0] for part in parts)
    letters = [_read(part) for part in parts]
    if (
        parts[0] in _SURNAMES
        and len("".join(parts)) <= _LONGEST_PERSON
        and not _NO_PERSON.intersection(parts[-1])
    ):
        letters[0] = _SURNAMES[parts[0]]
    return "".join(letters)


def _read(part: str) -> str:
    if part.isascii():
        return part
    return _OTHERWISE.get(part) or tables.sounds().get(part, "")[:1]
