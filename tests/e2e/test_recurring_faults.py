"""The job that makes recurring costs, killed at random and beside its button: real
processes on a real database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from jobs import kill_at_random
from test_at_once import Client

from dev import cluster, odoo

COSTS = 24
PERIODS = 3
# Costs of three months, of which every other one posts itself.
PREPARE = f"""
from odoo import Command, fields
today = fields.Date.context_today(env.user)
first = fields.Date.subtract(today, months={PERIODS - 1}).replace(day=1)
journal = env["account.journal"].search([("type", "in", ("bank", "cash"))], limit=1)
env["funnel.recurring.cost"].create([
    {{
        "name": f"Rent {{n}}",
        "item_id": env.ref("crm_sales_funnel.cost_item_rent").id,
        "amount": 100 + n,
        "journal_id": journal.id,
        "date_from": first,
        "mode": "post" if n % 2 else "approve",
    }}
    for n in range({COSTS})
])
env["ir.cron"].search([]).active = False
env.ref("base.user_admin").write({{
    "password": "admin",
    "group_ids": [Command.link(env.ref("crm_sales_funnel.group_funnel_finance").id)],
}})
env.cr.commit()
"""
JOB = """
env = env(user=env.ref("base.user_root"))
env["funnel.recurring.cost"]._cron_make_due()
env.cr.commit()
"""
# How many costs there are, of how many periods, with how many entries, and what they come
# to in the ledger.
MADE = """
    SELECT json_build_array(
        count(*),
        count(DISTINCT (recurring_id, period)),
        count(DISTINCT move_id) FILTER (WHERE state <> 'draft'),
        (SELECT coalesce(sum(balance), 0)
           FROM account_move_line AS line
           JOIN account_account AS account ON account.id = line.account_id
          WHERE account.account_type LIKE 'expense%'
            AND line.parent_state = 'posted')
    )
      FROM funnel_running_cost
     WHERE recurring_id IS NOT NULL
"""
POSTED = [100 + n for n in range(COSTS) if n % 2]
EACH_ONCE = (
    f"[{COSTS * PERIODS}, {COSTS * PERIODS}, {len(POSTED) * PERIODS},"
    f" {sum(POSTED) * PERIODS:.2f}]"
)


@pytest.fixture
def database(make_database):
    name = make_database(addon=True)
    odoo.shell(name, PREPARE)
    return name


def test_killed_at_random_each_period_is_made_once(database):
    kill_at_random(database, JOB, 7, latest=8)
    odoo.shell(database, JOB)
    assert cluster.query(MADE, database) == EACH_ONCE
    odoo.shell(database, JOB)
    assert cluster.query(MADE, database) == EACH_ONCE


def test_the_button_beside_the_job(database, serve):
    with serve(database) as site:
        client = Client(site, "admin")
        job = client.call(
            "ir.cron",
            "search",
            [("cron_name", "ilike", "recurring")],
            context={"active_test": False},
        )

        def press():
            client.call("funnel.recurring.cost", "action_make_due", [])

        with ThreadPoolExecutor(3) as pool:
            works = [
                pool.submit(press),
                pool.submit(press),
                pool.submit(client.call, "ir.cron", "method_direct_trigger", job),
            ]
            for work in works:
                work.result(120)
        press()
    assert cluster.query(MADE, database) == EACH_ONCE
