from copy import copy

from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _to_store(self, store, fields, **kwargs):
        """Show no files that the reader is kept from: their tokens would open them."""
        if any(map(_is_files, fields)):
            # sudo, by Odoo: whoever reads a message knows its files.
            files = self.sudo().attachment_ids
            withheld = files._get_withheld_from(store.target.get_user(self.env))
            fields = [_without(field, withheld) for field in fields]
        return super()._to_store(store, fields, **kwargs)


def _is_files(field):
    return getattr(field, "field_name", None) == "attachment_ids"


def _without(field, withheld):
    """Return what is told of a message, without these of its files."""
    if not withheld or not _is_files(field):
        return field
    field = copy(field)
    field.value = lambda message: (
        # sudo: only where Odoo asks for the files as superuser too.
        (message.sudo() if field.sudo else message).attachment_ids - withheld
    )
    return field
