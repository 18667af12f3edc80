from odoo import api, fields, models
from odoo.exceptions import UserError


class FunnelPrintOptions(models.TransientModel):
    """Prints certain pages or copies of the chosen documents."""

    _name = "funnel.print.options"
    _description = "Print Pages or Copies"

    document_model = fields.Char(required=True, readonly=True)
    document_ids = fields.Json(required=True, readonly=True)
    document_count = fields.Integer(compute="_compute_document_count")
    offered_layout_ids = fields.Many2many(
        "funnel.print.layout",
        string="Layouts Offered",
        compute="_compute_offered_layout_ids",
    )
    layout_id = fields.Many2one(
        "funnel.print.layout",
        required=True,
        domain="[('id', 'in', offered_layout_ids)]",
    )
    copy_mode = fields.Selection(related="layout_id.copy_mode")
    output = fields.Selection(
        [("pdf", "PDF"), ("xlsx", "Excel")], default="pdf", required=True
    )
    pages = fields.Char(help="Such as 2, or 1-3,5. Empty prints all pages.")
    copy_ids = fields.Many2many(
        "funnel.print.copy",
        string="Copies",
        domain="[('layout_id', '=', layout_id)]",
        help="Empty prints all copies.",
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        model = self.env.context.get("active_model")
        ids = self.env.context.get("active_ids") or []
        if not model or not ids:
            raise UserError(self.env._("Choose the documents to print."))
        layouts = self.env["funnel.print.layout"]._get_offered(
            self.env[model].browse(ids)
        )
        return {
            **values,
            "document_model": model,
            "document_ids": ids,
            "layout_id": layouts[:1].id,
        }

    @api.depends("document_ids")
    def _compute_document_count(self):
        for options in self:
            options.document_count = len(options.document_ids or [])

    @api.depends("document_model", "document_ids")
    @api.depends_context("uid")
    def _compute_offered_layout_ids(self):
        layouts = self.env["funnel.print.layout"]
        for options in self:
            documents = self.env[options.document_model].browse(options.document_ids)
            options.offered_layout_ids = layouts._get_offered(documents)

    @api.onchange("layout_id")
    def _onchange_layout_id(self):
        self.copy_ids = False

    def action_print(self):
        """Download what was chosen."""
        self.ensure_one()
        self.layout_id._parse_pages(self.pages)  # tells what is wrong while it is open
        return {
            "type": "ir.actions.report",
            "report_type": "funnel-print",
            "name": self.layout_id.name,
            "data": {
                "ids": ",".join(map(str, self.document_ids)),
                "layout_id": self.layout_id.id,
                "output": self.output,
                "pages": self.pages or "",
                "copies": ",".join(map(str, self.copy_ids.ids)),
            },
            "context": {},
            "close_on_report_download": True,
        }
