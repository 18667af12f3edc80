from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.commission import find_overlap

DAYS = frozenset({"days_delivery", "days_invoice", "days_due"})
# What is never below zero. A payment may come before the due date, and the margin may
# be a loss.
FROM_ZERO = frozenset({"discount_percent", "customer_age"})


class FunnelCommissionFactor(models.Model):
    """What makes a commission higher or lower: how soon the money came, how it was paid,
    the margin, the discount, the size of the document, how new the customer is.

    A range begins at ``value_from`` and ends before ``value_to``; it is open where
    ``value_to`` is not beyond ``value_from`` (empty is 0): see
    ``tools.commission.has_end``.
    """

    _name = "funnel.commission.factor"
    _description = "Commission Factor"
    _inherit = ["funnel.commission.part"]
    _order = "sequence, driver, value_from, id"

    sequence = fields.Integer(default=10)
    driver = fields.Selection(
        [
            ("days_delivery", "Days from Delivery to Payment"),
            ("days_invoice", "Days from Invoice to Payment"),
            ("days_due", "Days from Due Date to Payment"),
            ("method", "Payment Method"),
            ("margin_percent", "Margin in %"),
            ("discount_percent", "Discount in %"),
            ("document_amount", "Untaxed Amount of the Document"),
            ("customer_age", "Months since the First Order"),
        ],
        string="Depends On",
        required=True,
        default="days_delivery",
    )
    value_from = fields.Float(
        "From", digits=(16, 4), required=True, default=0, help="This value is in it."
    )
    value_to = fields.Float(
        "To Below",
        digits=(16, 4),
        required=True,
        default=0,
        help="This value is not in it any more. Where it is not above the first one, as"
        " an empty one is, there is no end.",
    )
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        string="Method",
        ondelete="restrict",
        domain="[('payment_type', '=', 'inbound'), ('journal_id.company_id', 'parent_of',"
        " company_id)]",
    )
    kind = fields.Selection(
        [
            ("multiplier", "Times the Rate"),
            ("rate", "Own Rate"),
            ("deduction", "Deduction"),
        ],
        string="What It Does",
        required=True,
        default="multiplier",
        help="Deduction: the rate is negative, once for each 30 days begun.",
    )
    value = fields.Float(
        digits=(16, 4),
        required=True,
        default=1,
        help="So many times the rate, a rate, or in percent what is deducted for each 30"
        " days begun.",
    )

    _value_not_below_zero = models.Constraint(
        "CHECK (value BETWEEN 0 AND 1000000)",
        "Times, rate or deduction: it is not below 0.",
    )
    _end_beyond_start = models.Constraint(
        "CHECK (value_to = 0 OR value_to > value_from)",
        "A range ends above its start; leave its end empty where it has none.",
    )
    _method_by_name = models.Constraint(
        "CHECK ((driver = 'method') = (payment_method_line_id IS NOT NULL))",
        "Choose the payment method, and only where it depends on the method.",
    )
    _deduction_by_days = models.Constraint(
        "CHECK (kind <> 'deduction' OR"
        " (driver IN ('days_delivery', 'days_invoice', 'days_due') AND value <= 100))",
        "Up to 100 % is deducted, for days that a payment is late.",
    )

    @api.depends_context("lang")
    @api.depends("driver", "value_from", "value_to", "payment_method_line_id")
    def _compute_display_name(self):
        # sudo: the name of the method, for who reads the factor.
        for factor in self.sudo():
            factor.display_name = factor.plan_id._say_when(factor)

    @api.onchange("driver")
    def _onchange_driver(self):
        if self.driver == "method":
            self.value_from = self.value_to = 0
        else:
            self.payment_method_line_id = False
        if self.kind == "deduction" and self.driver not in DAYS:
            self.kind = "multiplier"

    @api.constrains("driver", "value_from")
    def _check_value_from(self):
        for factor in self:
            if factor.driver in FROM_ZERO and factor.value_from < 0:
                raise ValidationError(
                    self.env._("Discounts and months are not below 0.")
                )

    @api.constrains("payment_method_line_id", "plan_id")
    def _check_payment_method_line_id(self):
        for factor in self:
            method = factor.payment_method_line_id
            # sudo: who works in a branch need not work in the company above it.
            companies = factor.company_id.sudo().parent_ids
            if method and (
                method.journal_id.company_id not in companies
                or method.payment_type != "inbound"
            ):
                raise ValidationError(
                    self.env._("Choose a method by which customers pay the company.")
                )

    @api.constrains("driver", "value_from", "value_to", "payment_method_line_id")
    def _check_overlap(self):
        for plan in self.plan_id:
            for driver, factors in plan.factor_ids.grouped("driver").items():
                if factors._overlap():
                    raise ValidationError(
                        self.env._(
                            "Two factors are for the same: %(driver)s.",
                            driver=self._label_of("driver", driver),
                        )
                    )

    def _overlap(self):
        """Return whether two factors, which depend on the same, are for the same."""
        if self[:1].driver == "method":
            return len(self.payment_method_line_id) < len(self)
        ranges = [(factor.value_from, factor.value_to) for factor in self]
        return find_overlap(ranges) is not None

    @api.model
    def _label_of(self, name, key):
        return dict(self._fields[name]._description_selection(self.env))[key]

    @api.constrains("kind", "value", "plan_id")
    def _check_value(self):
        self.plan_id._check_rates()
