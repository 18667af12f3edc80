"""Levels go on counting where a version of a plan takes the place of another one within a
month, quarter or year."""

from odoo import models
from odoo.tools import SQL
from odoo.tools.date_utils import end_of, start_of


class FunnelCommissionPlan(models.Model):
    _inherit = "funnel.commission.plan"

    def _get_versions(self):
        """Return the plan with all its versions, the first one first."""
        self.ensure_one()
        versions = self.with_context(active_test=False)
        while versions[0].previous_id:
            versions = versions[0].previous_id | versions
        while later := versions.search([("previous_id", "=", versions[-1].id)]):
            versions |= later
        return versions

    def _get_counted_with(self):
        """Return the versions of which what was sold counts for the levels of this one:
        those before it that hold in its first period; where a level is for all of the
        period, those after it that hold in its last one as well."""
        if not self.level_ids:
            return self.browse()
        versions = self._get_versions()
        place = versions.ids.index(self.id)
        first, last = self._get_first_day(), self._get_last_day()
        found = versions[:place].filtered(
            lambda earlier: earlier.date_to and earlier.date_to >= first
        )
        if self.level_mode == "retroactive" and last:
            found |= versions[place + 1 :].filtered(
                lambda later: later.date_from <= last
            )
        return found.filtered(self._counts_alike)

    def _get_first_day(self):
        """Return the first day of the period in which it begins."""
        return start_of(self.date_from, self.period)

    def _get_last_day(self):
        """Return the last day of the period in which it ends, if it does."""
        return self.date_to and end_of(self.date_to, self.period)

    def _counts_alike(self, version) -> bool:
        """Return whether a version was approved, and knows what reaches a level here."""
        if version.state == "draft" or version.company_id != self.company_id:
            return False
        measure = self.level_measure
        if measure == "quantity" and version.uom_id != self.uom_id:
            return False
        engine = self.env["funnel.commission.engine"]
        return measure == "untaxed" or engine._asks_for(version, measure)


class FunnelCommissionEngine(models.AbstractModel):
    """What other versions of a plan count."""

    _inherit = "funnel.commission.engine"

    def _events_of_version(self, plan, version, scope: SQL) -> SQL:
        """The events of a version that count where the plan does."""
        return SQL(
            """
            SELECT event.* FROM (%s) AS event
             WHERE event.level_date >= %s AND event.level_date <= %s
            """,
            self._events(version, scope),
            plan._get_first_day(),
            plan._get_last_day() or "infinity",
        )

    def _days_of_versions(self, plan, versions, orders, moves) -> SQL:
        """The days on which documents count for other versions where the plan does."""
        return SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s AS document_id, level_date FROM (%s) AS event",
                version._get_document_column(),
                self._events_of_version(plan, version, version._are_of(orders, moves)),
            )
            for version in versions
        )

    def _carried(self, plan, scope: SQL) -> SQL | None:
        """What others of its versions count for levels, each by its own rules and
        members; none where no period has several."""
        arms = [
            SQL(
                """
                SELECT * FROM (
                    WITH event AS (%(events)s),
                    earner AS (%(earners)s),
                    ruled AS (%(ruled)s)
                    SELECT %(version)s AS plan_id, user_id, scope,
                           %(document)s AS document_id, level_date,
                           %(counted)s AS counted
                      FROM ruled) AS counted
                """,
                events=self._events_of_version(plan, version, scope),
                earners=self._earners(version),
                ruled=self._ruled(version),
                version=version.id,
                document=version._get_document_column(),
                counted=self._counted_for_levels(plan),
            )
            for version in plan._get_counted_with()
        ]
        return SQL(" UNION ALL ").join(arms) if arms else None

    def _join_of_carried(self, plan, is_carried: bool) -> SQL:
        """Return the join of what other versions count in the period of what is
        ``ruled``: ``earlier`` ones, and all ``others``; and the highest bound for which
        one of them ``paid`` a bonus."""
        if not is_carried:
            return SQL(
                "CROSS JOIN (SELECT 0::numeric AS earlier, 0::numeric AS others,"
                " 0::numeric AS paid) AS carried"
            )
        versions = plan._get_versions()
        earlier = versions[: versions.ids.index(plan.id)]
        alike = earlier.filtered(lambda version: version.period == plan.period)
        return SQL(
            """
            LEFT JOIN (
                 SELECT user_id, scope, period,
                        COALESCE(SUM(counted) FILTER (WHERE plan_id = ANY(%(earlier)s)), 0)
                            AS earlier,
                        SUM(counted) AS others,
                        COALESCE(MAX((
                            SELECT MAX(level.bound)
                              FROM funnel_commission_level AS level
                             WHERE level.plan_id = reached.plan_id
                               AND level.plan_id = ANY(%(alike)s)
                               AND level.fixed > 0
                               AND level.bound <= reached.reaches)), 0) AS paid
                   FROM (SELECT user_id, scope, plan_id, period, SUM(counted) AS counted,
                                SUM(SUM(counted)) OVER (
                                    PARTITION BY user_id, scope, period
                                        ORDER BY ARRAY_POSITION(%(order)s, plan_id))
                                    AS reaches
                           FROM (SELECT *, DATE_TRUNC(%(period)s, level_date) AS period
                                   FROM carried) AS carried
                       GROUP BY user_id, scope, plan_id, period) AS reached
               GROUP BY user_id, scope, period) AS other
              ON other.user_id = ruled.user_id
             AND other.scope = ruled.scope
             AND other.period = DATE_TRUNC(%(period)s, ruled.level_date)
      CROSS JOIN LATERAL (
                 SELECT COALESCE(other.earlier, 0) AS earlier,
                        COALESCE(other.others, 0) AS others,
                        COALESCE(other.paid, 0) AS paid) AS carried
            """,
            earlier=earlier.ids,
            alike=alike.ids,
            order=versions.ids,
            period=plan.period,
        )
