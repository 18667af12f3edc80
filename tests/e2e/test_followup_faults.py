"""The job that follows up customers, killed at random and beside a button: real processes
on a real database."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from jobs import kill_at_random
from test_at_once import Client

from dev import cluster, odoo

CUSTOMERS = 24
BAD = 5  # the customer whose mail cannot be made
# Customers who are five days overdue, and a policy that mails them without approval.
PREPARE = f"""
from datetime import timedelta
from odoo import Command, fields
env = env(context=dict(env.context, tracking_disable=True))
today = fields.Date.context_today(env.user)
env["funnel.followup.policy"].create({{
    "name": "Mail", "sequence": -1, "is_automatic": True,
    "level_ids": [Command.create({{"name": "Mail", "days": 1, "channel": "mail"}})],
}})
customers = env["res.partner"].create([
    {{"name": f"Late {{n}}", "email": f"late{{n}}@example.com"}}
    for n in range({CUSTOMERS})
])
product = env["product.product"].create({{"name": "goods", "type": "consu"}})
moves = env["account.move"].create([
    {{
        "move_type": "out_invoice",
        "partner_id": customer.id,
        "invoice_date": today - timedelta(days=5),
        "invoice_date_due": today - timedelta(days=5),
        "invoice_payment_term_id": False,
        "invoice_line_ids": [Command.create({{
            "product_id": product.id, "price_unit": 100, "tax_ids": [],
        }})],
    }}
    for customer in customers
])
moves.action_post()
# Nothing is sent anywhere, and one mail cannot be made.
env["ir.cron"].search([]).active = False
template = env.ref("crm_sales_funnel.mail_template_followup")
template.subject = "{{{{ 1 // int(object.partner_id.name != 'Late {BAD}') }}}}"
admin = env.ref("base.user_admin")
admin.write({{
    "password": "admin",
    "group_ids": [Command.link(env.ref("crm_sales_funnel.group_funnel_finance").id)],
}})
env.cr.commit()
"""
JOB = """
env = env(user=env.ref("base.user_root"))
env["funnel.followup.run"]._cron_follow_up()
env.cr.commit()
"""
# Two transactions at once, of which the first holds two lines and the other takes all that
# it may; who waits for the first one fails.
BESIDE = """
lines = env["funnel.followup.line"].search([("state", "=", "proposed")], order="id")
with env.registry.cursor() as cr:
    cr.execute("SET LOCAL lock_timeout = '5s'")
    mine = lines[-2:]._send()
    theirs = lines.with_env(env(cr=cr))._send()
    print(len(lines), mine == lines[-2:], theirs.ids == lines[:-2].ids)
    cr.rollback()
env.cr.rollback()
"""


@pytest.fixture
def database(make_database):
    name = make_database(addon=True)
    odoo.shell(name, PREPARE)
    return name


def sent(database):
    """Return how many lines of each state there are, and how many mails of each line."""
    query = """
        SELECT json_build_object(
            'states', (SELECT json_object_agg(state, n) FROM (
                SELECT state, count(*) AS n FROM funnel_followup_line GROUP BY state
            ) AS s),
            'mails', (SELECT json_object_agg(n, lines) FROM (
                SELECT n, count(*) AS lines FROM (
                    SELECT count(mail.id) AS n
                      FROM funnel_followup_line AS line
                 LEFT JOIN mail_message AS message
                        ON message.model = 'funnel.followup.line'
                       AND message.res_id = line.id
                 LEFT JOIN mail_mail AS mail ON mail.mail_message_id = message.id
                     WHERE line.state = 'done' GROUP BY line.id
                ) AS of_line GROUP BY n
            ) AS m),
            'orphans', (SELECT count(*) FROM mail_mail AS mail
                JOIN mail_message AS message ON message.id = mail.mail_message_id
                WHERE message.model = 'funnel.followup.line' AND NOT EXISTS (
                    SELECT FROM funnel_followup_line
                     WHERE mail_id = mail.id AND state = 'done'))
        )"""
    answer = cluster.query(query, database)
    return json.loads(answer)


EACH_ONCE = {
    "states": {"done": CUSTOMERS - 1, "failed": 1},
    "mails": {"1": CUSTOMERS - 1},
    "orphans": 0,
}


def test_killed_at_random_it_loses_and_doubles_nothing(database):
    kill_at_random(database, JOB, 19)
    odoo.shell(database, JOB)
    assert sent(database) == EACH_ONCE
    odoo.shell(database, JOB)
    assert sent(database) == EACH_ONCE


def propose(database):
    """Let the job propose, and send nothing yet."""
    odoo.shell(
        database,
        'env["funnel.followup.policy"].search([], limit=1).is_automatic = False\n'
        + JOB
        + 'env["funnel.followup.policy"].search([], limit=1).is_automatic = True\n'
        "env.cr.commit()\n",
    )


def test_nobody_waits_for_lines_that_somebody_is_sending(database):
    """Nor makes their mails once more, only to be refused by the database."""
    propose(database)
    told = odoo.shell(database, BESIDE)
    assert told.split()[-3:] == [str(CUSTOMERS), "True", "True"]


def test_the_button_beside_the_job(database, serve):
    """Both send the same lines at the same time: each is sent once."""
    propose(database)
    with serve(database) as site:
        client = Client(site, "admin")
        ids = client.call("funnel.followup.line", "search", [])
        assert len(ids) == CUSTOMERS

        def press():
            while not client.call("funnel.followup.line", "send_next", ids)["action"]:
                pass

        with ThreadPoolExecutor(2) as pool:
            works = pool.submit(odoo.shell, database, JOB), pool.submit(press)
            for work in works:
                work.result(120)
        press()
    assert sent(database) == EACH_ONCE
