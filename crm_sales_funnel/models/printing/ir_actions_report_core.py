import io
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, models
from odoo.tools.pdf import merge_pdf

from .funnel_print_rule import CORE_REPORTS, QUOTATION_REQUEST


class CorePdf(NamedTuple):
    """A document that is printed already, in the context of where Odoo would print it;
    no request from outside can have such an object there."""

    res_id: int
    pdf: bytes


class IrActionsReport(models.Model):
    """Odoo's own documents, which layouts print where the company wants it: what is
    printed, mailed and downloaded from the portal then looks the same."""

    _inherit = "ir.actions.report"

    @api.model
    def _get_first_reports(self, records, kind):
        """Return record -> the first entry that the Print menu offers for it, as
        superuser: in the order of the list of layouts. Some may have none.

        :param kind: type of report
        """
        # sudo: what the Print menu offers is configuration.
        reports = self.sudo().search(
            [
                ("model", "=", records._name),
                ("report_type", "=", kind),
                ("print_layout_id.active", "=", True),
                ("binding_model_id", "!=", False),
            ]
        )
        reports = reports.filtered(lambda report: report._is_print_offered())
        found = {}
        for report in reports.sorted(
            lambda r: (r.print_layout_id.sequence, r.print_layout_id.id, r.id)
        ):
            company = report.print_layout_id.company_id
            # sudo: which documents an entry is for tells nothing of them.
            fitting = records.sudo().filtered_domain(report._get_filter())
            for record in fitting:
                if not company or company == record.company_id:
                    found.setdefault(record.with_env(records.env), report)
        return found

    def _is_print_offered(self):
        """Tell whether the Print menu offers an entry to the user.

        Customers have no Print menu: they are given what their documents show, and so
        is Odoo itself, which mails to them. Prices are theirs; what is for a
        department of the company is not.
        """
        user = self.env.user
        # Odoo itself is in the groups of many departments, and prints for none of them.
        if user.id == SUPERUSER_ID:
            return self._is_for_prices()
        return (
            not self.group_ids
            or bool(self.group_ids & user.all_group_ids)
            or (user.share and self._is_for_prices())
        )

    @api.model
    def _get_core_layouts(self, report, records):
        """Return record -> layout that prints it instead of Odoo's own report, where
        the user may print it by that.

        :param report: as superuser
        """
        return {
            record: layout
            for record, layout in self._choose_core_layouts(report, records).items()
            if record._print_may_begin(layout)
        }

    @api.model
    def _check_core_print(self, report, records):
        """:raise UserError: a layout would print a record instead of Odoo's own report,
        if the user could print it"""
        for record, layout in self._choose_core_layouts(report, records).items():
            record._check_print(layout)

    @api.model
    def _choose_core_layouts(self, report, records):
        if report.report_name not in CORE_REPORTS or report.print_layout_id:
            return {}
        # sudo: the setting of a company holds for all who print for it.
        wanted = records.filtered(lambda r: r.sudo().company_id.print_core_reports)
        # Odoo prints the signature below what was signed.
        wanted = wanted.filtered(lambda record: not record._print_is_signed())
        if not wanted:
            return {}
        rules = self.env["funnel.print.rule"]
        # sudo: the rules of managers hold for all who print.
        own = rules.sudo().search([("report_id", "=", report.id)])
        first = self._get_first_reports(wanted, "qweb-pdf")
        layouts = {}
        for record in wanted:
            layout = own._choose(record).layout_id
            if not layout and record in first:
                ((layout, _record),) = rules._get_runs(first[record], record)
            if layout:
                # Who is asked for prices is told none.
                hidden = report.report_name == QUOTATION_REQUEST
                layouts[record] = layout.with_context(funnel_hide_prices=hidden)
        return layouts

    def _is_core_by_layout(self, report):
        """Tell whether a report is one of Odoo's own that layouts may print."""
        # sudo: as above, of any company.
        companies = self.env["res.company"].sudo()
        return report.report_name in CORE_REPORTS and bool(
            companies.search_count([("print_core_reports", "=", True)], limit=1)
        )

    def _get_kept_layout(self, record):
        if not self._is_core_by_layout(self):
            return super()._get_kept_layout(record)
        layouts = self._get_core_layouts(self, record)
        return layouts.get(record, self.print_layout_id)

    def _may_have_prices(self, report):
        return super()._may_have_prices(report) or self._is_core_by_layout(report)

    def _prepare_pdf_report_attachment_vals_list(self, report, streams):
        if self._is_core_by_layout(report) and not self._is_print_kept(report):
            return []
        return super()._prepare_pdf_report_attachment_vals_list(report, streams)

    # The documents

    def _render_qweb_html(self, report_ref, docids, data=None):
        if self._get_core_pdf():
            return b"", "html"  # it is printed already
        report = self._get_report(report_ref)
        records = self.env[report.model].browse(docids or ())
        layouts = self._get_core_layouts(report, records)
        if not records or len(layouts) < len(records):
            return super()._render_qweb_html(report_ref, docids, data)
        html = b"".join(layouts[record]._render(record, "html") for record in records)
        return html, "html"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        report = self._get_report(report_ref)
        if not res_ids or self._get_core_pdf() or not self._is_core_by_layout(report):
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        reports = self
        if not self._is_print_kept(report):
            reports = self.with_context(report_pdf_no_attachment=True)
        records = self.env[report.model].browse(dict.fromkeys(res_ids))
        pdfs = self._print_core(report, records)
        rest = [record.id for record in records if record not in pdfs]
        streams = reports._get_core_streams(report, data, rest, pdfs)
        if len(records) < len(res_ids):
            return self._repeat_streams(streams, res_ids)
        return {id_: streams[id_] for id_ in res_ids if id_ in streams} | streams

    def _get_core_streams(self, report, data, rest, pdfs):
        """Return the streams of what Odoo prints and of what is printed already.

        What other addons do with Odoo's own prints, they do with ours, and leave other
        bytes.
        """
        prepare = super()._render_qweb_pdf_prepare_streams
        streams = dict(prepare(report.id, data, rest)) if rest else {}
        files = self.env["ir.attachment"]
        for record, pdf in pdfs.items():
            made = self.with_context(funnel_core_pdf=CorePdf(record.id, pdf))
            prepare = super(IrActionsReport, made)._render_qweb_pdf_prepare_streams
            prepared = prepare(report.id, data, record.ids)
            for stream in prepared.values():
                files._note_rewritten([pdf], stream["stream"].getvalue())
            streams |= prepared
        return streams

    @api.model
    def _repeat_streams(self, streams, res_ids):
        """Return one stream of documents, some of which are printed several times."""
        ids = [id_ for id_ in res_ids if id_ in streams]
        ids += [id_ for id_ in streams if id_ not in ids]
        pdfs = [streams[id_]["stream"].getvalue() for id_ in ids]
        pdf = merge_pdf(pdfs)
        self.env["ir.attachment"]._note_rewritten(pdfs, pdf)
        return {False: {"stream": io.BytesIO(pdf), "attachment": None}}

    @api.model
    def _print_core(self, report, records):
        """Return record -> PDF of those that a layout prints; the documents of one
        layout in one go. Prints that are kept are not made again."""
        if self._is_print_kept(report) and report.attachment_use:
            records = records.filtered(lambda r: not report.retrieve_attachment(r))
        groups = {}
        for record, layout in self._get_core_layouts(report, records).items():
            groups.setdefault(layout, []).append(record.id)
        pdfs = {}
        for layout, ids in groups.items():
            some = records.browse(ids)
            pdfs |= dict(zip(some, layout._render_each(some), strict=True))
        return pdfs

    # Where Odoo would make the PDF of a document that is printed already

    def _get_core_pdf(self):
        """Return the document that is printed already, or None."""
        made = self.env.context.get("funnel_core_pdf")
        return made if isinstance(made, CorePdf) else None

    def _prepare_html(self, html, report_model=False):
        if made := self._get_core_pdf():
            return [html], [made.res_id], None, None, {}
        return super()._prepare_html(html, report_model)

    @api.model
    def _run_wkhtmltopdf(self, bodies, *args, **kwargs):
        if made := self._get_core_pdf():
            return made.pdf
        return super()._run_wkhtmltopdf(bodies, *args, **kwargs)
