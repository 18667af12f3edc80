from odoo import fields, models


class FunnelContactOutcome(models.Model):
    _name = "funnel.contact.outcome"
    _description = "Contact Outcome"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
