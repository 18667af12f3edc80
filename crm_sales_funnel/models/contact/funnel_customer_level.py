from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .funnel_contact_mixin import COMPANY


class FunnelCustomerLevel(models.Model):
    """How much a customer matters, which decides how often it is contacted."""

    _name = "funnel.customer.level"
    _description = "Customer Level"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)
    contact_plan_id = fields.Many2one(
        "funnel.contact.plan",
        ondelete="restrict",
        index="btree_not_null",
        help="Customers of this level have it, except where another plan was chosen by"
        " hand. A plan of one company is given to the customers of that company only:"
        " those who belong to no company have none then.",
    )
    customer_count = fields.Integer(compute="_compute_customer_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_customer_count(self):
        # As the list shows them, whatever else this one shows.
        partners = self.env["res.partner"].with_context(active_test=True)
        counts = dict(
            partners._read_group(
                Domain("customer_level_id", "in", self.ids) & COMPANY,
                ["customer_level_id"],
                ["__count"],
            )
        )
        for level in self:
            level.customer_count = counts.get(level, 0)

    def write(self, vals):
        """Customers who have the level's plan follow to another one."""
        former = {}
        if "contact_plan_id" in vals:
            former = self.grouped("contact_plan_id")
        result = super().write(vals)
        for plan, levels in former.items():
            levels._replace_plan(plan, levels[:1].contact_plan_id)
        return result

    def _replace_plan(self, old, new):
        """Give the new plan to the customers of these levels who have the old one."""
        if old == new:
            return
        partners = self.env["res.partner"]
        partners.flush_model(
            ["company_id", "contact_plan_id", "contact_plan_since", "customer_level_id"]
        )
        # sudo: a plan is one company's and its branches', for customers of theirs.
        companies = new.sudo().company_id.search(
            [("id", "child_of", new.sudo().company_id.ids)]  # sudo: as above
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner
                   SET contact_plan_id = %(new)s,
                       contact_plan_since = CASE WHEN %(new)s::int IS NOT NULL
                           THEN COALESCE(contact_plan_since, %(today)s::date) END
                 WHERE customer_level_id IN %(levels)s
                   AND contact_plan_id IS NOT DISTINCT FROM %(old)s
                   AND %(fits)s
                """,
                new=new.id or None,
                old=old.id or None,
                today=fields.Date.context_today(self),
                levels=tuple(self.ids),
                fits=SQL("company_id IN %s", tuple(companies.ids))
                if new.sudo().company_id  # sudo: as above
                else SQL("TRUE"),
            )
        )
        partners.invalidate_model(["contact_plan_id", "contact_plan_since"])
        partners._update_next_contacts(
            SQL("partner.customer_level_id IN %s", tuple(self.ids))
        )

    def action_open_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.res_partner_action_customers"
        )
        return {
            **action,
            "name": self.name,
            "domain": list(Domain("customer_level_id", "=", self.id) & COMPANY),
        }
