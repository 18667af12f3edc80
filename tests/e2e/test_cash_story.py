"""Finance alone, in the browser: one receipt for three invoices, a deposit, the rent."""

import json

import webclient as client

MAKE = """
import json
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].create({"name": "Rounded Ltd", "is_company": True})
invoices = env["account.move"].create([{
    "move_type": "out_invoice", "partner_id": customer.id, "company_id": company.id,
    "invoice_date": day,
    "invoice_line_ids": [(0, 0, {
        "name": "goods", "price_unit": price, "tax_ids": False})],
} for day, price in (
    ("2026-01-05", 100.10), ("2026-02-05", 200.10), ("2026-03-05", 300.10))])
invoices.action_post()
order = env["sale.order"].create({
    "partner_id": customer.id, "company_id": company.id,
    "order_line": [(0, 0, {
        "product_id": env["product.product"].create({"name": "Made to Order"}).id,
        "price_unit": 500.5, "tax_ids": False})],
})
order.action_confirm()
env.cr.commit()
print(json.dumps({"invoices": invoices.mapped("name"), "order": order.name}))
"""


def owed(page, customer: str) -> str:
    """What a customer owes by the aging, nothing where it has no row of him."""
    client.open_menu(page, "Receivables", "Aging")
    client.search(page, customer)
    client.ready(page)
    row = page.locator(".o_group_header, .o_data_row", has_text=customer)
    return " ".join(row.first.inner_text().split()) if row.count() else ""


def test_receive_a_deposit_and_the_rent(demo_site, open_as, artefacts):
    made = json.loads(demo_site.execute(MAKE).splitlines()[-1])
    page = open_as(demo_site, "finance")
    assert "600.30" in owed(page, "Rounded Ltd")

    # One receipt for three invoices, as the keyboard does it.
    client.open_menu(page, "Cash", "Receive")
    client.pick(page, "partner_id", "Rounded Ltd")
    amount = client.field(page, "amount").locator("input")
    amount.fill("600")
    amount.press("Enter")
    client.ready(page)
    lines = page.locator(".o_data_row")
    assert lines.count() == 3
    text = page.locator(".o_list_table tfoot").inner_text()
    assert "600.00" in text and "0.30" in text, text
    page.screenshot(path=artefacts / "cash-receive.png")
    page.keyboard.press("Enter")
    page.locator(".o_form_view", has_text="Rounded Ltd").wait_for()
    client.ready(page)
    page.screenshot(path=artefacts / "cash-received.png")
    assert owed(page, "Rounded Ltd") == ""

    # A deposit of the order.
    client.open_menu(page, "Cash", "Receive")
    client.pick(page, "partner_id", "Rounded Ltd")
    client.fill(page, "amount", "150")
    client.ready(page)
    client.pick(page, "deposit_order_id", made["order"])
    client.button(page, "Confirm").click()
    client.ready(page)
    page.screenshot(path=artefacts / "cash-deposit.png")
    client.field(page, "deposit_order_id").hover()
    client.field(page, "deposit_order_id").locator(".o_external_button").click()
    page.locator(".o_form_view", has_text="Made to Order").wait_for()
    page.screenshot(path=artefacts / "cash-deposit-order.png")
    stat = " ".join(
        page.locator("button[name='action_open_collected']").inner_text().split()
    )
    assert "150.00" in stat, stat

    # The rent, and the chart.
    client.open_menu(page, "Cash", "Running Costs")
    client.button(page, "New Cost").click()
    dialog = page.locator(".modal")
    dialog.wait_for()
    client.pick(page, "item_id", "Rent", within=dialog)
    client.fill(dialog, "amount", "4321")
    page.screenshot(path=artefacts / "cash-rent.png")
    client.button(dialog, "Post").click()
    dialog.wait_for(state="detached")
    client.ready(page)
    page.screenshot(path=artefacts / "cash-costs.png")
    client.open_menu(page, "Cash", "Cost Analysis")
    page.locator(".o_switch_view.o_graph").click()
    page.locator(".o_graph_view canvas").wait_for()
    client.ready(page)
    page.screenshot(path=artefacts / "cash-cost-chart.png")
    page.locator(".o_switch_view.o_pivot").click()
    page.locator(".o_pivot_view").wait_for()
    client.ready(page)
    page.screenshot(path=artefacts / "cash-cost-pivot.png")
    assert "4,321.00" in page.locator(".o_pivot table").inner_text()


def test_a_salesperson_sees_own_receipts_alone(demo_site, open_as, artefacts):
    page = open_as(demo_site, "sales")
    client.open_menu(page, "Cash", "Receipts and Payments")
    page.locator(".o_switch_view.o_list").click()
    page.locator(".o_list_view").wait_for()
    client.ready(page)
    page.screenshot(path=artefacts / "cash-salesperson.png")
    names = page.locator("td[name='user_id']").all_inner_texts()
    assert names and set(names) == {"王芳 Wang Fang"}
    page.locator(".o_data_row").first.locator("td[name='label']").click()
    page.locator(".o_form_view").wait_for()
    client.ready(page)
    page.screenshot(path=artefacts / "cash-salesperson-document.png")
