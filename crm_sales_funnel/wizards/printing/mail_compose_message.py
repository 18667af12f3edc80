from odoo import api, fields, models


class MailComposeMessage(models.TransientModel):
    """A mail about one document takes it along as an Excel file."""

    _inherit = "mail.compose.message"

    attach_xlsx = fields.Boolean(
        string="Also attach as Excel",
        help="The document goes with the mail as an Excel file too, by the layout that"
        " the Print menu has for it.",
    )
    can_attach_xlsx = fields.Boolean(compute="_compute_can_attach_xlsx")

    @api.depends("composition_mode", "composition_batch", "model", "res_ids")
    def _compute_can_attach_xlsx(self):
        for composer in self:
            composer.can_attach_xlsx = bool(composer._get_xlsx_report())

    def _get_xlsx_report(self):
        """Return the entry of the Print menu whose layout makes the Excel file, as
        superuser; none where the user has none, or the mail is not about one
        document."""
        self.ensure_one()
        reports = self.env["ir.actions.report"]
        models_printed = self.env["funnel.print.layout"]._get_document_models()
        res_ids = self._evaluate_res_ids() if not self.res_domain else []
        if (
            self.composition_mode != "comment"
            or self.model not in models_printed
            or len(res_ids) != 1
        ):
            return reports
        record = self.env[self.model].browse(res_ids)
        # What is offered as PDF alone is better than nothing.
        for kind in ("funnel-xlsx", "qweb-pdf"):
            found = reports._get_first_reports(record, kind)
            if record in found:
                return found[record]
        return reports

    def _prepare_mail_values_rendered(self, res_ids):
        values = super()._prepare_mail_values_rendered(res_ids)
        report = self.attach_xlsx and self._get_xlsx_report()
        if report:
            for res_id in res_ids:
                attachment = self._create_xlsx(report, res_id)
                values[res_id]["attachment_ids"].append(attachment.id)
        return values

    def _create_xlsx(self, report, res_id):
        """Return the document as an attachment of this mail."""
        record = self.env[self.model].browse(res_id)
        record.check_access("read")
        reports = self.env["ir.actions.report"].with_context(
            # What the recipient is asked for is not told.
            funnel_hide_prices=record._print_asks_prices()
        )
        content = reports._render_by_rules(
            report.with_env(reports.env).sudo(), record, "xlsx"
        )
        # Named as its reader would.
        named = report.with_context(lang=record._print_language())
        return self.env["ir.attachment"].create(
            {
                "name": f"{named._get_print_file_name(record)}.xlsx",
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
