"""Databases of the bench: each is made once, checked, kept, and copied when needed.

A name says what its database was made from (size, and a hash of seed, generator and
template), so nothing is made anew without need and nothing stale is measured.
"""

import os
import re
import shutil
from datetime import date
from pathlib import Path
from typing import NamedTuple

from dev import addon, cluster, databases, odoo, paths, venv
from dev.console import Stop, say, step
from dev.process import run

from . import plan


class Data(NamedTuple):
    """What a database holds."""

    size: str
    seed: int
    orders: bool = False  # the orders and deliveries behind the invoices too

    @property
    def label(self) -> str:
        return f"{self.size}{'_orders' if self.orders else ''}"


HERE = Path(__file__).parent
PREFIX = "bench_"
GENERATOR = (
    "plan.py",
    "streams.py",
    "generate.py",
    "bulk.py",
    "orders.py",
    "check.py",
)
# From PyPI, into a folder of their own: for comparison alone, never needed or shipped.
PEERS = {
    "odoo-addon-account-credit-control": "19.0.1.0.0.13",
    "odoo-addon-account-financial-report": "19.0.0.0.26.3",
    "odoo-addon-date-range": "19.0.1.0.1",
    "odoo-addon-partner-statement": "19.0.1.1.0.16",
    "odoo-addon-report-xlsx": "19.0.1.0.2.2",
    "odoo-addon-report-xlsx-helper": "19.0.1.0.0.2",
}
PEER_MODULES = "account_credit_control,account_financial_report,partner_statement"


def python(module: str, *arguments, environment=None, what: str) -> str:
    """Run a module of the bench in the Python environment that Odoo runs in."""
    env = {**odoo.environment(), **(environment or {})}
    env["PYTHONPATH"] = os.pathsep.join([env["PYTHONPATH"], str(paths.REPOSITORY)])
    command = [venv.program("python"), "-m", f"bench.{module}", *arguments]
    return run(command, what=what, env=env)


def sources(*names: str) -> str:
    return paths.key(*((HERE / name).read_text() for name in names))


def made(kind: str, made_from: str, fill) -> str:
    """Return the database of a kind, made by ``fill`` where it is missing; those of the
    kind that were made from something else are dropped."""
    name = f"{PREFIX}{kind}_{made_from}"
    stale = re.compile(rf"(unfinished_)?{PREFIX}{kind}_[0-9a-f]{{12}}")
    for other in databases.names():
        if other != name and stale.fullmatch(other):
            databases.drop(other)
    return databases.made(name, fill)


def prepared() -> str:
    """The companies before business begins."""

    def fill(name):
        databases.copy(name)
        with step("The bench's companies, users, products and slips, through Odoo"):
            python("prepare", name, date.today().isoformat(), what="bench/prepare.py")

    made_from = paths.key(databases.template(), sources("prepare.py", "world.py"))
    return made("prepared", made_from, fill)


def generated(data: Data) -> str:
    """Three years of business; no addon of ours, no peer."""
    source = prepared()

    def fill(name):
        databases.copy(name, source)
        with step(f"Generating {plan.SIZES[data.size].invoices:,} invoices"):
            options = ["history"] if data.orders else []
            arguments = [name, data.size, str(data.seed), *options]
            python("generate", *arguments, what="bench/generate.py")
        with step("Checking what was generated, in SQL and by Odoo"):
            python("check", name, data.size, what="bench/check.py")

    generator = sources(*GENERATOR)
    return made(data.label, paths.key(source, generator, data.seed), fill)


def with_ours(data: Data) -> str:
    """A copy with our addon as it is now."""
    source = generated(data)

    def fill(name):
        databases.copy(name, source)
        with step(f"Our addon on {data.size} invoices"):
            addon.install(name)
        tidy(name)

    kind = f"ours_{paths.clone_key()}_{data.label}"
    return made(kind, paths.key(source, addon.state()), fill)


def with_commission(data: Data) -> str:
    """A copy with our addon where commission has a history (commission.py)."""
    source = with_ours(data)

    def fill(name):
        databases.copy(name, source)
        with step(f"Commission and targets of {data.size} invoices"):
            python("commission", name, what="bench/commission.py")
        tidy(name)

    kind = f"booked_{paths.clone_key()}_{data.label}"
    return made(kind, paths.key(source, sources("commission.py")), fill)


def with_names(partners: int, leads: int, seed: int) -> str:
    """Our addon, with customers and leads by the hundred thousand and nothing else."""

    def fill(name):
        databases.copy(name, addon.template(demo=False))
        with step(f"{partners:,} customers and {leads:,} leads"):
            options = [f"--partners={partners}", f"--leads={leads}", f"--seed={seed}"]
            told = python(
                "collision", f"--inside={name}", *options, what="bench/collision.py"
            )
        say(told.strip().splitlines()[-1])
        tidy(name)

    generator = sources("collision.py")
    return made(
        f"names_{paths.clone_key()}_{partners}_{leads}",
        paths.key(addon.state(), generator, seed),
        fill,
    )


def with_peers(data: Data) -> str:
    """A copy with the peers' modules."""
    source = generated(data)

    def fill(name):
        databases.copy(name, source)
        with step(f"The peers' modules on {data.size} invoices"):
            arguments = (f"--database={name}", f"--init={PEER_MODULES}")
            run(
                odoo.command(*arguments, "--stop-after-init", "--no-http"),
                what="Installing the peers' modules",
                log=databases.log(name),
                env={**odoo.environment(), **peers_environment()},
            )
        tidy(name)

    return made(f"peers_{data.label}", paths.key(source, *PEERS.values()), fill)


def tidy(name: str) -> None:
    cluster.query("VACUUM ANALYZE", name)


def peers_environment() -> dict[str, str]:
    """What makes Odoo find the peers' modules as well."""
    own = odoo.configuration()
    text = own.read_text()
    target = own.with_name(f"{own.stem}-peers.conf")
    target.write_text(
        text.replace(
            "addons_path = ", f"addons_path = {peers_folder()}/odoo/addons,", 1
        )
    )
    return {"ODOO_RC": str(target)}


def peers_folder() -> Path:
    folder = paths.cache() / f"bench-peers-{paths.key(*PEERS.items())}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        with step("Downloading the peers' modules"):
            # Without their dependencies: these name Odoo, which is on no index.
            run(
                [venv.program("pip"), "install", "--quiet", "--no-input", "--no-deps"]
                + ["--target", unfinished]
                + [f"{name}=={version}" for name, version in PEERS.items()],
                what="Installing the peers' modules (is the package index reachable?)",
            )
        unfinished.rename(folder)
    return folder


def drop_all() -> None:
    """Drop every database of the bench."""
    for name in databases.names():
        if name.startswith((PREFIX, f"unfinished_{PREFIX}")):
            databases.drop(name)


def facts(name: str) -> dict[str, int]:
    """How much there is in a database."""
    counts = cluster.query(
        """
        SELECT 'journal items', count(*) FROM account_move_line
        UNION ALL SELECT 'open receivables', count(*) FROM account_move_line l
          JOIN account_account a ON a.id = l.account_id
         WHERE account_type = 'asset_receivable' AND parent_state = 'posted'
           AND amount_residual != 0
        UNION ALL SELECT 'partial reconciliations', count(*)
          FROM account_partial_reconcile
        UNION ALL SELECT 'customers and contacts', count(*) FROM res_partner
        ORDER BY 1
        """,
        name,
    )
    return {
        title: int(number)
        for title, number in (line.split("|") for line in counts.splitlines())
    }


def machine() -> dict[str, str]:
    """What kind of machine this is; nothing that names it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "PostgreSQL": cluster.query("SHOW server_version").split()[0],
        "shared_buffers": cluster.query("SHOW shared_buffers"),
        "work_mem": cluster.query("SHOW work_mem"),
    }


def stop_if(errors: list[str]) -> None:
    if errors:
        raise Stop("\n".join(errors))
