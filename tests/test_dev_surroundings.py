"""Wrong surroundings: each gives one clear message and a non-zero exit."""

import http.server
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from dev import odoo_source, paths, ports, process, server, system, venv
from dev.console import Stop
from dev.disk import FULL

NOWHERE = "http://127.0.0.1:9/"


def assert_explained(failed, *texts):
    """It failed, says why, and shows no traceback."""
    assert failed.returncode == 1, failed.stdout
    assert "Traceback" not in failed.stdout
    for text in texts:
        assert text in failed.stdout


def test_port_taken(run_dev, folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        failed = run_dev("run", FUNNEL_PORT=port, FUNNEL_CACHE=str(folder))
    assert_explained(failed, f"Port {port} is taken", "FUNNEL_PORT=")


def test_port_that_is_none(run_dev, folder):
    failed = run_dev("run", FUNNEL_PORT="eighty", FUNNEL_CACHE=str(folder))
    assert_explained(failed, "FUNNEL_PORT=eighty is not a port number")


def test_proxy_is_not_asked_for_our_own_server(monkeypatch, tmp_path):
    monkeypatch.setenv("http_proxy", NOWHERE)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr(server, "SECONDS_TO_START", 3)
    (tmp_path / "odoo.log").touch()
    (tmp_path / "web").mkdir()
    (tmp_path / "web/login").touch()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        program = SimpleNamespace(poll=lambda: None)
        server._wait_until_it_answers(
            program, running.server_port, tmp_path / "odoo.log"
        )
        running.shutdown()


@contextmanager
def small_disk(folder: Path, megabytes: int):
    """A disk of this size: a real one where we may mount, else one that is full.

    Yields the folder to use and what else has to be set.
    """
    disk = folder / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(disk)]
    mounted = subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield disk, {} if mounted else {"FUNNEL_NEEDED_MB": str(10**9)}
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)


def test_no_room(run_dev, folder):
    with small_disk(folder, megabytes=50) as (disk, settings):
        failed = run_dev("setup", FUNNEL_CACHE=str(disk), **settings)
    assert_explained(failed, "Not enough disk space", "FUNNEL_CACHE=")


def test_full_on_the_way(run_dev, folder):
    """Less room than thought: writing fails in the middle."""
    with small_disk(folder, megabytes=1) as (disk, settings):
        if settings:  # where we may not mount: a program that says what it would say
            with pytest.raises(Stop, match="The disk is full"):
                process.run(["sh", "-c", f"echo {FULL}; exit 1"], what="Writing")
            return
        failed = run_dev("venv", FUNNEL_CACHE=str(disk))
    assert_explained(failed, "The disk is full", "FUNNEL_CACHE=")


def test_package_index_unreachable(run_dev, folder):
    failed = run_dev(
        "venv",
        FUNNEL_CACHE=str(folder),
        PIP_INDEX_URL=NOWHERE,
        PIP_EXTRA_INDEX_URL=NOWHERE,
        PIP_FIND_LINKS="",
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_CACHE_DIR="1",
    )
    assert_explained(failed, "is the package index reachable?")


def test_npm_registry_unreachable(run_dev, folder):
    """The Python environment is there, Prettier is not."""
    (folder / venv.folder().name).symlink_to(venv.ensure())
    failed = run_dev(
        "lint",
        FUNNEL_CACHE=str(folder),
        npm_config_registry=NOWHERE,
        npm_config_cache=str(folder / "npm"),
        npm_config_fetch_retry_mintimeout="10",
        npm_config_fetch_retry_maxtimeout="20",
    )
    assert_explained(failed, "is the npm registry reachable?")


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("(18, 0, 0, FINAL, 0, '')", "18.0"),
        ("('saas~18', 3, 0, FINAL, 0, '')", "saas~18.3"),
    ],
)
def test_odoo_home_of_another_version(run_dev, folder, version, found):
    (folder / "odoo").mkdir()
    (folder / "odoo/release.py").write_text(f"version_info = {version}\n")
    failed = run_dev(
        "run",
        ODOO_HOME=str(folder),
        FUNNEL_PORT=str(ports.free()),
        FUNNEL_CACHE=str(folder / "cache"),
    )
    assert_explained(failed, f"holds Odoo {found}", "19.0")


def test_odoo_home_without_odoo(run_dev, folder):
    failed = run_dev("setup", ODOO_HOME=str(folder), FUNNEL_CACHE=str(folder / "cache"))
    assert_explained(failed, f"ODOO_HOME={folder} holds no Odoo")
    assert not list((folder / "cache").glob("odoo-*")), "and downloads none"


@pytest.mark.parametrize(
    "form", ["source checkout", "installed package", "odoo itself"]
)
def test_odoo_home_in_each_form(run_dev, folder, form):
    """Odoo as people have it; nothing of it is downloaded."""
    inside = {
        "source checkout": "",
        "installed package": odoo_source.PACKAGED,
        "odoo itself": "",
    }[form]
    base = folder / "home" / inside
    base.mkdir(parents=True)
    (base / "odoo").symlink_to(odoo_source.python_path() / "odoo")
    home = base / "odoo" if form == "odoo itself" else folder / "home"
    found = run_dev("source", ODOO_HOME=str(home), FUNNEL_CACHE=str(folder / "cache"))
    assert found.returncode == 0, found.stdout
    assert found.stdout.strip() == str(base)
    assert not (folder / "cache").exists()


def test_what_is_missing_is_named(run_dev, folder):
    """On a machine without apt, and on one where we may not install."""
    (folder / "apt-get").write_text("#!/bin/sh\nexit 1\n")
    failed = run_dev("system", PATH=str(folder), seconds=60)
    assert_explained(failed, "Missing on this machine", "wkhtmltopdf", "chromium")


def test_without_root(folder, clean_environment):
    """Where the packages are there already, no root is needed."""
    shutil.copytree(paths.REPOSITORY / "dev", folder / "clone/dev")
    (folder / "cache").mkdir()
    options, python = {}, sys.executable
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder / "cache", user.pw_uid, user.pw_gid)
        python = _python_for(options)
    env = {
        **clean_environment,
        "FUNNEL_CACHE": str(folder / "cache"),
        "HOME": str(folder),
    }

    def run(*arguments):
        return subprocess.run(
            [python, "-m", "dev", "db", *arguments],
            cwd=folder / "clone",
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            **options,
        )

    try:
        started = run("start")
        assert started.returncode == 0, started.stderr
        listed = run("psql", "postgres", "-Atc", "SHOW fsync")
        assert listed.stdout.strip() == "off", listed.stderr
    finally:
        run("stop")


def _python_for(options) -> str:
    """A Python that this user may run; root's own may be closed to others."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            subprocess.run([python, "-c", ""], check=True, cwd="/", **options)
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    raise AssertionError("no Python for users other than root")


def test_everything_needed_is_checked():
    assert system.missing() == []
