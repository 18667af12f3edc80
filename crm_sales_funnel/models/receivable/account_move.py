from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    funnel_statement_id = fields.Many2one(
        "funnel.statement",
        string="Statement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The statement that the customer confirmed and this invoice was made of.",
    )

    @api.depends("funnel_statement_id")
    def _compute_needed_terms(self):
        # What is settled falls due by the day of the statement, whenever it is invoiced.
        for statement, invoices in self.grouped("funnel_statement_id").items():
            # sudo: who invoices may not be one who reads statements.
            settled_on = statement.sudo().date_to
            super(
                AccountMove, invoices.with_context(funnel_settled_on=settled_on)
            )._compute_needed_terms()
        return None

    def button_cancel(self):
        result = super().button_cancel()
        # sudo: a statement follows its invoice, whoever cancels it.
        self.funnel_statement_id.sudo()._reopen()
        return result

    def unlink(self):
        # sudo: as above.
        statements = self.funnel_statement_id.sudo()
        result = super().unlink()
        statements._reopen()
        return result
