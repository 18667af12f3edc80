"""Measures our addon beside Odoo's core and OCA's modules: ``make bench``.

    make bench                       10k and 100k invoices
    make bench ARGS="10k 100k 300k"  other sizes
    make bench ARGS=--quick          a minute, to see that everything still works

The databases are made once and kept; ``--clean`` drops them. What is measured, and by
whom, is the list ``contests``.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import collision, company, matching, plan, report
from dev import databases, odoo, ports, server, surroundings, venv
from dev.console import Stop, say, step

SEED = 7
ROUNDS = 5
PATIENCE = 60  # seconds; a contestant who took more does not run again
CENT = 0.005


@dataclass(frozen=True)
class Contest:
    """One piece of work, done by several contestants on the same data."""

    work: str
    contestants: tuple["Contestant", ...]
    grows: bool = True  # with the number of invoices; else it is measured at one size
    as_of: str | None = None  # the day that all answer for; then totals are compared
    in_currency: bool = False  # with the ledger in each currency
    prints: bool = False


@dataclass(frozen=True)
class Contestant:
    name: str
    function: str  # "module.function" of the bench
    database: str  # generated, ours or peers
    options: dict = field(default_factory=dict)
    ours: bool = False
    patched: bool = False  # prints with wkhtmltopdf on patched Qt


def contests(quick: bool) -> list[Contest]:
    today = date.today()
    days = {"today": today, "a year ago": today - timedelta(365)}
    documents, slips = (5, 6) if quick else (50, 200)
    return [
        *(aging(f"aging {title}", day.isoformat()) for title, day in days.items()),
        *(
            statements(f"open items of all customers {title}", day.isoformat())
            for title, day in days.items()
        ),
        activity(today),
        Contest(
            "follow-up of all customers",
            (
                ours("our addon", "follow_up", {"as_of": today.isoformat()}),
                Contestant(
                    "OCA credit control",
                    "peers.oca_follow_up",
                    "peers",
                    {"as_of": today.isoformat()},
                ),
            ),
        ),
        *(
            Contest(
                f"who owes what {title}",
                (ours("our addon", "owed", {"as_of": day.isoformat()}),),
            )
            for title, day in days.items()
        ),
        *money(today),
        *performance(today),
        *(
            Contest(f"contact plans of all customers{title}", (ours(*plans),))
            for title, plans in {
                "": ("our addon", "contact_plans"),
                ", nothing changed": ("our addon", "contact_plans", {"again": True}),
            }.items()
        ),
        Contest("Today screen", (ours("our addon", "today"),)),
        Contest(
            "collision check of 500 names as typed",
            (Contestant("our addon", "collision.typed", "names", ours=True),),
            grows=False,
        ),
        overhead(f"post {documents} invoices", "peers.posting", documents),
        overhead(f"pay {documents} invoices", "peers.paying", documents),
        overhead(
            f"pay {documents} invoices one by one",
            "peers.paying",
            documents,
            apart=True,
        ),
        Contest(
            f"pay {documents} invoices one by one, in turns with the core",
            (
                Contestant(
                    "core with our addon and without",
                    "peers.paying_in_pairs",
                    "ours",
                    {"count": documents},
                    ours=True,
                ),
            ),
        ),
        printing(f"{slips} delivery slips, unpatched Qt", slips, False),
        *(
            []
            if quick
            else [printing(f"{slips} delivery slips, patched Qt", slips, True)]
        ),
    ]


def aging(title: str, day: str) -> Contest:
    options = {"as_of": day}
    dimensions = {
        "by customer": ["partner_id"],
        "by customer and salesperson": ["partner_id", "user_id"],
    }
    return Contest(
        title,
        (
            *(
                ours(f"our addon, {name}", "aging", {**options, "by": by})
                for name, by in dimensions.items()
            ),
            Contestant("OCA aged partner balance", "peers.oca_aging", "peers", options),
        ),
        as_of=day,
    )


def statements(title: str, day: str) -> Contest:
    options = {"as_of": day}
    return Contest(
        title,
        (
            ours("our addon", "open_items", options),
            Contestant(
                "OCA partner statement", "peers.oca_open_items", "peers", options
            ),
        ),
        as_of=day,
        in_currency=True,
    )


def activity(today: date) -> Contest:
    last = today.replace(day=1) - timedelta(1)
    options = {
        "date_from": last.replace(day=1).isoformat(),
        "date_to": last.isoformat(),
    }
    return Contest(
        "a month's activity of all customers",
        (
            ours("our addon", "activity", options),
            Contestant("OCA partner statement", "peers.oca_activity", "peers", options),
        ),
    )


def money(today: date) -> list[Contest]:
    """What was paid by what; no peer does it."""
    last = today.replace(day=1) - timedelta(1)
    month = {
        "date_from": last.replace(day=1).isoformat(),
        "date_to": last.isoformat(),
    }
    by_month = {"by": ["user_id", "date:month"]}
    year = {**by_month, "date_from": (today - timedelta(365)).isoformat()}
    works = {
        "allocation of all money": ("allocation", {}),
        "allocation of all money, with receipts and payments": (
            "allocation_and_cash",
            {},
        ),
        "allocation compared with the ledger": ("allocation_check", {}),
        "allocation of a month": ("allocation_month", month),
        "receipts and payments by salesperson and month": ("cash", by_month),
        "receipts and payments of a year": ("cash", year),
        "receipts and payments, first page of the list": ("cash_page", {}),
    }
    return [
        Contest(title, (ours("our addon", function, options),))
        for title, (function, options) in works.items()
    ]


def performance(today: date) -> list[Contest]:
    """What was sold, in a pivot table's rows and columns."""
    invoiced = {"by": ["commercial_partner_id", "date:month"], "figures": ["invoiced"]}
    figures = [
        "ordered",
        "delivered",
        "invoiced",
        "collected",
        "margin",
        "new_customers",
        "contacts",
    ]
    everything = {"by": ["user_id", "date:month"], "figures": figures}
    year = {**everything, "date_from": (today - timedelta(365)).isoformat()}
    compared = {**year, "by": ["user_id", "date:month", "version"]}
    return [
        Contest(
            "performance report: invoiced by customer and month",
            (
                ours("our addon", "performance", invoiced),
                Contestant(
                    "core invoices analysis", "peers.core_invoiced", "generated"
                ),
            ),
        ),
        *(
            Contest(
                f"performance by salesperson and month, all measures{title}",
                (ours("our addon", "performance", options),),
            )
            for title, options in {
                "": everything,
                ", a year": year,
                ", a year with the one before": compared,
            }.items()
        ),
    ]


def overhead(title: str, work: str, count: int, **options) -> Contest:
    """What our indexes and extensions cost the core's own work."""
    options = {"count": count, **options}
    return Contest(
        title,
        (
            Contestant("core with our addon", work, "ours", options, ours=True),
            Contestant("Odoo's core", work, "generated", options),
        ),
    )


def printing(title: str, count: int, patched: bool) -> Contest:
    settings = {"options": {"count": count}, "patched": patched}
    excel = {"count": count, "output": "xlsx"}
    return Contest(
        title,
        (
            ours("our addon", "slips", **settings),
            *([] if patched else [ours("our addon, Excel", "slips", excel)]),
            Contestant(
                "core, one call", "peers.slips_at_once", "generated", **settings
            ),
            Contestant(
                "core, one by one", "peers.slips_one_by_one", "generated", **settings
            ),
        ),
        grows=False,
        prints=True,
    )


def ours(name, function, options=None, **settings) -> Contestant:
    return Contestant(name, f"ours.{function}", "ours", options or {}, True, **settings)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__.split("\n")[0]
    )
    parser.add_argument("sizes", nargs="*", metavar="size", help=", ".join(plan.SIZES))
    parser.add_argument("--quick", action="store_true", help="1k invoices, one round")
    parser.add_argument(
        "--only", action="append", help="works whose title has this text"
    )
    parser.add_argument("--write", action="store_true", help="those into results/ too")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--orders", action="store_true", help="with the orders behind the invoices"
    )
    parser.add_argument(
        "--clean", action="store_true", help="drop the bench's databases"
    )
    chosen = parser.parse_args(arguments)
    sizes = chosen.sizes or (["1k"] if chosen.quick else ["10k", "100k"])
    if unknown := set(sizes) - set(plan.SIZES):
        parser.error(f"no size {', '.join(sorted(unknown))}")
    surroundings.ensure()
    if chosen.clean:
        company.drop_all()
        return 0
    rounds = 1 if chosen.quick else chosen.rounds
    works = [
        contest
        for contest in contests(chosen.quick)
        if any(text in contest.work for text in chosen.only or [""])
    ]
    data = [company.Data(size, chosen.seed, chosen.orders) for size in sizes]
    outcome = run(works, data, rounds)
    print(report.render(outcome))
    if chosen.write or not (chosen.quick or chosen.only):
        say(f"Written to {report.write(outcome)}")
    company.stop_if(outcome["errors"])
    return 0


def run(works: list[Contest], scales: list[company.Data], rounds: int) -> dict:
    bases = {data: company.generated(data) for data in scales}
    results, values, errors = [], [], []
    makers = {"ours": company.with_ours, "peers": company.with_peers}
    needed = {one.database for contest in works for one in contest.contestants}
    for data in scales:
        found = {name: make(data) for name, make in makers.items() if name in needed}
        found["generated"] = bases[data]
        if data == scales[-1] and any(has_names(contest) for contest in works):
            found["names"] = company.with_names(*names(data))
        for contest in works:
            if not contest.grows and data != scales[-1]:
                continue
            with step(f"{contest.work}, {data.size}"):
                measured = compete(contest, data.size, found, rounds)
            results += measured
            if contest.as_of:
                told, wrong = compare(contest, data.size, found, measured)
                values += told
                errors += wrong
    return {
        "date": date.today().isoformat(),
        "revision": revision(),
        "seed": scales[0].seed,
        "rounds": rounds,
        "machine": company.machine(),
        "data": {data.size: company.facts(base) for data, base in bases.items()},
        "results": results,
        "names": matching.figures(),
        "values": values,
        "errors": errors,
    }


def has_names(contest: Contest) -> bool:
    return any(contestant.database == "names" for contestant in contest.contestants)


def names(data: company.Data) -> tuple[int, int, int]:
    """Return the number of customers and of leads, and the seed."""
    small = data.size == "1k"
    partners = 2000 if small else collision.PARTNERS
    leads = 2000 if small else collision.LEADS
    return partners, leads, data.seed


def compete(contest: Contest, size: str, found: dict, rounds: int) -> list[dict]:
    """Return one result for each contestant; they take turns."""
    results = [
        {
            "work": contest.work,
            "size": size,
            "invoices": plan.SIZES[size].invoices,
            "contestant": contestant.name,
            "ours": contestant.ours,
            "grows": contest.grows,
            "rounds": rounds,
            "seconds": [],
        }
        for contestant in contest.contestants
    ]
    with served(contest, found["generated"]) as address:
        for _ in range(rounds):
            for contestant, result in zip(contest.contestants, results, strict=True):
                if "failed" in result or sum(result["seconds"]) > PATIENCE:
                    continue
                beside = {"BENCH_BESIDE": found["generated"], **address}
                figures = measure(contestant, found[contestant.database], beside)
                if "failed" not in figures:
                    result["seconds"].append(figures.pop("seconds"))
                result.update(figures)
    return results


@contextmanager
def served(contest: Contest, database: str):
    """Yield what the core's printed pages need: the address that styles come from."""
    if not contest.prints:
        yield {}
        return
    port = ports.free()
    with server.start(database, port, databases.log(f"{database}-server")):
        yield {"BENCH_URL": f"http://{ports.ADDRESS}:{port}"}


def measure(contestant: Contestant, database: str, address: dict | None = None) -> dict:
    environment = dict(address or {})
    if contestant.patched:
        folder = venv.patched_wkhtmltopdf().parent
        environment["PATH"] = f"{folder}{os.pathsep}{odoo.environment()['PATH']}"
    if contestant.database == "peers":
        environment |= company.peers_environment()
    told = company.python(
        "measure",
        database,
        contestant.function,
        json.dumps(contestant.options),
        environment=environment,
        what=f"Measuring {contestant.name}",
    )
    return json.loads(told.strip().splitlines()[-1])


def compare(contest: Contest, size: str, found: dict, results: list[dict]) -> tuple:
    """Compare everybody's totals with the general ledger; return remarks and errors."""
    told, wrong = [], []
    reference = Contestant(
        "general ledger",
        "peers.ledger",
        "generated",
        {"as_of": contest.as_of, "in_currency": contest.in_currency},
    )
    ledger = measure(reference, found["generated"])["answer"]
    for result in results:
        if not result["seconds"]:
            continue
        title = f"{contest.work}, {size}: {result['contestant']}"
        differences = {
            key: result["answer"]["totals"].get(key, 0.0) - total
            for key, total in ledger["totals"].items()
        }
        if all(abs(difference) < CENT for difference in differences.values()):
            told.append(f"{title} = general ledger, to the cent, in every company")
        elif not result["ours"] and all(
            abs(difference + ledger["matched later"][key]) < CENT
            for key, difference in differences.items()
        ):
            total = sum(map(abs, differences.values()))
            told.append(
                f"{title} differs from the general ledger by {total:,.2f}: exactly what "
                "later-dated receipts will pay"
            )
        else:
            wrong.append(f"{title} is not the general ledger: off by {differences}")
    return told + wrong, wrong


def revision() -> str:
    def git(*arguments):
        command = ["git", "-C", company.HERE, *arguments]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()

    changed = "-changed" * bool(
        git("status", "--porcelain", "--", "../crm_sales_funnel")
    )
    return (git("rev-parse", "--short", "HEAD") or "unversioned") + changed


if __name__ == "__main__":
    # Ended from outside, it ends the server that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(f"\n{stop}\n")
