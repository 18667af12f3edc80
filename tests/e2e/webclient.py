"""The web client as a person uses it: menus, fields, buttons, reports."""

import subprocess
import unicodedata
from pathlib import Path

from playwright.sync_api import Locator, Page

from dev.browser import settle


def open_menu(page: Page, section: str, item: str | None = None) -> None:
    """Choose Sales Funnel > section (> item)."""
    ready(page)
    if page.locator(".o_menu_brand", has_text="Sales Funnel").count() == 0:
        page.goto("/odoo/today")
        page.wait_for_selector(".o_menu_brand:has-text('Sales Funnel')")
    page.locator(".o_menu_sections").get_by_text(section, exact=True).first.click()
    if item:
        page.locator(".o-dropdown--menu").get_by_text(item, exact=True).click()
    ready(page)


def menus(page: Page) -> list[str]:
    """The first level of the menu as this user has it."""
    page.goto("/odoo/today")
    page.wait_for_selector(".o_funnel_today")
    return [
        text.strip() for text in page.locator(".o_menu_sections > *").all_inner_texts()
    ]


def ready(page: Page) -> None:
    """Wait until the client shows what was asked for and has nothing more to load."""
    page.wait_for_function(
        """() => document.querySelector(".o_action_manager > *")
            && !document.querySelector(".o_blockUI")"""
    )
    settle(page)


def field(page: Page | Locator, name: str) -> Locator:
    return page.locator(f".o_field_widget[name='{name}']").first


def fill(page: Page | Locator, name: str, text: str) -> None:
    """Type into a field and leave it."""
    box = field(page, name).locator("input, textarea").first
    box.fill(text)
    box.press("Tab")


def pick(
    page: Page, name: str, text: str, within: Page | Locator | None = None
) -> None:
    """Choose a record in a many2one by typing part of its name."""
    box = field(within or page, name).locator("input").first
    box.click()
    box.fill(text)
    page.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()


def button(page: Page | Locator, label: str) -> Locator:
    return page.get_by_role("button", name=label, exact=True).first


def save(page: Page) -> None:
    page.locator(".o_form_button_save").click()
    page.wait_for_selector(".o_form_saved")


def search(page: Page, text: str) -> None:
    """Type into the search box and press Enter when it has made its offers."""
    page.locator(".o_searchview_input").press_sequentially(text)
    page.locator(".o-dropdown--menu .o-dropdown-item", has_text=text).first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_selector(".o_searchview_facet")
    ready(page)


def open_row(page: Page, text: str) -> None:
    """Open the row of a list that holds a text."""
    # What the mouse rests on since the last click may be told over the row.
    page.mouse.move(0, 0)
    row = page.locator(".o_data_row", has_text=text).first
    row.locator(".o_data_cell:not(.o_handle_cell)").first.click()
    page.wait_for_selector(".o_form_view")
    ready(page)


def print_report(page: Page, label: str, target: Path) -> Path:
    """Choose a report in the Print menu (form or list) and keep the file."""
    page.locator(".o_cp_action_menus button").first.click()
    menu = page.locator(".o-dropdown--menu")
    menu.first.wait_for()
    entry = menu.get_by_text("Print", exact=True)
    if entry.count():  # a form's menu, where printing is a part of it
        entry.click()
    with page.expect_download(timeout=120_000) as download:
        page.locator(".o-dropdown--menu").get_by_text(label, exact=True).last.click()
    download.value.save_as(target)
    return target


def pdf_text(pdf: Path) -> str:
    """The text of a PDF, compatibility glyphs folded to the usual characters."""
    done = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True
    )
    return unicodedata.normalize("NFKC", done.stdout.decode())


def pdf_pages(pdf: Path) -> tuple[int, tuple[float, float]]:
    """The number of pages and the size of the first one in millimetres."""
    done = subprocess.run(["pdfinfo", str(pdf)], check=True, capture_output=True)
    facts = dict(
        line.split(":", 1) for line in done.stdout.decode().splitlines() if ":" in line
    )
    width, _x, height = facts["Page size"].split()[:3]
    return int(facts["Pages"]), (float(width) * 25.4 / 72, float(height) * 25.4 / 72)
