from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ...reports.receivable.funnel_uninvoiced_query import Customers

# What decides who owes for an order; and, with these, how much.
PAYER = {"partner_id", "partner_invoice_id", "company_id"}
# What the warehouse, which writes orders as well, has no say in.
RESERVED = PAYER | {"partner_shipping_id", "payment_term_id"}
RESERVED_GROUPS = "sales_team.group_sale_salesman,account.group_account_invoice"
JUDGED = PAYER | {"order_line", "pricelist_id", "currency_id", "fiscal_position_id"}
# What Odoo reckons of prices, and lets whoever writes an order write as well.
TOTALS = {"amount_untaxed", "amount_tax", "amount_total"}
CLOSED = ("full", False)  # delivery_status of orders of which nothing is to leave


def without(records, names, vals):
    """Return values without those that no user writes, who could be believed then."""
    if records.env.su or names.isdisjoint(vals):
        return vals
    return {name: value for name, value in vals.items() if name not in names}


class Reckoned(NamedTuple):
    """Amounts that Odoo makes new lines with, of discounts and down payments. An object
    of ours in the context is what no request from outside can have there."""

    amounts: list | None  # None: all of them


class Pending(NamedTuple):
    """Orders that are written with their lines, and judged when all is written. An
    object of ours in the context is what no request from outside can have there."""

    orders: frozenset[int] | None  # None: all that are made


class Burden(NamedTuple):
    """Who owes how much for a confirmed order."""

    company: models.Model
    customer: models.Model  # commercial partner
    currency: models.Model
    amount: float


class SaleOrder(models.Model):
    """Orders of customers who are on hold or over a limit are not confirmed."""

    _inherit = "sale.order"

    credit_notice = fields.Text(
        compute="_compute_credit_notice",
        help="Why the order is not confirmed, or its goods do not leave.",
    )

    # All ways to confirm an order write its state.

    @api.model
    def default_get(self, fields):
        return without(self, TOTALS, super().default_get(fields))

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [without(self, TOTALS, vals) for vals in vals_list]
        pending = self.with_context(funnel_credit_pending=Pending(None))
        orders = super(SaleOrder, pending).create(vals_list).with_env(self.env)
        orders.filtered(lambda order: order.state == "sale")._check_credit()
        return orders

    def write(self, vals):
        vals = without(self, TOTALS, vals)
        if not vals.get("currency_id", True):
            vals = without(self, {"currency_id"}, vals)  # there is no order without one
        self._check_taken_back(vals)
        self._check_reserved(vals)
        confirmed = self.browse()
        if vals.get("state") == "sale":
            confirmed = self.filtered(lambda order: order.state != "sale")
        # Before anything is written, unless it is written what is to be judged.
        if not JUDGED & vals.keys():
            confirmed._check_credit()
            return super().write(vals)
        before = self._get_burdens()
        pending = Pending(frozenset([*confirmed.ids, *(order.id for order in before)]))
        pending = self.with_context(funnel_credit_pending=pending)
        result = super(SaleOrder, pending).write(vals)
        confirmed._check_credit()
        self._check_burdens(before)
        return result

    def copy(self, default=None):
        amounts = [line.extra_tax_data for line in self.order_line]
        copying = self.with_context(funnel_credit_reckoned=Reckoned(amounts))
        return super(SaleOrder, copying).copy(default).with_env(self.env)

    def _create_down_payment_lines_from_base_lines(self, down_payment_base_lines):
        reckoned = self.with_context(funnel_credit_reckoned=Reckoned(None))
        lines = super(SaleOrder, reckoned)._create_down_payment_lines_from_base_lines(
            down_payment_base_lines
        )
        return lines.with_env(self.env)

    def _action_cancel(self):
        # Before Odoo cancels transfers and drafts of invoices.
        self.filtered(lambda order: order.state == "sale")._check_nothing_owed()
        return super()._action_cancel()

    def _check_taken_back(self, vals):
        """:raise UserError: an order that is confirmed is to be a quotation again, which
        takes what is delivered of it out of the debts, or to be cancelled without its
        deliveries, which Odoo cancels with it"""
        confirmed = self.filtered(lambda order: order.state == "sale")
        if vals.get("state", "sale") == "sale" or not confirmed or self.env.su:
            return
        if vals["state"] == "cancel":
            confirmed._check_nothing_owed()
        for order in confirmed:
            # sudo: of deliveries that the user may not read as well.
            moves = order.sudo().order_line.move_ids
            open_ = set(moves.mapped("state")) - {"done", "cancel"}
            if vals["state"] != "cancel" or open_:
                raise UserError(
                    self.env._("%s is confirmed. Cancel it first.", order.display_name)
                )

    def _check_nothing_owed(self):
        """:raise UserError: something is delivered and not invoiced, which nobody would
        owe any more"""
        if not self or self.env.su:
            return
        self.check_access("write")
        self.env.flush_all()
        customers = self.partner_invoice_id.commercial_partner_id
        # sudo: the debts of an order count whether or not the user may read them.
        report = self.env["funnel.uninvoiced.report"].sudo()
        report = report.with_context(
            allowed_company_ids=self.company_id.ids,
            as_of=False,
            funnel_customers=Customers(customers._ids),
        )
        for order, amount in report._read_group(
            [("order_id", "in", self.ids)], ["order_id"], ["amount:sum"]
        ):
            if order.company_id.currency_id.compare_amounts(amount, 0.0) > 0:
                raise UserError(order.with_env(self.env)._get_owed_message(amount))

    def _get_owed_message(self, amount) -> str:
        """Return why an order is not cancelled, and what to do."""
        if self.env.user._funnel_sees_prices():
            why = self.env._(
                "%(order)s is not cancelled: %(amount)s of it are delivered and not"
                " invoiced.",
                order=self.display_name,
                amount=format_amount(self.env, amount, self.company_id.currency_id),
            )
        else:
            why = self.env._(
                "%(order)s is not cancelled: something of it is delivered and not"
                " invoiced.",
                order=self.display_name,
            )
        advice = self.env._(
            "Invoice it, or take the goods back first. What is not delivered yet is"
            " cancelled on its transfer."
        )
        return f"{why} {advice}"

    def _check_reserved(self, vals):
        """:raise UserError: who neither sells nor invoices cancels a confirmed order, or
        changes whose it is or when it is to be paid"""
        names = RESERVED & vals.keys()
        cancelled = vals.get("state") == "cancel"
        if self.env.su or not (names or cancelled):
            return
        if self.env.user.has_groups(RESERVED_GROUPS):
            return
        for order in self:
            changed = any(order[name].id != (vals[name] or False) for name in names)
            if order.state == "sale" and (changed or cancelled):
                raise UserError(
                    self.env._(
                        "%s is confirmed. Only Sales and Finance cancel it, or change"
                        " its customer, addresses and payment terms.",
                        order.display_name,
                    )
                )

    def _get_burdens(self) -> dict:
        """Return order -> ``Burden`` of those that are confirmed, but for those that are
        judged later."""
        pending = self.env.context.get("funnel_credit_pending")
        later = pending.orders if isinstance(pending, Pending) else ()
        return {
            order: order._get_burden()
            for order in self
            if later is not None and order.id not in later and order.state == "sale"
        }

    def _get_burden(self) -> Burden:
        # sudo: compared only.
        order = self.sudo()
        customer = order.partner_invoice_id.commercial_partner_id
        # What the carrier takes is known when the goods have left.
        amounts = [
            line.price_total
            for line in order.order_line
            if not (
                "is_delivery" in line._fields
                and line.is_delivery
                and line.product_id.type == "service"
            )
        ]
        return Burden(order.company_id, customer, order.currency_id, sum(amounts))

    @api.model
    def _check_burdens(self, before):
        """Refuse what makes somebody owe more by confirmed orders, and what takes them
        away from who is on hold.

        :param before: what ``_get_burdens`` returned
        """
        left = {
            order: burden.customer
            for order, burden in before.items()
            if not self.env.su and order._is_taken_over(burden)
        }
        # Deliveries are not let go either, where orders are.
        self.browse().concat(*left)._check_credit(gates=False, left=left)
        grown = [order for order, burden in before.items() if order._is_grown(burden)]
        self.browse().concat(*grown)._check_credit(changed=True)

    def _is_grown(self, before) -> bool:
        """Tell whether the confirmed order costs more, or is another's now while
        something of it is to be delivered or invoiced.

        :param before: its ``Burden`` then
        """
        if self.state != "sale":
            return False
        now = self._get_burden()
        if now.currency != before.currency:
            return True
        if now.currency.compare_amounts(now.amount, before.amount) > 0:
            return True
        if (now.company, now.customer) == (before.company, before.customer):
            return False
        return self._is_pending()

    def _is_taken_over(self, before) -> bool:
        """Tell whether the confirmed order is another customer's now while something of
        it is to be delivered or invoiced.

        :param before: its ``Burden`` then
        """
        return (
            self.state == "sale"
            and self._get_burden().customer != before.customer
            and self._is_pending()
        )

    def _is_pending(self) -> bool:
        """Tell whether something is to be delivered or invoiced."""
        # sudo: of lines that the user may not read as well.
        order = self.sudo()
        return order.delivery_status not in CLOSED or any(
            line._get_billed_quantity() < max(line.product_uom_qty, line.qty_delivered)
            for line in order.order_line
            if not line.display_type and not line.is_downpayment
        )

    def _check_credit(self, **options):
        """:raise UserError: the customer is on hold or over a limit"""
        if self:
            self.env["funnel.credit.check"]._check(self, **options)

    @api.depends("partner_invoice_id", "state")
    @api.depends_context("uid")
    def _compute_credit_notice(self):
        self.credit_notice = False
        if self.env.user.share:
            return  # it is none of the customer's business
        check = self.env["funnel.credit.check"]
        quotations = self.filtered(lambda order: order.state in ("draft", "sent"))
        confirmed = self.filtered(
            lambda order: order.state == "sale" and order.delivery_status not in CLOSED
        )
        for order, notice in check._get_notices(quotations).items():
            order.credit_notice = notice
        for order, notice in check._get_hold_notices(confirmed).items():
            order.credit_notice = notice

    def _is_paid_in_advance(self) -> bool:
        """Tell whether the order is paid online altogether."""
        self.ensure_one()
        paid = self._get_paid_online()
        rest = self.currency_id.compare_amounts(paid, self.amount_total)
        return bool(paid) and rest >= 0

    def _get_paid_online(self, booked=True) -> float:
        """Return what is paid online for the order and was not given back; of a payment
        for several orders, the share of this one.

        :param booked: also what is among the debts already
        """
        paid = 0.0
        for transaction in self.transaction_ids:
            payment = transaction.payment_id
            if (
                transaction.state not in ("authorized", "done")
                or payment.state in ("canceled", "rejected")
                or not booked
                and (payment.move_id.state == "posted" or payment.state == "paid")
            ):
                continue
            amount = transaction.currency_id._convert(
                transaction._get_lasting_amount(),
                self.currency_id,
                self.company_id,
                transaction.create_date.date(),
            )
            orders = transaction.sale_order_ids
            whole = sum(orders.mapped("amount_total"))
            paid += amount * self.amount_total / whole if whole else amount
        return paid

    def _get_goods(self) -> dict[int, float]:
        """Return product id -> how much of it is ordered, in its own unit."""
        goods = defaultdict(float)
        for line in self.order_line:
            if line.product_id and not line.is_downpayment:
                goods[line.product_id.id] += line.product_uom_id._compute_quantity(
                    line.product_uom_qty, line.product_id.uom_id, round=False
                )
        return dict(goods)

    def _get_credit_amounts(self, company) -> tuple[float, float]:
        """Return what the order costs and how much more is owed by it, in the currency
        of the company.

        What is paid in advance comes off, as far as it is not among the debts already.
        """
        self.ensure_one()
        paid = self._get_paid_online(booked=False)
        return tuple(
            self.currency_id._convert(
                amount, company.currency_id, company, fields.Date.context_today(self)
            )
            for amount in (self.amount_total, self.amount_total - paid)
        )
