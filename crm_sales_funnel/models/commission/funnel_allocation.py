from odoo import api, models


class FunnelAllocation(models.Model):
    _inherit = "funnel.allocation"

    @api.model
    def _touch(self, moves, all_they_pay=False) -> None:
        result = super()._touch(moves, all_they_pay)
        self.env["funnel.commission.touched"]._touch(moves)
        return result
