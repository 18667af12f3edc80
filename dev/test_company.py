"""A company with a chart of accounts, and its users, in databases for tests.

To make them takes most of the time that a class of tests needs before its first test; the
tests (``FunnelCommon``) take them where they are there, and make their own where not.
"""

from . import odoo

SCRIPT = """
from odoo.addons.crm_sales_funnel.tests.common import create_role_users

company = env["res.company"].create({"name": "Company of the Tests"})
chart = env["account.chart.template"]
chart.try_loading("generic_coa", company=company, install_demo=False)
env["stock.warehouse"].create({"company_id": company.id})  # only in tests Odoo makes it
# As AccountTestInvoicingCommon does with each company that it makes.
company.account_fiscal_country_id = company.account_fiscal_country_id or env.ref("base.us")
users = create_role_users(company)
for name, record in {"company": company, **users}.items():
    env["ir.model.data"].create(
        {
            "module": "funnel_tests",
            "name": name,
            "model": record._name,
            "res_id": record.id,
            "noupdate": True,
        }
    )
env.cr.commit()
"""


def prepare(name: str) -> None:
    """Makes them in a database that has none."""
    odoo.shell(name, SCRIPT)
