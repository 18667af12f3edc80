"""Starts Odoo, waits until it answers, and stays with it."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from . import cluster, demo_company, odoo, paths, ports, surroundings
from .console import Stop, say
from .locks import only_one

SECONDS_TO_START = 120


def run(arguments) -> int:
    """Odoo with the demo company, served on 127.0.0.1 (brings up what is missing)."""
    with only_one(f"run-{paths.clone_key()}") as first:
        if not first:
            return _is_running_already()
        _state_file().unlink(missing_ok=True)
        port = ports.chosen()
        ports.check_free(port)
        surroundings.ensure()
        database = demo_company.ensure()
        with start(
            database, port, _log(), "--max-cron-threads=1", *arguments
        ) as server:
            _state_file().write_text(f"{database} {port}")
            _greet(database, port)
            try:
                return _stay_with(server)
            finally:
                _state_file().unlink()


def _state_file() -> Path:
    return paths.cache() / f"running-{paths.clone_key()}"


def _log() -> Path:
    return paths.cache() / "logs" / f"server-{paths.clone_key()}.log"


def _is_running_already() -> int:
    if not _state_file().exists():
        raise Stop("Another `make run` of this clone is being started. Wait for it.")
    database, port = _state_file().read_text().split()
    say("It is running already")
    _greet(database, int(port))
    return 0


def _greet(database: str, port: int) -> None:
    print(
        f"\nOdoo is running at http://{ports.ADDRESS}:{port}\n\n"
        f"{demo_company.logins(database)}\n\n"
        f"Log: {_log()}\nCtrl-C stops it; `make run` starts it again in seconds.",
        flush=True,
    )


@contextmanager
def start(database: str, port: int, log: Path, *arguments):
    """Starts Odoo on `database`; yields the process when it answers, ends it after."""
    cluster.ensure()
    command = odoo.command(
        f"--database={database}",
        f"--db-filter=^{database}$",
        f"--http-port={port}",
        *arguments,
    )
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=odoo.environment(),
            start_new_session=True,
        )
        try:
            _wait_until_it_answers(server, port, log)
            yield server
        finally:
            _end(server)


def _wait_until_it_answers(server, port: int, log: Path) -> None:
    # Whatever proxy this machine has for other addresses, it is not asked for ours.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            direct.open(f"http://{ports.ADDRESS}:{port}/web/login", timeout=60)
            return
        except urllib.error.HTTPError as error:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
            raise Stop(
                f"Odoo answers with an error ({error}). {log} ends:\n{tail}"
            ) from None
        except OSError:
            time.sleep(0.3)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
    raise Stop(f"Odoo did not start. {log} ends:\n{tail}")


def _stay_with(server) -> int:
    try:
        return 1 if server.wait() else 0
    except KeyboardInterrupt:
        say("Stopping")
        return 0


def _end(server) -> None:
    """Ends the server and what it started (browser, wkhtmltopdf)."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
