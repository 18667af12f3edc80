"""Is this the customer that a colleague has already? Imports nothing of Odoo.

>>> from tools.matching import STRONG, score
>>> score("深圳市新航科技有限公司", "新航科技（深圳）") >= STRONG
True
"""

from .explain import REASONS, reasons
from .grams import grams
from .identity import (
    email_domain,
    normalize_phone,
    normalize_phones,
    normalize_tax_id,
)
from .known import is_known
from .names import SIMILAR, STRONG, normalize, rank, score, search_grams

__all__ = [
    "REASONS",
    "SIMILAR",
    "STRONG",
    "email_domain",
    "grams",
    "is_known",
    "normalize",
    "normalize_phone",
    "normalize_phones",
    "normalize_tax_id",
    "rank",
    "reasons",
    "score",
    "search_grams",
]
