from odoo import models
from odoo.tools import SQL

from ...tools.targets import COUNTED
from .performance_scope import FIGURES, in_scope

# Whose lines are the untaxed amount of a document.
LINES = ("product", "rounding")
INVOICES = ("out_invoice", "out_refund", "out_receipt")
# No period of a target has more days.
DAYS = 400


class FunnelPerformanceReport(models.Model):
    """Invoices, receipts, contacts and targets as rows of the report."""

    _inherit = "funnel.performance.report"

    def _invoice_rows(self, later: bool) -> SQL:
        return SQL(
            """
            SELECT %(row)s
              FROM account_move_line AS item
              JOIN account_move AS move ON move.id = item.move_id
         LEFT JOIN res_users AS salesperson ON salesperson.id = move.invoice_user_id
                   %(product_joins)s
         LEFT JOIN (SELECT invoice_line_id, MIN(order_line_id) AS order_line_id
                      FROM sale_order_line_invoice_rel
                  GROUP BY invoice_line_id) AS sold
                ON sold.invoice_line_id = item.id
         LEFT JOIN sale_order_line AS line ON line.id = sold.order_line_id
         LEFT JOIN sale_order AS sale ON sale.id = line.order_id
         LEFT JOIN uom_uom AS item_unit ON item_unit.id = item.product_uom_id
         -- One join for each: a condition on both keeps PostgreSQL from leaving them out.
         LEFT JOIN uom_uom AS sold_unit ON sold_unit.id = line.product_uom_id
         LEFT JOIN uom_uom AS own_unit ON own_unit.id = template.uom_id
             WHERE item.parent_state = 'posted'
               AND item.display_type IN %(lines)s
               AND move.move_type IN %(invoices)s
               AND item.company_id IN %(companies)s
               AND %(within)s
            """,
            row=self._row(
                SQL("item.id"),
                "invoice",
                SQL("COALESCE(item.invoice_date, item.date)"),
                user_id=SQL("move.invoice_user_id"),
                team_id=SQL("COALESCE(move.team_id, salesperson.sale_team_id)"),
                commercial_partner_id=SQL("move.commercial_partner_id"),
                partner_id=SQL("move.partner_id"),
                product_id=SQL("item.product_id"),
                categ_id=SQL("template.categ_id"),
                company_id=SQL("item.company_id"),
                document_model=SQL("'account.move'::varchar"),
                document_id=SQL("item.move_id"),
                invoiced=SQL("-item.balance"),
                margin=SQL("-item.balance - %s", self._cost()),
            ),
            product_joins=self._product_joins(SQL("item.product_id")),
            lines=LINES,
            invoices=INVOICES,
            companies=self._company_ids(),
            within=self._within(SQL("COALESCE(item.invoice_date, item.date)"), later),
        )

    def _cost(self) -> SQL:
        """Return what the goods of ``item`` cost: by its order at the rate of that,
        without one by the product. What credits a part of the price gives none back."""
        cost = SQL(
            """
            CASE WHEN item.is_allowance OR line.is_downpayment THEN 0
                 ELSE CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                      * item.quantity
                      * COALESCE(
                            item_unit.factor
                            / NULLIF(COALESCE(sold_unit.factor, own_unit.factor), 0),
                            1)
                      * COALESCE(
                            line.purchase_price
                            / COALESCE(NULLIF(sale.currency_rate, 0), 1),
                            (product.standard_price ->> item.company_id::text)::numeric,
                            0)
                 END
            """
        )
        return self._rounded(cost, SQL("item.company_id"))

    def _receipt_rows(self, later: bool) -> SQL:
        return SQL(
            """
            SELECT %(row)s
              FROM funnel_allocation AS paid
         LEFT JOIN account_move AS move ON move.id = paid.move_id
         LEFT JOIN sale_order AS sale ON sale.id = paid.order_id
         LEFT JOIN account_move_line AS item ON item.id = paid.invoice_line_id
         LEFT JOIN res_users AS salesperson ON salesperson.id = paid.user_id
                   %(product_joins)s
             WHERE paid.partner_type = 'customer'
               AND paid.company_id IN %(companies)s
               AND %(within)s
            """,
            row=self._row(
                SQL("paid.id"),
                "receipt",
                SQL("paid.date"),
                user_id=SQL("paid.user_id"),
                team_id=SQL(
                    "COALESCE(sale.team_id, move.team_id, salesperson.sale_team_id)"
                ),
                commercial_partner_id=SQL("paid.partner_id"),
                partner_id=SQL("COALESCE(move.partner_id, paid.partner_id)"),
                product_id=SQL("item.product_id"),
                categ_id=SQL("template.categ_id"),
                company_id=SQL("paid.company_id"),
                document_model=SQL("'funnel.allocation'::varchar"),
                document_id=SQL("paid.id"),
                collected=SQL("paid.amount_untaxed"),
            ),
            product_joins=self._product_joins(SQL("item.product_id")),
            companies=self._company_ids(),
            within=self._within(SQL("paid.date"), later),
        )

    def _contact_rows(self, later: bool) -> SQL:
        return SQL(
            """
            SELECT %(row)s
              FROM funnel_contact_log AS log
             WHERE log.company_id IN %(companies)s
               AND %(within)s
            """,
            row=self._row(
                SQL("log.id"),
                "contact",
                self._day(SQL("log.date"), SQL("log.company_id")),
                user_id=SQL("log.user_id"),
                team_id=SQL("log.team_id"),
                commercial_partner_id=SQL("log.commercial_partner_id"),
                partner_id=SQL("COALESCE(log.contact_id, log.partner_id)"),
                company_id=SQL("log.company_id"),
                document_model=SQL("'funnel.contact.log'::varchar"),
                document_id=SQL("log.id"),
                contacts=SQL("1::numeric"),
            ),
            companies=self._company_ids(),
            within=self._within(SQL("log.date"), later),
        )

    # ------------------------------------------------------------------
    # Targets
    # ------------------------------------------------------------------

    def _target_rows(self, later: bool) -> SQL:
        """A row for each target and day, or month. Of a team's, what its people's own
        targets of the month do not hold, so that the team as a whole is to reach the
        larger of both."""
        figures = {
            name: SQL("CASE WHEN target.measure = %s THEN target.part END", name)
            for name in FIGURES
        }
        return SQL(
            """
            SELECT %(row)s
              FROM (
                    WITH monthly AS (%(monthly)s),
                    own AS (
                        SELECT company_id, team_id, measure, date, SUM(amount) AS amount
                          FROM monthly
                         WHERE user_id IS NOT NULL AND team_id IN (
                               SELECT team_id FROM funnel_target WHERE user_id IS NULL)
                      GROUP BY company_id, team_id, measure, date),
                    parts AS (
                        SELECT monthly.*, amount AS whole
                          FROM monthly
                         WHERE user_id IS NOT NULL
                         UNION ALL
                        SELECT monthly.*,
                               GREATEST(monthly.amount - COALESCE(own.amount, 0), 0)
                          FROM monthly
                     LEFT JOIN own USING (company_id, team_id, measure, date)
                         WHERE monthly.user_id IS NULL)
                  %(parts)s
              ) AS target
            """,
            row=self._row(
                SQL("(target.id::int8 * %s + target.day)", SQL(str(DAYS))),
                self._kind_of_target(),
                SQL("target.date"),
                user_id=SQL("target.user_id"),
                team_id=SQL("target.team_id"),
                company_id=SQL("target.company_id"),
                document_model=SQL("'funnel.target'::varchar"),
                document_id=SQL("target.id"),
                **figures,
            ),
            monthly=self._monthly_targets(),
            parts=self._parts_of_targets(),
        )

    def _parts_of_targets(self) -> SQL:
        """The parts of the months where these are all that is asked for, and of their
        days, which sum to them, otherwise."""
        names = SQL("id, company_id, user_id, team_id, measure")
        if in_scope(self.env).by_month:
            return SQL("SELECT %s, day, date, whole AS part FROM parts", names)
        return SQL(
            """
            SELECT %s,
                   day + more AS day,
                   date + more AS date,
                   ROUND(whole * (more + 1) / days, places)
                   - ROUND(whole * more / days, places) AS part
              FROM parts
        CROSS JOIN LATERAL GENERATE_SERIES(0, days - 1) AS more
            """,
            names,
        )

    def _kind_of_target(self) -> SQL:
        return SQL(
            """
            (CASE target.measure WHEN 'ordered' THEN 'order'
                                 WHEN 'delivered' THEN 'delivery'
                                 WHEN 'collected' THEN 'receipt'
                                 WHEN 'new_customers' THEN 'first_order'
                                 WHEN 'contacts' THEN 'contact'
                                 ELSE 'invoice' END)::varchar
            """
        )

    def _monthly_targets(self) -> SQL:
        """The part of each target that is of a month, by its days: the parts of a period
        sum to it. Of periods of several lengths the shortest counts."""
        one_each = SQL(
            "DISTINCT ON (target.company_id, target.user_id, target.team_id,"
            " target.measure, target.date_from + day)"
        )
        by_length = SQL(
            "ORDER BY target.company_id, target.user_id, target.team_id, target.measure,"
            " target.date_from + day, length"
        )
        return SQL(
            "(%s) UNION ALL (%s)",
            self._months_of_targets(SQL(""), SQL("NOT is_mixed"), SQL("")),
            self._months_of_targets(one_each, SQL("is_mixed"), by_length),
        )

    def _months_of_targets(self, distinct: SQL, condition: SQL, order: SQL) -> SQL:
        scope = in_scope(self.env)
        measures = tuple(
            name
            for name, kind in FIGURES.items()
            if scope.kinds is None or kind in scope.kinds
        )
        return SQL(
            """
            SELECT %(distinct)s
                   target.id,
                   day,
                   days,
                   places,
                   target.company_id,
                   target.user_id,
                   COALESCE(target.team_id, salesperson.sale_team_id) AS team_id,
                   target.measure,
                   target.date_from + day AS date,
                   ROUND(target.amount::numeric * (day + days) / length, places)
                   - ROUND(target.amount::numeric * day / length, places) AS amount
              FROM (SELECT *,
                           date_to - date_from + 1 AS length,
                           MIN(period) OVER whose <> MAX(period) OVER whose AS is_mixed,
                           CASE WHEN measure IN %(counted)s THEN 4
                                ELSE %(places)s END AS places
                      FROM funnel_target
                     WHERE measure IN %(measures)s
                    WINDOW whose AS (
                        PARTITION BY company_id, user_id, team_id, measure)) AS target
         LEFT JOIN res_users AS salesperson ON salesperson.id = target.user_id
        CROSS JOIN LATERAL (
                   SELECT first::date - date_from AS day,
                          (first + INTERVAL '1 month')::date - first::date AS days
                     FROM GENERATE_SERIES(date_from::timestamp, date_to::timestamp,
                                          INTERVAL '1 month') AS first) AS month
             WHERE target.company_id IN %(companies)s
               AND (%(first)s::date IS NULL OR target.date_to >= %(first)s)
               AND (%(last)s::date IS NULL OR target.date_from <= %(last)s)
               AND %(condition)s
                   %(order)s
            """,
            distinct=distinct,
            condition=condition,
            order=order,
            measures=measures or ("",),
            companies=self._company_ids(),
            counted=COUNTED,
            places=self._places(SQL("company_id")),
            first=scope.first,
            last=scope.last,
        )
