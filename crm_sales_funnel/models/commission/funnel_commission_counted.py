from odoo import fields, models
from odoo.tools import SQL

from .funnel_commission_rate import MEASURES


class FunnelCommissionCounted(models.Model):
    """In which periods a document counted for the levels of a plan when it was run: who
    reached which level there may be otherwise when it does not count any more, also where
    nothing was booked of it."""

    _name = "funnel.commission.counted"
    _description = "Document That Counted for Levels"
    _log_access = False

    plan_id = fields.Many2one("funnel.commission.plan", ondelete="cascade")
    # Not many2one: it may be gone when the plan is run. The order or the entry, as the
    # plan goes by.
    document_id = fields.Integer()
    date = fields.Date(help="The first day of the period.")
    # Of what the entries of the document there follow from: as long as it is the same,
    # so are they. None, where they follow from more.
    fingerprint = fields.Char()

    _once = models.UniqueIndex("(plan_id, document_id, date)")


class FunnelCommissionEngine(models.AbstractModel):
    """In which periods documents count."""

    _inherit = "funnel.commission.engine"

    def _counted_documents(self, plan, date_to) -> SQL:
        """Return the query of the documents that are ``ruled``, or ``carried`` from other
        versions, in which periods they count, and their fingerprint there; none where
        factors, releases or versions look at more than that."""
        fingerprint, versions = SQL("NULL"), plan._get_counted_with()
        if not (plan.factor_ids or plan.release_ids or versions):
            fingerprint = SQL(
                """
                SUM(HASHTEXTEXTENDED(ROW(
                    user_id, member_id, scope, order_line_id, stock_move_id,
                    move_line_id, partial_id, paid_partial_id, is_shared, date,
                    date <= %s, like_date, left_date, left_part, share, sold, own_rate,
                    multiplier, %s)::text, 0))
                """,
                date_to,
                SQL(", ").join(
                    SQL(MEASURES[measure])
                    for measure in sorted({plan.measure, plan.level_measure})
                ),
            )
        counted = SQL(
            "SELECT *, %s AS document_id FROM ruled", plan._get_document_column()
        )
        arms = [(counted, fingerprint)]
        if versions:
            arms.append((SQL("SELECT * FROM carried"), SQL("NULL")))
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT document_id,
                       DATE_TRUNC(%s, level_date)::date AS date,
                       (%s)::varchar AS fingerprint
                  FROM (%s) AS counted
              GROUP BY 1, 2
                """,
                plan.period,
                arm_fingerprint,
                arm,
            )
            for arm, arm_fingerprint in arms
        )

    def _forget_changed(self, plan, source: dict[str, SQL], documents, date_to) -> SQL:
        """Return the statement that finds documents, and the periods in which they count
        otherwise than is noted of them, or did, and forgets what is noted of that.

        :param source: the queries of the events of the documents, and of what other
            versions count of them
        """
        return SQL(
            """
            WITH %(source)s,
            earner AS (%(earners)s),
            ruled AS MATERIALIZED (%(ruled)s),
            -- Grouped, and not joined: however many PostgreSQL takes them for.
            changed AS (
                SELECT document_id, date
                  FROM (%(counted)s
                         UNION ALL
                        SELECT document_id, date, fingerprint
                          FROM funnel_commission_counted
                         WHERE plan_id = %(plan)s
                           AND document_id = ANY(%(documents)s)) AS known
              GROUP BY document_id, date
                HAVING COUNT(fingerprint) < 2 OR MIN(fingerprint) <> MAX(fingerprint)),
            forgotten AS (
                DELETE FROM funnel_commission_counted AS noted
                 USING changed
                 WHERE noted.plan_id = %(plan)s
                   AND noted.document_id = changed.document_id
                   AND noted.date = changed.date)
            SELECT document_id, date FROM changed
            """,
            source=SQL(", ").join(
                SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), query)
                for name, query in source.items()
            ),
            earners=self._earners(plan),
            ruled=self._ruled(plan),
            counted=self._counted_documents(plan, date_to),
            plan=plan.id,
            documents=documents,
        )
