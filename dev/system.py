"""What has to be installed on the machine itself: servers, browser, fonts, PDF tools."""

import glob
import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

from .console import Stop, step
from .process import run


def postgres_program(name: str) -> str | None:
    """A PostgreSQL server program; Debian keeps them off the PATH."""
    found = glob.glob(f"/usr/lib/postgresql/*/bin/{name}")
    newest = sorted(found, key=lambda path: int(Path(path).parts[4]))
    return newest[-1] if newest else shutil.which(name)


def browser_program() -> str | None:
    """Chromium. Its headless shell draws the same pages without a window, tabs and menus
    around them, which take a good part of the time when nobody looks at them."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def _has_font(family: str) -> bool:
    if not shutil.which("fc-list"):
        return False
    return bool(run(["fc-list", family, "file"], what="fc-list"))


def _can_make_environments() -> bool:
    return not subprocess.run(
        [sys.executable, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL
    ).returncode


# Debian package: is what it brings there already, from wherever?
NEEDED = {
    "postgresql": lambda: postgres_program("initdb"),
    "chromium-headless-shell": browser_program,
    "wkhtmltopdf": lambda: shutil.which("wkhtmltopdf"),
    "poppler-utils": lambda: shutil.which("pdftotext"),
    "gettext": lambda: shutil.which("msgmerge"),
    "libcairo2": lambda: find_library("cairo"),
    "fontconfig": lambda: shutil.which("fc-list"),
    "fonts-noto-cjk": lambda: _has_font("Noto Sans CJK SC"),
    "python3-venv": _can_make_environments,
}


# Its data is on the disk at the end, not after each file.
QUICK = ("-o", "Dpkg::Options::=--force-unsafe-io")


def missing() -> list[str]:
    return [package for package, present in NEEDED.items() if not present()]


def ensure(*only: str) -> None:
    """Installs what is missing (of `only` these): as root, else with sudo."""
    packages = [package for package in missing() if package in (only or NEEDED)]
    if not packages:
        return
    if not shutil.which("apt-get"):
        raise Stop(
            "Missing on this machine: " + ", ".join(packages) + " (Debian's names). "
            "Install them and start again."
        )
    with step("Installing " + ", ".join(packages)):
        _install(packages)


def _install(packages: list[str]) -> None:
    become_root = [] if os.geteuid() == 0 else ["sudo"]
    if become_root and not shutil.which("sudo"):
        raise Stop(
            "Missing on this machine: " + ", ".join(packages) + ". As root: "
            "apt-get install " + " ".join(packages)
        )
    terminal = {"stdin": None} if become_root and sys.stdin.isatty() else {}
    run(
        [*become_root, "apt-get", "-o", "APT::Update::Error-Mode=any", "update"],
        what="Reading Debian's list of packages (is the archive reachable?)",
        **terminal,
    )
    run(
        [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install"]
        + ["--yes", "--no-install-recommends", *QUICK, *packages],
        what="Installing packages",
        **terminal,
    )
