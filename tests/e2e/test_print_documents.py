"""Documents from the Print menu, each by the role that hands them out."""

import json

import openpyxl
import pytest
from test_at_once import Client
from webclient import (
    field,
    open_menu,
    open_row,
    pdf_pages,
    pdf_text,
    print_report,
    ready,
)

A4 = (210, 297)


def open_first(page):
    page.locator(".o_data_row").first.locator(".o_data_cell").nth(1).click()
    page.wait_for_selector(".o_form_view")
    ready(page)


def print_entries(page):
    """The entries of the Print menu of a form."""
    page.locator(".o_cp_action_menus button").first.click()
    menu = page.locator(".o-dropdown--menu")
    menu.first.wait_for()
    menu.get_by_text("Print", exact=True).click()
    page.locator(".o-dropdown--menu").nth(1).wait_for()
    entries = page.locator(".o-dropdown--menu").nth(1).locator(".o-dropdown-item")
    texts = [text.strip() for text in entries.all_inner_texts()]
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    return texts


@pytest.mark.parametrize(
    ("login", "menu", "label", "title"),
    [
        ("orderdesk", ("Sales", "Quotations"), "Quotation A4", "Quotation"),
        ("orderdesk", ("Sales", "Orders"), "Sales Order A4", "Sales Order"),
        ("purchasing", ("Purchasing", "Orders"), "Purchase Order A4", "Buyer"),
    ],
)
def test_orders(demo_site, open_as, tmp_path, artefacts, login, menu, label, title):
    page = open_as(demo_site, login)
    open_menu(page, *menu)
    open_first(page)
    pdf = print_report(page, label, tmp_path / "order.pdf")
    text = pdf_text(pdf)
    assert title in text or "报价单" in text or "销售订单" in text or "采购员" in text
    count, size = pdf_pages(pdf)
    assert count and all(abs(a - b) < 0.3 for a, b in zip(size, A4, strict=True))
    (artefacts / f"{label}.pdf").write_bytes(pdf.read_bytes())
    excel = label.removesuffix(" A4") + " (Excel)"
    book = openpyxl.load_workbook(print_report(page, excel, tmp_path / "order.xlsx"))
    values = [cell.value for row in book.active.iter_rows() for cell in row]
    assert any(isinstance(value, float) for value in values)


def test_receipt_without_prices(demo_site, open_as, tmp_path, artefacts):
    store = open_as(
        demo_site, "warehouse", "/odoo/action-stock.action_picking_tree_incoming"
    )
    ready(store)
    open_first(store)
    entries = print_entries(store)
    assert "Goods Receipt 241 mm" in entries
    assert not [entry for entry in entries if "Quotation" in entry or "Price" in entry]
    pdf = print_report(store, "Goods Receipt 241 mm", tmp_path / "receipt.pdf")
    text = pdf_text(pdf)
    assert "Goods Receipt" in text or "采购收货单" in text or "入库单" in text
    (artefacts / "receipt.pdf").write_bytes(pdf.read_bytes())


def test_voucher(demo_site, open_as, tmp_path, artefacts):
    cashier = open_as(
        demo_site, "finance", "/odoo/action-account.action_account_payments"
    )
    ready(cashier)
    open_row(cashier, "PBNK1")
    pdf = print_report(
        cashier, "Receipt or Payment Voucher A5", tmp_path / "voucher.pdf"
    )
    count, (width, height) = pdf_pages(pdf)
    assert count == 1 and abs(width - 210) < 0.3 and abs(height - 148) < 0.3
    assert "PBNK1/" in pdf_text(pdf)
    (artefacts / "voucher.pdf").write_bytes(pdf.read_bytes())


def test_mail(demo_site, open_as, artefacts):
    """A quotation goes to the customer, as an Excel file too."""
    seller = open_as(demo_site, "sales", "/odoo/action-sale.action_quotations")
    ready(seller)
    open_first(seller)
    seller.locator("button[name='action_quotation_send']:visible").first.click()
    dialog = seller.locator(".o_dialog")
    field(dialog, "attach_xlsx").locator("input").check()
    dialog.locator(".modal-content").screenshot(path=artefacts / "mail.png")
    dialog.locator(".o_mail_send:visible").first.click()
    dialog.wait_for(state="detached")
    seller.locator(".o-mail-Message").get_by_text(".xlsx").first.wait_for()


def test_the_warehouse_prints_odoos_list_with_barcodes(demo_site):
    """Odoo draws the barcodes of its own documents with another library than ours."""
    keeper = Client(demo_site, "warehouse")
    (picking,) = keeper.call(
        "stock.picking", "search", [["picking_type_code", "=", "outgoing"]], limit=1
    )
    data = json.dumps([f"/report/pdf/stock.report_picking/{picking}", "qweb-pdf"])
    answer = keeper.session.get(
        f"{demo_site.url}/report/download", params={"data": data}, timeout=60
    )
    assert answer.content.startswith(b"%PDF"), answer.text[:500]
    barcode = keeper.session.get(f"{demo_site.url}/report/barcode/Code128/WH-OUT-1")
    assert barcode.content.startswith(b"\x89PNG")
