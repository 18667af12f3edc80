"""Two settle commission at the same moment: real transactions, real locks."""

from contextlib import suppress
from datetime import date

import pytest
from test_at_once import Client, at_once

from dev import cluster

LEDGER, SETTLEMENT = "funnel.commission.entry", "funnel.commission.settlement"
BILL = "account.move"


def settle(client, company):
    """Return whether there was anything to settle."""
    dialog = client.call(
        "funnel.commission.settle",
        "create",
        {"company_id": company, "date_to": str(date.today())},
    )
    try:
        client.call("funnel.commission.settle", "action_make", [dialog])
    except AssertionError as error:
        assert "Nobody has anything to settle" in str(error)
        return False
    return True


def test_nothing_is_settled_twice(demo_site):
    manager, finance = (Client(demo_site, login) for login in ("manager", "finance"))
    (known,) = finance.call(SETTLEMENT, "search_read", [], ["company_id"], limit=1)
    company = known["company_id"][0]
    seller = finance.call("res.users", "search", [["login", "=", "both"]])[0]
    before = finance.call(SETTLEMENT, "search", [])
    finance.call(
        LEDGER,
        "create",
        {
            "user_id": seller,
            "company_id": company,
            "date": str(date.today()),
            "amount": 12.34,
            "reason": "At once",
        },
    )
    row = f"SELECT id FROM res_company WHERE id = {company} FOR NO KEY UPDATE"
    try:
        told = at_once(
            demo_site,
            row,
            lambda: settle(manager, company),
            lambda: settle(finance, company),
        )
        assert sorted(told) == [False, True]
        made = finance.call(
            SETTLEMENT,
            "search_read",
            [["id", "not in", before]],
            ["user_id", "adjustment"],
        )
        users = [each["user_id"][0] for each in made]
        assert len(users) == len(set(users))
        assert [m["adjustment"] for m in made if m["user_id"][0] == seller] == [12.34]
    finally:  # nothing is left in others' lists but an amount that comes to nothing
        made = finance.call(SETTLEMENT, "search", [["id", "not in", before]])
        finance.call(SETTLEMENT, "action_cancel", made)
        values = {"user_id": seller, "company_id": company, "reason": "Taken back"}
        finance.call(LEDGER, "create", {**values, "amount": -12.34})


def test_two_runs_book_once(demo_site):
    """Who waits for the other is repeated, and finds nothing left to book."""
    manager, finance = (Client(demo_site, login) for login in ("manager", "finance"))
    (entry,) = manager.call(
        LEDGER,
        "search_read",
        [
            ["type", "=", "earned"],
            ["amount", ">", 1],
            ["move_id", "!=", False],
            ["plan_id.member_ids", "=", False],
        ],
        ["plan_id", "move_id", "user_id"],
        order="id desc",
        limit=1,
    )
    plan, move, user = (entry[name][0] for name in ("plan_id", "move_id", "user_id"))
    manager.call("funnel.commission.plan", "action_run", [plan])
    domain = [["plan_id", "=", plan], ["move_id", "=", move]]

    def earned():
        rows = manager.call(LEDGER, "search_read", domain, ["user_id", "amount"])
        sums = {}
        for row in rows:
            who = row["user_id"][0]
            sums[who] = round(sums.get(who, 0) + row["amount"], 2)
        return {who: amount for who, amount in sums.items() if amount}

    before = earned()
    other = manager.call("res.users", "search", [["login", "=", "both"]])[0]
    finance.call(
        "account.move",
        "write",
        [move],
        {"commission_split_ids": [[0, 0, {"user_id": other, "percent": 100}]]},
    )
    row = f"SELECT id FROM funnel_commission_plan WHERE id = {plan} FOR NO KEY UPDATE"
    try:
        at_once(
            demo_site,
            row,
            lambda: manager.call("funnel.commission.plan", "action_run", [plan]),
            lambda: finance.call("funnel.commission.plan", "action_run", [plan]),
        )
        assert earned() == {other: round(sum(before.values()), 2)}
    finally:
        finance.call("account.move", "write", [move], {"commission_split_ids": [[5]]})
        manager.call("funnel.commission.plan", "action_run", [plan])
    assert earned() == before
    assert user in before


@pytest.fixture
def agreed(demo_site):
    """A settlement of 12.34 that is approved, to be paid to somebody by a bill; nothing
    of it is left."""
    manager, finance = (Client(demo_site, login) for login in ("manager", "finance"))
    (known,) = finance.call(SETTLEMENT, "search_read", [], ["company_id"], limit=1)
    company = known["company_id"][0]
    seller = finance.call("res.users", "search", [["login", "=", "both"]])[0]
    payee = manager.call("res.partner", "create", {"name": "Agent At Once"})
    values = {"user_id": seller, "company_id": company, "date": str(date.today())}
    entry = finance.call(
        LEDGER,
        "create",
        {**values, "payee_id": payee, "amount": 12.34, "reason": "At once"},
    )
    settle(finance, company)
    made = [["payee_id", "=", payee]]
    (settlement,) = finance.call(SETTLEMENT, "search", made)
    finance.call(SETTLEMENT, "action_submit", [settlement])
    manager.call(SETTLEMENT, "action_approve", [settlement])
    yield settlement
    others = [["date_to", "=", str(date.today())], ["state", "=", "draft"]]
    finance.call(
        SETTLEMENT, "action_cancel", finance.call(SETTLEMENT, "search", others)
    )
    bills = finance.call(
        BILL, "search_read", [["partner_id", "=", payee]], ["state"], order="id desc"
    )
    for bill in bills:
        if bill["state"] != "draft":
            act(finance, "button_draft", bill["id"])
        finance.call(BILL, "unlink", [bill["id"]])
    # What is approved is not deleted by anybody.
    cluster.query(
        f"DELETE FROM funnel_commission_entry WHERE id = {entry};"
        f" DELETE FROM funnel_commission_settlement WHERE id = {settlement}",
        demo_site.database,
    )


def act(client, button, bill):
    with suppress(KeyError):  # these answer nothing
        client.call(BILL, button, [bill])


def pay(client, settlement):
    """Return whether it could be paid, by a bill."""
    today = str(date.today())
    values = {"settlement_ids": [[6, 0, [settlement]]], "month": today, "date": today}
    dialog = client.call("funnel.commission.pay", "create", values)
    return does(client, "funnel.commission.pay", "action_pay", dialog)


def does(client, model, method, record):
    try:
        client.call(model, method, [record])
    except AssertionError as error:
        said = str(error)
        assert any(words in said for words in ("paid by", "already", "any more")), said
        return False
    return True


def test_paid_anew_while_what_was_given_up_is_posted(demo_site, agreed):
    """One of them pays it, whoever comes first; and who pays it twice pays once."""
    finance, other = (Client(demo_site, login) for login in ("finance", "finance"))
    (known,) = finance.call(SETTLEMENT, "read", [agreed], ["company_id", "payee_id"])
    row = (
        f"SELECT id FROM res_company WHERE id = {known['company_id'][0]}"
        " FOR NO KEY UPDATE"
    )
    posted = [
        ["partner_id", "=", known["payee_id"][0]],
        ["state", "=", "posted"],
        ["move_type", "=", "in_invoice"],
    ]

    def give_up():
        (bill,) = finance.call(BILL, "search", posted)
        act(finance, "button_draft", bill)
        act(finance, "button_cancel", bill)
        return bill

    paid = at_once(
        demo_site, row, lambda: pay(finance, agreed), lambda: pay(other, agreed)
    )
    assert sorted(paid) == [False, True]
    first = give_up()
    assert pay(finance, agreed)
    give_up()
    act(finance, "button_draft", first)
    paid = at_once(
        demo_site,
        row,
        lambda: pay(finance, agreed),
        lambda: does(other, BILL, "action_post", first),
    )
    assert sorted(paid) == [False, True]
    (bill,) = finance.call(BILL, "search_read", posted, ["amount_total"])
    assert bill["amount_total"] == 12.34
    (known,) = finance.call(SETTLEMENT, "read", [agreed], ["state"])
    assert known["state"] == "paid"
