"""One salesperson in two windows at the same moment: real transactions, real locks."""

from datetime import datetime, timedelta

import pytest
from test_at_once import WAIT, Client, at_once

from dev import cluster

# What two requests that begin the first queue of a day both have to wait for.
FIRST = """
    INSERT INTO funnel_contact_queue (user_id, date, number)
    VALUES ({user}, '{day}', 1)
"""


@pytest.fixture
def sales(demo_site):
    """The salesperson, who has begun no queue today and leaves none behind."""
    client = Client(demo_site, "sales")
    forget(demo_site, client)
    yield client
    forget(demo_site, client)


def forget(site, client):
    site.execute(
        f"""
queues = env["funnel.contact.queue"].search([("user_id", "=", {client.uid})])
env["funnel.contact.log"].search([("queue_line_id", "in", queues.line_ids.ids)]).unlink()
queues.unlink()
env.cr.commit()
"""
    )


def attempt(client, model, method, *args):
    """Return the answer, or the error in words."""
    params = {"model": model, "method": method, "args": args, "kwargs": {}}
    answer = client.session.post(
        f"{client.site.url}/web/dataset/call_kw/{model}/{method}",
        json={"params": params},
        timeout=2 * WAIT,
    ).json()
    if "error" in answer:
        return answer["error"]["data"]["message"]
    return answer["result"]


def test_queue_of_today_is_begun_once(demo_site, sales):
    windows = sales, Client(demo_site, "sales")
    # where the user is
    day = sales.call("funnel.contact.queue", "default_get", ["date"])["date"]
    answers = at_once(
        demo_site,
        FIRST.format(user=sales.uid, day=day),
        *(
            lambda client=client: client.call(
                "funnel.contact.queue", "action_start_today"
            )
            for client in windows
        ),
    )
    assert answers[0]["context"] == answers[1]["context"]
    count = f"SELECT count(*) FROM funnel_contact_queue WHERE user_id = {sales.uid}"
    assert cluster.query(count, demo_site.database) == "1"


def test_one_of_the_queue_is_logged_once(demo_site, sales):
    windows = sales, Client(demo_site, "sales")
    context = sales.call("funnel.contact.queue", "action_start_today")["context"]
    line = context["default_queue_line_id"]
    (channel,) = sales.call("funnel.contact.channel", "search", [], limit=1)
    values = {"channel_id": channel, "queue_line_id": line}
    values |= {
        key.removeprefix("default_"): value
        for key, value in context.items()
        if key in ("default_partner_id", "default_lead_id")
    }
    answers = at_once(
        demo_site,
        f"SELECT id FROM funnel_contact_queue_line WHERE id = {line} FOR UPDATE",
        *(
            lambda client=client: attempt(
                client, "funnel.contact.log", "create", values
            )
            for client in windows
        ),
    )
    assert sum(isinstance(answer, int) for answer in answers) == 1, answers
    assert any("logged already" in str(answer) for answer in answers)
    count = f"SELECT count(*) FROM funnel_contact_log WHERE queue_line_id = {line}"
    assert cluster.query(count, demo_site.database) == "1"


@pytest.fixture
def lead(demo_site, sales):
    """A lead of the salesperson without a customer, contacted today."""
    (channel,) = sales.call("funnel.contact.channel", "search", [], limit=1)
    lead = sales.call("crm.lead", "create", {"name": "Pallets", "type": "opportunity"})
    values = {"lead_id": lead, "channel_id": channel}
    sales.call("funnel.contact.log", "create", values)
    yield lead, values
    demo_site.execute(
        f"""
lead = env["crm.lead"].browse({lead})
lead.contact_log_ids.unlink()
lead.unlink()
env.cr.commit()
"""
    )


def test_contact_with_a_lead_that_becomes_a_customer(demo_site, sales, lead):
    """Whichever is first, the contact is the customer's, also one of days ago, which
    changes nothing of the lead."""
    lead, values = lead
    windows = sales, Client(demo_site, "sales")
    mine = [["user_id", "=", sales.uid], ["is_company", "=", True]]
    (customer,) = sales.call("res.partner", "search", mine, limit=1)
    values = {**values, "date": str(datetime.now() - timedelta(days=3))[:19]}
    at_once(
        demo_site,
        f"SELECT id FROM crm_lead WHERE id = {lead} FOR UPDATE",
        lambda: windows[0].call("crm.lead", "write", [lead], {"partner_id": customer}),
        lambda: windows[1].call("funnel.contact.log", "create", values),
    )
    whose = (
        f"SELECT array_agg(partner_id) FROM funnel_contact_log WHERE lead_id = {lead}"
    )
    expected = f"{{{customer},{customer}}}"
    assert cluster.query(whose, demo_site.database) == expected
