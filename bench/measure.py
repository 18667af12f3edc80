"""Measures one piece of work in a process of its own; prints what it took as JSON."""

import gc
import importlib
import json
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from psycopg2.errors import QueryCanceled

from odoo.exceptions import UserError
from odoo.fields import Command

from . import session

# Roles of the user who measures; those of modules that are not installed are left out.
ROLES = (
    "account.group_account_manager",
    "stock.group_stock_manager",
    "crm_sales_funnel.group_funnel_manager",
    "crm_sales_funnel.group_funnel_finance",
    "crm_sales_funnel.group_funnel_order_desk",
    "crm_sales_funnel.group_funnel_warehouse",
)

LIMIT = 300  # seconds; whoever is not done by then fails


def measure(database: str, work: str, options: dict) -> dict:
    """Return seconds, queries, megabytes and what the work answered.

    ``work`` is "module.function" of the bench. The function prepares what is not
    measured and returns two others: one does the work, the other makes from its result
    what the answers of contestants are compared by. Nothing is written to the database.
    """
    module, function = work.split(".")
    prepare = getattr(importlib.import_module(f"bench.{module}"), function)
    with session.environment(database) as env:
        env = as_user(env)
        run, answer = prepare(env, **options)
        env.flush_all()
        env.invalidate_all()
        gc.collect()
        resident = memory("VmRSS")
        reset_peak()
        queries = env.cr.sql_log_count
        started = time.perf_counter()
        try:
            with limited(env.cr, LIMIT):
                result = run()
        except (UserError, TimeoutError) as error:
            env.cr.rollback()
            return {"failed": str(error)}
        figures = {
            "seconds": time.perf_counter() - started,
            "queries": env.cr.sql_log_count - queries,
            "megabytes": memory("VmHWM") - resident,
        }
        figures["answer"] = answer(result)
        env.cr.rollback()
    return figures


@contextmanager
def limited(cr, seconds: int):
    """:raise TimeoutError: it takes longer; told between two statements, or by one that
    takes as long itself"""

    def stop(_number, _frame):
        raise TimeoutError(f"not done after {seconds} s")

    cr.execute("SET LOCAL statement_timeout = %s", [seconds * 1000])
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    except QueryCanceled as error:
        raise TimeoutError(f"not done after {seconds} s") from error
    finally:
        signal.alarm(0)


def as_user(env):
    """Return the environment of an ordinary user who may see every company: record
    rules and access rights are part of what is measured."""
    user = env.ref("base.user_admin")
    companies = env["res.company"].search([], order="id")
    roles = [
        role for name in ROLES if (role := env.ref(name, raise_if_not_found=False))
    ]
    user.write(
        {
            "company_ids": [Command.set(companies.ids)],
            "group_ids": [Command.link(role.id) for role in roles],
        }
    )
    context = {"allowed_company_ids": companies.ids, "lang": "en_US", "tz": "UTC"}
    return env(user=user.id, context=context, su=False)


def memory(field: str) -> float:
    """Return a field of this process's status in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise KeyError(field)


def reset_peak() -> None:
    """From now on, VmHWM is the peak since now."""
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))))
