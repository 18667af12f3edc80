from odoo import api, fields, models
from odoo.exceptions import UserError


class FunnelContactChannel(models.Model):
    _name = "funnel.contact.channel"
    _description = "Contact Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    icon = fields.Char(
        default="fa-comment",
        help="Name of a Font Awesome 4 icon, such as fa-phone.",
    )
    kind = fields.Selection(
        [
            ("call", "Call"),
            ("visit", "Visit"),
            ("message", "Message"),
            ("mail", "Mail"),
        ],
        required=True,
        default="message",
        help="Calls and visits take time, visits have a place and photos.",
    )
    active = fields.Boolean(default=True)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_mail(self):
        if self._get_mail_channel() in self:
            raise UserError(
                self.env._(
                    "Mails sent from Odoo are logged with this channel. Archive it "
                    "if nobody should choose it."
                )
            )

    @api.model
    def _get_mail_channel(self):
        """Return the channel of mails that are sent from Odoo."""
        return self.env.ref("crm_sales_funnel.funnel_contact_channel_mail")
