"""Names as plain characters: one way to write what can be written in many."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .tables import letters, simplified

LONGEST = 200  # characters of a name that are read; no firm's name is longer

_AND = {"&": " & ", "+": " & ", "＆": " & "}
_JOINED = dict.fromkeys("'`´’‘ʼ.·•", "")  # O'Reilly, L.L.C., 卡尔·蔡司
_BRACKETS = {
    **dict.fromkeys("([{<【〔《〈「『", "("),
    **dict.fromkeys(")]}>】〕》〉」』", ")"),
}
# Vowels of Indian and Thai letters are marks, and stay.
_SIGNS = re.compile(r"[^\w&() \u0900-\u109f\u1780-\u17ff]|_")
_FOLDED = re.compile(r"[a-z0-9&() \u4e00-\u9fff]*")
_ACCENTED = re.compile(r"[\u0080-\u052f\u1e00-\u1fff\u0300-\u036f]")
_ELISION = re.compile(r"\b(?:d|l|dell|dall|nell)['’](?=\w\w)")


def fold(text: str) -> str:
    """Return a text in lower case without accents, in Simplified characters.

    What remains: letters, digits, ``&``, round brackets and single spaces.

    >>> fold("Müller & Søn, A/S"), fold("ＡＢＣ（深圳）國際")
    ('muller & son as', 'abc(深圳)国际')
    >>> fold("L'Étoile d'Or S.A.R.L."), fold("ООО Звезда")
    ('etoile or sarl', 'ooo zvezda')
    """
    text = text[:LONGEST]
    for _ in range(5):  # some rare letters take two rounds
        folded = _fold(text)
        if folded == text or _FOLDED.fullmatch(folded):
            return folded
        text = folded
    return text


def _fold(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _ELISION.sub("", text.casefold())
    if not text.isascii():
        if _ACCENTED.search(text):
            text = _bare(text)
        text = _NOTE_BEHIND.sub(r"(\1)", _NUMBER_BEFORE.sub("", text))
        text = text.translate(simplified())
    text = text.replace("a/s", "as").replace("s/a", "sa").translate(_marks())
    text = " ".join(_SIGNS.sub(" ", text[:LONGEST]).split())
    if not text.isascii():
        text = _SPACE.sub("", text)
    return text[:LONGEST].strip()


def _bare(text: str) -> str:
    """Take accents off letters; voice marks of kana and parts of hangul stay."""
    bare, letter = [], False
    for char in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(char):
            letter = char < "\u0530"
        elif letter:
            continue
        bare.append(char)
    return unicodedata.normalize("NFC", "".join(bare))


@lru_cache(maxsize=1)
def _marks() -> dict[int, str]:
    return str.maketrans({**letters(), **_AND, **_JOINED, **_BRACKETS})


_WIDE = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
# What users write around a name: a customer's number before it, a person or a note behind.
_NUMBER_BEFORE = re.compile(
    rf"^(?:[a-z]{{1,3}}[-_]?\d{{2,}}|0\d{{2,}})[\s\-_.:]+(?=[{_WIDE}])"
)
_NOTE_BEHIND = re.compile(rf"(?<=[{_WIDE}]{{4}})\s*[-–—_/|]+\s*([{_WIDE}]{{1,4}})$")
_SPACE = re.compile(rf"(?<=[{_WIDE}()]) | (?=[{_WIDE}()])")
_HAS_WIDE = re.compile(rf"[{_WIDE}\uac00-\ud7a3]")


def is_wide(text: str) -> bool:
    """Return whether a text has characters that are written without spaces.

    >>> is_wide("新航 Ltd"), is_wide("Ltd")
    (True, False)
    """
    return bool(_HAS_WIDE.search(text))
