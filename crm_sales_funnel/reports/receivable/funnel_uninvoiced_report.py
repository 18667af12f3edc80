from typing import Any

from odoo import api, fields, models
from odoo.tools import SQL

# What companies and users change without a record of this report being written.
CONTEXT = ("allowed_company_ids",)


class FunnelUninvoicedReport(models.Model):
    """What is delivered and not invoiced: one row per delivery of an order line, as far
    as no posted invoice has it, and per return that no credit note has.

    The sum of a line's rows is what is owed for it beside the general ledger, tax
    included. It is negative when more was invoiced than is owed: goods came back that
    are not credited yet, or a down payment is not deducted yet. What is invoiced and
    still to be delivered is in the ledger, and not here. Drafts of invoices and credit
    notes change nothing: the ledger does not have them either.

    Invoices are taken to be for the oldest deliveries of their line.
    """

    _name = "funnel.uninvoiced.report"
    _description = "Delivered, Not Invoiced"
    _auto = False
    _rec_name = "order_id"
    _order = "date, id"

    kind = fields.Selection(
        [
            ("delivery", "Delivery"),
            ("return", "Return"),
            ("down_payment", "Down Payment"),
            ("other", "Without a Delivery"),
        ],
        readonly=True,
        help="Services, kits and what was invoiced in error have no delivery of their "
        "own; down payments are taken off by the invoices to come.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        help="The company that will be invoiced, also where a contact or shop of it "
        "ordered.",
    )
    shipping_id = fields.Many2one(
        "res.partner", string="Delivery Address", readonly=True
    )
    order_id = fields.Many2one("sale.order", string="Sales Order", readonly=True)
    order_line_id = fields.Many2one("sale.order.line", readonly=True)
    client_order_ref = fields.Char("Customer's Order", readonly=True)
    picking_id = fields.Many2one("stock.picking", string="Delivery", readonly=True)
    slip_number = fields.Char(related="picking_id.slip_number")
    move_id = fields.Many2one("stock.move", string="Stock Move", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        help="Salesperson of the order, else of the customer.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        help="Sales team of the order, else of the salesperson.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(
        "Delivered On",
        readonly=True,
        help="Day of the delivery at the place of the company; of the order where there "
        "is no delivery.",
    )
    due_date = fields.Date(
        "Expected Due Date",
        readonly=True,
        help="When the first instalment falls due by the payment terms, if it is "
        "invoiced as of the delivery.",
    )
    days = fields.Integer(
        "Days Waiting",
        readonly=True,
        aggregator="max",
        help="Days since the delivery.",
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    amount = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        depends_context=CONTEXT,
        help="Tax included, at the price of the order line and the exchange rate of "
        "today.",
    )
    amount_currency = fields.Monetary(
        "Amount in Currency", currency_field="currency_id", readonly=True
    )

    _depends = {
        "account.move": ["move_type", "payment_state", "state"],
        "account.move.line": [
            "parent_state",
            "price_total",
            "product_uom_id",
            "quantity",
        ],
        "account.payment.term": ["cutoff_day"],
        "account.payment.term.line": [
            "days_next_month",
            "delay_type",
            "nb_days",
            "payment_id",
        ],
        "product.product": ["product_tmpl_id"],
        "product.template": ["invoice_policy"],
        "res.company": ["currency_id", "partner_id"],
        "res.partner": ["commercial_partner_id", "property_payment_term_id", "user_id"],
        "res.users": ["sale_team_id"],
        "sale.order": [
            "client_order_ref",
            "company_id",
            "currency_id",
            "date_order",
            "partner_invoice_id",
            "partner_shipping_id",
            "payment_term_id",
            "state",
            "team_id",
            "user_id",
        ],
        "sale.order.line": [
            "display_type",
            "is_downpayment",
            "order_id",
            "price_total",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "qty_delivered",
            "qty_invoiced",
            "state",
            "unordered_price_total",
        ],
        "stock.location": ["usage"],
        "stock.move": [
            "date",
            "location_dest_id",
            "location_final_id",
            "location_id",
            "move_dest_ids",
            "origin_returned_move_id",
            "picking_id",
            "product_id",
            "product_uom",
            "product_uom_qty",
            "quantity",
            "sale_line_id",
            "state",
            "to_refund",
        ],
        "uom.uom": ["factor"],
    }

    @api.readonly
    def action_open_document(self) -> dict[str, Any]:
        """Return the form of what stands behind the row: the delivery or the order."""
        self.ensure_one()
        self.check_access("read")
        # sudo: to learn which documents stand behind the row. Whether the user may
        # open them is asked of the documents.
        picking, order = self.sudo().picking_id.sudo(False), self.order_id
        document = picking if picking and picking.has_access("read") else order
        return {
            "type": "ir.actions.act_window",
            "name": document.display_name,
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
            "target": "current",
        }

    # ------------------------------------------------------------------
    # The query
    # ------------------------------------------------------------------

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            WITH rate (company_id, currency_id, rate) AS (%(rates)s),
            line AS (%(lines)s)
            SELECT %(select)s
              FROM line
         LEFT JOIN LATERAL (%(parts)s) AS part ON line.open <> 0
              JOIN sale_order ON sale_order.id = line.order_id
              JOIN res_company AS company ON company.id = line.company_id
              JOIN res_currency AS company_currency
                ON company_currency.id = company.currency_id
         LEFT JOIN res_partner AS place ON place.id = company.partner_id
              JOIN res_partner AS payer ON payer.id = sale_order.partner_invoice_id
              JOIN res_partner AS customer ON customer.id = payer.commercial_partner_id
              JOIN rate
                ON rate.company_id = line.company_id
               AND rate.currency_id = line.currency_id
        CROSS JOIN LATERAL (
                  SELECT %(day)s AS date, COALESCE(part.quantity, line.open) AS quantity
              ) AS delivered
        CROSS JOIN LATERAL (
                  SELECT delivered.quantity * line.price - line.prepaid AS amount
              ) AS price
             WHERE line.open <> 0 OR line.prepaid <> 0
            """,
            rates=self._rates(),
            lines=self._lines(),
            select=self._select(),
            parts=self._parts(),
            day=self._day(SQL("COALESCE(part.date, sale_order.date_order)")),
        )

    def _rates(self) -> SQL:
        """Return the worth of each currency in that of each company today."""
        today = fields.Date.context_today(self)
        # sudo: whoever may read an amount may read what it is worth.
        currencies = self.env["res.currency"].sudo().with_context(active_test=False)
        # A few dozen, and those that are not used any more are among the orders still.
        # pylint: disable-next=no-search-all
        currencies = currencies.search([])
        rows = []
        for company in self.env.companies.sudo():
            rates = currencies._get_rates(company, today)
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
                   CASE WHEN line.product_uom_qty <> 0
                        THEN line.price_total / line.product_uom_qty
                        ELSE COALESCE(line.unordered_price_total, 0)::numeric
                        END AS price,
                   CASE WHEN line.is_downpayment THEN 0
                        ELSE ROUND(%(owed)s - invoiced.quantity, %(digits)s)
                        END AS open,
                   CASE WHEN line.is_downpayment THEN invoiced.amount
                        ELSE 0 END AS prepaid
              FROM (%(candidates)s) AS candidate
              JOIN sale_order_line AS line ON line.id = candidate.id
         LEFT JOIN uom_uom AS unit ON unit.id = line.product_uom_id
         LEFT JOIN product_product AS product ON product.id = line.product_id
         LEFT JOIN product_template AS template
                ON template.id = product.product_tmpl_id
        CROSS JOIN LATERAL (%(invoiced)s) AS invoiced
             WHERE line.state = 'sale'
               AND line.display_type IS NULL
               AND line.company_id IN %(companies)s
            """,
            owed=self._owed_quantity(),
            digits=self._quantity_digits(),
            candidates=self._candidates(),
            invoiced=self._invoiced(),
            companies=tuple(self.env.companies.ids),
        )

    def _candidates(self) -> SQL:
        """Return a query of the lines of which something else is delivered than
        invoiced, by what Odoo stores of it. That counts drafts as invoiced, so lines
        with drafts are among them whatever it says."""
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
            """
        )

    def _invoiced(self) -> SQL:
        """Return a query of what the posted invoices have of ``line``.

        Quantities in other units are rounded up, as Odoo does.
        """
        return SQL(
            """
            SELECT COALESCE(SUM(sign * quantity), 0) AS quantity,
                   COALESCE(SUM(quantity) FILTER (WHERE sign < 0), 0) AS credited,
                   COALESCE(SUM(sign * amount), 0) AS amount
              FROM (
                  SELECT CASE WHEN move.move_type
                              IN ('out_invoice', 'out_receipt', 'in_refund')
                              THEN 1 ELSE -1 END AS sign,
                         CASE WHEN item.product_uom_id = line.product_uom_id
                                OR item.product_uom_id IS NULL
                              THEN item.quantity
                              ELSE CEIL(ROUND(item.quantity * item_unit.factor
                                   / unit.factor * %(scale)s, 4)) / %(scale)s
                              END AS quantity,
                         CASE WHEN item.currency_id = line.currency_id
                              THEN item.price_total
                              ELSE item.price_total * item_rate.rate / line_rate.rate
                              END AS amount
                    FROM sale_order_line_invoice_rel AS rel
                    JOIN account_move_line AS item ON item.id = rel.invoice_line_id
                    JOIN account_move AS move ON move.id = item.move_id
               LEFT JOIN uom_uom AS item_unit ON item_unit.id = item.product_uom_id
               LEFT JOIN rate AS item_rate
                      ON item_rate.company_id = line.company_id
                     AND item_rate.currency_id = item.currency_id
               LEFT JOIN rate AS line_rate
                      ON line_rate.company_id = line.company_id
                     AND line_rate.currency_id = line.currency_id
                   WHERE rel.order_line_id = line.id
                     AND (move.state = 'posted'
                          OR move.payment_state = 'invoicing_legacy')
              ) AS item
            """,
            scale=10 ** self._quantity_digits(),
        )

    def _owed_quantity(self) -> SQL:
        """Return the quantity of ``line`` that is owed for.

        That is what is delivered. Of what is invoiced by the ordered quantity, also
        what was invoiced in advance, but for goods that came back without a credit
        note and are not to go out again: Odoo proposes no credit note for them.
        """
        return SQL(
            """
            CASE WHEN template.invoice_policy = 'order'
                  AND line.qty_delivered < invoiced.quantity
                 THEN GREATEST(
                     line.qty_delivered,
                     invoiced.quantity - GREATEST((
                         SELECT LEAST(
                             COALESCE(-SUM(quantity)
                                 FILTER (WHERE done AND quantity < 0), 0)
                             - invoiced.credited,
                             invoiced.quantity - line.qty_delivered
                             - COALESCE(SUM(quantity) FILTER (WHERE NOT done), 0)
                         ) FROM (%s) AS move
                     ), 0)
                 )
                 ELSE line.qty_delivered END
            """,
            self._moves(SQL("unit.factor")),
        )

    def _moves(self, factor: SQL) -> SQL:
        """Return a query of the transfers, done and planned, that Odoo counts in what
        is delivered of ``line``, in its unit; negative when goods come back.

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
                         move.state = 'done' AS done,
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
              ) AS move
             WHERE quantity <> 0
            """,
            factor=factor,
            digits=self._quantity_digits(),
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
                   CASE WHEN covers THEN line.open - newer ELSE quantity END AS quantity
              FROM (
                  SELECT *,
                         BOOL_OR(covers) OVER () AS found,
                         BOOL_OR(covers) OVER (
                             %(newest_first)s
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                         ) AS covered
                    FROM (
                        SELECT *,
                               SIGN(quantity) = SIGN(line.open - newer)
                               AND ABS(quantity) >= ABS(line.open - newer) AS covers
                          FROM (
                              SELECT *,
                                     SUM(quantity) OVER (%(newest_first)s) - quantity
                                     AS newer
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

    def _select(self) -> SQL:
        today = fields.Date.context_today(self)
        return SQL(
            """
            -- Odd for what is no delivery, so that both have ids of their own.
            CASE WHEN part.id IS NULL THEN 2 * line.id + 1 ELSE 2 * part.id END AS id,
            CASE WHEN line.is_downpayment THEN 'down_payment'
                 WHEN part.id IS NULL THEN 'other'
                 WHEN delivered.quantity < 0 THEN 'return'
                 ELSE 'delivery' END AS kind,
            customer.id AS partner_id,
            sale_order.partner_shipping_id AS shipping_id,
            line.order_id,
            line.id AS order_line_id,
            sale_order.client_order_ref,
            part.picking_id,
            part.id AS move_id,
            line.product_id,
            line.product_uom_id,
            %(salesperson)s AS user_id,
            COALESCE(
                sale_order.team_id,
                (SELECT sale_team_id FROM res_users WHERE id = %(salesperson)s)
            ) AS team_id,
            line.company_id,
            company.currency_id AS company_currency_id,
            line.currency_id,
            delivered.date,
            %(due_date)s AS due_date,
            %(today)s - delivered.date AS days,
            delivered.quantity,
            ROUND(price.amount * rate.rate / company_currency.rounding)
            * company_currency.rounding AS amount,
            price.amount AS amount_currency
            """,
            salesperson=SQL("COALESCE(sale_order.user_id, customer.user_id)"),
            due_date=self._due_date(),
            today=today,
        )

    def _due_date(self) -> SQL:
        terms = self.env["account.payment.term.line"]
        return SQL(
            """
            COALESCE(
                (SELECT MIN(%(due_date)s)
                   FROM account_payment_term_line AS term_line
                   JOIN account_payment_term AS term ON term.id = term_line.payment_id
                  WHERE term.id = COALESCE(
                        sale_order.payment_term_id,
                        (customer.property_payment_term_id
                         ->> line.company_id::text)::integer)),
                delivered.date
            )
            """,
            due_date=terms._due_date_sql(SQL("delivered.date")),
        )

    def _day(self, time: SQL) -> SQL:
        """Return the day of a time where the company is, else where the user is: the
        due date of a delivery does not depend on who looks at it."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(place.tz, %s))::date",
            time,
            self.env.user.tz or "UTC",
        )

    @api.model
    def _quantity_digits(self) -> int:
        return self.env["decimal.precision"].precision_get("Product Unit")
