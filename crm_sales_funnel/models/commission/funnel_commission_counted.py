from odoo import fields, models


class FunnelCommissionCounted(models.Model):
    """In which periods a document counted for the levels of a plan when it was run: who
    reached which level there may be otherwise when it does not count any more, also where
    nothing was booked of it."""

    _name = "funnel.commission.counted"
    _description = "Document That Counted for Levels"
    _log_access = False

    plan_id = fields.Many2one("funnel.commission.plan", ondelete="cascade")
    # Not many2one: it may be gone when the plan is run. The order or the entry, as the
    # plan goes by.
    document_id = fields.Integer()
    date = fields.Date(help="The first day of the period.")

    _once = models.UniqueIndex("(plan_id, document_id, date)")
