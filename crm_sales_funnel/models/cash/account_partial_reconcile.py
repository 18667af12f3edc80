from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._touch_allocation()
        return partials

    def write(self, vals):
        result = super().write(vals)
        self._touch_allocation()
        return result

    def unlink(self):
        moves = self._get_moves()
        result = super().unlink()
        self.env["funnel.allocation"]._touch(moves)
        return result

    def _touch_allocation(self) -> None:
        self.env["funnel.allocation"]._touch(self._get_moves())

    def _get_moves(self):
        return (self.debit_move_id | self.credit_move_id).move_id
