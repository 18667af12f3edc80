"""Down payments that a final invoice sets off become money of its goods.

Until then, money of a down payment is of no product. When the final invoice is posted, or
the money comes, whichever is later, it goes over from the down payment to the goods, by
what each is worth; and what is paid of the final invoice pays the goods as well.
"""

from odoo import models
from odoo.tools import SQL

from .funnel_commission_event import SALES, WHOLE

# The columns of money: of which line it is, of which one what it is worth is told, and of
# which down payment whose it is; when it counts, and when it was paid.
MONEY = SQL(", ").join(
    map(
        SQL.identifier,
        (
            *(
                "invoice_line_id",
                "worth_line_id",
                "advance_line_id",
                "move_id",
                "sale_line_id",
                "order_id",
            ),
            *("partial_id", "date", "like_date", "paid_date", "currency_id"),
            *("amount_untaxed", "amount_untaxed_currency", "is_shared"),
        ),
    )
)


class FunnelCommissionEngine(models.AbstractModel):
    """Money with what final invoices set off."""

    _inherit = "funnel.commission.engine"

    def _has_deposits(self) -> bool:
        self.env.cr.execute(
            "SELECT FROM sale_order_line WHERE is_downpayment AND display_type IS NULL"
            " LIMIT 1"
        )
        return bool(self.env.cr.rowcount)

    def _money(self, plan, of=WHOLE, orders=None) -> SQL:
        """Return the query of money of customers' documents.

        :param of: condition on ``paid`` money
        :param orders: a query of those that alone are asked for
        """
        paid = SQL(
            "paid.company_id = %s AND paid.partner_type = 'customer'"
            " AND paid.partial_id IS NOT NULL AND %s",
            plan.company_id.id,
            of,
        )
        if not self._has_deposits():
            return SQL(
                """
                SELECT invoice_line_id, invoice_line_id AS worth_line_id,
                       NULL::int4 AS advance_line_id, move_id, sale_line_id, order_id,
                       partial_id, date, date AS like_date, date AS paid_date,
                       currency_id, amount_untaxed,
                       amount_untaxed_currency, FALSE AS is_shared
                  FROM funnel_allocation AS paid
                 WHERE %s
                """,
                paid,
            )
        arms = (
            self._money_of_lines(paid),
            self._money_of_final(),
            self._money_set_off(),
        )
        return SQL(
            """
            WITH goods AS MATERIALIZED (%s),
            set_off AS MATERIALIZED (%s)
            %s
            """,
            self._goods_of_orders(orders),
            self._set_off(plan, SQL("goods"), orders),
            SQL(" UNION ALL ").join(
                SQL("SELECT %s FROM (%s) AS money", MONEY, arm) for arm in arms
            ),
        )

    def _advance(self) -> SQL:
        """Return the join of the down payment by which ``money`` was paid before it went
        over to the goods: it stays whose it was."""
        if not self._has_deposits():
            return SQL(
                "CROSS JOIN (SELECT NULL::date AS date, NULL::int4 AS seller_id,"
                " NULL::int4 AS move_id, NULL::int4 AS parts_order_id) AS advance"
            )
        part = SQL("NULL::int4")
        if self._is_split(by_order=True):
            part = SQL(
                "(SELECT part.line_order_id FROM funnel_commission_split AS part"
                " WHERE part.move_id = move.id"
                " AND part.line_order_id = money.order_id LIMIT 1)"
            )
        return SQL(
            """
            LEFT JOIN LATERAL (
                 SELECT COALESCE(move.invoice_date, move.date) AS date,
                        COALESCE(move.commission_user_id, move.invoice_user_id)
                            AS seller_id,
                        move.id AS move_id,
                        %s AS parts_order_id
                   FROM account_move_line AS line
                   JOIN account_move AS move ON move.id = line.move_id
                  WHERE line.id = money.advance_line_id) AS advance ON TRUE
            """,
            part,
        )

    def _set_off(self, plan, goods: SQL, orders=None) -> SQL:
        """The posted invoice lines of down payments. With ``goods``, what the same
        invoice has of goods of the order, it is one that sets off, by -``amount``.

        :param goods: what was invoiced of these
        """
        return SQL(
            """
            SELECT line.id AS line_id,
                   line.move_id,
                   COALESCE(move.invoice_date, move.date) AS date,
                   deposit.id AS deposit_id,
                   deposit.order_id,
                   -line.amount_currency AS amount,
                   NULLIF(sold.amount, 0) AS goods
              FROM sale_order_line AS deposit
              JOIN sale_order_line_invoice_rel AS rel ON rel.order_line_id = deposit.id
              JOIN account_move_line AS line ON line.id = rel.invoice_line_id
              JOIN account_move AS move ON move.id = line.move_id
         LEFT JOIN (SELECT move_id, order_id, SUM(amount) AS amount
                      FROM %(goods)s AS goods
                  GROUP BY move_id, order_id) AS sold
                ON sold.move_id = line.move_id AND sold.order_id = deposit.order_id
             WHERE deposit.is_downpayment
               AND deposit.display_type IS NULL
               AND %(orders)s
               AND line.display_type = 'product'
               AND move.state = 'posted'
               AND move.move_type IN %(sales)s
               AND move.company_id = %(company)s
            """,
            goods=goods,
            orders=SQL("deposit.order_id IN (%s)", orders) if orders else SQL("TRUE"),
            sales=SALES,
            company=plan.company_id.id,
        )

    def _goods_of_orders(self, orders) -> SQL:
        """What was invoiced of goods of orders with down payments."""
        return SQL(
            """
            SELECT line.id AS line_id,
                   line.move_id,
                   sold.order_id,
                   sold.id AS sale_line_id,
                   -line.amount_currency AS amount
              FROM sale_order_line AS sold
              JOIN sale_order_line_invoice_rel AS rel ON rel.order_line_id = sold.id
              JOIN account_move_line AS line ON line.id = rel.invoice_line_id
             WHERE sold.is_downpayment IS NOT TRUE
               AND line.display_type = 'product'
               AND sold.order_id IN (
                   SELECT order_id FROM sale_order_line
                    WHERE is_downpayment AND %s)
            """,
            SQL("order_id IN (%s)", orders) if orders else SQL("TRUE"),
        )

    def _money_of_lines(self, paid: SQL) -> SQL:
        """What was paid of lines, but those that set off."""
        return SQL(
            """
            SELECT paid.*, paid.invoice_line_id AS worth_line_id,
                   NULL::int4 AS advance_line_id,
                   paid.date AS like_date, paid.date AS paid_date,
                   final.line_ids IS NOT NULL AS is_shared
              FROM funnel_allocation AS paid
         LEFT JOIN (SELECT move_id, ARRAY_AGG(line_id) AS line_ids
                      FROM set_off
                     WHERE goods IS NOT NULL
                  GROUP BY move_id) AS final ON final.move_id = paid.move_id
             WHERE %s
               AND (final.line_ids IS NULL
                    OR NOT paid.invoice_line_id = ANY(final.line_ids))
            """,
            paid,
        )

    def _money_of_final(self) -> SQL:
        """What was paid of lines that set off, which is so much less for the goods."""
        return SQL(
            """
            SELECT goods.line_id AS invoice_line_id,
                   goods.line_id AS worth_line_id,
                   NULL::int4 AS advance_line_id,
                   paid.move_id, goods.sale_line_id, paid.order_id, paid.partial_id,
                   paid.date, paid.date AS like_date, paid.date AS paid_date,
                   paid.currency_id,
                   paid.amount_untaxed * own.part AS amount_untaxed,
                   paid.amount_untaxed_currency * own.part AS amount_untaxed_currency,
                   TRUE AS is_shared
              FROM set_off AS final
              JOIN goods
                ON goods.move_id = final.move_id AND goods.order_id = final.order_id
        CROSS JOIN LATERAL (SELECT goods.amount / final.goods AS part) AS own
              JOIN funnel_allocation AS paid
                ON paid.move_id = final.move_id
               AND paid.invoice_line_id = final.line_id
               AND paid.partial_id IS NOT NULL
             WHERE final.goods IS NOT NULL
            """
        )

    def _money_set_off(self) -> SQL:
        """What was paid of down payments goes over to the goods: taken from the one as
        it was earned there, and given to the other, to those who earned it there."""
        return SQL(
            """
            SELECT side.line_id AS invoice_line_id,
                   side.worth_line_id,
                   CASE WHEN NOT side.is_deposit THEN deposit.line_id END
                       AS advance_line_id,
                   final.move_id, side.sale_line_id, final.order_id, paid.partial_id,
                   day.date,
                   CASE WHEN side.part < 0 AND side.is_deposit THEN paid.date
                        ELSE day.date END AS like_date,
                   paid.date AS paid_date,
                   paid.currency_id,
                   paid.amount_untaxed * side.part AS amount_untaxed,
                   paid.amount_untaxed_currency * side.part AS amount_untaxed_currency,
                   TRUE AS is_shared
              FROM set_off AS final
              JOIN set_off AS deposit
                ON deposit.deposit_id = final.deposit_id
               AND deposit.goods IS NULL
               AND deposit.amount > 0
              JOIN (SELECT deposit_id, SUM(amount) AS amount
                      FROM set_off
                     WHERE goods IS NULL AND amount > 0
                  GROUP BY deposit_id) AS paid_in
                ON paid_in.deposit_id = final.deposit_id
              JOIN goods
                ON goods.move_id = final.move_id AND goods.order_id = final.order_id
        CROSS JOIN LATERAL (
                   SELECT -final.amount / paid_in.amount * goods.amount / final.goods
                       AS part) AS own
              JOIN funnel_allocation AS paid
                ON paid.move_id = deposit.move_id
               AND paid.invoice_line_id = deposit.line_id
               AND paid.partial_id IS NOT NULL
        CROSS JOIN LATERAL (
                   SELECT GREATEST(paid.date, final.date) AS date) AS day
        CROSS JOIN LATERAL (
                   SELECT goods.line_id, goods.line_id AS worth_line_id,
                          goods.sale_line_id, own.part, FALSE AS is_deposit
                    UNION ALL
                   SELECT final.line_id, deposit.line_id, final.deposit_id,
                          -own.part, TRUE) AS side
             WHERE final.goods IS NOT NULL
            """
        )
