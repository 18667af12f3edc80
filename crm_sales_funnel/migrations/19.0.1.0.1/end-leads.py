from odoo import SUPERUSER_ID, api
from odoo.tools.sql import column_exists

RULE = "crm_sales_funnel.funnel_contact_log_rule_salesperson_read"
BEFORE = "('commercial_partner_id.user_id', '=', user.id)"
NOW = f"'&', {BEFORE}, '|', ('lead_id', '=', False), ('lead_id.user_id', '=', False)"


def migrate(cr, version):
    """Let customers and leads be due by what is their own alone; and hide what was said
    about a colleague's lead."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    leads = env["crm.lead"]
    if column_exists(cr, "crm_lead", "contact_customer_id"):
        leads._carry_over_folded()
    else:
        leads._carry_over_copied()
    rule = env.ref(RULE, raise_if_not_found=False)
    if rule and "('lead_id', '=', False)" not in rule.domain_force:
        rule.domain_force = rule.domain_force.replace(BEFORE, NOW)
