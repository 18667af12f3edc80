from odoo import fields, models
from odoo.exceptions import UserError


class FunnelPrintVoid(models.TransientModel):
    """Asks why the number of a slip is given up."""

    _name = "funnel.print.void"
    _description = "Void a Slip Number"

    picking_id = fields.Many2one(
        "stock.picking", string="Transfer", required=True, readonly=True
    )
    slip_number = fields.Char(related="picking_id.slip_number")
    reason = fields.Char(required=True)

    def action_void(self):
        """Give up the number: the next print of the transfer gets a new one."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why the slip is void."))
        self.picking_id.check_access("write")
        slips = self.picking_id._get_valid_slips()
        if not slips:
            raise UserError(
                self.env._(
                    "%(transfer)s has no slip number.", transfer=self.picking_id.name
                )
            )
        # As superuser: nobody else than this dialog changes a slip, and the access to
        # the transfer was just checked.
        slips[self.picking_id]._void(reason)
        return {"type": "ir.actions.act_window_close"}
