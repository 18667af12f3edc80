from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ...tools.targets import MEASURES, MONTHS, PERIODS, get_first_day


class FunnelTarget(models.Model):
    """What a salesperson or a sales team is to reach in a month, quarter or year.

    Money is without taxes, in the currency of the company. Where several periods of one
    measure hold a day, the shortest one counts (``funnel.performance.report``).
    """

    _name = "funnel.target"
    _inherit = [
        "funnel.department.mixin",
        "funnel.finite.amounts",
        "funnel.usual.dates",
    ]
    _description = "Target"
    _order = "date_from desc, measure, team_id, user_id, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        index=True,
        ondelete="restrict",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    measure = fields.Selection(MEASURES, required=True, default="collected")
    period = fields.Selection(PERIODS, required=True, default="month")
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="First day of the month, quarter or year.",
    )
    date_to = fields.Date("To", compute="_compute_date_to", store=True, index=True)
    amount = fields.Float(
        required=True,
        digits=(16, 2),
        help="Money without taxes, in the currency of the company; of customers and"
        " contacts, how many.",
    )
    unit = fields.Char(compute="_compute_unit")

    _one_each = models.UniqueIndex(
        "(company_id, COALESCE(user_id, 0), COALESCE(team_id, 0), measure, period,"
        " date_from)",
        "There is a target of this measure for the same period already: change that one.",
    )

    @api.depends("period", "date_from")
    def _compute_date_to(self):
        for target in self:
            months = MONTHS.get(target.period)
            target.date_to = (
                months
                and target.date_from
                and target.date_from + relativedelta(months=months, days=-1)
            )

    @api.depends("measure", "company_id")
    @api.depends_context("lang")
    def _compute_unit(self):
        counted = {
            "new_customers": self.env._("customers"),
            "contacts": self.env._("contacts"),
        }
        for target in self:
            target.unit = counted.get(target.measure, target.currency_id.name)

    @api.depends("user_id", "team_id", "measure", "date_from")
    @api.depends_context("lang")
    def _compute_display_name(self):
        measures = dict(self._fields["measure"]._description_selection(self.env))
        for target in self:
            # sudo: whose target it is is told to whoever may read it.
            who = (target.user_id or target.team_id).sudo().display_name
            day = format_date(self.env, target.date_from)
            parts = (who, measures.get(target.measure), day)
            target.display_name = " · ".join(filter(None, parts))

    @api.onchange("period", "date_from")
    def _onchange_period(self):
        """Another period begins on its own first day."""
        if self.period and self.date_from:
            self.date_from = get_first_day(self.date_from, self.period)

    @api.constrains("user_id", "team_id")
    def _check_whose(self):
        if any(bool(target.user_id) == bool(target.team_id) for target in self):
            raise ValidationError(
                self.env._(
                    "A target is either a salesperson's or a sales team's: choose one of"
                    " them."
                )
            )

    @api.constrains("user_id", "company_id")
    def _check_user_company(self):
        for target in self.filtered("user_id"):
            if not target._works_there():
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work for %(company)s: choose somebody who"
                        " does.",
                        # sudo: who it is is told to whoever sets it a target.
                        user=target.user_id.sudo().name,
                        company=target.company_id.name,
                    )
                )

    def _works_there(self) -> bool:
        """Return whether the salesperson works for the company of the target."""
        # sudo: of which companies somebody is, and whether he works there.
        user = self.user_id.sudo()
        return not user.share and self.company_id in user.company_ids

    def _filter_going_on(self):
        """Return those of whom there may be further targets: of teams and salespeople
        that are active, and work for the company still."""
        return self.filtered(
            lambda target: (
                target.team_id.active
                or (target.user_id.active and target._works_there())
            )
        )

    @api.constrains("period", "date_from")
    def _check_date_from(self):
        for target in self:
            first = get_first_day(target.date_from, target.period)
            if target.date_from != first:
                raise ValidationError(
                    self.env._(
                        "The period begins on its first day: %(first)s instead of"
                        " %(day)s.",
                        first=format_date(self.env, first),
                        day=format_date(self.env, target.date_from),
                    )
                )

    @api.constrains("amount")
    def _check_amount(self):
        if any(target.amount < 0 for target in self):
            raise ValidationError(self.env._("A target is not less than 0."))

    def _get_team(self):
        # sudo: of which team the salesperson is.
        return self.team_id or self.user_id.sudo().sale_team_id

    @api.model
    def _get_department_domain(self, teams):
        domain = super()._get_department_domain(teams)
        return domain | Domain("user_id.sale_team_id", "in", teams.ids)

    def action_plan(self):
        """Open the wizard that fills targets in: those selected, or all of a year."""
        self.env["funnel.target.plan"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fill In Targets"),
            "res_model": "funnel.target.plan",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_target_ids": self.ids,
                "default_mode": "spread" if self else "copy",
            },
        }
