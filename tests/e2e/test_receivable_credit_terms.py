"""Credit terms in the browser: Finance, who may not write customers, changes them."""

import json

import pytest
import webclient as client
from playwright.sync_api import expect

LATE = "广州禾屿五金连锁有限公司"
# Somebody of Finance who reads Chinese, and the customer who is late.
MAKE = f"""
import json
login = "finance.zh"
if not env["res.users"].search([("login", "=", login)]):
    env.ref("crm_sales_funnel.demo_user_finance").copy({{
        "name": "周静 Zhou Jing", "login": login, "password": login,
        "lang": "zh_CN"}})
    env.cr.commit()
print(json.dumps(env["res.partner"].search([("name", "=", {LATE!r})]).ids))
"""


@pytest.fixture
def customer(demo_site):
    (late,) = json.loads(demo_site.execute(MAKE).splitlines()[-1])
    return late


def test_finance_changes_the_terms_of_a_customer(
    demo_site, open_as, artefacts, customer
):
    page = open_as(demo_site, "finance", f"/odoo/res.partner/{customer}")
    client.ready(page)
    client.button(page, "Credit Terms").click()
    dialog = page.locator(".modal", has=page.locator("[name=credit_limit]"))
    expect(client.field(dialog, "credit_limit").locator("input")).to_have_value(
        "60,000.00"
    )
    page.screenshot(path=artefacts / "credit-terms-one.png")
    client.fill(dialog, "max_debt_age", "-1")
    client.button(dialog, "Apply").click()
    refused = page.locator(".modal", has_text="cannot be negative")
    refused.locator(".modal-footer button").first.click()
    client.fill(dialog, "max_debt_age", "75")
    client.button(dialog, "Apply").click()
    expect(dialog).to_have_count(0)
    note = page.locator(".o-mail-Message", has_text="Credit terms changed").first
    expect(note).to_contain_text("75")
    page.screenshot(path=artefacts / "credit-terms-note.png")


def test_of_several_customers_what_is_ticked(demo_site, open_as, artefacts, customer):
    page = open_as(demo_site, "finance.zh")
    client.ready(page)
    page.locator(".o_menu_sections").get_by_text("应收款", exact=True).click()
    page.locator(".o-dropdown--menu").get_by_text("客户欠款", exact=True).click()
    client.ready(page)
    for row in page.locator(".o_data_row").all()[:3]:
        row.locator(".o_list_record_selector").click()
    client.button(page, "信用条件").click()
    dialog = page.locator(".modal")
    ticks = dialog.locator(".o_field_boolean:visible input")
    expect(ticks).to_have_count(4)
    client.fill(dialog, "overdue_limit", "90000")
    ticked = client.field(dialog, "changes_overdue_limit").locator("input")
    expect(ticked).to_be_checked()
    page.screenshot(path=artefacts / "credit-terms-zh.png")
    client.button(dialog, "应用").click()
    expect(dialog).to_have_count(0)
