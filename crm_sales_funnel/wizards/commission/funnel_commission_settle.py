from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...models.commission.funnel_commission_settlement import FINANCE, MANAGER


class FunnelCommissionSettle(models.TransientModel):
    """Makes the settlements of a company: up to which day, for whom."""

    _name = "funnel.commission.settle"
    _description = "Settle Commission"
    _inherit = ["funnel.own.company", "funnel.usual.dates"]

    date_to = fields.Date(
        "Up To",
        required=True,
        default=lambda self: self._get_last_day(),
        help="All that was earned up to this day and is in no settlement yet.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Salespeople",
        domain="[('share', '=', False)]",
        context={"active_test": False},
        help="Empty: everybody.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id", related_sudo=False)
    user_count = fields.Integer("Number of Salespeople", compute="_compute_preview")
    entry_count = fields.Integer("Number of Entries", compute="_compute_preview")
    amount = fields.Monetary(
        "Not Settled Yet",
        compute="_compute_preview",
        help="What the ledger has now. What else is due by now is booked first.",
    )
    stuck = fields.Char("Could Not Be Run", compute="_compute_stuck")

    @api.model
    def _get_last_day(self):
        """Return the last day of the month that is over."""
        return fields.Date.context_today(self).replace(day=1) - relativedelta(days=1)

    @api.depends("company_id", "date_to", "user_ids")
    def _compute_preview(self):
        entries = self.env["funnel.commission.entry"]
        self.user_count = self.entry_count = self.amount = 0
        for dialog in self.filtered("date_to"):
            ((users, count, amount),) = entries._read_group(
                dialog._get_entries_domain(),
                [],
                ["user_id:count_distinct", "__count", "amount:sum"],
            )
            dialog.user_count, dialog.entry_count = users, count
            dialog.amount = amount

    @api.depends("company_id")
    def _compute_stuck(self):
        # sudo: their names, for Finance, which settles what they pay.
        plans = self.env["funnel.commission.plan"].sudo()
        found = (
            plans.with_context(active_test=False)
            .search(
                [("company_id", "in", self.company_id.ids), ("is_stuck", "=", True)]
            )
            .grouped("company_id")
        )
        for dialog in self:
            stuck = found.get(dialog.company_id)
            dialog.stuck = stuck and stuck._say_stuck()

    def _get_entries_domain(self) -> Domain:
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("settlement_id", "=", False)
            & Domain("date", "<=", self.date_to)
        )
        if self.user_ids:
            domain &= Domain("user_id", "in", self.user_ids._origin.ids)
        return domain

    def action_make(self):
        """Book what is due, settle it, and return how to open the settlements.

        :raise UserError: the day has not come, or nobody has anything to settle
        """
        self.ensure_one()
        settlements = self.env["funnel.commission.settlement"]
        settlements._check_groups(FINANCE, MANAGER)
        if self.date_to > fields.Date.context_today(self):
            raise UserError(self.env._("Commission is settled when the day has come."))
        stuck = settlements._run_plans(self.company_id)
        users = self.user_ids if self.user_ids else None
        made = settlements._make(self.date_to, users, self.company_id)
        if not made:
            nothing = self.env._(
                "Nobody has anything to settle up to that day, beyond what is in later"
                " settlements."
            )
            raise UserError(
                "\n".join([nothing, *([stuck._say_stuck()] if stuck else [])])
            )
        return stuck._notify_stuck(
            made._get_records_action(name=self.env._("Settlements"), target="main")
        )
