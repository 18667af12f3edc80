from odoo import models
from odoo.tools import SQL

from .funnel_commission_plan_check import BY_PAYMENT
from .funnel_commission_rate import EVENT_KEY
from .funnel_commission_release_part import computed_once

PER_DEDUCTION = 30  # days
EXACTLY = 9  # decimal places
LIKE_DATE = SQL("rated.like_date")
NOTHING = SQL("")


def _end_of_year(column: str) -> SQL:
    return SQL(
        "(DATE_TRUNC('year', rated.%s) + INTERVAL '1 year - 1 day')::date",
        SQL.identifier(column),
    )


class FunnelCommissionEngine(models.AbstractModel):
    """When what was earned is due, what else it depends on, and the amount."""

    _inherit = "funnel.commission.engine"

    # ------------------------------------------------------------------
    # When
    # ------------------------------------------------------------------

    def _due(self, plan) -> SQL:
        """What was earned in the parts that become due: ``due_date``, ``part`` of 1, and
        what it became due by; also what will be due."""
        parts = [
            getattr(self, f"_due_{release.event}")(plan, release)
            for release in plan.release_ids
        ] or [self._due_at_once(plan)]
        return SQL(
            "SELECT * FROM (%s) AS due WHERE left_date IS NULL OR part <> 0",
            SQL(" UNION ALL ").join(parts),
        )

    def _due_rows(self, join: SQL, like_date=LIKE_DATE, **columns) -> SQL:
        """Return a query of what was earned, due by something that is joined.

        :param like_date: when it is due, or was what is taken back
        """
        own = {
            "due_date": SQL("rated.date"),
            "part": SQL("1::numeric"),
            "released_by": SQL("''"),
            "by_move_id": SQL("rated.stock_move_id"),
            "by_line_id": SQL("rated.move_line_id"),
            "by_partial_id": SQL("rated.partial_id"),
            # By which money it is rated.
            "money_date": SQL("rated.paid_date"),
            "money_partial_id": SQL("rated.paid_partial_id"),
            "money_line_id": SQL("rated.like_line_id"),
            "in_parts": SQL("rated.is_shared"),
        } | columns
        own["part"] = SQL(
            "%(part)s * CASE WHEN %(like_date)s > rated.left_date THEN rated.left_part"
            " ELSE 1 END",
            part=own["part"],
            like_date=like_date,
        )
        return SQL(
            "SELECT rated.*, %s FROM rated %s",
            SQL(", ").join(
                SQL("%s AS %s", value, SQL.identifier(name))
                for name, value in own.items()
            ),
            join,
        )

    def _due_at_once(self, plan) -> SQL:
        return self._due_rows(SQL(""))

    def _due_of_basis(self, plan, release, join=NOTHING) -> SQL:
        return self._due_rows(
            join,
            part=SQL("%s::numeric / 100", release.percent),
            released_by=SQL("%s", release.event),
        )

    def _due_ordered(self, plan, release) -> SQL:
        return self._due_of_basis(plan, release)

    def _due_delivered(self, plan, release) -> SQL:
        if plan.basis == "delivered":
            return self._due_of_basis(plan, release)
        return self._due_rows(
            SQL(
                """
                JOIN (%s) AS moved ON moved.order_line_id = rated.order_line_id
                """,
                computed_once(self._delivered_parts(plan)),
            ),
            like_date=SQL("GREATEST(moved.like_date, rated.like_date)"),
            due_date=SQL("GREATEST(moved.date, rated.date)"),
            part=SQL("%s::numeric / 100 * moved.part", release.percent),
            released_by=SQL("%s", release.event),
            by_move_id=SQL("moved.stock_move_id"),
            by_line_id=SQL("moved.move_line_id"),
        )

    def _delivered_parts(self, plan) -> SQL:
        """Each delivery with its part of what was ordered: of more, as much as was. Of
        services, each invoice line, in the currency of the order."""
        return SQL(
            """
            SELECT order_line_id, stock_move_id, move_line_id, date, like_date,
                   LEAST(GREATEST(until_then, 0), 1)
                       - LEAST(GREATEST(until_then - part, 0), 1) AS part
              FROM (SELECT moved.*,
                           SUM(part) OVER (PARTITION BY order_line_id
                                               ORDER BY date, stock_move_id,
                                                        move_line_id) AS until_then
                      FROM (SELECT event.order_line_id, event.stock_move_id,
                                   event.move_line_id, event.date, event.like_date,
                                   event.untaxed
                                       / NULLIF(%(amount)s / rate.rate, 0) AS part
                              FROM (%(goods)s) AS event
                              JOIN sale_order_line AS line
                                ON line.id = event.order_line_id
                              JOIN sale_order AS sold ON sold.id = line.order_id
                                   %(rate)s
                             WHERE event.order_line_id IN (
                                   SELECT order_line_id FROM rated)
                             UNION ALL
                            SELECT invoiced.order_line_id, NULL, invoiced.move_line_id,
                                   invoiced.date, invoiced.like_date,
                                   invoiced.untaxed / NULLIF(%(amount)s, 0)
                              FROM (%(services)s) AS invoiced
                              JOIN sale_order_line AS line
                                ON line.id = invoiced.order_line_id
                              JOIN sale_order AS sold ON sold.id = line.order_id
                             WHERE %(is_service)s) AS moved) AS summed
            """,
            amount=self._amount_of_line(),
            goods=self._delivered_goods(plan),
            services=self._lines_of_orders(plan),
            is_service=self._is_without_transfer(),
            rate=self._order_rate(),
        )

    def _due_invoiced(self, plan, release) -> SQL:
        if plan.basis == "invoiced":
            return self._due_of_basis(plan, release)
        rows = self._due_in_parts(
            release,
            SQL(
                "JOIN (%s) AS released ON released.order_line_id = rated.order_line_id"
                " AND %s %s",
                computed_once(self._invoiced_parts(plan)),
                self._is_of_order_line(plan),
                self._spans(plan),
            ),
            SQL("released.date, released.move_line_id"),
            by_line_id=SQL("released.move_line_id"),
        )
        if plan.basis == "ordered":
            return rows
        # Services, which are earned when they are invoiced.
        own = SQL("JOIN (SELECT 1) AS own ON rated.move_line_id IS NOT NULL")
        return SQL("%s UNION ALL %s", rows, self._due_of_basis(plan, release, own))

    def _is_of_order_line(self, plan) -> SQL:
        """Return the condition that something was earned of a line of an order, and not
        of one of an invoice, as services are that are delivered."""
        return SQL("TRUE" if plan.basis == "ordered" else "rated.move_line_id IS NULL")

    def _due_collected(self, plan, release) -> SQL:
        if plan.basis == "collected":
            return self._due_of_basis(plan, release)
        return SQL(" UNION ALL ").join(
            self._due_in_parts(
                release,
                money,
                SQL(
                    "released.date, released.partial_id, released.move_line_id,"
                    " released.paid_partial_id"
                ),
                by_line_id=SQL("released.move_line_id"),
                by_partial_id=SQL("released.partial_id"),
                money_date=SQL("released.paid_date"),
                money_partial_id=SQL("released.paid_partial_id"),
                money_line_id=SQL("released.paid_line_id"),
                in_parts=SQL("released.is_shared"),
            )
            for money in self._money_of_earned(plan)
        )

    def _due_in_parts(self, release, join: SQL, order: SQL, **columns: SQL) -> SQL:
        """Return what was earned by the parts that something joined as ``released``
        brings, one after the other in an order, of the ``span`` that it lies in: no more
        than all in all."""
        until_then = SQL(
            "(SUM(released.part) OVER (PARTITION BY rated.user_id, rated.member_id,"
            " rated.order_line_id, rated.stock_move_id, rated.move_line_id"
            " ORDER BY %s ROWS UNBOUNDED PRECEDING))",
            order,
        )
        before, after = (
            SQL(
                "LEAST(GREATEST(%s, LEAST(span.begins, span.ends)),"
                " GREATEST(span.begins, span.ends))",
                reached,
            )
            for reached in (SQL("%s - released.part", until_then), until_then)
        )
        return self._due_rows(
            join,
            like_date=SQL("GREATEST(released.like_date, rated.like_date)"),
            due_date=SQL("GREATEST(released.date, rated.date)"),
            part=SQL(
                "%s::numeric / 100 * (%s - %s) / NULLIF(ABS(span.ends - span.begins), 0)",
                release.percent,
                after,
                before,
            ),
            released_by=SQL("%s", release.event),
            **columns,
        )

    def _due_fully_collected(self, plan, release) -> SQL:
        """All at once, when nothing is left to be collected: what was rounded off is not
        waited for, and of what was lost nothing is released."""
        if plan.basis == "collected":
            return self._due_of_basis(plan, release)
        rows = []
        if plan.basis != "invoiced":
            join = SQL(
                "JOIN (%s) AS closed"
                " ON closed.order_line_id = rated.order_line_id AND %s",
                computed_once(self._closed_order_lines(plan)),
                self._is_of_order_line(plan),
            )
            rows.append(self._due_when_closed(plan, release, join, SQL("closed.date")))
        if plan.basis != "ordered":
            rows.append(self._due_when_document_closed(plan, release))
        return SQL(" UNION ALL ").join(rows)

    def _due_when_document_closed(self, plan, release) -> SQL:
        """What is earned of lines of documents. A credit note takes back what was given
        of what it credits, so nothing as long as nothing is given of that."""
        lines = SQL("JOIN rated ON rated.move_line_id = line.id")
        credited = SQL(
            "JOIN rated ON rated.like_line_id = line.id"
            " AND rated.like_line_id <> rated.move_line_id"
        )
        own, first = (
            computed_once(
                self._closed_invoices(
                    SQL("SELECT line.move_id FROM account_move_line AS line %s", rated)
                )
            )
            for rated in (lines, credited)
        )
        join = SQL(
            """
            JOIN account_move_line AS own ON own.id = rated.move_line_id
            JOIN (%s) AS closed_last ON closed_last.move_id = own.move_id
       LEFT JOIN account_move_line AS earlier
              ON earlier.id = NULLIF(rated.like_line_id, rated.move_line_id)
       LEFT JOIN (%s) AS closed_first ON closed_first.move_id = earlier.move_id
            JOIN LATERAL (
                 SELECT GREATEST(closed_last.date, closed_first.date) AS date,
                        COALESCE(closed_first.date, closed_last.date) AS like_date,
                        closed_last.part
                 ) AS closed ON earlier.id IS NULL OR closed_first.move_id IS NOT NULL
            """,
            own,
            first,
        )
        return self._due_when_closed(plan, release, join, SQL("closed.like_date"))

    def _due_when_closed(self, plan, release, join: SQL, like_date: SQL) -> SQL:
        """What is fully collected is rated by the last payment."""
        money = {}
        if not BY_PAYMENT.isdisjoint(plan.factor_ids.mapped("driver")):
            join = SQL("%s %s", join, self._last_money())
            money = {
                name: SQL("last.%s", SQL.identifier(name))
                for name in ("money_date", "money_partial_id", "money_line_id")
            }
        return self._due_rows(
            join,
            like_date=SQL("GREATEST(%s, rated.like_date)", like_date),
            due_date=SQL("GREATEST(closed.date, rated.date)"),
            part=SQL("%s::numeric / 100 * closed.part", release.percent),
            released_by=SQL("%s", release.event),
            **money,
        )

    def _due_year_end(self, plan, release) -> SQL:
        return self._due_rows(
            SQL(""),
            like_date=_end_of_year("like_date"),
            due_date=_end_of_year("date"),
            part=SQL("%s::numeric / 100", release.percent),
            released_by=SQL("%s", release.event),
        )

    # ------------------------------------------------------------------
    # What else it depends on
    # ------------------------------------------------------------------

    def _factored(self, plan, date_to) -> SQL:
        """What is due, with the rate and the multiplier that the factors leave."""
        drivers = list(dict.fromkeys(plan.factor_ids.mapped("driver")))
        if not drivers:
            return SQL(
                "SELECT due.*, 1::numeric AS factor FROM due WHERE due_date <= %s",
                date_to,
            )
        bands = {driver: SQL.identifier(f"by_{driver}") for driver in drivers}
        return SQL(
            """
            SELECT due.*, factor.rate AS factor_rate, factor.multiplier AS factor
              FROM due
                   %(joins)s
        CROSS JOIN LATERAL (
                   SELECT %(multiplier)s AS multiplier,
                          COALESCE(%(rates)s) AS rate) AS factor
             WHERE due.due_date <= %(date_to)s
            """,
            date_to=date_to,
            joins=SQL(" ").join(
                self._band_of(plan, driver, name) for driver, name in bands.items()
            ),
            multiplier=SQL(" * ").join(
                SQL("COALESCE(%s.multiplier, 1)", name) for name in bands.values()
            ),
            rates=SQL(", ").join(
                [SQL("%s.rate", name) for name in bands.values()]
                + [SQL("NULL::numeric")]
            ),
        )

    def _band_of(self, plan, driver: str, name: SQL) -> SQL:
        """Return the join of the band of a factor that its driver is in."""
        if driver == "method":
            within = SQL("factor.payment_method_line_id = driver.value")
        else:
            within = SQL(
                "factor.value_from <= driver.value AND (driver.value < factor.value_to"
                " OR factor.value_to <= factor.value_from)"
            )
        return SQL(
            """
            LEFT JOIN LATERAL (
                 SELECT CASE WHEN factor.kind = 'multiplier' THEN factor.value::numeric END
                            AS multiplier,
                        CASE factor.kind
                        WHEN 'rate' THEN factor.value::numeric
                        WHEN 'deduction' THEN
                            -factor.value::numeric * CEIL(
                                GREATEST(driver.value - factor.value_from::numeric, 1)
                                / %(days)s)
                        END AS rate
                   FROM (SELECT %(value)s AS value) AS driver
                   JOIN funnel_commission_factor AS factor
                     ON factor.plan_id = %(plan)s
                    AND factor.driver = %(driver)s
                    AND %(within)s
               ORDER BY factor.sequence, factor.id
                  LIMIT 1) AS %(name)s ON TRUE
            """,
            days=PER_DEDUCTION,
            value=getattr(self, f"_driver_{driver}")(plan),
            plan=plan.id,
            driver=driver,
            within=within,
            name=name,
        )

    # ------------------------------------------------------------------
    # How much
    # ------------------------------------------------------------------

    def _entitled(self, plan) -> SQL:
        """The rows of the ledger as they are to be. What becomes due in parts is rounded
        as a whole, so that the parts come to it: with levels within the period, since
        each has its own rate."""
        currency = plan.company_id.currency_id
        per = SQL("1" if plan.measure == "quantity" else "0.01")
        rate = SQL("factored.rate")
        if plan.factor_ids:
            rate = SQL("COALESCE(factored.factor_rate, factored.rate)")
        root = (
            "order_line_id"
            if plan.basis in ("ordered", "delivered")
            else "move_line_id"
        )
        within = SQL("")
        if plan.level_ids:
            within = SQL(", DATE_TRUNC(%s, level_date)", plan.period)
        return SQL(
            """
            SELECT exact.*,
                   ROUND(ROUND(SUM(exact) OVER parts, %(exactly)s), %(places)s)
                       - ROUND(ROUND(SUM(exact) OVER parts - exact, %(exactly)s),
                               %(places)s) AS amount
              FROM (SELECT factored.*,
                           %(rate)s AS used_rate,
                           (factored.base * %(rate)s * factored.multiplier
                                * factored.factor * %(per)s + factored.fixed)
                               * factored.part AS exact
                      FROM factored
                    -- Computed once, and not for each sum of it.
                    OFFSET 0) AS exact
            WINDOW parts AS (
                       PARTITION BY %(root)s, %(whose)s %(within)s
                           ORDER BY due_date, date, %(key)s %(released)s
                       ROWS UNBOUNDED PRECEDING)
            """,
            rate=rate,
            per=per,
            places=currency.decimal_places,
            # What is divided into parts does not come to half a cent again.
            exactly=EXACTLY,
            root=SQL(root),
            whose=self._whose(plan),
            key=EVENT_KEY[plan.basis],
            released=SQL(
                ", by_move_id, by_line_id, by_partial_id, released_by, money_partial_id"
            )
            if plan.release_ids
            else SQL(""),
            within=within,
        )

    def _steps(self, plan, source: dict[str, SQL], date_to) -> dict[str, SQL]:
        """Return name -> query, the last of which is what everybody is entitled to.

        :param source: the first ones, of what earns
        :param date_to: nothing that becomes due later
        """
        return source | {
            "earner": self._earners(plan),
            "ruled": self._ruled(plan),
            "rated": self._rated(plan, is_carried="carried" in source),
            "due": self._due(plan),
            "factored": self._factored(plan, date_to),
            "entitled": self._entitled(plan),
        }
