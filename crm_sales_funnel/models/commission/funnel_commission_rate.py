from odoo import models
from odoo.tools import SQL

# Beyond all amounts.
ENDLESS = 10**30
# What a level or a rate is measured by -> the column of an event.
MEASURES = {"untaxed": "untaxed", "margin": "margin", "quantity": "quantity"}
# The same event, whatever is joined to it, and its place among others of a day.
EVENT_KEY = SQL("order_line_id, stock_move_id, move_line_id, partial_id")


class FunnelCommissionEngine(models.AbstractModel):
    """Who earns of an event, and at which rate."""

    _inherit = "funnel.commission.engine"

    # ------------------------------------------------------------------
    # Who
    # ------------------------------------------------------------------

    def _earners(self, plan) -> SQL:
        """Each event once for each who earns of it: ``share`` is a part of 1. Who earns
        from the sales of several who sold it together earns of all their parts."""
        if not plan.member_ids:
            return SQL(
                """
                SELECT event.*,
                       seller.user_id,
                       0 AS member_id,
                       seller.part AS share,
                       NULL::date AS left_date,
                       1::numeric AS left_part
                  FROM event
            CROSS JOIN LATERAL (%s) AS seller
                """,
                self._sellers(plan),
            )
        return SQL(
            """
            SELECT event.*, earning.*
              FROM event
        CROSS JOIN LATERAL (
                   SELECT member.user_id,
                          member.id AS member_id,
                          SUM(seller.part * member.share / 100
                              * CASE WHEN member.scope = 'own' THEN 1 - taken.part
                                ELSE 1 END) AS share,
                          member.date_to AS left_date,
                          CASE member.leaver
                          WHEN 'keeps' THEN 1
                          WHEN 'shares' THEN member.leaver_share::numeric / 100
                          ELSE 0 END AS left_part
                     FROM (%(sellers)s) AS seller
                     JOIN funnel_commission_member AS member
                       ON member.plan_id = %(plan)s AND %(earns)s
               CROSS JOIN LATERAL (
                          SELECT LEAST(COALESCE(SUM(taker.share) / 100, 0), 1) AS part
                            FROM funnel_commission_member AS taker
                           WHERE taker.plan_id = %(plan)s
                             AND taker.is_taken
                             AND taker.scope <> 'own'
                             AND %(takes)s) AS taken
                 GROUP BY member.id) AS earning
            """,
            sellers=self._sellers(plan),
            plan=plan.id,
            earns=self._earns(plan, SQL("member")),
            takes=self._earns(plan, SQL("taker")),
        )

    def _sellers(self, plan) -> SQL:
        """Return a query of those who sold an event: of a document that is split, each
        with a part."""
        alone = SQL(
            "SELECT event.seller_id AS user_id, 1::numeric AS part"
            " WHERE event.seller_id IS NOT NULL"
        )
        self.env.cr.execute("SELECT FROM funnel_commission_split LIMIT 1")
        if not self.env.cr.rowcount:
            return alone
        of_order = plan.basis in ("ordered", "delivered")
        document = SQL("order_id") if of_order else SQL("move_id")
        return SQL(
            """
            SELECT split.user_id, split.percent / 100 AS part
              FROM funnel_commission_split AS split
             WHERE split.%(document)s = event.%(document)s
             UNION ALL
            %(alone)s
               AND NOT EXISTS (
                   SELECT FROM funnel_commission_split AS split
                    WHERE split.%(document)s = event.%(document)s)
            """,
            document=document,
            alone=alone,
        )

    def _earns(self, plan, member: SQL) -> SQL:
        """Return the condition that a member earns of an event of a seller: of what was
        sold in his or her time, whenever the customer pays it."""
        sold = "event.sold_date" if plan.basis == "collected" else "event.date"
        fields = self.env["funnel.commission.member"]._fields
        places = {
            name: SQL(
                "EXISTS (SELECT FROM %s AS place WHERE place.%s = %s.id"
                " AND place.%s = event.%s)",
                SQL.identifier(fields[name].relation),
                SQL.identifier(fields[name].column1),
                member,
                SQL.identifier(fields[name].column2),
                column,
            )
            for name, column in (
                ("state_ids", SQL("state_id")),
                ("country_ids", SQL("country_id")),
            )
        }
        return SQL(
            """
            (%(member)s.date_from IS NULL OR %(member)s.date_from <= %(sold)s)
            AND (%(member)s.date_to IS NULL OR %(sold)s <= %(member)s.date_to)
            AND CASE %(member)s.scope
                WHEN 'own' THEN %(member)s.user_id = seller.user_id
                WHEN 'team' THEN %(member)s.team_id = event.team_id
                                 AND %(member)s.user_id <> seller.user_id
                ELSE %(state)s OR %(country)s END
            """,
            member=member,
            sold=SQL(sold),
            state=places["state_ids"],
            country=places["country_ids"],
        )

    # ------------------------------------------------------------------
    # At which rate
    # ------------------------------------------------------------------

    def _ruled(self, plan) -> SQL:
        """The earners' events with the rule that is most specific, without those that
        are excluded."""
        if not plan.rule_ids:
            return SQL(
                "SELECT earner.*, NULL::int4 AS rule_id, NULL::numeric AS own_rate,"
                " 1::numeric AS multiplier FROM earner"
            )
        return SQL(
            """
            SELECT earner.*,
                   rule.id AS rule_id,
                   CASE WHEN rule.kind = 'rate' THEN rule.rate::numeric END AS own_rate,
                   CASE WHEN rule.kind = 'multiplier' THEN rule.multiplier::numeric
                        ELSE 1 END AS multiplier
              FROM earner
         LEFT JOIN LATERAL (
                   SELECT rule.id, rule.kind, rule.rate, rule.multiplier
                     FROM funnel_commission_rule AS rule
               CROSS JOIN LATERAL (
                          SELECT STRPOS('/' || earner.categ_path,
                                        '/' || rule.categ_id || '/') AS depth) AS categ
                    WHERE rule.plan_id = %s
                      AND (rule.product_id IS NULL
                           OR rule.product_id = earner.product_id)
                      AND (rule.categ_id IS NULL
                           OR categ.depth > 0)
                      AND (rule.partner_id IS NULL
                           OR rule.partner_id = earner.partner_id)
                      AND (rule.customer_level_id IS NULL
                           OR rule.customer_level_id = earner.customer_level_id)
                      AND (rule.team_id IS NULL OR rule.team_id = earner.team_id)
                 ORDER BY (rule.product_id IS NOT NULL)::int * 32
                          + (rule.partner_id IS NOT NULL)::int * 16
                          + (rule.categ_id IS NOT NULL)::int * 8
                          + (rule.customer_level_id IS NOT NULL)::int * 4
                          + (rule.team_id IS NOT NULL)::int * 2 DESC,
                          categ.depth DESC NULLS LAST,
                          rule.sequence, rule.id
                    LIMIT 1) AS rule ON TRUE
             WHERE rule.kind IS DISTINCT FROM 'excluded'
            """,
            plan.id,
        )

    def _rated(self, plan) -> SQL:
        """The same with ``base``, what of the measure is theirs, ``rate`` by the levels,
        and ``fixed``, what reaching one is worth."""
        base = SQL("ruled.%s * ruled.share", SQL(MEASURES[plan.measure]))
        if not plan.level_ids:
            return SQL(
                """
                SELECT ruled.*, %s AS base, COALESCE(own_rate, %s) AS rate,
                       0::numeric AS fixed
                  FROM ruled
                """,
                base,
                plan.rate,
            )
        counted = SQL("ruled.%s * ruled.share", SQL(MEASURES[plan.level_measure]))
        return SQL(
            """
            SELECT counted.*,
                   COALESCE(counted.own_rate, level.rate) AS rate,
                   level.fixed
              FROM (SELECT ruled.*,
                           %(base)s AS base,
                           SUM(%(counted)s) OVER before - %(counted)s AS reached,
                           SUM(%(counted)s) OVER before AS reaches,
                           SUM(%(counted)s) OVER whole AS total
                      FROM ruled
                    WINDOW whole AS (
                               PARTITION BY user_id, member_id, DATE_TRUNC(%(period)s, date)),
                           before AS (
                               PARTITION BY user_id, member_id, DATE_TRUNC(%(period)s, date)
                                   ORDER BY date, %(key)s)) AS counted
        CROSS JOIN LATERAL (
                   SELECT %(rate)s AS rate,
                          SUM(band.fixed * ((band.low <= reaches)::int
                                            - (band.low <= reached)::int)) AS fixed
                     FROM (%(bands)s) AS band) AS level
            """,
            base=base,
            counted=counted,
            key=EVENT_KEY,
            period=plan.period,
            rate=self._rate_by_level(plan),
            bands=self._bands(plan),
        )

    def _rate_by_level(self, plan) -> SQL:
        """Return the rate of an event that brings what is counted from ``reached`` to
        ``reaches``, as an aggregate of the bands."""
        if plan.level_mode == "retroactive":
            return SQL(
                "MAX(band.rate) FILTER (WHERE band.low <= total AND total < band.high)"
            )
        # In parts at the rate of each band that it goes through.
        return SQL(
            """
            CASE WHEN reaches = reached THEN
                 MAX(band.rate) FILTER (WHERE band.low <= reaches AND reaches < band.high)
            ELSE SUM(band.rate * (LEAST(GREATEST(reaches, band.low), band.high)
                                  - LEAST(GREATEST(reached, band.low), band.high)))
                 / NULLIF(reaches - reached, 0) END
            """
        )

    def _bands(self, plan) -> SQL:
        """Return the levels with where each ends; what is below the lowest one has the
        rate of the plan, or its own where it begins with nothing."""
        return SQL(
            """
            SELECT CASE WHEN bound <= 0 THEN -%(endless)s ELSE bound::numeric END AS low,
                   COALESCE(LEAD(bound) OVER (ORDER BY bound)::numeric, %(endless)s)
                       AS high,
                   rate::numeric,
                   COALESCE(fixed, 0)::numeric AS fixed
              FROM funnel_commission_level
             WHERE plan_id = %(plan)s
             UNION ALL
            SELECT -%(endless)s, MIN(bound)::numeric, %(rate)s::numeric, 0
              FROM funnel_commission_level
             WHERE plan_id = %(plan)s
            HAVING MIN(bound) > 0
            """,
            endless=SQL("%s::numeric", ENDLESS),
            plan=plan.id,
            rate=plan.rate,
        )
