from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    rounding_off_account_id = fields.Many2one(
        "account.account",
        string="Account of Rounding Off",
        check_company=True,
        domain="[('account_type', 'in', ('income', 'income_other', 'expense',"
        " 'expense_direct_cost'))]",
        help="Where small differences go that are rounded off when a document is paid."
        " Empty: the account of cash differences.",
    )
    rounding_off_limit = fields.Monetary(
        "Limit of Rounding Off",
        default=1.0,
        required=True,
        help="The most that is rounded off of a document when it is paid.",
    )
    duplicate_payment_days = fields.Integer(
        "Warn of Payments Entered Twice Within",
        default=7,
        required=True,
        help="Days between two payments of the same amount, or with the same reference,"
        " of which the second is warned about.",
    )

    # Above the highest number there is "not a number" as well.
    _rounding_off_limit_is_small = models.Constraint(
        "CHECK (rounding_off_limit BETWEEN 0 AND 1000000)",
        "The limit of rounding off is zero or above, and below a million.",
    )
    _duplicate_payment_days_are_few = models.Constraint(
        "CHECK (duplicate_payment_days BETWEEN 0 AND 366)",
        "Payments are compared within 0 to 366 days.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("transfer_account_id"):
            self.transfer_account_id._mark_liquidity(holds_money=True)
        return result

    def _get_rounding_off_account(self, is_loss: bool):
        """Return where the company books what is rounded off.

        :param is_loss: a customer pays less, not the company
        """
        self.ensure_one()
        if self.rounding_off_account_id:
            return self.rounding_off_account_id
        if is_loss:
            return self.default_cash_difference_expense_account_id
        return self.default_cash_difference_income_account_id
