"""What our addon does, as its screens do it (see measure.py)."""

import io
import zipfile

from odoo.tools.pdf import PdfFileReader

from . import session


def aging(env, as_of: str, by: list[str]):
    report = env["funnel.aging.report"].with_context(as_of=as_of)

    def run():
        return report._read_group([], [*by, "bucket"], ["residual:sum"])

    def answer(rows):
        totals = report._read_group([], ["company_id"], ["residual:sum"])
        return {
            "rows": len(rows),
            "total": sum(row[-1] for row in rows),
            "totals": {company.id: total for company, total in totals},
        }

    return run, answer


def today(env):
    reminders = env["funnel.reminder"]

    def run():
        return reminders.get_today("all")

    def answer(kinds):
        return {kind["key"]: kind["count"] for kind in kinds}

    return run, answer


def slips(env, count: int, output: str = "pdf"):
    ids = session.recall(env(su=True), "slips")[:count]
    pickings = env["stock.picking"].browse(ids)
    # The slip with prices, on half a form: the most that is printed of a delivery.
    layouts = env["funnel.print.layout"].search(
        [("document_model", "=", "stock.picking")]
    )
    layout = layouts.filtered("has_prices")[:1]

    def run():
        return layout._render(pickings, output=output)

    return run, pdf_facts if output == "pdf" else xlsx_facts


def pdf_facts(pdf: bytes) -> dict:
    pages = len(PdfFileReader(io.BytesIO(pdf)).pages)
    return {"pages": pages, "megabytes of PDF": round(len(pdf) / 2**20, 2)}


def xlsx_facts(book: bytes) -> dict:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheets = [name for name in parts.namelist() if "worksheets/sheet" in name]
    return {"sheets": len(sheets), "megabytes": round(len(book) / 2**20, 2)}
