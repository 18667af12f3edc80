"""`make run`, as a person uses it."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from dev import addon, cluster, databases, paths, ports

TABLE_ROW = re.compile(r"^  (\S+) +(\S+) +(.*?) +([a-z]{2}_[A-Z]{2}) +(.+)$", re.M)
ROLES = {
    "sales": "Salesperson",
    "leader": "Team Leader",
    "manager": "Manager",
    "orderdesk": "Order Desk",
    "warehouse": "Warehouse",
    "finance": "Finance",
    "purchasing": "Purchasing",
    "both": "Order Desk + Finance",
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory, clean_environment):
    """Another clone of the repository, so that a `make run` of this one may go on."""
    home = tmp_path_factory.mktemp("clone")
    for name in ("dev", paths.ADDON):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(paths.REPOSITORY / name, home / name, ignore=ignored)
    shutil.copy(paths.REPOSITORY / "Makefile", home)
    addon.template(demo=True)
    yield home
    make(home, clean_environment, "clean").wait(120)


def make(home, environment, *arguments):
    return subprocess.Popen(
        ["make", *arguments],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # As in a terminal; what runs in the background may be deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.fixture
def make_run(clone, clean_environment):
    """Starts `make run`; returns the process, its output so far and its address."""
    started = []

    def run(port=None):
        port = port or ports.free()
        environment = {**clean_environment, "FUNNEL_PORT": str(port)}
        program = make(clone, environment, "run")
        started.append(program)
        lines = []
        for line in program.stdout:
            lines.append(line)
            if "Ctrl-C stops it" in line:
                break
        return program, "".join(lines), f"http://127.0.0.1:{port}"

    yield run
    for program in started:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGTERM)
            program.wait(30)
        program.stdout.close()


def log_in(url, database, login, password) -> dict:
    """The session that the server opens for this user; fails on a wrong password."""
    params = {"db": database, "login": login, "password": password}
    request = urllib.request.Request(
        f"{url}/web/session/authenticate",
        json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
        {"Content-Type": "application/json"},
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=60) as answer:
        return json.load(answer)["result"]


def stop(program):
    """As Ctrl-C or a service manager does; it must end by itself."""
    program.terminate()
    program.wait(30)


def running_on(database: str) -> int:
    """Connections to a database."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = '%s'"
    return int(cluster.query(sql % database))


def test_serves_the_demo_company_and_ends_without_traces(make_run, clone):
    program, output, url = make_run()
    assert f"Odoo is running at {url}" in output
    users = {row[0]: row for row in TABLE_ROW.findall(output)}
    assert {login: users[login][4] for login in ROLES} == ROLES
    assert users["sales.zh"][3] == "zh_CN"
    database = databases.names(f"run_{paths.key(clone)[:6]}")[0]
    companies = set()
    for login, password, *_ in users.values():
        session = log_in(url, database, login, password)
        assert session["username"] == login
        if login != "admin":
            companies |= set(session["user_companies"]["allowed_companies"])
    assert len(companies) == 1, "the demo's users see the demo company alone"

    stop(program)
    assert running_on(database) == 0


def test_starts_again_within_20_seconds(make_run):
    program, *_ = make_run()
    os.killpg(program.pid, signal.SIGINT)
    program.wait(30)
    began = time.monotonic()
    _program, output, _url = make_run()
    assert "Odoo is running" in output
    assert time.monotonic() - began < 20


def test_a_second_one_says_that_it_runs_already(make_run):
    _program, first, url = make_run()
    second, again, _ = make_run()
    assert "It is running already" in again
    assert f"Odoo is running at {url}" in again
    second.stdout.read()
    assert second.wait(30) == 0
    assert TABLE_ROW.findall(again) == TABLE_ROW.findall(first)


def test_ends_though_it_is_told_twice(make_run, clone):
    """Whoever ends a group tells make as well, which tells its programs again; and Odoo
    may be busy."""
    program, _output, _url = make_run()
    database = databases.names(f"run_{paths.key(clone)[:6]}")[0]
    found = subprocess.run(
        ["pgrep", "-f", f"odoo --database={database} "], capture_output=True, check=True
    )
    server = int(found.stdout.split()[0])
    os.kill(server, signal.SIGSTOP)
    try:
        for _time in range(2):
            os.killpg(program.pid, signal.SIGTERM)
            time.sleep(0.5)
        program.wait(40)
        assert not Path(f"/proc/{server}").exists()
    finally:
        with suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)


def test_interrupted_start_goes_on(make_run, clone):
    stop(make_run()[0])
    database = databases.names(f"run_{paths.key(clone)[:6]}")[0]
    databases.rename(database, f"unfinished_{database}")
    _program, output, _url = make_run()
    assert "Odoo is running" in output
    assert databases.names("unfinished_" + database) == []


def test_demo_that_failed_is_noticed(make_run, clone):
    """Odoo says nothing when demo data fails: the database looks all right."""
    stop(make_run()[0])
    database = databases.names(f"run_{paths.key(clone)[:6]}")[0]
    cluster.query("UPDATE ir_module_module SET demo = false", database)
    program, output, _url = make_run()
    assert "without the addon's demo data" in output
    assert program.wait(30)
