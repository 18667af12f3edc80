from odoo import api, fields, models
from odoo.exceptions import UserError


class FunnelCreditHoldPlace(models.TransientModel):
    """Asks why customers are put on hold, and until when."""

    _name = "funnel.credit.hold.place"
    _inherit = "funnel.own.company"
    _description = "Put on Credit Hold"

    partner_ids = fields.Many2many(
        "res.partner", string="Customers", domain="[('customer_rank', '>', 0)]"
    )
    reason = fields.Char(required=True)
    date_end = fields.Date("Until", help="The last day; empty: until it is released.")

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        if self.env.context.get("active_model") == "res.partner":
            partners = self.env["res.partner"].browse(self.env.context["active_ids"])
            values["partner_ids"] = [(6, 0, partners.commercial_partner_id.ids)]
        return values

    def action_place(self):
        """Put the customers on hold in the company."""
        self.ensure_one()
        holds = self.env["funnel.credit.hold"]
        holds._check_may_change()
        self.company_id.check_access("read")
        self.partner_ids.check_access("read")
        missing = self.env._("Choose the customers, and write why.")
        reason = holds._get_reason(self.reason, missing)
        if not self.partner_ids:
            raise UserError(missing)
        today = fields.Date.context_today(self)
        if self.date_end and self.date_end < today:
            raise UserError(self.env._("This day is over: nothing would be held back."))
        holds._place(self.company_id, self.partner_ids, reason, "manual", self.date_end)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
