"""Runs Odoo with our configuration and any arguments."""

import os
import shutil
from pathlib import Path

from . import cluster, odoo_source, paths, venv
from .process import run

TEMPLATE = Path(__file__).with_name("odoo.conf")


def configuration() -> Path:
    """Writes odoo.conf for this clone and returns its path."""
    addons = [*odoo_source.addons_folders(), paths.REPOSITORY]
    text = TEMPLATE.read_text().format(
        addons_path=",".join(map(str, addons)),
        data_dir=data_folder(),
        db_host=cluster.socket(),
        db_port=cluster.PORT,
        db_user=cluster.ROLE,
    )
    target = paths.cache() / f"odoo-{paths.clone_key()}.conf"
    if not target.exists() or target.read_text() != text:
        target.write_text(text)
    return target


def data_folder() -> Path:
    """Odoo's data_dir: attachments and sessions."""
    return cluster.home() / "odoo-data"


def filestore(database: str) -> Path:
    return data_folder() / "filestore" / database


def environment() -> dict[str, str]:
    """The environment for Odoo, and for tests that start Odoo themselves.

    Odoo prints with the first wkhtmltopdf on the PATH: Debian's (unpatched Qt), or with
    FUNNEL_WKHTMLTOPDF=patched the other build.
    """
    folders = [str(venv.ensure() / "bin"), os.environ["PATH"]]
    if os.environ.get("FUNNEL_WKHTMLTOPDF") == "patched":
        folders.insert(0, str(venv.patched_wkhtmltopdf().parent))
    return {
        **cluster.environment(),
        "ODOO_RC": str(configuration()),
        "PYTHONPATH": str(odoo_source.python_path()),
        "PATH": os.pathsep.join(folders),
        "WKHTMLTOPDF_PATCHED": str(venv.patched_wkhtmltopdf()),
        "WKHTMLTOPDF_UNPATCHED": shutil.which("wkhtmltopdf") or "",
        "PYTHONWARNINGS": "ignore",
        "TZ": "UTC",
        "LANG": "C.UTF-8",
    }


def command(*arguments) -> list[str]:
    return [str(venv.program("python")), "-m", "odoo", *map(str, arguments)]


def shell(database: str, code: str) -> str:
    """Runs Python in the Odoo shell of a database; returns what it prints."""
    cluster.ensure()
    return run(
        command("shell", f"--database={database}", "--no-http", "--log-level=error"),
        what=f"Python code in the Odoo shell of {database}",
        env=environment(),
        input=code.encode(),
    )


def execute(*arguments, what: str, log: Path | None = None) -> str:
    """Runs Odoo to its end."""
    cluster.ensure()
    return run(command(*arguments), what=what, log=log, env=environment())
