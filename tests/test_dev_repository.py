"""What holds for every file, and for the plain Python beside and inside the addon."""

import doctest
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dev import commands, paths

LONGEST = 500
NOT_OURS = {"node_modules", "dist", "artefacts", "__pycache__"}
# Long by nature: translations, results, licences, what was installed.
LONG_KINDS = {".po", ".pot", ".json", ".txt", ".csv", ""}
HOSTS = r"(deb|security|snapshot)\.debian|pypi|pythonhosted|npmjs|nodesource"
MACHINE_PATHS = r"/work/|/root/|/home/\w|/tmp/csf"


def files(*patterns):
    """Files of the repository; what tools keep in hidden folders is not ours."""
    for pattern in patterns:
        for file in paths.REPOSITORY.rglob(pattern):
            folders = file.relative_to(paths.REPOSITORY).parts[:-1]
            hidden = any(name[0] == "." and name != ".ci" for name in folders)
            if file.is_file() and not hidden and not NOT_OURS & set(folders):
                yield file


def text_files():
    for file in files("*"):
        try:
            yield file, file.read_text()
        except UnicodeDecodeError:
            continue


def test_files_stay_short():
    long = {
        str(file.relative_to(paths.REPOSITORY)): text.count("\n")
        for file, text in text_files()
        if file.suffix not in LONG_KINDS and text.count("\n") > LONGEST
    }
    assert not long


def test_no_machine_and_no_registry_is_named():
    wrong = [
        f"{file.relative_to(paths.REPOSITORY)}: {found.group()}"
        for file, text in text_files()
        if file != Path(__file__).resolve()
        for found in re.finditer(f"{HOSTS}|{MACHINE_PATHS}", text)
    ]
    assert not wrong


def modules(folder: str, package: str) -> list[str]:
    base = paths.REPOSITORY / folder
    names = (
        file.relative_to(base).with_suffix("").parts for file in base.rglob("*.py")
    )
    return sorted(
        ".".join([package, *(part for part in name if part != "__init__")])
        for name in names
        if name[-1] not in ("__main__", "merge_translations")
    )


@pytest.mark.parametrize("name", modules("dev", "dev"))
def test_examples_of_dev(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_tools_need_no_odoo_and_their_examples_hold():
    """In a process that has the addon's folder on its path, and no Odoo."""
    code = f"""
import doctest, importlib, sys
counts = [doctest.testmod(importlib.import_module(n)) for n in {modules("crm_sales_funnel/tools", "tools")}]
assert "odoo" not in sys.modules
print(sum(c.attempted for c in counts), sum(c.failed for c in counts))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(paths.REPOSITORY / paths.ADDON)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    attempted, failed = map(int, done.stdout.splitlines()[-1].split())
    assert attempted and not failed, done.stdout


def test_every_verb_of_the_makefile_is_there(run_dev):
    verbs = re.findall(
        r"\$\(DEV\) ([a-z0-9]+)", (paths.REPOSITORY / "Makefile").read_text()
    )
    listed = run_dev("help").stdout
    missing = [verb for verb in verbs if not re.search(rf"^  {verb} ", listed, re.M)]
    assert not missing


def test_unknown_verb(run_dev):
    assert run_dev("fly").returncode == 2


@pytest.fixture
def begun(monkeypatch):
    """Verbs that do nothing: what they would have been begun with, in order."""
    begun = []

    def stand_in(verb):
        def begin(arguments):
            begun.append((verb, arguments))

        begin.__doc__ = commands.VERBS[verb].__doc__
        return begin

    for verb in commands.VERBS:
        monkeypatch.setitem(commands.VERBS, verb, stand_in(verb))
    return begun


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize("verb", commands.VERBS)
def test_every_verb_describes_itself_and_does_nothing(verb, option, begun, capsys):
    assert commands.run([verb, option]) == 0
    assert commands.VERBS[verb].__doc__ in capsys.readouterr().out
    assert not begun


@pytest.mark.parametrize("asked", [("clean", "--cache"), ("run", "--dev=all")])
def test_help_after_other_arguments_does_nothing_either(asked, begun):
    assert commands.run([*asked, "--help"]) == 0
    assert not begun


@pytest.mark.parametrize(
    "asked", [("odoo", "server"), ("pytest", "x"), ("db", "copy"), ("bench", "--sizes")]
)
def test_help_after_other_arguments_is_asked_of_the_program_behind(asked, begun):
    verb, *arguments = asked
    commands.run([*asked, "--help"])
    assert begun == [(verb, [*arguments, "--help"])]


def test_continuous_integration_runs_the_test_command():
    """What the README names, and nothing of its own."""
    readme = (paths.REPOSITORY / "README.md").read_text()
    assert "\nmake test\n" in readme
    commands = (paths.REPOSITORY / ".ci/run").read_text().splitlines()[1:]
    assert [line for line in commands if not line.startswith("#")] == [
        'cd "$(dirname "$0")/.." && exec make test'
    ]


def test_settings_of_tools_are_valid():
    tomllib.loads((paths.REPOSITORY / "pyproject.toml").read_text())
    tomllib.loads((paths.REPOSITORY / ".ruff.toml").read_text())
