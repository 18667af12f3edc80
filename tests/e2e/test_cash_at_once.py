"""Several pay and read what is paid at the same moment: real transactions."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_at_once import Client, at_once

MAKE = """
import json
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].create({"name": "Paid at Once Ltd", "is_company": True})
invoices = env["account.move"].create([{
    "move_type": "out_invoice", "partner_id": customer.id, "company_id": company.id,
    "invoice_date": "2026-01-05",
    "invoice_line_ids": [
        (0, 0, {"name": name, "price_unit": price, "tax_ids": False})
        for name, price in (("bolts", 100), ("nuts", 200.05))],
} for _count in range(2)])
invoices.action_post()
env.cr.commit()
print(json.dumps(invoices.ids))
"""
TOLD = """
allocation = env["funnel.allocation"]
allocation._write_pending()
print(allocation._rebuild())
"""
HANDED_OVER = 'customer.user_id = env["res.users"].search([("login", "=", "both")])'
MERGED = """
other = env["res.partner"].create({"name": "Other at Once Ltd", "is_company": True})
env["base.partner.merge.automatic.wizard"]._merge((customer | other).ids, other)
"""
# What follows is done to a customer while another transaction writes down what he paid.
AT_ONCE = """
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].create({"name": "Gone at Once Ltd", "is_company": True})
journal = env["account.journal"].search(
    [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
env["account.payment"].create({
    "payment_type": "inbound", "partner_id": customer.id, "amount": 55,
    "journal_id": journal.id, "company_id": company.id,
}).action_post()
env.cr.commit()
CHANGE
env.flush_all()
with env.registry.cursor() as other_cursor:
    env(cr=other_cursor)["funnel.allocation"]._write_pending()
env.cr.commit()
"""
# Two save an order that somebody paid for, and somebody pays for a third one.
SAVED_AT_ONCE = """
import json
from odoo import api
company = env.ref("crm_sales_funnel.demo_company")
context = dict(env.context, allowed_company_ids=company.ids)
env = env(context=context)
customer = env["res.partner"].create({"name": "Saved at Once Ltd", "is_company": True})
orders = env["sale.order"].create([{
    "partner_id": customer.id, "company_id": company.id,
    "order_line": [(0, 0, {"name": "bolts", "price_unit": 100, "tax_ids": False,
                           "product_id": env["product.product"].search([], limit=1).id,
                           })],
} for _count in range(3)])
orders.action_confirm()
journal = env["account.journal"].search(
    [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
def pay(env, order):
    env["account.payment"].create({
        "payment_type": "inbound", "partner_id": customer.id, "amount": 55,
        "journal_id": journal.id, "company_id": company.id,
        "deposit_order_id": order.id,
    }).action_post()
def save(env, order, price):
    order = order.with_env(env)
    values = {"order_line": [(1, order.order_line[:1].id, {"price_unit": price})]}
    [saved] = order.web_save(values, {"amount_total": {}, "collected_amount": {}})
    return saved["collected_amount"]
pay(env, orders[0])
pay(env, orders[1])
env.cr.commit()
orders.mapped("collected_amount")
env.cr.commit()
pay(env, orders[2])
env.cr.commit()
with env.registry.cursor() as first, env.registry.cursor() as second:
    one, two = (api.Environment(cr, env.uid, context) for cr in (first, second))
    orders[0].with_env(one).amount_total  # and thinks about it
    told = [save(two, orders[1], 7)]
    second.commit()
    told.append(save(one, orders[0], 8))
    first.commit()
    # also while the other one is not done
    pay(two, orders[2])
    second.commit()
    told.append(save(two, orders[1], 9))
    told.append(save(one, orders[0], 10))
    first.commit()
    second.commit()
env.cr.commit()
env.invalidate_all()
print(json.dumps([told, orders.mapped("collected_amount"), orders.mapped("amount_total")]))
"""
AMOUNTS = (0.01, 33.33, 10, 60.6, 7.77)
ANY_LEFT = """
SELECT id FROM funnel_allocation_touched WHERE move_id IS NOT NULL
 ORDER BY id LIMIT 1 FOR UPDATE
"""


@pytest.fixture(scope="module")
def clients(demo_site):
    return [Client(demo_site, login) for login in ("finance", "both", "finance")]


@pytest.fixture
def invoices(demo_site):
    return json.loads(demo_site.execute(MAKE).splitlines()[-1])


def pay(client, moves, amount):
    """Register a payment, as the dialog does."""
    context = {"active_model": "account.move", "active_ids": moves}
    dialog = client.call(
        "account.payment.register",
        "create",
        {"amount": amount, "group_payment": True},
        context=context,
    )
    client.call(
        "account.payment.register", "action_create_payments", [dialog], context=context
    )


def collected(client, moves):
    """Return what the report has of invoices, and of how many rows."""
    (group,) = client.call(
        "funnel.cash.report",
        "formatted_read_group",
        [["move_id", "in", moves]],
        [],
        ["amount:sum", "__count"],
    )
    return round(group["amount:sum"] or 0, 2), group["__count"]


def assert_follows_from_the_ledger(site):
    told = site.execute(TOLD).splitlines()[-1]
    assert told == str({"missing": 0, "wrong": 0, "needless": 0})


def test_who_pays_does_not_wait_for_who_pays(demo_site, clients, invoices):
    """The same customer's invoices, by two who pay while the rows of the first are held:
    neither is refused, and no cent is lost."""
    first, second = invoices
    works = [(clients[0], first), (clients[1], second), (clients[2], first)]
    with ThreadPoolExecutor(3) as pool:
        paid = [
            pool.submit(pay, client, [invoice], amount)
            for amount in AMOUNTS
            for client, invoice in works
        ]
        read = [pool.submit(collected, clients[1], invoices) for _count in range(6)]
        for work in [*paid, *read]:
            work.result(120)
    amount, rows = collected(clients[0], invoices)
    assert (amount, rows) == (round(3 * sum(AMOUNTS), 2), 3 * len(AMOUNTS))
    assert_follows_from_the_ledger(demo_site)


def test_two_read_at_once_what_was_paid(demo_site, clients, invoices):
    """Both wait for what was left; the one who is second finds it written down."""
    pay(clients[0], invoices[:1], 50)
    answers = at_once(
        demo_site,
        ANY_LEFT,
        lambda: collected(clients[0], invoices),
        lambda: collected(clients[1], invoices),
    )
    assert answers == [(50, 1), (50, 1)]
    assert_follows_from_the_ledger(demo_site)


@pytest.mark.parametrize("change", [HANDED_OVER, MERGED])
def test_whose_it_is_changes_while_it_is_written_down(demo_site, change):
    """Who writes it down does not see the change, and who changes it not the rows."""
    demo_site.execute(AT_ONCE.replace("CHANGE", change.strip()))
    assert_follows_from_the_ledger(demo_site)


def test_who_saves_an_order_is_not_thrown_back(demo_site):
    """Though the order tells what was paid, and somebody else writes that down."""
    told = demo_site.execute(SAVED_AT_ONCE).splitlines()[-1]
    assert json.loads(told) == [[55] * 4, [55, 55, 110], [10, 9, 100]]
    assert_follows_from_the_ledger(demo_site)


def test_where_reading_is_another_servers(make_database, serve):
    """Who asks a server that only reads, is answered by the one that writes."""
    with serve(make_database(demo=True), "--dev=replica") as site:
        client = Client(site, "finance")
        invoices = json.loads(site.execute(MAKE).splitlines()[-1])
        before = collected(client, invoices)
        pay(client, invoices[:1], 50)
        assert before == (0, 0)
        assert collected(client, invoices) == (50, 1)
        assert "retrying with a read/write cursor" in site.log.read_text()
