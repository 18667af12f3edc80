from odoo import models
from odoo.tools import SQL

# How a document takes part, in SQL on ``move``.
SIGN = SQL("CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END")
SALES = SQL("('out_invoice', 'out_refund', 'out_receipt')")
# An event has ``like_date``, on which the same was earned as it brings, or takes back;
# ``level_date``, by which it counts for levels: in the period of what it takes back;
# ``sold_date``, on which that was sold; ``like_line_id``, the invoice line of that; and
# what money paid that: its day, and by which reconciliation.
NO_MONEY = SQL(
    "NULL::int4 AS like_line_id, NULL::date AS paid_date,"
    " NULL::int4 AS paid_partial_id, FALSE AS is_shared"
)
# The scope of all there is.
WHOLE = SQL("TRUE")


def _is_outside(place: str) -> SQL:
    return SQL(
        "(%(place)s.usage = 'customer'"
        " OR %(place)s.usage = 'transit' AND %(place)s.company_id IS NULL)",
        place=SQL.identifier(place),
    )


class FunnelCommissionEngine(models.AbstractModel):
    """Who is entitled to what by a plan, as a query of the documents.

    It goes by steps, each a query of those before it: events that earn (of order lines,
    deliveries, invoice lines or money), who earns of each, at which rate, and when how
    much of it is due. Here: the events.
    """

    _name = "funnel.commission.engine"
    _description = "Commission Engine"

    def _flush_documents(self) -> None:
        self.env["funnel.allocation"]._write_pending()
        self.env.flush_all()

    def _events(self, plan, scope: SQL, days=None) -> SQL:
        """Return the query of what earns by a plan.

        :param scope: condition on an event, with ``order_id``, ``move_id`` and ``date``
        :param days: the first and the last day instead of those of the plan
        """
        date_from, date_to = days or (plan.date_from, plan.date_to)
        events = getattr(self, f"_{plan.basis}_events")
        source = events(plan, scope)
        source = self._with_facts(plan, source, is_simulated=days is not None)
        return SQL(
            """
            SELECT event.* FROM (%(source)s) AS event
             WHERE event.%(day)s >= %(date_from)s
               AND event.%(day)s <= %(date_to)s
               AND %(scope)s
            """,
            source=source,
            # What is taken back is taken back by the plan that paid it.
            day=SQL("like_date" if days is None else "date"),
            date_from=date_from,
            date_to=date_to or "infinity",
            scope=scope,
        )

    def _ordered_events(self, plan, _scope: SQL = WHOLE) -> SQL:
        """Lines of confirmed orders, on the day of the order. Of one of which the rest was
        cancelled, what is invoiced."""
        return SQL(
            """
            SELECT line.id AS order_line_id,
                   line.order_id,
                   NULL::int4 AS stock_move_id,
                   NULL::int4 AS move_line_id,
                   NULL::int4 AS move_id,
                   NULL::int4 AS partial_id,
                   %(day)s AS date,
                   %(day)s AS sold_date,
                   %(day)s AS like_date,
                   %(day)s AS level_date,
                   %(no_money)s,
                   %(of_order)s,
                   line.product_id,
                   line.discount,
                   left_of.amount / rate.rate AS untaxed,
                   CASE WHEN free.is_free THEN 0
                        ELSE (left_of.amount * (1 + free.part)
                              - line.purchase_price * left_of.quantity)
                             / rate.rate END AS margin,
                   %(quantity)s AS quantity
              FROM sale_order_line AS line
              JOIN sale_order AS sold ON sold.id = line.order_id
                   %(rate)s
                   %(free)s
                   %(unit)s
        CROSS JOIN LATERAL (
                   SELECT %(amount)s AS amount,
                          CASE sold.state WHEN 'cancel' THEN line.qty_invoiced
                          ELSE line.product_uom_qty END AS quantity) AS left_of
             WHERE (sold.state = 'sale'
                    OR sold.state = 'cancel' AND line.qty_invoiced <> 0)
               AND sold.company_id = %(company)s
               AND line.display_type IS NULL
               AND line.is_downpayment IS NOT TRUE
            """,
            day=self._day(SQL("sold.date_order"), plan),
            no_money=NO_MONEY,
            of_order=self._of_order(),
            amount=self._amount_of_line(),
            quantity=self._quantity(
                plan, SQL("left_of.quantity"), SQL("left_of.amount")
            ),
            rate=self._order_rate(),
            free=self._free_of_order(plan),
            unit=self._unit(plan, SQL("line.product_uom_id")),
            company=plan.company_id.id,
        )

    def _delivered_events(self, plan, scope: SQL = WHOLE) -> SQL:
        """Goods when they are delivered, services when they are invoiced."""
        return SQL(
            "%s UNION ALL %s",
            self._delivered_goods(plan),
            self._delivered_services(plan, scope is WHOLE),
        )

    def _delivered_goods(self, plan) -> SQL:
        """What was delivered to customers and what came back, on the day when it did,
        for what the order says that it is worth."""
        done = SQL("moved.quantity * moved.direction * own.factor / sold_in.factor")
        worth = self._price_of(done)
        return SQL(
            """
            SELECT line.id AS order_line_id,
                   line.order_id,
                   moved.id AS stock_move_id,
                   NULL::int4 AS move_line_id,
                   NULL::int4 AS move_id,
                   NULL::int4 AS partial_id,
                   %(day)s AS date,
                   %(like_day)s AS sold_date,
                   %(like_day)s AS like_date,
                   LEAST(%(day)s, %(like_day)s) AS level_date,
                   %(no_money)s,
                   %(of_order)s,
                   line.product_id,
                   line.discount,
                   (%(worth)s) / rate.rate AS untaxed,
                   CASE WHEN free.is_free THEN 0
                        ELSE ((%(worth)s) * (1 + free.part)
                              - line.purchase_price * %(done)s)
                             / rate.rate END AS margin,
                   %(quantity)s AS quantity
              FROM (SELECT move.*, %(direction)s AS direction
                      FROM stock_move AS move
                      JOIN stock_location AS destination
                        ON destination.id = move.location_dest_id
                      JOIN stock_location AS source ON source.id = move.location_id
                     WHERE move.state = 'done' AND move.sale_line_id IS NOT NULL
                   ) AS moved
              JOIN sale_order_line AS line
                ON line.id = moved.sale_line_id AND line.product_id = moved.product_id
              JOIN sale_order AS sold ON sold.id = line.order_id
              JOIN uom_uom AS own ON own.id = moved.product_uom
              JOIN uom_uom AS sold_in ON sold_in.id = line.product_uom_id
                   %(rate)s
                   %(free)s
                   %(unit)s
             WHERE moved.direction <> 0
               AND sold.company_id = %(company)s
            """,
            day=self._day(SQL("moved.date"), plan),
            like_day=self._day(self._delivered_first(), plan),
            no_money=NO_MONEY,
            of_order=self._of_order(),
            done=done,
            worth=worth,
            direction=self._direction(),
            quantity=self._quantity(plan, done, worth),
            rate=self._order_rate(),
            free=self._free_of_order(plan),
            unit=self._unit(plan, SQL("line.product_uom_id")),
            company=plan.company_id.id,
        )

    def _delivered_first(self) -> SQL:
        """Return the moment when what ``moved`` brings was delivered: of what comes
        back, when it had been."""
        return SQL(
            """
            CASE WHEN moved.direction > 0 THEN moved.date ELSE COALESCE(
                (SELECT origin.date FROM stock_move AS origin
                  WHERE origin.id = moved.origin_returned_move_id),
                (SELECT MAX(earlier.date)
                   FROM stock_move AS earlier
                   JOIN stock_location AS goal ON goal.id = earlier.location_dest_id
                  WHERE earlier.sale_line_id = moved.sale_line_id
                    AND earlier.state = 'done'
                    AND earlier.date < moved.date
                    AND %s),
                moved.date) END
            """,
            _is_outside("goal"),
        )

    def _delivered_services(self, plan, is_whole: bool) -> SQL:
        """Services of orders, which no transfer delivers, on the day of the invoice."""
        return SQL(
            """
            SELECT line.id AS order_line_id,
                   line.order_id,
                   NULL::int4 AS stock_move_id,
                   worth.move_line_id,
                   NULL::int4 AS move_id,
                   NULL::int4 AS partial_id,
                   worth.date,
                   worth.sold_date,
                   worth.sold_date AS like_date,
                   LEAST(worth.date, worth.sold_date) AS level_date,
                   worth.like_line_id,
                   NULL::date AS paid_date,
                   NULL::int4 AS paid_partial_id,
                   FALSE AS is_shared,
                   %(of_order)s,
                   line.product_id,
                   line.discount,
                   worth.untaxed,
                   CASE WHEN free.is_free THEN 0
                        ELSE worth.margin + worth.untaxed * free.part END AS margin,
                   worth.quantity
              FROM (%(worth)s) AS worth
              JOIN sale_order_line AS line ON line.id = worth.order_line_id
              JOIN sale_order AS sold ON sold.id = line.order_id
                   %(free)s
             WHERE %(is_service)s
               AND line.is_downpayment IS NOT TRUE
               AND sold.company_id = %(company)s
            """,
            of_order=self._of_order(),
            worth=self._invoice_lines(plan, is_whole),
            is_service=self._is_without_transfer(),
            free=self._free_of_order(plan),
            company=plan.company_id.id,
        )

    def _invoiced_events(self, plan, scope: SQL = WHOLE) -> SQL:
        """Lines of posted invoices and credit notes, on the day of the invoice."""
        is_whole = scope is WHOLE
        return SQL(
            """
            SELECT worth.order_line_id,
                   worth.order_id,
                   NULL::int4 AS stock_move_id,
                   worth.move_line_id,
                   worth.move_id,
                   NULL::int4 AS partial_id,
                   worth.date,
                   worth.sold_date,
                   worth.sold_date AS like_date,
                   LEAST(worth.date, worth.sold_date) AS level_date,
                   worth.like_line_id,
                   NULL::date AS paid_date,
                   NULL::int4 AS paid_partial_id,
                   FALSE AS is_shared,
                   worth.seller_id,
                   worth.parts_move_id,
                   worth.parts_order_id,
                   worth.team_id,
                   worth.partner_id,
                   worth.product_id,
                   worth.discount,
                   worth.untaxed,
                   %(margin)s AS margin,
                   worth.quantity
              FROM (%(lines)s) AS worth
                   %(free)s
            """,
            lines=self._invoice_lines(plan, is_whole),
            margin=self._margin_of_invoice(plan),
            free=self._free_of_invoice(plan, is_whole),
        )

    # ------------------------------------------------------------------
    # What they are worth
    # ------------------------------------------------------------------

    def _asks_for(self, plan, measure: str) -> bool:
        """Return whether anything goes by a measure: what it is made of is joined for it
        alone."""
        drivers = plan.factor_ids.mapped("driver")
        by_driver = measure == "margin" and "margin_percent" in drivers
        by_level = plan.level_ids and plan.level_measure == measure
        return bool(by_driver or by_level or plan.measure == measure)

    def _quantity(self, plan, quantity: SQL, worth: SQL) -> SQL:
        """Return how much it is in the plan's unit: nothing in a unit that cannot be
        converted, and nothing of what is given away, or taken off the price."""
        ratio = SQL("")
        if plan.uom_id:
            ratio = SQL("* COALESCE(unit.factor / %s, 0)", plan.uom_id.factor)
        return SQL(
            "CASE WHEN (%(worth)s) * (%(quantity)s) > 0 THEN (%(quantity)s) %(ratio)s"
            " ELSE 0 END",
            worth=worth,
            quantity=quantity,
            ratio=ratio,
        )

    def _unit(self, plan, unit: SQL) -> SQL:
        if not plan.uom_id:
            return SQL("")
        # Units have their reference in common when the first of their path is.
        return SQL(
            "LEFT JOIN uom_uom AS unit ON unit.id = %s"
            " AND SPLIT_PART(unit.parent_path, '/', 1) = %s",
            unit,
            plan.uom_id.parent_path.split("/")[0],
        )

    def _of_order(self) -> SQL:
        return SQL(
            """
            COALESCE(sold.commission_user_id, sold.user_id) AS seller_id,
            sold.team_id,
            (SELECT customer.commercial_partner_id FROM res_partner AS customer
              WHERE customer.id = sold.partner_id) AS partner_id
            """
        )

    def _amount_of_line(self) -> SQL:
        """Return what ``line`` of an order brings, in its currency: of one of which the
        rest was cancelled, what is invoiced, less what is credited."""
        return SQL(
            "CASE sold.state WHEN 'cancel' THEN line.untaxed_amount_invoiced"
            " ELSE line.price_subtotal END"
        )

    def _order_rate(self) -> SQL:
        """The rate of an order: its currency for one of the company's."""
        return SQL(
            "CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(sold.currency_rate, 0), 1)::numeric"
            " AS rate) AS rate"
        )

    def _is_sold(self) -> SQL:
        """Return the condition that something of ``sold`` was: it is confirmed, or what
        was left of it is cancelled."""
        return SQL(
            """
            (sold.state = 'sale' OR sold.state = 'cancel' AND EXISTS (
                SELECT FROM sale_order_line AS own
                 WHERE own.order_id = sold.id
                   AND (own.qty_delivered <> 0 OR own.qty_invoiced <> 0)))
            """
        )

    def _day(self, moment: SQL, plan) -> SQL:
        """Return the day of a moment where the company is."""
        zone = plan.company_id._get_zone()
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    # ------------------------------------------------------------------
    # What others count by as well
    # ------------------------------------------------------------------

    def _direction(self) -> SQL:
        """Return how ``move`` from ``source`` to ``destination`` counts in what is
        delivered of an order line, as Odoo counts it: what comes back and is not to be
        credited was an exchange."""
        return SQL(
            """
            CASE WHEN %s
                 THEN (move.origin_returned_move_id IS NULL
                       OR move.to_refund IS TRUE)::int
                 WHEN %s AND move.to_refund THEN -1
                 ELSE 0 END
            """,
            _is_outside("destination"),
            _is_outside("source"),
        )

    def _price_of(self, quantity: SQL) -> SQL:
        """Return what a quantity of ``line`` costs without taxes: of what was not
        ordered, by the price on the line."""
        return SQL(
            """
            CASE WHEN line.product_uom_qty <> 0
                 THEN line.price_subtotal * %(quantity)s / line.product_uom_qty
                 ELSE line.price_unit * (1 - COALESCE(line.discount, 0) / 100)
                      * %(quantity)s END
            """,
            quantity=quantity,
        )

    def _is_without_transfer(self) -> SQL:
        """Return the condition that ``line`` is delivered without a transfer of its own:
        of services, and kits."""
        if "mrp.bom" in self.env:
            return SQL(
                "NOT EXISTS (SELECT FROM stock_move WHERE sale_line_id = line.id"
                " AND product_id = line.product_id AND state = 'done')"
            )
        return SQL("line.qty_delivered_method IS DISTINCT FROM 'stock_move'")
