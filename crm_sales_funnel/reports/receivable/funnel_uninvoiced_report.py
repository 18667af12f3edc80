from typing import Any

from odoo import api, fields, models
from odoo.tools import SQL

# What companies and users change without a record of this report being written.
CONTEXT = ("as_of", "allowed_company_ids")


class FunnelUninvoicedReport(models.Model):
    """What is delivered and not invoiced at a date: one row per delivery of an order line, as far
    as no posted invoice has it, and per return that no credit note has.

    The sum of a line's rows is what is owed for it beside the general ledger, tax
    included. It is negative when more was invoiced than is owed: goods came back that
    are not credited yet, or a down payment is not deducted yet. What is invoiced and
    still to be delivered is in the ledger, and not here. Drafts of invoices and credit
    notes change nothing: the ledger does not have them either.

    Invoices are taken to be for the oldest deliveries of their line.

    Context: ``as_of`` (ISO date; default today). What has no delivery of its own, and the
    prices of orders, are those of today at any date. ``funnel_customers`` (``Customers``)
    leaves out all others before anything is worked out.
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
        depends_context=CONTEXT,
        help="Days since the delivery.",
    )
    # Pieces and kilograms have no sum.
    quantity = fields.Float(
        readonly=True, digits="Product Unit", aggregator=None, depends_context=CONTEXT
    )
    amount = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        depends_context=CONTEXT,
        help="Tax included, at the price of the order line and the exchange rate of "
        "today.",
    )
    amount_currency = fields.Monetary(
        "Amount in Currency",
        currency_field="currency_id",
        readonly=True,
        depends_context=CONTEXT,
    )

    _depends = {
        "account.move": ["move_type", "payment_state", "state"],
        "account.move.line": [
            "is_allowance",
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
              JOIN res_currency AS currency ON currency.id = line.currency_id
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
             WHERE (line.open <> 0 OR line.prepaid <> 0)
               -- Of what has no delivery, the order is all that tells when it was.
               AND delivered.date <= %(as_of)s
            """,
            rates=self._rates(),
            lines=self._lines(),
            select=self._select(),
            parts=self._parts(),
            day=self._day(SQL("COALESCE(part.date, sale_order.date_order)")),
            as_of=self._as_of(),
        )

    def _select(self) -> SQL:
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
            %(as_of)s - delivered.date AS days,
            delivered.quantity,
            ROUND(price.amount * rate.rate / company_currency.rounding)
            * company_currency.rounding AS amount,
            ROUND(price.amount / currency.rounding) * currency.rounding
            AS amount_currency
            """,
            salesperson=SQL("COALESCE(sale_order.user_id, customer.user_id)"),
            due_date=self._due_date(),
            as_of=self._as_of(),
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
            self._own_zone(),
        )
