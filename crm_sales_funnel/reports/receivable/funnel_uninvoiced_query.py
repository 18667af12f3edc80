import datetime
from typing import NamedTuple

from pytz import UTC, timezone

from odoo import api, fields, models
from odoo.tools import SQL


class Customers(NamedTuple):
    """Whom alone the report is asked about. An object of ours in the context is what no
    request from outside can have there: what others owe would be hidden."""

    ids: tuple[int, ...]  # of commercial partners


class FunnelUninvoicedReport(models.Model):
    """How much of an order line is delivered and not invoiced, and by which transfers."""

    _inherit = "funnel.uninvoiced.report"

    def _rates(self) -> SQL:
        """Return the worth of each currency in that of each company at the date."""
        # sudo: whoever may read an amount may read what it is worth.
        currencies = self.env["res.currency"].sudo().with_context(active_test=False)
        # A few dozen, and those that are not used any more are among the orders still.
        # pylint: disable-next=no-search-all
        currencies = currencies.search([])
        rows = []
        for company in self.env.companies.sudo():  # sudo: as above
            rates = currencies._get_rates(company, self._as_of())
            own = rates[company.currency_id.id]
            rows += [
                SQL("(%s, %s, %s::numeric)", company.id, currency, own / rate)
                for currency, rate in rates.items()
            ]
        return SQL("VALUES %s", SQL(", ").join(rows))

    def _lines(self) -> SQL:
        """Return a query of the order lines for which something may be owed beside the
        ledger: ``open``, the quantity, and ``prepaid``, what is invoiced of a down
        payment and not deducted yet."""
        return SQL(
            """
            SELECT line.id,
                   line.order_id,
                   line.product_id,
                   line.product_uom_id,
                   line.is_downpayment,
                   line.company_id,
                   line.currency_id,
                   unit.factor,
                   %(price)s AS price,
                   CASE WHEN line.is_downpayment THEN 0
                        ELSE ROUND(%(owed)s - invoiced.quantity, %(digits)s)
                        END AS open,
                   CASE WHEN line.is_downpayment AND NOT (%(rest_of_rounding)s)
                        THEN invoiced.amount ELSE 0 END AS prepaid
              -- as an array: PostgreSQL would take most lines for candidates
              FROM UNNEST(ARRAY(%(candidates)s)) AS candidate (id)
              JOIN sale_order_line AS line ON line.id = candidate.id
         LEFT JOIN uom_uom AS unit ON unit.id = line.product_uom_id
         LEFT JOIN product_product AS product ON product.id = line.product_id
         LEFT JOIN product_template AS template
                ON template.id = product.product_tmpl_id
        CROSS JOIN LATERAL (%(invoiced)s) AS invoiced
        CROSS JOIN LATERAL (%(delivered)s) AS delivered
             WHERE line.state = 'sale'
               AND line.display_type IS NULL
               AND line.company_id IN %(companies)s
            """,
            price=self._unit_price(),
            owed=self._owed_quantity(),
            # Of what is deducted altogether, cents are left by Odoo's taxes.
            rest_of_rounding=SQL(
                "invoiced.quantity = 0 AND ABS(invoiced.amount) <= 0.05"
            ),
            digits=self._quantity_digits(),
            candidates=self._asked_candidates(),
            invoiced=self._invoiced(),
            delivered=self._delivered(),
            companies=tuple(self.env.companies.ids),
        )

    def _unit_price(self) -> SQL:
        """Return what one unit of ``line`` costs, tax included."""
        return SQL(
            """
            CASE WHEN line.product_uom_qty <> 0
                 THEN line.price_total / line.product_uom_qty
                 ELSE COALESCE(line.unordered_price_total, 0)::numeric END
            """
        )

    def _asked_candidates(self) -> SQL:
        """Return a query of the candidates of the customers that are asked about."""
        customers = self.env.context.get("funnel_customers")
        if not isinstance(customers, Customers):
            return self._candidates()
        return SQL(
            """
            SELECT line.id
              FROM res_partner AS payer
              JOIN sale_order ON sale_order.partner_invoice_id = payer.id
              JOIN sale_order_line AS line ON line.order_id = sale_order.id
              JOIN (%s) AS candidate ON candidate.id = line.id
             WHERE payer.commercial_partner_id = ANY(%s)
            """,
            self._candidates(),
            list(customers.ids),
        )

    def _candidates(self) -> SQL:
        """Return a query of the lines of which something else is delivered than
        invoiced, by what Odoo stores of it. That counts drafts and invoices of later
        dates, so lines with these are among them whatever it says, and takes goods of
        which a part of the price is credited for not invoiced."""
        return SQL(
            """
            SELECT id
              FROM sale_order_line
             WHERE state = 'sale'
               AND display_type IS NULL
               AND (qty_delivered <> qty_invoiced OR is_downpayment)
             UNION
            SELECT rel.order_line_id
              FROM account_move_line AS item
              JOIN sale_order_line_invoice_rel AS rel ON rel.invoice_line_id = item.id
             WHERE item.parent_state = 'draft'
                OR item.parent_state = 'posted' AND item.date > %s
             UNION
            SELECT rel.order_line_id
              FROM account_move_line AS item
              JOIN sale_order_line_invoice_rel AS rel ON rel.invoice_line_id = item.id
             WHERE item.is_allowance
             UNION
            SELECT sale_line_id
              FROM stock_move
             WHERE state = 'done' AND date >= %s AND sale_line_id IS NOT NULL
            """,
            self._as_of(),
            min(self._ends_of_day().values()),
        )

    def _delivered(self) -> SQL:
        """Return a query of what is delivered of ``line``: what Odoo stores, without
        what was delivered after the date."""
        if min(self._ends_of_day().values()) > fields.Datetime.now():
            return SQL("SELECT line.qty_delivered AS quantity")
        return SQL(
            "SELECT line.qty_delivered - COALESCE(SUM(quantity), 0) AS quantity"
            " FROM (%s) AS move WHERE later",
            self._moves(SQL("unit.factor")),
        )

    def _invoiced(self) -> SQL:
        """Return a query of what the posted invoices have of ``line``, and how much less
        it is than the most they ever had: what is credited and was not invoiced anew.

        Quantities in other units are rounded away from zero, as Odoo does.
        """
        return SQL(
            """
            SELECT COALESCE(SUM(quantity), 0) AS quantity,
                   GREATEST(MAX(reached), 0) - COALESCE(SUM(quantity), 0) AS credited,
                   COALESCE(SUM(amount), 0) AS amount
              FROM (
                  SELECT sign * quantity AS quantity,
                         sign * amount AS amount,
                         SUM(sign * quantity) OVER (ORDER BY move_id) AS reached
                    FROM (%(items)s) AS item
              ) AS item
            """,
            items=self._invoice_items(),
        )

    def _invoice_items(self) -> SQL:
        """Return a query of the lines of the posted invoices of ``line``: of what credits
        a part of the price, the amount alone."""
        return SQL(
            """
            SELECT move.id AS move_id,
                   CASE WHEN move.move_type
                        IN ('out_invoice', 'out_receipt', 'in_refund')
                        THEN 1 ELSE -1 END AS sign,
                   CASE WHEN item.is_allowance THEN 0
                        WHEN item.product_uom_id = line.product_uom_id
                          OR item.product_uom_id IS NULL
                        THEN item.quantity
                        ELSE SIGN(item.quantity)
                             * CEIL(ROUND(ABS(item.quantity) * item_unit.factor
                               / unit.factor * %(scale)s, 4)) / %(scale)s
                        END AS quantity,
                   CASE WHEN item.currency_id = line.currency_id
                        THEN item.price_total
                        ELSE item.price_total * item_rate.rate / line_rate.rate
                        END AS amount
              FROM sale_order_line_invoice_rel AS rel
              JOIN account_move_line AS item ON item.id = rel.invoice_line_id
                   -- an OFFSET, or PostgreSQL may begin with all invoices there are
        CROSS JOIN LATERAL (
                SELECT id, move_type, date, state, payment_state
                  FROM account_move WHERE id = item.move_id OFFSET 0
              ) AS move
         LEFT JOIN uom_uom AS item_unit ON item_unit.id = item.product_uom_id
         LEFT JOIN rate AS item_rate
                ON item_rate.company_id = line.company_id
               AND item_rate.currency_id = item.currency_id
         LEFT JOIN rate AS line_rate
                ON line_rate.company_id = line.company_id
               AND line_rate.currency_id = line.currency_id
             WHERE rel.order_line_id = line.id
               AND move.date <= %(as_of)s
               AND (move.state = 'posted'
                    OR move.payment_state = 'invoicing_legacy')
            """,
            as_of=self._as_of(),
            scale=10 ** self._quantity_digits(),
        )

    def _owed_quantity(self) -> SQL:
        """Return the quantity of ``line`` that is owed for.

        That is what is delivered. Of what is invoiced by the ordered quantity, also
        what was invoiced in advance, but for goods that came back without a credit
        note and did not go out again, nor are to: Odoo proposes no credit note for them.
        """
        return SQL(
            """
            CASE WHEN template.invoice_policy = 'order'
                  AND delivered.quantity < invoiced.quantity
                 THEN GREATEST(
                     delivered.quantity,
                     invoiced.quantity - GREATEST((
                         SELECT LEAST(
                             COALESCE(-SUM(quantity)
                                 FILTER (WHERE done AND (again OR quantity < 0)), 0)
                             - invoiced.credited,
                             invoiced.quantity - delivered.quantity
                             - COALESCE(SUM(quantity) FILTER (WHERE NOT done), 0)
                         ) FROM (%s) AS move
                     ), 0)
                 )
                 ELSE delivered.quantity END
            """,
            self._moves(SQL("unit.factor")),
        )

    def _moves(self, factor: SQL) -> SQL:
        """Return a query of the transfers that Odoo counts in what is delivered of
        ``line``, in its unit; negative when goods come back. They are done at the date,
        done later, or planned; ``again`` are those of goods that came back before.

        Of several steps the last one counts, which Odoo may plan after the others.
        """
        outside = {
            place: SQL(
                "(%(place)s.usage = 'customer'"
                " OR %(place)s.usage = 'transit' AND %(place)s.company_id IS NULL)",
                place=SQL.identifier(place),
            )
            for place in ("source", "destination", "final")
        }
        return SQL(
            """
            SELECT *
              FROM (
                  SELECT move.id,
                         move.picking_id,
                         move.date,
                         move.state = 'done' AND move.date < %(end)s AS done,
                         move.state = 'done' AND move.date >= %(end)s AS later,
                         move.origin_returned_move_id IS NOT NULL
                         AND %(destination)s AS again,
                         ROUND(CASE WHEN move.state = 'done' THEN move.quantity
                                    ELSE move.product_uom_qty END
                               * move_unit.factor / %(factor)s, %(digits)s)
                         * CASE WHEN %(destination)s
                                  OR move.state <> 'done' AND %(final)s
                                     AND NOT EXISTS (
                                         SELECT FROM stock_move_move_rel AS next
                                          WHERE next.move_orig_id = move.id)
                                THEN (move.origin_returned_move_id IS NULL
                                      OR COALESCE(move.to_refund, FALSE))::integer
                                WHEN %(source)s AND move.to_refund THEN -1
                                ELSE 0 END AS quantity
                    FROM stock_move AS move
                    JOIN stock_location AS source ON source.id = move.location_id
                    JOIN stock_location AS destination
                      ON destination.id = move.location_dest_id
               LEFT JOIN stock_location AS final ON final.id = move.location_final_id
                    JOIN uom_uom AS move_unit ON move_unit.id = move.product_uom
                   WHERE move.sale_line_id = line.id
                     AND move.product_id = line.product_id
                     AND move.state <> 'cancel'
                  OFFSET 0  -- worked out once, not wherever it is used
              ) AS move
             WHERE quantity <> 0
            """,
            factor=factor,
            digits=self._quantity_digits(),
            end=self._end_of_day(SQL("move.company_id")),
            **outside,
        )

    def _parts(self) -> SQL:
        """Return a query of the transfers that make up ``line.open``.

        The newest ones are taken until what remains is a part of the next one. When
        nothing comes of that, the line was not invoiced by its deliveries and stands
        for itself.
        """
        newest_first = SQL("ORDER BY date DESC, id DESC")
        return SQL(
            """
            SELECT id, picking_id, date,
                   CASE WHEN covers THEN missing ELSE quantity END AS quantity
              FROM (
                  SELECT *,
                         BOOL_OR(covers) OVER () AS found,
                         BOOL_OR(covers) OVER (
                             %(newest_first)s
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                         ) AS covered
                    FROM (
                        SELECT *,
                               SIGN(quantity) = SIGN(missing)
                               AND ABS(quantity) >= ABS(missing) AS covers
                          FROM (
                              SELECT *,
                                     line.open + quantity
                                     - SUM(quantity) OVER (%(newest_first)s) AS missing
                                FROM (%(moves)s) AS move
                               WHERE done
                          ) AS move
                    ) AS move
              ) AS move
             WHERE found AND covered IS NOT TRUE
            """,
            newest_first=newest_first,
            moves=self._moves(SQL("line.factor")),
        )

    @api.model
    def _quantity_digits(self) -> int:
        return self.env["decimal.precision"].precision_get("Product Unit")

    # ------------------------------------------------------------------
    # The date
    # ------------------------------------------------------------------

    @api.model
    def _as_of(self) -> datetime.date:
        """Return the date of the report, by the context as in the aging."""
        return self.env["funnel.aging.report"]._as_of()

    def _ends_of_day(self) -> dict[int, datetime.datetime]:
        """Return company -> when the day ends there, in UTC."""
        # Nothing is delivered later than tomorrow, wherever the company is.
        tomorrow = fields.Date.today() + datetime.timedelta(days=1)
        next_day = min(self._as_of(), tomorrow) + datetime.timedelta(days=1)
        midnight = datetime.datetime.combine(next_day, datetime.time())
        return {
            company.id: timezone(company.partner_id.tz or self._own_zone())
            .localize(midnight)
            .astimezone(UTC)
            .replace(tzinfo=None)
            for company in self.env.companies.sudo()  # sudo: where they are
        }

    def _end_of_day(self, company: SQL) -> SQL:
        """Return when the day ends in a company, in SQL."""
        cases = [SQL("WHEN %s THEN %s", *end) for end in self._ends_of_day().items()]
        return SQL("(CASE %s %s END)::timestamp", company, SQL(" ").join(cases))

    def _own_zone(self) -> str:
        return self.env.user.tz or "UTC"
