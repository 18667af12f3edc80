"""Two users do the same at the same moment: real transactions, real locks.

A row is held by a session of ours until both requests wait for it, so that each test
meets the race every time and not by chance.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

import psycopg2
import pytest
import requests

from dev import cluster

WAIT = 30  # seconds


class Client:
    """A user who calls the server as the web client does."""

    def __init__(self, site, login):
        self.site, self.session = site, requests.Session()
        self.session.trust_env = False  # no proxy between us
        self.uid = self.rpc(
            "/web/session/authenticate", db=site.database, login=login, password=login
        )["uid"]

    def rpc(self, path, **params):
        answer = self.session.post(
            self.site.url + path, json={"params": params}, timeout=2 * WAIT
        ).json()
        assert "error" not in answer, answer["error"]["data"]["message"]
        return answer["result"]

    def call(self, model, method, *args, **kwargs):
        path = f"/web/dataset/call_kw/{model}/{method}"
        return self.rpc(path, model=model, method=method, args=args, kwargs=kwargs)


@contextmanager
def held(database, row):
    """Hold a row; yield a function that returns when so many sessions wait for it (or
    for one another)."""
    environment = cluster.environment()
    connection = psycopg2.connect(
        dbname=database,
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(row)
            assert cursor.rowcount == 1
            yield partial(wait_until, cursor)
    finally:
        connection.rollback()
        connection.close()


def wait_until(cursor, waiting):
    for _ in range(WAIT * 10):
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        if cursor.fetchone()[0] >= waiting:
            return
        time.sleep(0.1)
    pytest.fail(f"fewer than {waiting} sessions came to wait")


def at_once(site, row, *works, in_turn=False):
    """Return what the works return that begin while the row is held.

    :param in_turn: each comes to wait before the next one begins
    """
    with ThreadPoolExecutor(len(works)) as pool:
        running = []
        with held(site.database, row) as come_to_wait:
            for number, work in enumerate(works, 1):
                running.append(pool.submit(work))
                if in_turn:
                    come_to_wait(number)
            come_to_wait(len(works))
        return [work.result(2 * WAIT) for work in running]


@pytest.fixture(scope="module")
def clients(demo_site):
    return [Client(demo_site, login) for login in ("orderdesk", "both")]


@pytest.fixture
def customer(clients):
    return clients[0].call(
        "res.partner", "create", {"name": "At Once", "company_id": False}
    )


def contacts(client, customer):
    fields = ["summary", "date", "next_contact_date", "user_id"]
    return client.call(
        "funnel.contact.log", "search_read", [["partner_id", "=", customer]], fields
    )


def test_an_activity_done_by_two_is_one_contact(demo_site, clients, customer):
    first, second = clients
    (activity,) = first.call(
        "res.partner",
        "activity_schedule",
        [customer],
        act_type_xmlid="mail.mail_activity_data_call",
        summary="Ring them up",
    )
    at_once(
        demo_site,
        f"SELECT id FROM mail_activity WHERE id = {activity} FOR UPDATE",
        *(
            lambda client=client: client.call(
                "mail.activity", "action_feedback", [activity], feedback="Done"
            )
            for client in clients
        ),
    )
    assert [log["summary"] for log in contacts(first, customer)] == ["Done"]


def test_two_contacts_with_one_customer_are_both_kept(demo_site, clients, customer):
    first, _second = clients
    (channel,) = first.call("funnel.contact.channel", "search", [], limit=1)
    days = [str(date.today() + timedelta(days=shift)) for shift in (300, 30)]
    plans = dict(zip(days, ("Later", "Sooner"), strict=True))
    at_once(
        demo_site,
        f"SELECT id FROM res_partner WHERE id = {customer} FOR UPDATE",
        *(
            lambda client=client, day=day, summary=summary: client.call(
                "funnel.contact.log",
                "create",
                {
                    "partner_id": customer,
                    "channel_id": channel,
                    "summary": summary,
                    "next_contact_date": day,
                },
            )
            for client, (day, summary) in zip(clients, plans.items(), strict=True)
        ),
    )
    logs = contacts(first, customer)
    assert sorted(log["summary"] for log in logs) == ["Later", "Sooner"]
    newest = max(logs, key=lambda log: (log["date"], log["id"]))
    (seen,) = first.call(
        "res.partner",
        "read",
        [customer],
        ["last_contact_date", "next_contact_date"],
    )
    assert seen["last_contact_date"] == newest["date"]
    assert seen["next_contact_date"] == newest["next_contact_date"]
