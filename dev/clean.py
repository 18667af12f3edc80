"""`make clean`: removes what was made; what belongs to others stays."""

import shutil
from contextlib import contextmanager

from . import cluster, databases, paths
from .console import Stop, say
from .locks import only_one

OURS = ("run", "test", "i18n", "unfinished_run")
TRACES = ("dist", "build", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")


def clone() -> None:
    """This clone's databases, logs and build results."""
    with _nothing_running("run"), _nothing_running("test"):
        _remove()


def _remove() -> None:
    if cluster.exists():
        for kind in OURS:
            for name in databases.names(f"{kind}_{paths.clone_key()}"):
                databases.drop(name)
                say(f"Dropped the database {name}")
    for name in TRACES:
        shutil.rmtree(paths.REPOSITORY / name, ignore_errors=True)
    key = paths.clone_key()
    for pattern in (f"*/*{key}*", f"odoo-{key}.conf", f"running-{key}"):
        for made in paths.cache().glob(pattern):
            shutil.rmtree(made) if made.is_dir() else made.unlink()
    for folder in paths.REPOSITORY.rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)


def cache() -> None:
    """The whole cache, with every database of every clone in it."""
    clone()
    if cluster.exists():
        cluster.stop()
    if paths.cache().exists():
        shutil.rmtree(paths.cache())
        say(f"Removed {paths.cache()}")


@contextmanager
def _nothing_running(verb: str):
    """Keeps this clone from being used meanwhile; what was killed does not count."""
    with only_one(f"{verb}-{paths.clone_key()}") as free:
        if not free:
            raise Stop(
                f"`make {verb}` of this clone is running. Stop it first (Ctrl-C there)."
            )
        yield
