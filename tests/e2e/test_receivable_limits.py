"""What customers owe before and after the invoice, in the browser."""

import webclient as client
from playwright.sync_api import expect

LATE = "广州禾屿五金连锁有限公司"


def cell(page, customer, name):
    row = page.locator(".o_data_row", has_text=customer)
    return " ".join(row.locator(f"[name={name}]").inner_text().split())


def test_finance_finds_who_is_over_the_limit_and_why(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Receivables", "What Customers Owe")
    everybody = page.locator(".o_data_row").count()
    page.locator(".o_searchview_dropdown_toggler").click()
    page.locator(".o-dropdown--menu").get_by_text(
        "Over Limit", exact=True
    ).first.click()
    client.ready(page)
    assert 0 < page.locator(".o_data_row").count() < everybody
    page.keyboard.press("Escape")
    assert "limit ¥ 60,000.00" in cell(page, LATE, "reason")
    page.screenshot(path=artefacts / "over-limit.png")

    owed = cell(page, LATE, "uninvoiced")
    row = page.locator(".o_data_row", has_text=LATE)
    row.get_by_role("button", name="Deliveries").click()
    page.wait_for_selector(".o_breadcrumb :text('Delivered, Not Invoiced')")
    client.ready(page)
    total = page.locator(
        ".o_list_view tfoot [data-tooltip-template], .o_list_view tfoot"
    )
    assert owed in " ".join(total.last.inner_text().split())
    page.locator(".o_data_row .o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")


def test_salesperson_sees_what_own_customers_owe(demo_site, open_as, artefacts):
    page = open_as(demo_site, "sales.zh")
    client.ready(page)
    page.locator(".o_menu_sections").get_by_text("应收款", exact=True).click()
    page.locator(".o-dropdown--menu").get_by_text("客户欠款", exact=True).click()
    client.ready(page)
    expect(page.locator(".o_breadcrumb")).to_contain_text("客户欠款")
    assert page.locator(".o_data_row").count()
    assert not page.locator(".o_data_row", has_text=LATE).count()  # a colleague's
    page.screenshot(path=artefacts / "owe-zh.png")
