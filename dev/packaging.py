"""`make wheel`: the addon as a wheel, as pip installs addons of Odoo."""

import shutil
import tempfile
from pathlib import Path

from . import addon, paths, venv
from .process import run

DIST = paths.REPOSITORY / "dist"


def wheel(target: Path = DIST) -> Path:
    """Builds from a copy of the addon: the tool leaves links and folders behind."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / paths.ADDON
        shutil.copytree(
            addon.FOLDER, source, ignore=shutil.ignore_patterns("__pycache__")
        )
        built = Path(folder) / "built"
        run(
            [venv.program("python"), "-m", "build", "--wheel", "--no-isolation"]
            + ["--outdir", built, source],
            what="Building the wheel",
        )
        target.mkdir(exist_ok=True)
        return Path(shutil.copy(next(built.glob("*.whl")), target))
