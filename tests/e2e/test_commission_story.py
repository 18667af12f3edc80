"""Commission from the plan to the pay: made by a manager alone, read and disputed by who
earns it, posted by Finance.

The steps build on each other.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import webclient as client
from playwright.sync_api import expect
from test_at_once import Client

from dev import cluster

NAME = "Story of Three Percent"
SELLER = "王芳 Wang Fang"
REASON = "Fair in Canton"
WRONG = "The payment of the last day is missing."
ADJUSTED = 12.34
SETTLEMENT = "funnel.commission.settlement"
STANDARD = "plan.name LIKE '%(Standard)' AND login = 'sales'"
# What another plan of 3 %, for everybody, booked for her.
BOOKED = """
    SELECT COALESCE(SUM(amount), 0)
      FROM funnel_commission_entry AS entry
      JOIN funnel_commission_plan AS plan ON plan.id = entry.plan_id
      JOIN res_users ON res_users.id = entry.user_id
     WHERE {who} AND event_date BETWEEN '{first}' AND '{last}'
"""
NOT_SETTLED = """
    SELECT COALESCE(SUM(amount), 0)
      FROM funnel_commission_entry AS entry
      JOIN res_users ON res_users.id = entry.user_id
     WHERE login = 'sales' AND settlement_id IS NULL AND date <= '{today}'
"""
# What is booked and settled nobody deletes, so the database does it.
TAKE_BACK = f"""
    CREATE TEMP TABLE made AS
    SELECT settlement.id FROM funnel_commission_settlement AS settlement
      JOIN funnel_commission_entry AS entry ON entry.settlement_id = settlement.id
      JOIN funnel_commission_plan AS plan ON plan.id = entry.plan_id
     WHERE plan.name = '{NAME}';
    DELETE FROM mail_message
     WHERE model = '{SETTLEMENT}' AND res_id IN (SELECT id FROM made);
    DELETE FROM mail_followers
     WHERE res_model = '{SETTLEMENT}' AND res_id IN (SELECT id FROM made);
    DELETE FROM funnel_commission_entry
     WHERE reason = '{REASON}'
        OR plan_id IN (SELECT id FROM funnel_commission_plan WHERE name = '{NAME}');
    UPDATE funnel_commission_entry SET settlement_id = NULL
     WHERE settlement_id IN (SELECT id FROM made);
    DELETE FROM funnel_commission_settlement WHERE id IN (SELECT id FROM made);
    DELETE FROM funnel_commission_plan WHERE name = '{NAME}';
"""


@pytest.fixture(scope="module")
def story(demo_site):
    """What one step leaves for the next; in the end nothing of it is left."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    last = quarter - timedelta(days=1)
    facts = {
        "today": today,
        "last quarter": (last.replace(month=last.month - 2, day=1), last),
    }
    yield facts
    if "payroll" in facts:
        finance = Client(demo_site, "finance")
        (payroll,) = finance.call(
            "funnel.payroll", "read", [facts["payroll"]], ["state"]
        )
        if payroll["state"] == "posted":
            finance.call("funnel.payroll", "action_reset", [payroll["id"]])
        finance.call("funnel.payroll", "unlink", [payroll["id"]])
    cluster.query(TAKE_BACK, demo_site.database)


def money(locator):
    return float(re.sub(r"[^\d.-]", "", locator.inner_text().replace("−", "-")))


def about(amount):
    """An amount that is not nothing, but for the cents of instalments: what began before
    the first day is rounded with what came before."""
    assert float(amount) > 0
    return pytest.approx(float(amount), abs=0.1)


def pick_day(page, name, day):
    field = client.field(page, name)
    field.click()
    field.locator("input").first.fill(day.strftime("%m/%d/%Y"))
    field.locator("input").first.press("Tab")
    client.ready(page)


def press(page, label):
    """Press a button of the form."""
    client.button(page.locator(".o_form_view"), label).click()
    client.ready(page)


def settled(site, story, *names):
    """Return what the settlement says, as its manager reads it."""
    manager = Client(site, "manager")
    (values,) = manager.call(SETTLEMENT, "read", [story["settlement"]], list(names))
    return values


def test_1_manager_makes_a_plan_from_nothing(demo_site, open_as, artefacts, story):
    page = open_as(demo_site, "manager")
    client.open_menu(page, "Commission", "Plans")
    client.button(page, "New").click()
    page.wait_for_selector(".o_form_view")
    client.fill(page, "name", NAME)
    client.fill(page, "rate", "3")
    first, _last = story["last quarter"]
    pick_day(page, "date_from", first)
    page.get_by_role("tab", name="Members").click()
    members = client.field(page, "member_ids")
    members.get_by_text("Add a line").click()
    client.pick(page, "user_id", SELLER, within=members)
    client.save(page)
    expect(client.field(page, "headline")).to_have_text(
        "3 % of the untaxed amount collected."
    )
    expect(client.field(page, "details")).to_contain_text(SELLER)

    client.button(page, "What If").click()
    row = page.locator(".modal .o_data_row", has_text=SELLER)
    row.wait_for()
    page.screenshot(path=artefacts / "commission-what-if.png")
    first, last = story["last quarter"]
    booked = cluster.query(
        BOOKED.format(who=STANDARD, first=first, last=last), demo_site.database
    )
    assert money(row.locator("[name=amount]")) == about(booked)
    # Beside it, all that she has by all plans.
    assert money(row.locator("[name=booked]")) > float(booked)
    client.button(page.locator(".modal"), "Close").click()
    story["plan"] = int(re.search(r"/(\d+)$", page.url).group(1))


def test_2_manager_approves_and_runs_it(demo_site, open_as, artefacts, story):
    page = open_as(demo_site, "manager", f"/odoo/commission-plans/{story['plan']}")
    press(page, "Approve")
    client.button(page.locator(".modal"), "Ok").click()
    expect(client.button(page, "Make a New Version")).to_be_visible()
    # What came in since the other plan was run is nobody's here.
    press(page, "Book What Is Due")
    note = page.locator(".o_notification_content")
    expect(note.last).to_contain_text("entries were booked")
    press(page, "Book What Is Due")
    expect(note.last).to_contain_text("Nothing has changed")
    page.locator("button[name=action_open_entries]").click()
    page.locator(".o_data_row").first.wait_for()
    page.screenshot(path=artefacts / "commission-ledger.png")
    first, last = story["last quarter"]
    booked, other = (
        cluster.query(
            BOOKED.format(who=who, first=first, last=last), demo_site.database
        )
        for who in (f"plan.id = {story['plan']}", STANDARD)
    )
    assert float(booked) == about(other)


def test_3_manager_settles_up_to_today_and_submits(
    demo_site, open_as, artefacts, story
):
    page = open_as(demo_site, "manager")
    client.open_menu(page, "Commission", "Settlements")
    client.button(page, "Settle Commission").click()
    dialog = page.locator(".modal")
    pick_day(dialog, "date_to", story["today"])
    client.pick(page, "user_ids", SELLER, within=dialog)
    expect(client.field(dialog, "user_count")).to_have_text("1")
    page.screenshot(path=artefacts / "commission-settle.png")
    due = cluster.query(NOT_SETTLED.format(today=story["today"]), demo_site.database)
    assert money(client.field(dialog, "amount")) == float(due) > 0
    client.button(dialog, "Make Settlements").click()
    page.locator(".o_form_view [name=entry_ids] .o_data_row").first.wait_for()
    story["settlement"] = int(re.search(r"/(\d+)$", page.url).group(1))
    opening, payable = (
        money(client.field(page, name)) for name in ("opening", "payable")
    )
    assert payable == round(opening + float(due), 2)
    story["payable"] = payable
    press(page, "Submit")
    expect(page.locator(".o_arrow_button_current")).to_have_text("Submitted")
    page.screenshot(path=artefacts / "commission-settlement.png")


def test_4_salesperson_reads_and_disputes(demo_site, open_as, artefacts, story):
    page = open_as(demo_site, "sales")
    client.open_menu(page, "Commission", "My Pay and Expenses")
    client.button(page, "My Commission").click()
    page.wait_for_selector(".o_breadcrumb :text('My Commission')")
    page.locator(".o_data_row").first.wait_for()
    client.open_menu(page, "Commission", "Settlements")
    rows = page.locator(".o_data_row")
    rows.first.wait_for()
    assert set(rows.locator("[name=user_id]").all_inner_texts()) == {SELLER}
    rows.filter(has_text="Submitted").first.locator("[name=name]").click()
    page.wait_for_selector(".o_form_view")
    client.ready(page)
    assert money(client.field(page, "payable")) == story["payable"]
    # A line says how its amount comes about.
    line = page.locator("[name=entry_ids] .o_data_row", has_text="× 3 %").first
    amount = money(line.locator("[name=amount]"))
    line.locator("[name=explanation]").click()
    dialog = page.locator(".modal")
    expect(client.field(dialog, "explanation")).to_contain_text("× 3 %")
    assert money(client.field(dialog, "amount")) == amount
    page.screenshot(path=artefacts / "commission-why.png")
    dialog.locator(".btn-close, .o_form_button_cancel").first.click()
    dialog.wait_for(state="detached")
    for label in ("Approve", "Pay", "Adjust", "Make Again", "Back to Draft"):
        assert page.get_by_role("button", name=label, exact=True).count() == 0

    press(page, "Raise a Dispute")
    client.button(dialog.locator(".modal-footer"), "Raise a Dispute").click()
    expect(page.locator(".o_notification")).to_be_visible()  # nothing is said yet
    client.field(dialog, "message").locator("textarea").fill(WRONG)
    page.screenshot(path=artefacts / "commission-dispute.png")
    client.button(dialog.locator(".modal-footer"), "Raise a Dispute").click()
    expect(page.locator(".alert-danger")).to_contain_text(WRONG)
    page.screenshot(path=artefacts / "commission-disputed.png")


def test_5_leader_reads_it(demo_site, open_as, story):
    page = open_as(demo_site, "leader")
    client.open_menu(page, "Commission", "Settlements")
    page.locator(".o_data_row", has_text="Disputed").filter(
        has_text=SELLER
    ).first.click()
    expect(page.locator(".alert-danger")).to_contain_text(WRONG)
    expect(page.locator(".o-mail-Thread")).to_contain_text(WRONG)
    for label in ("Submit", "Adjust", "Raise a Dispute"):
        assert page.get_by_role("button", name=label, exact=True).count() == 0


def test_6_manager_answers_and_pays(demo_site, open_as, artefacts, story):
    page = open_as(demo_site, "manager")
    page.locator("[data-reminder='commission.disputed']").click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)
    page.locator(".o_data_row", has_text=SELLER).first.locator("[name=name]").click()
    expect(page.locator(".alert-danger")).to_contain_text(WRONG)
    press(page, "Adjust")
    dialog = page.locator(".modal")
    expect(client.field(dialog, "user_id")).to_contain_text(SELLER)
    client.fill(dialog, "amount", str(ADJUSTED))
    client.fill(dialog, "reason", REASON)
    page.screenshot(path=artefacts / "commission-adjust.png")
    client.button(dialog, "Adjust").click()
    dialog.wait_for(state="detached")
    press(page, "Make Again")
    expect(client.field(page, "adjustment")).to_contain_text(str(ADJUSTED))
    assert money(client.field(page, "payable")) == round(story["payable"] + ADJUSTED, 2)
    for label, state in (("Submit", "Submitted"), ("Approve", "Approved")):
        press(page, label)
        expect(page.locator(".o_arrow_button_current")).to_have_text(state)
    press(page, "Pay")
    expect(client.button(dialog.locator(".modal-footer"), "Pay")).to_be_visible()
    client.ready(page)
    page.screenshot(path=artefacts / "commission-pay.png")
    # Nothing covers what is read before it is paid.
    assert page.locator(".o_datetime_picker").count() == 0
    client.button(dialog.locator(".modal-footer"), "Pay").click()
    page.wait_for_selector(".o_funnel_payroll")
    expect(page.locator(".o_funnel_payroll")).to_contain_text(SELLER)
    page.screenshot(path=artefacts / "commission-payroll.png")
    story["payroll"] = int(re.search(r"/(\d+)$", page.url).group(1))
    # What managers pay is a draft that Finance posts.
    assert page.get_by_role("button", name="Post", exact=True).count() == 0
    facts = settled(demo_site, story, "state", "payroll_id")
    assert (facts["state"], facts["payroll_id"][0]) == ("approved", story["payroll"])


def test_7_finance_posts_the_payroll(demo_site, open_as, artefacts, story):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Commission", "Settlements")
    page.locator(".o_data_row", has_text="Approved").filter(
        has_text=SELLER
    ).first.click()
    page.locator("button[name=action_open_payment]").first.click()
    page.wait_for_selector(".o_funnel_payroll")
    press(page, "Post")
    page.wait_for_selector(".o_arrow_button_current:has-text('Posted')")
    assert settled(demo_site, story, "state")["state"] == "paid"
    page = open_as(
        demo_site, "sales", f"/odoo/commission-settlements/{story['settlement']}"
    )
    expect(page.locator(".o_arrow_button_current")).to_have_text("Paid")
    page.screenshot(path=artefacts / "commission-paid.png")


def test_8_the_ledger_has_the_button_too(demo_site, open_as, story):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Commission", "Ledger")
    rows = page.locator(".o_data_row", has_text=REASON)
    before = rows.count()
    client.button(page, "Adjust").click()
    dialog = page.locator(".modal")
    client.pick(page, "user_id", SELLER, within=dialog)
    client.ready(page)
    client.fill(dialog, "amount", str(-ADJUSTED))
    client.fill(dialog, "reason", REASON)
    client.ready(page)
    client.button(dialog, "Adjust").click()
    dialog.wait_for(state="detached")
    expect(rows).to_have_count(before + 1)
    expect(rows.first.locator("[name=amount]")).to_contain_text(f"-{ADJUSTED}")
