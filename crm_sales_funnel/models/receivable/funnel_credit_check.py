from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from odoo import api, models
from odoo.tools import SQL

from ...reports.receivable.funnel_receivable_report import LIMITS


@dataclass
class Standing:
    """How a customer stands with a company now; amounts in its currency. A limit of 0
    is none."""

    company: Any
    customer: Any  # commercial partner
    holds: Any  # active ones
    credit_limit: float = 0.0
    overdue_limit: float = 0.0
    max_debt_age: int = 0
    owed: float = 0.0  # the ledger, and what is delivered and not invoiced
    overdue: float = 0.0
    oldest_days: int = 0
    promised: float = 0.0  # confirmed and not delivered, where that counts

    @property
    def is_overdue(self) -> bool:
        compare = self.company.currency_id.compare_amounts
        return self.overdue_limit > 0 and compare(self.overdue, self.overdue_limit) > 0

    @property
    def is_too_old(self) -> bool:
        return 0 < self.max_debt_age < self.oldest_days

    def get_excess(self, more: float) -> float:
        """Return by how much the credit limit is passed when so much more is owed."""
        if self.credit_limit <= 0:
            return 0.0
        over = self.owed + self.promised + more - self.credit_limit
        return max(self.company.currency_id.round(over), 0.0)


@dataclass
class Refusal:
    """Why an order is not confirmed or changed, or goods do not leave."""

    document: Any  # sale.order, stock.picking, or a stock.move that is in none
    standing: Standing
    amount: float  # of the document, in the currency of the company
    before: float  # of other documents that are to pass with it
    excess: float  # over the credit limit
    goods: dict[int, float] = field(default_factory=dict)  # product id -> how much
    # Of an order that is confirmed, or by a transfer that was done: taken back with it.
    is_change: bool = False
    total: float = 0.0  # what was owed then with such a transfer
    moves: Any = None  # what leaves of a delivery
    has_left: bool = False  # it is among the debts already
    is_as_ordered: bool = False  # nothing leaves that is not in the orders


class FunnelCreditCheck(models.AbstractModel):
    """Whether a customer may be sold and delivered more, by the company of the order or
    delivery, whatever companies the user has chosen.

    Of an order counts what the customer owes, what he has ordered and not received, and
    the order; of a delivery, what he owes and what leaves now. The goods of an order are
    among what is ordered until they leave and among the debts after it, never in both.
    """

    _name = "funnel.credit.check"
    _description = "Credit Check"

    # ------------------------------------------------------------------
    # How customers stand
    # ------------------------------------------------------------------

    @api.model
    def _get_standings(self, company, customers, apart=None, lock=False, only=None):
        """Return commercial partner id -> ``Standing`` of those who are on hold or have
        a limit; nothing can be wrong with the others.

        :param apart: ids of orders that are asked about and do not count as promised;
            None where nothing that is promised counts
        :param only: ids of the orders that count as promised alone
        :param lock: keep others from selling to the same customers until this
            transaction ends
        """
        # sudo: what is told of it is decided where it is told. The debts of a customer
        # count whether or not the user may read them.
        self = self.sudo().with_context(
            allowed_company_ids=company.ids, as_of=False, account_type=False
        )
        company, customers = company.with_env(self.env), customers.with_env(self.env)
        holds = self.env["funnel.credit.hold"]._get_active(company, customers)
        limits = self._get_limits(company, customers)
        standings = {
            customer.id: Standing(
                company,
                customer,
                holds.get((company.id, customer.id), self.env["funnel.credit.hold"]),
                **limits.get(customer.id, {}),
            )
            for customer in customers
            if customer.id in limits or (company.id, customer.id) in holds
        }
        if standings:
            if lock and limits:
                self._lock(limits)
            self._fill(standings, company, apart, only)
        return standings

    def _fill(self, standings, company, apart, only):
        """Add to the standings what the customers owe."""
        customers = self.env["res.partner"].browse(standings)
        for customer, owed, overdue, days in self.env[
            "funnel.receivable.report"
        ]._read_group(
            [("partner_id", "in", customers.ids)],
            ["partner_id"],
            ["total:sum", "overdue:sum", "oldest_debt_days:max"],
        ):
            standing = standings[customer.id]
            standing.owed, standing.overdue = owed or 0.0, overdue or 0.0
            standing.oldest_days = days or 0
        if apart is None and only is None:
            return
        for customer, amount in self._get_promised(company, customers, apart, only):
            standings[customer].promised = company.currency_id.round(float(amount))

    def _get_limits(self, company, customers) -> dict[int, dict[str, float]]:
        """Return commercial partner id -> limits, of those who have any that holds."""
        if not customers:
            return {}
        self.env["res.partner"].flush_model(LIMITS)
        query = SQL(
            """
            SELECT debt.partner_id, %(names)s
              FROM (SELECT id AS partner_id, %(company)s AS company_id
                      FROM res_partner WHERE id IN %(customers)s) AS debt
        CROSS JOIN LATERAL (%(limits)s) AS customer
            """,
            names=SQL(", ").join(SQL.identifier("customer", name) for name in LIMITS),
            company=company.id,
            customers=tuple(customers.ids),
            limits=self.env["funnel.receivable.report"]._customer(),
        )
        limits = {}
        for (
            customer,
            credit_limit,
            overdue_limit,
            max_debt_age,
        ) in self.env.execute_query(query):
            binding = credit_limit if company.credit_gate_limits else 0
            found = {
                "credit_limit": float(binding or 0.0),
                "overdue_limit": float(overdue_limit or 0.0),
                "max_debt_age": int(max_debt_age or 0),
            }
            if any(limit > 0 for limit in found.values()):
                limits[customer] = found
        return limits

    def _lock(self, customers):
        """Let one transaction after the other sell to these customers.

        Written and not only locked: who waits here for somebody else's order is repeated
        by Odoo and then sees it.

        :param customers: ids
        """
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET id = id WHERE id IN ("
                "SELECT id FROM res_partner WHERE id IN %s ORDER BY id"
                " FOR NO KEY UPDATE)",
                tuple(customers),
            )
        )

    # ------------------------------------------------------------------
    # What is ordered and not delivered
    # ------------------------------------------------------------------

    def _get_promised(self, company, customers, apart, only=None):
        """Return (commercial partner id, amount) of what customers have ordered, tax
        included, and what they do not owe for yet. What an order takes back comes off
        of that order: it makes no room for others before it is there. Its discounts come
        off of what is delivered of it too, until they are invoiced.

        :param apart: ids of orders that do not count
        :param only: ids of those that count alone, if any
        """
        self.env.flush_all()
        which = SQL("sale_order.id NOT IN %s", tuple(apart or ()) or (0,))
        if only is not None:
            which = SQL("sale_order.id IN %s", tuple(only) or (0,))
        report = self.env["funnel.uninvoiced.report"]
        return self.env.execute_query(
            SQL(
                """
                WITH rate (company_id, currency_id, rate) AS (%(rates)s)
                SELECT customer_id,
                       SUM(GREATEST(goods, 0) - LEAST(discount, ordered))
                  FROM (
                SELECT payer.commercial_partner_id AS customer_id,
                       COALESCE(SUM(%(open)s * %(price)s * line_rate.rate)
                           FILTER (WHERE NOT %(is_discount)s), 0) AS goods,
                       COALESCE(SUM(-%(open)s * %(price)s * line_rate.rate)
                           FILTER (WHERE %(is_discount)s), 0) AS discount,
                       (SELECT COALESCE(SUM(price_total), 0) FROM sale_order_line
                         WHERE order_id = sale_order.id AND price_total > 0)
                       * MAX(line_rate.rate) AS ordered
                  FROM sale_order
                  JOIN res_partner AS payer ON payer.id = sale_order.partner_invoice_id
                  JOIN sale_order_line AS line ON line.order_id = sale_order.id
             LEFT JOIN uom_uom AS unit ON unit.id = line.product_uom_id
             LEFT JOIN product_product AS product ON product.id = line.product_id
             LEFT JOIN product_template AS template
                    ON template.id = product.product_tmpl_id
                  JOIN rate AS line_rate
                    ON line_rate.company_id = line.company_id
                   AND line_rate.currency_id = line.currency_id
            CROSS JOIN LATERAL (%(invoiced)s) AS invoiced
            CROSS JOIN LATERAL (SELECT line.qty_delivered AS quantity) AS delivered
            CROSS JOIN LATERAL (SELECT %(owed)s AS quantity) AS owed
            CROSS JOIN LATERAL (%(expected)s) AS expected
                 WHERE payer.commercial_partner_id IN %(customers)s
                   AND sale_order.company_id = %(company)s
                   AND sale_order.state = 'sale'
                   AND %(which)s
                   AND line.display_type IS NULL
                   AND line.is_downpayment IS NOT TRUE
                   AND CASE WHEN line.product_uom_qty < 0
                            THEN line.product_uom_qty < line.qty_delivered
                            ELSE line.product_uom_qty > line.qty_delivered END
              GROUP BY payer.commercial_partner_id, sale_order.id
                  ) AS ordered
              GROUP BY customer_id
                """,
                rates=report._rates(),
                open=SQL(
                    "CASE WHEN line.product_uom_qty < 0 THEN LEAST(0, GREATEST("
                    "line.product_uom_qty, expected.quantity) - owed.quantity)"
                    " ELSE GREATEST(0, LEAST("
                    "line.product_uom_qty, expected.quantity) - owed.quantity) END"
                ),
                price=report._unit_price(),
                is_discount=SQL(
                    "(line.price_total < 0 AND template.type IS DISTINCT FROM 'consu')"
                ),
                invoiced=report._invoiced(),
                owed=report._owed_quantity(),
                expected=self._expected_quantity(report),
                customers=tuple(customers.ids),
                company=company.id,
                which=which,
            )
        )

    def _expected_quantity(self, report) -> SQL:
        """Return a query of how much of ``line`` will be delivered in the end.

        Of goods, what their transfers still promise: nothing is owed for a backorder
        that is cancelled. All that is ordered of services, of what no transfer is
        planned for yet (a vendor may deliver it), and of kits, whose parts are on the
        way.
        """
        return SQL(
            """
            SELECT CASE WHEN template.type IS DISTINCT FROM 'consu'
                          OR NOT EXISTS (
                              SELECT FROM stock_move WHERE sale_line_id = line.id)
                          OR EXISTS (
                              SELECT FROM stock_move
                               WHERE sale_line_id = line.id
                                 AND product_id <> line.product_id
                                 AND state NOT IN ('done', 'cancel'))
                        THEN line.product_uom_qty
                        ELSE line.qty_delivered + (
                            SELECT COALESCE(SUM(quantity), 0) FROM (%s) AS move
                             WHERE NOT done AND NOT later)
                        END AS quantity
            """,
            report._moves(SQL("unit.factor")),
        )

    # ------------------------------------------------------------------
    # What is refused
    # ------------------------------------------------------------------

    @api.model
    def _get_order_refusals(
        self, company, orders, lock=False, changed=False, left=None
    ) -> list[Refusal]:
        """Return which of the orders of a company are not to be confirmed.

        Orders of nothing, and those that are paid in advance altogether, always are.

        :param changed: they are confirmed, and cost more now or are this customer's now:
            what is promised and owed by them is in what the customer owes already
        :param left: order -> commercial partner who paid for it until now: only whether
            he is on hold
        """
        if left is not None:
            return self._get_left_refusals(company, orders, left)
        # sudo: as in _get_standings().
        orders = orders.sudo().filtered(
            lambda order: (
                order.currency_id.compare_amounts(order.amount_total, 0.0) > 0
                and not order._is_paid_in_advance()
            )
        )
        customers = orders.partner_invoice_id.commercial_partner_id
        apart = [] if changed else orders._origin.ids
        only = None
        if company.sudo().credit_used != "orders":  # sudo: as in _get_standings()
            apart, only = None, orders.ids if changed else None
        standings = self._get_standings(company, customers, apart, lock, only)
        before, refusals = defaultdict(float), []
        for order in orders.sorted(lambda order: order._origin.id or 0):
            customer = order.partner_invoice_id.commercial_partner_id.id
            if standing := standings.get(customer):
                amount, more = order._get_credit_amounts(company)
                if changed:
                    more -= amount  # what is paid comes off of what is promised
                refusal = self._judge(order, standing, amount, more, before[customer])
                if refusal:
                    refusal.goods, refusal.is_change = order._get_goods(), changed
                    refusals.append(refusal)
                before[customer] += more
        return self._without_overridden(refusals)

    @api.model
    def _get_left_refusals(self, company, orders, left) -> list[Refusal]:
        """Return which confirmed orders are not to be another customer's, while the one
        who paid for them until now is on hold. It matters to what gates there are."""
        company, orders = company.sudo(), orders.sudo()  # sudo: as in _get_standings()
        if not (company.credit_gate_orders or company.credit_gate_deliveries):
            return []
        customers = self.env["res.partner"].browse({left[order].id for order in orders})
        standings = self._get_standings(company, customers)
        refusals = []
        for order in orders:
            standing = standings.get(left[order].id)
            if standing and standing.holds:
                amount, _more = order._get_credit_amounts(company)
                refusal = Refusal(order, standing, amount, 0.0, 0.0)
                refusal.goods, refusal.is_change = order._get_goods(), True
                refusals.append(refusal)
        return self._without_overridden(refusals)

    @api.model
    def _get_delivery_refusals(
        self,
        company,
        documents,
        lock=False,
        grown=False,
        later=False,
        priced=False,
        **options,
    ) -> list[Refusal]:
        """Return which of the deliveries of a company are not to leave.

        :param documents: transfers, or moves that are in none
        :param grown: more has left of what is done: it is among the debts already
        :param later: as of ``_get_credit_amounts``
        :param priced: what is grown is asked about now that it has a price
        :param options: of their ``_get_leaving``
        """
        documents = documents.sudo()  # sudo: as in _get_standings()
        leaving = documents._get_leaving(grown=grown, **options)
        customers = {customer for _document, customer in leaving}
        customers = self.env["res.partner"].browse(customers)
        standings = self._get_standings(company, customers, None, lock)
        asked = {key: moves for key, moves in leaving.items() if key[1] in standings}
        before, refusals = defaultdict(float), []
        for document, customer, moves, progress, amounts in self._weigh(
            company, asked, grown, later
        ):
            standing, (amount, more) = standings[customer], amounts
            refusal = self._judge(document, standing, amount, more, before[customer])
            before[customer] += more
            if refusal:
                refusal.total = standing.owed + before[customer]
                refusal.is_change = priced
                self._add_goods(refusal, moves, None if grown else progress)
                refusals.append(refusal)
        return self._without_overridden(refusals)

    @api.model
    def _weigh(self, company, leaving, grown, later):
        """Yield (document, customer id, moves, progress, (amount, more)) of deliveries,
        but for those that are paid in advance.

        :param leaving: as ``_get_leaving`` returns it
        :param grown: the amount is of the moves that grew, all else of what has left
        """
        every = self.env["stock.move"].sudo()  # sudo: as in _get_standings()
        every = every.concat(*leaving.values())
        progress = every._get_progress_before() if grown else {}
        for (document, customer), moves in leaving.items():
            amount, more = moves._get_credit_amounts(company, progress, later)
            if moves._is_paid_in_advance(progress):
                continue
            if grown:
                moves = document._get_left(customer)
                more = moves._get_more_of_left(company)
            yield document, customer, moves, progress, (amount, more)

    @api.model
    def _add_goods(self, refusal, moves, progress):
        """Tell of the refusal of a delivery what leaves, or has left, by it.

        :param progress: as ``_get_credit_amounts`` leaves it; None of what has left:
            an override covers all of it once, and not each piece anew
        """
        if progress is None:
            progress, refusal.has_left = moves._get_progress_before(), True
            company = refusal.standing.company
            refusal.amount = moves._get_credit_amounts(company, progress)[0]
        refusal.moves, refusal.goods = moves, moves._get_goods()
        refusal.is_as_ordered = moves._is_as_ordered(progress)

    @api.model
    def _judge(self, document, standing, amount, more, before):
        """Return the ``Refusal`` of a document, or None.

        :param amount: what it costs
        :param more: how much more will be owed by it
        :param before: how much more by documents that come before it
        """
        excess = 0.0
        if standing.company.currency_id.compare_amounts(amount, 0.0) > 0:
            excess = standing.get_excess(before + more)
            late = standing.is_overdue or standing.is_too_old
        else:
            late = False  # what costs nothing is not held back for a debt
        if standing.holds or late or excess:
            return Refusal(document, standing, amount, before, excess)
        return None

    @api.model
    def _without_overridden(self, refusals) -> list[Refusal]:
        """Leave out what somebody allowed who may; the override of an order is one of
        its deliveries too."""
        documents = [refusal.document for refusal in refusals]
        if not documents:
            return []
        overrides = self.env["funnel.credit.override"]
        own = overrides._get_of(documents[0].browse().concat(*documents))
        orders = self.env["sale.order"].sudo()  # sudo: as in _get_standings()
        for refusal in refusals:
            if refusal.moves:
                orders |= refusal.moves.sale_line_id.order_id
        of_orders = overrides._get_of(orders)
        return [
            refusal
            for refusal in refusals
            if not (
                own.get(refusal.document._origin.id, overrides)._allows(
                    refusal, refusal.amount, refusal.goods
                )
                or self._is_order_overridden(refusal, of_orders)
            )
        ]

    @api.model
    def _is_order_overridden(self, refusal, of_orders) -> bool:
        """Tell whether all that leaves was ordered, in orders that were all
        overridden."""
        if not refusal.is_as_ordered:
            return False
        nothing = self.env["funnel.credit.override"]
        return all(
            of_orders.get(order.id, nothing)._allows(
                refusal,
                order._get_credit_amounts(refusal.standing.company)[0],
                order._get_goods(),
            )
            for order in refusal.moves.sale_line_id.order_id
        )
