"""`make i18n`: the texts to translate, out of the addon as it is installed."""

import tempfile
from pathlib import Path

from . import addon, databases, odoo, paths, venv
from .console import step
from .process import run

FOLDER = addon.FOLDER / "i18n"
MERGE = Path(__file__).with_name("merge_translations.py")


def export(target: Path) -> None:
    """Writes a fresh .pot of the addon."""
    name = f"i18n_{paths.clone_key()}"
    databases.drop(name)
    try:
        databases.copy(name, addon.template(demo=False))
        odoo.execute(
            *(
                "i18n",
                "export",
                f"--database={name}",
                f"--output={target}",
                paths.ADDON,
            ),
            what="Exporting the texts",
        )
    finally:
        databases.drop(name)


def update() -> str:
    """Brings the .pot and the translations up to date."""
    FOLDER.mkdir(exist_ok=True)
    with step("Exporting the texts"):
        export(FOLDER / f"{paths.ADDON}.pot")
    return _merge("merge", FOLDER)


def check() -> str:
    """Stops when the .pot is out of date or a text is without a translation."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / f"{paths.ADDON}.pot"
        export(fresh)
        return _merge("check", FOLDER, fresh)


def _merge(*arguments) -> str:
    command = [venv.program("python"), MERGE, *arguments]
    return run(command, what="Translations", lines=200).strip()
