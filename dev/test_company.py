"""A company with a chart of accounts in databases for tests.

To make one takes most of the time that a class of tests needs before its first test; the
tests (``FunnelCommon``) take it where it is there, and make their own where it is not.
"""

from . import odoo

SCRIPT = """
company = env["res.company"].create({"name": "Company of the Tests"})
chart = env["account.chart.template"]
chart.try_loading("generic_coa", company=company, install_demo=False)
env["stock.warehouse"].create({"company_id": company.id})  # only in tests Odoo makes it
# As AccountTestInvoicingCommon does with each company that it makes.
company.account_fiscal_country_id = company.account_fiscal_country_id or env.ref("base.us")
env["ir.model.data"].create(
    {
        "module": "funnel_tests",
        "name": "company",
        "model": "res.company",
        "res_id": company.id,
        "noupdate": True,
    }
)
env.cr.commit()
"""


def prepare(name: str) -> None:
    """Makes the company in a database that has none."""
    odoo.shell(name, SCRIPT)
