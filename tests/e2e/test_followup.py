"""Who does not pay is followed up in the browser: Finance approves, a salesperson asks."""

import re

import webclient as client
from playwright.sync_api import expect

POLICY = "Demo Company"


def open_followups(page):
    client.open_menu(page, "Receivables", "Follow-ups")
    page.wait_for_selector(".o_list_view")


def choose(page, *filters):
    """Show the rows of some filters alone."""
    for facet in page.locator(".o_searchview_facet .o_facet_remove").all():
        facet.click()
    for name in filters:
        page.locator(".o_searchview_dropdown_toggler").click()
        page.locator(".o-dropdown--menu").get_by_text(name, exact=True).first.click()
        page.keyboard.press("Escape")
    client.ready(page)


def state(page):
    return page.locator(".o_statusbar_status .o_arrow_button_current").inner_text()


def test_finance_follows_up(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    open_followups(page)
    client.button(page, "Propose").click()
    client.ready(page)
    page.screenshot(path=artefacts / "followups.png")

    # Nothing is sent: what will be said is read first.
    choose(page, "To Approve", "Letters")
    row = page.locator(".o_data_row").first
    customer = row.locator("td[name=partner_id]").inner_text()
    expect(row.locator("td[name=state]")).to_contain_text("To Approve")
    client.open_row(page, customer)
    items = client.field(page, "item_ids").locator(".o_data_row")
    document = items.first.locator("td[name=move_id]").inner_text()
    assert document
    items.first.locator("td[name=amount]").click()
    expect(page.locator(".modal [name=move_id]").first).to_contain_text(document)
    page.keyboard.press("Escape")
    page.locator(".modal").wait_for(state="detached")
    page.get_by_role("tab", name="Message").click()
    expect(client.field(page, "preview")).to_contain_text("Please pay")
    page.screenshot(path=artefacts / "followup-letter.png")

    client.button(page, "Approve").click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)
    client.open_row(page, customer)
    assert state(page) == "To Do"
    with page.expect_download(timeout=60_000) as download:
        client.button(page, "Print the Letter").click()
    letter = artefacts / "followup-letter.pdf"
    download.value.save_as(letter)
    printed = client.pdf_text(letter)
    assert customer in printed
    page.reload()
    client.ready(page)
    assert state(page) == "Done"
    page.screenshot(path=artefacts / "followup-done.png")


def test_a_salesperson_asks_the_customer(demo_site, open_as, artefacts):
    page = open_as(demo_site, "sales")
    page.wait_for_selector(".o_funnel_today .card")
    asked = page.locator("[data-reminder='followup.task']")
    count = int(re.search(r"\d+", asked.locator("> span").nth(1).inner_text()).group())
    assert count
    asked.click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)
    rows = page.locator(".o_data_row")
    assert rows.count() == count
    rows.first.locator("td[name=partner_id]").click()
    page.wait_for_selector(".o_form_view")
    client.ready(page)
    page.screenshot(path=artefacts / "followup-task.png")
    client.button(page, "Log a Contact").first.click()
    dialog = page.locator(".modal")
    dialog.locator(
        "[name=channel_id] .o_selection_badge, [name=channel_id] label"
    ).first.click()
    client.field(dialog, "summary").locator("textarea").fill("He pays on Friday")
    page.screenshot(path=artefacts / "followup-contact.png")
    client.button(dialog, "Save").click()
    dialog.wait_for(state="detached")
    page.reload()
    client.ready(page)
    assert state(page) == "Done"
    answer = client.field(page, "answer").locator("textarea")
    expect(answer).to_have_value("He pays on Friday")
