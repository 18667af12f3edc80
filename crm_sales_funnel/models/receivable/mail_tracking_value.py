from odoo import models

from .res_partner_terms import TERMS


class MailTrackingValue(models.Model):
    _inherit = "mail.tracking.value"

    def _filter_has_field_access(self, env):
        """What a company allows a customer is none of another one's business, though
        both read his conversation."""
        return (
            super()
            ._filter_has_field_access(env)
            .filtered(
                lambda value: (
                    value.field_id.model != "res.partner"
                    or value.field_id.name not in TERMS
                    or value.mail_message_id.record_company_id in env.user.company_ids
                )
            )
        )
