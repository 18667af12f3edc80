from odoo import models

from .funnel_contact_log import DOCUMENTS


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """A mail from one of us to the customer is a contact: log it when it goes."""
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        if (
            self._name in DOCUMENTS
            and len(self) == 1
            and not self.env.context.get("funnel_no_contact")
            and not self._is_notification_scheduled(kwargs.get("scheduled_date"))
        ):
            self.env["funnel.contact.log"]._log_mail(self, message, recipients)
        return recipients
