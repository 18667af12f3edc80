from odoo import fields, models


class FunnelPrintedFile(models.Model):
    """Of a file that went with a mail: by which report it was printed, and of what."""

    _inherit = "funnel.printed.file"

    report_id = fields.Many2one("ir.actions.report", readonly=True, ondelete="set null")
    document_model = fields.Char(readonly=True)
    document_id = fields.Many2oneReference(model_field="document_model", readonly=True)
    is_preview = fields.Boolean(
        readonly=True, help="It shows what will be printed when the mail is sent."
    )

    def _get_document(self):
        """Return what it was printed of, as the user; it may have been deleted."""
        return self.env[self.document_model].sudo(False).browse(self.document_id)
