from itertools import product

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ...tools.commission import is_before

# What a payment alone tells: how long it took, and how it was made.
BY_PAYMENT = frozenset({"days_delivery", "days_invoice", "days_due", "method"})


class FunnelCommissionPlan(models.Model):
    """Whether what a plan says fits together. What one record says by itself is checked
    when it is saved; what takes several of them, when the plan is approved, and the form
    of the draft tells it all along."""

    _inherit = "funnel.commission.plan"

    problems = fields.Text("What Is Missing", compute="_compute_problems")

    @api.depends_context("lang")
    @api.depends(
        "basis",
        "date_from",
        "factor_ids.driver",
        "factor_ids.kind",
        "factor_ids.value",
        "level_ids.fixed",
        "level_ids.rate",
        "measure",
        "member_ids.country_ids",
        "member_ids.date_from",
        "member_ids.date_to",
        "member_ids.is_taken",
        "member_ids.scope",
        "member_ids.share",
        "member_ids.state_ids",
        "member_ids.team_id",
        "rate",
        "release_ids.event",
        "release_ids.percent",
        "rule_ids.kind",
        "rule_ids.rate",
        "state",
    )
    def _compute_problems(self):
        for plan in self:
            problems = plan._get_problems() if plan.state == "draft" else []
            plan.problems = "\n".join(problems)

    def _get_problems(self):
        """Return a sentence for each thing that keeps the plan from being approved."""
        self.ensure_one()
        return [
            *self._get_rate_problems(),
            *self._get_release_problems(),
            *self._get_factor_problems(),
            *self._get_member_problems(),
            *self._get_version_problems(),
        ]

    def _get_rate_problems(self):
        paid = (
            self.rate
            or any(level.rate or level.fixed for level in self.level_ids)
            or any(rule.kind == "rate" and rule.rate for rule in self.rule_ids)
            or any(part.kind == "rate" and part.value for part in self.factor_ids)
        )
        return [] if paid else [self.env._("Nothing is paid yet: enter a rate.")]

    def _get_release_problems(self):
        releases = self.release_ids
        if not releases:
            return []
        problems = []
        total = sum(releases.mapped("percent"))
        if round(total, 4) != 100:
            problems.append(
                self.env._(
                    "The parts that are released add up to %(total)s %%: they must be"
                    " 100 %%.",
                    total=self._say_number(total),
                )
            )
        events = set(filter(None, releases.mapped("event")))
        if self.basis and any(is_before(event, self.basis) for event in events):
            problems.append(
                self.env._("Nothing is released before it is earned: see the releases.")
            )
        return problems

    def _get_factor_problems(self):
        problems = []
        drivers = set(self.factor_ids.mapped("driver"))
        events = set(self.release_ids.mapped("event"))
        # What is released at the order, or at the invoice, has the plan's own rate.
        is_known = self.basis == "collected" or (
            not events.isdisjoint(("collected", "fully_collected"))
            and "year_end" not in events
        )
        if not drivers.isdisjoint(BY_PAYMENT) and not is_known:
            problems.append(
                self.env._(
                    "Days to the payment and its method are known when it is collected:"
                    " let the commission be earned or released then."
                )
            )
        if self.measure == "quantity" and "deduction" in self.factor_ids.mapped("kind"):
            problems.append(
                self.env._(
                    "A deduction is in percent of an amount: where the quantity is paid"
                    " on, enter a rate of its own, or so many times the rate."
                )
            )
        return problems

    def _get_member_problems(self):
        """Not more can be taken from a sale at a time than there is: by those of its
        team, and by those in whose territory it is."""
        takers = self.member_ids.filtered("is_taken")
        teams = takers.filtered(lambda m: m.scope == "team")
        groups = list(teams.grouped("team_id").values())
        problems = [
            self.env._(
                "More than 100 %% is taken from what %(team)s earns.",
                team=members.team_id.name,
            )
            for members in groups
            if members._get_highest_share() > 100
        ]
        if problems:
            return problems
        places = takers._get_by_place()
        pairs = product(groups or [teams], places or [teams.browse()])
        if any((team | place)._get_highest_share() > 100 for team, place in pairs):
            problems.append(
                self.env._(
                    "More than %(all)s may be taken from one sale, by those of its team"
                    " and in whose territory it is.",
                    all=self._say_percent(100),
                )
            )
        return problems

    def _get_version_problems(self):
        previous = self.previous_id
        if not previous or not self.date_from:
            return []
        never_began = previous.date_to and previous.date_to < previous.date_from
        if never_began or self.date_from > previous.date_from:
            return []
        return [
            self.env._(
                "It must begin after %(previous)s, which begins on %(date)s.",
                previous=previous.display_name,
                date=format_date(self.env, previous.date_from),
            )
        ]

    @api.constrains("company_id")
    def _check_company_of_parts(self):
        """A plan that goes to another company takes nothing of the first one along."""
        self.rule_ids._check_company()
        self.member_ids._check_company()
        self.factor_ids._check_payment_method_line_id()

    @api.constrains("rate", "measure")
    def _check_rates(self):
        for plan in self:
            highest = float("inf") if plan.measure == "quantity" else 100
            rates = [
                plan.rate,
                *plan.level_ids.mapped("rate"),
                *plan.rule_ids.filtered(lambda rule: rule.kind == "rate").mapped(
                    "rate"
                ),
                *plan.factor_ids.filtered(lambda f: f.kind == "rate").mapped("value"),
            ]
            if any(not 0 <= rate <= highest for rate in rates):
                raise ValidationError(
                    self.env._("A rate is from 0 to 100 %.")
                    if highest == 100
                    else self.env._("A rate is not below 0.")
                )
