"""The Python environment: Odoo's requirements and the development tools."""

import os
import shutil
import sys
from functools import cache as once
from pathlib import Path

from . import paths, system
from .console import Stop, step
from .locks import locked
from .process import run

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
ALONE = Path(__file__).with_name("requirements-alone.txt")


def folder() -> Path:
    made_from = (REQUIREMENTS.read_text(), ALONE.read_text(), sys.version_info[:3])
    return paths.cache() / f"venv-{paths.key(*made_from)}"


def complete() -> bool:
    return (folder() / "complete").exists()


def program(name: str) -> Path:
    """A program of the environment, which is made first where it is missing."""
    return ensure() / "bin" / name


@once
def ensure() -> Path:
    """Makes the environment once; an interrupted one is made anew."""
    home = folder()
    if complete():
        return home
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise Stop(
            "Odoo 19 runs here on Python 3.11 to 3.13, this is "
            f"{sys.version.split()[0]}. Choose another: make PYTHON=python3.12 ..."
        )
    with locked("venv"):
        if not complete():
            with step("Python packages"):
                _build(home)
            (home / "complete").touch()
    return home


def _build(home: Path) -> None:
    system.ensure("python3-venv")
    shutil.rmtree(home, ignore_errors=True)
    run([sys.executable, "-m", "venv", home], what="Making a Python environment")
    _install(home, "--requirement", REQUIREMENTS)
    _install(home, "--no-deps", "--requirement", ALONE)
    # The patched build has another name in its package; Odoo looks for this one.
    patched = home / "patched-qt"
    patched.mkdir()
    (patched / "wkhtmltopdf").symlink_to(home / "bin/wkhtmltopdf-pack")


def _install(home: Path, *arguments) -> None:
    run(
        [home / "bin/pip", "install", "--quiet", "--no-input", "--retries=2"]
        + ["--progress-bar=off", *arguments],
        what="Installing the Python packages (is the package index reachable?)",
        log=paths.cache() / "logs/pip.log",
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def patched_wkhtmltopdf() -> Path:
    """wkhtmltopdf built on patched Qt, as Odoo recommends it."""
    return ensure() / "patched-qt" / "wkhtmltopdf"
