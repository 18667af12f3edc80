from odoo import api, fields, models

from ...models.printing.funnel_print_document import PREVIEW, SENT_BY_ODOO


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

    # What the dialog attaches is a preview; it is printed when it is sent.

    def _compute_attachment_ids(self):
        counted = self.filtered(lambda composer: composer._get_counted_reports())
        previews = counted.with_context(
            funnel_print_preview=PREVIEW, report_pdf_no_attachment=True
        )
        names = {composer: list(composer._get_named_reports()) for composer in counted}
        super(MailComposeMessage, previews)._compute_attachment_ids()
        for composer in counted:
            # By its name each is known when it is printed.
            files = composer.attachment_ids._origin  # the dialog may not be saved yet
            files = files.filtered(self._is_new_file).sorted("id")
            for file, name in zip(files, names[composer], strict=False):
                if file.name != name:
                    file.name = name
        return super(MailComposeMessage, self - counted)._compute_attachment_ids()

    @api.model
    def _is_new_file(self, file):
        """Tell whether a file was made for this mail, or uploaded for it."""
        return file.res_model == self._name and not file.res_id

    def _get_counted_reports(self):
        """Return file name -> report of the template, where the one document of the mail
        is numbered or counted by its print; what Odoo sends by itself is not."""
        if (
            not self.model
            or not getattr(self.env[self.model], "_print_is_counted", False)
            or self.env.context.get("funnel_print_sender") is SENT_BY_ODOO
        ):
            return {}
        return self._get_reports()

    def _get_reports(self):
        """Return file name -> report of the template that a layout prints by, of the one
        document of the mail."""
        return {
            name: report
            for name, report in self._get_named_reports().items()
            if report.print_layout_id or report._is_core_by_layout(report)
        }

    def _get_named_reports(self):
        """Return file name -> report of the template, of the one document of the mail, in
        the order in which Odoo attaches them. No two names are the same."""
        res_ids = self._evaluate_res_ids() if self.model and not self.res_domain else []
        if (
            self.composition_mode != "comment"
            or len(res_ids) != 1
            or not self.template_id
        ):
            return {}
        record = self.env[self.model].browse(res_ids)
        # In the language of the template, as Odoo names the files.
        ((template, _ids),) = self.template_id._classify_per_lang(res_ids).values()
        # sudo: reports are configuration.
        reports = template.report_template_ids.sudo()
        if not all(reports.mapped("print_report_name")):
            return {}  # Odoo names them in a way of its own
        names = {}
        # Their order is that of their names, which are others in another language.
        for report in reports.sorted("id"):
            name = report._get_print_file_name(record)
            end = f".{report._get_layout_output()}"
            name = name.removesuffix(end)
            names[report] = _unlike(name, end, names.values())
        return {names[report]: report for report in reports}

    def _print_previews(self):
        """Print the files of the template that go with the mail."""
        reports = self._get_counted_reports()
        for file in self.attachment_ids:
            report = reports.get(file.name)
            if report and self._is_new_file(file):
                file.raw = self._print_report(report)

    def _print_report(self, report):
        """Return the document as a file, in the language of the template."""
        printer = self.env["ir.actions.report"]
        printer = printer.with_context(lang=report.env.context.get("lang"))
        if report.report_type == "funnel-xlsx":
            render = printer._render_funnel_xlsx
        else:
            render = printer._render_qweb_pdf
        return render(report, self._evaluate_res_ids())[0]

    def create_mail_template(self):
        """What is printed of one document goes with this mail, and into no template:
        all read its files, and later mails have them. It prints of each instead."""
        self.ensure_one()
        files, reports = self.attachment_ids, self._get_reports()
        # sudo: whether a file has prices is no secret to who has it in a mail.
        printed = files.sudo().filtered(
            lambda file: (
                file.has_printed_prices
                or (file.name in reports and self._is_new_file(file))
            )
        )
        if not printed:
            return super().create_mail_template()
        self.attachment_ids = files - printed.with_env(self.env)
        action = super().create_mail_template()
        # The new template has attached its own by now.
        self.attachment_ids = files
        layout_reports = self.env["ir.actions.report"].union(*reports.values())
        self.template_id.report_template_ids = layout_reports.with_env(self.env)
        return action

    def _prepare_mail_values_rendered(self, res_ids):
        self._print_previews()
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
        # sudo: users read no reports; whether this one reads the document was just asked.
        report_as_root = report.with_env(reports.env).sudo()
        content = reports._render_by_rules(report_as_root, record, "xlsx")
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


def _unlike(stem, end, names):
    """Return the name of a file that is none of some names."""
    number, name = 1, stem + end
    while name in names:
        number += 1
        name = f"{stem} ({number}){end}"
    return name
