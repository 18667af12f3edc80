from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.printing import LayoutError, paginate, render_svg
from .funnel_print_layout import LAYOUT_FIELDS

MOST_PAGES = 20  # sent to the browser
SAMPLE_LINES = 12
SAMPLE_NUMBERS = {
    "integer": Decimal(1),
    "quantity": Decimal(12),
    "price": Decimal("36.50"),
    "money": Decimal("438.00"),
}
PARTS = {
    "column_ids": ("sequence", "field_key", "title", "width", "align", "overflow"),
    "block_ids": (
        "sequence",
        "band",
        "kind",
        "text",
        "x",
        "y",
        "width",
        "height",
        "size",
        "bold",
        "align",
        "pages",
    ),
    "copy_ids": ("sequence", "label", "color", "hide_prices"),
}


class FunnelPrintLayout(models.Model):
    """The pages of a layout as the form shows them, unsaved edits included.

    It is a field, so that it follows the form as any computed field does. Nothing is
    written by it, and no number given: it is no print.
    """

    _inherit = "funnel.print.layout"

    preview_res_id = fields.Many2oneReference(
        string="Preview with",
        model_field="document_model",
        compute="_compute_preview_res_id",
        readonly=False,
        store=False,
        help="The document that the preview shows. Empty shows a sample.",
    )
    preview_lines = fields.Integer(
        string="Sample Lines",
        compute="_compute_preview_lines",
        readonly=False,
        store=False,
        help="How many lines the sample has, to see where a page ends.",
    )
    preview = fields.Json(compute="_compute_preview")

    @api.depends("document_model")
    def _compute_preview_res_id(self):
        for layout in self:
            layout.preview_res_id = layout._find_preview_document().id

    def _compute_preview_lines(self):
        for layout in self:
            layout.preview_lines = SAMPLE_LINES

    def _find_preview_document(self):
        """Return the newest document that the user may read, or none."""
        documents = self.env[self.document_model or "stock.picking"]
        if not self.document_model or not documents.has_access("read"):
            return documents
        return documents.search(
            documents._print_preview_domain(), order="id DESC", limit=1
        )

    @api.depends(
        *LAYOUT_FIELDS,
        "offset_x",
        "offset_y",
        "lang",
        "document_model",
        "paper_id.width",
        "paper_id.height",
        "paper_id.strip",
        "column_ids.is_sum",
        *(f"{part}.{fname}" for part, fnames in PARTS.items() for fname in fnames),
        "preview_res_id",
        "preview_lines",
    )
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_preview(self):
        for layout in self:
            layout.preview = layout._get_preview()

    def _get_preview(self):
        """Return what the preview shows, as JSON, and what is strange in the layout."""
        if not self.document_model:
            return {"error": self.env._("Choose a kind of document.")}
        return self._get_preview_pages() | {
            "unknown": self._get_unknown_fields(),
            "strange": self._get_strange_columns()._get_names(),
            "language": self._get_lost_language(),
        }

    def _get_lost_language(self):
        """Return the name of the layout's language where it was switched off, or ""."""
        if not self.lang or self._get_active_lang(self.lang):
            return ""
        langs = self.env["res.lang"].with_context(active_test=False)
        return langs.search([("code", "=", self.lang)]).name or self.lang

    def _get_preview_pages(self):
        """Return the pages; where nothing can be printed, why."""
        try:
            # In the language of the form, not of the customer: what is edited is seen.
            lang = self._get_active_lang(self.lang) or self.env.lang
            layout = self.with_context(lang=lang)._to_layout()
            if not self.env.user._funnel_sees_prices():
                layout = layout.without_prices()
            pages = paginate(self._get_preview_data(lang), layout)
        except LayoutError as error:
            return {"error": self._explain(error)}
        except (AccessError, UserError) as error:
            return {"error": str(error)}
        return {
            "pages": [self._get_preview_page(page) for page in pages[:MOST_PAGES]],
            "more": max(0, len(pages) - MOST_PAGES),
            "copies": [copy.label for copy in layout.copies]
            if layout.copy_mode == "repeat"
            else [],
            "paper": {
                "width": layout.paper.width,
                "height": layout.paper.height,
                "strip": layout.paper.strip,
            },
            "area": {
                "left": layout.left,
                "top": layout.top,
                "width": layout.width + layout.strip_width,
                "height": layout.height,
            },
            "pitch": {"char": layout.char_pitch, "line": layout.line_pitch},
        }

    def _get_preview_page(self, page):
        titles = {column.field_key: column.title for column in self.column_ids}
        over = [cell for cell in page.cells if cell.overflow]
        codes = [symbol for symbol in page.symbols if symbol.overflow]
        kinds = dict(self.block_ids._fields["kind"]._description_selection(self.env))
        return {
            "number": page.number,
            "count": page.count,
            "copy": page.copy,
            "svg": render_svg(page, mark_overflow=True),
            "overflow": [
                *(titles.get(cell.key) or cell.text for cell in over),
                *(symbol.text for symbol in codes),
                *(block.text or kinds[block.kind] for block, _box in page.misplaced),
            ],
            "left_out": [block.text for block in page.left_out],
        }

    def _get_preview_document(self):
        documents = self.env[self.document_model]
        return documents.browse(self.preview_res_id or ()).exists()

    def _get_preview_data(self, lang):
        """Return the document of the preview as the paginator wants it."""
        document = self._get_preview_document().with_context(lang=lang)
        if not document:
            return self.with_context(lang=lang)._get_sample_data()
        document.check_access("read")
        wanted = set(self.column_ids.mapped("field_key")) - {False}
        wanted |= set(self.block_ids.mapped("kind"))
        prices = self.env.user._funnel_sees_prices()
        (data,) = document._print_documents(wanted, prices)
        return data

    def _get_sample_data(self):
        """Return a document that says in each place what stands there."""
        documents = self.env[self.document_model]
        currency = self.env.company.currency_id
        values = documents._print_company_values(self.env.company)
        labels = {key: f.label for key, f in self._get_header_fields().items()}
        columns = self._get_columns()
        line = {
            key: SAMPLE_NUMBERS.get(column.format) for key, column in columns.items()
        }
        line |= {"code": "A-1001", "currency": currency.name}
        if "name" in columns:
            line["name"] = columns["name"].label
        lines = range(1, max(0, min(self.preview_lines, 500)) + 1)
        return {
            "values": labels | {"title": documents._print_name()} | values,
            "lines": [line | {"seq": number} for number in lines],
            "digits": documents._print_digits(currency),
            "style": documents._print_number_style(),
        }
