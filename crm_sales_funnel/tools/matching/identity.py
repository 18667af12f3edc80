"""Telephone numbers and mail domains as signs of who somebody is."""

from __future__ import annotations

import re
import unicodedata

from .tables import mail_domains

_EXTENSION = re.compile(
    r"(?:ext\.?|extension|x|#|转|轉|分机|分機|,|;).*$", re.IGNORECASE
)
_BETWEEN = re.compile(r"[/、；]|\bor\b|或")
_DOMAIN = re.compile(r"[^\s@<>,;]+@((?:[\w-]+\.)+[\w-]{2,})\.?\s*>?\s*$")
_MOBILE = re.compile(r"1[3-9]\d{9}")
SHORTEST = 7  # digits: fewer are an extension or a service, not a customer


def normalize_phone(number: str, country: str = "86") -> str:
    """Return the first number of a text as digits with its country; empty if none.

    Numbers without a country are of `country`, a calling code. An extension is left off.

    >>> normalize_phone("+86 138-0013-8000"), normalize_phone("１３８ 0013 8000")
    ('8613800138000', '8613800138000')
    >>> normalize_phone("(0755) 8321 6688 转 802"), normalize_phone("0086-755-83216688")
    ('8675583216688', '8675583216688')
    >>> normalize_phone("+44 (0)20 7946 0018"), normalize_phone("020 7946 0018", "44")
    ('442079460018', '442079460018')
    >>> normalize_phone("95588"), normalize_phone("")
    ('', '')
    """
    text = unicodedata.normalize("NFKC", number[:200]).strip()
    text = _EXTENSION.sub("", _BETWEEN.split(text, maxsplit=1)[0])
    international = text.lstrip("( ").startswith("+")
    if international:
        text = re.sub(r"\(0\)", "", text)
    digits = "".join(str(int(char)) for char in text if char.isdecimal())
    if not international and digits.startswith("00"):
        international, digits = True, digits[2:]
    if len(digits) < SHORTEST:
        return ""
    if international or _has_country(digits, country):
        return digits
    return country + digits.removeprefix("0")


def _has_country(digits: str, country: str) -> bool:
    """Whether a number begins with its country though no plus sign says so."""
    rest = digits.removeprefix(country)
    if rest == digits:
        return False
    return bool(_MOBILE.fullmatch(rest)) if country == "86" else len(rest) >= 10


def email_domain(address: str) -> str:
    """Return the domain of an address; empty if anybody may have a mailbox there.

    >>> email_domain("Li Lei <li.lei@Mail.Xinhang.com.cn>"), email_domain("a@qq.com")
    ('mail.xinhang.com.cn', '')
    >>> email_domain("nobody")
    ''
    """
    found = _DOMAIN.search(unicodedata.normalize("NFKC", address[-320:]))
    domain = found.group(1).casefold() if found else ""
    return "" if domain in mail_domains() else domain
