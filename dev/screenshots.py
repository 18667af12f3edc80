"""`make screenshots`: the pictures of the README and of the page in Apps.

Runs in the Python environment. It photographs a fresh demo company, whose dates are
relative to today, so the pictures show the same whenever they are taken.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from . import addon, browser, cluster, databases, paths, ports, server

TARGET = addon.FOLDER / "static/description"
SLIP = f"{paths.ADDON}.report_slip_241_prices"
SLIP_LAYOUT = "Delivery Slip 241 mm, with Prices"
WIDE = {"width": 1860, "height": 1000}  # has the paper beside the form
# The latest delivery that was done and has some lines, but fits on one form.
LATEST_DELIVERY = """
SELECT picking.id
  FROM stock_picking picking
  JOIN stock_picking_type kind ON kind.id = picking.picking_type_id
  JOIN stock_move move ON move.picking_id = picking.id
 WHERE kind.code = 'outgoing' AND picking.state = 'done'
 GROUP BY picking.id
HAVING count(*) BETWEEN 4 AND 12
 ORDER BY picking.date_done DESC, picking.id
 LIMIT 1
"""


# One that fits on the screen.
LONGEST_STATEMENT = """
SELECT statement.id
  FROM funnel_statement statement
  JOIN funnel_statement_line line ON line.statement_id = statement.id
 WHERE statement.kind = 'settlement'
 GROUP BY statement.id
HAVING count(*) <= 14
 ORDER BY count(*) DESC, statement.id
 LIMIT 1
"""


# A plan with levels and members, and a settlement that fits on the screen.
FULLEST_PLAN = """
SELECT plan_id FROM funnel_commission_level GROUP BY plan_id
 ORDER BY count(*) DESC, plan_id DESC LIMIT 1
"""
LONGEST_SETTLEMENT = """
SELECT settlement_id FROM funnel_commission_entry
 WHERE settlement_id IS NOT NULL
 GROUP BY settlement_id
HAVING count(*) <= 12
 ORDER BY count(*) DESC, settlement_id DESC
 LIMIT 1
"""


def main() -> None:
    name = f"screenshots_{paths.clone_key()}_{os.getpid()}"
    databases.copy(name, addon.template(demo=True))
    try:
        with tempfile.TemporaryDirectory() as folder, browser.started() as chromium:
            log, port = Path(folder) / "odoo.log", ports.free()
            with server.start(name, port, log):
                _photograph(chromium, f"http://{ports.ADDRESS}:{port}", name)
    finally:
        databases.drop(name)


def _photograph(chromium, url: str, database: str) -> None:
    def page_of(login):
        context = browser.open_context(chromium, url)
        context.set_default_timeout(90_000)  # the first page compiles its assets
        return browser.log_in(context, login)

    manager = page_of("manager")
    manager.wait_for_selector(".o_funnel_today .card")
    _shoot(manager, "today")
    plan = cluster.query(FULLEST_PLAN, database)
    _open(manager, f"/odoo/commission-plans/{plan}", ".o_data_row")
    _shoot(manager, "plan")
    settlement = cluster.query(LONGEST_SETTLEMENT, database)
    _open(manager, f"/odoo/commission-settlements/{settlement}", ".o_data_row")
    _shoot(manager, "settlement")
    _open(manager, _action("funnel_print_layout_action"), ".o_data_row")
    manager.set_viewport_size(WIDE)
    manager.get_by_text(SLIP_LAYOUT, exact=True).first.click()
    manager.wait_for_selector(".o_funnel_preview_print svg")
    _shoot(manager, "layout")
    sales = page_of("sales")
    _open(sales, _action("res_partner_action_customers"), ".o_data_row")
    _shoot(sales, "customers")
    sales.locator(".o_data_row .o_data_cell").first.click()
    sales.get_by_role("button", name="Log a Contact", exact=True).first.click()
    sales.wait_for_selector(".modal .o_form_view")
    _shoot(sales, "contact")
    finance = page_of("finance")
    _open(finance, "/odoo/aging", ".o_data_row, .o_group_header")
    _shoot(finance, "aging")
    statement = cluster.query(LONGEST_STATEMENT, database)
    _open(finance, f"/odoo/statements/{statement}", ".o_data_row")
    _shoot(finance, "statement")
    _open(finance, _action("funnel_followup_line_action"), ".o_data_row")
    _shoot(finance, "followups")
    picking = cluster.query(LATEST_DELIVERY, database)
    slip = page_of("orderdesk").request.get(f"/report/pdf/{SLIP}/{picking}")
    _draw(slip.body(), "slip")


def _action(name: str) -> str:
    return f"/odoo/action-{paths.ADDON}.{name}"


def _open(page, path: str, until: str) -> None:
    page.goto(path)
    page.wait_for_selector(until)


def _shoot(page, name: str) -> None:
    page.wait_for_selector(".o_loading_indicator", state="detached")
    page.wait_for_timeout(2000)  # pictures are there, and what slides in is at rest
    page.screenshot(path=TARGET / f"{name}.png", animations="disabled")
    print(TARGET / f"{name}.png")


def _draw(pdf: bytes, name: str) -> None:
    """The first page of a printed document as a picture."""
    command = ["pdftoppm", "-singlefile", "-r", "110", "-png", "-", TARGET / name]
    subprocess.run(command, input=pdf, check=True)
    print(TARGET / f"{name}.png")


if __name__ == "__main__":
    main()
