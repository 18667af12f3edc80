"""The verbs of ``python3 -m dev``; each one's first line is its help."""

import argparse

from . import (
    addon,
    clean,
    cluster,
    databases,
    i18n,
    lint,
    odoo,
    odoo_source,
    packaging,
    paths,
    process,
    server,
    suite,
    surroundings,
    system,
    testing,
    venv,
)
from .console import Stop, say

HELP = frozenset({"--help", "-h"})
# Behind their own arguments, a question for help is one to the program that they start.
ASK_ON = frozenset({"bench", "db", "e2e", "odoo", "pytest"})


def run(arguments: list[str]) -> int | None:
    if not arguments or arguments[0] not in VERBS:
        width = max(map(len, VERBS))
        for name, verb in VERBS.items():
            print(f"  {name:<{width}}  {verb.__doc__.splitlines()[0]}")
        return 0 if not arguments or arguments[0] in {"help", *HELP} else 2
    name, *rest = arguments
    if HELP & set(rest[:1] if name in ASK_ON else rest):
        print(VERBS[name].__doc__)
        return 0
    return VERBS[name](rest)


def setup(arguments):
    """Brings up everything: packages, Odoo, Python environment, PostgreSQL, template."""
    surroundings.ensure()
    say(f"Template database: {databases.template()}")


def system_(arguments):
    """Installs what is missing on the machine: PostgreSQL, browser, fonts, PDF tools."""
    system.ensure()


def venv_(arguments):
    """Prints where the Python environment is; makes it where it is missing."""
    print(venv.ensure())


def source(arguments):
    """Prints where Odoo's source is; downloads it where it is missing."""
    print(odoo_source.python_path())


def db(arguments):
    """Databases: copy, install, update, drop, list, psql, start, stop."""
    parser = argparse.ArgumentParser(prog="dev/db")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("copy", "install", "update", "drop", "psql"):
        verbs.add_parser(verb).add_argument("name")
    for verb in ("list", "template", "start", "stop"):
        verbs.add_parser(verb)
    verbs.choices["copy"].add_argument("--source", help="instead of the template")
    verbs.choices["copy"].add_argument(
        "--core-demo", action="store_true", help="the template with Odoo's demo data"
    )
    verbs.choices["install"].add_argument("--demo", action="store_true")
    chosen, rest = parser.parse_known_args(arguments)
    _db(chosen, rest)


def _db(chosen, rest) -> None:
    name = getattr(chosen, "name", None)
    match chosen.verb:
        case "copy":
            source = chosen.source or databases.template(demo=chosen.core_demo)
            databases.copy(name, source)
        case "install":
            addon.install(name, demo=chosen.demo)
        case "update":
            addon.update(name)
        case "drop":
            databases.drop(name)
        case "psql":
            cluster.ensure()
            process.replace(["psql", "-d", name, *rest], cluster.environment())
        case "list":
            print("\n".join(databases.names()))
        case "template":
            print(databases.template())
        case "start":
            cluster.ensure()
        case "stop":
            cluster.stop()


def odoo_(arguments):
    """Odoo with the right configuration and any arguments (also: dev/odoo)."""
    cluster.ensure()
    process.replace(odoo.command(*arguments), odoo.environment())


def pytest_(arguments):
    """pytest-odoo on a database, browser tests on: pytest NAME [arguments]."""
    if not arguments:
        raise Stop("Which database? dev/pytest NAME [pytest's arguments]")
    cluster.ensure()
    name, *rest = arguments
    process.replace(testing.addon_tests(name, *rest), odoo.environment())


def e2e(arguments):
    """The tests of tests/, outside the addon: e2e [pytest's arguments]."""
    surroundings.ensure()
    process.replace(testing.plain(*(arguments or ["tests"])), odoo.environment())


def test(arguments):
    """Everything that must pass: lint, addon, Odoo's own runner, end to end."""
    return suite.run()


def bench(arguments):
    """Measures beside Odoo's core and OCA; arguments go to bench/run.py."""
    surroundings.ensure()
    environment = odoo.environment()
    environment["PYTHONPATH"] += f":{paths.REPOSITORY}"
    command = [venv.program("python"), paths.REPOSITORY / "bench/run.py", *arguments]
    process.replace(command, environment)


def i18n_(arguments):
    """Exports the .pot and merges it into the translations; --check only compares."""
    surroundings.ensure()
    print(i18n.check() if "--check" in arguments else i18n.update())


def screenshots(arguments):
    """Photographs the main screens for README and the Apps page."""
    surroundings.ensure()
    environment = {**odoo.environment(), "PYTHONPATH": str(paths.REPOSITORY)}
    command = [venv.program("python"), "-m", "dev.screenshots"]
    process.replace(command, environment)


def wheel(arguments):
    """Builds the addon's wheel into dist/."""
    print(packaging.wheel())


def clean_(arguments):
    """Removes what this clone made; --cache removes the whole cache as well."""
    clean.cache() if "--cache" in arguments else clean.clone()


def lint_(arguments):
    """ruff, pylint-odoo, prettier, mypy and OCA's checks."""
    return 0 if all(lint.lint().values()) else 1


def format_(arguments):
    """Lays out Python, XML, JavaScript and styles: format [files or folders]."""
    lint.format_(arguments)


VERBS = {
    "setup": setup,
    "run": server.run,
    "system": system_,
    "venv": venv_,
    "source": source,
    "db": db,
    "odoo": odoo_,
    "pytest": pytest_,
    "test": test,
    "bench": bench,
    "i18n": i18n_,
    "screenshots": screenshots,
    "wheel": wheel,
    "clean": clean_,
    "e2e": e2e,
    "lint": lint_,
    "format": format_,
}
