from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def unlink(self):
        allocation = self.env["funnel.allocation"]
        paid = allocation._get_moves_of("user_id", self)
        result = super().unlink()
        allocation._touch(paid)
        # What is on account is of the customer's salesperson, and allocated to nothing.
        self.env["funnel.cash.report"]._touch_rows_of("user_id", self)
        return result
