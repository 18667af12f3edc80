"""Runs other programs, keeps their output, and turns failures into messages."""

import os
import subprocess
from pathlib import Path

from . import disk
from .console import Stop


def run(command, *, what: str, log: Path | None = None, lines=12, **options) -> str:
    """Runs `command`; returns its output, or stops with `what` and its last `lines`.

    With `log`, the output goes to that file, where it can be followed.
    """
    command = [str(part) for part in command]
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            done = subprocess.run(
                command, stdout=output, stderr=subprocess.STDOUT, **options
            )
        text = log.read_text(errors="replace")
    else:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
        )
        text = done.stdout.decode(errors="replace")
    if done.returncode:
        if disk.caused(text):
            raise disk.full()
        tail = "\n".join(text.strip().splitlines()[-lines:])
        where = f"\nThe whole output is in {log}" if log else ""
        raise Stop(
            f"{what} failed ({command[0]} ended with {done.returncode}).\n{tail}{where}"
        )
    return text


def replace(command, env=None):
    """Goes on as `command`: signals and the exit code are then its own."""
    command = [str(part) for part in command]
    os.execvpe(command[0], command, env or os.environ)
