from odoo import api, models

from ...models.printing.funnel_print_document import PREVIEW


class MailTemplatePreview(models.TransientModel):
    """Who looks at a mail template prints nothing."""

    _inherit = "mail.template.preview"

    @api.depends("lang", "resource_ref")
    def _compute_mail_template_fields(self):
        previews = self.with_context(
            funnel_print_preview=PREVIEW, report_pdf_no_attachment=True
        )
        return super(MailTemplatePreview, previews)._compute_mail_template_fields()
