"""Databases: a template with everything the addon depends on, and copies of it.

The template takes minutes and is made once per (Odoo, dependencies, demo or not); a
copy takes a second, and only our addon is installed on it.
"""

import os
import shutil

from . import addon, cluster, odoo, odoo_source, paths
from .console import Stop, step
from .locks import locked

# Beside what the manifest names: China's chart of accounts, for the demo company, and
# what the addon works with where it is installed.
BESIDE = ("account_debit_note", "l10n_cn")
# Scripts and styles of the web client, which else are put together when a page is first
# opened (8 s in each copy), and by Odoo's runner before its first test (20 s).
ASSETS = 'env["ir.qweb"]._pregenerate_assets_bundles(); env.cr.commit()'


def template(demo: bool = False) -> str:
    """The template's name; the database is made first where it is missing."""
    modules = sorted({*addon.manifest()["depends"], *BESIDE})
    made_from = paths.key(
        odoo_source.identity(), *modules, "demo" if demo else "", ASSETS
    )
    return made(f"template_{made_from}", lambda name: _fill(name, modules, demo))


def _fill(name: str, modules: list[str], demo: bool) -> None:
    title = "Template database" + (" with Odoo's demo data" if demo else "")
    with step(f"{title} ({len(modules)} modules and what they need)"):
        odoo.execute(
            f"--database={name}",
            f"--init={','.join(modules)}",
            "--stop-after-init",
            "--no-http",
            "--with-demo" if demo else "--without-demo",
            what="Installing Odoo's modules",
            log=log(name),
        )
        odoo.shell(name, ASSETS)


def made(name: str, fill) -> str:
    """Makes a database by `fill(name)` under another name, renamed when it is done.

    So a database of this name is never half-made, and an interrupted one is made anew.
    """
    if not exists(name):
        with locked(name):
            if not exists(name):
                unfinished = f"unfinished_{name}"
                drop(unfinished)
                fill(unfinished)
                rename(unfinished, name)
    return name


def analyze(name: str) -> None:
    """Has PostgreSQL see what is in a database, as in one that has been in use.

    Copies know it too. Else each would plan badly, and be looked through beside the tests.
    """
    cluster.query("ANALYZE", name)


def log(name: str):
    """Where Odoo's log goes that installs or updates a database."""
    return paths.cache() / "logs" / f"{name}.log"


def exists(name: str) -> bool:
    return name in names()


def names(prefix: str = "") -> list[str]:
    """Databases whose name begins with `prefix`, in the order they were made."""
    cluster.ensure()
    found = cluster.query(
        "SELECT datname FROM pg_database WHERE NOT datistemplate "
        f"AND datname != 'postgres' AND starts_with(datname, '{prefix}') ORDER BY oid"
    )
    return found.splitlines()


def copy(name: str, source: str | None = None) -> str:
    """Makes the database `name` as a copy of `source` (default: the template)."""
    source = source or template()
    if exists(name):
        raise Stop(f"There is a database {name} already: dev/db drop {name}")
    cluster.query(f'CREATE DATABASE "{name}" TEMPLATE "{source}" {cluster.copying()}')
    if odoo.filestore(source).is_dir():
        # Odoo never changes a stored file, so a copy may share it.
        shutil.rmtree(odoo.filestore(name), ignore_errors=True)
        shutil.copytree(
            odoo.filestore(source), odoo.filestore(name), copy_function=os.link
        )
    return name


def rename(old: str, new: str) -> None:
    if odoo.filestore(old).is_dir():
        shutil.rmtree(odoo.filestore(new), ignore_errors=True)
        odoo.filestore(old).rename(odoo.filestore(new))
    cluster.query(f'ALTER DATABASE "{old}" RENAME TO "{new}"')


def drop(name: str) -> None:
    """Drops the database and its files, whoever is connected."""
    cluster.ensure()
    cluster.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(odoo.filestore(name), ignore_errors=True)


def note(name: str) -> str:
    """A line kept with the database (its comment)."""
    return cluster.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        f"WHERE datname = '{name}'"
    )


def set_note(name: str, text: str) -> None:
    cluster.query(f"COMMENT ON DATABASE \"{name}\" IS '{text}'")
