from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError


class FunnelCommissionWhatIf(models.TransientModel):
    """What a plan would have paid, beside what is booked: nothing is written."""

    _name = "funnel.commission.what.if"
    _description = "What a Plan Would Have Paid"

    plan_id = fields.Many2one(
        "funnel.commission.plan", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: self._get_last_quarter()[0],
    )
    date_to = fields.Date(
        "To",
        required=True,
        default=lambda self: self._get_last_quarter()[1],
    )
    line_ids = fields.One2many(
        "funnel.commission.what.if.line",
        "what_if_id",
        string="Salespeople",
        readonly=True,
    )

    @api.model
    def _get_last_quarter(self):
        today = fields.Date.context_today(self)
        first = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        return first - relativedelta(months=3), first - relativedelta(days=1)

    @api.constrains("date_from", "date_to")
    def _check_days(self):
        for each in self:
            if each.date_from > each.date_to:
                raise ValidationError(self.env._("The last day is before the first."))

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        for record in records:
            record._compute_lines()
        return records

    def action_compute(self):
        """Compute it for the days that are entered, and show it."""
        self.ensure_one()
        self._compute_lines()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What If"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _compute_lines(self):
        """What would be due, and what is booked, of what happened in these days.

        :raise AccessError: the user may not read what everybody earns
        """
        self.plan_id.check_access("write" if self.plan_id.state == "draft" else "read")
        self.env["funnel.commission.entry"].check_access("create")
        engine = self.env["funnel.commission.engine"]
        wanted = engine._simulate(self.plan_id, self.date_from, self.date_to)
        booked = self._get_booked()
        self.line_ids = [Command.clear()] + [
            Command.create(
                {
                    "user_id": user,
                    "amount": wanted.get(user, 0),
                    "booked": booked.get(user, 0),
                }
            )
            for user in wanted | booked
        ]

    def _get_booked(self) -> dict[int, float]:
        rows = self.env["funnel.commission.entry"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("event_date", ">=", self.date_from),
                ("event_date", "<=", self.date_to),
                ("type", "!=", "adjustment"),
            ],
            ["user_id"],
            ["amount:sum"],
        )
        return {user.id: amount for user, amount in rows}


class FunnelCommissionWhatIfLine(models.TransientModel):
    _name = "funnel.commission.what.if.line"
    _description = "What a Salesperson Would Have Earned"
    _order = "amount desc, id"

    what_if_id = fields.Many2one(
        "funnel.commission.what.if", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="what_if_id.currency_id")
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    amount = fields.Monetary("By This Plan", readonly=True)
    booked = fields.Monetary(readonly=True)
    difference = fields.Monetary(compute="_compute_difference")

    @api.depends("amount", "booked")
    def _compute_difference(self):
        for line in self:
            line.difference = line.amount - line.booked
