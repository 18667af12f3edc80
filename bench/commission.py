"""Commission, as its screens and its job do it (see measure.py).

``python -m bench.commission DATABASE`` writes its history into a database: in each company
an approved plan by which all is booked and settled month by month, but for the last 30
days, whose payments are noted as they are when they are registered; and targets.
"""

import sys
import time
from datetime import date, timedelta
from statistics import median

from dateutil.relativedelta import relativedelta

from odoo.fields import Command

from . import measure, peers, session
from .world import DAYS

MONTH = 30  # days that are not booked yet
BLOCK = 5  # payments in a row with a plan, or without
MEASURES = ("invoiced", "collected")  # that there are targets of


def book(env, simple: bool = False):
    """Who earns what of all money: an empty ledger is filled."""
    plans = make_plans(env, simple)

    def run():
        return plans._run(rebuild=True)

    return run, lambda booked: {"rows": booked}


def book_month(env):
    """What the last payments earn: they were noted when they were registered."""
    plans = get_plans(env)

    def run():
        return plans._run()

    return run, lambda booked: {"rows": booked}


def book_nothing(env):
    plans = get_plans(env)
    plans._run()
    return book_month(env)


def compare(env):
    """All that is booked compared with all documents."""
    plans = get_plans(env)
    plans._run()

    def run():
        return plans._run(rebuild=True)

    return run, lambda booked: {"differences": booked}


def what_if(env):
    """What a draft would have paid in the last quarter, beside what is booked."""
    draft = get_plans(env)[:1].copy()

    def run():
        found = env["funnel.commission.what.if"].create({"plan_id": draft.id})
        env.flush_all()
        return found

    return run, lambda found: {"rows": len(found.line_ids)}


def settle(env):
    """Settle the last days of all salespeople in every company, by the dialog; all before
    is settled, and all is booked."""
    get_plans(env)._run()
    dialogs = env["funnel.commission.settle"].create(
        [
            {"company_id": company.id, "date_to": get_end(env)}
            for company in env.companies
        ]
    )
    env.flush_all()

    def run():
        for dialog in dialogs:
            dialog.action_make()
        env.flush_all()

    def answer(_result):
        found = env["funnel.commission.settlement"].search(
            [("date_to", "=", get_end(env))]
        )
        return {"rows": len(found.entry_ids), "settlements": len(found)}

    return run, answer


def paying_in_turns(env, count: int):
    """Register payments one by one while a plan is approved, and while none is: some in
    turns, of which the first is not measured."""
    # sudo: the state is what buttons write.
    plans = get_plans(env).sudo().with_context(tracking_disable=True)
    blocks = 2 * -(-count // BLOCK)
    payer = peers.one_by_one(env, blocks * (BLOCK + 1) + peers.READY)
    for _payment in range(peers.READY):
        next(payer)

    def run():
        seconds = {True: [], False: []}
        for block in range(blocks):
            followed = block % 2 == 0
            plans.state = "approved" if followed else "draft"
            env.flush_all()
            next(payer)
            for _payment in range(BLOCK):
                started = time.perf_counter()
                next(payer)
                seconds[followed].append(time.perf_counter() - started)
        return seconds

    def answer(seconds):
        some, none = median(seconds[True]), median(seconds[False])
        return {
            "times without": round(some / none, 3),
            "milliseconds": [some, none],
        }

    return run, answer


# ----------------------------------------------------------------------
# What was before
# ----------------------------------------------------------------------


def get_end(env) -> date:
    """Return the last day of business."""
    return date.fromisoformat(session.recall(env(su=True), "end"))


def get_plans(env):
    return env["funnel.commission.plan"].search([("state", "=", "approved")])


def get_salespeople(env):
    return env["res.users"].search([("login", "like", "salesperson")], order="id")


def make_plans(env, simple: bool):
    """Make and approve a plan in each company: of what is collected, at one rate, or at
    three, each above a sum of the month, with everybody as a member."""
    more = {
        "level_ids": [
            Command.create({"bound": bound, "rate": rate})
            for bound, rate in ((0, 2), (100_000, 3), (500_000, 4))
        ],
        "member_ids": [
            Command.create({"user_id": user.id}) for user in get_salespeople(env)
        ],
    }
    plans = env["funnel.commission.plan"].create(
        [
            {
                "name": "Collected",
                "company_id": company.id,
                "basis": "collected",
                "rate": 3,
                "date_from": get_end(env) - timedelta(DAYS + 60),
                **({} if simple else more),
            }
            for company in env.companies
        ]
    )
    plans.action_approve()
    return plans


def make_history(env) -> None:
    booked_to = get_end(env) - timedelta(MONTH)
    plans = make_plans(env, simple=False)
    plans._run(booked_to)
    # sudo: as if the day were over in which not all that is touched need be noted.
    plans.sudo().doubtful_until = False
    first = (booked_to - timedelta(DAYS)).replace(day=1)
    ends = [first + relativedelta(months=n, days=-1) for n in range(1, 37)]
    for day in [*(end for end in ends if end < booked_to), booked_to]:
        for company in env.companies:
            made = env["funnel.commission.settlement"]._make(day, None, company)
            approve(env, made)
    note_payments(env, booked_to)
    make_targets(env, first)


def approve(env, settlements) -> None:
    env.flush_all()
    env.cr.execute(
        "UPDATE funnel_commission_settlement SET step = 'approved', state = 'approved'"
        " WHERE id = ANY(%s)",
        [settlements.ids],
    )
    settlements.invalidate_recordset()


def note_payments(env, day: date) -> None:
    """Note the documents that payments after a day touched, with these."""
    env.cr.execute("DELETE FROM funnel_commission_touched")
    env.cr.execute(
        """
        INSERT INTO funnel_commission_touched (plan_id, move_id)
        SELECT plan.id, touched.move_id
          FROM funnel_commission_plan AS plan
    CROSS JOIN (SELECT DISTINCT UNNEST(ARRAY[move_id, money_move_id]) AS move_id
                  FROM funnel_allocation
                 WHERE partner_type = 'customer' AND date > %s) AS touched
        """,
        [day],
    )


def make_targets(env, first: date) -> None:
    """Set targets of every salesperson and team for 37 months."""
    users = get_salespeople(env)
    whose = [{"user_id": user.id} for user in users]
    whose += [{"team_id": team.id} for team in users.sale_team_id]
    env["funnel.target"].create(
        [
            {
                **one,
                "company_id": company.id,
                "measure": measure,
                "period": "month",
                "date_from": first + relativedelta(months=month),
                "amount": 100_000,
            }
            for one in whose
            for company in env.companies
            for measure in MEASURES
            for month in range(37)
        ]
    )


if __name__ == "__main__":
    with session.environment(sys.argv[1]) as environment:
        make_history(measure.as_user(environment))
