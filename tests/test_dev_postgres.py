"""The project's own PostgreSQL: beside others, in their way, and after interruptions."""

import os
import shutil
from contextlib import contextmanager

import pytest

from dev import cluster, databases
from dev.console import Stop


@pytest.fixture
def elsewhere(folder, monkeypatch):
    """A cache of its own, where the server is made anew, and stopped at the end."""
    monkeypatch.setenv("FUNNEL_CACHE", str(folder))
    yield folder
    cluster.stop()


@contextmanager
def server_of_others(data, socket):
    """A server that is not ours, on this data, with its socket in this folder."""
    cluster.server_program(
        *("pg_ctl", "start", "--wait", "-D", data, "-o", f"-k {socket}"),
        *("-l", cluster.home() / "others.log"),
    )
    try:
        yield
    finally:
        cluster.server_program("pg_ctl", "stop", "-m", "fast", "-D", data)


def test_chinese_letters_are_letters():
    """Searching by parts of words finds Chinese only with a UTF-8 locale."""
    sql = "SELECT count(*) FROM regexp_matches('张伟 abc', '[[:alpha:]]', 'g')"
    assert cluster.query(sql) == "5"


def test_nobody_else_may_enter():
    assert cluster.socket().stat().st_mode & 0o777 == 0o700
    assert cluster.query("SHOW listen_addresses", role="postgres") == ""


def test_another_server_does_not_matter(monkeypatch):
    """Variables that name another server lead psql and Odoo to ours all the same."""
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "9")
    monkeypatch.setenv("PGDATABASE", "nowhere")
    assert cluster.query("SELECT current_user") == "odoo"


def test_data_in_use_by_another_server(elsewhere, run_dev):
    cluster.ensure()
    cluster.stop()
    with server_of_others(cluster.data(), socket=cluster.data()):
        failed = run_dev("db", "list", FUNNEL_CACHE=str(elsewhere))
    assert failed.returncode == 1
    assert "PostgreSQL did not start" in failed.stdout
    assert "Is another postmaster" in failed.stdout
    assert "Traceback" not in failed.stdout


def test_another_server_in_our_place(elsewhere, run_dev):
    """Another server holds the socket that ours would have."""
    cluster.ensure()
    cluster.stop()
    others = cluster.data() / "others"
    cluster.server_program("initdb", "-D", others, "--username=postgres", "--no-sync")
    with server_of_others(others, socket=cluster.socket()):
        failed = run_dev("db", "list", FUNNEL_CACHE=str(elsewhere))
    assert failed.returncode == 1
    assert "Another PostgreSQL server" in failed.stdout
    assert "FUNNEL_CACHE=" in failed.stdout
    assert "Traceback" not in failed.stdout


def test_path_too_long_for_a_socket(folder, run_dev):
    failed = run_dev("db", "list", FUNNEL_CACHE=str(folder / ("long" * 25)))
    assert failed.returncode == 1
    assert "too long for a PostgreSQL socket" in failed.stdout


@pytest.mark.parametrize("finished", [False, True])
def test_interrupted_while_made(elsewhere, finished):
    """Killed after or before the server's data was complete, it is made all the same."""
    cluster.ensure()
    cluster.stop()
    (cluster.home() / "complete").unlink()
    if not finished:
        shutil.rmtree(cluster.data())
    cluster.ensure()
    assert cluster.query("SELECT current_user") == "odoo"


def test_killed_server_comes_back(elsewhere, monkeypatch):
    """With all that was made, also when it is killed at once: the server writes its
    log late, here very late."""
    late = f"{cluster.SETTINGS}wal_writer_delay = 10s\n"
    monkeypatch.setattr(cluster, "SETTINGS", late)
    cluster.ensure()
    pid = int((cluster.data() / "postmaster.pid").read_text().split()[0])
    os.kill(pid, 9)
    cluster.ensure()
    assert cluster.query("SELECT 1") == "1"


def test_a_copy_counts_on_when_the_server_was_killed(elsewhere):
    """And not from where its source was: the next record would have a number again."""
    cluster.ensure()
    cluster.query("CREATE DATABASE source")
    cluster.query("CREATE SEQUENCE numbers; SELECT nextval('numbers')", "source")
    databases.copy("copied", "source")
    # In the log for good, as all that follows a number in a database in use.
    numbered = (
        "SET synchronous_commit = on; CREATE TABLE made AS SELECT nextval('numbers')"
    )
    cluster.query(numbered, "copied")
    pid = int((cluster.data() / "postmaster.pid").read_text().split()[0])
    os.kill(pid, 9)
    cluster.ensure()
    following = "SELECT nextval('numbers') > max(nextval) FROM made"
    assert cluster.query(following, "copied") == "t"


def test_half_made_database_is_made_anew():
    name = f"e2e_{os.getpid()}_made"

    def interrupted(unfinished):
        databases.copy(unfinished, "template1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        databases.made(name, interrupted)
    assert not databases.exists(name)
    try:
        databases.made(name, lambda unfinished: databases.copy(unfinished, "template1"))
        assert databases.exists(name)
        assert not databases.exists(f"unfinished_{name}")
        with pytest.raises(Stop, match="already"):
            databases.copy(name, "template1")
    finally:
        databases.drop(name)
