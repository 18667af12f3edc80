from odoo import models

from ...models.customer.funnel_collision_override import DIALOG_OPEN


class FunnelCustomerCreate(models.TransientModel):
    _inherit = "funnel.customer.create"

    def action_create_customer(self):
        # Where it is refused to a manager, his reason takes the place of this dialog.
        dialog = self.with_context(**{DIALOG_OPEN: self.id})
        return super(FunnelCustomerCreate, dialog).action_create_customer()
