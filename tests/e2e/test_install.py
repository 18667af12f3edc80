"""An administrator installs the addon from the Apps menu, and removes it again."""

from playwright.sync_api import expect

from dev import cluster

ADDON = "crm_sales_funnel"
MINUTES = 180_000  # milliseconds

# What an installation may add to a database, and an uninstallation must remove.
SCHEMA = """
SELECT 'column ' || table_name || '.' || column_name
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint ' || conrelid::regclass || '.' || conname
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'function ' || proname
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'model ' || model FROM ir_model
UNION ALL SELECT 'field ' || model || '.' || name FROM ir_model_fields
UNION ALL SELECT 'cron ' || cron_name FROM ir_cron
UNION ALL SELECT 'menu ' || id FROM ir_ui_menu
UNION ALL SELECT 'action ' || type || ' ' || id FROM ir_actions
UNION ALL SELECT 'group ' || id FROM res_groups
UNION ALL SELECT 'rule ' || id FROM ir_rule
UNION ALL SELECT 'view ' || key || ' ' || id FROM ir_ui_view WHERE key IS NOT NULL
UNION ALL SELECT 'parameter ' || key FROM ir_config_parameter
UNION ALL SELECT 'xml id ' || name
  FROM ir_model_data WHERE module = 'crm_sales_funnel'
"""


def _schema(site) -> set[str]:
    return set(cluster.query(SCHEMA, site.database).splitlines())


def _find_app(page):
    page.goto("/odoo/apps")
    page.wait_for_selector(".o_searchview_input")
    page.click(".o_facet_remove")  # the filter "Apps"
    page.fill(".o_searchview_input", ADDON)
    page.keyboard.press("Enter")
    card = page.locator(".o_kanban_record", has_text="CRM Sales Funnel")
    expect(card).to_have_count(1)
    return card


def _update_apps_list(page):
    # By its address: the menu of the developer mode comes late, and not always.
    page.goto("/odoo/action-base.action_view_base_module_update")
    page.click(".modal button:has-text('Update')")
    page.wait_for_selector(".modal", state="detached")


def test_install_from_the_apps_menu_and_uninstall(bare_site, open_as, artefacts):
    page = open_as(bare_site, "admin", "/odoo/apps")
    _update_apps_list(page)
    before = _schema(bare_site)

    card = _find_app(page)
    page.screenshot(path=artefacts / "apps.png")
    card.locator("button:has-text('Activate')").click()
    page.wait_for_selector(".o_main_navbar >> text=Sales Funnel", timeout=MINUTES)
    page.goto("/odoo/today")
    page.wait_for_selector(".o_funnel_today")
    page.screenshot(path=artefacts / "installed.png")
    assert bare_site.log_above_info() == []
    assert _schema(bare_site) > before

    card = _find_app(page)
    card.hover()
    card.locator(".o_dropdown_kanban button").click()
    page.click(".o-dropdown--menu >> text=Uninstall")
    page.click(".modal button:has-text('Uninstall')")
    page.wait_for_selector(".modal", state="detached", timeout=MINUTES)
    page.wait_for_selector(".o_main_navbar", timeout=MINUTES)
    after = _schema(bare_site)
    assert sorted(after - before) == []
    assert sorted(before - after) == []
    assert bare_site.log_above_info() == []
