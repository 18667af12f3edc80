"""What the addon's tests make before they begin, kept in databases for tests: a company
with a chart of accounts, users, customers (``FunnelCommon.prepare``)."""

from . import odoo

SCRIPT = """
from odoo.addons.crm_sales_funnel.tests.common import FunnelCommon

FunnelCommon.prepare()
"""


def prepare(name: str) -> None:
    """Makes them in a database that has none."""
    odoo.shell(name, SCRIPT)
