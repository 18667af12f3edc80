"""One business case through all departments, each step by a user with only that role.

The steps build on each other: the customer that sales enters is the one that finance
reads in the aging at the end.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
import webclient as client
from playwright.sync_api import expect

from dev import cluster

CUSTOMER = "Bergmann Werkzeuge GmbH"
# What is delivered of the order: product -> quantity.
DELIVERED = {"A-1001": 5, "A-1002": 30}


@pytest.fixture(scope="module")
def story():
    """What one step leaves for the next."""
    return {}


def test_1_salesperson_enters_a_customer_with_a_contact_person(
    demo_site, open_as, artefacts, story
):
    page = open_as(demo_site, "sales")
    client.open_menu(page, "Customers", "Customers")
    client.button(page, "New Customer").click()
    dialog = page.locator(".modal")
    client.fill(dialog, "name", CUSTOMER)
    client.fill(dialog, "phone", "+49 30 1234567")
    client.fill(dialog, "city", "Berlin")
    client.fill(dialog, "contact_name", "Anna Bergmann")
    client.fill(dialog, "contact_function", "Purchasing Manager")
    page.screenshot(path=artefacts / "story-1-new-customer.png")
    client.button(dialog, "Create").click()
    expect(page.locator(".o_form_view", has_text="Anna Bergmann")).to_be_visible()
    page.screenshot(path=artefacts / "story-1-customer.png")
    story["customer"] = int(re.search(r"/(\d+)$", page.url).group(1))


def test_2_salesperson_logs_a_visit_and_quotes(demo_site, open_as, artefacts, story):
    page = open_as(demo_site, "sales")
    client.open_menu(page, "Customers", "Customers")
    client.search(page, CUSTOMER)
    client.open_row(page, CUSTOMER)
    client.button(page, "Log a Contact").click()
    dialog = page.locator(".modal")
    dialog.get_by_text("Visit", exact=True).click()
    client.fill(dialog, "summary", "Showed the M8 bolts, wants 12 boxes")
    ordered = client.button(dialog, "Ordered")
    for pressed in ("true", "false"):  # the second time takes the result back
        ordered.press("Enter")
        expect(ordered).to_have_attribute("aria-pressed", pressed)
    client.button(dialog, "Interested").press("Space")
    dialog.get_by_text("+1 w", exact=True).click()
    page.screenshot(path=artefacts / "story-2-visit.png")
    client.button(dialog, "Save and Quote").click()

    page.wait_for_selector(".o_form_view .o_field_widget[name=order_line]")
    expect(client.field(page, "partner_id").locator("input")).to_have_value(
        re.compile(CUSTOMER)
    )
    for code, quantity in (("A-1001", "12"), ("A-1002", "30")):
        page.locator("[name=order_line] >> text=Add a product").click()
        client.ready(page)
        row = page.locator(".o_selected_row")
        box = row.locator("[name=product_template_id] input, [name=product_id] input")
        box.first.press_sequentially(code, delay=30)
        page.locator(".o-autocomplete--dropdown-item", has_text=code).first.click()
        client.ready(page)
        client.fill(row, "product_uom_qty", quantity)
        client.ready(page)
    client.save(page)
    page.screenshot(path=artefacts / "story-2-quotation.png")
    story["order"] = page.locator(".o_field_widget[name=name]").first.inner_text()

    page.goto(f"/odoo/res.partner/{story['customer']}")
    # A week from the salesperson's day, which begins before that of this machine.
    next_contact = cluster.query(
        "SELECT next_contact_date - (now() AT TIME ZONE 'Asia/Shanghai')::date"
        f"  FROM res_partner WHERE id = {story['customer']}",
        demo_site.database,
    )
    assert next_contact == "7"


def test_3_order_desk_confirms(demo_site, open_as, artefacts, story):
    page = open_as(demo_site, "orderdesk")
    client.open_menu(page, "Sales", "Quotations")
    client.search(page, story["order"])
    client.open_row(page, story["order"])
    client.button(page, "Confirm").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Sales Order")
    page.screenshot(path=artefacts / "story-3-order.png")


def test_4_warehouse_delivers_a_part_and_prints_without_prices(
    demo_site, open_as, artefacts, story
):
    page = open_as(demo_site, "warehouse")
    client.open_menu(page, "Deliveries", "All Deliveries")
    client.search(page, story["order"])
    client.open_row(page, story["order"])
    rows = page.locator(
        "[name=move_ids] .o_data_row, [name=move_ids_without_package] .o_data_row"
    )
    rows.nth(0).locator("[name=quantity]").click()
    client.fill(rows.nth(0), "quantity", "5")
    rows.nth(1).locator("[name=quantity]").click()
    client.fill(rows.nth(1), "quantity", "30")
    client.button(page, "Validate").click()
    client.button(page.locator(".modal"), "Create Backorder").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Done")
    page.screenshot(path=artefacts / "story-4-delivered.png")
    slip = client.print_report(
        page, "Delivery Slip 241 mm, without Prices", artefacts / "slip-warehouse.pdf"
    )
    text = client.pdf_text(slip)
    wanted = {*DELIVERED, CUSTOMER, story["order"]}
    assert _found(text, *wanted) == wanted
    assert not _found(text, *_amounts(demo_site, story["order"]), "¥", "€", "$")


def test_5_order_desk_prints_the_slip_with_prices(demo_site, open_as, artefacts, story):
    page = open_as(demo_site, "orderdesk")
    client.open_menu(page, "Deliveries", "All Deliveries")
    client.search(page, story["order"])
    client.open_row(page, "Done")
    slip = client.print_report(
        page, "Delivery Slip 241 mm, with Prices", artefacts / "slip-order-desk.pdf"
    )
    count, (width, height) = client.pdf_pages(slip)
    assert count == 1
    assert abs(width - 241) < 0.1 and abs(height - 139.7) < 0.1
    wanted = {*_amounts(demo_site, story["order"]), CUSTOMER, story["order"]}
    text = client.pdf_text(slip)
    assert _found(text, *wanted) == wanted


def test_5_order_desk_prints_a_page_of_the_list_at_once(demo_site, open_as, artefacts):
    page = open_as(demo_site, "orderdesk")
    client.open_menu(page, "Deliveries", "All Deliveries")
    page.locator("thead .o_list_record_selector input").check()
    slips = client.print_report(
        page, "Delivery Slip 241 mm, with Prices", artefacts / "slips.pdf"
    )
    selected = page.locator(".o_data_row").count()
    assert selected >= 50
    assert client.pdf_pages(slips)[0] >= selected


def _found(text: str, *parts: str) -> set[str]:
    return {part for part in parts if part in text}


def _amounts(site, order: str) -> list[str]:
    """The amounts, taxes included, that the slip of what was delivered shows."""
    rows = cluster.query(
        "SELECT product.default_code, line.price_total, line.product_uom_qty"
        "  FROM sale_order_line AS line"
        "  JOIN sale_order ON sale_order.id = line.order_id"
        "  JOIN product_product AS product ON product.id = line.product_id"
        f" WHERE sale_order.name = '{order}'",
        site.database,
    )
    amounts = [
        (Decimal(total) * DELIVERED[code] / Decimal(quantity)).quantize(
            Decimal("0.01"), ROUND_HALF_UP
        )
        for code, total, quantity in (row.split("|") for row in rows.splitlines())
    ]
    return [f"{amount:,.2f}" for amount in (*amounts, sum(amounts))]


def test_6_finance_reads_the_aging(demo_site, open_as, artefacts):
    page = open_as(demo_site, "finance")
    client.open_menu(page, "Receivables", "Aging")
    page.wait_for_selector(".o_list_view")
    page.screenshot(path=artefacts / "story-6-aging.png")


@pytest.mark.parametrize(
    "login",
    [
        "sales",
        "leader",
        "manager",
        "orderdesk",
        "warehouse",
        "finance",
        "purchasing",
        "both",
        "sales.zh",
    ],
)
def test_7_today_opens_what_it_counts(demo_site, open_as, artefacts, login):
    page = open_as(demo_site, login)
    page.wait_for_selector(".o_funnel_today .card")
    page.screenshot(path=artefacts / f"today-{login}.png")
    screen = _call(page, "funnel.reminder", "get_today_screen")
    assert screen["cards"]
    for card in screen["cards"]:
        # A card of which nothing is due says so in one line.
        is_filled = any(reminder["count"] for reminder in card["reminders"])
        for reminder in card["reminders"]:
            # All are counted anew as this user; one of each card is opened as well.
            action, count = reminder["action"], reminder["count"]
            if is_filled:
                assert _shown(page, reminder["key"]) == count, reminder["key"]
            context = action["context"]
            found = _call(
                page,
                action["res_model"],
                "search_count",
                action["domain"],
                context=context,
            )
            assert found == count, reminder["key"]
        counted = [one for one in card["reminders"] if one["count"]]
        for reminder in counted[:1]:
            _open_and_count(page, reminder["key"], reminder["count"])


def _call(page, model, method, *args, **kwargs):
    """Call the server as the user of the page."""
    answer = page.request.post(
        f"/web/dataset/call_kw/{model}/{method}",
        data={
            "params": {"model": model, "method": method, "args": args, "kwargs": kwargs}
        },
    ).json()
    assert "error" not in answer, answer["error"]["data"]["message"]
    return answer["result"]


def _shown(page, key):
    line = page.locator(f"[data-reminder='{key}'] > span").nth(1)
    return int(re.search(r"\d+", line.inner_text()).group())


def _open_and_count(page, key, count):
    page.locator(f"[data-reminder='{key}']").click()
    page.wait_for_selector(".o_list_view")
    client.ready(page)
    pager = page.locator(".o_pager_limit")
    rows = page.locator(".o_data_row").count()
    assert (int(pager.inner_text()) if pager.count() else rows) == count, key
    page.go_back()
    page.wait_for_selector(".o_funnel_today .card")
