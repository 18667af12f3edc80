from odoo import api, fields, models


class FunnelPayrollLine(models.Model):
    """The pay of one employee in one payroll: what he or she reads of it. Written by
    the payroll alone."""

    _name = "funnel.payroll.line"
    _description = "Pay of an Employee"
    _order = "payroll_id desc, sequence, id"

    payroll_id = fields.Many2one(
        "funnel.payroll", required=True, readonly=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Employee",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Employee's User",
        readonly=True,
        index="btree_not_null",
        help="Reads this pay once it is posted.",
    )
    amount_ids = fields.One2many(
        "funnel.payroll.amount", "line_id", string="Amounts", readonly=True
    )
    company_id = fields.Many2one(related="payroll_id.company_id", store=True)
    currency_id = fields.Many2one(related="payroll_id.currency_id")
    month = fields.Date(related="payroll_id.month", store=True)
    date = fields.Date(related="payroll_id.date", string="Booked on")
    gross = fields.Monetary(
        "Gross Pay", compute="_compute_totals", store=True, help="All that is earned."
    )
    withheld = fields.Monetary(compute="_compute_totals", store=True)
    net = fields.Monetary(
        "Net Pay",
        compute="_compute_totals",
        store=True,
        help="What is earned less what is withheld: what the employee is paid.",
    )
    employer = fields.Monetary(
        "Paid on Top",
        compute="_compute_totals",
        store=True,
        help="What the company pays besides, for instance as social insurance.",
    )

    _once = models.UniqueIndex(
        "(payroll_id, partner_id)", "An employee is in a payroll once."
    )

    @api.depends("amount_ids.amount", "amount_ids.pay_kind", "currency_id")
    def _compute_totals(self):
        totals = {"earning": "gross", "withheld": "withheld", "employer": "employer"}
        for line in self:
            for kind, name in totals.items():
                amounts = line.amount_ids.filtered(lambda a, k=kind: a.pay_kind == k)
                line[name] = line.currency_id.round(sum(amounts.mapped("amount")))
            line.net = line.currency_id.round(line.gross - line.withheld)

    @api.depends("partner_id.name", "month")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for line in self:
            month = self.env["funnel.payroll"]._format_month(line.month)
            line.display_name = f"{line.partner_id.name or ''} · {month}"
