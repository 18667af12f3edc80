"""`make test` sees failures and skips in both runners, and counts what was run."""

import subprocess
import textwrap

import pytest

from dev import odoo, paths, ports, suite

TESTS = """
from odoo.tests import TransactionCase, tagged
import logging


@tagged("post_install", "-at_install")
class TestProbe(TransactionCase):
    def test_good(self):
        logging.getLogger("odoo.addons.crm_sales_funnel.models").warning("odd")

    def test_skipped(self):
        self.skipTest("there is no printer")

    def test_bad(self):
        self.assertTrue(False, "this one fails")


@tagged("post_install", "-at_install")
class TestSkippedAltogether(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.skipTest(cls(), "no browser")

    def test_never_run(self):
        pass
"""


@pytest.fixture(scope="module")
def probe(make_database, tmp_path_factory):
    """An addon with a test of each outcome, and a database that lacks it."""
    home = tmp_path_factory.mktemp("addons")
    tests = home / "funnel_probe/tests"
    tests.mkdir(parents=True)
    manifest = (
        "{'name': 'Probe', 'author': 'us', 'license': 'LGPL-3', 'depends': ['base']}"
    )
    (home / "funnel_probe/__manifest__.py").write_text(manifest)
    (home / "funnel_probe/__init__.py").touch()
    (tests / "__init__.py").write_text("from . import test_probe\n")
    (tests / "test_probe.py").write_text(textwrap.dedent(TESTS))
    return home, make_database()


def addons_path(home) -> str:
    return ",".join(map(str, [*odoo.odoo_source.addons_folders(), home]))


@pytest.fixture(scope="module")
def odoo_log(probe):
    home, database = probe
    done = subprocess.run(
        odoo.command(
            f"--database={database}",
            f"--addons-path={addons_path(home)}",
            "--init=funnel_probe",
            "--test-tags=/funnel_probe",
            f"--http-port={ports.free()}",
            "--stop-after-init",
        ),
        env=odoo.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout, done.returncode


def test_odoo_runner(odoo_log):
    part = suite.Part("probe")
    suite.read_odoo_log(part, *odoo_log)
    assert (part.passed, part.failed, part.skipped) == (1, 1, 2)
    assert any("there is no printer" in complaint for complaint in part.complaints)
    assert any("no browser" in complaint for complaint in part.complaints)
    assert not part.good


def test_pytest(probe, odoo_log, tmp_path):
    home, database = probe
    figures, warnings = tmp_path / "figures.xml", tmp_path / "warnings.log"
    command = suite.testing.addon_tests(
        database,
        f"--odoo-addons-path={addons_path(home)}",
        f"--junitxml={figures}",
        f"--rootdir={home}",
        "--override-ini=addopts=",
        f"--log-file={warnings}",
        *suite.LOG_OPTIONS,
        home / "funnel_probe/tests",
    )
    done = subprocess.run(
        command, env=odoo.environment(), cwd=home, capture_output=True
    )
    assert done.returncode == 1, done.stdout
    part = suite.Part("probe")
    suite.read_figures(part, figures)
    assert (part.passed, part.failed, part.skipped) == (1, 1, 2)
    assert any("there is no printer" in complaint for complaint in part.complaints)
    assert not part.good
    (entry,) = suite.loud_entries(warnings.read_text())
    assert entry.rstrip().endswith("odd")


def test_classes_of_odoo_runner_are_there():
    files = (paths.REPOSITORY / paths.ADDON / "tests").glob("test_*.py")
    texts = [file.read_text() for file in files]
    for name in suite.IN_ODOO:
        assert any(f"class {name}(" in text for text in texts), name


def test_no_test_at_all_is_no_success():
    part = suite.Part("probe")
    suite.read_odoo_log(part, "2026-01-01 00:00:00,000 1 INFO db odoo: Ready\n", 0)
    assert not part.good
    assert not suite.Part("lint").good


@pytest.mark.parametrize("level", ["WARNING", "ERROR"])
def test_log_above_info(level):
    log = (
        "2026-01-01 00:00:00,000 1 INFO db odoo.tests.result: "
        "0 failed, 0 error(s) of 5 tests when loading database 'db' \n"
    )
    part = suite.Part("probe")
    suite.read_odoo_log(part, log, 0)
    assert part.good and part.passed == 5
    log += f"2026-01-01 00:00:00,000 1 {level} db odoo.addons.{paths.ADDON}.x: oh \n"
    part = suite.Part("probe")
    suite.read_odoo_log(part, log, 0)
    assert not part.good


@pytest.mark.parametrize(
    ("part", "code", "line"),
    [
        (suite.Part("a", passed=5), 0, "5 passed, 0 failed"),
        (suite.Part("a", passed=5, failed=2), 1, "5 passed, 2 failed"),
        (suite.Part("a", passed=5, skipped=3), 1, "5 passed, 3 failed"),
        (suite.Part("a", passed=5, complaints=["a warning"]), 1, "5 passed, 1 failed"),
        (suite.Part("a"), 1, "0 passed, 1 failed"),
    ],
)
def test_closing_line(part, code, line, capsys):
    assert suite._report([part], "0:10") == code
    assert capsys.readouterr().out.splitlines()[-1] == line
