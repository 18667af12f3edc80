from odoo import api, models
from odoo.exceptions import AccessError

# What leads to the document as its customer or vendor gets it, prices included.
DOORS = frozenset({"access_token", "message_ids", "website_message_ids"})


class PriceThread(models.AbstractModel):
    """Mixin for documents of which the messages tell prices.

    Users who are kept from prices may follow them, as who writes a message does. They
    are notified of what is addressed to them, and of nothing else.
    """

    _name = "funnel.price.thread"
    _description = "Keeps Messages with Prices from Users Who Must Not See Them"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(
            message, msg_vals=msg_vals, **kwargs
        )
        kept = [recipient for recipient in recipients if self._is_kept(recipient)]
        if not kept:
            return recipients
        # sudo: whom the message is addressed to, as Odoo asks it.
        addressed = (msg_vals or {}).get("partner_ids", message.sudo().partner_ids.ids)
        return [r for r in recipients if r not in kept or r["id"] in addressed]

    def _is_kept(self, recipient) -> bool:
        """Tell whether one of those of ``_notify_get_recipients()`` sees no prices."""
        # sudo: users do not choose who is kept from prices.
        user = self.env["res.users"].sudo().browse(recipient["uid"] or [])
        return bool(user) and not user._funnel_sees_prices()

    def _notify_get_recipients_classify(self, *args, **kwargs):
        groups = super()._notify_get_recipients_classify(*args, **kwargs)
        return [part for group in groups for part in self._split_group(group)]

    def _split_group(self, group):
        """Yield the recipients who get the same mail: all of a group, in most cases."""
        kept = [r for r in group["recipients_data"] if self._is_kept(r)]
        others = [r for r in group["recipients_data"] if r not in kept]
        if others:
            ids = [r["id"] for r in others if r["id"]]
            yield {**group, "recipients_data": others, "recipients_ids": ids}
        if kept:
            yield {
                **group,
                "recipients_data": kept,
                "recipients_ids": [r["id"] for r in kept],
                "recipients_emails": [],
                "without_prices": True,
            }

    def _notify_by_email_render_layout(
        self, message, recipients_group, msg_vals=False, render_values=None
    ):
        """Leave out the total and the changes, which Odoo tells beside the text."""
        if recipients_group.get("without_prices"):
            # sudo: the number of a document on which somebody wrote to the user.
            names = self.sudo().mapped(self._rec_name)
            render_values = {
                **(render_values or {}),
                "subtitles": names,
                "tracking_values": [],
            }
        return super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=msg_vals, render_values=render_values
        )


class PriceDocument(models.AbstractModel):
    """Mixin for documents that go to customers or vendors: their mails, printed
    copies and web pages tell the prices too, so all of these are withheld as well."""

    _name = "funnel.price.document"
    _description = "Keeps Documents with Prices from Users Who Must Not See Them"
    _inherit = ["funnel.price.guard", "funnel.price.thread"]

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
        documents = super(PriceDocument, self.sudo())
        return documents._message_get_suggested_recipients_batch(*args, **kwargs)


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["funnel.price.document", "sale.order"]

    _price_terms = frozenset({"currency_id", "fiscal_position_id", "pricelist_id"})
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

    def action_update_taxes(self):
        self._check_may_price()
        return super().action_update_taxes()

    def action_update_prices(self):
        self._check_may_price()
        return super().action_update_prices()

    def _check_may_price(self):
        """:raise AccessError: the user is kept from prices"""
        if not (self.env.su or self.env.user._funnel_sees_prices()):
            raise AccessError(
                self.env._("Who does not see prices does not change them.")
            )


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["funnel.price.document", "purchase.order"]

    _price_terms = frozenset({"currency_id", "fiscal_position_id"})
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


class AccountMove(models.Model):
    """No guard: the warehouse reads none. But colleagues may let it follow."""

    _name = "account.move"
    _inherit = ["funnel.price.thread", "account.move"]
