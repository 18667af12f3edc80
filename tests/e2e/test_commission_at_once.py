"""Two settle commission at the same moment: real transactions, real locks."""

from datetime import date

from test_at_once import Client, at_once

LEDGER, SETTLEMENT = "funnel.commission.entry", "funnel.commission.settlement"


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
