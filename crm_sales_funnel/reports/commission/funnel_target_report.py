from typing import Any

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ...tools.targets import COUNTED, MEASURES, PERIODS
from .performance_scope import FIGURES


class FunnelTargetReport(models.Model):
    """How far each target is reached: one row a target, by the performance report, and
    who is ahead of whom among those with a target of the same measure and period."""

    _name = "funnel.target.report"
    _inherit = "funnel.department.mixin"
    _description = "Against Target"
    _auto = False
    _rec_name = "target_id"
    _order = "date_from desc, measure, reached_percent desc, id"

    target_id = fields.Many2one("funnel.target", string="What Was Set", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    measure = fields.Selection(MEASURES, readonly=True)
    period = fields.Selection(PERIODS, readonly=True)
    date_from = fields.Date("From", readonly=True)
    date_to = fields.Date("To", readonly=True)
    amount = fields.Float("Target", digits=(16, 2), readonly=True, aggregator=None)
    reached = fields.Float(digits=(16, 2), readonly=True, aggregator=None)
    missing = fields.Float(digits=(16, 2), readonly=True, aggregator=None)
    unit = fields.Char(related="target_id.unit")
    who = fields.Char("Whose", compute="_compute_summary")
    summary = fields.Char("Reached of Target", compute="_compute_summary")
    reached_percent = fields.Float(
        "Reached, %",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
    )
    time_percent = fields.Float(
        "Time Gone, %",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="How much of the period is over, without today.",
    )
    pace = fields.Selection(
        [
            ("reached", "Reached"),
            ("ahead", "On the Way"),
            ("behind", "Behind"),
            ("missed", "Missed"),
        ],
        readonly=True,
        help="Behind is who has reached less than the part of the period that is over.",
    )
    rank = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Among all salespeople, or all teams, with a target of this measure and"
        " period.",
    )

    _depends = {
        "funnel.target": [
            "amount",
            "company_id",
            "date_from",
            "date_to",
            "measure",
            "period",
            "team_id",
            "user_id",
        ],
    }

    @api.depends("user_id", "team_id", "reached", "amount")
    @api.depends_context("lang")
    def _compute_summary(self):
        for row in self:
            # sudo: whose target it is is told to whoever may read it.
            row.who = (row.user_id or row.team_id).sudo().name
            counted = row.measure in COUNTED
            digits = 0 if counted else row.company_id.currency_id.decimal_places
            reached, amount = (
                formatLang(self.env, value, digits=digits)
                for value in (row.reached, row.amount)
            )
            row.summary = f"{reached} / {amount} {row.unit}"

    @property
    def _table_query(self) -> SQL:
        today = fields.Date.context_today(self)
        return SQL(
            """
            SELECT target.*,
                   RANK() OVER (
                       PARTITION BY company_id, measure, period, date_from,
                                    user_id IS NULL
                       ORDER BY reached_percent DESC) AS rank,
                   GREATEST(amount - reached, 0) AS missing,
                   CASE WHEN reached >= amount THEN 'reached'
                        WHEN date_to < %(today)s THEN 'missed'
                        WHEN reached_percent >= time_percent THEN 'ahead'
                        ELSE 'behind' END AS pace
              FROM (
                  SELECT target.id,
                         target.id AS target_id,
                         target.company_id,
                         target.user_id,
                         target.team_id,
                         target.measure,
                         target.period,
                         target.date_from,
                         target.date_to,
                         target.amount,
                         COALESCE(reached.amount, 0) AS reached,
                         CASE WHEN target.amount = 0 THEN 100
                              ELSE 100 * COALESCE(reached.amount, 0)::float8
                                   / target.amount END AS reached_percent,
                         100.0 * LEAST(GREATEST(
                             %(today)s - target.date_from, 0), length)
                             / length AS time_percent
                    FROM (SELECT *, date_to - date_from + 1 AS length
                            FROM funnel_target) AS target
               LEFT JOIN (%(reached)s) AS reached ON reached.id = target.id
                   WHERE target.company_id IN %(companies)s
              ) AS target
            """,
            today=today,
            reached=self._reached(),
            companies=tuple(self.env.companies.ids),
        )

    def _reached(self) -> SQL:
        """Return what was reached of each target: who asks for targets of some days has
        the documents of these days read alone, once for all targets."""
        bounds = self._get_bounds()
        if not bounds:
            return SQL("SELECT 0 AS id, 0::numeric AS amount WHERE FALSE")
        first, last, measures = bounds
        # sudo: who may read a target is told what is reached of it.
        report = self.env["funnel.performance.report"].sudo()
        kinds = sorted({FIGURES[measure] for measure in measures})
        query = report._search(
            Domain("date", ">=", first)
            & Domain("date", "<=", last)
            & Domain("kind", "in", kinds)
        )
        names = ("company_id", "user_id", "team_id", "date", *FIGURES)
        daily = query.select(*(SQL.identifier(query.table, name) for name in names))
        amount = SQL(
            "CASE target.measure %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN SUM(%s)", name, SQL.identifier("daily", name))
                for name in FIGURES
            ),
        )
        return SQL(
            """
            WITH daily AS MATERIALIZED (
                SELECT company_id, user_id, team_id, date, %(sums)s
                  FROM (%(daily)s) AS row
              GROUP BY company_id, user_id, team_id, date)
            SELECT target.id, %(amount)s AS amount
              FROM funnel_target AS target
              JOIN daily
                ON daily.company_id = target.company_id
               AND daily.user_id = target.user_id
               AND daily.date BETWEEN target.date_from AND target.date_to
          GROUP BY target.id
             UNION ALL
            SELECT target.id, %(amount)s AS amount
              FROM funnel_target AS target
              JOIN daily
                ON daily.company_id = target.company_id
               AND daily.team_id = target.team_id
               AND daily.date BETWEEN target.date_from AND target.date_to
          GROUP BY target.id
            """,
            sums=SQL(", ").join(
                SQL("SUM(%s) AS %s", SQL.identifier(name), SQL.identifier(name))
                for name in FIGURES
            ),
            daily=daily,
            amount=amount,
        )

    def _get_bounds(self):
        """Return the first and the last day of the targets that are asked for, and their
        measures; None when there are none."""
        domain = self.env.context.get("funnel_targets")
        # sudo: days and measures alone, of the companies that are chosen.
        targets = self.env["funnel.target"].sudo()
        if not isinstance(domain, Domain):
            domain = Domain.TRUE
        domain &= Domain("company_id", "in", self.env.companies.ids)
        [(first, last, measures)] = targets._read_group(
            domain, [], ["date_from:min", "date_to:max", "measure:array_agg_distinct"]
        )
        return (first, last, measures) if first else None

    def _search(self, domain, *args, **kwargs):
        """Have the documents read of the days alone that are asked for."""
        domain = Domain(domain)
        asked = self._get_target_domain(domain.optimize_full(self))
        scoped = self.with_context(funnel_targets=asked)
        return super(FunnelTargetReport, scoped)._search(domain, *args, **kwargs)

    def _get_team(self):
        return self.target_id._get_team()

    @api.model
    def _get_department_domain(self, teams):
        return self.env["funnel.target"]._get_department_domain(teams)

    @api.model
    def _get_target_domain(self, domain: Domain) -> Domain:
        """Return what of a domain says which periods and measures are asked for."""
        parts = domain.children if getattr(domain, "OPERATOR", "") == "&" else [domain]
        own = ("id", "date_from", "date_to", "measure", "period")
        return Domain.AND(
            part
            for part in parts
            if (leaves := list(part.iter_conditions()))
            and all(leaf.field_expr in own for leaf in leaves)
        )

    @api.readonly
    def action_open_figures(self) -> dict[str, Any]:
        """Return the action that shows what is behind: the performance of the salesperson
        or team in the period."""
        self.ensure_one()
        self.check_access("read")
        whose = "user_id" if self.user_id else "team_id"
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_performance_report_action"
        )
        return {
            **action,
            "name": self.target_id.display_name,
            "domain": [
                (whose, "=", self[whose].id),
                ("kind", "=", FIGURES[self.measure]),
                ("date", ">=", self.date_from),
                ("date", "<=", self.date_to),
            ],
            "context": {
                "pivot_measures": [self.measure],
                "graph_measure": self.measure,
            },
        }
