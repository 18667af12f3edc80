"""What our addon does, as its screens do it (see measure.py)."""

import io
import zipfile
from collections import defaultdict
from datetime import date

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


def open_items(env, as_of: str):
    """The statements of open items of all customers of all companies: what they say."""
    statements, span = _span(env, "open", as_of, as_of)
    span = span._replace(company=statements.env.companies)

    def run():
        lines = defaultdict(list)
        for line in statements._get_open_items(span):
            key = line["company_id"], line["partner_id"], line["currency_id"]
            lines[key].append(line)
        return lines

    def answer(lines):
        totals = defaultdict(float)
        for (company, _customer, currency), some in lines.items():
            totals[f"{company}/{currency}"] += sum(
                float(line["amount"]) for line in some if "move_line_id" in line
            )
        return {"rows": sum(map(len, lines.values())), "totals": totals}

    return run, answer


def activity(env, date_from: str, date_to: str):
    """What happened between two dates of all customers, and what they owed before and
    owe after it."""
    statements, span = _span(env, "activity", date_from, date_to)

    def run():
        return [
            statements._get_values(span._replace(company=company))
            for company in statements.env.companies
        ]

    def answer(companies):
        return {
            "rows": sum(
                len(some)
                for _openings, lines, _closings in companies
                for some in lines.values()
            )
        }

    return run, answer


def _span(env, kind, first, last):
    # Here: peers.py reads this file where our addon is not installed.
    from odoo.addons.crm_sales_funnel.models.receivable.funnel_statement_source import (
        Span,
    )

    statements = env["funnel.statement"]._for_finance()
    customers = statements.env["res.partner"].browse(session.debtors(env))
    days = map(date.fromisoformat, (first, last))
    return statements, Span(None, customers, *days, kind)


def follow_up(env, as_of: str):
    """Propose what is to be done about all customers who do not pay, and write it down."""
    runs = env(su=True)["funnel.followup.run"]
    companies, day = env.companies, date.fromisoformat(as_of)

    def run():
        done = [runs._prepare(company, day) for company in companies]
        env.flush_all()
        return runs.union(*done)

    def answer(runs):
        lines = runs.line_ids
        chased = lines.item_ids.filtered(lambda item: item.kind == "chased")
        return {"messages": len(lines), "items followed up": len(chased)}

    return run, answer


def owed(env, as_of: str):
    """Who owes what, in the ledger and beside it, as of a date."""
    report = env["funnel.receivable.report"].with_context(as_of=as_of)

    def run():
        return report._read_group(
            [], ["partner_id"], ["invoiced:sum", "uninvoiced:sum"]
        )

    return run, lambda rows: {"rows": len(rows)}


def allocation(env):
    """Which invoice line each payment paid, from nothing."""
    model = env["funnel.allocation"].sudo()
    env.cr.execute("TRUNCATE funnel_allocation")

    def run():
        found = model._rebuild_table()
        model._forget_steps()
        return found

    return run, lambda found: {"rows": found["missing"]}


def allocation_and_cash(env):
    """That, and the receipts and payments that follow from it, from nothing."""
    model = env["funnel.allocation"].sudo()
    env.cr.execute("TRUNCATE funnel_allocation, funnel_cash_report")

    def run():
        return model._rebuild()

    return run, lambda found: {"rows": found["missing"]}


def allocation_check(env):
    """All of it compared with the ledger."""
    model = env["funnel.allocation"].sudo()

    def run():
        return model._rebuild()

    return run, lambda found: {"differences": sum(found.values())}


def allocation_month(env, date_from: str, date_to: str):
    """Every row of a month, with its amounts."""
    model = env["funnel.allocation"]

    def run():
        return model.search_fetch(
            [("date", ">=", date_from), ("date", "<=", date_to)],
            ["order_id", "user_id", "amount", "amount_untaxed"],
        )

    return run, lambda rows: {"rows": len(rows)}


def cash(env, by: list[str], date_from: str | None = None):
    """Receipts and payments of all years, or since a day."""
    report = env["funnel.cash.report"]
    domain = [("date", ">=", date_from)] if date_from else []

    def run():
        return report._read_group(domain, by, ["amount:sum"])

    def answer(rows):
        return {"rows": len(rows), "moved": round(sum(row[-1] for row in rows), 2)}

    return run, answer


def performance(
    env,
    by: list[str],
    figures: list[str],
    date_from: str | None = None,
    date_to: str | None = None,
    team: str | None = None,
):
    """The performance report of all companies, or of some days, or of one team."""
    report = env["funnel.performance.report"]
    domain = [("date", ">=", date_from)] if date_from else []
    if date_to:
        domain.append(("date", "<=", date_to))
    if team:
        found = env["crm.team"].search([("name", "=", team)], limit=1)
        domain.append(("team_id", "=", found.id))

    def run():
        return report._read_group(domain, by, [f"{name}:sum" for name in figures])

    def answer(rows):
        sums = [
            sum(row[len(by) + index] or 0 for row in rows)
            for index in range(len(figures))
        ]
        return {
            "rows": len(rows),
            **{
                name: round(total, 2) for name, total in zip(figures, sums, strict=True)
            },
        }

    return run, answer


def cash_page(env):
    """The first page of receipts and payments, as the list asks for it."""
    report = env["funnel.cash.report"]
    names = [
        "date",
        "kind",
        "partner_id",
        "label",
        "user_id",
        "payment_method_line_id",
        "journal_id",
        "amount",
    ]
    shown = {
        name: {"fields": {"display_name": {}}} if name.endswith("_id") else {}
        for name in names
    }

    def run():
        return report.web_search_read(
            [("kind", "!=", "transfer")], shown, limit=80, count_limit=10001
        )

    return run, lambda page: {"rows": len(page["records"])}


def contact_plans(env, again: bool = False):
    """When each customer is to be contacted: of all at once, as the nightly job does it;
    ``again`` where nothing has changed since."""
    customers = env["res.partner"].sudo()
    env.cr.execute(
        """
        WITH level AS (
            SELECT id, contact_plan_id, row_number() OVER (ORDER BY sequence, id) - 1 AS n
              FROM funnel_customer_level
        )
        UPDATE res_partner
           SET customer_level_id = level.id, contact_plan_id = level.contact_plan_id,
               contact_plan_since = current_date - 400,
               last_contact_day = CASE WHEN res_partner.id % 5 > 0
                                       THEN current_date - res_partner.id % 100 END,
               next_contact_date = NULL, last_order_date = NULL, dormant_since = NULL
          FROM level
         WHERE level.n = res_partner.id % 4
        """
    )

    def run():
        return customers._update_last_orders() + customers._update_next_contacts()

    if again:
        run()
    return run, lambda changed: {"customers changed": changed}


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
