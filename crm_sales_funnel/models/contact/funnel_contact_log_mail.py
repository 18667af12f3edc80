from odoo import api, fields, models
from odoo.tools import email_normalize

WRITTEN = ("comment", "email")  # the kinds of messages that somebody has written


class FunnelContactLog(models.Model):
    """Mails on a document are contacts: those that one of us sends to its customer, and
    those that the customer sends."""

    _inherit = "funnel.contact.log"

    def _is_received_mail(self) -> bool:
        """Return whether this is a mail of the customer, which Odoo has logged. It may
        be an automatic reply: nothing that was planned is done by it."""
        return self.direction == "incoming" and bool(self.message_id)

    def _get_newest(self):
        """Return the newest of these contacts, or none."""
        return max(self, key=lambda log: (log.date, log.id), default=self)

    def _get_newest_made(self):
        """Return the newest of these that is no mail of the customer, or none."""
        return self.filtered(lambda log: not log._is_received_mail())._get_newest()

    @api.model
    def _log_mail(self, document, message, recipients):
        """Log a mail that one of us has sent to the customer, or the customer to us.

        :param document: the record that the message was posted on
        :param recipients: list of dicts as of ``_notify_get_recipients()``
        """
        if message.message_type not in WRITTEN:
            return
        # sudo: who may send the mail may have it logged.
        logs, document, message = self.sudo(), document.sudo(), message.sudo()
        if message.is_internal or message.subtype_id.internal:
            return
        vals = self._prepare_document_vals(document)
        if vals is None:
            return
        vals = self._prepare_sent_vals(
            vals, document, message, recipients
        ) or self._prepare_received_vals(vals, document, message)
        if vals and not logs.search_count([("message_id", "=", message.id)]):
            logs.create({**self._prepare_mail_vals(message), **vals})

    def _prepare_mail_vals(self, message):
        """Return the values of a contact that come from its mail."""
        return {
            "channel_id": self.env["funnel.contact.channel"]._get_mail_channel().id,
            # The clock of a mail that came in may be wrong.
            "date": min(message.date, fields.Datetime.now()),
            "summary": "\n".join(filter(None, (message.subject, message.preview))),
            "message_id": message.id,
        }

    def _prepare_sent_vals(self, vals, document, message, recipients):
        """Return the values of a mail of one of us to the customer, or None.

        :param vals: what ties a contact to the document
        """
        user = message.author_id.user_ids.filtered("active")[:1]
        if not user._funnel_has_role():
            return None
        customer = self._get_reached_customer(document, recipients)
        if customer is None:
            return None
        return {**vals, **self._prepare_person_vals(customer), "user_id": user.id}

    def _prepare_received_vals(self, vals, document, message):
        """Return the values of a mail of the customer to us, or None.

        :param vals: what ties a contact to the document
        """
        author = message.author_id
        if not self._is_of_customer(document, message):
            return None
        user = self._get_addressee(document)
        if not user:  # nobody whose contact it could be
            return None
        if document._name == "crm.lead" and not document.partner_id:
            author = author.browse()
        return {
            **vals,
            **self._prepare_person_vals(author),
            "user_id": user.id,
            "direction": "incoming",
        }

    def _prepare_person_vals(self, partner):
        is_person = partner != partner.commercial_partner_id
        return {"contact_id": partner.id} if is_person else {}

    def _is_of_customer(self, document, message) -> bool:
        """Return whether the customer of a document, one of its people, or the lead
        itself has written a message."""
        author = message.author_id
        if any(not user.share for user in author.user_ids):
            return False  # one of us
        customer = document._mail_get_customer().commercial_partner_id
        if customer or document._name != "crm.lead":
            return bool(author) and author.commercial_partner_id == customer
        address = email_normalize(message.email_from)
        return bool(address) and address == document.email_normalized

    def _get_addressee(self, document):
        """Return whose contact a mail of the customer is: the salesperson of the
        document, else of the customer, else the leader of the team; empty if none of
        them works with the addon."""
        salesperson = {
            "account.move": "invoice_user_id",
            "stock.picking": "sale_id.user_id",
        }.get(document._name, "user_id")
        customer = document._mail_get_customer().commercial_partner_id
        users = [document.mapped(salesperson)[:1], customer.user_id]
        if "team_id" in document._fields:
            users.append(document.mapped("team_id.user_id")[:1])
        return next((user for user in users if user._funnel_has_role()), None)

    def _get_reached_customer(self, document, recipients):
        """Return the recipient who is the customer of the document or one of its
        people; empty for a lead that has no customer yet; None when the mail went
        to colleagues or third parties only."""
        outside = [recipient for recipient in recipients if recipient["share"]]
        # sudo: only whose people they are, also of those whom the sender cannot open.
        partners = self.env["res.partner"].sudo()
        partners = partners.browse(r["id"] for r in outside if r["id"])
        customer = document._mail_get_customer().commercial_partner_id
        if document._name == "crm.lead" and not customer:
            return partners.browse() if outside else None
        reached = partners.filtered(lambda p: p.commercial_partner_id == customer)
        return reached[:1] or None
