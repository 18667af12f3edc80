"""Are two Chinese names of one firm? The brand decides, the trade and the place help."""

from __future__ import annotations

from . import tables
from .chinese import ChineseName, before_trades
from .edits import SAME_LOOK, SAME_SOUND, edits, mistaken

# What is left of certainty when the brands are the same and the trades are:
SAME = 1.0
AKIN = 0.97  # 五金, 五金制品
PART = 0.94  # one tells more than the other: 电子科技, 科技
MISSING = 0.92  # one names no trade: 立白, 立白贸易
MISSING_COMMON = 0.8  # the same where many a firm has the brand: 宏达, 宏达五金
MISSING_HERE = 0.86  # and these are in one place
RELATED = 0.8  # 服装, 鞋业
GENERAL = 0.74  # one tells its trade, the other only that it trades: 电子, 贸易
OTHER = 0.56  # 立白日化, 立白物流
# and when they have their seats in different places:
ELSEWHERE = 0.9
ELSEWHERE_SHORT = 0.84  # with a brand of three characters or less
ELSEWHERE_COMMON = 0.76

HEARD = 0.87  # sounds the same, and all else is the same
SLIP = 0.9  # 电子科枝
REORDERED = 0.9  # 第一附属医院, 附属第一医院
SHORTENED = 0.88  # 中石化: a character for each word
CONTAINED = 0.92  # as it stands in the other name, brand and all
ABRIDGED = 0.7  # characters of the other, in its order
FRAGMENT = 0.84  # as if still being typed
OTHER_NUMBER = 0.45  # 第一, 第二

_SAYS_LITTLE = frozenset("业材料品制用具器械工厂设备服务技术")  # 铜业, 铝业


def compare(a: ChineseName, b: ChineseName, shorten: bool = True) -> float:
    """Return from 0 to 1 how sure it is that two names are of one firm.

    :param shorten: a short form, of one character for each word, counts
    """
    if a.core == b.core:
        return _by_place(SAME, a, b)
    if (
        len(a.core) > 4
        and sorted(a.core) == sorted(b.core)
        and a.brand[0] == b.brand[0]
    ):
        return _by_place(REORDERED, a, b)
    score = _by_place(_brands(a, b, _trades(a, b)), a, b)
    shorter = max(_shorter(a, b), _shorter(b, a))
    if shorten or shorter != SHORTENED:
        score = max(score, shorter)
    score = max(score, _slip(a, b))
    if a.numbers and b.numbers and a.numbers != b.numbers:
        return min(score, OTHER_NUMBER)
    if a.numbers != b.numbers and a.brand != b.brand:
        return min(score, FRAGMENT)
    return score


def _brands(a: ChineseName, b: ChineseName, trades: float) -> float:
    if len(a.brand) > len(b.brand):
        a, b = b, a
    one, other = a.brand, b.brand
    if one == other:
        if trades == MISSING and (a.common or len(one) < 2):
            return MISSING_HERE if a.places and b.places else MISSING_COMMON
        return trades
    if len(one) >= 2 and len(other) - len(one) >= 2:
        if other.endswith(one):  # a town before the brand, perhaps
            return 0.95 * trades
        if other.startswith(one):  # a trade that we do not know, perhaps
            return _extended(a, b, trades)
    if a.heard.isdisjoint(b.heard):
        return 0.0
    alike, heads = likeness(one, other)
    if heads:
        trades = max(trades, SAME)
    least = 0.8 if len(one) < 3 or len(one) > 4 else 0.85
    if alike >= least and trades >= PART and _near(a, b, len(one)):
        return max(HEARD, alike) * trades
    return alike**1.5 * trades


def _slip(a: ChineseName, b: ChineseName) -> float:
    """Return the certainty where one character is wrong behind the brand."""
    if (
        abs(len(a.core) - len(b.core)) > 1
        or a.brand == b.brand
        and a.trades
        and b.trades
    ):
        return 0.0
    brands = [len(name.brand) for name in (a, b) if name.trades]
    shared = 0
    while a.core[: shared + 1] == b.core[: shared + 1]:
        shared += 1
    if min(len(a.core), len(b.core)) < 4 or not brands or shared < min(brands):
        return 0.0
    wrong = edits(a.core, b.core, mistaken)
    if wrong <= SAME_LOOK or wrong <= 1 and shared > min(brands):
        return _by_place(SLIP, a, b)
    return 0.0


def _extended(a: ChineseName, b: ChineseName, trades: float) -> float:
    """Return the certainty where the second brand goes on after the first."""
    if not a.trades:
        return MISSING_COMMON if a.common else MISSING
    if a.special and a.special <= b.special or a.trades == b.trades:
        return RELATED
    return min(trades, GENERAL)


def likeness(a: str, b: str) -> tuple[float, bool]:
    """Return how alike two brands are, and whether they end in the same unknown trade.

    >>> likeness("鸿达", "宏达"), likeness("宏达", "永发"), likeness("宏达陈醋", "永发陈醋")
    ((0.85, False), (0.0, False), (0.0, True))
    """
    size = 0
    while size < min(len(a), len(b)) - 2 and a[-1 - size] == b[-1 - size]:
        size += 1
    heads = size >= 2
    if heads:
        a, b = a[:-size], b[:-size]
    longest = max(len(a), len(b))
    if not longest:
        return 0.0, heads
    return 1 - min(edits(a, b, mistaken) / longest, 1.0), heads


def _trades(a: ChineseName, b: ChineseName) -> float:
    if a.trades == b.trades and a.trades:
        return SAME
    if not a.trades or not b.trades:
        return MISSING
    if a.special and b.special:
        if not a.special & b.special:
            return OTHER
        one, other = "".join(a.trades), "".join(b.trades)
        if one in other or other in one:
            return AKIN
        shared = (set(one) & set(other)) - _SAYS_LITTLE
        return AKIN if shared and not only_trade(a) else RELATED
    return PART if a.general & b.general else GENERAL


def _near(a: ChineseName, b: ChineseName, size: int) -> bool:
    """Whether all else is the same: the place too where the brand is short."""
    told = bool(a.places), bool(b.places)
    return told[0] == told[1] and (told[0] or size > 2) and not apart(a, b)


def apart(a: ChineseName, b: ChineseName) -> bool:
    """Return whether both tell where they are, and it is not the same city.

    A place that lies in the other is the same.
    """
    one, other = set(a.places), set(b.places)
    if not one or not other or one <= other or other <= one:
        return False
    known = tables.places()
    if not known.cities.keys().isdisjoint(one & other):
        return False
    return not (one <= known.countries or other <= known.countries)


def _by_place(score: float, a: ChineseName, b: ChineseName) -> float:
    if a.loose or b.loose or not apart(a, b):
        return score
    if a.common or b.common:
        return score * ELSEWHERE_COMMON
    short = min(len(a.brand), len(b.brand)) < 4
    return score * (ELSEWHERE_SHORT if short else ELSEWHERE)


def _shorter(short: ChineseName, long: ChineseName) -> float:
    """Return how likely one name is a short form of the other."""
    core, whole = short.core, long.core
    if not 2 <= len(core) < len(long.whole) or core[0] not in long.whole:
        return 0.0
    if whole.startswith(core) and len(core) > len(long.brand):
        return FRAGMENT
    if len(core) > 3 and (at := long.whole.find(core)) >= 0:
        start = long.whole.find(whole)
        if at <= start and at + len(core) >= start + len(long.brand):
            return CONTAINED
        # A town or a parent firm before it, a trade behind it.
        rest = long.whole[at + len(core) :]
        if at - start > 1 and not before_trades(rest) and not only_trade(short):
            return CONTAINED
    stately = only_trade(long)
    if len(core) > 8:
        return 0.0
    if short.trades and len(short.brand) > 2:
        return 0.0
    parts = _parts(long)
    firm = "".join(part[0] for part in words(whole))
    if core in ("".join(part[0] for part in parts), firm):
        return SHORTENED if len(core) > 2 or stately else ABRIDGED
    return _abridged(core, parts) if len(core) > 2 or stately else 0.0


def shortened(a: ChineseName, b: ChineseName) -> bool:
    """Return whether one name abbreviates the other."""
    return max(_shorter(a, b), _shorter(b, a)) >= ABRIDGED


def heard(a: str, b: str) -> bool:
    """Return whether two texts are read alike.

    >>> heard("鸿达", "宏达"), heard("宏达", "永发")
    (True, False)
    """
    return len(a) == len(b) and all(
        char == other or mistaken(char, other) <= SAME_SOUND
        for char, other in zip(a, b, strict=True)
    )


def _abridged(core: str, parts: list[str]) -> float:
    """Return how well a short form takes characters of words, in order."""
    begun, place, within, clean = set(), 0, -1, True
    for char in core:
        for at in range(place, len(parts)):
            found = parts[at].find(char, within + 1 if at == place else 0)
            if found >= 0:
                clean = clean and (found == 0 or at == place and found == within + 1)
                place, within = at, found
                begun.add(at)
                break
        else:
            return 0.0
    if min(begun) > 1 and len(core) < 5:
        return 0.0
    full = 1 < len(begun) >= len(parts) - (min(begun) > 0)
    short = len(core) < 5 and len(core) < len("".join(parts)) - 1
    return (
        SHORTENED if full and short and (clean or len(begun) == len(core)) else ABRIDGED
    )


def only_trade(name: ChineseName) -> bool:
    """Return whether a name has no brand: 建设银行, 第七重型机械."""
    known = tables.places()
    return (
        name.brand in tables.trade_words()
        or name.brand.startswith("第")
        or name.brand in known.cities
        or name.brand in known.provinces
    )


def _parts(name: ChineseName) -> list[str]:
    places = [place for place in name.places[:1] if name.whole.startswith(place)]
    return [*places, *words(name.core)] if name.core != name.whole else words(name.core)


def words(core: str) -> list[str]:
    """Cut a name into words of two characters, three where a word is known.

    >>> words("石油天然气")
    ['石油', '天然气']
    """
    known = tables.trade_words()
    cut, at = [], 0
    while at < len(core):
        size = 2
        if core[at : at + 2] not in known and core[at : at + 3] in known:
            size = 3
        cut.append(core[at : at + size])
        at += size
    return cut
