from odoo import models
from odoo.tools import SQL

from .funnel_commission_credit import CREDITED
from .funnel_commission_event import SALES, SIGN

# What the goods of ``line`` cost today, and in which unit.
PRODUCT = SQL(
    """
    LEFT JOIN product_product AS product ON product.id = line.product_id
    LEFT JOIN product_template AS template ON template.id = product.product_tmpl_id
    LEFT JOIN uom_uom AS kept ON kept.id = template.uom_id
    LEFT JOIN uom_uom AS own ON own.id = COALESCE(line.product_uom_id, kept.id)
    """
)
# The order line that an invoice line is of: of several the first, which is not found by a
# limit, since that is looked for line by line.
ORDER_LINE = SQL(
    """
    LEFT JOIN (
         SELECT rel.invoice_line_id,
                order_line.id AS order_line_id,
                order_line.order_id,
                order_line.is_downpayment AS is_deposit,
                order_line.purchase_price
                    / COALESCE(NULLIF(sold.currency_rate, 0), 1) AS cost,
                sold_in.factor
           FROM sale_order_line_invoice_rel AS rel
           JOIN sale_order_line AS order_line ON order_line.id = rel.order_line_id
      -- Left out where nobody asks for the margin.
      LEFT JOIN sale_order AS sold ON sold.id = order_line.order_id
      LEFT JOIN uom_uom AS sold_in ON sold_in.id = order_line.product_uom_id
          WHERE NOT EXISTS (
                SELECT FROM sale_order_line_invoice_rel AS earlier
                 WHERE earlier.invoice_line_id = rel.invoice_line_id
                   AND earlier.order_line_id < rel.order_line_id)
         ) AS sold ON sold.invoice_line_id = line.id
    """
)


class FunnelCommissionEngine(models.AbstractModel):
    """What lines of invoices and credit notes are worth."""

    _inherit = "funnel.commission.engine"

    def _invoice_lines(self, plan, is_whole: bool = False) -> SQL:
        """Lines of posted invoices and credit notes in the company's currency. What a
        credit note says of the price alone, costs nothing and counts no goods; it is
        ``restated`` at the rate of the currency at which that was earned, whatever it is
        by now.

        :param is_whole: all there are are asked for
        """
        goods = SQL(
            "CASE WHEN line.is_allowance THEN 0 ELSE %s * line.quantity END", SIGN
        )
        nothing = SQL("NULL::numeric")
        margin, product = nothing, SQL("")
        if self._asks_for(plan, "margin"):
            cost, product = self._cost(plan)
            margin = SQL("-line.balance * restated.part - %s * %s", goods, cost)
        return SQL(
            """
            SELECT line.id AS move_line_id,
                   line.move_id,
                   sold.order_line_id,
                   sold.order_id,
                   COALESCE(move.invoice_date, move.date) AS date,
                   COALESCE(credited.date, move.invoice_date, move.date) AS sold_date,
                   COALESCE(credited.line_id, line.id) AS like_line_id,
                   credited.move_id AS credited_id,
                   sold.is_deposit,
                   COALESCE(
                       credited.seller_id, move.commission_user_id, move.invoice_user_id
                   ) AS seller_id,
                   %(parts)s,
                   move.team_id,
                   move.commercial_partner_id AS partner_id,
                   CASE WHEN credited.line_id IS NULL THEN line.product_id
                        ELSE credited.product_id END AS product_id,
                   COALESCE(credited.discount, line.discount) AS discount,
                   -line.balance * restated.part AS untaxed,
                   restated.part AS restated,
                   %(margin)s AS margin,
                   %(quantity)s AS quantity
              FROM account_move AS move
              JOIN account_move_line AS line ON line.move_id = move.id
                   %(product)s
                   %(order_line)s
                   %(credited)s
        CROSS JOIN LATERAL (
                   SELECT CASE WHEN credited.currency_id = line.currency_id
                          THEN COALESCE(line.amount_currency * credited.rate
                                            / NULLIF(line.balance, 0), 1)
                          ELSE 1 END AS part) AS restated
                   %(unit)s
             WHERE move.state = 'posted'
               AND move.move_type IN %(sales)s
               AND move.company_id = %(company)s
               AND line.display_type = 'product'
            """,
            margin=margin,
            parts=self._parts_of_line(),
            product=product,
            order_line=ORDER_LINE,
            credited=self._credited_by_all(plan) if is_whole else CREDITED,
            quantity=self._quantity(plan, goods, SQL("-line.balance"))
            if self._asks_for(plan, "quantity")
            else nothing,
            unit=self._unit(plan, SQL("line.product_uom_id")),
            sales=SALES,
            company=plan.company_id.id,
        )

    def _parts_of_line(self) -> SQL:
        """Return the columns of whose parts ``line`` has: of which invoice, and of which
        order there; of what is credited, unless the credit note has parts of its own."""
        if not self._is_split():
            return SQL("NULL::int4 AS parts_move_id, NULL::int4 AS parts_order_id")
        own = SQL(
            "CASE WHEN EXISTS (SELECT FROM funnel_commission_split AS own"
            " WHERE own.move_id = line.move_id) THEN line.move_id"
            " ELSE COALESCE(credited.move_id, line.move_id) END"
        )
        if not self._is_split(by_order=True):
            return SQL("%s AS parts_move_id, NULL::int4 AS parts_order_id", own)
        return SQL(
            """
            %(own)s AS parts_move_id,
            (SELECT part.line_order_id
               FROM funnel_commission_split AS part
              WHERE part.move_id = %(own)s
                AND part.line_order_id = COALESCE(sold.order_id, (
                    SELECT order_line.order_id
                      FROM sale_order_line_invoice_rel AS rel
                      JOIN sale_order_line AS order_line
                        ON order_line.id = rel.order_line_id
                     WHERE rel.invoice_line_id = credited.line_id
                  ORDER BY order_line.id
                     LIMIT 1))
              LIMIT 1) AS parts_order_id
            """,
            own=own,
        )

    def _cost(self, plan) -> tuple[SQL, SQL]:
        """Return what one of ``line`` cost, by the order, or by what was written down,
        or by the product; and what is joined for it."""
        unit_cost = SQL("(product.standard_price ->> move.company_id::text)::numeric")
        joins = PRODUCT
        if self._needs_cost(plan):
            unit_cost = SQL("COALESCE(known.cost, %s)", unit_cost)
            joins = SQL(
                "%s LEFT JOIN funnel_commission_fact AS known"
                " ON known.move_line_id = line.id",
                PRODUCT,
            )
        cost = SQL(
            """COALESCE(
                   sold.cost * own.factor / sold.factor,
                   %s * own.factor / kept.factor,
                   0)""",
            unit_cost,
        )
        return cost, joins
