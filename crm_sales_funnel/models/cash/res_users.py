from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def unlink(self):
        self.env["funnel.allocation"]._touch_ids(users=self.ids)
        return super().unlink()
