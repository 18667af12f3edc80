from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    min_date = fields.Date(
        "Min Date of Matched Lines",
        compute="_compute_min_date",
        store=True,
        precompute=True,
        help="The earlier date of what is matched. An aging between it and the later one"
        " undoes the matching; before both there is nothing to undo.",
    )

    # An aging in the past undoes what was reconciled since.
    _funnel_max_date_idx = models.Index(
        "(max_date) INCLUDE (min_date, debit_move_id, credit_move_id, amount,"
        " debit_amount_currency, credit_amount_currency)"
    )

    def _auto_init(self):
        # The ORM would read every entry there is to fill it.
        if not column_exists(self.env.cr, self._table, "min_date"):
            create_column(self.env.cr, self._table, "min_date", "date")
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE account_partial_reconcile AS partial
                       SET min_date = LEAST(debit.date, credit.date)
                      FROM account_move_line AS debit, account_move_line AS credit
                     WHERE debit.id = partial.debit_move_id
                       AND credit.id = partial.credit_move_id
                    """
                )
            )
        return super()._auto_init()

    @api.depends("debit_move_id.date", "credit_move_id.date")
    def _compute_min_date(self):
        for partial in self:
            partial.min_date = min(
                partial.debit_move_id.date, partial.credit_move_id.date
            )
