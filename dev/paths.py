"""Where things are kept.

Everything that is downloaded or built lives in one cache folder, in sub-folders
named after a hash of what they were made from: a second clone starts warm, and a
changed list of packages makes a new folder beside the old one.
"""

import hashlib
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ADDON = "crm_sales_funnel"


def cache() -> Path:
    """The cache folder: FUNNEL_CACHE, or the user's cache folder (XDG).

    The database server refuses to run as root and cannot enter root's home, so
    root's cache is the system's.
    """
    chosen = os.environ.get("FUNNEL_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    if not base:
        base = "/var/cache" if os.geteuid() == 0 else Path.home() / ".cache"
    return Path(base) / ADDON


def key(*parts) -> str:
    """A short name for what something is made from.

    >>> key("a", 1) == key("a", 1) != key("a", 2)
    True
    """
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


def clone_key() -> str:
    """Tells this clone's databases from those of another one in the same cache."""
    return key(REPOSITORY)[:6]
