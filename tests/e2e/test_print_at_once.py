"""Slips that are printed at the same moment: one number each, no number missing."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from test_at_once import Client, at_once

from dev import cluster

REPORT = "/report/pdf/crm_sales_funnel.report_slip_241_prices"


class Desk(Client):
    """A user who prints as the Print menu does."""

    def download(self, picking):
        data = json.dumps([f"{REPORT}/{picking}", "qweb-pdf"])
        address = f"{self.site.url}/report/download"
        return self.session.get(address, params={"data": data}, timeout=60)

    def print(self, picking):
        answer = self.download(picking)
        assert answer.content.startswith(b"%PDF"), answer.text[:500]

    def slips(self, pickings):
        return self.call(
            "funnel.print.slip",
            "search_read",
            [["picking_id", "in", pickings], ["state", "=", "valid"]],
            ["number", "print_count"],
            order="number",
        )

    def next_number(self):
        (sequence,) = self.call(
            "funnel.print.sequence",
            "search_read",
            [["kind", "=", "delivery"]],
            ["number_next"],
        )
        return sequence["id"], sequence["number_next"]


@pytest.fixture(scope="module")
def desks(demo_site):
    return [Desk(demo_site, login) for login in ("orderdesk", "both")]


@pytest.fixture
def pickings(desks):
    """Deliveries that nobody has printed yet."""
    return desks[0].call(
        "stock.picking",
        "search",
        [["slip_number", "=", False], ["picking_type_code", "=", "outgoing"]],
        limit=2,
        order="id",
    )


def numbers(slips):
    return [int(slip["number"].rpartition("-")[2]) for slip in slips]


def test_one_slip_printed_by_two_has_one_number(demo_site, desks, pickings):
    picking = pickings[0]
    _sequence, before = desks[0].next_number()
    at_once(
        demo_site,
        f"SELECT id FROM stock_picking WHERE id = {picking} FOR UPDATE",
        *(lambda desk=desk: desk.print(picking) for desk in desks),
    )
    slips = desks[0].slips([picking])
    assert numbers(slips) == [before]
    assert slips[0]["print_count"] == 2
    assert desks[0].next_number()[1] == before + 1


def test_the_same_where_slips_bear_the_name_of_the_transfer(demo_site, desks):
    (picking,) = desks[0].call(
        "stock.picking",
        "search",
        [["slip_number", "=", False], ["picking_type_code", "=", "incoming"]],
        limit=1,
    )
    at_once(
        demo_site,
        f"SELECT id FROM stock_picking WHERE id = {picking} FOR UPDATE",
        *(lambda desk=desk: desk.print(picking) for desk in desks),
    )
    (slip,) = desks[0].slips([picking])
    assert slip["print_count"] == 2


def test_two_slips_have_two_numbers(demo_site, desks, pickings):
    sequence, before = desks[0].next_number()
    at_once(
        demo_site,
        f"SELECT id FROM funnel_print_sequence WHERE id = {sequence} FOR UPDATE",
        *(
            lambda desk=desk, picking=picking: desk.print(picking)
            for desk, picking in zip(desks, pickings, strict=True)
        ),
    )
    assert numbers(desks[0].slips(pickings)) == [before, before + 1]
    assert desks[0].next_number()[1] == before + 2


@pytest.fixture
def no_sequence(demo_site):
    """Slips bear the name of their transfer: no number is waited for."""
    change = "UPDATE funnel_print_sequence SET kind = '{}' WHERE kind = '{}'"
    cluster.query(change.format("transfer", "delivery"), demo_site.database)
    yield
    cluster.query(change.format("delivery", "transfer"), demo_site.database)


# Planned ones: the debts that a slip of delivered goods tells hold the others already.
TWO_OF_ONE_CUSTOMER = """
SELECT array_to_string((array_agg(picking.id))[:2], ','), partner.commercial_partner_id
  FROM stock_picking AS picking
  JOIN res_partner AS partner ON partner.id = picking.partner_id
  JOIN stock_picking_type AS type ON type.id = picking.picking_type_id
 WHERE type.code = 'outgoing' AND picking.state NOT IN ('done', 'cancel')
   AND NOT EXISTS (SELECT FROM funnel_print_slip WHERE picking_id = picking.id)
 GROUP BY 2 HAVING count(*) > 1 LIMIT 1
"""


def test_two_slips_of_one_customer_follow_one_another(demo_site, desks, no_sequence):
    row = cluster.query(TWO_OF_ONE_CUSTOMER, demo_site.database)
    pickings, customer = row.split("|")
    at_once(
        demo_site,
        f"SELECT id FROM res_partner WHERE id = {customer} FOR UPDATE",
        *(
            lambda desk=desk, picking=picking: desk.print(picking)
            for desk, picking in zip(desks, pickings.split(","), strict=True)
        ),
    )
    slips = desks[0].call(
        "funnel.print.slip",
        "search_read",
        [["picking_id", "in", [int(picking) for picking in pickings.split(",")]]],
        ["has_balance", "balance_before", "balance_after"],
        order="balance_before",
    )
    first, second = slips
    assert first["has_balance"] and second["has_balance"]
    begins = [first["balance_before"], second["balance_before"]]
    ends = [first["balance_after"], second["balance_after"]]
    assert begins[0] in ends or begins[1] in ends, slips


def test_killed_before_it_is_committed(demo_site, desks, pickings):
    _sequence, before = desks[0].next_number()
    first, second = pickings
    killed = kill_when_it_waits(demo_site.database, lambda: desks[0].download(first))
    assert not killed.content.startswith(b"%PDF")
    assert desks[0].next_number()[1] == before
    assert not desks[0].slips([first])
    desks[1].print(second)
    desks[0].print(first)
    assert numbers(desks[0].slips([second])) == [before]
    assert numbers(desks[0].slips([first])) == [before + 1]


def kill_when_it_waits(database, work):
    """Return what a request returns whose session is ended when it has its number and
    waits to write the log."""
    environment = cluster.environment()
    connection = psycopg2.connect(
        dbname=database,
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
    )
    with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        try:
            cursor.execute("LOCK TABLE funnel_print_log IN SHARE MODE")
            running = pool.submit(work)
            for _ in range(300):
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                if cursor.fetchone():
                    break
                time.sleep(0.1)
            else:
                pytest.fail("no session came to wait")
        finally:
            connection.rollback()
            connection.close()
        return running.result(60)


@pytest.fixture(scope="module")
def replica_site(make_database, serve):
    """Odoo where what only reads is sent to another server, which may not write."""
    host = cluster.environment()["PGHOST"]
    with serve(make_database(demo=True), "--db_replica_host", host) as site:
        yield site


def print_of(site, desk, report):
    """Print a delivery that nobody has printed yet; return its slips, and the cursors
    on which Odoo did it: rw, or ro->rw when it had to do it twice."""
    (picking,) = desk.call(
        "stock.picking",
        "search",
        [["slip_number", "=", False], ["picking_type_code", "=", "outgoing"]],
        limit=1,
    )
    path = f"/report/pdf/{report}/{picking}"
    answer = desk.session.get(site.url + path, timeout=60)
    assert answer.content.startswith(b"%PDF"), answer.text[:500]
    (line,) = (line for line in site.log.read_text().splitlines() if path in line)
    return desk.slips([picking]), line.rsplit(maxsplit=1)[-1]


def test_printed_at_once_on_a_cursor_that_may_write(replica_site):
    desk = Desk(replica_site, "orderdesk")
    (slip,), cursor = print_of(
        replica_site, desk, "crm_sales_funnel.report_slip_241_prices"
    )
    assert (slip["print_count"], cursor) == (1, "rw")


def test_printed_once_where_odoo_begins_on_a_cursor_that_only_reads(replica_site):
    """A report that somebody made beside ours, of which the route knows nothing."""
    admin = Desk(replica_site, "admin")
    (ours,) = admin.call(
        "ir.actions.report",
        "search",
        [["report_name", "=", "crm_sales_funnel.report_slip_241_prices"]],
    )
    admin.call("ir.actions.report", "copy", [ours], {"report_name": "elsewhere.slip"})
    desk = Desk(replica_site, "orderdesk")
    (slip,), cursor = print_of(replica_site, desk, "elsewhere.slip")
    assert (slip["print_count"], cursor) == (1, "ro->rw")
