from odoo import api, fields, models

# What decides who owes for an order; and, with these, how much.
PAYER = {"partner_id", "partner_invoice_id", "company_id"}
JUDGED = PAYER | {"order_line", "pricelist_id", "currency_id", "fiscal_position_id"}
CLOSED = ("full", False)  # delivery_status of orders of which nothing is to leave


class SaleOrder(models.Model):
    """Orders of customers who are on hold or over a limit are not confirmed."""

    _inherit = "sale.order"

    credit_notice = fields.Text(
        compute="_compute_credit_notice",
        help="Why the order is not confirmed, or its goods do not leave.",
    )

    # All ways to confirm an order write its state.

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered(lambda order: order.state == "sale")._check_credit()
        return orders

    def write(self, vals):
        confirmed = self.browse()
        if vals.get("state") == "sale":
            confirmed = self.filtered(lambda order: order.state != "sale")
        # Before anything is written, unless it is written what is to be judged.
        if not JUDGED & vals.keys():
            confirmed._check_credit()
            return super().write(vals)
        payers = {}
        if PAYER & vals.keys():
            sold = self.filtered(lambda order: order.state == "sale")
            payers = {order: order._get_payer() for order in sold}
        result = super().write(vals)
        confirmed._check_credit()
        moved = [order for order, payer in payers.items() if order._is_moved(payer)]
        self.browse().concat(*moved)._check_credit(moved=True)
        return result

    def _get_payer(self):
        # sudo: compared only.
        order = self.sudo()
        return order.company_id, order.partner_invoice_id.commercial_partner_id

    def _is_moved(self, payer) -> bool:
        """Tell whether a confirmed order, of which something is to be delivered or
        invoiced, is another's now.

        :param payer: what ``_get_payer`` returned before
        """
        if self.state != "sale" or self._get_payer() == payer:
            return False
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
        paid = self.currency_id.compare_amounts(self.amount_paid, self.amount_total)
        return bool(self.amount_paid) and paid >= 0

    def _get_credit_amounts(self, company) -> tuple[float, float]:
        """Return what the order costs and how much more is owed by it, in the currency
        of the company.

        What is paid in advance comes off, as far as it is not among the debts already.
        """
        self.ensure_one()
        paid = sum(
            transaction.amount
            for transaction in self.transaction_ids
            if transaction.state in ("authorized", "done")
            and transaction.payment_id.move_id.state != "posted"
        )
        return tuple(
            self.currency_id._convert(
                amount, company.currency_id, company, fields.Date.context_today(self)
            )
            for amount in (self.amount_total, self.amount_total - paid)
        )
