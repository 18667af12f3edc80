from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_contact_mixin import COMPANY

# What decides when the customers of a plan are contacted.
RULES = frozenset({"contact_days", "dormant_days", "active"})


class FunnelContactPlan(models.Model):
    """How often customers are contacted, and when they count as dormant."""

    _name = "funnel.contact.plan"
    _description = "Contact Plan"
    _order = "contact_days, name, id"

    name = fields.Char(required=True, translate=True)
    contact_days = fields.Integer(
        string="Contact Every",
        required=True,
        default=30,
        help="In days: a customer is to be contacted so many days after the last "
        "contact. Whoever gets the plan without a contact in these days, or was never "
        "contacted, is spread over them, so that not all are due at once.",
    )
    dormant_days = fields.Integer(
        string="Dormant after",
        default=90,
        help="In days: a customer who has not ordered for so long is dormant. 0: never.",
    )
    active = fields.Boolean(
        default=True, help="A plan that is archived plans no contacts."
    )
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Only for the customers of this company; customers who belong to no company "
        "cannot have it. Empty: for all.",
    )
    level_ids = fields.One2many(
        "funnel.customer.level", "contact_plan_id", string="Default of Levels"
    )
    customer_count = fields.Integer(compute="_compute_customer_count")

    _contact_days_sensible = models.Constraint(
        "CHECK (contact_days BETWEEN 1 AND 3650)",
        "Customers are contacted every 1 to 3650 days.",
    )
    _dormant_days_sensible = models.Constraint(
        "CHECK (dormant_days BETWEEN 0 AND 3650)",
        "Customers are dormant after 1 to 3650 days; with 0 they never are.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_customer_count(self):
        # As the list shows them, whatever else this one shows.
        partners = self.env["res.partner"].with_context(active_test=True)
        counts = dict(
            partners._read_group(
                Domain("contact_plan_id", "in", self.ids) & COMPANY,
                ["contact_plan_id"],
                ["__count"],
            )
        )
        for plan in self:
            plan.customer_count = counts.get(plan, 0)

    @api.onchange("company_id", "level_ids")
    def _onchange_company_id(self):
        """Tell that customers whom all companies share are left without a plan."""
        if not self.company_id or not self.level_ids:
            return None
        # sudo: only how many they are.
        shared = self.env["res.partner"].sudo().with_context(active_test=True)
        count = shared.search_count(
            Domain("customer_level_id", "in", self.level_ids._origin.ids)
            & Domain("company_id", "=", False)
            & COMPANY
        )
        return count and {
            "warning": {
                "title": self.env._("Only for one company"),
                "message": self.env._(
                    "%(count)s customers of these levels belong to no company. They "
                    "cannot have this plan: give them another one, or leave the "
                    "company empty.",
                    count=count,
                ),
            }
        }

    @api.constrains("company_id")
    def _check_company_id(self):
        # sudo: also the customers of other companies, whose plan this must not be.
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        partners.search([("contact_plan_id", "in", self.ids)])._check_contact_plan_id()

    def write(self, vals):
        """Another rule moves the contacts of all customers of the plan at once."""
        changes = {
            name
            for name in RULES & vals.keys()
            if any(plan[name] != vals[name] for plan in self)
        }
        result = super().write(vals)
        if changes:
            self.env["res.partner"]._update_next_contacts(
                SQL("partner.contact_plan_id IN %s", tuple(self.ids))
            )
        return result

    def action_open_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.res_partner_action_customers"
        )
        return {
            **action,
            "name": self.name,
            "domain": list(Domain("contact_plan_id", "=", self.id) & COMPANY),
        }

    def action_ask_archive(self):
        """Archive it, or bring it back; ask before its customers lose their plan."""
        self.ensure_one()
        if self.active and self.customer_count:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Archive Contact Plan"),
                "res_model": "funnel.contact.plan.archive",
                "views": [(False, "form")],
                "target": "new",
                "context": {"default_plan_id": self.id},
            }
        self.active = not self.active
        return None

    def action_update_now(self):
        """Do now what the job of the night does."""
        self.check_access("write")
        partners = self.env["res.partner"]
        if not partners._lock_contact_plans():
            kind = "warning"
            message = self.env._("They are being updated at this moment.")
        else:
            kind = "success"
            count = partners._update_last_orders() + partners._update_next_contacts()
            message = self.env._("Customers changed: %s", count)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "title": self.env._("Contact plans"),
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
