from odoo import api, fields, models


class FunnelCommissionLevel(models.Model):
    """A bound, and what is paid from there on; below the lowest one the plan's rate
    holds. There are lower bounds only, so nothing lies between two levels."""

    _name = "funnel.commission.level"
    _description = "Commission Level"
    _inherit = ["funnel.commission.part"]
    _order = "bound, id"

    bound = fields.Float(
        "From",
        digits=(16, 4),
        required=True,
        default=0,
        help="In the company's currency, or in the plan's unit where levels are reached"
        " by the quantity.",
    )
    rate = fields.Float(digits=(16, 4), required=True, default=0)
    fixed = fields.Monetary(
        "Bonus",
        required=True,
        default=0,
        help="Paid once in a period, when the bound is reached, whichever version of the"
        " plan pays it.",
    )

    _bound_once = models.Constraint(
        "UNIQUE (plan_id, bound)", "Two levels begin at the same bound."
    )
    _bound_not_below_zero = models.Constraint(
        "CHECK (bound >= 0)", "A level begins at 0 or above."
    )
    _fixed_not_below_zero = models.Constraint(
        "CHECK (fixed >= 0)", "The bonus of a level is not below 0."
    )
    _fixed_of_a_bound = models.Constraint(
        "CHECK (fixed <= 0 OR bound > 0)",
        "A level that begins at 0 has no bonus: nobody has to reach it. Enter the bound"
        " from which the bonus is paid.",
    )

    @api.depends_context("lang")
    @api.depends("bound")
    def _compute_display_name(self):
        for level in self:
            level.display_name = level.plan_id._say_number(level.bound)

    @api.constrains("rate", "plan_id")
    def _check_rate(self):
        self.plan_id._check_rates()
