from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FunnelCommissionRule(models.Model):
    """A rate of its own for some of what is sold. Of the rules that fit, the most
    specific one counts: product before customer before category (an inner one before
    the outer one) before customer level before team; more conditions before fewer; then
    the first of the list."""

    _name = "funnel.commission.rule"
    _description = "Commission Rate"
    _inherit = ["funnel.commission.part"]
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product", check_company=True, ondelete="restrict"
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Product Category",
        ondelete="restrict",
        help="With the categories below it.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', id)]",
    )
    customer_level_id = fields.Many2one("funnel.customer.level", ondelete="restrict")
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", check_company=True, ondelete="restrict"
    )
    kind = fields.Selection(
        [
            ("rate", "Own Rate"),
            ("multiplier", "Times the Rate"),
            ("excluded", "Earns Nothing"),
        ],
        string="What It Does",
        required=True,
        default="rate",
        help="Own rate: whatever level is reached. Times the rate: of the plan or of the"
        " level that is reached. Earns nothing: and does not count for the levels.",
    )
    rate = fields.Float(digits=(16, 4), required=True, default=0)
    multiplier = fields.Float("Times", digits=(16, 4), required=True, default=1)

    _some_condition = models.Constraint(
        "CHECK (num_nonnulls(product_id, categ_id, partner_id, customer_level_id,"
        " team_id) > 0)",
        "Say for what the rate is: a product, a category, a customer, a level or a team.",
    )
    _multiplier_sensible = models.Constraint(
        "CHECK (multiplier BETWEEN 0 AND 1000)",
        "A rate is multiplied by 0 to 1000.",
    )

    @api.depends_context("lang")
    @api.depends("product_id", "categ_id", "partner_id", "customer_level_id", "team_id")
    def _compute_display_name(self):
        # sudo: the names of what it is for, for who reads it.
        for rule in self.sudo():
            rule.display_name = rule.plan_id._say_conditions(rule)

    @api.constrains("partner_id")
    def _check_partner_id(self):
        for rule in self:
            if rule.partner_id != rule.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Choose the company %(company)s: its contacts are in it.",
                        company=rule.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.constrains("rate", "kind", "plan_id")
    def _check_rate(self):
        self.plan_id._check_rates()
