"""Pieces of a key for an index: names that share none of them are not alike.

Keep ``grams(normalize(name))`` in a text[] with a GIN index, fetch the rows that share
most of the grams of what is looked for, and let `rank` put them in order.
"""

from __future__ import annotations

import re
from itertools import pairwise

from .compare_chinese import words
from .tables import little_words, sounds
from .text import is_wide

_RUN = re.compile(r"[a-z0-9]+|[^\sa-z0-9()&]+")
HEARD = "~"  # before what is heard, so that it is not taken for what is written


def grams(key: str) -> list[str]:
    """Return the pieces of a key, each once, in order.

    Chinese: two characters, and how they are read; also the first ones of two words.
    Letters: three of a word, with its beginning marked, the whole word as it may be read
    of Chinese characters, and the initials of all words.

    >>> grams("新航科技")
    ['新航', '~xinhang', '航科', '~hangke', '科技', '~keji', '新科']
    >>> grams("abb"), grams("好"), grams("")
    (['^ab', 'abb', '~abb'], ['好', '~hao'], [])
    >>> "~ibm" in grams("international business machines")
    True
    """
    found: dict[str, None] = {}
    for run in _RUN.findall(key):
        if not is_wide(run):
            marked = "^" + run
            for at in range(max(1, len(marked) - 2)):
                found[marked[at : at + 3]] = None
            found[HEARD + run] = None
            continue
        pieces = ["".join(pair) for pair in pairwise(run)] or [run]
        for piece in pieces:
            found[piece] = None
            heard = [sounds().get(char, "") for char in piece]
            if all(heard):
                found[HEARD + "".join(heard)] = None
        for pair in pairwise(word[0] for word in words(run)):
            found["".join(pair)] = None
    letters = "".join(word[0] for word in key.split() if word not in little_words())
    if letters.isascii() and len(letters) > 2:
        found[HEARD + letters] = None
    return list(found) or ([key] if key else [])
