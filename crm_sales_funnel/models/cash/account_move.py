from odoo import fields, models

# What an entry says of its lines, and whether it counts.
TOLD_BY_MOVES = {
    "commercial_partner_id",
    "invoice_user_id",
    "partner_id",
    "reversed_entry_id",
}
# What it says of all that it pays.
TOLD_OF_MONEY = {"date", "state"}
# What no running cost is posted as.
SALES = ("out_invoice", "out_refund", "out_receipt")


class AccountMove(models.Model):
    _inherit = "account.move"

    vat_invoice_kind = fields.Selection(
        [("special", "Special"), ("ordinary", "Ordinary"), ("none", "None")],
        string="VAT Invoice Kind",
        copy=False,
        tracking=True,
        help="Kind of the tax invoice that was issued or received for this document:"
        " special ones let the buyer deduct the tax.",
    )
    vat_invoice_number = fields.Char(
        "VAT Invoice Number",
        copy=False,
        index="trigram",
        tracking=True,
        help="Number of the tax invoice that was issued or received for this document.",
    )

    # Known with the entry, so that these are not looked for whenever it changes.
    running_cost_ids = fields.One2many(
        "funnel.running.cost",
        "move_id",
        string="Running Costs",
        readonly=True,
        groups="crm_sales_funnel.group_funnel_finance",
    )
    payroll_ids = fields.One2many(
        "funnel.payroll",
        "move_id",
        string="Payrolls",
        readonly=True,
        groups="crm_sales_funnel.group_funnel_finance",
    )

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self._tell_reversed()
        if "state" in vals or "payment_state" in vals:
            self._tell_running_costs()
        posted = self.filtered(lambda move: move.state == "posted")
        if not TOLD_OF_MONEY.isdisjoint(vals):
            (self if "state" in vals else posted)._touch_allocation()
        elif not TOLD_BY_MOVES.isdisjoint(vals):
            self.env["funnel.allocation"]._touch(posted)
        return result

    def _compute_payment_state(self):
        result = super()._compute_payment_state()
        self._tell_running_costs()
        return result

    def _tell_running_costs(self) -> None:
        """Running costs follow their entries. Not by a dependency: what payments
        and reconciliations go through at each step would be a quarter more."""
        bills = self.filtered(lambda move: move.id and move.move_type not in SALES)
        if bills:
            # sudo: whoever pays a bill changes where its running cost stands.
            bills.sudo().running_cost_ids.modified(["move_id"])

    def _tell_reversed(self) -> None:
        """What they reverse, and what that reverses in its turn, is taken back now or
        counts again: what is computed of their reversals is computed anew."""
        seen, reversed_ = self.browse(), self.reversed_entry_id
        while reversed_ := reversed_ - seen:
            reversed_.modified(["reversal_move_ids"])
            seen |= reversed_
            reversed_ = reversed_.reversed_entry_id

    def _touch_allocation(self) -> None:
        """What they pay, and what they moved, may have changed."""
        self.env["funnel.allocation"]._touch(self, all_they_pay=True)

    def button_draft(self):
        for payment in self.origin_payment_id.filtered("unknown_receipt_id"):
            payment._check_not_arrived()
        return super().button_draft()

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        base_line = super()._prepare_product_base_line_for_taxes_computation(
            product_line
        )
        # What was paid is known with its tax, whatever way the tax is computed.
        if product_line.running_cost_id and self.is_invoice(include_receipts=True):
            base_line["special_mode"] = "total_included"
        return base_line
