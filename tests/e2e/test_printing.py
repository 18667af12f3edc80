"""Printing from the web client: Excel, certain pages, layouts in and out."""

import json

import openpyxl
from webclient import (
    button,
    field,
    fill,
    open_menu,
    open_row,
    pdf_pages,
    print_report,
    ready,
    search,
)

PRICES = {"Price incl. Tax", "Amount", "含税单价", "金额"}


def numbers_and_texts(book):
    sheets = openpyxl.load_workbook(book, data_only=True).worksheets
    return [c.value for sheet in sheets for row in sheet.iter_rows() for c in row]


def open_action_menu(page, entry):
    """Choose an entry of the gear menu (form) or of the actions (list)."""
    page.locator(".o_cp_action_menus button").first.click()
    page.locator(".o-dropdown--menu").get_by_text(entry, exact=True).click()


def put_into_menu(page, layout):
    open_menu(page, "Configuration", "Print Layouts")
    open_row(page, layout)
    box = field(page, "menu_xlsx").locator("input")
    if not box.is_checked():
        box.check()
        page.locator(".o_form_button_save").click()
        page.wait_for_selector(".o_form_saved")


def test_excel_and_pages(demo_site, open_as, tmp_path):
    manager = open_as(demo_site, "manager")
    put_into_menu(manager, "Delivery Slip 241 mm, with Prices")
    put_into_menu(manager, "Delivery Slip 241 mm, without Prices")

    desk = open_as(demo_site, "orderdesk")
    open_menu(desk, "Deliveries", "All Deliveries")
    desk.locator(".o_data_row").first.locator(".o_data_cell").nth(1).click()
    ready(desk)
    label = "Delivery Slip 241 mm, with Prices (Excel)"
    book = print_report(desk, label, tmp_path / "slip.xlsx")
    values = numbers_and_texts(book)
    assert any(isinstance(value, float | int) for value in values)
    assert PRICES & set(values)

    open_action_menu(desk, "Print Pages or Copies")
    dialog = desk.locator(".modal")
    fill(dialog, "pages", "first")
    button(dialog, "Print").click()
    desk.get_by_text("Write pages as 2, or 1-3,5").wait_for()
    desk.locator(".modal", has_text="Write pages").get_by_role(
        "button", name="Close"
    ).first.click()
    fill(dialog, "pages", "1")
    with desk.expect_download() as download:
        button(dialog, "Print").click()
    download.value.save_as(tmp_path / "page.pdf")
    count, (width, height) = pdf_pages(tmp_path / "page.pdf")
    assert count == 1 and abs(width - 241) < 0.3 and abs(height - 139.7) < 0.3

    store = open_as(demo_site, "warehouse")
    open_menu(store, "Deliveries", "All Deliveries")
    store.locator(".o_data_row").first.locator(".o_data_cell").nth(1).click()
    ready(store)
    label = "Delivery Slip 241 mm, without Prices (Excel)"
    values = numbers_and_texts(print_report(store, label, tmp_path / "store.xlsx"))
    assert {"Product and Specification", "品名规格"} & set(values)
    assert not PRICES & set(values)


def test_a_layout_goes_out_and_comes_in(demo_site, open_as, tmp_path):
    manager = open_as(demo_site, "manager")
    open_menu(manager, "Configuration", "Print Layouts")
    search(manager, "A4, with Prices")
    open_row(manager, "Delivery Slip A4, with Prices")
    with manager.expect_download() as download:
        button(manager, "Export").click()
    exported = tmp_path / "layout.json"
    download.value.save_as(exported)
    values = json.loads(exported.read_text())
    values["name"] = "From Elsewhere"
    exported.write_text(json.dumps(values))

    open_menu(manager, "Configuration", "Print Layouts")
    button(manager, "Import").click()
    dialog = manager.locator(".modal")
    dialog.locator("input[type=file]").set_input_files(exported)
    button(dialog, "Import").click()
    manager.wait_for_function(
        """() => document.querySelector("[name=name] input, [name=name] textarea")
            ?.value === "From Elsewhere" """
    )


def test_headings_of_the_printed_slips_are_whole(demo_site, open_as, tmp_path):
    desk = open_as(demo_site, "orderdesk")
    open_menu(desk, "Deliveries", "All Deliveries")
    desk.locator(".o_data_row").first.locator(".o_data_cell").nth(1).click()
    ready(desk)
    print_report(desk, "Delivery Slip 241 mm, with Prices", tmp_path / "slip.pdf")
    desk.goto("/odoo/action-crm_sales_funnel.funnel_print_slip_action")
    desk.locator(".o_data_row").first.wait_for()
    headings = desk.locator("thead th .text-truncate")
    cut = "es => es.filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    for width in (1440, 1920):
        desk.set_viewport_size({"width": width, "height": 800})
        desk.reload()
        desk.locator(".o_data_row").first.wait_for()
        assert headings.evaluate_all(cut) == [], width
