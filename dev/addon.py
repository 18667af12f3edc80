"""Our addon: what it depends on, its state, and how it gets onto a database."""

import ast
import hashlib
from functools import cache as once

from . import cluster, databases, odoo, paths
from .console import Stop, step

FOLDER = paths.REPOSITORY / paths.ADDON
# Changes in these do not change a database.
BESIDE_THE_STATE = {"__pycache__", "tests", "description", "pyproject.toml"}

# What the first page needs, with the addon in it; the demo company is for nothing else.
PAGES = """
pages, printed = map(
    env["ir.qweb"]._get_asset_bundle, ("web.assets_web", "web.assets_web_print")
)
pages.css(), pages.js(), printed.css()
env.cr.commit()
"""
KEPT = 3  # earlier states, for those who are working on them


@once
def manifest() -> dict:
    return ast.literal_eval((FOLDER / "__manifest__.py").read_text())


@once
def state() -> str:
    """Changes whenever a file changes that installing or updating the addon reads."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        inside = file.relative_to(FOLDER)
        if file.is_file() and not BESIDE_THE_STATE & set(inside.parts):
            digest.update(f"{inside}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def template(demo: bool) -> str:
    """A database with the addon as it is now; copies of it take a second."""
    prefix = f"addon_{'demo' if demo else 'plain'}_"
    name = prefix + paths.key(databases.template(), state(), PAGES)
    if not databases.exists(name):
        for old in databases.names(prefix)[:-KEPT]:
            databases.drop(old)
    return databases.made(name, lambda unfinished: _fill(unfinished, demo))


def _fill(name: str, demo: bool) -> None:
    with step("The addon with its demo company" if demo else "The addon without demo"):
        databases.copy(name)
        install(name, demo)
        odoo.shell(name, PAGES if demo else databases.ASSETS)
        databases.analyze(name)


def install(name: str, demo: bool = False) -> None:
    """Installs the addon on a database, with or without its own demo data.

    Odoo loads a module's demo data only where all modules it depends on have theirs.
    The template's have none, so they are marked as if they had for the installation.
    """
    mark = "UPDATE ir_module_module SET demo = %s WHERE state = 'installed'"
    if demo:
        cluster.query(mark % "true", name)
    _run("--init", name)
    if demo:
        cluster.query(f"{mark % 'false'} AND name != '{paths.ADDON}'", name)
        check_demo(name)


def update(name: str) -> None:
    """Updates the addon on a database that has it."""
    _run("--update", name)


def _run(action: str, name: str) -> None:
    odoo.execute(
        f"--database={name}",
        f"{action}={paths.ADDON}",
        "--stop-after-init",
        "--no-http",
        what=f"Odoo {action} {paths.ADDON}",
        log=databases.log(name),
    )


def check_demo(name: str) -> None:
    """Odoo swallows an error in demo data; only this field says that it was loaded."""
    sql = f"SELECT demo FROM ir_module_module WHERE name = '{paths.ADDON}'"
    if cluster.query(sql, name) != "t":
        raise Stop(
            f"The database {name} is without the addon's demo data. If it was just made, "
            f"search {databases.log(name)} for 'demo data failed'; else make it anew: "
            f"dev/db drop {name}"
        )
