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
        self._touch_allocation()
        return super().unlink()

    def _touch_allocation(self) -> None:
        items = self.debit_move_id | self.credit_move_id
        self.env["funnel.allocation"]._touch(items.move_id)
