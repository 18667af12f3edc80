from odoo import Command, api, fields, models
from odoo.fields import Domain

from ..base.res_users import PRICE_GROUPS

# What the Print menu offers of a layout: field, kind of report.
ENTRIES = {"menu_pdf": "qweb-pdf", "menu_xlsx": "funnel-xlsx"}
SUFFIXES = {"qweb-pdf": "", "funnel-xlsx": " (Excel)"}


class FunnelPrintLayout(models.Model):
    """What the Print menu offers of a layout."""

    _inherit = "funnel.print.layout"

    report_ids = fields.One2many(
        "ir.actions.report", "print_layout_id", string="Print Menu", copy=False
    )
    menu_pdf = fields.Boolean(
        string="PDF",
        compute="_compute_menu_pdf",
        inverse="_inverse_menu_pdf",
        help="The Print menu of the documents offers this layout as PDF.",
    )
    menu_xlsx = fields.Boolean(
        string="Excel",
        compute="_compute_menu_xlsx",
        inverse="_inverse_menu_xlsx",
        help="The Print menu of the documents offers this layout as an Excel file.",
    )

    archived_report_ids = fields.Many2many(
        "ir.actions.report",
        "funnel_print_layout_archived_report_rel",
        copy=False,
        help="What the Print menu offered when the layout was archived; it is offered"
        " again when the layout comes back.",
    )

    # One method for each: with one for both, Odoo takes the one that is not written for
    # switched off.

    @api.depends("report_ids.report_type", "report_ids.binding_model_id")
    def _compute_menu_pdf(self):
        self._compute_menu("menu_pdf")

    @api.depends("report_ids.report_type", "report_ids.binding_model_id")
    def _compute_menu_xlsx(self):
        self._compute_menu("menu_xlsx")

    def _compute_menu(self, fname):
        for layout in self:
            # sudo: what is in the Print menu is no secret.
            reports = layout.sudo().report_ids.filtered("binding_model_id")
            layout[fname] = ENTRIES[fname] in reports.mapped("report_type")

    def _inverse_menu_pdf(self):
        for layout in self:
            layout._set_menu_entry(ENTRIES["menu_pdf"], layout.menu_pdf)

    def _inverse_menu_xlsx(self):
        for layout in self:
            layout._set_menu_entry(ENTRIES["menu_xlsx"], layout.menu_xlsx)

    def _set_menu_entry(self, kind, wanted):
        # sudo: who may edit layouts may offer them; the report does nothing else than
        # print by this layout.
        reports = self.sudo().report_ids.filtered(
            lambda report: report.report_type == kind
        )
        if not wanted:
            reports.filtered("binding_model_id").write({"binding_model_id": False})
        elif reports:
            reports[:1].create_action()
        else:
            report = reports.create(self._prepare_report_vals(kind))
            self._name_reports(report)

    def _prepare_report_vals(self, kind):
        model = self.env["ir.model"]._get(self.document_model)
        return {
            "name": self.name + SUFFIXES[kind],
            "model": self.document_model,
            "report_type": kind,
            "report_name": f"crm_sales_funnel.print_layout_{self.id}_{kind[-4:]}",
            "print_layout_id": self.id,
            "print_report_name": "object.display_name",
            "binding_model_id": model.id,
            "binding_type": "report",
            "group_ids": self._get_report_groups(),
        }

    def _get_report_groups(self):
        """Return who is offered a report: prices only those who work with them."""
        groups = PRICE_GROUPS if self.has_prices else ()
        return [Command.set([self.env.ref(group).id for group in groups])]

    def _name_reports(self, reports):
        """Name reports as the layout is named, in each language."""
        for report in reports:
            suffix = SUFFIXES.get(report.report_type, "")
            texts = self._get_texts("name")
            report.update_field_translations(
                "name", {lang: text + suffix for lang, text in texts.items()}
            )

    def write(self, vals):
        moved = self.browse()
        if "active" in vals:
            moved = self.filtered(lambda layout: layout.active != bool(vals["active"]))
        # sudo: as where the reports are made.
        reports = self.sudo().report_ids if "company_id" in vals else None
        former = reports._get_layout_companies() if reports else {}
        result = super().write(vals)
        if {"name", "column_ids", "block_ids"} & vals.keys():
            self._update_reports()
        if "company_id" in vals:
            # sudo: as where the reports are made.
            self.sudo().report_ids._keep_to_company(former)
        for layout in moved:
            if layout.active:
                layout._offer_again()
            else:
                layout._offer_no_more()
        return result

    @api.model
    def _get_offered(self, records):
        """Return the layouts by which the user may print documents, in the order of
        the list: those of their company, and those for all."""
        # sudo: of which company the documents are.
        companies = records.sudo().company_id
        of_company = Domain("company_id", "=", False)
        if len(companies) == 1:
            of_company |= Domain("company_id", "=", companies.id)
        layouts = self.search(Domain("document_model", "=", records._name) & of_company)
        return layouts.filtered(lambda layout: layout._may_print_by())

    def _may_print_by(self):
        """Tell whether the user may print by this layout: one that is for others by
        each of its entries is for others by whatever way it is printed."""
        # sudo: as where the reports are made.
        reports = self.sudo().report_ids.with_env(self.env)
        return not reports or any(map(reports._may_print, reports))

    def _offer_no_more(self):
        """Take an archived layout out of the Print menu."""
        # sudo: as where the reports are made.
        layouts = self.sudo()
        reports = layouts.report_ids.filtered("binding_model_id")
        layouts.archived_report_ids = reports
        reports.write({"binding_model_id": False})

    def _offer_again(self):
        """Put a layout that comes back where it was in the Print menu."""
        # sudo: as where the reports are made.
        layout = self.sudo()
        (layout.archived_report_ids & layout.report_ids).create_action()
        layout.archived_report_ids = False

    def _update_reports(self):
        """Let reports that were made here follow the layout."""
        for layout in self:
            # sudo: as where they are made.
            for report in layout.sudo().report_ids:
                if report.report_name.startswith("crm_sales_funnel.print_layout_"):
                    layout._name_reports(report)
                groups = layout._get_report_groups()
                if layout.has_prices and not report.group_ids:
                    report.group_ids = groups
