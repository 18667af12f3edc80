"""Jobs as the server runs them, in processes that can be killed."""

import random
import subprocess
import time

from dev import odoo

KILLS = 4


def start_job(database, script):
    """Start a shell that runs a script; the process."""
    job = subprocess.Popen(
        odoo.command(
            "shell", f"--database={database}", "--no-http", "--log-level=error"
        ),
        env=odoo.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    job.stdin.write(script.encode())
    job.stdin.close()
    return job


def kill_at_random(database, script, seed, latest=9):
    """Run a script some times, and kill it between its first work and its last.

    :param latest: seconds after which it has nothing more to do
    """
    moments = random.Random(seed)
    for _ in range(KILLS):
        with start_job(database, script) as job:
            time.sleep(moments.uniform(2.5, latest))
            job.kill()
