"""The table of a run: medians, ratios, growth; as Markdown and as JSON."""

import json
import math
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).with_name("results")
RESULT_HEAD = [
    "work",
    "size",
    "contestant",
    "seconds",
    "times ours",
    "queries",
    "MB",
    "",
]


def ratio(peer: float, ours: float) -> str:
    """
    >>> ratio(4.7, 0.1), ratio(1.0, 0.95)
    ('47', '1.05')
    """
    factor = peer / ours
    return f"{factor:.0f}" if factor >= 10 else f"{factor:.2f}"


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return the slope in logarithms: 1 is linear growth, 2 is quadratic.

    >>> exponent([10, 100, 1000], [1, 10, 100])
    1.0
    """
    x, y = [math.log(v) for v in sizes], [math.log(v) for v in seconds]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y))
    return round(slope / sum((a - middle_x) ** 2 for a in x), 2)


def shown(value: float) -> str:
    """
    >>> shown(0.01234), shown(4.567), shown(264.2)
    ('0.0123', '4.57', '264')
    """
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def render(run: dict) -> str:
    """Return the run as Markdown."""
    parts = [
        "# Measurements",
        f"Revision {run['revision']}, {run['date']}, seed {run['seed']}. Seconds are "
        f"medians of up to {run['rounds']} runs, each in a process of its own, the "
        "contestants alternating; who took over a minute does not run again. MB are what "
        "the process grew by at its peak. Nothing is cached between runs but by "
        "PostgreSQL and the file system.",
        table(["machine", ""], run["machine"].items()),
        table(["data", *run["data"]], data_rows(run["data"])),
        "## Beside the peers",
        table(RESULT_HEAD, result_rows(run["results"])),
    ]
    if growth := list(growth_rows(run["results"])):
        parts += [
            "## Growth",
            "Exponent of the growth over the number of invoices: 1 is linear.",
            table(["work", "contestant", "seconds", "exponent"], growth),
        ]
    if run.get("names"):
        parts += ["## Names of firms", table(["names", "half", ""], run["names"])]
    if run["values"]:
        parts += ["## Values", "\n".join(f"- {line}" for line in run["values"])]
    return "\n\n".join(parts) + "\n"


def data_rows(data: dict[str, dict[str, int]]):
    for title in next(iter(data.values())):
        yield [title, *(f"{facts[title]:,}" for facts in data.values())]


def table(head: list[str], rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def result_rows(results: list[dict]):
    for result in results:
        ours = next(
            (
                other
                for other in results
                if other["ours"]
                and (other["work"], other["size"]) == (result["work"], result["size"])
            ),
            None,
        )
        yield [
            result["work"],
            result["size"],
            result["contestant"],
            *figures(result, ours),
            remark(result),
        ]


def figures(result: dict, ours: dict | None) -> list[str]:
    if not result["seconds"]:
        return ["fails", "", "", ""]
    compared = ours and ours["seconds"] and not result["ours"]
    return [
        shown(median(result["seconds"])),
        ratio(median(result["seconds"]), median(ours["seconds"])) if compared else "",
        *(
            ("", "")
            if result.get("told")
            else (str(result["queries"]), shown(result["megabytes"]))
        ),
    ]


def remark(result: dict) -> str:
    if not result["seconds"]:
        return result["failed"].splitlines()[0]
    if result.get("told"):
        return "as measured then, not in this run"
    answer = result["answer"]
    told = ("rows", "pages", "megabytes of PDF", "times core", "times without")
    text = ", ".join(f"{answer[key]} {key}" for key in told if key in answer)
    if goal := result.get("goal"):
        missed = median(result["seconds"]) > goal
        text += f"; goal {goal} s{', missed' * missed}"
    runs = len(result["seconds"])
    if runs < result["rounds"]:
        text = f"{text} ({runs} of {result['rounds']} runs)".strip()
    return text


def growth_rows(results: list[dict]):
    seen = {}
    for result in results:
        if result["grows"] and result["seconds"]:
            key = result["work"], result["contestant"]
            seen.setdefault(key, []).append(result)
    for (work, contestant), group in seen.items():
        if len(group) > 1:
            seconds = [median(result["seconds"]) for result in group]
            yield [
                work,
                contestant,
                " / ".join(map(shown, seconds)),
                exponent([result["invoices"] for result in group], seconds),
            ]


def write(run: dict) -> Path:
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{run['date']}-{run['revision']}.md"
    target.write_text(render(run))
    target.with_suffix(".json").write_text(
        json.dumps(run, indent=1, ensure_ascii=False)
    )
    return target
