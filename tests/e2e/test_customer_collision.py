"""The collision check in the browser: told while typing, masked, answered, merged."""

import pytest
import webclient as client
from playwright.sync_api import expect

from dev import cluster

# Of the demo company: a lead that only its salesperson sees, and a customer like it.
LEAD = "绍兴市云岫纺织有限公司"
OWNER = "张伟 Zhang Wei"
CUSTOMER = "云岫纺织(绍兴)"
TYPED = "云岫纺织厂"
# Of a company in which nobody of the demo company works.
ELSEWHERE = "Zirbelhain Armaturen GmbH"
TWINS = ("Zwillingsbach Pumpen GmbH", "Zwillingsbach Pumpen")
MAKE = """
company = env.ref("crm_sales_funnel.demo_company")
other = env["res.company"].search([("id", "!=", company.id)], limit=1)
env["res.partner"].create({"name": %r, "is_company": True, "company_id": other.id})
env["res.partner"].create([
    {"name": name, "is_company": True, "customer_rank": 1, "company_id": company.id}
    for name in %r
])
env.cr.commit()
"""
# Slows what is asked down, and counts it: in all, and at once.
SLOW = """(() => {
    const {open, send} = XMLHttpRequest.prototype;
    window.asked = {total: 0, now: 0, most: 0};
    XMLHttpRequest.prototype.open = function (method, url) {
        this.isQuestion = url.includes("funnel_find_similar");
        return open.apply(this, arguments);
    };
    XMLHttpRequest.prototype.send = function () {
        if (!this.isQuestion) {
            return send.apply(this, arguments);
        }
        window.asked.total++;
        window.asked.most = Math.max(window.asked.most, ++window.asked.now);
        // Before the client has the answer, upon which it may ask again.
        this.addEventListener(
            "readystatechange", () => this.readyState === 4 && window.asked.now--
        );
        setTimeout(() => send.apply(this, arguments), 900);
    };
})()"""
PHONE = "+86 139 4417 2093"
REFUSE = """
company = env.ref("crm_sales_funnel.demo_company")
company.is_identity_refused = %r
known = env["res.partner"].search([("phone", "=", %r), ("name", "=", "Ptarmigan Supply")])
if company.is_identity_refused:
    known.create({"name": "Ptarmigan Supply", "phone": %r, "company_id": company.id})
else:
    env["res.partner"].search([("phone", "=", %r)]).unlink()
env.cr.commit()
"""
# What the server may answer, for the looks of it.
ROW = {
    "id": None, "score": 0.95, "is_strong": True, "reasons": ["similar_name"],
    "reason_labels": ["similar name"], "owner": "شركة", "last_contact": False,
    "model": "crm.lead",
}  # fmt: skip
LONG, ARABIC = "Verylongname" * 40, "شركة النور للتجارة"
NOTHING = "There is something like this; ask your manager."
ANSWER = [
    {**ROW, "key": "a", "name": LONG},
    {**ROW, "key": "b", "name": ARABIC},
    {**ROW, "key": False, "name": NOTHING, "reason_labels": [], "owner": False},
]
REFUSED = {"jsonrpc": "2.0", "id": 1, "error": {"code": 0, "message": "x", "data": {}}}
ACTIVITIES = """
SELECT count(*) FROM mail_activity
  JOIN crm_lead ON crm_lead.id = res_id AND res_model = 'crm.lead'
 WHERE partner_name = '%s' AND mail_activity.user_id = crm_lead.user_id
   AND mail_activity.active
"""


@pytest.fixture(scope="module")
def collision_site(demo_site):
    demo_site.execute(MAKE % (ELSEWHERE, TWINS))
    return demo_site


def told(page, name):
    """What the strip tells of a customer or lead."""
    return page.locator(".o_funnel_collision").filter(
        has=page.get_by_text(name, exact=True)
    )


def test_1_salesperson_is_told_of_a_lead_that_is_hidden(
    collision_site, open_as, artefacts
):
    page = open_as(collision_site, "sales")
    client.open_menu(page, "Customers", "Customers")
    client.button(page, "New Customer").click()
    page.wait_for_selector(".modal .o_form_view")
    box = client.field(page.locator(".modal"), "name").locator("input")
    box.press_sequentially(TYPED, delay=40)
    lead = told(page, LEAD)
    expect(lead).to_contain_text(OWNER)
    expect(lead).to_contain_text("same name")
    # What is hidden cannot be opened; a customer of the own company can.
    expect(lead.get_by_role("button", name="Show")).to_have_count(0)
    expect(told(page, CUSTOMER).get_by_role("button", name="Show")).to_be_visible()
    page.screenshot(path=artefacts / "collision-masked.png")

    before = int(cluster.query(ACTIVITIES % LEAD, collision_site.database))
    lead.get_by_role("button", name="Ask for Access").press("Enter")
    expect(lead).to_contain_text("Asked")
    asked = int(cluster.query(ACTIVITIES % LEAD, collision_site.database))
    assert asked == before + 1

    lead.get_by_role("button", name="It Is Different").press("Enter")
    expect(lead).to_have_count(0)
    client.button(page.locator(".modal"), "Create").click()
    page.wait_for_selector(".o_form_view .o_funnel_contacts")
    page.reload()
    page.wait_for_selector(".o_form_view .o_funnel_contacts")
    client.ready(page)
    expect(page.locator(".o_funnel_collision")).to_have_count(0)  # nothing is asked
    with page.expect_response("**/funnel_find_similar"):
        client.field(page, "phone").locator("input").press_sequentially("+86 575 9")
    expect(told(page, CUSTOMER)).to_be_visible()
    expect(lead).to_have_count(0)  # what is different stays so
    page.screenshot(path=artefacts / "collision-decided.png")
    page.locator(".o_form_button_cancel").click()


def test_2_salesperson_is_told_of_a_customer_of_another_company(
    collision_site, open_as, artefacts
):
    page = open_as(collision_site, "sales")
    client.open_menu(page, "Sales", "Pipeline")
    page.locator(".o-kanban-button-new").click()
    page.wait_for_selector(".o_kanban_quick_create")
    box = client.field(page.locator(".o_kanban_quick_create"), "commercial_partner_id")
    box.locator("input").press_sequentially("Zirbelhain Armat", delay=40)
    row = told(page, ELSEWHERE)
    expect(row).to_contain_text("never contacted")
    expect(row.get_by_role("button")).to_have_text(
        ["Ask for Access", "It Is Different"]
    )
    page.screenshot(path=artefacts / "collision-other-company.png")


def test_3_manager_merges_from_the_list(collision_site, open_as, artefacts):
    page = open_as(collision_site, "manager")
    client.open_menu(page, "Customers", "Possible Duplicates")
    client.search(page, TWINS[1])
    row = page.locator(".o_data_row")
    expect(row).to_have_count(1)
    page.screenshot(path=artefacts / "collision-list.png")
    row.get_by_role("button", name="Merge").click()
    dialog = page.locator(".modal")
    client.button(dialog, "Merge Contacts").click()
    client.button(dialog, "Close").click()
    client.open_menu(page, "Customers", "Possible Duplicates")
    client.search(page, TWINS[1])
    expect(row).to_have_count(0)
    left = cluster.query(
        "SELECT count(*) FROM res_partner WHERE name LIKE 'Zwillingsbach%'",
        collision_site.database,
    )
    assert left == "1"


def test_4_one_question_at_a_time_and_no_error_disturbs(collision_site, open_as):
    page = open_as(collision_site, "sales")
    client.open_menu(page, "Customers", "Customers")
    client.button(page, "New Customer").click()
    page.wait_for_selector(".modal .o_form_view")
    page.evaluate(SLOW)
    box = client.field(page.locator(".modal"), "name").locator("input")
    box.press_sequentially("Zirbel", delay=330)
    box.press("Control+A")
    box.press_sequentially("Ptarm", delay=330)
    page.wait_for_function("() => !window.asked.now")
    client.ready(page)
    # What was answered about the name before is not shown for this one.
    expect(page.locator(".o_funnel_collision")).to_have_count(0)
    asked = page.evaluate("() => window.asked")
    assert asked["most"] == 1
    assert 2 <= asked["total"] < 8
    box.press("Control+A")
    box.press_sequentially("Zirbelhain Arma")
    expect(told(page, ELSEWHERE)).to_be_visible()

    page.route("**/funnel_find_similar*", lambda route: route.fulfill(json=REFUSED))
    before = page.evaluate("() => window.asked.total")
    box.press_sequentially(" A")
    expect(page.locator(".o_funnel_collision")).to_have_count(0)
    page.wait_for_timeout(1500)  # what failed is not asked again and again
    assert page.evaluate("() => window.asked.total") == before + 1
    expect(page.locator(".modal")).to_have_count(1)
    client.button(page.locator(".modal"), "Discard").click()


def test_5_long_names_and_names_from_right_to_left(collision_site, open_as, artefacts):
    page = open_as(collision_site, "sales")
    client.open_menu(page, "Customers", "Customers")
    client.button(page, "New Customer").click()
    page.wait_for_selector(".modal .o_form_view")
    answer = {"jsonrpc": "2.0", "id": 1, "result": ANSWER}
    page.route("**/funnel_find_similar*", lambda route: route.fulfill(json=answer))
    client.field(page.locator(".modal"), "name").locator("input").fill("Any")
    expect(told(page, NOTHING).get_by_role("button")).to_have_count(0)
    expect(told(page, NOTHING)).to_have_text(NOTHING)
    box = page.locator(".modal-body")
    assert box.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    # The name, and to the right of it how like it is, in one piece.
    row = told(page, ARABIC)
    percent = row.get_by_text("95%", exact=True)
    name = row.get_by_text(ARABIC, exact=True)
    assert percent.bounding_box()["x"] > name.bounding_box()["x"]
    expect(row).to_contain_text("salesperson \u2068شركة\u2069 · never contacted")
    page.screenshot(path=artefacts / "collision-names.png")
    client.button(page.locator(".modal"), "Discard").click()


def test_6_what_was_let_through_is_not_told_again(collision_site, open_as, artefacts):
    collision_site.execute(REFUSE % (True, PHONE, PHONE, PHONE))
    try:
        page = open_as(collision_site, "manager")
        page.goto("/odoo/contacts/new")
        page.wait_for_selector(".o_form_view")
        client.fill(page, "name", "Lagopus Wholesale")
        client.save(page)
        client.fill(page, "phone", PHONE)
        expect(told(page, "Ptarmigan Supply")).to_be_visible()
        page.locator(".o_form_button_save").click()
        client.button(page.locator(".modal"), "Save with a Reason").click()
        client.fill(page.locator(".modal"), "reason", "Same house")
        client.button(page.locator(".modal"), "Let It Through").click()
        expect(page.locator(".modal")).to_have_count(0)
        client.save(page)
        expect(page.locator(".o_funnel_collision")).to_have_count(0)
        page.screenshot(path=artefacts / "collision-let-through.png")
    finally:
        collision_site.execute(REFUSE % (False, PHONE, PHONE, PHONE))
