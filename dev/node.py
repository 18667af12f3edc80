"""Prettier, which lays out XML, JavaScript and styles. Node comes with the venv."""

import os
import shutil
from functools import cache as once
from pathlib import Path

from . import paths, venv
from .console import step
from .locks import locked
from .process import run

PACKAGE = Path(__file__).with_name("prettier") / "package.json"


def environment() -> dict[str, str]:
    """node and npm of the Python environment first on the PATH."""
    return {**os.environ, "PATH": f"{venv.ensure() / 'bin'}:{os.environ['PATH']}"}


@once
def ensure() -> Path:
    """The folder that holds node_modules; made where it is missing."""
    home = paths.cache() / f"node-{paths.key(PACKAGE.read_text())}"
    stamp = home / "complete"
    with locked("node"):
        if not stamp.exists():
            with step("Prettier"):
                _install(home)
            stamp.touch()
    return home


def _install(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    shutil.copy(PACKAGE, home)
    run(
        ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit"]
        + ["--no-fund", "--fetch-retries=2", "--fetch-timeout=60000"],
        what="Installing Prettier (is the npm registry reachable?)",
        cwd=home,
        env=environment(),
    )


def prettier(*arguments) -> list[str]:
    modules = ensure() / "node_modules"
    return [
        str(venv.program("node")),
        str(modules / "prettier/bin/prettier.cjs"),
        f"--plugin={modules}/@prettier/plugin-xml/src/plugin.js",
        "--ignore-unknown",
        *arguments,
    ]
