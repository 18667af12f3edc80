from odoo import models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # An aging in the past undoes all that was reconciled since.
    _funnel_max_date_idx = models.Index(
        "(max_date) INCLUDE (debit_move_id, credit_move_id, amount,"
        " debit_amount_currency, credit_amount_currency)"
    )
