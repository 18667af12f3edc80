"""What end-to-end tests stand on: databases, running servers, a browser, artefacts.

Run them with ``make e2e`` (``ARGS="-k name"`` chooses); they need the environment that
``python3 -m dev`` brings up.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev import addon as our_addon
from dev import browser as dev_browser
from dev import cluster, databases, paths, ports, server
from dev.odoo_shell import Shell


@pytest.fixture(scope="session", autouse=True)
def postgres():
    """The project's PostgreSQL server, running."""
    cluster.ensure()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """A folder for screenshots and printed files; kept, outside the repository."""
    folder = paths.cache() / "artefacts" / paths.clone_key()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def make_database():
    """Makes databases that are dropped at the end of the session.

    ``make_database()`` has Odoo's apps alone, ``make_database(addon=True)`` the addon as
    well, and ``make_database(demo=True)`` its demo company too.
    """
    made = []
    _drop_leftovers()

    def make(addon: bool = False, demo: bool = False, source: str | None = None) -> str:
        if source is None and (addon or demo):
            source = our_addon.template(demo)
        name = f"e2e_{os.getpid()}_{uuid.uuid4().hex[:6]}"
        made.append(name)
        return databases.copy(name, source)

    yield make
    for name in made:
        databases.drop(name)


def _drop_leftovers():
    """Databases of sessions that were killed; those of running ones stay."""
    for name in databases.names("e2e_"):
        if not Path(f"/proc/{name.split('_')[1]}").exists():
            databases.drop(name)


@dataclass
class Served:
    """A running Odoo: where it answers, its database and its log."""

    url: str
    database: str
    log: Path
    shell: Shell

    def log_above_info(self, about: str = "funnel") -> list[str]:
        """Lines of the log above INFO, tracebacks included, that mention `about`."""
        entries = re.split(r"\n(?=\d{4}-\d\d-\d\d )", self.log.read_text())
        loud = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")
        return [entry for entry in entries if loud.match(entry) and about in entry]

    def execute(self, code: str) -> str:
        """What Python code prints in this database's Odoo shell; commit yourself."""
        return self.shell.run(code)


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Starts Odoo on a database, on a free port: ``with serve(database) as odoo:``."""

    @contextmanager
    def start(database: str, *arguments):
        port = ports.free()
        log = tmp_path_factory.mktemp("server") / "odoo.log"
        with (
            server.start(database, port, log, *arguments),
            closing(Shell(database)) as shell,
        ):
            yield Served(f"http://{ports.ADDRESS}:{port}", database, log, shell)

    return start


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright."""
    with dev_browser.started() as chromium:
        yield chromium


@pytest.fixture
def log_in(browser):
    """Opens a page as a user: ``page = log_in(served, "sales")``.

    Each call has cookies of its own, so several users can work side by side.
    """
    contexts = []

    def open_page(served: Served, login: str, path: str = "/odoo/today", watch=None):
        context = dev_browser.open_context(browser, served.url)
        contexts.append(context)
        return dev_browser.log_in(context, login, path, watch)

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def folder():
    """A folder that the database server's user may enter too, with a short path."""
    path = Path(tempfile.mkdtemp(prefix="funnel-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment without what dev/ has put into it for these tests."""
    ours = {"ODOO_RC", "PYTHONPATH", "PGHOST", "PGPORT", "PGUSER", "PYTHONWARNINGS"}
    return {name: value for name, value in os.environ.items() if name not in ours}


@pytest.fixture
def run_dev(clean_environment):
    """Runs ``python3 -m dev`` as a person does: ``run_dev("run", FUNNEL_PORT="8070")``.

    Returns the finished process; its output and errors are both in ``stdout``.
    """

    def run(*arguments: str, seconds: float = 120, **variables: str):
        with subprocess.Popen(
            [sys.executable, "-m", "dev", *arguments],
            cwd=paths.REPOSITORY,
            env={**clean_environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as program:
            try:
                output, _ = program.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGTERM)
                raise
        return subprocess.CompletedProcess(arguments, program.returncode, output)

    return run
