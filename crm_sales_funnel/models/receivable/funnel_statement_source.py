from __future__ import annotations

import datetime
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ...reports.receivable.funnel_uninvoiced_query import Customers

# What is changed while a statement is made may have an earlier time than it.
LEEWAY = datetime.timedelta(days=1)
# Differences of so many cents between a slip and its invoice come of rounding; of an
# invoice with more lines, of a cent a line.
ROUNDING_CENTS = 5
COLUMNS = (
    "partner_id",
    "currency_id",
    "kind",
    "date",
    "stock_move_id",
    "move_line_id",
    "move_id",
    "order_line_id",
    "quantity",
    "price_unit",
    "amount",
)


class Chain(NamedTuple):
    """The statements of a customer in a currency so far."""

    start: datetime.date  # first day of the first one
    seen_to: datetime.date  # last day of the last one
    made: datetime.datetime  # when the last one was made
    closing: float


class Span(NamedTuple):
    """What statements are made for."""

    company: models.Model
    customers: models.Model
    date_from: datetime.date  # of customers who have no statement yet
    date_to: datetime.date
    kind: str  # of the statements
    # By customer and currency.
    chains: Mapping[tuple[int, int], Chain] = MappingProxyType({})

    @property
    def settles(self) -> bool:
        """Tell whether what is on a statement is not told again."""
        return self.kind == "settlement"


class FunnelStatement(models.Model):
    """Where the lines of statements come from.

    What a customer owes is the sum of the aging and of what is delivered and not
    invoiced. Its changes are told by document: each delivery of an order line at its
    price, each receipt, each invoice as far as it is for no order. What an order line
    is worth beyond its deliveries (services, kits, what was invoiced in advance or at
    another price) is told by order. Each of these says what it is worth now, less what
    earlier statements say of it: what was entered late, or changed, comes next time.
    """

    _inherit = "funnel.statement"

    @api.model
    def _get_debts(self, span: Span, day: datetime.date) -> dict:
        """Return (customer id, currency id) -> what is owed at the end of a day."""
        debts: dict[tuple[int, int], float] = {}
        for report, amount in (
            ("funnel.aging.report", "residual_currency:sum"),
            ("funnel.uninvoiced.report", "amount_currency:sum"),
        ):
            asked = self._at(report, span, day).with_context(
                funnel_customers=Customers(span.customers._ids)
            )
            rows = asked._read_group(
                [("partner_id", "in", span.customers.ids)],
                ["partner_id", "currency_id"],
                [amount],
            )
            for customer, currency, owed in rows:
                key = customer.id, currency.id
                debts[key] = debts.get(key, 0.0) + owed
        return debts

    @api.model
    def _at(self, report: str, span: Span, day: datetime.date):
        """Return a report as of a day, of the company alone."""
        return self.env[report].with_context(
            as_of=day.isoformat(),
            account_type="asset_receivable",
            allowed_company_ids=span.company.ids,
        )

    @api.model
    def _get_sources(self, span: Span) -> list[dict[str, Any]]:
        """Return the lines of new statements, oldest first."""
        query = SQL(
            """
            WITH chain (partner_id, currency_id, start, seen_to, made) AS (%(chains)s),
            slip AS (%(slips)s),
            invoice AS (%(invoices)s),
            ending AS (%(ending)s),
            beginning AS (%(beginning)s),
            order_line AS (%(order_lines)s)
            SELECT %(columns)s
              FROM (
                  SELECT * FROM slip
               UNION ALL
                  SELECT * FROM (%(items)s) AS item
               UNION ALL
                  SELECT * FROM (%(own_invoices)s) AS own_invoice
               UNION ALL
                  SELECT * FROM order_line
              ) AS source
             WHERE amount <> 0 OR kind IN ('slip', 'return')
          ORDER BY date, move_line_id, move_id, stock_move_id, order_line_id
            """,
            columns=SQL(", ").join(map(SQL.identifier, COLUMNS)),
            chains=self._chain_values(span),
            slips=self._slips(span),
            invoices=self._invoices(span),
            ending=self._uninvoiced(span, span.date_to),
            beginning=SQL(" UNION ALL ").join(
                self._uninvoiced(span, start - datetime.timedelta(days=1))
                for start in self._get_starts(span)
            ),
            order_lines=self._order_lines(span),
            items=self._items(span),
            own_invoices=self._own_invoices(span),
        )
        # What is not written yet is asked of the database.
        self.env.flush_all()
        rows = self.env.execute_query(query)
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    def _chain_values(self, span: Span) -> SQL:
        chains = span.chains.items()
        return SQL(
            "SELECT * FROM UNNEST(%s::int[], %s::int[], %s::date[], %s::date[],"
            " %s::timestamp[])",
            [customer for (customer, _currency), _chain in chains],
            [currency for (_customer, currency), _chain in chains],
            [chain.start for _key, chain in chains],
            [chain.seen_to for _key, chain in chains],
            [chain.made - LEEWAY for _key, chain in chains],
        )

    def _start(self, span: Span) -> SQL:
        return SQL("COALESCE(chain.start, %s::date)", span.date_from)

    def _is_stated(self, span: Span) -> SQL:
        return SQL("stated.is_settled") if span.settles else SQL("FALSE")

    def _is_new(self, span: Span, move: SQL) -> SQL:
        """Tell in SQL whether an entry belongs to the time of the statements, and is
        not among those that earlier ones have seen as they are."""
        return SQL(
            """
            (%(move)s.date BETWEEN %(start)s AND %(date_to)s
             AND (%(move)s.date > COALESCE(chain.seen_to, '-infinity')
                  OR %(move)s.write_date > chain.made))
            """,
            move=move,
            start=self._start(span),
            date_to=span.date_to,
        )

    # ------------------------------------------------------------------
    # Deliveries
    # ------------------------------------------------------------------

    def _slips(self, span: Span) -> SQL:
        """Return a query of what was delivered and came back and is on no statement."""
        report = self._at("funnel.uninvoiced.report", span, span.date_to)
        return SQL(
            """
            SELECT payer.commercial_partner_id AS partner_id,
                   line.currency_id,
                   CASE WHEN move.quantity < 0 THEN 'return' ELSE 'slip' END AS kind,
                   day.date,
                   move.id AS stock_move_id,
                   NULL::int AS move_line_id,
                   NULL::int AS move_id,
                   line.id AS order_line_id,
                   move.quantity,
                   price.unit AS price_unit,
                   ROUND(move.quantity * price.unit / currency.rounding)
                   * currency.rounding AS amount
              FROM res_partner AS payer
              JOIN sale_order ON sale_order.partner_invoice_id = payer.id
              JOIN sale_order_line AS line ON line.order_id = sale_order.id
              JOIN res_currency AS currency ON currency.id = line.currency_id
              JOIN res_company AS company ON company.id = line.company_id
         LEFT JOIN res_partner AS place ON place.id = company.partner_id
         LEFT JOIN uom_uom AS unit ON unit.id = line.product_uom_id
         LEFT JOIN chain
                ON chain.partner_id = payer.commercial_partner_id
               AND chain.currency_id = line.currency_id
        CROSS JOIN LATERAL (SELECT %(price)s AS unit) AS price
        CROSS JOIN LATERAL (%(moves)s) AS move
        CROSS JOIN LATERAL (SELECT %(day)s AS date) AS day
             WHERE payer.commercial_partner_id = ANY(%(customers)s)
               AND line.company_id = %(company)s
               AND line.state = 'sale'
               AND line.display_type IS NULL
               AND line.is_downpayment IS NOT TRUE
               AND move.done
               AND day.date >= %(start)s
               AND NOT EXISTS (
                   SELECT FROM funnel_statement_line AS stated
                    WHERE stated.stock_move_id = move.id AND %(is_stated)s)
            """,
            price=report._unit_price(),
            moves=report._moves(SQL("unit.factor")),
            day=report._day(SQL("move.date")),
            start=self._start(span),
            is_stated=self._is_stated(span),
            customers=span.customers.ids,
            company=span.company.id,
        )

    # ------------------------------------------------------------------
    # Receipts and other entries
    # ------------------------------------------------------------------

    def _items(self, span: Span) -> SQL:
        """Return a query of the journal items that are no invoices: what each is worth,
        less what statements say of it."""
        return SQL(
            """
            SELECT contact.commercial_partner_id AS partner_id,
                   item.currency_id,
                   CASE WHEN move.origin_payment_id IS NOT NULL
                          OR journal.type IN ('bank', 'cash')
                        THEN 'receipt' ELSE 'entry' END AS kind,
                   item.date,
                   NULL::int AS stock_move_id,
                   item.id AS move_line_id,
                   NULL::int AS move_id,
                   NULL::int AS order_line_id,
                   NULL::numeric AS quantity,
                   NULL::numeric AS price_unit,
                   CASE WHEN item.parent_state = 'posted'
                        THEN item.amount_currency ELSE 0 END
                   - COALESCE(stated.amount, 0) AS amount
              FROM account_move_line AS item
              JOIN account_move AS move ON move.id = item.move_id
              JOIN account_journal AS journal ON journal.id = move.journal_id
              JOIN res_partner AS contact ON contact.id = item.partner_id
         LEFT JOIN chain
                ON chain.partner_id = contact.commercial_partner_id
               AND chain.currency_id = item.currency_id
        CROSS JOIN LATERAL (
                  SELECT SUM(amount) AS amount
                    FROM funnel_statement_line AS stated
                   WHERE stated.move_line_id = item.id AND %(is_stated)s
              ) AS stated
             WHERE contact.commercial_partner_id = ANY(%(customers)s)
               AND item.company_id = %(company)s
               AND item.account_id = ANY(%(accounts)s)
               AND move.move_type = 'entry'
               AND %(is_new)s
            """,
            customers=span.customers.ids,
            company=span.company.id,
            accounts=self._at("funnel.aging.report", span, span.date_to)._accounts(),
            is_new=self._is_new(span, SQL("move")),
            is_stated=self._is_stated(span),
        )

    # ------------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------------

    def _invoices(self, span: Span) -> SQL:
        """Return a query of the invoices and credit notes that are new or changed."""
        return SQL(
            """
            SELECT move.id,
                   move.commercial_partner_id AS partner_id,
                   move.currency_id,
                   move.date,
                   move.state
              FROM account_move AS move
         LEFT JOIN chain
                ON chain.partner_id = move.commercial_partner_id
               AND chain.currency_id = move.currency_id
             WHERE move.commercial_partner_id = ANY(%(customers)s)
               AND move.company_id = %(company)s
               AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
               AND %(is_new)s
            """,
            customers=span.customers.ids,
            company=span.company.id,
            is_new=self._is_new(span, SQL("move")),
        )

    def _for_order(self) -> SQL:
        """Return the joins from ``rel`` to ``item``, a line of an invoice ``move``, and
        the order line ``line`` that it is for: of the same customer and currency, else
        the invoice stands for itself."""
        return SQL(
            """
              JOIN account_move_line AS item ON item.id = rel.invoice_line_id
              JOIN account_move AS move ON move.id = item.move_id
              JOIN sale_order_line AS line
                ON line.id = rel.order_line_id AND line.currency_id = move.currency_id
              JOIN sale_order ON sale_order.id = line.order_id
              JOIN res_partner AS payer
                ON payer.id = sale_order.partner_invoice_id
               AND payer.commercial_partner_id = move.commercial_partner_id
            """
        )

    def _invoiced_amount(self) -> SQL:
        return SQL(
            "CASE WHEN move.move_type = 'out_refund'"
            " THEN -item.price_total ELSE item.price_total END"
        )

    def _own_invoices(self, span: Span) -> SQL:
        """Return a query of what invoices are for beside orders."""
        return SQL(
            """
            SELECT invoice.partner_id,
                   invoice.currency_id,
                   CASE WHEN ABS(own.amount)
                             <= GREATEST(%(cents)s, linked.count * currency.rounding)
                         AND linked.count > 0
                        THEN 'rounding' ELSE 'invoice' END AS kind,
                   invoice.date,
                   NULL::int AS stock_move_id,
                   NULL::int AS move_line_id,
                   invoice.id AS move_id,
                   NULL::int AS order_line_id,
                   NULL::numeric AS quantity,
                   NULL::numeric AS price_unit,
                   own.amount
              FROM invoice
              JOIN res_currency AS currency ON currency.id = invoice.currency_id
        CROSS JOIN LATERAL (
                  SELECT SUM(amount_currency) AS amount
                    FROM account_move_line
                   WHERE move_id = invoice.id
                     AND account_id = ANY(%(accounts)s)
                     AND invoice.state = 'posted'
              ) AS total
        CROSS JOIN LATERAL (
                  SELECT SUM(%(invoiced)s) AS amount, COUNT(*) AS count
                    FROM account_move_line AS billed
                    JOIN sale_order_line_invoice_rel AS rel
                      ON rel.invoice_line_id = billed.id
                    %(for_order)s
                   WHERE billed.move_id = invoice.id AND move.state = 'posted'
              ) AS linked
        CROSS JOIN LATERAL (
                  SELECT SUM(amount) AS amount
                    FROM funnel_statement_line AS stated
                   WHERE stated.move_id = invoice.id AND %(is_stated)s
              ) AS stated
        CROSS JOIN LATERAL (
                  SELECT COALESCE(total.amount, 0) - COALESCE(linked.amount, 0)
                         - COALESCE(stated.amount, 0) AS amount
              ) AS own
            """,
            accounts=self._at("funnel.aging.report", span, span.date_to)._accounts(),
            invoiced=self._invoiced_amount(),
            for_order=self._for_order(),
            cents=self._cents(),
            is_stated=self._is_stated(span),
        )

    def _cents(self) -> SQL:
        return SQL("%s * currency.rounding", ROUNDING_CENTS)
