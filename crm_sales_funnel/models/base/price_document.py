from odoo import api, models

# What leads to the document as its customer or vendor gets it, prices included.
DOORS = frozenset({"access_token", "message_ids", "website_message_ids"})


class PriceDocument(models.AbstractModel):
    """Mixin for documents that go to customers or vendors: their mails, printed
    copies and web pages tell the prices too, so all of these are withheld as well."""

    _name = "funnel.price.document"
    _description = "Keeps Documents with Prices from Users Who Must Not See Them"
    _inherit = "funnel.price.guard"

    def _is_price(self, field) -> bool:
        return super()._is_price(field) or field.name in DOORS

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Nobody reads a conversation about prices who is kept from them, except for
        the messages that he or she wrote or was sent."""
        if message_operation == "read" and not self.env.user._funnel_sees_prices():
            # Superuser code looks its document up in the answer.
            return dict.fromkeys(self, False) if self.env.su else {}
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    def _notify_thread(self, message, *args, **kwargs):
        # sudo: the mail has a link and the total for those who get it, also when the
        # one who writes does not see them.
        return super(PriceDocument, self.sudo())._notify_thread(
            message, *args, **kwargs
        )

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        # sudo: who took part in the conversation, not what was said.
        return super(
            PriceDocument, self.sudo()
        )._message_get_suggested_recipients_batch(*args, **kwargs)


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["funnel.price.document", "sale.order"]

    _price_fields = frozenset(
        {
            "amount_paid",
            "amount_undiscounted",
            "margin_percent",
            "partner_credit_warning",
            "prepayment_percent",
            "tax_totals",
        }
    )


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["funnel.price.document", "purchase.order"]

    _price_fields = frozenset({"tax_totals"})

    @api.depends_context("uid")
    def _compute_display_name(self):
        """Leave the total out for those who are kept from it.

        Not asked of the environment: where a many2one is read, the names of its
        records are computed as superuser.
        """
        if self.env.user._funnel_sees_prices():
            return super()._compute_display_name()
        without_total = self.with_context(show_total_amount=False)
        super(PurchaseOrder, without_total)._compute_display_name()
        for order, named in zip(self, without_total, strict=True):
            order.display_name = named.display_name
