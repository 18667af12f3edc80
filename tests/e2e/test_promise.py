"""Promises and disputes in the browser: taken in the aging, broken the day after."""

import re
from datetime import date, timedelta

import pytest
import webclient as client
from playwright.sync_api import expect
from test_at_once import Client, at_once

CUSTOMER = "守信五金行"
OF_A_COLLEAGUE = "远方建材"
MAKE = """
from datetime import date, timedelta
from odoo import Command
company = env["res.users"].search([("login", "=", "finance")]).company_id
env = env(context=dict(env.context, allowed_company_ids=company.ids))
for name, login, amount in (
    ("%s", "sales", 1234), ("%s", "sales.zh", 777),
):
    user = env["res.users"].search([("login", "=", login)])
    customer = env["res.partner"].create({
        "name": name, "is_company": True, "customer_rank": 1, "user_id": user.id,
        "property_payment_term_id": False,
    })
    invoices = env["account.move"].create([{
        "move_type": "out_invoice", "partner_id": customer.id,
        "invoice_user_id": user.id, "invoice_payment_term_id": False,
        "invoice_date": date.today() - timedelta(days=days + 20),
        "invoice_date_due": date.today() - timedelta(days=days),
        "invoice_line_ids": [Command.create({
            "name": "goods", "quantity": 1, "price_unit": amount,
            "tax_ids": [Command.clear()],
        })],
    } for days in (10, 12)])
    invoices.action_post()
env.cr.commit()
"""
# As long as it takes until tomorrow.
NEXT_DAY = """
env.cr.execute(
    "UPDATE funnel_payment_promise SET date = date - 5, date_due = CURRENT_DATE - 1"
    " WHERE note LIKE 'By bank transfer%'"
)
env.cr.commit()
"""


@pytest.fixture(scope="module")
def promise_site(demo_site):
    """The demo company with a customer of each of two salespeople, who pay late."""
    demo_site.execute(MAKE % (CUSTOMER, OF_A_COLLEAGUE))
    return demo_site


def open_aging_of(page, customer):
    client.open_menu(page, "Receivables", "Aging")
    client.search(page, customer)
    page.locator(".o_group_header", has_text=customer).first.click()
    page.locator(".o_data_row").first.wait_for()
    client.ready(page)


def select(page, row):
    row.locator(".o_list_record_selector input").check()
    client.ready(page)


def choose(dialog, label):
    dialog.get_by_text(label, exact=True).click()


def row_of(page, text):
    return page.locator(".o_data_row", has_text=text)


def test_1_finance_takes_a_promise_from_the_aging(promise_site, open_as, artefacts):
    page = open_as(promise_site, "finance")
    open_aging_of(page, CUSTOMER)
    rows = page.locator(".o_data_row")
    assert rows.count() == 2
    for row in rows.all():
        select(page, row)
    client.button(page, "Take a Promise").click()
    dialog = page.locator(".modal")
    expect(client.field(dialog, "amount").locator("input")).to_have_value("2,468.00")
    choose(dialog, "+3 d")
    client.fill(dialog, "amount", "2000")
    client.fill(dialog, "note", "By bank transfer, says the owner")
    client.ready(page)
    expect(client.field(dialog, "amount").locator("input")).to_have_value("2,000.00")
    page.screenshot(path=artefacts / "promise-dialog.png")
    client.button(dialog, "Take the Promise").click()
    page.wait_for_selector(".modal", state="detached")
    client.ready(page)
    promised = page.locator(".o_data_row button[name=action_open_promise]")
    expect(promised).to_have_count(2)
    table = page.locator(".o_list_renderer")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth"), "columns are cut"
    page.screenshot(path=artefacts / "promise-aging.png")

    # It is there, and the aging knows it.
    client.open_menu(page, "Receivables", "Promises")
    row = row_of(page, CUSTOMER)
    expect(row.locator("td[name=state]")).to_have_text("Open")
    expect(row.locator("td[name=amount_missing]")).to_contain_text("2,000.00")
    page.screenshot(path=artefacts / "promises.png")
    table = page.locator(".o_list_renderer")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth"), "columns are cut"
    page.locator(".o_switch_view.o_pivot").click()
    page.locator(".o_pivot_view td").first.wait_for()
    page.screenshot(path=artefacts / "promise-pivot.png")
    client.open_menu(page, "Receivables", "Promises")
    client.open_row(page, CUSTOMER)
    assert page.locator("[name=line_ids] .o_data_row").count() == 2
    page.screenshot(path=artefacts / "promise.png")
    client.open_menu(page, "Receivables", "Aging")
    page.locator(".o_searchview_dropdown_toggler").click()
    page.locator(".o-dropdown--menu").get_by_text("Promised", exact=True).click()
    page.keyboard.press("Escape")
    client.ready(page)
    expect(page.locator(".o_group_header", has_text=CUSTOMER)).to_have_count(1)

    # What is promised is not promised twice.
    open_aging_of(page, CUSTOMER)
    select(page, page.locator(".o_data_row").first)
    client.button(page, "Take a Promise").click()
    client.button(page.locator(".modal"), "Take the Promise").click()
    expect(
        page.locator(".o_error_dialog, .o_notification, .modal").last
    ).to_contain_text("is promised already")


def test_2_it_is_broken_the_next_day(promise_site, open_as, artefacts):
    promise_site.execute(NEXT_DAY)
    page = open_as(promise_site, "finance")
    line = page.locator("[data-reminder='promises.broken']")
    line.wait_for()
    count = int(re.search(r"(\d+)\s*promise", line.inner_text())[1])
    assert count >= 1
    page.screenshot(path=artefacts / "promise-today.png")
    line.click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)
    assert page.locator(".o_data_row").count() == count
    expect(row_of(page, CUSTOMER).locator("td[name=state]")).to_have_text("Broken")
    client.open_menu(page, "Receivables", "Promises")
    expect(row_of(page, CUSTOMER).locator("td[name=state]")).to_have_text("Broken")
    page.screenshot(path=artefacts / "promise-broken.png")


def test_3_each_salesperson_sees_own_promises(promise_site, open_as, artefacts):
    finance = open_as(promise_site, "finance")
    open_aging_of(finance, OF_A_COLLEAGUE)
    select(finance, finance.locator(".o_data_row").first)
    client.button(finance, "Take a Promise").click()
    client.button(finance.locator(".modal"), "Take the Promise").click()
    finance.wait_for_selector(".modal", state="detached")

    page = open_as(promise_site, "sales")
    page.locator("[data-reminder='promises.broken']").click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)
    expect(row_of(page, CUSTOMER)).to_have_count(1)
    client.open_menu(page, "Receivables", "Promises")
    expect(row_of(page, CUSTOMER)).to_have_count(1)
    expect(row_of(page, OF_A_COLLEAGUE)).to_have_count(0)
    client.open_row(page, CUSTOMER)
    expect(page.locator("[name=line_ids] .o_data_row")).to_have_count(2)
    page.screenshot(path=artefacts / "promise-salesperson.png")
    # A new promise takes its place.
    client.open_menu(page, "Receivables", "Promises")
    client.button(page, "Take a Promise").click()
    dialog = page.locator(".modal")
    client.pick(page, "partner_id", CUSTOMER, within=dialog)
    client.ready(page)
    expect(client.field(dialog, "amount").locator("input")).to_have_value("2,468.00")
    client.button(dialog, "Take the Promise").click()
    page.wait_for_selector(".modal", state="detached")
    client.ready(page)
    expect(row_of(page, CUSTOMER)).to_have_count(1)
    expect(row_of(page, CUSTOMER).locator("td[name=state]")).to_have_text("Open")


def test_4_finance_disputes_an_invoice_and_resolves_it(
    promise_site, open_as, artefacts
):
    page = open_as(promise_site, "finance")
    open_aging_of(page, OF_A_COLLEAGUE)
    number = page.locator(".o_data_row td[name='label']").last.inner_text().strip()
    page.locator(".o_data_row td[name='label']").last.click()
    page.wait_for_selector(".o_form_view")
    client.ready(page)
    page.screenshot(path=artefacts / "dispute-invoice.png")
    client.button(page, "Dispute").click()
    dialog = page.locator(".modal")
    expect(client.field(dialog, "amount").locator("input")).to_have_value("777.00")
    choose(dialog, "Quantity")
    client.fill(dialog, "note", "Two boxes are missing.")
    page.screenshot(path=artefacts / "dispute-dialog.png")
    client.button(dialog, "Open the Dispute").click()
    page.wait_for_selector(".modal", state="detached")
    client.ready(page)

    client.open_menu(page, "Receivables", "Disputes")
    row = row_of(page, number)
    expect(row.locator("td[name=state]")).to_have_text("Open")
    page.screenshot(path=artefacts / "disputes.png")
    row.locator("td[name=category]").click()
    page.wait_for_selector(".o_form_view")
    client.ready(page)
    client.fill(page, "resolution", "The boxes were found.")
    client.button(page, "Resolve").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Resolved")
    page.screenshot(path=artefacts / "dispute.png")


def test_5_two_take_a_promise_of_the_same_item_at_once(promise_site):
    """One of them is told so, and the item is promised once."""
    promise_site.execute(MAKE % ("同时承诺公司", "同时承诺二公司"))
    desks = [Client(promise_site, login) for login in ("finance", "sales")]
    [partner] = desks[1].call(
        "res.partner", "search", [["name", "=", "同时承诺公司"]], limit=1
    )
    day = (date.today() + timedelta(days=3)).isoformat()

    def take(desk):
        try:
            return desk.call(
                "funnel.payment.promise",
                "create",
                {"partner_id": partner, "date_due": day},
            )
        except AssertionError as refused:
            return str(refused)

    # The reference to the customer lets each wait until both have found the items.
    results = at_once(
        promise_site,
        f"SELECT id FROM res_partner WHERE id = {partner} FOR UPDATE",
        *(lambda desk=desk: take(desk) for desk in desks),
    )
    refusals = [result for result in results if isinstance(result, str)]
    assert len(refusals) == 1, results
    assert "Somebody else has just taken a promise" in refusals[0], refusals
    promises = desks[0].call(
        "funnel.payment.promise", "search_count", [["partner_id", "=", partner]]
    )
    assert promises == 1
