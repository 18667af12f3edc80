"""Brings up everything that Odoo needs, in order; what is there already is kept."""

from . import cluster, disk, odoo_source, system, venv


def ensure() -> None:
    if not _complete():
        disk.check()
    odoo_source.check_home()
    system.ensure()
    odoo_source.python_path()
    venv.ensure()
    cluster.ensure()


def _complete() -> bool:
    return venv.complete() and odoo_source.complete()
