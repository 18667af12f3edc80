from odoo import api, fields, models


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    is_bill = fields.Boolean(
        "Bill or Cheque",
        help="Payments by this method have a maturity date, and are cashed or paid by the"
        " bank then. They wait on the outstanding account of the method until it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        methods = super().create(vals_list)
        methods.payment_account_id._mark_liquidity(holds_money=True)
        return methods

    def write(self, vals):
        result = super().write(vals)
        if vals.get("payment_account_id"):
            self.payment_account_id._mark_liquidity(holds_money=True)
        return result
