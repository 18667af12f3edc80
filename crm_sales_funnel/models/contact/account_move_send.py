from odoo import models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    def _send_mail(self, move, mail_template, **kwargs):
        """The invoice that goes out with its standard text is no contact: nobody has
        spoken with the customer."""
        return super()._send_mail(
            move.with_context(funnel_no_contact=True), mail_template, **kwargs
        )
