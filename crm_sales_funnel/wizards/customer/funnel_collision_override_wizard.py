from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import clean_context

from ...models.customer.funnel_collision import MANAGER


class FunnelCollisionOverrideWizard(models.TransientModel):
    """Asks a manager why a customer or lead is saved although another one has exactly
    its tax ID or phone, and writes it in the log. He saves it again after that, since
    it is still on the screen; what he enters in "New Customer" is saved at once."""

    _name = "funnel.collision.override.wizard"
    _description = "Let a Duplicate Through"

    token = fields.Char(readonly=True, help="What was refused, signed.")
    why = fields.Text("What Was Refused", readonly=True)
    reason = fields.Char(required=True)
    customer_create_id = fields.Many2one(
        "funnel.customer.create", string="New Customer", readonly=True
    )

    def action_override(self):
        """Write the log, and create what was entered in "New Customer".

        :raise AccessError: the user is no manager
        :raise UserError: there is no reason, nothing was refused, or it was answered
        """
        self.ensure_one()
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers let duplicates through."))
        reason = (self.reason or "").strip()[:500]
        if not reason:
            raise UserError(self.env._("Write why this is another customer."))
        # sudo: nobody else writes the log; with no default that a client sends along.
        env = self.env(context=clean_context(self.env.context), su=True)
        env["funnel.collision.override"]._let_through(self.token, self.env.user, reason)
        if self.customer_create_id.create_uid == self.env.user:
            return self.customer_create_id.action_create_customer()
        return {"type": "ir.actions.act_window_close"}
