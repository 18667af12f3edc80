"""Telephone numbers, tax IDs and mail domains as signs of who somebody is."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from .tables import mail_domains

LONGEST = 200  # characters that are read
SHORTEST = 7  # digits: fewer are an extension or a service, not a customer
MOST = 15  # digits that a number has at most, of all countries
LOCAL = 12  # and without a country
TAX_DIGITS = 5  # digits that a tax ID has at least: what has fewer is "none" or "/"
SHORTEST_TAX_ID = 6  # letters and digits
_EXTENSION = re.compile(
    r"(?<=[\d)])\s*[-(,;]?\s*(?:ext(?:ension)?\.?|x|#|转|轉|分机|分機)\s*[:.]?"
    r"\s*\d{1,6}(?!\d|-\d)\)?",
    re.IGNORECASE,
)
# Of a whole number of China, with its area: a dash and a few digits are an extension.
_CHINESE_EXTENSION = re.compile(
    r"(?<![\d+])(?P<number>(?P<country>(?:\+|00)?86[-\s]{0,2}\(?0?|(?=\(?0)\(?0)"
    r"(?:(?:10|2\d)\)?[-\s]{0,2}\d{4}|[3-9]\d\d\)?[-\s]{0,2}\d{3,4})[-\s]?\d{4})"
    r"\s?-\s?\d{2,5}(?![\d-])"
)
# What makes the number behind it one of another country.
_FOREIGN_BEGIN = re.compile(r"[^\d+]*(?:\+|00)\s*(?!86|\s)")
_BETWEEN = re.compile(r"[,;/|、\n]|或")
_WORDS = re.compile(r"[^\W\d_]+")
_CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
_CHINESE_LANDLINE = re.compile(r"[1-9]\d{9,10}")  # with its area, without the 0
_CHINESE_TRUNK = re.compile(r"^860(?=[1-9]\d{8,10}$)")
# GB 32100: who registered it, of what kind, the place, the firm. Also of a person.
_CHINESE_CODE = re.compile(r"(?:CN)?([1-9ANY][1-9]\d{6}[0-9A-HJ-NP-RTUW-Y]{10})")
# How tax IDs are written abroad, behind the letters of the country: by these it is told
# whose they are.
_TAX_IDS = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z\d]\d{7}[A-Z\d]",
    "FI": r"\d{8}",
    "FR": r"[A-Z\d]{2}\d{9}",
    "GB": r"(?:\d{9}|\d{12})",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[A-Z\d]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"(?:\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "NO": r"\d{9}(?:MVA)?",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
}
_FOREIGN = re.compile("|".join(f"{key}{form}" for key, form in _TAX_IDS.items()))
_GREEK = re.compile(r"EL(?=\d{9}$)")  # the letters before it are not those of ISO 3166
_SWISS = re.compile(r"(?:CHE|CH)?(\d{9})(?:MWST|TVA|IVA|HR)?")
# Words that stand before a tax ID.
_TAX_LABEL = re.compile(
    r"^(?:VAT|TAX|UST|UID|TVA|IVA|BTW|MWST|NIF|CIF|TIN|EIN|GST|USCC)"
    r"(?:[\s.:/#-]*(?:REG|IDENT|ID|NO|NR|NUMBER|CODE)(?![A-Z]*\d))*(?=[\s.:/#-])"
)
_NO_ASCII = re.compile(r"^[^\x00-\x7f]+")
_DOMAIN = re.compile(r"[^\s@<>,;]+@((?:[\w-]+\.)+[\w-]{2,})\.?\s*>?\s*$")


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
    return next(iter(normalize_phones(number, country)), "")


def normalize_phones(text: str, country: str = "86") -> list[str]:
    """Return the numbers of a text, each once; see `normalize_phone`.

    What anybody writes where he has none is no number.

    >>> normalize_phones("13911112222 / 0755-83216688, 802")
    ['8613911112222', '8675583216688']
    >>> normalize_phones("Tel 0755 8321 6688 Fax 0755 8321 6689")
    ['8675583216688', '8675583216689']
    >>> normalize_phones("0711/1234567", "49"), normalize_phones("00000000")
    (['497111234567'], [])
    """
    text = unicodedata.normalize("NFKC", text[:LONGEST])
    # Marks of the direction of writing are copied along with a number.
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = _without_extension(_EXTENSION.sub(" ", text).strip(), country)
    found = (
        _normalize_one(one, country)
        for piece in _pieces(text)
        for one in _spaced(piece, country)
    )
    return list(dict.fromkeys(filter(None, found)))


def _without_extension(text: str, country: str) -> str:
    """Take off what stands behind a whole number of China, and a dash.

    >>> _without_extension("0711 123 4567-12", "86")
    '0711 123 4567 '
    >>> _without_extension("+49 0711 123 4567-12", "86")
    '+49 0711 123 4567-12'
    """

    def keep(found: re.Match[str]) -> str:
        before = _BETWEEN.split(text[: found.start()])[-1]
        is_foreign = bool(_FOREIGN_BEGIN.match(before))
        is_chinese = not is_foreign and (country == "86" or "86" in found["country"])
        return f"{found['number']} " if is_chinese else found[0]

    return _CHINESE_EXTENSION.sub(keep, text)


def _is_international(text: str) -> bool:
    """Whether a plus is the first sign that tells something."""
    return bool(re.match(r"[^\d+]*\+", text))


def _pieces(text: str) -> list[str]:
    """Cut a text at the signs between numbers; 0711/1234567 is one."""
    pieces: list[str] = []
    for piece in _BETWEEN.split(text):
        piece = _WORDS.sub(" ", piece)
        if pieces and _is_area(pieces[-1]):
            piece = f"{pieces.pop()} {piece}"
        pieces.append(piece)
    return pieces


def _is_area(piece: str) -> bool:
    digits = _digits(piece)
    return 1 < len(digits) < SHORTEST and piece.lstrip("( ")[:1] in ("0", "+")


def _spaced(piece: str, country: str) -> list[str]:
    """Cut numbers apart that have but a space between them: what is too long for one,
    where each is whole."""
    words, found = piece.split(), list[str]()
    while len(_digits(" ".join(words))) > MOST:
        for at in range(1, len(words)):
            first, rest = " ".join(words[:at]), " ".join(words[at:])
            is_more = len(_digits(rest)) > MOST
            if _is_whole(first, country) and (is_more or _is_whole(rest, country)):
                break
        else:
            break
        found.append(first)
        words = words[at:]
    return [*found, " ".join(words)]


def _is_whole(text: str, country: str) -> bool:
    """Whether a text may be a number from its beginning to its end."""
    digits = _digits(text)
    if _is_international(text) or digits.startswith("00"):
        return 10 <= len(digits) <= MOST
    if digits.startswith("0"):
        return 9 <= len(digits) <= LOCAL
    if country == "86" and re.match("1[3-9]", digits):
        return len(digits) == 11
    return SHORTEST <= len(digits) <= LOCAL


def _digits(text: str) -> str:
    return "".join(str(int(char)) for char in text if char.isdecimal())


def _normalize_one(text: str, country: str) -> str:
    international = _is_international(text)
    if international:
        text = re.sub(r"\(0\)", "", text)
    digits = _digits(text)
    if not international and digits.startswith("00"):
        international, digits = True, digits[2:]
    if len(digits) < SHORTEST:
        return ""
    if not international and not _has_country(digits, country):
        digits = country + digits.removeprefix("0")
    digits = _CHINESE_TRUNK.sub("86", digits)
    local = digits.removeprefix(country).lstrip("0")
    return "" if _is_made_up(digits) or _is_made_up(local) else digits


def _has_country(digits: str, country: str) -> bool:
    """Whether a number begins with its country though no plus sign says so."""
    rest = digits.removeprefix(country)
    if rest == digits:
        return False
    if country != "86":
        return len(rest) >= 10
    rest = rest.removeprefix("0")
    return bool(_CHINESE_MOBILE.fullmatch(rest) or _CHINESE_LANDLINE.fullmatch(rest))


def _is_made_up(digits: str) -> bool:
    """Whether a number is one digit again and again, or counts up or down."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    return steps <= {0} or steps == {1} or steps == {9}


def normalize_tax_id(text: str, country: str = "") -> str:
    """Return a tax ID as it is compared; empty if it is none.

    :param country: two letters, of whoever has the ID; some write it before the ID

    >>> normalize_tax_id("９１４４０３００－ＭＡ５ＥＸＡＭＰＬ１", "HK")
    'CN91440300MA5EXAMPL1'
    >>> normalize_tax_id("DE 811 907 980", "DE"), normalize_tax_id("811907980", "DE")
    ('DE811907980', 'DE811907980')
    >>> normalize_tax_id("VAT: DE811907980", "CN"), normalize_tax_id("EL094259216")
    ('DE811907980', 'GR094259216')
    >>> normalize_tax_id("NOTAXID"), normalize_tax_id("000000"), normalize_tax_id("/")
    ('', '', '')
    """
    text = unicodedata.normalize("NFKC", text[:LONGEST]).upper().strip()
    text = _TAX_LABEL.sub("", _NO_ASCII.sub("", text))
    text = "".join(filter(str.isalnum, text))
    digits = _digits(text)
    if len(text) < SHORTEST_TAX_ID or len(digits) < TAX_DIGITS or _is_made_up(digits):
        return ""
    if chinese := _CHINESE_CODE.fullmatch(text):
        return "CN" + chinese.group(1)
    swiss = _SWISS.fullmatch(text)
    if swiss and (country == "CH" or text.startswith("CHE")):
        return "CHE" + swiss.group(1)
    if _FOREIGN.fullmatch(text):
        return _GREEK.sub("GR", text)
    return text if text.startswith(country) else country + text


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
