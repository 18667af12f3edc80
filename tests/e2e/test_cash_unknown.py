"""Money of an unknown payer: entered, claimed, confirmed; in the browser, and by two at the
same moment."""

import json

import pytest
import webclient as client
from playwright.sync_api import expect
from test_at_once import at_once
from test_receivable_credit_at_once import Clerk

CUSTOMER = "认领五金行"
MAKE = """
import json
from datetime import date
user = env["res.users"].search([("login", "=", "sales")])
company = user.company_id
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].search([("name", "=", "%(name)s")]) or (
    env["res.partner"].create({
        "name": "%(name)s", "is_company": True, "customer_rank": 1,
        "user_id": user.id, "property_payment_term_id": False,
    })
)
invoice = env["account.move"].create({
    "move_type": "out_invoice", "partner_id": customer.id, "invoice_user_id": user.id,
    "invoice_date": date.today(),
    "invoice_line_ids": [(0, 0, {
        "name": "goods", "price_unit": %(amount)s, "tax_ids": False})],
})
invoice.action_post()
finance = env["res.users"].search([("login", "=", "finance")])
bank = env["account.journal"].search(
    [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
)
receipt = env["funnel.unknown.receipt"].with_user(finance).create({
    "amount": %(amount)s, "payer_name": "%(payer)s", "journal_id": bank.id,
}) if "%(payer)s" else env["funnel.unknown.receipt"]
claims = env["funnel.receipt.claim"]
for login in ("sales", "sales.zh"):
    if receipt:
        user = env["res.users"].search([("login", "=", login)])
        claims += claims.with_user(user).create(
            {"receipt_id": receipt.id, "partner_id": customer.id}
        )
env.cr.commit()
print(json.dumps({
    "customer": customer.id, "invoice": invoice.id, "receipt": receipt.id,
    "claims": claims.ids,
}))
"""


def make(site, name, amount, payer=""):
    text = MAKE % {"name": name, "amount": amount, "payer": payer}
    return json.loads(site.execute(text).splitlines()[-1])


@pytest.fixture(scope="module")
def clerks(demo_site):
    return [Clerk(demo_site, login) for login in ("finance", "both")]


def test_1_finance_enters_what_arrived(demo_site, open_as, artefacts):
    make(demo_site, CUSTOMER, 1234)
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Cash", "Unknown Receipts")
    client.button(page, "New").click()
    client.ready(page)
    client.fill(page, "amount", "1234")
    client.fill(page, "payer_name", "老王")
    client.fill(page, "memo", "货款")
    client.save(page)
    expect(page.locator(".o_arrow_button_current")).to_have_text("Unclaimed")
    page.screenshot(path=artefacts / "unknown-receipt.png")

    # Several at once; what is wrong is named, and nothing is entered.
    client.open_menu(page, "Cash", "Unknown Receipts")
    client.button(page, "Paste Several").click()
    dialog = page.locator(".modal")
    client.fill(dialog, "text", "2026-01-05\t88.50\t老李\n2026-01-05\tmuch\t老李")
    client.button(dialog, "Enter").click()
    expect(page.locator(".o_error_dialog")).to_contain_text("Row 2")
    page.locator(".o_error_dialog .btn-primary").click()
    client.fill(dialog, "text", "2026-01-05\t88.50\t老李\n2026-01-06\t99\t老李")
    page.screenshot(path=artefacts / "unknown-paste.png")
    client.button(dialog, "Enter").click()
    page.wait_for_selector(".modal", state="detached")
    expect(page.locator(".o_data_row")).to_have_count(2)
    page.screenshot(path=artefacts / "unknown-pasted.png")


def test_2_a_salesperson_claims_it(demo_site, open_as, artefacts):
    page = open_as(demo_site, "sales")
    page.locator("[data-reminder='cash.unclaimed']").wait_for()
    client.open_menu(page, "Cash", "Unknown Receipts")
    table = page.locator(".o_list_renderer")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth"), "columns are cut"
    page.screenshot(path=artefacts / "unknown-list.png")
    row = page.locator(".o_data_row", has_text="老王")
    row.get_by_role("button", name="Claim", exact=True).click()
    dialog = page.locator(".modal")
    expect(client.field(dialog, "amount").locator("input")).to_have_value("1,234.00")
    client.pick(page, "partner_id", CUSTOMER, dialog)
    client.fill(dialog, "note", "He called")
    page.screenshot(path=artefacts / "unknown-claim.png")
    client.button(dialog, "Claim").click()
    page.wait_for_selector(".modal", state="detached")
    client.ready(page)
    client.open_menu(page, "Cash", "Claims of Receipts")
    row = page.locator(".o_data_row", has_text=CUSTOMER)
    expect(row.locator("td[name=state]")).to_have_text("To Confirm")
    page.screenshot(path=artefacts / "unknown-claims.png")
    client.open_menu(page, "Cash", "Unknown Receipts")
    client.open_row(page, "老王")
    expect(page.locator("[name=claim_ids] .o_data_row")).to_have_count(1)
    page.screenshot(path=artefacts / "unknown-receipt-sales.png")


def test_3_finance_confirms_it_and_the_invoice_is_paid(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    page.locator("[data-reminder='cash.claims']").wait_for()
    client.open_menu(page, "Cash", "Claims of Receipts")
    table = page.locator(".o_list_renderer")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth"), "columns are cut"
    row = page.locator(".o_data_row", has_text=CUSTOMER)
    row.get_by_role("button", name="Confirm", exact=True).click()
    page.wait_for_selector(".o_form_view")
    client.ready(page)
    lines = page.locator("[name=line_ids] .o_data_row")
    expect(lines).to_have_count(1)
    expect(lines.locator("td[name=applied]")).to_contain_text("1,234.00")
    page.screenshot(path=artefacts / "unknown-receive.png")
    client.button(page, "Confirm").click()
    page.wait_for_selector(".o_form_view .o_arrow_button_current:has-text('Paid')")
    client.ready(page)
    paid = page.evaluate(
        """async (name) => {
            const answer = await fetch("/web/dataset/call_kw", {
                method: "POST", headers: {"Content-Type": "application/json"},
                body: JSON.stringify({params: {
                    model: "account.move", method: "search_read",
                    args: [[["partner_id.name", "=", name],
                            ["move_type", "=", "out_invoice"]], ["payment_state"]],
                    kwargs: {}}})});
            return (await answer.json()).result.map((row) => row.payment_state);
        }""",
        CUSTOMER,
    )
    assert paid == ["paid"]
    client.open_menu(page, "Cash", "Unknown Receipts")
    expect(page.locator(".o_data_row", has_text="老王")).to_have_count(0)


def screens(clerks, claims):
    return [
        clerk.call("funnel.settle", "create", {}, context={"default_claim_id": claim})
        for clerk, claim in zip(clerks, claims, strict=True)
    ]


def confirm_at_once(site, clerks, made, ids):
    """Return what the clerks are refused with, None where they are not."""
    row = f"SELECT id FROM funnel_unknown_receipt WHERE id = {made['receipt']}"
    return at_once(
        site,
        f"{row} FOR UPDATE",
        *(
            lambda clerk=clerk, id_=id_: clerk.attempt(
                "funnel.settle", "action_confirm", [id_]
            )
            for clerk, id_ in zip(clerks, ids, strict=True)
        ),
    )


def test_4_of_two_contested_claims_one_is_confirmed(demo_site, clerks):
    made = make(demo_site, "Claimed Twice Ltd", 500, "Two Claims")
    ids = screens(clerks, made["claims"])
    (refused,) = filter(None, confirm_at_once(demo_site, clerks, made, ids))
    assert "does not wait any more" in refused or "is left" in refused
    claims = clerks[0].call(
        "funnel.receipt.claim", "read", made["claims"], ["state", "payment_id"]
    )
    assert sorted(row["state"] for row in claims) == ["confirmed", "refused"]
    (receipt,) = clerks[0].call(
        "funnel.unknown.receipt", "read", [made["receipt"]], ["state", "amount_open"]
    )
    assert (receipt["state"], receipt["amount_open"]) == ("done", 0)


def test_5_one_claim_confirmed_by_two_clerks_is_one_payment(demo_site, clerks):
    made = make(demo_site, "Confirmed Twice Ltd", 300, "One Claim")
    ids = screens(clerks, made["claims"][:1] * 2)
    (refused,) = filter(None, confirm_at_once(demo_site, clerks, made, ids))
    assert "does not wait any more" in refused
    payments = clerks[0].call(
        "account.payment", "search_count", [["partner_id", "=", made["customer"]]]
    )
    assert payments == 1


def test_6_confirmed_and_withdrawn_at_once(demo_site, clerks):
    """One of both comes first, and the other one is told."""
    made = make(demo_site, "Withdrawn Ltd", 200, "Or Not")
    sales, finance = Clerk(demo_site, "sales"), clerks[0]
    (screen,) = screens([finance], made["claims"][:1])
    row = f"SELECT id FROM funnel_unknown_receipt WHERE id = {made['receipt']}"
    answers = at_once(
        demo_site,
        f"{row} FOR UPDATE",
        lambda: finance.attempt("funnel.settle", "action_confirm", [screen]),
        lambda: sales.attempt(
            "funnel.receipt.claim", "action_withdraw", made["claims"][:1]
        ),
    )
    (refused,) = filter(None, answers)
    assert "does not wait any more" in refused


def test_7_nothing_else_is_open_to_salespeople_over_the_wire(demo_site):
    made = make(demo_site, "Wire Ltd", 100, "Wire")
    sales = Clerk(demo_site, "sales")
    receipt, (claim, other) = [made["receipt"]], made["claims"]
    for model, method, *args in (
        ("funnel.unknown.receipt", "read", receipt, ["payment_id"]),
        ("funnel.unknown.receipt", "write", receipt, {"memo": "x"}),
        ("funnel.unknown.receipt", "action_cancel", receipt),
        ("funnel.unknown.receipt", "action_receive", receipt),
        ("funnel.unknown.receipt", "_post_money", receipt),
        ("funnel.unknown.receipt", "create", {"amount": 1}),
        ("funnel.receipt.claim", "read", [other], ["note"]),
        ("funnel.receipt.claim", "write", [claim], {"state": "confirmed"}),
        ("funnel.receipt.claim", "unlink", [claim]),
        ("funnel.receipt.claim", "action_confirm", [claim]),
        ("funnel.receipt.claim", "_refuse", [claim], "x"),
        ("funnel.settle", "create", {}),
        ("funnel.receipt.paste", "create", {}),
        ("funnel.claim.refuse", "create", {}),
    ):
        assert sales.attempt(model, method, *args), (model, method)
    # And the form of a contested receipt opens, with one's own claim.
    (row,) = sales.call(
        "funnel.unknown.receipt",
        "web_read",
        receipt,
        specification={
            "claimants": {},
            "state": {},
            "claim_ids": {"fields": {"note": {}, "state": {}}},
        },
    )
    assert row["state"] == "contested"
    assert [line["id"] for line in row["claim_ids"]] == [claim]
