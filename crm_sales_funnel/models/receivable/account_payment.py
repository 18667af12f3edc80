from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    _funnel_partner_date_idx = models.Index("(partner_id, date)")
