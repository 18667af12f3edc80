"""An Odoo shell that is kept open: starting one takes longer than most of what it runs."""

import json
import os
import subprocess
import tempfile

from . import cluster, odoo
from .console import Stop

# Runs in the shell: an order is a line of JSON, and so is the answer, with what was
# printed and what went wrong. Each has an environment of its own, as a shell that is
# started for it would have.
WORK = """
import contextlib, io, json, os, traceback
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

database = env.cr.dbname
env.cr.rollback()
with os.fdopen({orders}) as orders, os.fdopen({answers}, "w") as answers:
    for order in orders:
        printed, wrong = io.StringIO(), ""
        with Registry(database).check_signaling().cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {{}})
            env = env(context=env["res.users"].context_get())
            names = {{"env": env, "self": env.user, "odoo": __import__("odoo")}}
            try:
                with contextlib.redirect_stdout(printed):
                    exec(compile(json.loads(order), "<order>", "exec"), names)
            except BaseException:
                wrong = traceback.format_exc()
            cr.rollback()
        answers.write(json.dumps([printed.getvalue(), wrong]) + "\\n")
        answers.flush()
"""


class Shell:
    """The Odoo shell of a database, started when it is first asked for something.

    One order after the other: what is to run side by side has shells of its own.
    """

    def __init__(self, database: str):
        self.database = database
        self._program = None

    def run(self, code: str) -> str:
        """Run Python as in a shell of its own and return what it prints.

        What it does not commit is undone. Raises Stop with the traceback when it fails.
        """
        if not self._program:
            self._start()
        self._orders.write(json.dumps(code) + "\n")
        self._orders.flush()
        answer = self._answers.readline()
        if not answer:
            self._log.seek(0)
            raise Stop(f"The shell of {self.database} ended:\n{self._log.read()}")
        printed, wrong = json.loads(answer)
        if wrong:
            raise Stop(f"Python code in the shell of {self.database}:\n{wrong}")
        return printed

    def close(self) -> None:
        """End the shell; the next order starts it again."""
        if self._program:
            self._orders.close()
            self._program.wait(timeout=60)
            self._answers.close()
            self._log.close()
            self._program = None

    def _start(self) -> None:
        cluster.ensure()
        orders, self._orders = _pipe()
        answers, given = _pipe()
        self._answers = answers
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the shell
        self._program = subprocess.Popen(
            odoo.command(
                "shell",
                f"--database={self.database}",
                "--no-http",
                "--log-level=error",
            ),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            env=odoo.environment(),
            pass_fds=(orders.fileno(), given.fileno()),
        )
        work = WORK.format(orders=orders.fileno(), answers=given.fileno())
        self._program.stdin.write(work.encode())
        self._program.stdin.close()
        # The shell has them; its end is seen only when nobody else does.
        orders.close()
        given.close()


def _pipe():
    """Return the two ends of a pipe, to read from and to write to."""
    read, write = os.pipe()
    return os.fdopen(read, "r"), os.fdopen(write, "w")
