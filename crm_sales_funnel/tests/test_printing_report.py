import io
import os
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader, merge_pdf

from odoo.addons.base.models import ir_actions_report

from ..models.printing import funnel_print_layout, funnel_print_pdf
from .common import MODULE
from .printing_common import PrintingCommon

MM = 25.4 / 72


@tagged("post_install", "-at_install")
class TestPrintingReport(PrintingCommon):
    """The Print menu, on both builds of wkhtmltopdf."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pickings = cls.env["stock.picking"].union(
            *(
                cls.new_delivery([(cls.bolt, n + 1, {}) for n in range(lines)])
                for lines in (1, 13, 2)
            )
        )
        cls.page_counts = [1, 2, 1]

    def builds(self):
        """Yield once for each build of wkhtmltopdf, which Odoo then prints with."""
        for name in ("UNPATCHED", "PATCHED"):
            binary = os.environ[f"WKHTMLTOPDF_{name}"]
            with self.subTest(build=name), self.printing_with(binary):
                yield name

    @contextmanager
    def printing_with(self, binary):
        info = ir_actions_report._wkhtml()._replace(bin=binary, state="ok")
        with patch.object(funnel_print_pdf, "_wkhtml", lambda: info):
            yield

    def reports(self, user="order_desk", **context):
        reports = self.env["ir.actions.report"].with_user(self.users[user])
        return reports.with_context(force_report_rendering=True, **context)

    def read_pdf(self, content):
        """Return the pages of a PDF as (width, height, text)."""
        return [
            (
                float(page.mediabox.width) * MM,
                float(page.mediabox.height) * MM,
                " ".join(page.extract_text().split()),
            )
            for page in PdfFileReader(io.BytesIO(content)).pages
        ]

    def assert_slips(self, content, pickings, counts):
        pages = self.read_pdf(content)
        self.assertEqual(len(pages), sum(counts))
        numbers = [
            p.name
            for p, count in zip(pickings, counts, strict=True)
            for _ in range(count)
        ]
        for (width, height, text), number in zip(pages, numbers, strict=True):
            self.assertAlmostEqual(width, 241, delta=0.1)
            self.assertAlmostEqual(height, 139.7, delta=0.1)
            self.assertIn(number, text)
            self.assertIn("Nordwind", text)

    def test_one_slip_and_several_in_one_run(self):
        for _build in self.builds():
            for pickings, counts in (
                (self.pickings[1], [2]),
                (self.pickings, self.page_counts),
            ):
                with self.files_to_print() as files:
                    content, kind = self.reports()._render_qweb_pdf(
                        self.report.report_name, pickings.ids
                    )
                self.assertEqual((kind, len(files)), ("pdf", 1))
                self.assert_slips(content, pickings, counts)

    def test_office_printers(self):
        for _build in self.builds():
            content, _kind = self.reports()._render_qweb_pdf(
                f"{MODULE}.report_slip_a4_prices", self.pickings.ids
            )
            pages = self.read_pdf(content)
            self.assertEqual(len(pages), 3)
            self.assertAlmostEqual(pages[0][0], 210, delta=0.18)
            self.assertAlmostEqual(pages[0][1], 297, delta=0.18)
            self.assertIn("Page 1 of 1", pages[1][2])

    def test_layout_renders_bytes(self):
        for _build in self.builds():
            content = self.with_prices._render(self.pickings)
            self.assertTrue(content.startswith(b"%PDF"))
            self.assert_slips(content, self.pickings, self.page_counts)
        with self.assertRaises(ValueError):
            self.with_prices._render(self.pickings, output="exe")

    def test_long_prints_are_made_in_parts(self):
        for _build in self.builds():
            with (
                patch.object(funnel_print_pdf, "LARGEST_HTML", 30_000),
                self.files_to_print() as files,
            ):
                content = self.with_prices._render(self.pickings)
                self.assertEqual(len(files), 2)
                each = self.with_prices._render_each(self.pickings)
            self.assert_slips(content, self.pickings, self.page_counts)
            for pdf, picking, count in zip(
                each, self.pickings, self.page_counts, strict=True
            ):
                self.assert_slips(pdf, picking, [count])

    def test_the_first_ones_are_drawn_while_others_are_made(self):
        """In their order all the same, each in the language of its customer."""
        languages = ["zh_CN", "en_US", "zh_CN"]
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms([MODULE], ["zh_CN"])
        for picking, lang in zip(self.pickings, languages, strict=True):
            picking.partner_id = self.env["res.partner"].create(
                {"name": f"Reader of {lang}", "lang": lang}
            )
        together = self.texts(self.with_prices._paginate(self.pickings))
        with patch.object(funnel_print_layout, "FIRST_RECORDS", 1):
            parted = self.texts(self.with_prices._paginate(self.pickings))
        self.assertEqual(parted, together)
        self.assertEqual(
            ["送货单" in texts for texts in parted],
            [lang == "zh_CN" for lang in languages],
        )

    @staticmethod
    def texts(documents):
        return [
            [cell.text for page in pages for cell in page.cells] for pages in documents
        ]

    def test_program_that_cannot_print(self):
        for binary in ("/nowhere/wkhtmltopdf", "/bin/false"):
            with (
                self.subTest(binary),
                self.printing_with(binary),
                self.assertRaisesRegex(UserError, "The PDF cannot be made"),
            ):
                self.with_prices._render(self.pickings)

    def test_sheets_are_as_many_as_pages(self):
        """A sheet too many would give one customer the slip of another."""
        content = self.with_prices._render(self.pickings)
        for made in (b"", merge_pdf([content, content])):
            with (
                patch.object(funnel_print_pdf, "print_pdfs", return_value=[made]),
                self.assertRaisesRegex(UserError, "wkhtmltopdf made (no|8) "),
            ):
                self.with_prices._render_each(self.pickings)

    def test_prints_are_kept_one_for_each_document(self):
        self.report.write(
            {"attachment": "object.name + '.pdf'", "attachment_use": True}
        )
        self.reports()._render_qweb_pdf(self.report.report_name, self.pickings.ids)
        kept = self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "in", self.pickings.ids)],
            order="res_id",
        )
        self.assertEqual(kept.mapped("res_id"), self.pickings.ids)
        for attachment, picking, count in zip(
            kept, self.pickings, self.page_counts, strict=True
        ):
            self.assertEqual(attachment.name, f"{picking.name}.pdf")
            self.assert_slips(attachment.raw, picking, [count])
        with patch.object(type(self.with_prices), "_draw_pdfs") as printed:
            content, _kind = self.reports()._render_qweb_pdf(
                self.report.report_name, self.pickings.ids
            )
            printed.assert_not_called()
        self.assert_slips(content, self.pickings, self.page_counts)

    def test_kept_prints_with_prices_are_not_for_the_warehouse(self):
        self.report.write(
            {"attachment": "object.name + '.pdf'", "attachment_use": True}
        )
        picking = self.pickings[0]
        # Neither does the warehouse's print take the place of the real one ...
        content, _kind = self.reports("warehouse")._render_qweb_pdf(
            self.report.report_name, picking.ids
        )
        self.assertNotIn("36.50", self.read_pdf(content)[0][2])
        self.assertFalse(self.report.retrieve_attachment(picking))
        # ... nor is the warehouse given the real one.
        self.reports()._render_qweb_pdf(self.report.report_name, picking.ids)
        kept = self.report.retrieve_attachment(picking)
        self.assertIn("36.50", self.read_pdf(kept.raw)[0][2])
        content, _kind = self.reports("warehouse")._render_qweb_pdf(
            self.report.report_name, picking.ids
        )
        self.assertNotIn("36.50", self.read_pdf(content)[0][2])

    def test_the_same_document_twice(self):
        ids = [self.pickings[0].id, self.pickings[2].id, self.pickings[0].id]
        content, _kind = self.reports()._render_qweb_pdf(self.report.report_name, ids)
        pickings = [self.env["stock.picking"].browse(id_) for id_ in ids]
        self.assert_slips(content, pickings, [1, 1, 1])
