from odoo import api, fields, models


class FunnelCommissionRelease(models.Model):
    """So much of a commission is paid out at an event; how much it is in all stands
    fast when it is earned."""

    _name = "funnel.commission.release"
    _description = "Commission Release"
    _inherit = ["funnel.commission.part"]
    _order = "id"

    event = fields.Selection(
        [
            ("ordered", "Ordered"),
            ("delivered", "Delivered"),
            ("invoiced", "Invoiced"),
            ("collected", "Collected"),
            ("fully_collected", "Fully Collected"),
            ("year_end", "End of the Year"),
        ],
        string="Released When",
        required=True,
    )
    percent = fields.Float("Part in %", digits=(16, 4), required=True, default=100)

    _event_once = models.Constraint(
        "UNIQUE (plan_id, event)", "Two parts are released at the same event."
    )
    _percent_sensible = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "The part that is released is above 0 and up to 100 %.",
    )

    @api.depends_context("lang")
    @api.depends("event")
    def _compute_display_name(self):
        events = dict(self._fields["event"]._description_selection(self.env))
        for release in self:
            release.display_name = events.get(release.event)
