"""Payroll entry as Finance uses it, what each person reads of it, and two clerks at the
same moment."""

import json

import pytest
from playwright.sync_api import expect
from test_at_once import at_once
from test_receivable_credit_at_once import Clerk
from webclient import button, field, fill, menus, open_menu, open_row, ready

PASTE = "E001\t8,000.00\t１００\nNobody\t1\nE004\tx\n"
GOOD = "Name\tBonus\tWages\nE001\t100\t8,000.00\nDaniel Hughes\t\t9000\n"

MAKE = """
import json
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
wages = env.ref("crm_sales_funnel.cost_item_wages")
people = env["res.partner"].create([{"name": "At Once A"}, {"name": "At Once B"}])
payroll = env["funnel.payroll"].create({
    "company_id": company.id, "month": "2020-01-01", "date": "2026-01-31",
    "item_ids": wages.ids,
    "rows": {"lines": [
        {"partner_id": people[0].id, "amounts": {str(wages.id): 5000}}]},
})
env.cr.commit()
print(json.dumps({
    "payroll": payroll.id, "people": people.ids, "wages": wages.id,
    "version": payroll.version}))
"""


@pytest.fixture(scope="module")
def clerks(demo_site):
    return [Clerk(demo_site, login) for login in ("finance", "both")]


@pytest.fixture
def made(demo_site):
    return json.loads(demo_site.execute(MAKE).splitlines()[-1])


def hold(made):
    return f"SELECT id FROM funnel_payroll WHERE id = {made['payroll']} FOR UPDATE"


def test_two_clerks_post_one_entry(demo_site, clerks, made):
    answers = at_once(
        demo_site,
        hold(made),
        *(
            lambda clerk=clerk: clerk.attempt(
                "funnel.payroll", "action_post", [made["payroll"]]
            )
            for clerk in clerks
        ),
    )
    (refused,) = filter(None, answers)
    assert "Only drafts are posted" in refused
    items = clerks[0].call(
        "account.move.line",
        "search_read",
        [["partner_id", "=", made["people"][0]]],
        ["balance"],
    )
    assert sorted(item["balance"] for item in items) == [-5000, 5000]


def test_nobody_writes_over_another(demo_site, clerks, made):
    """Both have the same grid before them, and change another line of it."""
    answers = at_once(
        demo_site,
        hold(made),
        *(
            lambda clerk=clerk, person=person: clerk.attempt(
                "funnel.payroll",
                "write",
                [made["payroll"]],
                {
                    "rows": {
                        "version": made["version"],
                        "lines": [
                            {
                                "partner_id": person,
                                "amounts": {str(made["wages"]): 1},
                            }
                        ],
                    }
                },
            )
            for clerk, person in zip(clerks, made["people"], strict=True)
        ),
    )
    (refused,) = filter(None, answers)
    assert "Somebody else has changed" in refused


# ----------------------------------------------------------------------
# In the browser
# ----------------------------------------------------------------------


def cell(page, name, column):
    return page.get_by_role("textbox", name=f"{name}, {column}")


def paste(target, text):
    target.evaluate(
        """(element, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            element.dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: data, bubbles: true}),
            );
        }""",
        text,
    )


def test_finance_enters_the_wages_and_each_reads_his_own(demo_site, open_as):
    page = open_as(demo_site, "finance")
    open_menu(page, "Cash", "Payroll Entry")
    button(page, "New").click()
    page.wait_for_selector(".o_funnel_payroll")
    fill(page, "note", "Extra pay")
    enter_by_keyboard(page)
    paste_from_a_spreadsheet(page)
    button(page, "Post").click()
    page.wait_for_selector(".o_arrow_button_current:has-text('Posted')")
    expect(page.locator(".o_funnel_payroll tfoot")).to_contain_text("25,390.00")
    page.goto("/odoo/cost-analysis?view_type=graph")
    page.wait_for_selector(".o_graph_renderer canvas")
    page.goto("/odoo/cost-analysis?view_type=pivot")
    page.wait_for_selector(".o_pivot table")
    expect(page.locator(".o_pivot tbody")).to_contain_text("People")
    reads_own_pay(demo_site, open_as, "sales", "8,100.00", "王芳 Wang Fang")
    reads_own_pay(demo_site, open_as, "warehouse", None, "孙强 Sun Qiang")


def test_who_enters_nothing_leaves_no_draft(demo_site, open_as, clerks):
    """Nor does who looks at another tab meanwhile; what was typed is saved, as ever."""

    def drafts():
        return clerks[0].call(
            "funnel.payroll", "search_count", [["state", "=", "draft"]]
        )

    page, before = open_as(demo_site, "finance"), drafts()
    for leave in (
        "location.reload()",
        """Object.defineProperty(document, "visibilityState", {value: "hidden"});
        document.dispatchEvent(new Event("visibilitychange"))""",
    ):
        page.goto("/odoo/payroll/new")
        page.wait_for_selector(".o_funnel_payroll")
        ready(page)
        page.evaluate(leave)
        page.wait_for_timeout(500)
        ready(page)
        assert drafts() == before, leave
    page.goto("/odoo/payroll/new")
    page.wait_for_selector(".o_funnel_payroll")
    field(page, "note").locator("input").fill("typed, not left")
    page.goto("/odoo/payroll")
    ready(page)
    expect(page.locator(".o_list_view")).to_contain_text("typed, not left")
    assert drafts() == before + 1


def enter_by_keyboard(page):
    """Name, Enter, amount, Tab, amount, Enter, next name."""
    page.get_by_placeholder("Add an employee").click()
    page.keyboard.type("E003")
    page.wait_for_selector(".o-autocomplete--dropdown-item:has-text('Anna Keller')")
    page.keyboard.press("Enter")
    expect(cell(page, "Anna Keller", "Wages")).to_be_focused()
    page.keyboard.type("8000")
    page.keyboard.press("Tab")
    page.keyboard.type("=250.5+49.5")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_placeholder("Add an employee")).to_be_focused()
    expect(cell(page, "Anna Keller", "Bonus")).to_have_value("300.00")
    cell(page, "Anna Keller", "Bonus").fill("much")
    cell(page, "Anna Keller", "Bonus").press("Tab")
    expect(cell(page, "Anna Keller", "Bonus")).to_have_attribute("aria-invalid", "true")
    expect(cell(page, "Anna Keller", "Bonus")).to_have_value("much")
    # A block of numbers goes where the cursor is.
    paste(cell(page, "Anna Keller", "Wages"), "8,000.00\t290\n")
    expect(cell(page, "Anna Keller", "Bonus")).to_have_value("290.00")
    cell(page, "Anna Keller", "Bonus").fill("290")
    cell(page, "Anna Keller", "Bonus").press("Enter")
    expect(page.locator(".o_funnel_payroll tfoot")).to_contain_text("8,290.00")


def paste_from_a_spreadsheet(page):
    """Rows that are wrong are told and nothing is taken over; then they are right."""
    paste(cell(page, "Anna Keller", "Wages"), PASTE)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox")).to_have_value(PASTE)
    button(dialog, "Take Over").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Row 2, column A, “Nobody”")
    expect(dialog.get_by_role("alert")).to_contain_text("Row 3, column B, “x”")
    expect(page.locator(".o_funnel_payroll_line")).to_have_count(1)
    dialog.get_by_role("textbox").fill(GOOD)
    button(dialog, "Take Over").click()
    dialog.wait_for(state="detached")
    expect(page.locator(".o_funnel_payroll_line")).to_have_count(3)
    expect(cell(page, "Daniel Hughes", "Wages")).to_have_value("9,000.00")


def reads_own_pay(site, open_as, login, gross, name):
    """The own rows alone, and each opens what it is made of."""
    page = open_as(site, login)
    assert "Commission" in menus(page)
    open_menu(page, "Commission", "My Pay and Expenses")
    expect(page.locator(".o_list_view")).not_to_contain_text("8,290.00")
    open_row(page, "Wages")
    expect(page.locator(".o_form_view h1")).to_contain_text(name)
    expect(page.locator("[name='net']").first).to_be_visible()
    if gross:
        expect(page.locator("[name='gross']").last).to_contain_text(gross)
    for path in ("/odoo/my-pay?view_type=pivot", "/odoo/my-pay?view_type=graph"):
        page.goto(path)
        ready(page)
        page.wait_for_selector(".o_pivot table, .o_graph_renderer canvas")
