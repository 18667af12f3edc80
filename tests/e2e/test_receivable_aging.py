"""The aging in the browser: date, proof against the ledger, way to the documents."""

import re

import webclient as client


def plain(text: str) -> str:
    """A text with plain spaces, where the client has put some that do not break."""
    return " ".join(text.split())


def banner(page) -> str:
    """The line below the date, once it is there."""
    line = page.locator(".o_funnel_aging_tie_out")
    line.wait_for()
    return plain(line.inner_text())


def proven_sum(page) -> str:
    """The sum that the line says equals the ledger's."""
    return parts(page)[0]


def parts(page) -> tuple[str, str, str]:
    """What is invoiced as in the ledger, what is not, and both together."""
    found = re.fullmatch(
        r"Invoiced (.+) = general ledger \(why\?\)"
        r" \+ Delivered, not invoiced (.+) = Customers owe (.+)",
        banner(page),
    )
    assert found, banner(page)
    return found.groups()


def number(amount: str) -> float:
    return float(re.sub(r"[^\d.-]", "", amount))


def as_of(page) -> str:
    return page.locator("#funnel_aging_as_of").input_value()


def choose_date(page, shortcut: str) -> None:
    page.locator(".o_funnel_aging_shortcuts").click()
    menu = page.locator(".o-dropdown--menu")
    menu.get_by_role("menuitem", name=shortcut).click()
    client.ready(page)


def figures(page) -> list[str]:
    """What the list adds up, column by column."""
    return [
        plain(text) for text in page.locator(".o_list_view tfoot td").all_inner_texts()
    ]


def test_finance_reads_any_date_and_opens_the_documents(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Receivables", "Aging")
    assert proven_sum(page) in figures(page)
    page.screenshot(path=artefacts / "aging-today.png")
    table = page.locator(".o_list_renderer")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth"), "columns are cut"

    page.get_by_role("button", name="(why?)").click()
    dialog = page.locator(".modal")
    total = dialog.locator("tr", has_text="Total").locator("td").all_inner_texts()
    aging, ledger = map(plain, total[1:])
    assert aging == ledger == proven_sum(page)
    dialog.get_by_role("button", name="Close").last.click()

    today = as_of(page)
    choose_date(page, "End of last month")
    assert as_of(page) != today
    assert proven_sum(page) in figures(page)

    for view in ("pivot", "graph", "list"):
        page.locator(f".o_switch_view.o_{view}").click()
        page.locator(f".o_{view}_view").wait_for()
        client.ready(page)
        assert as_of(page) != today, view

    cell = page.locator("td.o_funnel_aging_cell").first
    amount = cell.inner_text().strip()
    cell.click()
    page.locator(".o_breadcrumb .o_back_button", has_text="Aging").wait_for()
    client.ready(page)
    assert amount in " ".join(figures(page))
    document = page.locator(".o_data_row td[name='label']").first
    name = document.inner_text().strip()
    document.click()
    page.locator(".o_form_view").wait_for()
    assert name in page.locator(".o_last_breadcrumb_item").inner_text()


def test_salesperson_sees_own_customers_and_no_ledger(demo_site, open_as, artefacts):
    page = open_as(demo_site, "sales")
    client.open_menu(page, "Receivables", "Aging")
    line = r"Invoiced (.+) \+ Delivered, not invoiced (.+) = Your customers owe (.+)"
    own = re.fullmatch(line, banner(page))
    assert own, banner(page)
    invoiced, more, owed = map(number, own.groups())
    assert round(invoiced + more, 2) == owed
    page.locator(".o_group_header .o_group_name").first.click()
    document = page.locator(".o_data_row td[name='label']").first
    name = document.inner_text().strip()
    document.click()
    page.locator(".o_form_view").wait_for()
    assert name in page.locator(".o_form_view").inner_text()
    page.screenshot(path=artefacts / "aging-salesperson.png")


def test_what_is_not_invoiced_opens_at_the_same_date(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Receivables", "Aging")
    now = parts(page)
    assert round(number(now[0]) + number(now[1]), 2) == number(now[2])
    choose_date(page, "End of last month")
    invoiced, more, owed = parts(page)
    assert round(number(invoiced) + number(more), 2) == number(owed)
    assert more != now[1]
    date = as_of(page)

    page.get_by_role("button", name="Delivered, not invoiced").click()
    page.locator(
        ".o_last_breadcrumb_item", has_text="Delivered, Not Invoiced"
    ).wait_for()
    client.ready(page)
    assert as_of(page) == date
    assert more in figures(page)
    page.screenshot(path=artefacts / "uninvoiced-past.png")
    for view in ("pivot", "graph", "list"):
        page.locator(f".o_switch_view.o_{view}").click()
        page.locator(f".o_{view}_view").wait_for()
        client.ready(page)
        assert as_of(page) == date, view
    choose_date(page, "Today")
    assert now[1] in figures(page)
    page.locator(".o_back_button").click()
    client.ready(page)
    assert parts(page) == (invoiced, more, owed)
