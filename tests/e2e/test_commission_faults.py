"""The job that books commission, killed half-way and beside buttons and settlements: real
processes on a real database."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from jobs import start_job
from test_at_once import WAIT, Client, held

from dev import cluster, odoo

COMPANIES, PLANS, INVOICES = 3, 3, 12
AMOUNTS = [100 + n for n in range(INVOICES)]
# In each company the same: invoices that are paid, of two salespeople, and plans.
PREPARE = f"""
from datetime import timedelta
from odoo import Command, fields
env = env(context=dict(env.context, tracking_disable=True))
day = fields.Date.context_today(env.user) - timedelta(days=40)
companies = env.company | env["res.company"].create(
    [{{"name": f"Company {{n}}"}} for n in range({COMPANIES - 1})]
)
groups = [
    Command.link(env.ref(f"crm_sales_funnel.group_funnel_{{role}}").id)
    for role in ("manager", "finance")
]
env["ir.cron"].search([]).active = False
admin = env.ref("base.user_admin")
admin.write({{
    "password": "admin", "group_ids": groups, "company_ids": [Command.set(companies.ids)],
}})
sellers = env["res.users"].create([
    {{"name": f"Seller {{n}}", "login": f"seller{{n}}",
      "company_ids": [Command.set(companies.ids)]}}
    for n in range(2)
])
customer = env["res.partner"].create({{"name": "Customer"}})
for company in companies:
    env = env(context=dict(env.context, allowed_company_ids=company.ids))
    journals = env["account.journal"].search([("company_id", "=", company.id)])
    if not journals:
        env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
    moves = env["account.move"].create([
        {{
            "move_type": "out_invoice", "partner_id": customer.id, "invoice_date": day,
            "invoice_user_id": sellers[n % 2].id,
            "invoice_line_ids": [Command.create(
                {{"name": "goods", "price_unit": amount, "tax_ids": []}}
            )],
        }}
        for n, amount in enumerate({AMOUNTS})
    ])
    moves.action_post()
    items = moves.line_ids.filtered(lambda l: l.account_type == "asset_receivable")
    bank = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
    )
    money = env["account.move"].create([
        {{
            "journal_id": bank.id, "date": day,
            "line_ids": [
                Command.create({{
                    "account_id": account.id, "partner_id": customer.id, "name": "money",
                    "balance": sign * item.balance,
                }})
                for account, sign in ((bank.default_account_id, 1), (item.account_id, -1))
            ],
        }}
        for item in items
    ])
    money.action_post()
    for item, paid in zip(items, money, strict=True):
        (item | paid.line_ids.filtered(lambda l: l.account_id == item.account_id)).reconcile()
    env["funnel.commission.plan"].create([
        {{"name": f"Plan {{rate}}", "rate": rate, "date_from": day}}
        for rate in range(1, {PLANS} + 1)
    ]).action_approve()
env.cr.commit()
"""
JOB = """
env = env(user=env.ref("base.user_root"))
env["funnel.commission.plan"]._cron_run()
env.cr.commit()
"""
# The same, and once it has booked a plan it waits before this is said to be done.
HELD_UP = """
plans = type(env["funnel.commission.plan"])
note = plans._note_run
def note_late(self, until):
    if self.id == %s:
        self.env.cr.execute("SELECT pg_sleep(3)")
    note(self, until)
plans._note_run = note_late
"""
ASLEEP = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
COMPARED = """
print(env["funnel.commission.plan"]._run(rebuild=True))
"""
# Of each plan, in the order of the job: how many entries, of how many payments of lines, and what they come to.
BOOKED = """
    SELECT json_agg(json_build_array(
               (SELECT COUNT(*) FROM funnel_commission_entry WHERE plan_id = plan.id),
               (SELECT COUNT(DISTINCT (move_line_id, partial_id))
                  FROM funnel_commission_entry WHERE plan_id = plan.id),
               (SELECT COALESCE(SUM(amount), 0)
                  FROM funnel_commission_entry WHERE plan_id = plan.id)
           ) ORDER BY name, id)
      FROM funnel_commission_plan AS plan
"""
# What is settled: of how many, what the settlements say, and what their entries come to.
SETTLED = """
    SELECT json_build_array(
               COUNT(*), COUNT(DISTINCT user_id), SUM(earned),
               (SELECT SUM(amount) FROM funnel_commission_entry
                 WHERE settlement_id IN (SELECT id FROM funnel_commission_settlement)),
               (SELECT COUNT(*) FROM funnel_commission_entry
                 WHERE settlement_id IS NULL AND company_id = 1))
      FROM funnel_commission_settlement
"""
ONCE = [
    [INVOICES, INVOICES, round(rate * sum(AMOUNTS) / 100, 2)]
    for rate in range(1, PLANS + 1)
    for _company in range(COMPANIES)
]
OF_THE_FIRST = ONCE[::COMPANIES]
NOTHING = [0, 0, 0]


@pytest.fixture(scope="module")
def prepared(make_database):
    name = make_database(addon=True)
    odoo.shell(name, PREPARE)
    return name


@pytest.fixture
def database(make_database, prepared):
    return make_database(source=prepared)


def booked(database):
    return json.loads(cluster.query(BOOKED, database))


def plans_of(database):
    ids = cluster.query(
        "SELECT id FROM funnel_commission_plan ORDER BY name, id", database
    )
    return [int(id_) for id_ in ids.split()]


def hold(plan):
    return f"SELECT id FROM funnel_commission_plan WHERE id = {plan} FOR NO KEY UPDATE"


@pytest.mark.parametrize("moment", ["before it books", "when it has booked"])
def test_killed_between_two_companies(database, moment):
    """What was done is kept, what was half done is not; the next run does the rest."""
    at = COMPANIES * PLANS // 2
    plan = plans_of(database)[at]
    if moment == "before it books":
        with (
            held(database, hold(plan)) as come_to_wait,
            start_job(database, JOB) as job,
        ):
            come_to_wait(1)
            job.kill()
    else:
        with start_job(database, HELD_UP % plan + JOB) as job:
            for _ in range(WAIT * 10):
                if job.poll() is not None or cluster.query(ASLEEP, database):
                    break
            job.kill()
    assert job.returncode == -9
    assert booked(database) == ONCE[:at] + [NOTHING] * (len(ONCE) - at)
    told = odoo.shell(database, JOB + COMPARED)
    assert told.split()[-1] == "0"
    assert booked(database) == ONCE


def test_job_button_and_settlement_at_once(database, serve):
    """The job in two processes, a button, and somebody who settles: all wait for the
    first plan, and then each amount is booked and settled once."""
    (plan, *_others) = plans_of(database)
    with serve(database) as site:
        clients = [Client(site, "admin") for _window in range(3)]
        job = clients[0].call(
            "ir.cron",
            "search",
            [("cron_name", "ilike", "Commission: book")],
            context={"active_test": False},
        )
        settle = clients[0].call(
            "funnel.commission.settle",
            "create",
            {"company_id": 1, "date_to": str(date.today())},
        )
        works = [
            lambda: odoo.shell(database, JOB),
            lambda: clients[0].call("ir.cron", "method_direct_trigger", job),
            lambda: clients[1].call("funnel.commission.plan", "action_run", [plan]),
            lambda: clients[2].call(
                "funnel.commission.settle", "action_make", [settle]
            ),
        ]
        with ThreadPoolExecutor(len(works)) as pool:
            with held(database, hold(plan)) as come_to_wait:
                running = [pool.submit(work) for work in works]
                come_to_wait(len(works))
            for work in running:
                work.result(2 * WAIT)
    assert booked(database)[::COMPANIES] == OF_THE_FIRST
    total = round(sum(amount for _count, _lines, amount in OF_THE_FIRST), 2)
    assert json.loads(cluster.query(SETTLED, database)) == [2, 2, total, total, 0]
    odoo.shell(database, JOB)  # what it left to whom it met
    assert booked(database) == ONCE
