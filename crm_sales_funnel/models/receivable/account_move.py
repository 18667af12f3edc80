from odoo import api, fields, models
from odoo.exceptions import AccessError


class AccountMove(models.Model):
    _inherit = "account.move"

    funnel_statement_id = fields.Many2one(
        "funnel.statement",
        string="Statement of Account",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The statement that the customer confirmed and this invoice was made of.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_settling(*vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_settling(vals)
        return super().write(vals)

    def _check_settling(self, *vals_list):
        """Statements alone say what they are invoiced by."""
        if not self.env.su and any("funnel_statement_id" in vals for vals in vals_list):
            raise AccessError(
                self.env._("An invoice is of a statement when it was made of it.")
            )

    def _compute_needed_terms(self):
        # What is settled falls due by the day of the statement, whenever it is invoiced.
        for statement, invoices in self.grouped("funnel_statement_id").items():
            # sudo: who invoices may not be one who reads statements.
            settled_on = statement.sudo().date_to
            super(
                AccountMove, invoices.with_context(funnel_settled_on=settled_on)
            )._compute_needed_terms()
        return None

    # A statement follows its invoices, whoever cancels, deletes or posts them: sudo.

    def button_cancel(self):
        result = super().button_cancel()
        self.sudo().funnel_statement_id._follow_invoices()
        return result

    def button_draft(self):
        result = super().button_draft()
        self.sudo().funnel_statement_id._follow_invoices()
        return result

    def unlink(self):
        statements = self.sudo().funnel_statement_id
        result = super().unlink()
        statements._follow_invoices()
        return result
