"""A PostgreSQL server of our own, apart from any other on the machine.

It is reached through a socket in a folder that only its user (and root) may enter,
and listens on no network port, so it cannot clash with another server's port.
"""

import os
import pwd
import subprocess
import time
from functools import cache as once
from pathlib import Path

from . import paths
from .console import Stop, step
from .locks import locked
from .process import run
from .system import postgres_program

ROLE = "odoo"  # not "postgres": Odoo refuses to work as the superuser
PORT = 5432  # only part of the socket's name
SECONDS_TO_END = 20  # for a server that was killed
LONGEST_SOCKET = 107  # the kernel's limit for the path of a socket
# Databases here can be made anew at any time: speed goes before safety.
SETTINGS = """
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket}'
max_connections = 200
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 4GB
checkpoint_timeout = 30min
random_page_cost = 1.1
jit = off
log_min_messages = warning
"""


def home() -> Path:
    return paths.cache() / f"postgres-{_major()}"


@once
def _major() -> str:
    program = postgres_program("postgres")
    if not program:
        raise Stop("PostgreSQL is not installed. Debian's package: postgresql")
    return (
        run([program, "--version"], what="postgres --version").split()[2].split(".")[0]
    )


def data() -> Path:
    return home() / "data"


def socket() -> Path:
    return home() / "socket"


def environment() -> dict[str, str]:
    """The environment that makes psql and Odoo reach this server, not another."""
    kept = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
    return {**kept, "PGHOST": str(socket()), "PGPORT": str(PORT), "PGUSER": ROLE}


def query(sql: str, database: str = "postgres", role: str = ROLE) -> str:
    """What `sql` answers: one line per row, columns parted by |."""
    command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]
    env = {**environment(), "PGUSER": role}
    return run(command, what="A database command", env=env).strip()


def copying() -> str:
    """How CREATE DATABASE is to copy, so that sequences count on after a crash.

    By pages of its log, as PostgreSQL does from 15 on, the first 32 numbers of a copy
    are in no log: the source's page says that they were logged already.
    """
    return "STRATEGY = FILE_COPY" if int(_major()) >= 15 else ""


def exists() -> bool:
    """Has the server been made? It may be stopped."""
    return (home() / "complete").exists()


def ensure() -> None:
    """Makes and starts the server, where it is not there or not running."""
    if _answers():
        return
    with locked("postgres"):
        if not exists():
            with step("Making a PostgreSQL cluster"):
                _make()
        if not _answers():
            _start()


def stop() -> None:
    """Stops the server; its databases stay."""
    if (data() / "postmaster.pid").exists():
        server_program("pg_ctl", "stop", "-m", "fast", "-D", data())


def _answers() -> bool:
    """Is there a server at our socket, and is it ours?"""
    if subprocess.run(
        ["pg_isready", "-q", "-d", "postgres"], env=environment()
    ).returncode:
        return False
    try:
        found = query("SHOW data_directory", role="postgres")
    except Stop:
        found = "which does not know our users"
    if found != str(data()):
        raise Stop(
            f"Another PostgreSQL server ({found}) is running at {socket()}, where ours "
            "belongs. Stop it, or move our cache: FUNNEL_CACHE=/other/folder"
        )
    return True


def _make() -> None:
    if len(f"{socket()}/.s.PGSQL.{PORT}") > LONGEST_SOCKET:
        raise Stop(
            f"The path of the cache is too long for a PostgreSQL socket: {socket()}. "
            "Choose a shorter one: FUNNEL_CACHE=/shorter/folder"
        )
    for folder in (home(), data(), socket()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(folder, server_user().pw_uid, server_user().pw_gid)
    _check_reachable()
    if not (data() / "PG_VERSION").exists():
        # Letters outside ASCII are letters in this locale: searching Chinese needs it.
        server_program(
            "initdb",
            "--username=postgres",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "-D",
            data(),
        )
    with (data() / "postgresql.conf").open("a") as configuration:
        configuration.write(SETTINGS.format(port=PORT, socket=socket()))
    _start()
    if not query("SELECT 1 FROM pg_roles WHERE rolname = 'odoo'", role="postgres"):
        # Written at once: a server that is killed must not come back without its role.
        query(
            f"SET synchronous_commit = on; CREATE ROLE {ROLE} LOGIN CREATEDB",
            role="postgres",
        )
    (home() / "complete").touch()


def _start() -> None:
    log = home() / "server.log"
    until = time.monotonic() + SECONDS_TO_END
    while True:
        try:
            server_program("pg_ctl", "start", "--wait", "-D", data(), "-l", log)
            return
        except Stop as stop:
            said = (
                "\n".join(log.read_text().splitlines()[-6:]) if log.exists() else stop
            )
        if time.monotonic() > until or not _is_ending(str(said)):
            raise Stop(f"PostgreSQL did not start. It says:\n{said}")
        time.sleep(0.5)


def _is_ending(said: str) -> bool:
    """Was the server that has our data just killed, and is not quite gone?"""
    if "shared memory block" in said:
        return True
    try:
        pid = (data() / "postmaster.pid").read_text().split()[0]
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "postmaster.pid" in said


def server_user() -> pwd.struct_passwd:
    """Who runs the server: the caller, or for root, the user of Debian's package."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def server_program(name: str, *arguments) -> str:
    """Runs initdb, pg_ctl and the like as the server's user."""
    options = {}
    if os.geteuid() == 0:
        user = server_user()
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    # A session of its own, so that Ctrl-C in the terminal does not reach the server.
    return run(
        [postgres_program(name), *arguments],
        what=f"PostgreSQL ({name})",
        start_new_session=True,
        cwd="/",
        **options,
    )


def _check_reachable() -> None:
    """Root's own folders may be closed to the server's user."""
    if os.geteuid():
        return
    user = server_user()
    done = subprocess.run(
        ["test", "-w", data()], user=user.pw_uid, group=user.pw_gid, extra_groups=[]
    )
    if done.returncode:
        raise Stop(
            f"The PostgreSQL server runs as the user {user.pw_name}, who cannot reach "
            f"{home()}. Choose a folder that others may enter: FUNNEL_CACHE=/folder"
        )
