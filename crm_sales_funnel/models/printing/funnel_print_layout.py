import io
import re
from collections import defaultdict
from itertools import chain

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import get_lang

from ...tools.printing import Layout, LayoutError, paginate, render, stamp
from ...tools.printing.xlsx import render as render_xlsx
from .funnel_print_document import PREVIEW
from .funnel_print_measure import LONGEST

# So many documents are drawn while the others are made.
FIRST_RECORDS = 60
DRAWN_BY = {"pdf": "_draw_pdf", "xlsx": "_draw_xlsx", "html": "_draw_html"}

# Fields that the paginator knows by the same name.
LAYOUT_FIELDS = (
    "margin_top",
    "margin_bottom",
    "margin_left",
    "margin_right",
    "header_height",
    "footer_height",
    "line_pitch",
    "lines_per_page",
    "fill_lines",
    "grid",
    "page_subtotal",
    "grand_total",
    "font",
    "font_size",
    "copy_mode",
    "copy_strip",
)


class FunnelPrintLayout(models.Model):
    """How a kind of document is printed: the paper, what stands where, the copies.

    Lengths are millimetres, font sizes points. The pages are made by
    ``tools/printing``; each kind of output only draws them.
    """

    _name = "funnel.print.layout"
    _inherit = "funnel.print.text"
    _description = "Print Layout"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Leave it empty for the layout to serve all companies."
    )
    document_model = fields.Selection(
        selection="_selection_document_model",
        string="Kind of Document",
        default="stock.picking",
        required=True,
    )
    paper_id = fields.Many2one("funnel.print.paper", required=True, ondelete="restrict")
    lang = fields.Selection(
        selection="_selection_lang",
        string="Language",
        help="Leave it empty to print in the customer's language.",
    )
    margin_top = fields.Float(string="Top (mm)", digits=(6, 2), default=5)
    margin_bottom = fields.Float(string="Bottom (mm)", digits=(6, 2), default=5)
    margin_left = fields.Float(string="Left (mm)", digits=(6, 2))
    margin_right = fields.Float(string="Right (mm)", digits=(6, 2))
    offset_x = fields.Integer(
        string="Move Right (0.1 mm)",
        help="Moves the whole print to the right, to the left when negative.",
    )
    offset_y = fields.Integer(
        string="Move Down (0.1 mm)",
        help="Moves the whole print down, up when negative.",
    )
    header_height = fields.Float(string="Header Height (mm)", digits=(6, 2), default=25)
    footer_height = fields.Float(string="Footer Height (mm)", digits=(6, 2), default=15)
    line_pitch = fields.Float(
        string="Line Height (mm)",
        digits=(6, 3),
        default=5.08,
        help="From one line of the table to the next.",
    )
    lines_per_page = fields.Integer(help="0 puts as many lines on a page as fit.")
    fill_lines = fields.Boolean(
        string="Fill with Empty Lines",
        default=True,
        help="The table is equally high on each page.",
    )
    grid = fields.Boolean(string="Grid Lines", default=True)
    page_subtotal = fields.Boolean(string="Page Subtotals", default=True)
    grand_total = fields.Boolean(default=True)
    font = fields.Char(
        default="Noto Sans CJK SC",
        required=True,
        help="A font that is installed on the server.",
    )
    font_size = fields.Float(string="Font Size (pt)", digits=(4, 1), default=9.6)
    copy_mode = fields.Selection(
        [
            ("carbon", "All at once, on carbon paper"),
            ("repeat", "One after the other"),
        ],
        string="Copies Are Printed",
        default="carbon",
        required=True,
    )
    copy_strip = fields.Float(
        string="Strip of Copies (mm)",
        digits=(6, 2),
        default=6,
        help="Space at the right side that names the copies.",
    )
    reprint_right = fields.Boolean(
        string="Printing Again Needs a Right",
        help="Who prints a slip a second time needs the right “Print Slips Again”.",
    )
    column_ids = fields.One2many(
        "funnel.print.column", "layout_id", string="Columns", copy=True
    )
    block_ids = fields.One2many(
        "funnel.print.block", "layout_id", string="Header and Footer", copy=True
    )
    copy_ids = fields.One2many(
        "funnel.print.copy", "layout_id", string="Copies", copy=True
    )
    background = fields.Binary(
        string="Scan of the Form",
        help="For forms that are printed already: a scan of the whole sheet, shown below"
        " the preview. It is never printed.",
    )
    has_prices = fields.Boolean(
        compute="_compute_has_prices", help="This layout shows prices."
    )
    lines_fitting = fields.Integer(
        string="Lines on a Page", compute="_compute_lines_fitting"
    )

    _lengths_positive = models.Constraint(
        "CHECK(lines_per_page >= 0 AND header_height >= 0 AND footer_height >= 0"
        " AND margin_top >= 0 AND margin_bottom >= 0"
        " AND margin_left >= 0 AND margin_right >= 0"
        " AND copy_strip >= 0 AND font_size >= 5 AND font_size <= 30)",
        "Heights and margins cannot be negative, and the font size must be 5 to 30"
        " points.",
    )

    @api.model
    def _get_limits(self):
        lengths = ("header_height", "footer_height", "line_pitch", "copy_strip")
        margins = (f"margin_{side}" for side in ("top", "bottom", "left", "right"))
        return {
            **dict.fromkeys((*lengths, *margins), (0, LONGEST)),
            "lines_per_page": (0, 1000),
            "font_size": (5, 30),
            "offset_x": (-1000, 1000),
            "offset_y": (-1000, 1000),
        }

    @api.model
    def _get_document_models(self):
        """Return the models that print through layouts (extended by each area)."""
        return ["sale.order", "stock.picking", "purchase.order", "account.payment"]

    @api.model
    def _selection_document_model(self):
        return [
            (name, self.env[name]._print_name()) for name in self._get_document_models()
        ]

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.depends("document_model", "column_ids.field_key", "block_ids.text")
    def _compute_has_prices(self):
        for layout in self:
            columns = layout._get_columns()
            keys = layout.column_ids.mapped("field_key")
            layout.has_prices = any(
                columns[key].price for key in keys if key in columns
            ) or any(block._has_price() for block in layout.block_ids)

    @api.depends(*LAYOUT_FIELDS, "paper_id", "copy_ids", "column_ids.is_sum")
    def _compute_lines_fitting(self):
        for layout in self:
            try:
                layout.lines_fitting = layout._to_layout().lines
            except LayoutError:
                layout.lines_fitting = 0

    @api.constrains(*LAYOUT_FIELDS, "paper_id", "column_ids", "copy_ids")
    def _check_printable(self):
        for layout in self.filtered("column_ids"):
            try:
                lines = layout._to_layout().lines
            except LayoutError as error:
                raise ValidationError(layout._explain(error)) from error
            if lines < layout.lines_per_page:
                raise ValidationError(
                    self.env._(
                        "Only %(fit)s of %(wanted)s lines fit on a page of “%(layout)s”."
                        " Make the lines, the header or the footer less high.",
                        fit=lines,
                        wanted=layout.lines_per_page,
                        layout=layout.name,
                    )
                )

    @api.constrains("lang")
    def _check_lang(self):
        for layout in self:
            if layout.lang and not self._get_active_lang(layout.lang):
                raise ValidationError(
                    self.env._(
                        "“%(lang)s” is not a language that is active. Choose another"
                        " one for “%(layout)s”, or add it in the settings first.",
                        lang=layout.lang,
                        layout=layout.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_guarding(self):
        """The slips that were printed by it would be printed again by everybody."""
        guarding = self.filtered("reprint_right")
        # sudo: who deletes a layout may not see all that was printed by it.
        logs = self.env["funnel.print.log"].sudo()
        log = logs.search(
            [("layout_id", "in", guarding.ids), ("slip_id.state", "=", "valid")],
            limit=1,
        )
        if log:
            raise UserError(
                self.env._(
                    "“%s” keeps slips from being printed again. Archive it instead.",
                    log.layout_id.name,
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for layout, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(name)s (copy)", name=layout.name)
        for vals in vals_list:
            vals["lang"] = self._get_active_lang(vals.get("lang"))
        return vals_list

    def action_print_calibration(self):
        """Download a page of rulers on the layout's paper, moved as the layout is."""
        action = self.paper_id.action_print_calibration()
        action["url"] += f"?layout={self.id}"
        return action

    def _is_for_documents(self):
        """Tell whether it prints a kind of document that layouts can print."""
        return self.document_model in self._get_document_models()

    def _get_columns(self):
        """Return key -> ``PrintField`` of what may be a column."""
        if not self._is_for_documents():
            return {}
        columns = self.env[self.document_model]._print_columns()
        return {column.key: column for column in columns}

    def _get_header_fields(self):
        """Return key -> ``PrintField`` of what may stand in header and footer."""
        if not self._is_for_documents():
            return {}
        header_fields = self.env[self.document_model]._print_header_fields()
        return {field.key: field for field in header_fields}

    # Printing

    def _render(self, records, output="pdf", pages=None, copies=None):
        """Return the printed documents as one file.

        :param records: of the layout's model; the user must be allowed to read them
        :param output: "pdf", "xlsx", or "html" for a screen
        :param pages: which pages of each document, such as "1-3,5"; all when empty
        :param copies: ids of the copies; all when empty
        :raise UserError: there are no such pages
        """
        content = self._draw(self._get_pages(records, output, pages, copies), output)
        if output != "html":  # it is no file
            self._note_prices([content])
        return content

    def _get_pages(self, records, output, pages=None, copies=None):
        """Return an iterator over the pages to print, see :meth:`_render`; they count
        as printed. Each is made when it is asked for: the first ones are drawn
        meanwhile."""
        if output not in DRAWN_BY:
            raise ValueError(f"unknown output: {output!r}")
        if not records:
            raise UserError(self.env._("Choose the documents to print."))
        wanted = self._parse_pages(pages)
        chosen = self.copy_ids.filtered(lambda copy: copy.id in (copies or ()))
        parts = [n for n, copy in enumerate(self.copy_ids, 1) if copy in chosen]
        self._check_records(records)
        records._print_begin(self, output, pages, chosen.mapped("label"))
        return (
            page
            for page in chain.from_iterable(self._paginate_each(records))
            if (wanted is None or page.number in wanted)
            and (not (copies and page.copy) or page.copy in parts)
        )

    @api.model
    def _draw(self, pages, output):
        """Return pages, of one or of several layouts, as one file.

        :param pages: iterable of them
        """
        pages = iter(pages)
        first = next(pages, None)
        if not first:
            raise UserError(self.env._("The documents have no such pages."))
        return getattr(self, DRAWN_BY[output])(chain([first], pages))

    @api.model
    def _parse_pages(self, text):
        """Return the numbers of the pages that a text such as "1-3,5" names, None for
        an empty one.

        :raise UserError: it does not name pages
        """
        if not (text or "").strip():
            return None
        numbers = set()
        for part in re.split(r"[,;，；、\s]+", text.strip()):
            match = re.fullmatch(r"(\d{1,4})(?:[-–~](\d{1,4}))?", part, re.ASCII)
            first, last = (
                (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
            )
            if not 0 < first <= last:
                raise UserError(
                    self.env._("Write pages as 2, or 1-3,5; not as “%s”.", text[:40])
                )
            numbers.update(range(first, last + 1))
        return numbers

    def _draw_html(self, pages):
        return render(pages).encode()

    def _draw_xlsx(self, pages):
        stream = io.BytesIO()
        render_xlsx(list(pages), stream)
        return stream.getvalue()

    def _note_prices(self, printed):
        """Let attachments that are made of these files be kept from users who must
        not see prices."""
        if any(layout._shows_prices() for layout in self):
            self.env["ir.attachment"]._note_prices(printed)

    def _paginate(self, records):
        """Return for each record its pages, see :meth:`_paginate_each`."""
        return list(self._paginate_each(records))

    def _paginate_each(self, records):
        """Yield for each record its pages, in the order of the records.

        Prices are in no page when the user must not see them, whatever the layout
        says: its documents are made without them.
        """
        self._check_records(records)
        records = records.browse(records.ids)  # all are read at once
        prices = self._shows_prices()
        try:
            # A few before all others: they are drawn while those are made.
            for some in (records[:FIRST_RECORDS], records[FIRST_RECORDS:]):
                documents = {}
                for lang, group in self._group_by_language(some):
                    documents.update(self._get_documents(group, lang, prices))
                for record in some:
                    document, layout = documents[record.id]
                    pages = paginate(document, layout)
                    if self.env.context.get("funnel_print_preview") is PREVIEW:
                        stamp(pages, document["values"].get("reprint"))
                    yield pages
        except LayoutError as error:
            raise UserError(self._explain(error)) from error

    def _shows_prices(self):
        """Tell whether what the user prints by this layout has prices."""
        return (
            self.has_prices
            and not self.env.context.get("funnel_hide_prices")
            and self.env.user._funnel_sees_prices()
        )

    def _check_records(self, records):
        """Raise an error unless the layout prints such records, and the user may."""
        self.ensure_one()
        if records._name != self.document_model:
            raise UserError(
                self.env._("“%(layout)s” prints other documents.", layout=self.name)
            )
        records.check_access("read")
        # sudo: the name of the company.
        company = self.sudo().company_id
        # sudo: of which company the documents are.
        if company and records.sudo().company_id - company:
            raise UserError(
                self.env._(
                    "“%(layout)s” is only for %(company)s.",
                    layout=self.name,
                    company=company.name,
                )
            )

    def _get_documents(self, records, lang, prices):
        """Return record id -> its document and the layout that it is printed by, of
        records that are printed in one language.

        :raise LayoutError: the layout cannot be printed
        """
        layout = self.with_context(lang=lang)._to_layout()
        layout = layout if prices else layout.without_prices()
        wanted = set(self.column_ids.mapped("field_key"))
        wanted |= {"logo"} & set(self.block_ids.mapped("kind"))
        documents = records.with_context(lang=lang)._print_documents(wanted, prices)
        return {
            record.id: (document, layout)
            for record, document in zip(records, documents, strict=True)
        }

    @api.model
    def _get_active_lang(self, code):
        """Return the code of a language; False where it was switched off."""
        return self.env["res.lang"]._get_code(code)

    def _group_by_language(self, records):
        groups = defaultdict(list)
        own = self._get_active_lang(self.lang)
        for record in records:
            # Of a reader whose language was switched off, the user's.
            lang = own or get_lang(self.env, record._print_language()).code
            groups[lang].append(record.id)
        together = records._prefetch_ids
        return [
            (lang, records.browse(ids).with_prefetch(together))
            for lang, ids in groups.items()
        ]

    def _to_layout(self):
        """Return the layout for the paginator, in the environment's language.

        :raise LayoutError: it cannot be printed
        """
        self.ensure_one()
        return Layout.from_dict(
            {
                **{name: self[name] for name in LAYOUT_FIELDS},
                "paper": self.paper_id._to_dict(),
                # Sorted anew: in a form they may just have been dragged.
                "columns": self.column_ids.sorted("sequence")._to_dicts(),
                "blocks": self.block_ids.sorted("sequence")._to_dicts(),
                "copies": self.copy_ids.sorted("sequence")._to_dicts(),
                "offset_x": self.offset_x / 10,
                "offset_y": self.offset_y / 10,
                "labels": {
                    "subtotal": self.env._("Page subtotal"),
                    "carried": self.env._("Carried forward"),
                    "total": self.env._("Total"),
                    "words": self.env._("Total in words:"),
                },
            }
        )

    def _explain(self, error):
        """Return what a ``LayoutError`` means to the user."""
        self.ensure_one()
        reasons = {
            "columns": self.env._("its columns are wider than the page"),
            "column": self.env._("it has no column"),
            "room": self.env._("nothing fits between its margins"),
            "pitch": self.env._("its lines are lower than their letters"),
            "font": self.env._("its letters are too small"),
            "size": self.env._("some of its lengths are none of a page"),
        }
        reason = reasons.get(error.code) or str(error)
        if not self.name:  # a new one
            return self.env._("This layout cannot be printed: %s.", reason)
        return self.env._(
            "“%(layout)s” cannot be printed: %(reason)s.",
            layout=self.name,
            reason=reason,
        )
