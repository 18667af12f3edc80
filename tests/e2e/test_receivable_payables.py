"""What we owe, in the browser: the aging of the vendors, reminders, statement."""

import re

import webclient as client
from test_receivable_aging import as_of, banner, choose_date, figures, number, plain


def owed(page) -> str:
    """The sum that the line says equals the ledger's."""
    found = re.fullmatch(r"What we owe (.+) = general ledger \(why\?\)", banner(page))
    assert found, banner(page)
    return found[1]


def test_purchasing_reads_what_is_owed_at_any_date(demo_site, open_as, artefacts):
    page = open_as(demo_site, "purchasing")
    client.open_menu(page, "Purchasing", "Payables Aging")
    assert number(owed(page)) > 0
    assert owed(page) in figures(page)
    assert page.locator("thead th", has_text="Buyer").count() == 1
    page.screenshot(path=artefacts / "payables-today.png")

    page.get_by_role("button", name="(why?)").click()
    dialog = page.locator(".modal")
    total = dialog.locator("tr", has_text="Total").locator("td").all_inner_texts()
    aging, ledger = map(plain, total[1:])
    assert aging == ledger == owed(page)
    dialog.get_by_role("button", name="Close").last.click()

    today = as_of(page)
    choose_date(page, "End of last month")
    assert as_of(page) != today
    assert owed(page) in figures(page)

    cell = page.locator("td.o_funnel_aging_cell").first
    amount = cell.inner_text().strip()
    cell.click()
    page.locator(".o_breadcrumb .o_back_button", has_text="Payables Aging").wait_for()
    client.ready(page)
    assert as_of(page) != today
    assert amount in " ".join(figures(page))
    assert not page.get_by_title("Vendor Statement").count()
    document = page.locator(".o_data_row td[name='label']").first
    name = document.inner_text().strip()
    document.click()
    page.locator(".o_form_view").wait_for()
    assert name in page.locator(".o_last_breadcrumb_item").inner_text()


def test_purchasing_is_told_what_has_to_be_paid(demo_site, open_as, artefacts):
    page = open_as(demo_site, "purchasing")
    card = page.locator("[data-card='payables']")
    card.wait_for()
    page.screenshot(path=artefacts / "payables-reminders.png")
    for key in ("today", "week", "overdue"):
        line = card.locator(f"[data-reminder='payables.{key}']")
        count = int(re.search(r"(\d+)\s*document", line.inner_text())[1])
        if not count:
            continue
        amount = plain(line.locator(".o_funnel_amount").inner_text())
        line.click()
        page.locator(".o_list_view").wait_for()
        client.ready(page)
        assert page.locator(".o_data_row").count() == count
        assert amount in figures(page)
        page.locator(".o_back_button", has_text="Today").click()
        card.wait_for()


def test_finance_reads_the_statement_of_a_vendor(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Purchasing", "Payables Aging")
    group = page.locator(".o_group_header").first
    group.locator(".o_group_name").click()
    client.ready(page)
    total = plain(group.locator("td", has_text="¥").first.inner_text())
    page.screenshot(path=artefacts / "payables-group.png")
    page.get_by_role("button", name="Vendor Statement").first.click()
    page.locator(".o_last_breadcrumb_item", has_text="as of").wait_for()
    client.ready(page)
    page.screenshot(path=artefacts / "vendor-statement.png")
    balance = page.locator(".o_data_row td[name='cumulated_balance']").first
    assert number(balance.inner_text()) == -number(total)
