from odoo import api, models
from odoo.exceptions import AccessError


class FunnelCommissionDocument(models.AbstractModel):
    """Mixin for orders and invoices: ``commission_user_id`` follows from who sold it
    when it was confirmed or posted, and nobody writes it by hand."""

    _name = "funnel.commission.document"
    _description = "Fixes Whose the Commission Is"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_commission_user(vals)
        # Not by a default of the context either.
        return super().create(
            [{"commission_user_id": False, **vals} for vals in vals_list]
        )

    def write(self, vals):
        self._check_commission_user(vals)
        return super().write(vals)

    def _check_commission_user(self, vals):
        if "commission_user_id" in vals and not self.env.su:
            raise AccessError(
                self.env._(
                    "Whose the commission is follows from the salesperson when it was"
                    " confirmed or posted. A manager enters who else sold it as parts."
                )
            )
