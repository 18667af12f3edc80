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
    "重庆": "cq",
    "乐清": "yq",
    "音乐": "yy",
    "会计": "kj",
    "旅行": "lx",
    "自行车": "zxc",
}
# Surnames that are not read as the same character elsewhere.
_SURNAMES = {"单": "s", "覃": "q", "仇": "q", "解": "x", "区": "o"}
_LONGEST_PERSON = 3  # characters
_OTHER_WORD = re.compile("|".join(_OTHERWISE))
_PARTS = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]")
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
    parts = _PARTS.findall(_OTHER_WORD.sub(_read_otherwise, folded))
    sounds = tables.sounds()
    if not any(part in sounds for part in parts):
        return "".join(part[0] for part in parts if part.isascii())
    wide = [part for part in parts if not part.isascii()]
    letters = [part if part.isascii() else sounds.get(part, "")[:1] for part in parts]
    if len(wide) == len(parts) <= _LONGEST_PERSON:
        letters[0] = _SURNAMES.get(parts[0], letters[0])
    return "".join(letters)


def _read_otherwise(match: re.Match[str]) -> str:
    return _OTHERWISE[match.group()]
