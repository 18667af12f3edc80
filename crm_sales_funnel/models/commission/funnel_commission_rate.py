from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from .funnel_commission_fact import OF_ORDERS

# What a level or a rate is measured by -> the column of an event.
MEASURES = {"untaxed": "untaxed", "margin": "margin", "quantity": "quantity"}
# The same event, whatever is joined to it, and its place among others of a day: of what
# its basis tells apart, since each column is compared with all others.
EVENT_KEY = {
    "ordered": SQL("order_line_id"),
    "delivered": SQL("order_line_id, stock_move_id, move_line_id"),
    "invoiced": SQL("move_line_id"),
    "collected": SQL("move_line_id, partial_id, paid_partial_id"),
}


class Band(NamedTuple):
    """What is counted from a bound to the next one; None is no end."""

    low: float | None
    high: float | None
    rate: float
    fixed: float

    def holds(self, column: SQL) -> SQL:
        """Return the condition that a column is in it."""
        bounds = []
        if self.low is not None:
            bounds.append(SQL("%s >= %s", column, self.low))
        if self.high is not None:
            bounds.append(SQL("%s < %s", column, self.high))
        return SQL(" AND ").join(bounds) if bounds else SQL("%s IS NOT NULL", column)

    def clip(self, column: SQL) -> SQL:
        """Return what of a column is in it, from an origin that all have in common."""
        if self.low is not None:
            column = SQL("GREATEST(%s, %s)", column, self.low)
        return column if self.high is None else SQL("LEAST(%s, %s)", column, self.high)


class FunnelCommissionEngine(models.AbstractModel):
    """Who earns of an event, and at which rate."""

    _inherit = "funnel.commission.engine"

    # ------------------------------------------------------------------
    # Who
    # ------------------------------------------------------------------

    def _earners(self, plan) -> SQL:
        """Each event once for each who earns of it: ``sold`` is the part of 1 that he or
        those sold from whose sales he earns, ``share`` what of it is his. Who earns from
        the sales of several who sold it together earns of all their parts."""
        if not plan.member_ids:
            return SQL(
                """
                SELECT event.*,
                       seller.user_id,
                       0 AS member_id,
                       'own'::varchar AS scope,
                       seller.part AS sold,
                       seller.part AS share,
                       NULL::date AS left_date,
                       1::numeric AS left_part
                  FROM event
                       %s
                """,
                self._sellers(plan),
            )
        # Apart, so that each is joined by what it goes by.
        scopes = plan.member_ids.grouped("scope")
        return SQL(" UNION ALL ").join(
            self._earners_of(plan, scope) for scope in sorted(scopes)
        )

    def _earners_of(self, plan, scope: str) -> SQL:
        """The events of members who earn from their own sales, or a team's, or those in
        a territory."""
        sold, left, others = SQL("seller.part"), SQL("1"), SQL("")
        if scope == "own" and any(plan.member_ids.mapped("is_taken")):
            left, others = SQL("(1 - taken.part)"), self._taken(plan)
        elif scope == "team" and self._is_split():
            sold, others = SQL("others.part"), self._others(plan)
        return SQL(
            """
            SELECT event.*,
                   member.user_id,
                   member.id AS member_id,
                   member.scope,
                   %(sold)s AS sold,
                   %(sold)s * %(left)s * member.share * 0.01 AS share,
                   member.date_to AS left_date,
                   CASE member.leaver
                   WHEN 'keeps' THEN 1
                   WHEN 'shares' THEN member.leaver_share::numeric / 100
                   ELSE 0 END AS left_part
              FROM event
                   %(sellers)s
              JOIN funnel_commission_member AS member
                ON member.plan_id = %(plan)s
               AND member.scope = %(scope)s
               AND %(earns)s
                   %(others)s
            """,
            sold=sold,
            left=left,
            sellers=self._sellers(plan, together=scope != "own"),
            plan=plan.id,
            scope=scope,
            earns=self._earns(plan, SQL("member"), scope),
            others=others,
        )

    def _taken(self, plan) -> SQL:
        """Return the join of what others take from the salesperson, as a part of 1."""
        takers = plan.member_ids.filtered("is_taken").grouped("scope")
        return SQL(
            """
            CROSS JOIN LATERAL (
                  SELECT LEAST(COALESCE(SUM(taker.share) / 100, 0), 1) AS part
                    FROM funnel_commission_member AS taker
                   WHERE taker.plan_id = %s AND taker.is_taken AND (%s)) AS taken
            """,
            plan.id,
            SQL(" OR ").join(
                SQL(
                    "(taker.scope = %s AND %s)",
                    scope,
                    self._earns(plan, SQL("taker"), scope),
                )
                for scope in sorted({*takers} - {"own"})
            )
            or SQL("FALSE"),
        )

    def _others(self, plan) -> SQL:
        """Return the join of what others than the member sold of a document."""
        return SQL(
            """
            LEFT JOIN funnel_commission_split AS own
                   ON %(same)s AND own.user_id = member.user_id
            JOIN LATERAL (
                 SELECT seller.part - COALESCE(own.percent / 100, 0) AS part
                 ) AS others ON others.part > 0
            """,
            same=self._is_part_of(plan, SQL("own")),
        )

    def _is_split(self, by_order=False) -> bool:
        """Return whether anything was sold by several.

        :param by_order: any invoice of several orders
        """
        self.env.cr.execute(
            SQL(
                "SELECT FROM funnel_commission_split WHERE %s LIMIT 1",
                SQL("line_order_id IS NOT NULL" if by_order else "TRUE"),
            )
        )
        return bool(self.env.cr.rowcount)

    def _is_part_of(self, plan, split: SQL) -> SQL:
        """Return the condition that a part is one of an event."""
        if plan.basis in OF_ORDERS:
            return SQL("%s.order_id = event.order_id", split)
        return SQL(
            "%(split)s.move_id = event.parts_move_id"
            " AND %(split)s.line_order_id IS NOT DISTINCT FROM event.parts_order_id",
            split=split,
        )

    def _sellers(self, plan, together=False) -> SQL:
        """Return the join of those who sold an event: of a document that is split, each
        with a part.

        :param together: as one, with the parts of all, and nobody as a user
        """
        if not self._is_split():
            return SQL(
                "JOIN LATERAL (SELECT event.seller_id AS user_id, 1 AS part)"
                " AS seller ON seller.user_id IS NOT NULL"
            )
        split = SQL("funnel_commission_split")
        if together:
            split = SQL(
                "(SELECT order_id, move_id, line_order_id, NULL::int4 AS user_id,"
                " SUM(percent) AS percent FROM funnel_commission_split"
                " GROUP BY order_id, move_id, line_order_id)"
            )
        return SQL(
            """
            LEFT JOIN %(split)s AS split ON %(same)s
            JOIN LATERAL (
                 SELECT CASE WHEN split.percent IS NULL THEN event.seller_id
                        ELSE split.user_id END AS user_id,
                        COALESCE(split.percent / 100, 1) AS part
                 ) AS seller ON split.percent IS NOT NULL OR seller.user_id IS NOT NULL
            """,
            split=split,
            same=self._is_part_of(plan, SQL("split")),
        )

    def _earns(self, plan, member: SQL, scope: str) -> SQL:
        """Return the condition that a member of a scope earns of an event of a seller:
        of what was sold in his or her time, whenever the customer pays it."""
        return SQL(
            """
            (%(member)s.date_from IS NULL
                OR %(member)s.date_from <= event.sold_date)
            AND (%(member)s.date_to IS NULL OR event.sold_date <= %(member)s.date_to)
            AND %(earns)s
            """,
            member=member,
            earns=getattr(self, f"_earns_{scope}")(member),
        )

    def _earns_own(self, member: SQL) -> SQL:
        return SQL("%s.user_id = seller.user_id", member)

    def _earns_team(self, member: SQL) -> SQL:
        return SQL(
            "%(member)s.team_id = event.team_id"
            " AND %(member)s.user_id IS DISTINCT FROM seller.user_id",
            member=member,
        )

    def _earns_territory(self, member: SQL) -> SQL:
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
        return SQL("(%(state_ids)s OR %(country_ids)s)", **places)

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

    def _rated(self, plan, is_carried=False) -> SQL:
        """The same with ``base``, what of the measure is theirs, ``rate`` by the levels,
        and ``fixed``, what reaching one is worth. Levels count what was sold, whatever
        the share of it; of each, what he sold himself, a team, and others in a territory
        apart. What is taken back counts in the period of what it takes back, after all
        that was earned before, so that this period comes to what it would have come to
        without.

        :param is_carried: what other versions of the plan count is ``carried``
        """
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
        bands = self._get_bands(plan)
        return SQL(
            """
            SELECT counted.*,
                   COALESCE(counted.own_rate, %(rate)s) AS rate,
                   %(fixed)s AS fixed
              FROM (SELECT ruled.*,
                           SUM(counted) OVER before - counted + earlier AS reached,
                           SUM(counted) OVER before + earlier AS reaches,
                           CASE WHEN ROW_NUMBER() OVER before > 1
                                THEN SUM(counted) OVER before - counted + earlier
                                ELSE paid END AS rewarded,
                           %(total)s AS total
                      FROM (SELECT ruled.*, %(base)s AS base, %(counted)s AS counted,
                                   carried.earlier, carried.others, carried.paid
                              FROM ruled
                                   %(carried)s
                            -- Computed once, and not for each sum of it.
                            OFFSET 0) AS ruled
                    WINDOW whole AS (
                               PARTITION BY user_id, scope,
                                            DATE_TRUNC(%(period)s, level_date)),
                           before AS (
                               PARTITION BY user_id, scope,
                                            DATE_TRUNC(%(period)s, level_date)
                                   ORDER BY date, %(key)s
                               ROWS UNBOUNDED PRECEDING)) AS counted
            """,
            base=base,
            counted=self._counted_for_levels(plan),
            carried=self._join_of_carried(plan, is_carried),
            total=self._total(plan),
            key=EVENT_KEY[plan.basis],
            period=plan.period,
            rate=self._rate_by_level(plan, bands),
            fixed=self._fixed_by_level(bands),
        )

    def _counted_for_levels(self, plan) -> SQL:
        return SQL("ruled.%s * ruled.sold", SQL(MEASURES[plan.level_measure]))

    def _whose(self, plan) -> SQL:
        """Return the column by which those are told apart who earn."""
        return SQL("member_id" if plan.member_ids else "user_id")

    def _total(self, plan) -> SQL:
        """Return what is counted of the whole period, which one mode alone asks for."""
        if plan.level_mode != "retroactive":
            return SQL("NULL::numeric")
        return SQL("SUM(counted) OVER whole + others")

    def _get_bands(self, plan) -> list[Band]:
        """Return the levels with where each begins and ends; what is below the lowest
        one has the rate of the plan, or its own where it begins with nothing."""
        levels = plan.level_ids.sorted("bound")
        bounds = [*levels.mapped("bound")[1:], None]
        bands = [
            Band(level.bound or None, high, level.rate, level.fixed)
            for level, high in zip(levels, bounds, strict=True)
        ]
        if bands[0].low is not None:
            bands.insert(0, Band(None, bands[0].low, plan.rate, 0))
        return bands

    def _rate_by_level(self, plan, bands) -> SQL:
        """Return the rate of an event that brings what is counted from ``reached`` to
        ``reaches``, both in one band or in parts at the rate of each that it goes
        through; or of what ``total`` is in."""
        columns = [SQL("total")]
        if plan.level_mode == "marginal":
            columns = [SQL("reaches"), SQL("reached")]
        within = SQL(" ").join(
            SQL(
                "WHEN %s THEN %s::numeric",
                SQL(" AND ").join(band.holds(column) for column in columns),
                band.rate,
            )
            for band in bands
        )
        if plan.level_mode == "retroactive":
            return SQL("CASE %s END", within)
        parts = SQL(" + ").join(
            SQL(
                "%s::numeric * (%s - %s)",
                band.rate,
                *(band.clip(column) for column in columns),
            )
            for band in bands
        )
        return SQL(
            "CASE %s ELSE (%s) / NULLIF(reaches - reached, 0) END", within, parts
        )

    def _fixed_by_level(self, bands) -> SQL:
        """Return what the bounds are worth that an event reaches, and that were not
        ``rewarded`` before; those that it falls below are taken back."""
        parts = [
            SQL(
                "%(fixed)s::numeric"
                " * ((%(low)s <= reaches)::int - (%(low)s <= rewarded)::int)",
                fixed=band.fixed,
                low=band.low,
            )
            for band in bands
            if band.low is not None and band.fixed
        ]
        return SQL(" + ").join(parts) if parts else SQL("0::numeric")
