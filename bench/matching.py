"""How well names of firms are told apart: ``python3 -m bench.matching``.

Without Odoo and without a database. The names are those of tests/matching_data, whose
README tells what the halves are. It looks for colleagues' customers as the addon does:
the names that share the most grams, put in order by their score.
"""

import csv
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "crm_sales_funnel"))

from tools.matching import (  # noqa: E402
    STRONG,
    grams,
    is_known,
    names,
    normalize,
    rank,
    score,
    search_grams,
)

DATA = REPOSITORY / "tests" / "matching_data"
SPLITS = ("train", "heldout")
PAIRS = ("chinese", "chinese_known", "latin", "latin_known", "cross_script")
FETCHED = 100  # rows that the index gives, as the addon asks for
FOUND = 5  # of them are shown


def rows(name: str, split: str = "") -> list[dict[str, str]]:
    """Return the rows of a table, of one half or of both."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if split in ("", row["split"])]


def pairs(kind: str, split: str) -> dict[str, float]:
    """Return how right a warning at `STRONG` is about the pairs of a kind of names."""
    told = [
        (score(row["name_a"], row["name_b"]), row["same"] == "1")
        for row in rows(f"{kind}_pairs.csv", split)
    ]
    found = at(told, STRONG)
    steps = (step / 100 for step in range(30, 101))
    return {
        "pairs": len(told),
        **found,
        "best F1": max(at(told, step)["F1"] for step in steps),
    }


def at(told: list[tuple[float, bool]], least: float) -> dict[str, float]:
    """Return precision, recall and F1 of warning from a score on."""
    right = sum(same for found, same in told if found >= least)
    warned = sum(found >= least for found, _ in told)
    precision = right / warned if warned else 1.0
    recall = right / (sum(same for _, same in told) or 1)
    total = precision + recall
    return {
        "precision": precision,
        "recall": recall,
        "F1": 2 * precision * recall / total if total else 0.0,
    }


class Index:
    """What a GIN index on the grams of the keys does, in memory."""

    def __init__(self, known: list[str]):
        self.known = known
        self.rows = defaultdict(list)
        for place, name in enumerate(known):
            for gram in grams(normalize(name)):
                self.rows[gram].append(place)

    def fetch(self, name: str, limit: int = FETCHED) -> list[str]:
        """Return the names that share the most grams with one."""
        shared = Counter(
            place for gram in search_grams(name) for place in self.rows[gram]
        )
        return [self.known[place] for place, _ in shared.most_common(limit)]


def retrieval(kind: str, split: str) -> dict[str, float]:
    """Return how often the name that was meant is among the first that are shown, and
    how often if it is hidden, of which less is told."""
    known = (DATA / f"{kind}_names.txt").read_text(encoding="utf-8").splitlines()
    index, hits, first, told, seconds = Index(known), 0, 0, 0, []
    asked = rows(f"{kind}_queries.csv", split)
    for row in asked:
        start = time.process_time()
        shown = [
            name for _, name in rank(row["query"], index.fetch(row["query"]), FOUND)
        ]
        seconds.append(time.process_time() - start)
        hits += row["name"] in shown
        first += row["name"] == shown[0] if shown else 0
        told += row["name"] in shown and is_known(row["query"], row["name"])
    return {
        "queries": len(asked),
        "names": len(known),
        f"recall@{FOUND}": hits / len(asked),
        "recall@1": first / len(asked),
        "hidden": told / len(asked),
        "ms": 1000 * median(seconds),
    }


def speed(kind: str, rounds: int = 5) -> dict[str, float]:
    """Return the milliseconds of the processor that one name beside so many others takes, cold and warm."""
    known = (DATA / f"{kind}_names.txt").read_text(encoding="utf-8").splitlines()
    cold, warm = [], []
    for turn in range(rounds):
        others = known[turn * FETCHED : (turn + 1) * FETCHED]
        names.parse.cache_clear()
        for times in (cold, warm):
            start = time.process_time()
            rank(known[-1 - turn], others)
            times.append(1000 * (time.process_time() - start))
    return {"ms cold": median(cold), "ms warm": median(warm)}


def figures() -> list[list[str]]:
    """Return all measures as rows: what, which half, figures."""
    score("新航", "Xinhang")  # reads the tables
    told = [
        [f"{kind} pairs", split, shown(pairs(kind, split))]
        for kind in PAIRS
        for split in SPLITS
    ]
    for kind in ("chinese", "latin"):
        for split in SPLITS:
            told.append([f"{kind} look-up", split, shown(retrieval(kind, split))])
        told.append([f"{kind}, one beside {FETCHED}", "", shown(speed(kind))])
    return told


def shown(values: dict[str, float]) -> str:
    """Return figures as text.

    >>> shown({"pairs": 4, "recall": 2 / 3})
    'pairs 4, recall 0.667'
    """
    return ", ".join(
        f"{name} {value}" if isinstance(value, int) else f"{name} {value:.3f}"
        for name, value in values.items()
    )


if __name__ == "__main__":
    for work, half, told in figures():
        print(f"{work:24} {half:8} {told}")
