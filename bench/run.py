"""Measures our addon beside Odoo's core and OCA's modules: ``make bench``.

    make bench                       10k and 100k invoices
    make bench ARGS="10k 100k 300k"  other sizes
    make bench ARGS=--quick          a minute, to see that everything still works

The databases are made once and kept; ``--clean`` drops them. What is measured, and by
whom, is in contests.py.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import collision, company, matching, plan, report
from bench.contests import Contest, Contestant, contests
from dev import databases, odoo, ports, server, surroundings, venv
from dev.console import Stop, say, step

SEED = 7
ROUNDS = 5
PATIENCE = 60  # seconds; a contestant who took more does not run again
CENT = 0.005


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
    makers = {
        "ours": company.with_ours,
        "booked": company.with_commission,
        "peers": company.with_peers,
    }
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
    told, wrong = count(works, results)
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
    running = [one for one in contest.contestants if one.told is None]
    results = [prepare(contest, contestant, size, rounds) for contestant in running]
    with served(contest, found["generated"]) as address:
        for _ in range(rounds):
            for contestant, result in zip(running, results, strict=True):
                if "failed" in result or sum(result["seconds"]) > PATIENCE:
                    continue
                beside = {"BENCH_BESIDE": found["generated"], **address}
                figures = measure(contestant, found[contestant.database], beside)
                if "failed" not in figures:
                    result["seconds"].append(figures.pop("seconds"))
                result.update(figures)
    told = [
        {
            **prepare(contest, one, size, rounds),
            "seconds": [one.told[size]],
            "told": True,
        }
        for one in contest.contestants
        if size in (one.told or {})
    ]
    return results + told


def prepare(contest: Contest, contestant: Contestant, size: str, rounds: int) -> dict:
    """Return a result without figures."""
    return {
        "work": contest.work,
        "size": size,
        "invoices": plan.SIZES[size].invoices,
        "contestant": contestant.name,
        "ours": contestant.ours,
        "grows": contest.grows,
        "goal": contest.goals.get(size) if contestant.ours else None,
        "rounds": rounds,
        "seconds": [],
    }


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


def count(works: list[Contest], results: list[dict]) -> tuple:
    """Compare how many queries ours needed at each size, where they are to be as many;
    return remarks and errors."""
    told, wrong = [], []
    for contest in works:
        queries = {
            result["size"]: result["queries"]
            for result in results
            if result["work"] == contest.work and result["ours"] and "queries" in result
        }
        if not contest.as_many_queries or len(queries) < 2:
            continue
        if len(set(queries.values())) == 1:
            told.append(
                f"{contest.work}: {min(queries.values())} queries at every size"
            )
        else:
            wrong.append(f"{contest.work} needs more queries of more: {queries}")
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
