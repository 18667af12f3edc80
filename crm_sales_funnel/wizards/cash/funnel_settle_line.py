from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


def _of_item(path, **attributes):
    # With the rights of the user, who may name any journal item.
    return {"related": f"move_line_id.{path}", "related_sudo": False, **attributes}


class FunnelSettleLine(models.TransientModel):
    """An open item, and what of it is settled: all amounts are positive for what is owed
    and negative for what takes off (credit notes, money on account)."""

    _name = "funnel.settle.line"
    _description = "Open Item to Receive or Pay"
    _inherit = ["funnel.required.fields", "funnel.finite.amounts"]

    settle_id = fields.Many2one(
        "funnel.settle", required=True, index=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one(
        "account.move.line", string="Journal Item", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="settle_id.company_id")
    currency_id = fields.Many2one(related="settle_id.currency_id")
    move_id = fields.Many2one(string="Number", **_of_item("move_id"))
    ref = fields.Char(string="Reference", **_of_item("ref"))
    date = fields.Date(**_of_item("date"))
    deposit_order_id = fields.Many2one(
        string="Deposit of Order", **_of_item("payment_id.deposit_order_id")
    )
    date_due = fields.Date("Due Date", compute="_compute_due")
    days_overdue = fields.Integer(
        compute="_compute_due",
        help="Days since the due date, at the date of the payment; negative while it is"
        " not due.",
    )
    open_amount = fields.Monetary(readonly=True, help="Open when the items were read.")
    applied = fields.Monetary(help="How much of it is paid, or used up.")
    rounded = fields.Monetary(
        "Rounded Off",
        help="Small difference that is written off, so that the document is paid.",
    )
    stays_open = fields.Monetary(compute="_compute_stays_open")

    @api.depends("move_line_id", "open_amount", "settle_id.date")
    def _compute_due(self):
        for line in self:
            item = line.move_line_id
            line.date_due = item.date_maturity or item.date
            day, is_debt = line.settle_id.date, line.open_amount > 0
            line.days_overdue = (
                (day - line.date_due).days if is_debt and day and line.date_due else 0
            )

    @api.depends("open_amount", "applied", "rounded")
    def _compute_stays_open(self):
        for line in self:
            line.stays_open = line.open_amount - line.applied - line.rounded

    def _check_amounts(self, open_now: float) -> None:
        """Refuse what is not open, and more than is open."""
        self.ensure_one()
        compare = self.currency_id.compare_amounts
        name = self.move_id.name or ""
        if compare(open_now, self.open_amount):
            raise UserError(
                self.env._(
                    "Of %(document)s %(now)s is open by now, not %(seen)s. Take what is"
                    " proposed anew, or reload the screen.",
                    document=name,
                    now=format_amount(self.env, open_now, self.currency_id),
                    seen=format_amount(self.env, self.open_amount, self.currency_id),
                )
            )
        sign = 1 if open_now > 0 else -1
        applied, rounded = sign * self.applied, sign * self.rounded
        if sign < 0 and compare(rounded, 0):
            raise UserError(
                self.env._("%(document)s: credits are not rounded off.", document=name)
            )
        too_much = compare(applied + rounded, sign * open_now) > 0
        if too_much or compare(applied, 0) < 0 or compare(rounded, 0) < 0:
            raise UserError(
                self.env._(
                    "%(document)s: what is applied and rounded off is between zero and"
                    " the open amount, %(open)s.",
                    document=name,
                    open=format_amount(self.env, open_now, self.currency_id),
                )
            )
