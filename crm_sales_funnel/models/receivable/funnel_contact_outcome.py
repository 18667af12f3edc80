from odoo import fields, models


class FunnelContactOutcome(models.Model):
    _inherit = "funnel.contact.outcome"

    is_promise = fields.Boolean(
        "Promise to Pay",
        help="The dialog asks by when the customer pays how much, and notes it as a"
        " promise.",
    )
