"""What is measured, and by whom: the list ``contests``."""

from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True)
class Contest:
    """One piece of work, done by several contestants on the same data."""

    work: str
    contestants: tuple["Contestant", ...]
    grows: bool = True  # with the number of invoices; else it is measured at one size
    as_of: str | None = None  # the day that all answer for; then totals are compared
    in_currency: bool = False  # with the ledger in each currency
    prints: bool = False
    goals: dict[str, float] = field(default_factory=dict)  # size -> seconds for ours
    as_many_queries: bool = False  # by ours, whatever the size; else the run fails


# OCA's commission of one month (19.0, from PyPI) as measured on 2026-11-23 and not run here:
# 2 cores, PostgreSQL 15, generated data of these sizes, median of 3. Who earns what is a
# record for each line there, 29 ms an invoice; of 300k no figure was taken.
OCA_DAY = "2026-11-23"
OCA_AGENT_LINES = {"10k": 8.6, "100k": 83.0}
OCA_SETTLEMENT = {"10k": 1.6, "100k": 5.9, "300k": 12.0}


@dataclass(frozen=True)
class Contestant:
    name: str
    function: str  # "module.function" of the bench
    database: str  # generated, ours, booked (ours with a history of commission), peers
    options: dict = field(default_factory=dict)
    ours: bool = False
    patched: bool = False  # prints with wkhtmltopdf on patched Qt
    told: dict[str, float] | None = None  # size -> seconds, where it is not run here


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
        *commission(documents),
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
            f"pay {2 * documents} invoices one by one, in turns with the core",
            (
                Contestant(
                    "core with our addon and without",
                    "peers.paying_in_pairs",
                    "ours",
                    {"count": 2 * documents},
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
        *(
            Contest(
                f"performance against target and last year, {title}",
                (booked("performance", {**everything, **options}),),
                goals={"300k": 3},
                as_many_queries=True,
            )
            for title, options in {
                "all": {"by": ["user_id", "date:month", "version"]},
                "a team's month": {
                    "by": ["user_id", "version"],
                    "date_from": (today - timedelta(30)).isoformat(),
                    "date_to": today.isoformat(),
                    "team": "Team 0",
                },
            }.items()
        ),
    ]


def commission(documents: int) -> list[Contest]:
    """A plan in each company: of what is collected, by levels, with all salespeople as
    members. The one of history is booked and settled, but for the last 30 days."""
    works = {
        "commission of all money from nothing": (
            ours("our addon", "book", module="commission"),
            {"100k": 2},
        ),
        "commission of all money from nothing, one rate": (
            ours("our addon", "book", {"simple": True}, module="commission"),
            {"100k": 2},
        ),
        "commission of a month's payments": (booked("book_month"), {"300k": 2}),
        "commission, nothing touched": (booked("book_nothing"), {}),
        "commission compared with all documents": (booked("compare"), {}),
        "commission: what a draft would pay of a quarter": (booked("what_if"), {}),
        "settlement of a month": (booked("settle"), {"300k": 0.5}),
    }
    beside = {
        "commission of a month's payments": {"OCA agent lines": OCA_AGENT_LINES},
        "settlement of a month": {"OCA settlement": OCA_SETTLEMENT},
    }
    return [
        *(
            Contest(
                title,
                (
                    contestant,
                    *(
                        Contestant(f"{name}, {OCA_DAY}", "", "", told=told)
                        for name, told in beside.get(title, {}).items()
                    ),
                ),
                goals=goals,
                as_many_queries=True,
            )
            for title, (contestant, goals) in works.items()
        ),
        Contest(
            f"pay {documents} invoices one by one, in turns with a commission plan",
            (booked("paying_in_turns", {"count": documents}),),
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


def ours(name, function, options=None, module="ours", **settings) -> Contestant:
    work = f"{module}.{function}"
    return Contestant(name, work, "ours", options or {}, True, **settings)


def booked(function, options=None) -> Contestant:
    """Return our addon where commission was booked and settled before."""
    module = "ours" if function == "performance" else "commission"
    work = f"{module}.{function}"
    return Contestant("our addon", work, "booked", options or {}, True)
