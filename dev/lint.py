"""`make lint` and `make format`."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import node, paths, venv
from .console import say
from .process import run

# Matters of form, which prettier and the example of Odoo's own files settle.
OCA_DISABLED = "xml-header-wrong,xml-tag-position"
# It wants no translation where it equals the source ("A4"); our own check wants one for
# each, so that a forgotten text is told from one that stays. `make i18n` lays them out.
OCA_PO_DISABLED = "po-pretty-format"
# An area extends res.partner in a file of its own, on purpose; the README is the
# repository's, and the addon's page is static/description/index.html.
PYLINT_DISABLED = "consider-merging-classes-inherited,missing-readme"
NOT_OURS = {".git", "node_modules", "dist", "build", "artefacts", "results"}
PRETTIER_FILES = ("*.xml", "*.js", "*.cjs", "*.scss", "*.json", "*.yaml")


def checks() -> dict[str, list[str]]:
    """What lint runs: name, command."""
    return {
        "ruff": [_tool("ruff"), "check", "--output-format=concise", "."],
        "ruff format": [
            _tool("ruff"),
            "format",
            "--check",
            "--quiet",
            "--output-format=concise",
            ".",
        ],
        "prettier": node.prettier("--check", *_files(*PRETTIER_FILES)),
        "pylint-odoo": [
            _tool("pylint"),
            "--rcfile=.pylintrc",
            f"--disable={PYLINT_DISABLED}",
            paths.ADDON,
        ],
        "OCA checks": [
            _tool("oca-checks-odoo-module"),
            f"--disable={OCA_DISABLED}",
            paths.ADDON,
        ],
        "OCA checks of translations": [
            _tool("oca-checks-po"),
            f"--disable={OCA_PO_DISABLED}",
            *_files("*.po", "*.pot"),
        ],
        "mypy": [_tool("mypy")],
    }


def lint() -> dict[str, bool]:
    """Runs all checks, prints what those say that fail; returns which passed."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(pool.map(_check, checks().items()))


def _check(item) -> tuple[str, bool]:
    name, command = item
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=paths.REPOSITORY,
        env={**node.environment(), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    passed = done.returncode == 0
    verdict = "ok" if passed else "FAILED\n" + done.stdout.strip()
    say(f"{name} ({time.monotonic() - began:.0f} s): {verdict}")
    return name, passed


def format_(chosen: list[str]) -> None:
    """Lays out the chosen files and folders (default: all) as lint wants them."""
    chosen = chosen or [str(paths.REPOSITORY)]
    ours = [name for name in _files(*PRETTIER_FILES) if _is_in(name, chosen)]
    commands = [
        [_tool("ruff"), "check", "--fix", "--exit-zero", "--quiet", *chosen],
        [_tool("ruff"), "format", "--quiet", *chosen],
    ]
    if ours:
        commands.append(
            node.prettier(
                "--write",
                "--log-level=warn",
                *(str(paths.REPOSITORY / name) for name in ours),
            )
        )
    for command in commands:
        run(
            command,
            what="Laying out files",
            env=node.environment(),
        )


def _is_in(name: str, chosen: list[str]) -> bool:
    return any(
        (paths.REPOSITORY / name).is_relative_to(Path(c).resolve()) for c in chosen
    )


def _tool(name: str) -> str:
    return str(venv.program(name))


def _files(*patterns: str) -> list[str]:
    """The repository's files of these kinds."""
    found = [file for pattern in patterns for file in paths.REPOSITORY.rglob(pattern)]
    inside = [file.relative_to(paths.REPOSITORY) for file in found]
    return sorted(str(file) for file in inside if not NOT_OURS & set(file.parts))
