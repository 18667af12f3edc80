"""The job that says who is to be contacted when, killed at random and beside its button:
real processes on a real database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from jobs import kill_at_random
from test_at_once import Client

from dev import cluster, odoo

CUSTOMERS = 3000
# Customers as an import by SQL leaves them: with a plan, and nothing of what follows.
PREPARE = f"""
from odoo import Command
env["res.partner"].with_context(tracking_disable=True).create([
    {{"name": f"C{{n}}", "user_id": 2}} for n in range({CUSTOMERS})
])
env["ir.cron"].search([]).active = False
env.ref("base.user_admin").write({{
    "password": "admin",
    "group_ids": [Command.link(env.ref("crm_sales_funnel.group_funnel_manager").id)],
}})
env.cr.commit()
"""
SPOIL = """
    UPDATE res_partner
       SET contact_plan_id = plan.id, contact_plan_since = current_date,
           next_contact_date = NULL, next_contact_origin = NULL,
           next_contact_user_id = NULL
      FROM (SELECT id FROM funnel_contact_plan ORDER BY id LIMIT 1) AS plan
     WHERE name LIKE 'C%'
 RETURNING res_partner.id
"""
JOB = """
from odoo.addons.crm_sales_funnel.models.contact import res_partner_plan_query
res_partner_plan_query.AT_ONCE = 100
env["res.partner"]._cron_update_contact_plans()
env.cr.commit()
"""
# How many have a date by the plan that lies in its days, in how many days.
PLANNED = """
    SELECT count(*) || ' in ' || count(DISTINCT next_contact_date)
      FROM res_partner
      JOIN funnel_contact_plan AS plan ON plan.id = contact_plan_id
     WHERE next_contact_origin = 'plan' AND next_contact_user_id = 2
       AND next_contact_date - contact_plan_since BETWEEN 1 AND contact_days
"""
ALL = f"{CUSTOMERS} in 7"


@pytest.fixture
def database(make_database):
    name = make_database(addon=True)
    odoo.shell(name, PREPARE)
    cluster.query(SPOIL, name)
    return name


def test_killed_and_beside_its_button(database, serve):
    kill_at_random(database, JOB, 11, latest=5)
    odoo.shell(database, JOB)
    assert cluster.query(PLANNED, database) == ALL

    cluster.query(SPOIL, database)
    with serve(database) as site:
        client = Client(site, "admin")
        job = client.call(
            "ir.cron",
            "search",
            [("cron_name", "ilike", "contacted when")],
            context={"active_test": False},
        )

        def press():
            return client.call("funnel.contact.plan", "action_update_now", [])

        with ThreadPoolExecutor(3) as pool:
            works = [
                pool.submit(press),
                pool.submit(press),
                pool.submit(client.call, "ir.cron", "method_direct_trigger", job),
            ]
            for work in works:
                work.result(120)
        assert cluster.query(PLANNED, database) == ALL
        assert "0" in press()["params"]["message"]
