"""Is there room for what will be downloaded and built?"""

import os
import shutil

from . import paths
from .console import Stop

NEEDED_MB = 4000
FULL_MB = 8  # with less than this free, a failure is a full disk's
FULL = "No space left on device"


def check() -> None:
    """Stops before minutes of work that would end on a full disk."""
    needed = int(os.environ.get("FUNNEL_NEEDED_MB", NEEDED_MB))
    if free() < needed:
        raise Stop(
            f"Not enough disk space: {paths.cache()} needs {needed} MB, {free()} MB are "
            "free. Make room, or choose a folder elsewhere: FUNNEL_CACHE=/folder"
        )


def free() -> int:
    """Megabytes that are free where the cache is, or will be."""
    folder = paths.cache()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free // 2**20


def caused(output: str) -> bool:
    """Was it the disk that made a program fail? Not every program says so."""
    return FULL in output or free() < FULL_MB


def full() -> Stop:
    """The message for a disk that became full on the way."""
    return Stop(
        f"The disk is full: {FULL.lower()} in {paths.cache()}. Make room, or choose a "
        "folder elsewhere: FUNNEL_CACHE=/folder. The same command then goes on."
    )
