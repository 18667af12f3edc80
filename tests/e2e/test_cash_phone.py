"""Cash on a phone: what somebody looks for on the road is on the screen."""

import pytest
import webclient as client
from playwright.sync_api import expect

from dev.browser import COUNT_REQUESTS

PHONE = {"width": 390, "height": 844}
LINE = 22
STATE = ".o_field_badge"
BUTTON = "button[name='{}']"
BOX_OF_TEXT = """element => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect().toJSON();
}"""
SHOWN = (
    ("sales", "receipts-and-payments", ()),
    ("sales", "my-pay", ()),
    ("sales", "unknown-receipts", (STATE, BUTTON.format("action_claim"))),
    ("sales", "receipt-claims", (STATE,)),
    ("finance", "receipt-claims", (STATE, BUTTON.format("action_confirm"))),
    ("finance", "unknown-receipts", (STATE, BUTTON.format("action_receive"))),
    ("finance", "running-costs", (STATE,)),
)
MAKE = """
user = env["res.users"].search([("login", "=", "sales")])
company = user.company_id
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].create({
    "name": "Customer With a Name That Is Long Enough for Two Lines Ltd",
    "is_company": True, "customer_rank": 1, "user_id": user.id,
})
finance = env["res.users"].search([("login", "=", "finance")])
bank = env["account.journal"].search(
    [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
)
receipts = env["funnel.unknown.receipt"].with_user(finance).create([{
    "amount": amount, "journal_id": bank.id, "memo": "for the goods of last month",
    "payer_name": "A Payer Whom Nobody Knows Yet Trading Company",
} for amount in (1234567.89, 20)])
env["funnel.receipt.claim"].with_user(user).create(
    {"receipt_id": receipts[0].id, "partner_id": customer.id}
)
env.cr.commit()
"""


@pytest.fixture(scope="module", autouse=True)
def _made(demo_site):
    demo_site.execute(MAKE)


@pytest.mark.parametrize(("login", "path", "shown"), SHOWN)
def test_cards(demo_site, open_as, artefacts, login, path, shown):
    """Amount, status and buttons, without pushing anything aside."""
    page = open_as(demo_site, login)
    page.set_viewport_size(PHONE)
    page.goto(f"/odoo/{path}")
    client.ready(page)
    page.screenshot(path=artefacts / f"phone-{login}-{path}.png")
    card = page.locator(".o_kanban_record:not(.o_kanban_ghost)").first
    expect(card).to_contain_text(".")
    for part in (".fw-bold.ms-auto", *shown):
        box = card.locator(part).first.evaluate(BOX_OF_TEXT)
        assert 0 <= box["left"] < box["right"] <= PHONE["width"], part
        assert box["height"] < 1.5 * LINE, f"{part} is broken into lines"
    wide = page.evaluate(
        "() => document.querySelector('.o_kanban_renderer').scrollWidth"
    )
    assert wide <= PHONE["width"]


def test_a_new_running_cost(demo_site, open_as, artefacts):
    """It begins with what it was for, and not with a calendar over all of it."""
    signed_in = open_as(demo_site, "finance").context
    # Where there is a touch screen, Odoo does not choose what is entered first.
    phone = signed_in.browser.new_context(
        base_url=demo_site.url,
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        storage_state=signed_in.storage_state(),
    )
    phone.add_init_script(COUNT_REQUESTS)
    page = phone.new_page()
    page.goto("/odoo/running-costs")
    client.ready(page)
    client.button(page, "New Cost").click()
    dialog = page.locator(".modal")
    client.field(dialog, "amount").wait_for()
    client.ready(page)
    page.screenshot(path=artefacts / "phone-new-cost.png")
    expect(page.locator(".o_datetime_picker")).to_have_count(0)
    phone.close()
