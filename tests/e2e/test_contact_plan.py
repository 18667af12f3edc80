"""Who is due by the plan: seen on the Today screen, explained on the customer, and moved
when the manager changes the plan."""

import re

import pytest
import webclient as client
from playwright.sync_api import expect

from dev import cluster

# A customer of the salesperson whom only the plan asks to contact.
DUE = """
    SELECT partner.id || '|' || partner.complete_name || '|' || partner.next_contact_date
      FROM res_partner AS partner
      JOIN res_users ON res_users.id = partner.next_contact_user_id
      JOIN funnel_contact_plan AS plan ON plan.id = partner.contact_plan_id
     WHERE login = 'sales' AND next_contact_origin = 'plan'
       AND next_contact_date < current_date
       AND last_contact_day + contact_days = next_contact_date
     ORDER BY partner.id LIMIT 1
"""


@pytest.fixture
def due(demo_site):
    """(id, name, date, plan) of a customer who is due by a plan, which stays as it was."""
    customer, name, date = cluster.query(DUE, demo_site.database).split("|")
    plan, days = cluster.query(
        "SELECT plan.id, contact_days FROM funnel_contact_plan AS plan"
        f" JOIN res_partner ON contact_plan_id = plan.id WHERE res_partner.id = {customer}",
        demo_site.database,
    ).split("|")
    return int(customer), name, date, int(plan), int(days)


def test_salesperson_reads_why_and_manager_moves_it(demo_site, open_as, artefacts, due):
    customer, name, date, plan, days = due
    page = open_as(demo_site, "sales")
    page.wait_for_selector("[data-reminder='contacts.overdue']")
    page.screenshot(path=artefacts / "contact-plan-today.png")
    page.locator("[data-reminder='contacts.overdue']").click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)
    page.screenshot(path=artefacts / "contact-plan-list.png")
    client.open_row(page, name)
    why = client.field(page, "next_contact_reason")
    expect(why).to_have_text(re.compile(rf": {days} days after the contact of"))
    page.screenshot(path=artefacts / "contact-plan-customer.png")

    page = open_as(demo_site, "manager")
    client.open_menu(page, "Configuration", "Contact Plans")
    try:
        _set_days(page, plan, demo_site, days + 5)
        page.screenshot(path=artefacts / "contact-plan-plans.png")
        moved = cluster.query(
            f"SELECT next_contact_date - '{date}' FROM res_partner WHERE id = {customer}",
            demo_site.database,
        )
        assert moved == "5"
    finally:
        _set_days(page, plan, demo_site, days)


def _set_days(page, plan, site, days):
    name = cluster.query(
        f"SELECT name->>'en_US' FROM funnel_contact_plan WHERE id = {plan}",
        site.database,
    )
    row = page.locator(".o_data_row", has_text=name).first
    row.locator("[name=contact_days]").click()
    box = page.locator(".o_selected_row [name=contact_days] input")
    box.fill(str(days))
    page.locator(".o_list_button_save:visible").first.click()
    expect(page.locator(".o_selected_row")).to_have_count(0)
