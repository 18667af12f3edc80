from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.targets import COUNTED, MEASURES, MONTHS, PERIODS


class FunnelTargetPlan(models.TransientModel):
    """Fills targets in: a year before with some percent more, or a year's by its months."""

    _name = "funnel.target.plan"
    _description = "Fill In Targets"
    _inherit = "funnel.finite.amounts"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    mode = fields.Selection(
        [
            ("copy", "Last year's targets, and some percent more"),
            ("figures", "What was reached last year, and some percent more"),
            ("spread", "Targets of a year, by its months"),
        ],
        string="What to Fill In",
        required=True,
        default="copy",
    )
    year = fields.Integer(
        "For the Year",
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
    )
    percent = fields.Float("Percent More", default=10.0)
    measure = fields.Selection(MEASURES, default="collected")
    period = fields.Selection(PERIODS, default="month")
    target_ids = fields.Many2many("funnel.target", string="Targets to Spread")

    def action_apply(self):
        """Create the targets that are not there yet; those that are stay as they are.

        :return: the action that lists the targets made
        :raise UserError: when there is nothing to make
        """
        self.ensure_one()
        if not 2000 <= self.year <= 2100:
            raise UserError(self.env._("Choose a year between 2000 and 2100."))
        made = self._create_missing(getattr(self, f"_prepare_{self.mode}")())
        if not made:
            raise UserError(self._get_nothing())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Targets"),
            "res_model": "funnel.target",
            "views": [(False, "list")],
            "domain": [("id", "in", made.ids)],
        }

    def _get_nothing(self) -> str:
        if self.mode == "spread":
            return self.env._(
                "Select targets of a year whose months have no targets yet."
            )
        return self.env._(
            "Nothing to fill in: the year before has nothing, or all targets are there"
            " already."
        )

    def _create_missing(self, vals_list):
        """Create what has no target of the same period yet."""
        targets = self.env["funnel.target"]
        fnames = ("company_id", "user_id", "team_id", "measure", "period", "date_from")
        there = targets.search(
            [
                (name, "in", list({vals[name] for vals in vals_list}))
                for name in ("company_id", "date_from")
            ]
        )
        known = {
            tuple(
                target[name].id if name.endswith("_id") else target[name]
                for name in fnames
            )
            for target in there
        }
        return targets.create(
            [
                vals
                for vals in vals_list
                if tuple(vals.get(name, False) for name in fnames) not in known
            ]
        )

    def _raise(self, amount: float, measure: str) -> float:
        """Return the amount with the percent more: a whole number of what is counted."""
        more = amount * (1 + self.percent / 100)
        return self._round(more, measure)

    @api.model
    def _round(self, amount: float, measure: str) -> float:
        return round(amount) if measure in COUNTED else round(amount, 2)

    def _prepare_copy(self):
        last = self.year - 1
        before = self.env["funnel.target"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_from", ">=", f"{last}-01-01"),
                ("date_from", "<=", f"{last}-12-31"),
            ]
        )
        return [
            {
                "company_id": self.company_id.id,
                "user_id": target.user_id.id,
                "team_id": target.team_id.id,
                "measure": target.measure,
                "period": target.period,
                "date_from": target.date_from + relativedelta(years=1),
                "amount": self._raise(target.amount, target.measure),
            }
            for target in before._filter_going_on()
        ]

    def _prepare_figures(self):
        """What each salesperson reached; who sells no more has no target."""
        if not (self.measure and self.period):
            raise UserError(self.env._("Choose what to fill in, and by which period."))
        report = self.env["funnel.performance.report"]
        report = report.with_context(allowed_company_ids=self.company_id.ids)
        rows = report._read_group(
            [
                ("date", ">=", f"{self.year - 1}-01-01"),
                ("date", "<=", f"{self.year - 1}-12-31"),
                ("user_id.active", "=", True),
                ("user_id.company_ids", "in", self.company_id.ids),
            ],
            ["user_id", f"date:{self.period}"],
            [f"{self.measure}:sum"],
        )
        return [
            {
                "company_id": self.company_id.id,
                "user_id": user.id,
                "measure": self.measure,
                "period": self.period,
                "date_from": first + relativedelta(years=1),
                "amount": self._raise(reached, self.measure),
            }
            for user, first, reached in rows
            if user and (reached or 0) > 0
        ]

    def _prepare_spread(self):
        """Twelve parts of the same size that sum to the year's, to the cent: in whichever
        company that is set."""
        vals_list = []
        years = self.target_ids.filtered(lambda target: target.period == "year")
        for target in years._filter_going_on():
            upto = [
                self._round(target.amount * month / MONTHS["year"], target.measure)
                for month in range(MONTHS["year"] + 1)
            ]
            vals_list += [
                {
                    "company_id": target.company_id.id,
                    "user_id": target.user_id.id,
                    "team_id": target.team_id.id,
                    "measure": target.measure,
                    "period": "month",
                    "date_from": target.date_from + relativedelta(months=month),
                    "amount": round(upto[month + 1] - upto[month], 2),
                }
                for month in range(MONTHS["year"])
            ]
        return vals_list
