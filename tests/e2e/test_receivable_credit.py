"""A customer on hold in the browser: who meets it, who overrides it, who ends it."""

import json
import uuid

import pytest
import webclient as client
from playwright.sync_api import expect

MAKE = """
import json
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].create({
    "name": %(name)r, "is_company": True, "customer_rank": 1,
    "user_id": env.ref("crm_sales_funnel.demo_user_sales").id})
product = env["product.product"].create({
    "name": "Crate " + %(name)r, "is_storable": False, "invoice_policy": "delivery",
    "taxes_id": False})
def order(quantity):
    return env["sale.order"].create({
        "partner_id": customer.id, "company_id": company.id,
        "order_line": [(0, 0, {
            "product_id": product.id, "product_uom_qty": quantity, "price_unit": 100,
            "tax_ids": False})]})
delivered = order(3)
delivered.action_confirm()
delivered.picking_ids.move_ids.write({"quantity": 3, "picked": True})
delivered.picking_ids._action_done()
%(steps)s
quotation = order(2)
env.cr.commit()
print(json.dumps({
    "customer": customer.id, "order": quotation.id, "name": quotation.name,
    "open": env["stock.picking"].search([
        ("partner_id", "=", customer.id), ("state", "!=", "done")]).ids,
    "ask": env.ref("crm_sales_funnel.demo_user_manager").name}))
"""
LIMIT = "customer.with_company(company).credit_limit = 400"
HOLD = "env['funnel.credit.hold']._place(company, customer, 'Cheque bounced')"


@pytest.fixture
def make(demo_site):
    """Makes a customer who owes 300, and a quotation of 200."""

    def run(*steps):
        name = f"Held {uuid.uuid4().hex[:6]}"
        code = MAKE % {"name": name, "steps": "\n".join(steps)}
        made = json.loads(demo_site.execute(code).splitlines()[-1])
        return made | {"customer_name": name}

    return run


def alert(page):
    return page.locator(".o_form_view .alert-danger:visible")


def test_order_desk_knows_what_to_do_and_the_manager_overrides(
    demo_site, open_as, artefacts, make
):
    made = make(LIMIT)
    desk = open_as(demo_site, "orderdesk", f"/odoo/sales/{made['order']}")
    client.ready(desk)
    expect(alert(desk)).to_contain_text("credit limit")
    client.button(desk, "Confirm").click()
    dialog = desk.locator(".modal")
    for words in (
        made["customer_name"],
        "owes ¥ 300.00",
        "this is ¥ 200.00, the credit limit ¥ 400.00: ¥ 100.00 too much",
        made["ask"],
    ):
        expect(dialog).to_contain_text(words)
    expect(client.button(dialog, "Override")).to_have_count(0)
    desk.screenshot(path=artefacts / "credit-refused.png")

    manager = open_as(demo_site, "manager", f"/odoo/sales/{made['order']}")
    client.ready(manager)
    client.button(manager, "Confirm").click()
    client.button(manager.locator(".modal"), "Override").click()
    manager.wait_for_selector(".modal .o_field_widget[name=reason]")
    expect(manager.locator(".modal")).to_contain_text("¥ 100.00 too much")
    client.fill(manager.locator(".modal"), "reason", "The director has agreed")
    manager.screenshot(path=artefacts / "credit-override.png")
    client.button(manager.locator(".modal"), "Override").click()
    expect(manager.locator(".o_arrow_button_current")).to_have_text("Sales Order")
    expect(manager.locator(".modal")).to_have_count(0)
    client.open_menu(manager, "Receivables", "Credit Log")
    client.search(manager, made["name"])
    row = manager.locator(".o_data_row")
    expect(row).to_have_count(1)
    for words in (made["customer_name"], "The director has agreed", "¥ 200.00"):
        expect(row).to_contain_text(words)
    manager.screenshot(path=artefacts / "credit-log.png")
    client.open_row(manager, made["name"])
    expect(client.field(manager, "why")).to_contain_text("¥ 100.00 too much")
    manager.screenshot(path=artefacts / "credit-log-form.png")


def test_finance_puts_a_customer_on_hold_and_releases_it(
    demo_site, open_as, artefacts, make
):
    made = make()
    finance = open_as(demo_site, "finance", f"/odoo/res.partner/{made['customer']}")
    client.ready(finance)
    expect(alert(finance)).to_have_count(0)
    client.button(finance, "Put on Hold").click()
    dialog = finance.locator(".modal")
    client.fill(dialog, "reason", "The cheque bounced")
    finance.screenshot(path=artefacts / "credit-hold-dialog.png")
    client.button(dialog.locator(".modal-footer"), "Put on Hold").click()
    expect(alert(finance)).to_contain_text("The cheque bounced")
    finance.screenshot(path=artefacts / "credit-hold-customer.png")

    desk = open_as(demo_site, "orderdesk", f"/odoo/sales/{made['order']}")
    client.ready(desk)
    expect(alert(desk)).to_contain_text("The cheque bounced")
    client.button(desk, "Confirm").click()
    expect(desk.locator(".modal")).to_contain_text("The cheque bounced")
    desk.locator(".modal-footer button").first.click()
    client.open_menu(desk, "Receivables", "Credit Holds")
    expect(desk.locator(".o_data_row", has_text=made["customer_name"])).to_contain_text(
        "The cheque bounced"
    )
    expect(client.button(desk, "Release")).to_have_count(0)
    desk.screenshot(path=artefacts / "credit-holds.png")

    client.button(finance, "Release").click()
    dialog = finance.locator(".modal")
    client.fill(dialog, "reason", "Paid on Monday")
    client.button(dialog.locator(".modal-footer"), "Release").click()
    expect(alert(finance)).to_have_count(0)
    expect(client.button(finance, "Put on Hold")).to_be_visible()

    desk.goto(f"/odoo/sales/{made['order']}")
    client.ready(desk)
    client.button(desk, "Confirm").click()
    expect(desk.locator(".o_arrow_button_current")).to_have_text("Sales Order")


def test_the_warehouse_meets_the_hold_without_amounts(
    demo_site, open_as, artefacts, make
):
    made = make(
        "waits = order(1)",
        "waits.action_confirm()",
        "customer.with_company(company).credit_limit = 1",
        HOLD,
    )
    (picking,) = made["open"]
    page = open_as(demo_site, "warehouse", f"/odoo/stock.picking/{picking}")
    client.ready(page)
    expect(alert(page)).to_contain_text("the customer is on credit hold")
    client.button(page, "Validate").click()
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("the customer is on credit hold")
    expect(dialog).to_contain_text(made["ask"])
    for locator in (alert(page).first, dialog):
        text = locator.inner_text()
        assert "Cheque" not in text and "¥" not in text, text
    page.screenshot(path=artefacts / "credit-warehouse.png")


def test_orders_that_wait_are_on_the_today_screen(demo_site, open_as, artefacts, make):
    made = make(HOLD)
    page = open_as(demo_site, "orderdesk")
    page.wait_for_selector(".o_funnel_today")
    client.ready(page)
    page.get_by_text("Orders of customers on hold").click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)
    expect(page.locator(".o_data_row", has_text=made["name"])).to_have_count(1)
    page.screenshot(path=artefacts / "credit-today.png")


def test_more_of_a_confirmed_order_is_overridden_and_saved(
    demo_site, open_as, artefacts, make
):
    """What was typed is still there when it is allowed."""
    made = make("product.list_price = 100", "order(2).action_confirm()", HOLD)
    sold = demo_site.execute(
        "print(env['sale.order'].search([('state', '=', 'sale'),"
        f" ('partner_id', '=', {made['customer']})], limit=1).id)"
    ).split()[-1]
    page = open_as(demo_site, "manager", f"/odoo/sales/{sold}")
    client.ready(page)
    row = page.locator(".o_field_widget[name=order_line] .o_data_row").first
    row.locator("[name=product_uom_qty]").click()
    box = row.locator("[name=product_uom_qty] input")
    box.fill("5")
    box.press("Tab")
    page.locator(".o_form_button_save").click()
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("is not changed")
    expect(dialog).to_contain_text("Cheque bounced")
    page.screenshot(path=artefacts / "credit-change-refused.png")
    client.button(dialog, "Override").click()
    page.wait_for_selector(".modal .o_field_widget[name=reason]")
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("Then save your change once more.")
    client.fill(dialog, "reason", "The director has agreed")
    page.screenshot(path=artefacts / "credit-change-override.png")
    client.button(dialog, "Override").click()
    expect(page.locator(".modal")).to_have_count(0)
    client.save(page)
    expect(row.locator("[name=product_uom_qty]")).to_contain_text("5")
    page.screenshot(path=artefacts / "credit-change-saved.png")
