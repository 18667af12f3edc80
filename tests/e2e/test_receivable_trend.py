"""How receivables develop, and how late customers pay, in the browser."""

import re

import webclient as client
from playwright.sync_api import expect

LATE = "广州禾屿五金连锁有限公司"


def number(text):
    return float(re.sub(r"[^\d.-]", "", text.replace("−", "-")))


def test_finance_opens_the_trend(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Receivables", "Trend")
    page.wait_for_selector(".o_graph_renderer canvas")
    expect(page.locator(".o_searchview_facet")).to_contain_text("Last 12 Months")
    page.wait_for_timeout(1500)  # the line is drawn slowly
    page.screenshot(path=artefacts / "trend.png")

    page.get_by_role("button", name="Measures").click()
    offered = page.locator(".o-dropdown--menu").inner_text()
    for measure in ("Owes", "Invoiced", "Delivered, Not Invoiced", "Overdue", "31-60"):
        assert measure in offered
    page.locator(".o-dropdown--menu").get_by_text("Overdue", exact=True).click()
    page.keyboard.press("Escape")
    client.ready(page)
    page.screenshot(path=artefacts / "trend-overdue.png")

    page.locator(".o_switch_view.o_pivot").click()
    page.wait_for_selector(".o_pivot")
    client.ready(page)
    totals = [
        number(row.locator(".o_pivot_cell_value").first.inner_text())
        for row in page.locator(".o_pivot tbody tr").all()
    ]
    assert len(totals) > 6
    # The total is what is owed at the last month-end, not that of all months.
    assert totals[0] == totals[-1] > 0
    page.screenshot(path=artefacts / "trend-pivot.png")

    page.locator(".o_switch_view.o_list").click()
    client.ready(page)
    page.locator(".o_data_row .o_data_cell").first.click()
    page.wait_for_selector(".o_breadcrumb :text('Aging')")
    client.ready(page)
    page.screenshot(path=artefacts / "trend-aging.png")


def test_finance_finds_how_late_a_customer_pays(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Receivables", "What Customers Owe")
    row = page.locator(".o_data_row", has_text=LATE)
    delay = number(row.locator("[name=average_delay]").inner_text())
    page.screenshot(path=artefacts / "pays-late.png")
    row.locator("button[name=action_open_payments]").click()
    page.wait_for_selector(".o_breadcrumb :text('Payment Delays')")
    group = page.locator(".o_group_header").first
    group.wait_for()
    client.ready(page)
    assert LATE in group.inner_text()
    shown = [
        number(text)
        for text in group.locator(".o_list_number").all_inner_texts()
        if text.strip()
    ]
    assert shown[-1] == delay
    group.click()
    page.wait_for_selector(".o_data_row")
    rows = page.locator(".o_data_row").all()
    amounts = [number(r.locator("[name=amount]").inner_text()) for r in rows]
    days = [number(r.locator("[name=days]").inner_text()) for r in rows]
    weighted = sum(a * d for a, d in zip(amounts, days)) / sum(amounts)
    assert abs(weighted - delay) < 0.06
    assert abs(sum(amounts) - shown[0]) < 0.01
    page.screenshot(path=artefacts / "payments.png")
    page.locator(".o_data_row .o_data_cell").first.click()
    page.wait_for_selector(".o_form_view")
