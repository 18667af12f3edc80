"""A plan from nothing: entered, read in a sentence, approved, and seen by who earns."""

import pytest
import webclient as client
from playwright.sync_api import expect
from test_at_once import Client, at_once

from dev import cluster

NAME = "Plan Made by Hand"
IN_WORDS = "4 % of the untaxed amount collected, 5 % above 100,000 a month."


@pytest.fixture
def nothing_left(demo_site):
    """What is approved nobody deletes, so the database does it."""
    yield
    cluster.query(
        f"DELETE FROM funnel_commission_plan WHERE name = '{NAME}' RETURNING id",
        demo_site.database,
    )


def test_manager_approves_and_salesperson_reads(
    demo_site, open_as, artefacts, nothing_left
):
    page = open_as(demo_site, "manager")
    client.open_menu(page, "Commission", "Plans")
    client.button(page, "New").click()
    page.wait_for_selector(".o_form_view")
    client.fill(page, "name", NAME)
    expect(page.locator(".alert-warning")).to_contain_text("enter a rate")
    client.fill(page, "rate", "4")
    expect(page.locator(".alert-warning")).to_have_count(0)
    levels = client.field(page, "level_ids")
    levels.get_by_text("Add a line").click()
    levels.locator("td[name='bound'] input").fill("100000")
    levels.locator("td[name='rate'] input").fill("5")
    page.keyboard.press("Tab")
    expect(client.field(page, "headline")).to_have_text(IN_WORDS)
    client.save(page)
    client.button(page, "Approve").click()
    client.button(page.locator(".modal"), "Ok").click()
    expect(client.button(page, "Make a New Version")).to_be_visible()
    page.screenshot(path=artefacts / "commission-plan.png")

    page = open_as(demo_site, "sales")
    client.open_menu(page, "Commission", "Plans")
    page.wait_for_selector(".o_list_view")
    assert client.button(page, "New").count() == 0
    client.open_row(page, NAME)
    expect(client.field(page, "headline")).to_have_text(IN_WORDS)
    assert page.get_by_role("button", name="Make a New Version").count() == 0
    page.screenshot(path=artefacts / "commission-plan-sales.png")


@pytest.mark.parametrize("first", ["approved", "changed"])
def test_approved_while_a_level_is_entered(demo_site, nothing_left, first):
    """Either the level is in the plan that is approved, or it is refused: what was
    approved is what was there."""
    windows = [Client(demo_site, "manager") for _window in range(2)]
    model, level = "funnel.commission.plan", "funnel.commission.level"
    plan = windows[0].call(model, "create", {"name": NAME, "rate": 3})
    works = [
        lambda: windows[0].call(model, "action_approve", [plan]),
        lambda: refused(windows[1], level, "create", {"plan_id": plan, "bound": 7}),
    ]
    row = f"SELECT id FROM {model.replace('.', '_')} WHERE id = {plan} FOR UPDATE"
    if first == "changed":
        works.reverse()
    answers = at_once(demo_site, row, *works, in_turn=True)
    count = f"SELECT count(*) FROM funnel_commission_level WHERE plan_id = {plan}"
    [state] = windows[0].call(model, "read", [plan], ["state", "level_ids"])
    assert state["state"] == "approved"
    there = cluster.query(count, demo_site.database) == "1"
    message = next((answer for answer in answers if isinstance(answer, str)), None)
    assert (message is None) == there
    assert there or "Make a new version" in message
    assert there == (first == "changed")


def refused(window, model, method, *args):
    """Return why it is refused, or None."""
    try:
        window.call(model, method, *args)
    except AssertionError as refusal:
        return str(refusal)
    return None
