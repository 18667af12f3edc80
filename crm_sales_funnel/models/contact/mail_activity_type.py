from odoo import fields, models


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    contact_channel_id = fields.Many2one(
        "funnel.contact.channel",
        ondelete="set null",
        index="btree_not_null",
        help="When an activity of this type is done, a contact by this channel is "
        "logged; and when such a contact is logged, the activity is done.",
    )
