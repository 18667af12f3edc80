"""What goods cost that are given away, which no money is paid for, nor anything released
of: it is taken off the margin of what is sold with them, by what each of that is worth."""

from odoo import models
from odoo.tools import SQL


class FunnelCommissionEngine(models.AbstractModel):
    _inherit = "funnel.commission.engine"

    def _spreads_free_goods(self, plan) -> bool:
        """Return whether a plan pays by margin, and otherwise than all at once."""
        events = set(plan.release_ids.mapped("event")) - {plan.basis}
        return self._asks_for(plan, "margin") and (
            plan.basis == "collected" or bool(events)
        )

    def _free_of_order(self, plan) -> SQL:
        """Return the join of the ``part`` by which ``line`` of an order makes up for
        what is given away with it, as a multiple of what is sold of it; ``is_free`` where
        it is that itself."""
        if not self._spreads_free_goods(plan):
            return SQL("CROSS JOIN (SELECT 0 AS part, FALSE AS is_free) AS free")
        return SQL(
            """
            CROSS JOIN LATERAL (
                  SELECT COALESCE(
                             -SUM(own.purchase_price * own.product_uom_qty)
                                 FILTER (WHERE own.price_subtotal = 0)
                             / NULLIF(SUM(own.price_subtotal), 0), 0)::numeric AS part,
                         line.price_subtotal = 0 AND SUM(own.price_subtotal) <> 0
                             AND line.product_uom_qty <> 0 AS is_free
                    FROM sale_order_line AS own
                   WHERE own.order_id = line.order_id
                     AND own.display_type IS NULL
                     AND own.is_downpayment IS NOT TRUE) AS free
            """
        )

    def _free_of_invoice(self, plan, is_whole: bool) -> SQL:
        """The same of ``worth``, a line of an invoice: none where nothing is given away.

        :param is_whole: of all lines there are
        """
        if not self._spreads_free_goods(plan):
            return SQL("CROSS JOIN (SELECT NULL::numeric AS part) AS free")
        lines = SQL("%s AND line.balance = 0", self._invoice_lines(plan, is_whole))
        if not is_whole:
            lines = SQL("%s AND line.move_id = worth.move_id", lines)
        return SQL(
            """
            LEFT JOIN %(apart)s (
                 SELECT given.move_id,
                        SUM(given.margin) / NULLIF((
                            SELECT SUM(-own.balance) FROM account_move_line AS own
                             WHERE own.move_id = given.move_id
                               AND own.display_type = 'product'
                               AND NOT EXISTS (
                                   SELECT FROM sale_order_line_invoice_rel AS rel
                                     JOIN sale_order_line AS deposit
                                       ON deposit.id = rel.order_line_id
                                      AND deposit.is_downpayment
                                    WHERE rel.invoice_line_id = own.id)), 0) AS part
                   FROM (%(lines)s) AS given
               GROUP BY given.move_id) AS free
              ON free.move_id = worth.move_id
            """,
            apart=SQL("" if is_whole else "LATERAL"),
            lines=lines,
        )

    def _margin_of_invoice(self, plan) -> SQL:
        """Return the margin of ``worth``, with ``free`` joined as above."""
        if not self._spreads_free_goods(plan):
            return SQL("worth.margin")
        return SQL(
            """
            (CASE WHEN free.part IS NULL OR worth.is_deposit THEN worth.margin
                  WHEN worth.untaxed = 0 THEN 0
                  ELSE worth.margin + free.part * worth.untaxed END)
            """
        )
