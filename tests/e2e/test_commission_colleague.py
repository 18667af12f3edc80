"""What a salesperson gets of a colleague's commission, by all that a client can ask."""

import json

import pytest
from playwright.sync_api import expect
from test_at_once import WAIT, Client

from dev import cluster

SETTLEMENT, ENTRY = "funnel.commission.settlement", "funnel.commission.entry"
REPORT = "crm_sales_funnel.report_commission_a4"
SAID = "Between the two of us"
COLLEAGUE = "王芳 Wang Fang"
AMOUNTS = {SETTLEMENT: "payable", ENTRY: "amount"}


@pytest.fixture(scope="module")
def foreign(demo_site):
    """A settlement of a colleague in another team, and an entry of it."""
    manager = Client(demo_site, "manager")
    (settlement,) = manager.call(
        SETTLEMENT,
        "search_read",
        [["user_id.login", "=", "sales"], ["payable", ">", 0]],
        ["name", "entry_ids"],
        limit=1,
    )
    (report,) = manager.call(
        "ir.actions.report", "search", [["report_name", "=", REPORT]]
    )
    manager.call(SETTLEMENT, "message_post", [settlement["id"]], body=SAID)
    yield {
        "name": settlement["name"],
        "report": report,
        SETTLEMENT: settlement["id"],
        ENTRY: settlement["entry_ids"][0],
    }
    cluster.query(
        f"DELETE FROM mail_message WHERE body LIKE '%{SAID}%' RETURNING id",
        demo_site.database,
    )


@pytest.fixture(scope="module")
def curious(demo_site):
    return Client(demo_site, "sales.daniel")


def ask(client, model, method, *args, **kwargs):
    """Return what the server answers, an error as its name."""
    path = f"/web/dataset/call_kw/{model}/{method}"
    params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
    answer = client.session.post(
        client.site.url + path, json={"params": params}, timeout=WAIT
    ).json()
    return answer["error"]["data"]["name"] if "error" in answer else answer["result"]


@pytest.mark.parametrize("model", [SETTLEMENT, ENTRY])
def test_no_call_tells_it(curious, foreign, model):
    ids, amount = [foreign[model]], AMOUNTS[model]
    by_id = [["id", "in", ids]]
    refused = {
        "read": ([ids, [amount]], {}),
        "web_read": ([ids, {amount: {}}], {}),
        "export_data": ([ids, [amount]], {}),
        "write": ([ids, {amount: 1}], {}),
        "unlink": ([ids], {}),
        "copy": ([ids], {}),
        "message_post": ([ids], {"body": "x"}),
        "action_open_document" if model == ENTRY else "action_dispute": ([ids], {}),
    }
    for method, (args, kwargs) in refused.items():
        answer = ask(curious, model, method, *args, **kwargs)
        assert isinstance(answer, str), method
        assert answer.endswith(("AccessError", "AttributeError", "UserError")), (
            method,
            answer,
        )
    assert ask(curious, model, "search", by_id) == []
    assert ask(curious, model, "search_count", by_id) == 0
    assert ask(curious, model, "search_read", by_id, [amount]) == []
    found = ask(curious, model, "web_search_read", by_id, {amount: {}})
    assert (found["length"], found["records"]) == (0, [])
    # Neither by a sum, nor by asking for whose amount is above what.
    total = f"{amount}:sum"
    for domain in (by_id, [["user_id.login", "=", "sales"]]):
        found = ask(
            curious,
            model,
            "formatted_read_group",
            domain,
            ["user_id"],
            ["__count", total],
        )
        assert found == []
        found = ask(
            curious,
            model,
            "web_read_group",
            domain,
            ["user_id"],
            aggregates=["__count", total],
        )
        assert found["groups"] == []
    assert ask(curious, model, "name_search", foreign["name"]) == []
    said = [["model", "=", SETTLEMENT], ["body", "ilike", SAID]]
    assert ask(curious, "mail.message", "search_read", said, ["body"]) == []


@pytest.mark.parametrize("login", ["sales", "sales.daniel"])
def test_whose_page_and_files_it_is(demo_site, log_in, foreign, login):
    """All ways give it to whose it is, and to nobody else."""
    page, id_ = log_in(demo_site, login), foreign[SETTLEMENT]
    is_own = login == "sales"
    token = page.evaluate("odoo.csrf_token")
    for path in (f"/report/pdf/{REPORT}/{id_}", f"/report/html/{REPORT}/{id_}"):
        answer = page.request.get(path)
        assert answer.ok == is_own, path
    for output, begin in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        answer = page.request.post(
            "/funnel/print",
            form={
                "csrf_token": token,
                "ids": str(id_),
                "report_id": str(foreign["report"]),
                "output": output,
            },
        )
        assert answer.body().startswith(begin) == is_own, output
    answer = page.request.post(
        "/report/download",
        form={
            "csrf_token": token,
            "data": json.dumps([f"/report/pdf/{REPORT}/{id_}", "qweb-pdf"]),
        },
    )
    assert answer.body().startswith(b"%PDF") == is_own
    params = {"thread_model": SETTLEMENT, "thread_id": id_}
    answer = page.request.post("/mail/thread/messages", data={"params": params}).json()
    assert (SAID in json.dumps(answer)) == is_own


def test_the_web_client_opens_it_for_nobody_else(demo_site, log_in, foreign, artefacts):
    page = log_in(demo_site, "sales.daniel", "/odoo/commission-settlements")
    page.locator(".o_data_row, .o_view_nocontent").first.wait_for()
    expect(page.locator(".o_list_view")).not_to_contain_text(COLLEAGUE)
    for path, model in (
        ("commission-settlements", SETTLEMENT),
        ("commission-ledger", ENTRY),
    ):
        page.goto(f"/odoo/{path}/{foreign[model]}")
        expect(
            page.locator(".modal, .o_error_dialog, .o_notification")
        ).not_to_have_count(0)
        page.screenshot(path=artefacts / f"{path}-refused.png")
        expect(page.locator("body")).not_to_contain_text(COLLEAGUE)
