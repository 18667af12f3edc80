from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    aging_limit_1 = fields.Integer(related="company_id.aging_limit_1", readonly=False)
    aging_limit_2 = fields.Integer(related="company_id.aging_limit_2", readonly=False)
    aging_limit_3 = fields.Integer(related="company_id.aging_limit_3", readonly=False)
    aging_limit_4 = fields.Integer(related="company_id.aging_limit_4", readonly=False)
    uninvoiced_remind_days = fields.Integer(
        related="company_id.uninvoiced_remind_days", readonly=False
    )
    statement_remind_days = fields.Integer(
        related="company_id.statement_remind_days", readonly=False
    )
    debt_age_from = fields.Selection(related="company_id.debt_age_from", readonly=False)
    credit_gate_orders = fields.Boolean(
        related="company_id.credit_gate_orders", readonly=False
    )
    credit_gate_deliveries = fields.Boolean(
        related="company_id.credit_gate_deliveries", readonly=False
    )
    credit_gate_limits = fields.Boolean(
        related="company_id.credit_gate_limits", readonly=False
    )
    credit_used = fields.Selection(related="company_id.credit_used", readonly=False)
    credit_contact_id = fields.Many2one(
        related="company_id.credit_contact_id",
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
