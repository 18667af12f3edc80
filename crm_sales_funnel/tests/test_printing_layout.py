import base64
import io
import math
import re

from PIL import Image

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import convert_file

from ..tools.printing import LayoutError
from .common import MODULE
from .printing_common import PrintingCommon


@tagged("post_install", "-at_install")
class TestPrintingLayout(PrintingCommon):
    def test_papers_are_exact(self):
        papers = {
            name: self.env.ref(f"crm_sales_funnel.funnel_print_paper_{name}")
            for name in ("241_full", "241_half", "241_third", "a4")
        }
        sizes = {name: (p.width_mm, p.height_mm) for name, p in papers.items()}
        self.assertEqual(sizes["241_full"], (241.0, 279.4))
        self.assertEqual(sizes["241_half"], (241.0, 139.7))
        self.assertEqual(sizes["a4"], (210.0, 297.0))
        third = papers["241_third"]._to_dict()
        self.assertAlmostEqual(third["height"] * 3, 279.4, 9)

    def test_sizes_of_paper_are_checked(self):
        for size in (
            "",
            "241",
            "wide",
            "2 mm",
            "5 m",
            "1/0 in",
            "9999 in",
            "9" * 500 + " mm",
        ):
            with self.assertRaises(ValidationError, msg=size), self.cr.savepoint():
                self.env["funnel.print.paper"].create(
                    {"name": "Odd", "width": size or "x", "height": "11 in"}
                )

    def test_what_is_shipped_can_be_printed_and_fills_its_form(self):
        layouts = self.env["funnel.print.layout"].search([("preset", "!=", False)])
        self.assertEqual(len(layouts), 25)
        for layout in layouts:
            if layout.document_model == "stock.picking":
                priced = "prices" in layout.preset or layout.preset == "slip_241_data"
                self.assertEqual(layout.has_prices, priced)
            self.assertFalse(layout.lines_per_page > layout.lines_fitting)
            made = layout._to_layout()
            blocks = [b for b in made.blocks if b.band == "header"]
            self.assertLessEqual(
                max(b.y + b.height for b in blocks), made.header_height
            )
            self.assertLessEqual(
                max(b.x + b.width for b in made.blocks), made.width + 0.01
            )
            table = (made.lines + 1 + made.summary_lines) * made.line_pitch
            end = made.top + made.header_height + table
            self.assertLess(made.footer_top - end, made.line_pitch)

    def test_only_fields_of_the_document_may_be_named(self):
        for text in ("{partner_id.name}", "{__class__}", "{env}", "{amount}"):
            block = {"layout_id": self.with_prices.id, "text": text}
            if "." in text:
                # No field at all: it is printed as it stands.
                self.env["funnel.print.block"].create(block)
                continue
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.env["funnel.print.block"].create(block)
        texts = [t for _k, _key, t in self.print_cells(self.new_delivery())[0]]
        self.assertIn("{partner_id.name}", texts)

    def test_only_contents_of_the_document_may_be_columns(self):
        columns = self.env["funnel.print.column"]
        values = {"layout_id": self.with_prices.id, "title": "X"}
        with self.assertRaises(ValidationError), self.cr.savepoint():
            columns.create({**values, "field_key": "env.cr"})
        with self.assertRaises(ValidationError), self.cr.savepoint():
            columns.create({**values, "field_key": "name", "is_sum": True})

    def test_what_does_not_fit_is_refused(self):
        wide = [Command.create({"field_key": "code", "width": 150})] * 2
        for values in (
            {"lines_per_page": 13},
            {"header_height": 100},
            {"column_ids": wide},
            {"line_pitch": 0},
            {"font_size": 16},
            {"font_size": 2},
            {"margin_left": -5},
            # A page of millions of lines.
            {"margin_bottom": -1e9, "lines_per_page": 0},
        ):
            with (
                self.assertRaises(ValidationError, msg=str(values)),
                self.cr.savepoint(),
            ):
                self.with_prices.write(values)
        with self.assertRaises(LayoutError):
            self.with_prices.copy({"column_ids": False})._to_layout()

    def test_what_is_no_measure_is_refused(self):
        paper, column = self.with_prices.paper_id, self.with_prices.column_ids[0]
        block = self.with_prices.block_ids[0]
        endless = (math.nan, math.inf, -math.inf, 1e300)
        for record, name, values in (
            (self.with_prices, "margin_top", (*endless, -1, "wide")),
            (self.with_prices, "header_height", (*endless, -1)),
            (self.with_prices, "line_pitch", endless),
            (self.with_prices, "copy_strip", endless),
            (self.with_prices, "lines_per_page", (-1, 10**12)),
            (self.with_prices, "offset_x", (3_000_000_000, -1001)),
            (self.with_prices, "offset_y", (1001,)),
            (paper, "strip", (*endless, -5)),
            (column, "width", (*endless, 0, -5)),
            (block, "x", endless),
            (block, "y", endless),
            (block, "width", (*endless, -5)),
            (block, "size", (*endless, 3)),
        ):
            label = record._fields[name].string
            for value in values:
                with (
                    self.subTest(name=name, value=value),
                    self.assertRaisesRegex(ValidationError, re.escape(label)),
                    self.cr.savepoint(),
                ):
                    record.write({name: value})
                    self.env.flush_all()
        self.with_prices.write({"offset_x": -1000, "offset_y": 1000})

    def test_a_code_or_logo_needs_a_size(self):
        blocks = self.env["funnel.print.block"]
        for kind in ("logo", "code128", "qr"):
            values = {"layout_id": self.with_prices.id, "kind": kind, "text": "A"}
            for side in ("width", "height"):
                with self.assertRaises(ValidationError), self.cr.savepoint():
                    blocks.create({**values, side: 0})
            block = blocks.create(values)
            with self.assertRaises(ValidationError), self.cr.savepoint():
                block.width = 0

    def test_the_last_column_stays(self):
        with self.assertRaisesRegex(ValidationError, "needs a column"):
            self.with_prices.write({"column_ids": [Command.clear()]})
        paper = self.with_prices.paper_id
        new = self.with_prices.create({"name": "Begun", "paper_id": paper.id})
        new.name = "Begun, and saved"
        self.assertIn("no column", new.preview["error"])

    def test_a_scan_is_a_picture(self):
        for content in (b"PK", b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
            with self.assertRaisesRegex(ValidationError, "picture"):
                self.with_prices.background = base64.b64encode(content)
        stream = io.BytesIO()
        Image.new("RGB", (3, 2)).save(stream, "PNG")
        webp = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
        for content in (stream.getvalue(), webp):
            self.with_prices.background = base64.b64encode(content)

    def test_titles_have_no_control_characters(self):
        title = "\t=1+1\x01\r"
        column = self.with_prices.column_ids[0]
        column.title = title
        texts = [
            t for k, _key, t in self.print_cells(self.new_delivery())[0] if k == "head"
        ]
        self.assertEqual(texts[0], "=1+1")

    def test_an_archived_layout_comes_back_to_the_print_menu(self):
        layout = self.with_prices
        entries = {(True, True), (True, False), (False, False)}
        for pdf, xlsx in entries:
            layout.write({"menu_pdf": pdf, "menu_xlsx": xlsx})
            layout.active = False
            self.assertFalse(layout.menu_pdf or layout.menu_xlsx)
            layout.write({"active": False})  # once more
            layout.active = True
            self.assertEqual((layout.menu_pdf, layout.menu_xlsx), (pdf, xlsx))

    def test_what_cannot_be_printed_any_more_is_explained(self):
        """Columns are removed, papers change, and some see no column at all."""
        picking = self.new_delivery().with_user(self.users["warehouse"])
        only_prices = self.with_prices.column_ids.filtered(
            lambda column: column.field_key in ("price", "amount")
        )
        narrow = self.env["funnel.print.paper"].create(
            {"name": "Narrow", "width": "241 mm", "height": "11 in"}
        )
        narrowed = self.with_prices.copy({"paper_id": narrow.id})
        narrow.strip = 118
        for layout in (
            self.with_prices.copy({"column_ids": False}),
            narrowed,
            self.with_prices.copy({"column_ids": [Command.set(only_prices.ids)]}),
        ):
            with self.subTest(layout=layout.id), self.assertRaises(UserError):
                layout.with_user(picking.env.user)._paginate(picking)

    def test_layout_without_columns_is_explained(self):
        """Or with prices alone, to a user who must not see any."""
        picking = self.new_delivery()
        empty = self.with_prices.copy({"column_ids": False, "page_subtotal": False})
        prices = self.with_prices.copy()
        prices.column_ids.filtered(lambda c: c.field_key != "amount").unlink()
        self.assertTrue(self.print_cells(picking, prices))
        for layout, user in ((empty, None), (prices, self.users["warehouse"])):
            with self.assertRaisesRegex(UserError, "it has no column"):
                self.print_cells(picking, layout, user)

    def test_a_copy_has_all_parts(self):
        copy = self.with_prices.copy()
        self.assertEqual(copy.name, f"{self.with_prices.name} (copy)")
        for part in ("column_ids", "block_ids", "copy_ids"):
            self.assertEqual(len(copy[part]), len(self.with_prices[part]))
        picking = self.new_delivery()
        self.assertEqual(
            self.print_cells(picking, copy), self.print_cells(picking, self.with_prices)
        )

    def test_what_was_removed_stays_away_after_an_update(self):
        layout = self.without_prices
        parts = ("column_ids", "block_ids", "copy_ids")
        for part in parts:
            layout[part][0].unlink()
        layout.lines_per_page = 7
        before = {part: layout[part].ids for part in parts}
        convert_file(self.env, MODULE, "data/printing_presets.xml", {}, mode="update")
        self.assertEqual({part: layout[part].ids for part in parts}, before)
        self.assertEqual(layout.lines_per_page, 7)

    def test_a_manager_changes_a_layout_on_screen(self):
        layouts = self.env["funnel.print.layout"].with_user(self.users["manager"])
        with Form(layouts.browse(self.with_prices.id)) as form:
            form.page_subtotal = False
            form.lines_per_page = 10
            with form.column_ids.edit(1) as column:
                column.title = "Our Code"
            with form.block_ids.new() as block:
                block.text = "Goods remain ours until paid"
                block.band = "footer"
                block.y = 0.5
        (cells,) = self.print_cells(self.new_delivery())
        kinds = {kind for kind, _key, _text in cells}
        texts = {text for _kind, _key, text in cells}
        self.assertNotIn("subtotal", kinds)
        self.assertLessEqual({"Our Code", "Goods remain ours until paid"}, texts)

    def test_copies_are_named_with_their_colour(self):
        cells = self.print_cells(self.new_delivery())[0]
        labels = [text for kind, _key, text in cells if kind == "copy"]
        self.assertEqual(
            labels,
            [
                "①Office copy (White)",
                "②Customer copy (Red)",
                "③Signed copy (Yellow)",
            ],
        )

    def test_repeated_copies_hide_prices_where_they_must(self):
        self.with_prices.copy_mode = "repeat"
        self.with_prices.copy_ids[2].hide_prices = True
        pages = self.print_cells(self.new_delivery())
        amounts = [
            [t for k, key, t in page if key == "amount" and k == "line"]
            for page in pages
        ]
        self.assertEqual(amounts, [["255.49"], ["255.49"], []])

    def test_calibration_moves_the_print(self):
        picking = self.new_delivery()
        (before,) = self.with_prices._paginate(picking)
        self.with_prices.write({"offset_x": 15, "offset_y": -7})
        (after,) = self.with_prices._paginate(picking)
        self.assertAlmostEqual(after[0].cells[0].x - before[0].cells[0].x, 1.5)
        self.assertAlmostEqual(after[0].cells[0].y - before[0].cells[0].y, -0.7)
