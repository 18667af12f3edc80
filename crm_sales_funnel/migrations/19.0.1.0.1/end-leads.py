from odoo import SUPERUSER_ID, api
from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Let customers and leads be due by what is their own alone."""
    leads = api.Environment(cr, SUPERUSER_ID, {})["crm.lead"]
    if column_exists(cr, "crm_lead", "contact_customer_id"):
        leads._carry_over_folded()
    else:
        leads._carry_over_copied()
