"""A manager edits a layout and watches the paper; the warehouse prints by it."""

import time

import pytest
from playwright.sync_api import expect
from webclient import button, field, fill, open_menu, open_row, print_report, ready

SLIP = "Delivery Slip 241 mm, with Prices"
# Seconds from the key to the paper, of each edit and of the quickest of them.
LIMIT, LIMIT_OF_QUICKEST = 0.6, 0.3


def paper(page):
    return page.locator(".o_funnel_preview_print svg")


def until_shown(page, text):
    """Return how long the paper takes to show a text, from now on, in seconds."""
    start = time.monotonic()
    paper(page).get_by_text(text, exact=False).first.wait_for()
    return time.monotonic() - start


def leave(cell):
    """Leave the cell that is edited, as the Tab key does."""
    cell.press("Tab")


def list_row(page, one2many, text):
    return field(page, one2many).locator(".o_data_row", has_text=text).first


@pytest.fixture
def duplicate(demo_site, open_as):
    page = open_as(demo_site, "manager")
    open_menu(page, "Configuration", "Print Layouts")
    open_row(page, SLIP)
    page.locator(".o_cp_action_menus button").first.click()
    page.locator(".o-dropdown--menu").get_by_text("Duplicate", exact=True).click()
    page.wait_for_selector(f".o_breadcrumb:has-text('{SLIP} (copy)')")
    ready(page)
    return page


@pytest.mark.alone
def test_the_paper_follows_the_form(duplicate, artefacts):
    page = duplicate
    took = []

    # The customer's order number becomes a column.
    columns = field(page, "column_ids")
    columns.get_by_text("Add a line").click()
    row = columns.locator(".o_selected_row")
    row.locator("[name=field_key] input, [name=field_key] select").first.click()
    orders = paper(page).get_by_text("CG20")
    shown = orders.count()
    page.get_by_text("Customer's order reference", exact=True).last.click()
    expect(orders).not_to_have_count(shown)
    title = row.locator("[name=title] input")
    title.fill("PO No.")
    expect(title).to_have_value("PO No.")
    leave(title)
    took.append(until_shown(page, "PO No."))

    # The signature block moves, which shows as it is drawn 20 mm further to the left.
    page.get_by_role("tab", name="Header and Footer").click()
    cell = list_row(page, "block_ids", "Received by customer")
    cell.locator("td[name=text]").click()
    row = field(page, "block_ids").locator(".o_selected_row")
    box = row.locator("[name=text] input")
    for text in ("Signature", "Received", "Goods complete", "Signed for"):
        box.fill(text)
        leave(box)
        took.append(until_shown(page, text))
    before = paper(page).get_by_text("Signed for").bounding_box()["x"]
    box = row.locator("[name=x] input")
    box.fill("120")
    leave(box)
    page.wait_for_function(
        """(before) => [...document.querySelectorAll(".o_funnel_preview_print text")]
            .some((text) => text.textContent === "Signed for"
                && text.getBoundingClientRect().x < before - 20)""",
        arg=before,
    )
    page.locator(".o_form_button_save").click()
    page.wait_for_selector(".o_form_saved")
    assert max(took) < LIMIT and min(took) < LIMIT_OF_QUICKEST
    report = ", ".join(f"{seconds * 1000:.0f} ms" for seconds in took)
    (artefacts / "preview-times.txt").write_text(f"from Tab to paper: {report}\n")
    page.screenshot(path=artefacts / "print-layout.png")


@pytest.mark.parametrize(
    ("window", "least"), [((1366, 768), 340), ((1500, 900), 380), ((1920, 1080), 500)]
)
def test_a_tall_sheet_stands_beside_the_form(demo_site, open_as, window, least):
    page = open_as(demo_site, "manager")
    page.set_viewport_size({"width": window[0], "height": window[1]})
    open_menu(page, "Configuration", "Print Layouts")
    open_row(page, "Delivery Slip A4, with Prices")
    paper(page).wait_for()
    sheet = page.locator(".o_funnel_preview_sheet").bounding_box()
    assert sheet["width"] >= least
    assert sheet["y"] + sheet["height"] <= window[1]
    # Nor is any column of the longest list out of sight.
    page.get_by_role("tab", name="Header and Footer").click()
    hidden = (
        field(page, "block_ids")
        .locator(".o_list_renderer")
        .evaluate("(list) => list.scrollWidth - list.clientWidth")
    )
    assert hidden <= 0


def test_what_is_not_saved_yet_is_not_exported(demo_site, open_as):
    page = open_as(demo_site, "manager")
    open_menu(page, "Configuration", "Print Layouts")
    page.locator(".o_list_button_add").first.click()
    page.wait_for_selector(".o_form_editable")
    assert button(page, "Export").count() == 0


def test_the_form_offers_what_the_document_has(duplicate):
    page = duplicate
    menu = page.locator(".o-dropdown--menu")

    # The contents of a slip, and no others, may become a column.
    field(page, "column_ids").get_by_text("Add a line").click()
    choose = field(page, "column_ids").locator(".o_selected_row [name=field_key] input")
    choose.first.click()
    menu.get_by_text("Lots and serial numbers", exact=True).wait_for()
    assert menu.get_by_text("Due date", exact=True).count() == 0
    page.keyboard.press("Escape")

    # With the keys alone, a field is put where the cursor is, and typing goes on there.
    page.get_by_role("tab", name="Header and Footer").click()
    list_row(page, "block_ids", "Received by customer").locator("td[name=text]").click()
    box = field(page, "block_ids").locator(".o_selected_row [name=text] input").last
    box.fill("Got by : thanks")
    box.evaluate("(input) => input.setSelectionRange(7, 7)")
    box.press("Tab")
    page.keyboard.press("Enter")
    menu.get_by_text("{warehouse}", exact=True).wait_for()
    expect(menu.locator("input")).to_be_focused()
    page.keyboard.type("printed by")
    expect(menu.locator("code")).to_have_text(["{print_user}"])
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    page.keyboard.type(" here")
    expect(box).to_have_value("Got by {print_user} here: thanks")

    # Another kind of document has other columns; those it does not have are told.
    fill_in = field(page, "document_model").locator("input")
    fill_in.click()
    menu.get_by_text("Receipt or Payment Voucher", exact=True).click()
    told = page.locator(".o_funnel_preview_strange")
    expect(told).to_contain_text("Product and Specification")
    page.get_by_role("tab", name="Columns").click()
    strange = field(page, "column_ids").locator(".o_data_row:has(.o_funnel_strange)")
    assert "Product code" in strange.first.inner_text()
    page.locator(".o_form_button_cancel").click()
    expect(told).to_have_count(0)


def test_fifty_slips_from_the_list(demo_site, open_as, duplicate, tmp_path):
    box = field(duplicate, "menu_pdf").locator("input")
    box.check()
    fill(duplicate, "name", "Slip with PO No.")
    duplicate.locator(".o_form_button_save").click()
    duplicate.wait_for_selector(".o_form_saved")
    desk = open_as(demo_site, "orderdesk")
    open_menu(desk, "Deliveries", "All Deliveries")
    desk.locator("thead .o_list_record_selector input").check()
    slips = print_report(desk, "Slip with PO No.", tmp_path / "slips.pdf")
    assert slips.read_bytes().startswith(b"%PDF")


def test_the_warehouse_reads_layouts_only(demo_site, open_as):
    page = open_as(
        demo_site,
        "warehouse",
        "/odoo/action-crm_sales_funnel.funnel_print_layout_action",
    )
    ready(page)
    open_row(page, SLIP)
    assert button(page, "Restore as Shipped").count() == 0
    assert not page.locator(".o_form_editable").count()
    assert paper(page).get_by_text("Price incl. Tax").count() == 0
    assert paper(page).get_by_text("金额").count() == 0
