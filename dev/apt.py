"""Downloads packages of Debian without installing them.

The address of the archive comes from the machine's own apt sources. It is read through
a private configuration, also for suites that are not among the machine's own, so that
nothing of the machine changes and no root is needed.
"""

import os
import platform
import re
import shutil
from datetime import date
from pathlib import Path

from . import paths
from .console import Stop
from .process import run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SNAPSHOT = r"/archive/debian/\d{8}T\d{6}Z/?"
ALIASES = {"oldstable", "stable", "testing", "unstable", "sid"}
GET_IT_YOURSELF = "Get Odoo 19 yourself and point ODOO_HOME at its folder."


def own_suite() -> str:
    """The name of the machine's own release, such as bookworm."""
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "stable")


def download(packages, suite: str, target: Path) -> list[Path]:
    """Downloads packages into `target`; those that are there already are kept.

    apt checks each file against the archive's signed index, so a file that an
    interruption cut short is not taken for a whole one.
    """
    if not shutil.which("apt-get"):
        raise Stop(
            f"This machine has no apt, so Odoo cannot be downloaded. {GET_IT_YOURSELF}"
        )
    target.mkdir(parents=True, exist_ok=True)
    run(
        ["apt-get", *_reading(suite, packages), "download", *packages],
        what="Downloading from Debian's archive",
        cwd=target,
    )
    return [_newest(target.glob(f"{package}_*.deb")) for package in packages]


def _newest(files) -> Path:
    return max(files, key=lambda file: file.stat().st_mtime)


def _reading(suite: str, packages) -> list[str]:
    """Options that make apt read `suite` alone, from an archive that has the packages."""
    problems = []
    for address in _archives():
        options = _configured(suite, address)
        try:
            run(["apt-get", *options, "update"], what=f"Reading {suite} from {address}")
        except Stop as stop:
            problems.append(f"{stop}\nIs Debian's archive reachable from here?")
            continue
        offered = run(["apt-cache", *options, "pkgnames"], what="apt-cache pkgnames")
        gone = sorted(set(packages) - set(offered.split()))
        if not gone:
            return options
        problems.append(f"{address} has no {', '.join(gone)} in {suite} (any more).")
    problems = problems or ["This machine's apt sources name no Debian archive."]
    raise Stop("\n".join([*problems, GET_IT_YOURSELF]))


def _configured(suite: str, address: str) -> list[str]:
    home = paths.cache() / f"apt-{suite}"
    for folder in ("parts", "lists/partial", "archives/partial"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (home / "parts/archive.list").write_text(f"deb {signed}{address} {suite} main\n")
    (home / "status").touch()  # what is installed does not matter here
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": home / "parts",
        "Dir::State::lists": home / "lists",
        "Dir::State::status": home / "status",
        "Dir::Cache": home,
        "Acquire::Languages": "none",
        # Signed all the same, but old: a snapshot, or a mirror that lags behind.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Retries": 2,
        "APT::Update::Error-Mode": "any",
    }
    if os.geteuid() == 0:
        # apt hands root's downloads to a user of its own, who cannot write here.
        settings["APT::Sandbox::User"] = "root"
    return [part for name in settings for part in ("-o", f"{name}={settings[name]}")]


def _archives() -> list[str]:
    """Addresses of the Debian archive that this machine uses, the likeliest first."""
    # Says what it would read; that works before the first `apt-get update` as well.
    listing = run(["apt-get", "update", "--print-uris"], what="Reading the apt sources")
    addresses = []
    for address, suite in re.findall(
        r"^'(\S+?)dists/([^/']+)/InRelease'", listing, re.M
    ):
        if suite in {own_suite(), *ALIASES}:
            addresses += [address, *_of_today(address)]
    return list(dict.fromkeys(addresses))


def _of_today(address: str) -> list[str]:
    """Beside a snapshot, which holds the suites of its day: today's, and the archive.

    >>> _of_today("http://archive/archive/debian/20250520T000000Z/")[1]
    'http://archive/debian/'
    >>> _of_today("http://archive/debian/")
    []
    """
    today = date.today().strftime(r"/archive/debian/%Y%m%dT000000Z/")
    found = (re.sub(SNAPSHOT, instead, address) for instead in (today, "/debian/"))
    return [other for other in found if other != address]
