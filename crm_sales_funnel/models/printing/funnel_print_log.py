from odoo import api, fields, models
from odoo.exceptions import UserError


class FunnelPrintLog(models.Model):
    """Who printed what and when. Nobody edits or deletes it."""

    _name = "funnel.print.log"
    _description = "Print Log"
    _order = "date DESC, id DESC"
    _rec_name = "document_name"

    date = fields.Datetime(
        string="Printed on", readonly=True, required=True, index=True
    )
    user_id = fields.Many2one(
        "res.users", string="Printed by", readonly=True, required=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, required=True, index=True
    )
    layout_id = fields.Many2one(
        "funnel.print.layout", readonly=True, ondelete="set null"
    )
    document_model = fields.Char(string="Document Type", readonly=True, required=True)
    document_id = fields.Many2oneReference(
        string="Document ID", model_field="document_model", readonly=True, index=True
    )
    document_name = fields.Char(string="Document", readonly=True)
    slip_id = fields.Many2one(
        "funnel.print.slip",
        string="Slip Number",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    version = fields.Integer(readonly=True)
    print_number = fields.Integer(
        string="Print No.",
        readonly=True,
        aggregator=None,
        help="How often the slip was printed by then.",
    )
    output = fields.Selection(
        [("pdf", "PDF"), ("xlsx", "Excel"), ("html", "Screen")],
        string="Printed as",
        readonly=True,
    )
    pages = fields.Char(readonly=True, help="Empty when all pages were printed.")
    copies = fields.Char(readonly=True, help="Empty when all copies were printed.")

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The print log cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The print log cannot be changed."))
