import io
from itertools import chain, groupby, islice

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import config
from odoo.tools.pdf import PdfFileReader, PdfFileWriter, PdfReadError, merge_pdf

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ...tools.printing import render_files
from ...tools.printing.engine import SECONDS, EngineError, print_pdfs, px_per_mm

# About 100 pages of a slip. Files are printed two at a time, and wkhtmltopdf holds all
# of a file: 150 MB for one of this size.
LARGEST_HTML = 800_000


class FunnelPrintLayout(models.Model):
    """The PDF of what a layout prints."""

    _inherit = "funnel.print.layout"

    def _render_each(self, records):
        """Return one PDF for each record; they are printed in one go."""
        self._check_records(records)
        records._print_begin(self, "pdf")
        documents = self._paginate(records)
        pdfs = self._draw_pdfs(list(chain.from_iterable(documents)))
        sheets = chain.from_iterable(
            PdfFileReader(io.BytesIO(pdf)).pages for pdf in pdfs
        )
        printed = [_write_pdf(islice(sheets, len(pages))) for pages in documents]
        self._note_prices(printed)
        return printed

    def _draw_pdf(self, pages):
        pdfs = self._draw_pdfs(pages)
        return pdfs[0] if len(pdfs) == 1 else merge_pdf(pdfs)

    @api.model
    def _draw_pdfs(self, pages):
        """Return the pages as PDF files, one after the other; mostly it is one, as all
        on the same paper are printed in one go, whatever their layouts."""
        # Those that come one after the other: the order of the pages stays.
        # pylint: disable-next=bad-builtin-groupby
        papers = groupby(pages, key=lambda page: (page.width, page.height))
        return list(
            chain.from_iterable(self._draw_paper(paper, some) for paper, some in papers)
        )

    def _draw_paper(self, paper, pages):
        """Return pages of one paper as PDF files.

        What has more or fewer sheets than pages is no print: cut into documents, it
        would give a customer the sheets of another one.
        """
        binary, drawn = _wkhtml().bin, []

        def note(page):
            drawn.append(page.number)
            return page

        try:
            scale = px_per_mm(binary, paper[0])
            files = render_files(map(note, pages), scale, LARGEST_HTML)
            pdfs = print_pdfs(binary, files, *paper, seconds=_seconds())
            _check_sheets(pdfs, len(drawn))
        except EngineError as error:
            raise UserError(
                self.env._("The PDF cannot be made: %(reason)s", reason=error)
            ) from error
        return pdfs


def _seconds():
    """Return how long a print may take: Odoo ends a process after its limit, without a
    word to the user."""
    limit = config["limit_time_real"]
    return limit * 0.75 if limit > 0 else SECONDS


def _check_sheets(pdfs, count):
    """Raise :class:`EngineError` unless the PDFs have so many sheets together."""
    try:
        sheets = sum(len(PdfFileReader(io.BytesIO(pdf)).pages) for pdf in pdfs)
    except PdfReadError as error:
        raise EngineError(f"wkhtmltopdf made no PDF: {error}") from error
    if sheets != count:
        raise EngineError(f"wkhtmltopdf made {sheets} sheets of {count} pages")


def _write_pdf(sheets):
    writer = PdfFileWriter()
    for sheet in sheets:
        writer.addPage(sheet)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
