from contextlib import contextmanager

from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Send no user the files that he or she is kept from, nor links to them, and
        break no line in a header.

        Addresses that somebody typed in are not looked up among the users.
        """
        emails = super()._prepare_outgoing_list(*args, **kwargs)
        for withheld, partners in self._get_recipients_by_withheld().items():
            with self._without_files(withheld):
                others = super()._prepare_outgoing_list(*args, **kwargs)
            emails = [
                other
                if email["partner_id"] and email["partner_id"] in partners
                else email
                for email, other in zip(emails, others, strict=True)
            ]
        return [_without_breaks(email) for email in emails]

    def _get_recipients_by_withheld(self) -> dict:
        """Return withheld files -> the recipients who are kept from just these.

        Most mails have no such files, and ask for no users.
        """
        # sudo: it is about what the recipients may see, not the one who sends.
        priced = self.sudo().attachment_ids._get_priced()
        if not priced:
            return {}
        none = priced.browse()
        # sudo: as above.
        groups = self.sudo().recipient_ids.grouped(
            lambda partner: none.union(
                *map(priced._get_withheld_from, partner.user_ids)
            )
        )
        groups.pop(none, None)
        return groups

    @contextmanager
    def _without_files(self, withheld):
        """Let the mail have fewer files meanwhile. They are those of its message,
        which belongs to the other recipients as well: only the cache is changed."""
        # sudo: which files the mail has, as Odoo sends it.
        files = self.sudo().attachment_ids - withheld
        self._fields["attachment_ids"]._update_cache(self, files._ids)
        try:
            yield
        finally:
            self.invalidate_recordset(["attachment_ids"], flush=False)


def one_line(text):
    """Return a text without line breaks: names of customers that were imported have
    some, and no header of a mail may."""
    return text and " ".join(text.splitlines())


def _without_breaks(email):
    """Return the values of a mail that becomes headers on one line each."""
    return {
        **email,
        "subject": one_line(email["subject"]),
        "email_to": [one_line(address) for address in email["email_to"]],
        "attachments": [
            (one_line(name), *file) for name, *file in email["attachments"]
        ],
    }
