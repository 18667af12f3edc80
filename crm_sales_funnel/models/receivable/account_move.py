from odoo import api, fields, models
from odoo.exceptions import AccessError

# An object of ours in the context is what no request from outside can have there.
REPLACES = object()


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
        moves = super().create(vals_list)
        if moves.funnel_statement_id:
            self._check_settling()
            # sudo: who invoices may not be one who reads statements.
            moves.sudo().funnel_statement_id._follow_invoices()
        return moves

    def write(self, vals):
        if "funnel_statement_id" in vals:
            self._check_settling()
        return super().write(vals)

    def _check_settling(self):
        """Statements alone say what they are invoiced by, and invoices that replace
        others."""
        replaces = self.env.context.get("funnel_replaces") is REPLACES
        if not (self.env.su or replaces):
            raise AccessError(
                self.env._("An invoice is of a statement when it was made of it.")
            )

    def _compute_needed_terms(self):
        settled = self.filtered("funnel_statement_id")
        super(AccountMove, self - settled)._compute_needed_terms()
        # What is settled falls due by the day of the statement, whenever it is invoiced.
        for statement, invoices in settled.grouped("funnel_statement_id").items():
            # sudo: who invoices may not be one who reads statements.
            settled_on = statement.sudo().date_to
            super(
                AccountMove, invoices.with_context(funnel_settled_on=settled_on)
            )._compute_needed_terms()
        return None

    # A statement follows its invoices, whoever cancels, deletes, reverses or posts them.

    def _post(self, soft=True):
        posted = super()._post(soft)
        if self.reversed_entry_id:
            # sudo: whoever posts it.
            self.sudo().reversed_entry_id.funnel_statement_id._follow_invoices()
        return posted

    def button_cancel(self):
        result = super().button_cancel()
        self._get_settled()._follow_invoices()
        return result

    def button_draft(self):
        statements = self._get_settled()
        result = super().button_draft()
        statements._follow_invoices()
        return result

    def unlink(self):
        statements = self._get_settled()
        result = super().unlink()
        statements._follow_invoices()
        return result

    def _get_settled(self):
        """Return the statements that these were made of, or what they reverse."""
        if not self:  # Odoo asks whenever something is posted
            return self.env["funnel.statement"]
        moves = self.sudo()  # sudo: whoever changes them
        return (moves | moves.reversed_entry_id).funnel_statement_id

    # What the customer says about it.

    def action_take_promise(self):
        """Return the dialog that takes a promise to pay this invoice."""
        return self._get_open_items().action_take_promise()

    def action_dispute(self):
        """Return the dialog that notes why the customer disputes this invoice."""
        return self._get_open_items().action_dispute()

    def _get_open_items(self):
        """Return the rows of the aging, as far as the user sees them."""
        self.ensure_one()
        report = self.env["funnel.aging.report"].with_context(
            as_of=False,
            account_type="asset_receivable",
            allowed_company_ids=self.company_id.ids,
        )
        return report.search([("move_id", "=", self.id)])
