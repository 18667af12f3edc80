"""Monthly settlement in the browser, by a user who works in finance alone."""

import json
import re
from datetime import date, timedelta

import pytest
import webclient as client
from playwright.sync_api import expect
from test_at_once import Client, at_once

DAY = 25
SEQUENCE = (
    "SELECT id FROM ir_sequence WHERE code = 'funnel.statement'"
    " AND company_id IS NOT NULL FOR UPDATE"
)
# Of three days before today: 100.00, 50.00, 20.00; statements of the first two.
CHAIN = """
import json
from datetime import date, timedelta
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].create({"name": "Chain Ltd", "is_company": True})
days = [date.today() - timedelta(days=ago) for ago in (3, 2, 1)]
env["account.move"].create([{
    "move_type": "out_invoice", "partner_id": customer.id, "invoice_date": day,
    "invoice_line_ids": [(0, 0, {
        "name": "Goods", "price_unit": amount, "tax_ids": False})],
} for day, amount in zip(days, (100, 50, 20))]).action_post()
made = [
    env["funnel.statement"]._make(company, customer, days[0], day) for day in days[:2]
]
env.cr.commit()
print(json.dumps({
    "customer": customer.id, "last": made[1].id, "day": days[2].isoformat()}))
"""


@pytest.fixture
def last_cutoff():
    """The last 25th; the demo company's statements of it are still to be made."""
    today = date.today()
    month = today if today.day >= DAY else today.replace(day=1) - timedelta(days=1)
    return month.replace(day=DAY)


def text(locator):
    return " ".join(locator.inner_text().split())


def amount(page, name):
    return float(re.sub(r"[^\d.-]", "", text(client.field(page, name))))


def open_statement(page, row):
    row.locator("[name=partner_id]").click()
    page.wait_for_selector(".o_form_view")
    client.ready(page)


def back(page):
    page.locator(".o_breadcrumb .o_back_button, .breadcrumb-item a").first.click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)


def make(page, last):
    """Make the statements of a cut-off day."""
    client.button(page, "Make Statements").click()
    dialog = page.locator(".modal")
    field = client.field(dialog, "date_to")
    field.click()
    field.locator("input").fill(last.strftime("%m/%d/%Y"))
    field.locator("input").press("Tab")
    client.ready(page)
    client.button(dialog.locator(".modal-footer"), "Make Statements").click()
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".o_list_view")
    client.ready(page)


def test_finance_settles_the_25th(demo_site, open_as, artefacts, last_cutoff):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Receivables", "Statements")
    make(page, last_cutoff)
    page.screenshot(path=artefacts / "statements-made.png")
    rows = page.locator(".o_data_row")
    made = rows.count()
    assert made > 4
    # Once more: nothing is made twice.
    make(page, last_cutoff)
    assert rows.count() == made

    delivered = rows.filter(has_not=page.locator("[name=delivered]", has_text="¥ 0.00"))
    open_statement(page, delivered.nth(0))
    client.button(page, "Mark as Sent").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Sent")
    client.button(page, "Difference").click()
    dialog = page.locator(".modal")
    closing = amount(page, "closing")
    client.fill(dialog, "their_closing", f"{closing - 0.5:.2f}")
    client.fill(dialog, "reason", "抹零")
    client.button(dialog, "Note Difference").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Difference")
    assert amount(page, "difference_amount") == 0.5
    assert round(amount(page, "agreed"), 2) == round(closing - 0.5, 2)
    page.screenshot(path=artefacts / "statement-difference.png")
    back(page)

    open_statement(page, delivered.nth(1))
    client.button(page, "Confirm").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Confirmed")
    client.button(page, "Invoice").click()
    page.wait_for_selector(".o_form_view .o_field_widget[name=invoice_date]")
    client.ready(page)
    page.screenshot(path=artefacts / "statement-invoice.png")
    client.button(page, "Confirm").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Posted")


def test_why_a_balance_is_so(demo_site, open_as):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Receivables", "Statements")
    row = page.locator(".o_data_row").filter(
        has_not=page.locator("[name=delivered]", has_text="¥ 0.00")
    )
    open_statement(page, row.first)
    balances = page.locator("[name=line_ids] .o_data_row [name=balance]")
    closing = text(client.field(page, "closing"))
    assert text(balances.last) == closing
    page.get_by_role("button", name="Open Items").click()
    page.wait_for_selector(".o_breadcrumb :text('Aging')")
    client.ready(page)
    page.go_back()
    client.ready(page)
    page.locator("[name=line_ids] button[name=action_open_document]").first.click()
    page.wait_for_selector(".o_form_view .o_field_widget[name=name]")


def test_salesperson_reads_own_statements_in_chinese(demo_site, open_as, artefacts):
    page = open_as(demo_site, "sales.zh")
    client.ready(page)
    page.locator(".o_menu_sections").get_by_text("应收款", exact=True).click()
    page.locator(".o-dropdown--menu").get_by_text("对账单", exact=True).click()
    client.ready(page)
    assert page.locator(".o_data_row").count()
    salespeople = set(page.locator(".o_data_row [name=user_id]").all_inner_texts())
    assert len(salespeople) == 1
    assert not page.get_by_role("button", name="生成对账单").count()
    page.screenshot(path=artefacts / "statements-zh.png")
    page.locator(".o_data_row [name=partner_id]").first.click()
    page.wait_for_selector(".o_form_view")
    client.ready(page)
    assert not page.get_by_role("button", name="确认", exact=True).count()


def test_two_runs_at_once_make_one_statement_each(demo_site, last_cutoff):
    desks = [Client(demo_site, "finance") for _n in range(2)]
    customers = desks[0].call(
        "funnel.receivable.report",
        "search_read",
        [["uninvoiced", ">", 0]],
        ["partner_id"],
        limit=20,
    )
    partners = [row["partner_id"][0] for row in customers]
    day = last_cutoff.replace(day=DAY - 1).isoformat()

    def run(desk):
        run_id = desk.call(
            "funnel.statement.run",
            "create",
            {"date_to": day, "partner_ids": [[6, 0, partners]]},
        )
        desk.call("funnel.statement.run", "make_next", [run_id])

    at_once(
        demo_site,
        SEQUENCE,
        *(lambda desk=desk: run(desk) for desk in desks),
    )
    made = desks[0].call(
        "funnel.statement",
        "search_read",
        [["date_to", "=", day], ["kind", "=", "settlement"]],
        ["partner_id", "currency_id"],
    )
    keys = [(row["partner_id"][0], row["currency_id"][0]) for row in made]
    assert keys
    assert len(keys) == len(set(keys))


def test_the_last_one_is_deleted_while_the_next_one_is_made(demo_site):
    chain = json.loads(demo_site.execute(CHAIN).splitlines()[-1])
    deleting, making = (Client(demo_site, "finance") for _n in range(2))
    run = making.call(
        "funnel.statement.run",
        "create",
        {"date_to": chain["day"], "partner_ids": [[6, 0, [chain["customer"]]]]},
    )
    at_once(
        demo_site,
        SEQUENCE,
        lambda: deleting.call("funnel.statement", "unlink", [chain["last"]]),
        lambda: making.call("funnel.statement.run", "make_next", [run]),
        in_turn=True,
    )
    left = making.call(
        "funnel.statement",
        "search_read",
        [["partner_id", "=", chain["customer"]]],
        ["opening", "closing"],
        order="date_to",
    )
    balances = [(each["opening"], each["closing"]) for each in left]
    assert balances == [(0, 100), (100, 170)]
