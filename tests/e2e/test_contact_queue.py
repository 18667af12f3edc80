"""Contacts in the browser: one after the other, found by initials, read by the leader."""

import pytest
import webclient as client
from playwright.sync_api import expect

from dev import cluster

# What was logged one by one is taken back: others read the same contacts.
UNDO = """
env["funnel.contact.log"].search(
    ["|", ("queue_line_id", "!=", False), ("summary", "=", "Typed before")]
).unlink()
env["funnel.contact.queue"].search([]).unlink()
env["crm.lead"].search([("name", "=", "Shelves")]).unlink()
env.cr.commit()
"""

# A lead of a customer, due first of all.
NEW_LEAD = """
env["funnel.contact.queue"].search([]).unlink()
user = env["res.users"].search([("login", "=", "sales")])
customer = env["res.partner"].search(
    [("user_id", "=", user.id), ("is_company", "=", True), ("name", "not like", "立白")],
    limit=1,
)
env["crm.lead"].create({
    "name": "Shelves",
    "type": "opportunity",
    "user_id": user.id,
    "partner_id": customer.id,
    "next_contact_date": fields.Date.subtract(fields.Date.today(), years=4),
})
env.cr.commit()
"""

# The first of a new queue, who is deleted while the dialog is open.
NEW_QUEUE = """
env["funnel.contact.queue"].search([]).unlink()
user = env["res.users"].search([("login", "=", "sales")])
day = fields.Date.subtract(fields.Date.today(), years=5)
env["res.partner"].create({
    "name": "Gone Ltd", "is_company": True, "user_id": user.id, "next_contact_date": day,
})
env.cr.commit()
"""


@pytest.fixture(scope="module")
def contact_site(demo_site):
    """The demo company, left as it was."""
    yield demo_site
    demo_site.execute(UNDO)


def dialog_of(page, position):
    dialog = page.locator(".modal", has_text=f": {position} of ")
    dialog.wait_for()
    client.ready(page)
    return dialog


def test_1_salesperson_contacts_one_after_the_other(contact_site, open_as, artefacts):
    page = open_as(contact_site, "sales")
    client.button(page, "Contacts one by one").click()
    dialog = dialog_of(page, 1)
    page.screenshot(path=artefacts / "contact-queue.png")
    expect(client.field(dialog, "partner_id")).to_be_visible()
    client.button(dialog, "Visit").press("Enter")
    client.fill(dialog, "summary", "Showed the new gloves")
    client.fill(dialog, "place", "Their warehouse")
    client.button(dialog, "+1 w").press("Space")
    page.screenshot(path=artefacts / "contact-queue-visit.png")
    page.keyboard.press("Alt+q")

    dialog = dialog_of(page, 2)
    client.button(dialog, "Phone").click()
    client.fill(dialog, "summary", "Half a sent")
    page.once("dialog", lambda question: question.accept())  # leave the page?
    page.reload()  # the page is lost, and nothing saved
    page.wait_for_selector(".o_funnel_today .card")
    page.get_by_role("button", name="Go on: 2 of").click()
    dialog = dialog_of(page, 2)
    client.button(dialog, "Skip").click()
    dialog = dialog_of(page, 3)
    page.screenshot(path=artefacts / "contact-queue-third.png")
    client.button(dialog, "Stop").click()
    page.get_by_text("Logged: 1, skipped: 1, left for later:").wait_for()
    expect(page.locator(".modal")).to_have_count(0)
    places = cluster.query(
        "SELECT place FROM funnel_contact_log WHERE queue_line_id IS NOT NULL",
        contact_site.database,
    )
    assert places == "Their warehouse"
    page.goto("/odoo/today")
    client.button(page, "Log a contact").click()
    page.locator(".modal").wait_for()
    client.pick(page, "partner_id", "立白", page.locator(".modal"))
    client.button(page.locator(".modal"), "Phone").click()
    client.fill(page.locator(".modal"), "summary", "Half a sentence")
    page.go_back()
    expect(page.locator(".modal")).to_have_count(0)
    halves = "SELECT count(*) FROM funnel_contact_log WHERE summary LIKE 'Half a %'"
    assert cluster.query(halves, contact_site.database) == "0"


def test_2_customer_is_found_by_initials(contact_site, open_as, artefacts):
    page = open_as(contact_site, "sales")
    client.open_menu(page, "Customers", "Customers")
    client.search(page, "lb")
    expect(page.locator(".o_data_row", has_text="立白")).to_be_visible()
    page.screenshot(path=artefacts / "contact-search-initials.png")
    page.goto("/odoo/today")
    client.button(page, "Log a contact").click()
    box = client.field(page.locator(".modal"), "partner_id").locator("input")
    box.press_sequentially("lb")
    page.locator(".o-autocomplete--dropdown-item", has_text="立白").click()
    expect(box).to_have_value("立白商贸有限公司")


def test_3_leader_reads_the_calls_and_visits_of_yesterday(
    contact_site, open_as, artefacts
):
    page = open_as(contact_site, "leader")
    client.open_menu(page, "Analysis", "Calls and Visits of Yesterday")
    groups = page.locator(".o_group_header")
    groups.first.wait_for()
    groups.first.click()
    page.locator(".o_data_row").first.wait_for()
    page.screenshot(path=artefacts / "contacts-yesterday.png")
    channels = page.locator(".o_data_row [name=channel_id]").all_inner_texts()
    assert channels and set(channels) <= {"Phone", "Visit"}
    client.open_menu(page, "Analysis", "Contacts")
    page.wait_for_selector(".o_pivot table")
    page.screenshot(path=artefacts / "contact-analysis.png")


def test_4_customer_is_deleted_while_the_dialog_is_open(
    contact_site, open_as, artefacts
):
    contact_site.execute("from odoo import fields\n" + NEW_QUEUE)
    page = open_as(contact_site, "sales")
    client.button(page, "Contacts one by one").click()
    dialog = dialog_of(page, 1)
    client.button(dialog, "Phone").click()
    client.fill(dialog, "summary", "Typed before")
    cluster.query(
        "DELETE FROM res_partner WHERE name = 'Gone Ltd'", contact_site.database
    )
    page.keyboard.press("Alt+q")
    page.get_by_text("Nothing that you typed is lost").wait_for()
    page.screenshot(path=artefacts / "contact-queue-deleted.png")
    client.pick(page, "partner_id", "立白", dialog)
    page.keyboard.press("Alt+q")
    # Who was chosen stood in the queue as well, and is not asked for again.
    dialog = dialog_of(page, 2)
    expect(client.field(dialog, "summary").locator("textarea")).to_have_value("")
    client.button(dialog, "Stop").click()
    expect(page.locator(".modal")).to_have_count(0)
    logged = cluster.query(
        "SELECT partner.name FROM funnel_contact_log AS log"
        " JOIN res_partner AS partner ON partner.id = log.partner_id"
        " WHERE log.summary = 'Typed before'",
        contact_site.database,
    )
    assert logged.startswith("立白")


def test_5_contact_about_a_lead(contact_site, open_as, artefacts):
    contact_site.execute("from odoo import fields\n" + NEW_LEAD)
    lead = cluster.query(
        "SELECT id FROM crm_lead WHERE name = 'Shelves'", contact_site.database
    )
    page = open_as(contact_site, "sales")
    client.button(page, "Contacts one by one").click()
    dialog = dialog_of(page, 1)
    expect(client.field(dialog, "lead_id").locator("input")).to_have_value("Shelves")
    expect(dialog.get_by_text("By hand on")).to_be_visible()
    page.screenshot(path=artefacts / "contact-queue-lead.png")
    client.button(dialog, "Stop").click()
    expect(page.locator(".modal")).to_have_count(0)
    page.goto(f"/odoo/crm.lead/{lead}")
    client.button(page, "Log a Contact").click()
    dialog = page.locator(".modal")
    chosen = client.field(dialog, "lead_id").locator("input")
    expect(chosen).to_have_value("Shelves")
    expect(dialog.get_by_text("Next Contact with the Lead")).to_be_visible()
    page.screenshot(path=artefacts / "contact-lead.png")
    client.pick(page, "partner_id", "立白", dialog)
    expect(chosen).to_have_value("")
    expect(dialog.get_by_text("Next Contact with the Customer")).to_be_visible()
