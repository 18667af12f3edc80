"""Performance and targets in the browser, each by a user with only that role."""

import pytest
import webclient as client
from playwright.sync_api import expect

MINE, COLLEAGUE = "王芳 Wang Fang", "Anna Keller"
TAKE_AWAY = """
env["funnel.target"].search([("measure", "=", "margin")]).unlink()
env.cr.commit()
"""
# A cell, and what is in it, is as wide as its text.
IS_WHOLE = """cell => [cell, ...cell.querySelectorAll("*")].every(
    one => one.scrollWidth <= one.clientWidth || !one.clientWidth)"""


@pytest.fixture
def target_site(demo_site):
    """The demo company, whose targets are afterwards those that it had."""
    yield demo_site
    demo_site.execute(TAKE_AWAY)


def open_performance(page, item="Performance"):
    client.open_menu(page, "Analysis", item)
    page.locator(".o_pivot table").wait_for()
    # Of whichever month: the demo company may have begun one today.
    page.locator(".o_searchview_facet", has_text="Date").locator(
        ".o_facet_remove"
    ).click()
    client.ready(page)


def test_a_salesperson_sees_own_figures_only(demo_site, open_as, artefacts):
    page = open_as(demo_site, "sales")
    open_performance(page)
    page.screenshot(path=artefacts / "performance-own.png")
    rows = page.locator(".o_pivot tbody tr th")
    expect(rows).to_have_text(["Total", MINE])
    # A figure opens its documents: of no colleague either.
    page.locator("td.o_pivot_cell_value").first.click()
    expect(page.locator(".breadcrumb-item, .o_breadcrumb")).to_contain_text(["Ordered"])
    page.locator(".o_data_row").first.wait_for()
    expect(page.locator(".o_list_view")).not_to_contain_text(COLLEAGUE)
    # Of a salesperson's targets nothing can be changed.
    client.open_menu(page, "Commission", "Targets")
    page.locator(".o_list_view").wait_for()
    expect(client.button(page, "New")).to_have_count(0)


def test_a_manager_sets_a_target_and_sees_the_bar(target_site, open_as, artefacts):
    page = open_as(target_site, "manager")
    client.open_menu(page, "Commission", "Targets")
    client.button(page, "New").click()
    row = page.locator(".o_selected_row")
    client.pick(page, "user_id", COLLEAGUE, within=row)
    row.locator("[name=measure] input").click()
    page.locator(".o_select_menu_item", has_text="Margin").click()
    row.locator("[name=amount] input").fill("2500")
    page.locator(".o_list_button_save").first.click()
    expect(page.locator(".o_selected_row")).to_have_count(0)
    page.screenshot(path=artefacts / "target-set.png")

    client.open_menu(page, "Analysis", "Against Target")
    group = page.locator(".o_group_header", has_text="Margin")
    row = group.locator("xpath=following-sibling::tr[1]")
    expect(row).to_contain_text(COLLEAGUE)
    expect(row).to_contain_text("2,500")
    expect(row.locator(".o_progressbar")).to_contain_text("%")
    page.screenshot(path=artefacts / "target-bar.png")
    row.locator(".o_data_cell").nth(1).click()
    page.locator(".o_pivot table").wait_for()
    expect(page.locator(".o_pivot thead")).to_contain_text("Margin")


def test_the_order_desk_sees_the_teams(demo_site, open_as, artefacts):
    page = open_as(demo_site, "orderdesk")
    open_performance(page, "Performance by Team")
    page.screenshot(path=artefacts / "performance-teams.png")
    expect(page.locator(".o_pivot tbody")).to_contain_text("China and Asia")
    expect(page.locator(".o_pivot tbody")).to_contain_text("Overseas")


def group_by(page, label):
    page.locator(".o_searchview_dropdown_toggler").click()
    page.get_by_role("menuitemcheckbox", name=label, exact=True).click()
    client.ready(page)
    page.keyboard.press("Escape")


def test_what_is_compared_has_no_total(demo_site, open_as, artefacts):
    page = open_as(demo_site, "manager")
    open_performance(page)
    total = page.locator(".o_pivot tbody tr").first.locator("td .o_value")
    ordered = total.first.text_content()
    group_by(page, "Compared with Target and Last Year")
    rows = page.locator(".o_pivot tbody tr")
    expect(rows.locator("th")).to_have_text(["Total", "Actual", "Last Year", "Target"])
    page.screenshot(path=artefacts / "performance-compared.png")
    expect(total).to_have_text([""] * 5)
    expect(rows.nth(1)).to_contain_text(ordered)

    page.locator(".o_switch_view.o_list").click()
    client.ready(page)
    expect(page.locator(".o_group_header").first).to_contain_text(ordered)
    expect(page.locator("tfoot .o_list_number")).to_have_count(0)
    page.screenshot(path=artefacts / "performance-compared-list.png")

    # What is not compared has totals, and room for a million.
    page.locator(".o_facet_remove").click()
    client.ready(page)
    group_by(page, "Salesperson")
    totals = page.locator("tfoot .o_list_number")
    expect(totals).to_have_count(5)
    expect(totals.first).to_have_text(ordered)
    assert len(ordered) >= len("¥ 1,000,000.00")
    page.screenshot(path=artefacts / "performance-list.png")
    for cell in totals.all():
        assert cell.evaluate(IS_WHOLE), cell.text_content()


def test_money_received_is_no_delivery_in_chinese(demo_site, open_as):
    """Another thing than the receipts of the warehouse."""
    action = "/odoo/action-crm_sales_funnel.funnel_performance_report_action"
    page = open_as(demo_site, "sales.zh", action)
    page.locator(".o_pivot table").wait_for()
    page.locator(".o_searchview_dropdown_toggler").click()
    filters = page.locator(".o_filter_menu")
    expect(filters.get_by_text("收款", exact=True)).to_have_count(1)
