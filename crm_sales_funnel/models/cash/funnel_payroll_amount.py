from odoo import fields, models


class FunnelPayrollAmount(models.Model):
    """What an employee gets, or has withheld, of one item in one payroll. Written by
    the payroll alone."""

    _name = "funnel.payroll.amount"
    _description = "Amount of Pay"
    _order = "line_id, item_id"

    line_id = fields.Many2one(
        "funnel.payroll.line",
        string="Employee's Pay",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    item_id = fields.Many2one(
        "funnel.cost.item",
        string="Cost Item",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    pay_kind = fields.Selection(
        related="item_id.pay_kind", string="Pay Item", store=True
    )
    currency_id = fields.Many2one(related="line_id.currency_id")
    amount = fields.Monetary(required=True, readonly=True)

    _once = models.UniqueIndex(
        "(line_id, item_id)", "An employee has one amount of an item."
    )
