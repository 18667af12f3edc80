from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...models.printing.funnel_print_document import PREVIEW, SENT_BY_ODOO, Mailing

# In the context of a dialog that Odoo itself opens as superuser; no request from outside
# can have it there.
TRUSTED = object()


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

    # Odoo makes what the dialog shows as superuser: it shows what the user may read.

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            self = self.with_context(funnel_composer=TRUSTED)
        return super().create(vals_list)

    def _generate_template_for_composer(self, res_ids, render_fields, **kwargs):
        self._check_documents(res_ids)
        if "attachments" in render_fields:
            self._check_reports(res_ids)
        return super()._generate_template_for_composer(res_ids, render_fields, **kwargs)

    def _set_value_from_template(self, template_fname, composer_fname=False):
        if self.template_id and self.composition_mode == "comment":
            self._check_documents(self._evaluate_res_ids())
        return super()._set_value_from_template(template_fname, composer_fname)

    def _check_documents(self, res_ids):
        """:raise AccessError: the user may not read these documents"""
        composer = self._get_as_user()
        documents = composer.env[self.model or self._name].browse(filter(None, res_ids))
        if self.model and not composer.env.su:
            documents.check_access("read")

    def _check_reports(self, res_ids):
        """:raise AccessError: the user may not print by a report of the template"""
        printer = self._get_as_user().env["ir.actions.report"]
        sees_prices = printer.env.su or printer.env.user._funnel_sees_prices()
        # sudo: reports are configuration.
        for report in self.template_id.sudo().report_template_ids:
            if not printer._may_print(report):
                raise AccessError(
                    self.env._("You are not allowed to print “%s”.", report.name)
                )
            if not sees_prices and not self._is_by_layout(report):
                # As the user, who is kept from the prices that it reads, if any.
                printer._render_qweb_html(report.id, res_ids)

    def _get_as_user(self):
        """Return the dialog as the user who opened it: as superuser where Odoo did."""
        context = self.env.context
        if (
            context.get("funnel_composer") is TRUSTED
            or context.get("funnel_print_sender") is SENT_BY_ODOO
        ):
            return self
        return self.sudo(False)

    # What the dialog attaches is a preview; it is printed when it is sent.

    def _compute_attachment_ids(self):
        reports = {composer: composer._get_template_reports() for composer in self}
        counted = self.filtered(
            lambda composer: any(map(composer._is_counted, reports[composer]))
        )
        previews = counted.with_context(
            funnel_print_preview=PREVIEW,
            funnel_print_mailing=None,  # it may be sent without having been looked at
            report_pdf_no_attachment=True,
        )
        super(MailComposeMessage, previews)._compute_attachment_ids()
        rest = self - counted
        result = super(MailComposeMessage, rest)._compute_attachment_ids()
        for composer in self:
            composer._note_reports(reports[composer])
        return result

    def _get_template_reports(self):
        """Return the reports of the template, as superuser, in the order in which Odoo
        prints the one document of the mail by them."""
        res_ids = self._evaluate_res_ids() if self.model and not self.res_domain else []
        if self.composition_mode != "comment" or len(res_ids) != 1:
            return self.env["ir.actions.report"]
        # sudo: reports are configuration.
        return self.template_id.report_template_ids.sudo()

    def _is_counted(self, report):
        """Tell whether prints of a report are numbered or counted; what Odoo sends by
        itself is not printed once more."""
        return (
            self._is_by_layout(report)
            and self.env[report.model]._print_is_counted
            and self.env.context.get("funnel_print_sender") is not SENT_BY_ODOO
        )

    @api.model
    def _is_by_layout(self, report):
        return bool(report.print_layout_id or report._is_core_by_layout(report))

    def _note_reports(self, reports):
        """Note by which report each of the new files was made, and tell apart those of
        one name.

        :param reports: those that made them, in that order
        """
        files = self.attachment_ids._origin  # the dialog may not be saved yet
        names = set()
        for file, report in zip(
            files.filtered(self._is_new_file).sorted("id"), reports, strict=False
        ):
            name = _unlike(file.name, names)
            names.add(name)
            if name != file.name:
                file.name = name
            if self._is_by_layout(report):
                document = self.env[self.model].browse(self._evaluate_res_ids())
                file._note_printed(report, document, self._is_counted(report))

    @api.model
    def _is_new_file(self, file):
        """Tell whether a file was made for this mail, or uploaded for it."""
        return file.res_model == self._name and not file.res_id

    def _print_previews(self):
        """Print what goes with the mail, each document once."""
        new = self.attachment_ids.filtered(self._is_new_file)
        copies = {}
        for file, printed in new._get_printed().items():
            if printed.is_preview:
                made = printed.report_id, printed._get_document()
                copies.setdefault(made, file.browse())
                copies[made] |= file
        for (report, document), files in copies.items():
            files.raw = self._print_preview(report, document, files)
            files._note_printed(report, document)

    def _print_preview(self, report, document, files):
        """Print what files of the mail were a preview of; who cannot is told which."""
        name = files[0].name
        if not document.exists() or not report:
            raise UserError(
                self.env._(
                    "“%s” shows a document, or a layout, that was deleted. Remove it"
                    " from the mail.",
                    name,
                )
            )
        try:
            self.env["ir.actions.report"]._check_core_print(report, document)
            return self._print_report(report, document)
        except UserError as error:
            raise UserError(
                self.env._(
                    "“%(file)s” is a preview of what you cannot print. Remove it from"
                    " the mail, or let somebody else send it.\n\n%(reason)s",
                    file=name,
                    reason=error,
                )
            ) from error

    def _print_report(self, report, document):
        """Return the document as a file, in the language of the template."""
        printer = self.env["ir.actions.report"]
        if self.template_id and document._name == self.model:
            (lang,) = self.template_id._classify_per_lang(document.ids)
            printer = printer.with_context(lang=lang)
        if report.report_type == "funnel-xlsx":
            render = printer._render_funnel_xlsx
        else:
            render = printer._render_qweb_pdf
        # sudo: users read no reports; the document is read as the user.
        return render(report.with_env(printer.env).sudo(), document.ids)[0]

    def create_mail_template(self):
        """What is printed of one document goes with this mail, and into no template:
        all read its files, and later mails have them. It prints of each instead."""
        self.ensure_one()
        files = self.attachment_ids
        made = files._get_printed()
        # sudo: whether a file has prices is no secret to who has it in a mail.
        printed = files.sudo().filtered("has_printed_prices").with_env(self.env)
        printed |= files.browse().union(*made)
        if not printed:
            return super().create_mail_template()
        self.attachment_ids = files - printed
        action = super().create_mail_template()
        # The new template has attached its own by now.
        self.attachment_ids = files
        reports = self.env["ir.actions.report"].union(
            *(
                printed.report_id
                for printed in made.values()
                if printed.report_id.model == self.model
            )
        )
        self.template_id.report_template_ids = reports.with_env(self.env)
        return action

    def _action_send_mail(self, auto_commit=False):
        # Mails to many are made in several goes.
        mailing = self._to_mailing()
        return super(MailComposeMessage, mailing)._action_send_mail(auto_commit)

    def _to_mailing(self):
        if isinstance(self.env.context.get("funnel_print_mailing"), Mailing):
            return self
        return self.with_context(funnel_print_mailing=Mailing())

    def _prepare_mail_values(self, res_ids):
        mailing = self._to_mailing()
        mailing._print_previews()
        return super(MailComposeMessage, mailing)._prepare_mail_values(res_ids)

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


def _unlike(name, names):
    """Return the name of a file that is none of some names."""
    stem, dot, end = name.rpartition(".")
    number, other = 1, name
    while other in names:
        number += 1
        other = f"{stem} ({number}){dot}{end}"
    return other
