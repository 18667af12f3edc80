from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """What is paid online is booked, whether or not the order may be confirmed: of
        who is on hold, it stays a quotation that somebody looks at."""
        refused = self.filtered(lambda transaction: transaction._is_on_credit_hold())
        for order in refused.sale_order_ids:
            order._message_log(
                body=self.env._(
                    "Paid in part online, and not confirmed: the customer is on credit"
                    " hold or over a limit."
                )
            )
        return super(
            PaymentTransaction, self - refused
        )._check_amount_and_confirm_order()

    def _get_lasting_amount(self) -> float:
        """Return what is paid by it, and neither given back nor to be, nor released of
        what was authorized: Odoo calls it done when a part of it is captured."""
        amount = self.amount
        for child in self.child_transaction_ids:
            if child.operation == "refund" and child.state not in ("cancel", "error"):
                amount += child.amount  # negative
            elif child.operation != "refund" and child.state == "cancel":
                amount -= child.amount
        return amount

    def _is_on_credit_hold(self):
        orders = self.sale_order_ids.filtered(
            lambda order: order.state in ("draft", "sent")
        )
        return bool(
            len(self.sale_order_ids) == 1
            and orders
            and self.env["funnel.credit.check"]._get_refusals(orders)
        )
