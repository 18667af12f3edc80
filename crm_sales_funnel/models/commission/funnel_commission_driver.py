from odoo import models
from odoo.tools import SQL

from .funnel_commission_fact import OF_ORDERS


class FunnelCommissionEngine(models.AbstractModel):
    """What the rate depends on besides the rule, as a value of what is ``due``."""

    _inherit = "funnel.commission.engine"

    def _driver_days_invoice(self, plan) -> SQL:
        """Since the invoice; what was paid in advance, at once."""
        return SQL(
            """(SELECT GREATEST(
                           due.money_date - COALESCE(move.invoice_date, move.date), 0
                       )::numeric
                  FROM account_move_line AS line
                  JOIN account_move AS move ON move.id = line.move_id
                 WHERE line.id = due.money_line_id)"""
        )

    def _driver_days_due(self, plan) -> SQL:
        return SQL(
            """(SELECT (due.money_date - COALESCE(
                           move.invoice_date_due, move.invoice_date, move.date))::numeric
                  FROM account_move_line AS line
                  JOIN account_move AS move ON move.id = line.move_id
                 WHERE line.id = due.money_line_id)"""
        )

    def _driver_days_delivery(self, plan) -> SQL:
        """Since the last delivery that was invoiced by what is paid, which one after the
        invoice was not; where nothing is delivered, as services are, since the invoice.
        What was paid in advance was at once."""
        return SQL(
            """COALESCE(
                (SELECT GREATEST(due.money_date - COALESCE(
                            MAX(%(day)s) FILTER (WHERE %(day)s <= (
                                SELECT COALESCE(move.invoice_date, move.date)
                                  FROM account_move_line AS line
                                  JOIN account_move AS move ON move.id = line.move_id
                                 WHERE line.id = due.money_line_id)),
                            MIN(%(day)s)), 0)
                   FROM stock_move AS moved
                   JOIN stock_location AS goal ON goal.id = moved.location_dest_id
                  WHERE moved.sale_line_id = due.order_line_id
                    AND moved.state = 'done'
                    AND goal.usage = 'customer'
                 HAVING COUNT(*) > 0)::numeric,
                %(invoiced)s)""",
            day=self._day(SQL("moved.date"), plan),
            invoiced=self._driver_days_invoice(plan),
        )

    def _driver_method(self, plan) -> SQL:
        return SQL(
            """(SELECT payment.payment_method_line_id
                  FROM account_partial_reconcile AS partial
                  JOIN account_move_line AS line
                    ON line.id IN (partial.credit_move_id, partial.debit_move_id)
                  JOIN account_payment AS payment ON payment.move_id = line.move_id
                 WHERE partial.id = due.money_partial_id
                 LIMIT 1)"""
        )

    def _driver_margin_percent(self, plan) -> SQL:
        own = SQL("(100 * due.margin / NULLIF(due.untaxed, 0))")
        if plan.basis in OF_ORDERS:
            return own
        return SQL(
            """
            CASE WHEN due.like_line_id = due.move_line_id THEN %(own)s ELSE
                (SELECT 100 * %(margin)s / NULLIF(worth.untaxed, 0)
                   FROM (%(lines)s AND line.id = due.like_line_id) AS worth
                        %(free)s) END
            """,
            own=own,
            margin=self._margin_of_invoice(plan),
            lines=self._invoice_lines(plan),
            free=self._free_of_invoice(plan, is_whole=False),
        )

    def _driver_discount_percent(self, plan) -> SQL:
        return SQL("due.discount::numeric")

    def _driver_document_amount(self, plan) -> SQL:
        """Of the invoice, before down payments are set off, or of the order, untaxed in
        the company's currency. What sets a down payment off has the size of that."""
        set_off, like_line = SQL("0"), SQL("due.like_line_id")
        if self._has_deposits():
            set_off = SQL(
                """COALESCE(
                    (SELECT SUM(own.balance)
                       FROM account_move_line AS own
                       JOIN sale_order_line_invoice_rel AS rel
                         ON rel.invoice_line_id = own.id
                       JOIN sale_order_line AS deposit
                         ON deposit.id = rel.order_line_id AND deposit.is_downpayment
                      WHERE own.move_id = move.id
                        AND move.move_type = 'out_invoice'
                        AND own.balance > 0), 0)"""
            )
            like_line = SQL("COALESCE((%s), due.like_line_id)", self._line_set_off())
        return SQL(
            """COALESCE(
                (SELECT ABS(move.amount_untaxed_signed + %s)
                   FROM account_move_line AS line
                   JOIN account_move AS move ON move.id = line.move_id
                  WHERE line.id = %s AND due.move_id IS NOT NULL),
                (SELECT sold.amount_untaxed
                        / COALESCE(NULLIF(sold.currency_rate, 0), 1)::numeric
                   FROM sale_order AS sold WHERE sold.id = due.order_id))""",
            set_off,
            like_line,
        )

    def _line_set_off(self) -> SQL:
        """Return the query of the line of the down payment that a line of a final
        invoice sets off."""
        return SQL(
            """
            SELECT MIN(paid.id)
              FROM account_move_line AS own
              JOIN account_move AS final ON final.id = own.move_id
              JOIN sale_order_line_invoice_rel AS rel ON rel.invoice_line_id = own.id
              JOIN sale_order_line AS deposit
                ON deposit.id = rel.order_line_id AND deposit.is_downpayment
              JOIN sale_order_line_invoice_rel AS other
                ON other.order_line_id = deposit.id
              JOIN account_move_line AS paid ON paid.id = other.invoice_line_id
              JOIN account_move AS advance ON advance.id = paid.move_id
             WHERE own.id = due.like_line_id
               AND own.balance > 0
               AND final.move_type = 'out_invoice'
               AND paid.balance < 0
               AND advance.move_type = 'out_invoice'
               AND advance.state = 'posted'
            """
        )

    def _driver_customer_age(self, plan) -> SQL:
        """In whole months since the first order of the customer in the company."""
        return SQL(
            """(SELECT EXTRACT(YEAR FROM age.since) * 12 + EXTRACT(MONTH FROM age.since)
                  FROM (SELECT AGE(due.like_date, NULLIF(COALESCE(due.first_order, (
                               SELECT MIN(%(day)s)
                                 FROM sale_order AS sold
                                 JOIN res_partner AS customer
                                   ON customer.id = sold.partner_id
                                WHERE customer.commercial_partner_id = due.partner_id
                                  AND sold.company_id = %(company)s
                                  AND %(is_sold)s)), 'infinity')) AS since
                       ) AS age)""",
            day=self._day(SQL("sold.date_order"), plan),
            company=plan.company_id.id,
            is_sold=self._is_sold(),
        )
