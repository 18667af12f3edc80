from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class FunnelCommissionPay(models.TransientModel):
    """Asks with which payroll employees are paid, and when others are billed."""

    _name = "funnel.commission.pay"
    _description = "Pay Commission"
    _inherit = "funnel.usual.dates"

    settlement_ids = fields.Many2many(
        "funnel.commission.settlement", string="Settlements", required=True
    )
    month = fields.Date(
        "Payroll of",
        required=True,
        compute="_compute_month",
        store=True,
        readonly=False,
        precompute=True,
        help="Any day of the month. Its draft gets the amounts as commission; where there"
        " is none, it is made.",
    )
    date = fields.Date("Bill Date", required=True, default=fields.Date.context_today)
    currency_id = fields.Many2one("res.currency", compute="_compute_amounts")
    employed_count = fields.Integer("Employees", compute="_compute_amounts")
    employed_amount = fields.Monetary("By Payroll", compute="_compute_amounts")
    billed_count = fields.Integer("Others", compute="_compute_amounts")
    billed_amount = fields.Monetary("By Vendor Bills", compute="_compute_amounts")

    posted = fields.Char("Payroll Is Posted", compute="_compute_posted")

    @api.depends("settlement_ids")
    def _compute_month(self):
        """Propose the month that wages are entered for now, or the first one after it
        whose payroll is not posted yet."""
        month = self.env["funnel.payroll"]._get_usual_month()
        for dialog in self:
            dialog.month = month
            while dialog._is_posted():
                dialog.month += relativedelta(months=1)

    @api.depends("month", "employed_count")
    def _compute_posted(self):
        for dialog in self:
            is_second = bool(
                dialog.employed_count and dialog.month and dialog._is_posted()
            )
            dialog.posted = is_second and self.env._(
                "The payroll of this month is posted already: a second one is made."
            )

    def _is_posted(self) -> bool:
        """Return whether the payroll of the month is posted, and there is no draft."""
        # sudo: whether there is one, for managers, who pay by drafts.
        payrolls = self.env["funnel.payroll"].sudo()
        found = payrolls.search(
            [
                ("company_id", "in", self.settlement_ids._origin.company_id.ids),
                ("month", "=", self.month.replace(day=1)),
                ("state", "in", ("draft", "posted")),
            ]
        )
        return set(found.mapped("state")) == {"posted"}

    @api.depends("settlement_ids")
    def _compute_amounts(self):
        for dialog in self:
            settlements = dialog.settlement_ids
            employed = settlements._filter_employed()
            billed = settlements - employed
            dialog.currency_id = settlements.currency_id[:1]
            dialog.employed_count = len(employed)
            dialog.employed_amount = sum(employed.mapped("payable"))
            dialog.billed_count = len(billed)
            dialog.billed_amount = sum(billed.mapped("payable"))

    def action_pay(self):
        """Pay them, and return how to open what pays them."""
        self.ensure_one()
        settlements = self.settlement_ids
        settlements._pay(self.month, self.date)
        payrolls, bills = settlements.payroll_id, settlements.move_id
        if payrolls:
            return payrolls._get_records_action(name=self.env._("Payroll Entry"))
        if bills.has_access("read"):
            return bills._get_records_action(name=self.env._("Vendor Bills"))
        return {"type": "ir.actions.act_window_close"}  # a manager's: drafts
