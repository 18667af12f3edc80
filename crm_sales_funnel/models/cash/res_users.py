from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def unlink(self):
        allocation = self.env["funnel.allocation"]
        paid = allocation._get_moves_of("user_id", self)
        result = super().unlink()
        allocation._touch(paid)
        return result
