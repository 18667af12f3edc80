"""Odoo 19's source: the one in ODOO_HOME, or Debian's package, unpacked.

The package is made for Debian's unstable suite. It is unpacked into a folder, not
installed, so that nothing of the machine changes; Odoo runs from there on the
machine's own Python. It links to libraries and fonts of other packages by relative
paths, so all of them go into the same folder.
"""

import json
import os
import re
import shutil
from functools import cache as once
from pathlib import Path

from . import apt, paths
from .console import Stop, say, step
from .locks import locked
from .process import run

SERIES = "19.0"
FROM_UNSTABLE = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
# The unstable suite has a later Font Awesome, with other file names.
FROM_OWN_SUITE = ("fonts-font-awesome",)
STAMP = "packages.json"  # written last: its presence says that all the rest is there
PACKAGED = "usr/lib/python3/dist-packages"
# Debian leaves out this library (the blurred background of video calls); without
# the file every browser test fails, on the console's error about it.
LEFT_OUT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@once
def python_path() -> Path:
    """The folder that Python imports ``odoo`` from."""
    home = os.environ.get("ODOO_HOME")
    return _existing(Path(home).expanduser()) if home else _unpacked() / PACKAGED


@once
def addons_folders() -> list[Path]:
    """Where Odoo's own addons are."""
    base = python_path()
    return [f for f in (base / "odoo/addons", base / "addons") if f.is_dir()]


def check_home() -> None:
    """Says at once when ODOO_HOME is wrong, before minutes of other work."""
    if os.environ.get("ODOO_HOME"):
        python_path()


def complete() -> bool:
    """Is nothing left to download?"""
    return bool(os.environ.get("ODOO_HOME")) or (_home() / STAMP).exists()


def identity() -> str:
    """What a template database depends on: which Odoo it was made by."""
    base = python_path()
    release = base / "odoo/release.py"
    return paths.key(base.resolve(), release.read_text(), release.stat().st_mtime_ns)


def _existing(home: Path) -> Path:
    inside = [home.parent] if home.name == "odoo" else []
    for base in (home, home / PACKAGED, *inside):
        release = base / "odoo/release.py"
        if release.is_file():
            found = _series(release.read_text())
            if found != SERIES:
                raise Stop(
                    f"ODOO_HOME={home} holds Odoo {found}; this addon is for Odoo "
                    f"{SERIES}. Point ODOO_HOME at Odoo {SERIES}, or leave it out and "
                    "Odoo is downloaded."
                )
            return base.resolve()
    raise Stop(
        f"ODOO_HOME={home} holds no Odoo: there is no odoo/release.py in it. Point it "
        f"at the folder of Odoo {SERIES} that has odoo-bin in it, or leave it out and "
        "Odoo is downloaded."
    )


def _series(release: str) -> str:
    found = re.search(r"^version_info\s*=\s*\(([^,]+),\s*([^,]+),", release, re.M)
    if not found:
        return "of an unknown version"
    return ".".join(part.strip().strip("'\"") for part in found.groups())


def _home() -> Path:
    return paths.cache() / f"odoo-{paths.key(*FROM_UNSTABLE, *FROM_OWN_SUITE)}"


def _unpacked() -> Path:
    home = _home()
    if not complete():
        with locked("odoo"):
            if not complete():
                _unpack(home, _download(home.name))
    return home


def _download(name: str) -> list[Path]:
    target = paths.cache() / "downloads" / name
    with step("Downloading Odoo 19 (130 MB)"):
        files = apt.download(FROM_UNSTABLE, "sid", target)
        files += apt.download(FROM_OWN_SUITE, apt.own_suite(), target)
    return files


def _unpack(home: Path, packages: list[Path]) -> None:
    shutil.rmtree(home, ignore_errors=True)
    with step("Unpacking Odoo 19"):
        for package in packages:
            run(["dpkg-deb", "-x", package, home], what=f"Unpacking {package.name}")
    left_out = home / PACKAGED / "odoo" / LEFT_OUT
    left_out.parent.mkdir(parents=True, exist_ok=True)
    left_out.write_text("// Not part of Debian's package of Odoo.\n")
    (home / STAMP).write_text(json.dumps([package.name for package in packages]))
    shutil.rmtree(packages[0].parent)
    say(f"Odoo 19 is in {home}")
