from odoo import models
from odoo.tools import SQL

from .funnel_commission_event import WHOLE
from .funnel_commission_plan_check import BY_PAYMENT
from .funnel_commission_release_part import WHOLE_SPAN, computed_once


class FunnelCommissionEngine(models.AbstractModel):
    """The money that pays for what was earned, and what is paid back of it."""

    _inherit = "funnel.commission.engine"

    def _collected_events(self, plan, scope: SQL = WHOLE) -> SQL:
        """What money paid of invoice lines, on the day of the money. Of margin and
        quantity the money brings in what it pays of the line.

        Of a part of the money the line of each is looked up, whatever PostgreSQL makes of
        it.
        """
        is_whole = scope is WHOLE
        lines = self._invoice_lines(plan, is_whole)
        line = SQL(
            "JOIN (%s) AS worth ON worth.move_line_id = money.worth_line_id", lines
        )
        if not is_whole:
            line = SQL(
                "JOIN LATERAL (%s AND line.id = money.worth_line_id OFFSET 0)"
                " AS worth ON TRUE",
                lines,
            )
        return SQL(
            """
            SELECT worth.order_line_id,
                   worth.order_id,
                   NULL::int4 AS stock_move_id,
                   money.invoice_line_id AS move_line_id,
                   worth.move_line_id AS fact_line_id,
                   money.move_id,
                   money.partial_id,
                   money.date,
                   COALESCE(advance.date, worth.sold_date) AS sold_date,
                   CASE WHEN advance.date IS NULL
                        THEN COALESCE(taken.date, money.like_date)
                        ELSE money.paid_date END AS like_date,
                   COALESCE(taken.last_date, money.date) AS level_date,
                   worth.like_line_id,
                   COALESCE(taken.date, money.paid_date) AS paid_date,
                   COALESCE(taken.partial_id, money.partial_id) AS paid_partial_id,
                   money.is_shared OR COALESCE(taken.part, 1) <> 1 AS is_shared,
                   CASE WHEN advance.date IS NULL THEN worth.seller_id
                        ELSE advance.seller_id END AS seller_id,
                   COALESCE(advance.move_id, worth.parts_move_id) AS parts_move_id,
                   CASE WHEN advance.date IS NULL THEN worth.parts_order_id
                        ELSE advance.parts_order_id END AS parts_order_id,
                   worth.team_id,
                   worth.partner_id,
                   worth.product_id,
                   worth.discount,
                   brought.untaxed,
                   %(margin)s * brought.untaxed / worth.untaxed AS margin,
                   worth.quantity * brought.untaxed / worth.untaxed AS quantity
              FROM (%(money)s) AS money
                   %(line)s
                   %(advance)s
                   %(free)s
                   %(taken)s
        CROSS JOIN LATERAL (
                   SELECT money.amount_untaxed * worth.restated
                              * COALESCE(taken.part, 1) AS untaxed
                   ) AS brought
             WHERE worth.untaxed <> 0
            """,
            money=self._money(plan, orders=self._orders_within(plan, scope)),
            line=line,
            advance=self._advance(),
            margin=self._margin_of_invoice(plan),
            free=self._free_of_invoice(plan, is_whole),
            taken=self._taken_back(
                SQL(
                    "WHERE worth.credited_id IS NOT NULL"
                    " AND paid.move_id = worth.credited_id"
                    " AND paid.invoice_line_id = worth.like_line_id"
                ),
                SQL(
                    "paid.date >= %s AND paid.date <= %s",
                    plan.date_from,
                    plan.date_to or "infinity",
                ),
            ),
        )

    def _orders_within(self, plan, scope: SQL) -> SQL | None:
        """Return the query of the orders of documents: with levels they are told by days,
        which say nothing of orders."""
        if scope is WHOLE or plan._get_versions().level_ids:
            return None
        return SQL(
            """
            SELECT sold.order_id
              FROM (SELECT id FROM account_move_line WHERE %s) AS line
              JOIN sale_order_line_invoice_rel AS rel ON rel.invoice_line_id = line.id
              JOIN sale_order_line AS sold ON sold.id = rel.order_line_id
            """,
            scope,
        )

    def _money_of_earned(self, plan) -> list[SQL]:
        """Return joins of the money for what was earned, each with its ``part`` and the
        ``span`` that it pays."""
        joins = []
        if plan.basis != "invoiced":
            joins.append(self._money_of_order_lines(plan))
        if plan.basis != "ordered":
            # The documents as well: these are indexed.
            document = "move_id" if plan.basis == "invoiced" else "order_id"
            same = SQL(
                "money.invoice_line_id = rated.move_line_id"
                " AND money.%(document)s = rated.%(document)s",
                document=SQL(document),
            )
            part = SQL(
                """CASE WHEN money.currency_id = line.currency_id
                        THEN money.amount_untaxed_currency
                                 / NULLIF(-line.amount_currency, 0)
                        ELSE money.amount_untaxed / NULLIF(-line.balance, 0) END"""
            )
            line = SQL("JOIN account_move_line AS line ON line.id = rated.move_line_id")
            money = self._money_by(plan, same, part)
            joins.append(SQL("%s %s %s", line, money, WHOLE_SPAN))
        return joins

    def _money_of_order_lines(self, plan) -> SQL:
        same = SQL(
            "money.sale_line_id = rated.order_line_id"
            " AND money.order_id = rated.order_id AND %s",
            self._is_of_order_line(plan),
        )
        part = SQL(
            """CASE WHEN money.currency_id = sold.currency_id
                    THEN money.amount_untaxed_currency
                    ELSE money.amount_untaxed * rate.rate END / NULLIF(%s, 0)""",
            self._whole_of_line(plan),
        )
        return SQL(
            """
            JOIN sale_order_line AS line ON line.id = rated.order_line_id
            JOIN sale_order AS sold ON sold.id = line.order_id
                 %s
                 %s
                 %s
            """,
            self._order_rate(),
            self._money_by(plan, same, part),
            self._spans(plan),
        )

    def _money_by(self, plan, same: SQL, part: SQL) -> SQL:
        taken, of_taken = self._taken_back_of_line(), SQL("* COALESCE(taken.part, 1)")
        if not self._asks_for_money(plan):
            taken = SQL(
                "CROSS JOIN (SELECT NULL::date AS date, NULL::int4 AS partial_id,"
                " NULL::int4 AS line_id, NULL::numeric AS part) AS taken"
            )
            of_taken = SQL("")
        money = SQL("funnel_allocation")
        if self._has_deposits():
            column = SQL("move_id" if plan.basis == "invoiced" else "order_id")
            money = SQL(
                "(%s)",
                computed_once(
                    self._money(
                        plan,
                        SQL("paid.%(own)s IN (SELECT %(own)s FROM rated)", own=column),
                        SQL("SELECT order_id FROM rated"),
                    )
                ),
            )
            own = SQL("money.like_date, money.worth_line_id, money.is_shared")
            more = SQL("")
        else:
            own = SQL("money.date AS like_date, money.invoice_line_id, FALSE")
            more = SQL(
                " AND money.company_id = %s AND money.partner_type = 'customer'"
                " AND money.partial_id IS NOT NULL",
                plan.company_id.id,
            )
        return SQL(
            """
                JOIN %(money)s AS money ON %(same)s %(more)s
                     %(taken)s
          CROSS JOIN LATERAL (SELECT %(own)s) AS own (like_date, line_id, is_shared)
          CROSS JOIN LATERAL (
                     SELECT money.date, money.partial_id,
                            money.invoice_line_id AS move_line_id,
                            COALESCE(taken.date, own.like_date) AS like_date,
                            COALESCE(taken.date, %(paid_date)s) AS paid_date,
                            COALESCE(taken.partial_id, money.partial_id)
                                AS paid_partial_id,
                            COALESCE(taken.line_id, own.line_id) AS paid_line_id,
                            own.is_shared OR COALESCE(taken.part, 1) <> 1 AS is_shared,
                            %(part)s %(of_taken)s AS part) AS released
            """,
            money=money,
            same=same,
            more=more,
            own=own,
            paid_date=SQL("money.date" if more.code else "money.paid_date"),
            part=part,
            taken=taken,
            of_taken=of_taken,
        )

    def _asks_for_money(self, plan) -> bool:
        """Return whether it matters which money is paid back."""
        drivers = plan.factor_ids.mapped("driver")
        return not BY_PAYMENT.isdisjoint(drivers) or self._has_leavers(plan)

    def _is_paid_back(self, plan) -> bool:
        """Return whether what is paid back may take back what several payments brought."""
        if plan.basis == "collected":
            return True
        is_released = "collected" in plan.release_ids.mapped("event")
        return is_released and (self._asks_for_money(plan) or self._has_deposits())

    def _has_leavers(self, plan) -> bool:
        return any(member.date_to for member in plan.member_ids)

    def _last_money(self) -> SQL:
        """Return the join of the last money of what is ``rated``, or of what that takes
        back."""
        return SQL(
            """
            LEFT JOIN LATERAL (
                 SELECT money.date AS money_date,
                        money.partial_id AS money_partial_id,
                        money.invoice_line_id AS money_line_id
                   FROM (SELECT paid.*
                           FROM account_move_line AS line
                           JOIN funnel_allocation AS paid
                             ON paid.move_id = line.move_id
                            AND paid.invoice_line_id = line.id
                          WHERE line.id = rated.like_line_id
                          UNION ALL
                         SELECT paid.*
                           FROM funnel_allocation AS paid
                          WHERE rated.like_line_id IS NULL
                            AND paid.order_id = rated.order_id
                            AND paid.sale_line_id = rated.order_line_id
                            AND paid.amount_untaxed_currency > 0) AS money
                  WHERE money.partial_id IS NOT NULL
               ORDER BY money.date DESC, money.partial_id DESC
                  LIMIT 1) AS last ON TRUE
            """
        )
