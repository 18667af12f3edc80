from odoo import api, models

from .funnel_contact_log import DOCUMENTS

# Headers by which programs say that nobody has written a mail (RFC 3834; the others are
# older customs), and what they say where somebody has.
AUTOMATIC = {
    "Auto-Submitted": ("", "no"),
    "X-Autoreply": ("", "no"),
    "X-Auto-Response-Suppress": ("", "none"),
}
PRECEDENCES = ("auto_reply", "bulk")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """That somebody is on holiday is no contact."""
        if _is_automatic(message):
            self = self.with_context(funnel_no_contact=True)
        return super()._message_route_process(message, message_dict, routes)

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


def _is_automatic(message) -> bool:
    """Return whether a program has written a mail.

    :param message: ``email.message.EmailMessage``
    """

    def get(header):
        return (message.get(header) or "").strip().casefold()

    return get("Precedence") in PRECEDENCES or any(
        # Parameters may follow.
        get(header).split(";")[0].strip() not in by_people
        for header, by_people in AUTOMATIC.items()
    )
