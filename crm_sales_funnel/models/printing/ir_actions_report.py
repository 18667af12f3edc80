import io
from ast import literal_eval

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.safe_eval import safe_eval, time

from ..base.res_users import PRICE_GROUPS
from .funnel_print_document import SENT_BY_ODOO

# Whom slips tell all orders and debts.
TOLD_ALL = ("manager", "order_desk", "finance")


class IrActionsReport(models.Model):
    """Reports that print by a layout. They stay ``qweb-pdf`` reports, so that the
    Print menu, attachments, mail templates and downloads work as for any other."""

    _inherit = "ir.actions.report"

    report_type = fields.Selection(
        selection_add=[("funnel-xlsx", "Excel by a print layout")],
        ondelete={"funnel-xlsx": "cascade"},
    )
    print_layout_id = fields.Many2one(
        "funnel.print.layout",
        ondelete="cascade",
        index="btree_not_null",
        help="Prints by this layout, not by a template.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        reports = super().create(vals_list)
        # A copy has the term already.
        reports._keep_to_company(reports._get_layout_companies())
        return reports

    def write(self, vals):
        # An update of the addon writes the domains of shipped entries anew.
        if not vals.keys() & {"domain", "print_layout_id"}:
            return super().write(vals)
        former = self._get_layout_companies()
        result = super().write(vals)
        self._keep_to_company(former)
        return result

    def _get_filter(self) -> list:
        """Return the domain of the documents that an entry is offered for.

        :raise ValidationError: it is none
        """
        try:
            return list(literal_eval(self.domain or "[]"))
        except (SyntaxError, TypeError, ValueError) as error:
            raise ValidationError(
                self.env._(
                    "The filter of “%(report)s” is no list of conditions with plain"
                    " values: %(filter)s",
                    report=self.name,
                    filter=self.domain,
                )
            ) from error

    def _get_layout_companies(self):
        """Return report -> company of its layout, or none."""
        return {report: report.print_layout_id.company_id for report in self}

    def _keep_to_company(self, former):
        """Offer entries only for documents of the company of their layout.

        What administrators wrote stays, whatever it says of companies.

        :param former: report -> the company that it was kept to before
        """
        for report in self.filtered("print_layout_id"):
            terms = report._get_filter()
            company = report.print_layout_id.company_id
            wanted = _without_company(terms, former.get(report))
            if company:
                wanted = [("company_id", "=", company.id), *wanted]
            if wanted != terms:
                report.domain = str(wanted) if wanted else False

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # sudo, by Odoo: the report and its layout are configuration. The records
        # are read as the user.
        report = self._get_report(report_ref)
        if not report.print_layout_id:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        records = self._get_records_to_print(report, res_ids)
        if self._is_print_kept(report) and len(set(records.ids)) == len(records):
            return self._get_kept_streams(report, records)
        # One file for all is smaller and faster than one for each.
        stream = io.BytesIO(self._render_by_rules(report, records))
        res_id = records.id if len(records) == 1 else False
        return {res_id: {"stream": stream, "attachment": None}}

    def _render_qweb_html(self, report_ref, docids, data=None):
        report = self._get_report(report_ref)
        if not report.print_layout_id:
            return super()._render_qweb_html(report_ref, docids, data)
        records = self._get_records_to_print(report, docids)
        return self._render_by_rules(report, records, "html"), "html"

    @api.model
    def _render_funnel_xlsx(self, report_ref, res_ids, data=None):
        """Return the documents as an Excel file and its extension, as Odoo asks all
        kinds of reports for them."""
        report = self._get_report(report_ref)
        records = self._get_records_to_print(report, res_ids)
        return self._render_by_rules(report, records, "xlsx"), "xlsx"

    @api.model
    def _render_by_rules(self, report, records, output="pdf", pages=None, copies=None):
        """Return the documents as one file, each by the layout that holds for it.

        :param report: as superuser
        """
        layouts = self.env["funnel.print.layout"]
        printed = []
        for layout, some in self.env["funnel.print.rule"]._get_runs(report, records):
            printed += layout._get_pages(some, output, pages, copies)
            layouts |= layout
        content = layouts._draw(printed, output)
        if output != "html":  # it is no file
            layouts._note_prices([content])
        return content

    def _get_layout_output(self):
        """Return what kind of file this report prints; PDF where there is none."""
        return "xlsx" if self.report_type == "funnel-xlsx" else "pdf"

    def _get_print_file_name(self, records):
        """Return the name of the printed file, without its extension."""
        self.ensure_one()
        if len(records) == 1 and self.print_report_name:
            # Written by an administrator, as in Odoo's own downloads.
            return safe_eval(self.print_report_name, {"object": records, "time": time})
        return self.name

    def _get_records_to_print(self, report, res_ids):
        if not res_ids:
            raise UserError(self.env._("Choose the documents to print."))
        if not self._may_print(report):
            raise AccessError(self.env._("You are not allowed to print this."))
        return self.env[report.model].browse(res_ids)

    def _may_print(self, report):
        """Tell whether a report is for the user. Odoo itself only leaves it out of the
        Print menu, and prints it for all who know its address.

        Who is kept from prices gets reports that are for others because of their
        prices alone, without them.
        """
        report = report.with_env(self.env).sudo()  # whosever it was
        if (
            self.env.su
            or report._is_print_offered()
            or self.env.context.get("funnel_print_sender") is SENT_BY_ODOO
        ):
            return True
        return not self.env.user._funnel_sees_prices() and report._is_for_prices()

    def _is_for_prices(self):
        """Tell whether prices alone are why this report is for certain groups, or it
        is for all."""
        priced = {self.env.ref(group).id for group in PRICE_GROUPS}
        return set(self.group_ids.ids) <= priced

    # Prints that are kept as attachments of their documents

    def _is_print_kept(self, report):
        """Tell whether prints are saved and looked up again.

        Never for users who are kept from prices that the layout has: they would be
        given the print of somebody else, or leave theirs to those who need prices.
        """
        return (
            bool(report.attachment)
            and not self.env.context.get("report_pdf_no_attachment")
            and not (self._may_have_prices(report) and self._is_told_less(report))
        )

    def _is_told_less(self, report):
        """Tell whether colleagues may have printed what the user is kept from, or may
        need what the user is.

        A slip tells whoever prints it of the orders and debts that he or she may read:
        those are kept that tell all. Whoever is not kept from their files, as Odoo
        prints in the user's name, could be given debts in slips.
        """
        user = self.env.user
        if self.env.context.get("funnel_hide_prices") or not user._funnel_sees_prices():
            return True
        if report.model != "stock.picking" or user.id == SUPERUSER_ID:
            return False
        return (
            self.env.su
            or user.share
            or not any(
                user.has_group(f"crm_sales_funnel.group_funnel_{role}")
                for role in TOLD_ALL
            )
        )

    def _may_have_prices(self, report):
        # sudo: rules are configuration that every print follows.
        rules = self.env["funnel.print.rule"].sudo()
        layouts = rules.search([("report_id", "=", report.id)]).layout_id
        return any((report.print_layout_id | layouts).mapped("has_prices"))

    def _get_kept_streams(self, report, records):
        kept = {record: report.retrieve_attachment(record) for record in records}
        missing = records.filtered(
            lambda record: not (report.attachment_use and kept[record])
        )
        rules, pdfs = self.env["funnel.print.rule"], {}
        if missing:
            for layout, some in rules._get_runs(report, missing):
                pdfs |= dict(zip(some, layout._render_each(some), strict=True))
        # The same file again is a print all the same.
        if records - missing:
            for layout, some in rules._get_runs(report, records - missing):
                some._print_begin(layout, "pdf")
        return {
            record.id: {
                "stream": io.BytesIO(pdfs.get(record) or kept[record].raw),
                "attachment": kept[record],
            }
            for record in records
        }

    def retrieve_attachment(self, record):
        """Odoo looks for the name alone, by which a report with prices and one without
        may be alike, as may what was printed before the layout was another one."""
        kept = super().retrieve_attachment(record)
        # sudo: of what it was printed.
        if kept and (kept.sudo().print_key or "") != self._get_print_key(record):
            return None
        return kept

    def _get_print_key(self, record):
        """Return what a file of this report must have been printed of, to be given
        again for a record; empty where Odoo itself prints, None for no file at all."""
        layout = self._get_kept_layout(record)
        state = record._print_kept_key() if layout else ""
        if not layout or state is None:
            return state
        kind = "priced" if layout.has_prices else "plain"
        return f"{self.id} {layout.id} {kind} {state}"

    def _get_kept_layout(self, record):
        """Return the layout that prints a record by this report, or none."""
        if not self.print_layout_id:
            return self.print_layout_id
        ((layout, _record),) = self.env["funnel.print.rule"]._get_runs(self, record)
        return layout

    def _prepare_pdf_report_attachment_vals_list(self, report, streams):
        if report.print_layout_id and not self._is_print_kept(report):
            return []
        vals_list = super()._prepare_pdf_report_attachment_vals_list(report, streams)
        for vals in vals_list:
            key = report._get_print_key(self.env[report.model].browse(vals["res_id"]))
            if key:
                self.env["ir.attachment"]._note_print_key(vals["raw"], key)
        return vals_list


def _without_company(terms, company):
    """Return the terms of a domain without a first one that keeps it to a company."""
    own = ("company_id", "=", company.id) if company else None
    return terms[1:] if terms and tuple(terms[0]) == own else terms
