"""What Odoo's core and OCA's modules do, called as their screens call them, and the
core's own work that our addon must not slow down (see measure.py)."""

import io
import os

from odoo.fields import Command
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from . import session
from .ours import pdf_facts

LINES = 5  # of an invoice that is posted


def oca_aging(env, as_of: str):
    """OCA's report answers for one company: once for each."""
    report = env["report.account_financial_report.aged_partner_balance"]
    companies = env.companies
    wizards = env["aged.partner.balance.report.wizard"]
    questions = []
    for company in companies:
        wizard = wizards.with_company(company).create(
            {
                "company_id": company.id,
                "date_at": as_of,
                "receivable_accounts_only": True,
            }
        )
        wizard.onchange_type_accounts_only()
        # As the web client sends it.
        data = {**wizard._prepare_report_data(), "date_at": as_of}
        questions.append((report.with_company(company), wizard.ids, data))

    def run():
        return [
            report._get_report_values(ids, data)["aged_partner_balance"]
            for report, ids, data in questions
        ]

    def answer(reports):
        totals = [sum(account["residual"] for account in rows) for rows in reports]
        return {
            "rows": sum(
                len(account["partners"]) for rows in reports for account in rows
            ),
            "totals": dict(zip(companies.ids, totals, strict=True)),
        }

    return run, answer


def slips_at_once(env, count: int):
    reports, ids = slips_to_print(env, count)

    def run():
        return reports._render_qweb_pdf("stock.action_report_delivery", ids)[0]

    return run, pdf_facts


def slips_one_by_one(env, count: int):
    """What a clerk can do where printing at once fails: print each, join the files."""
    reports, ids = slips_to_print(env, count)

    def run():
        joined = PdfFileWriter()
        for key in ids:
            pdf, _kind = reports._render_qweb_pdf("stock.action_report_delivery", [key])
            joined.appendPagesFromReader(PdfFileReader(io.BytesIO(pdf)))
        target = io.BytesIO()
        joined.write(target)
        return target.getvalue()

    return run, pdf_facts


def slips_to_print(env, count: int):
    # The core's pages load their styles from the server.
    env["ir.config_parameter"].sudo().set_param("report.url", os.environ["BENCH_URL"])
    return env["ir.actions.report"], session.recall(env(su=True), "slips")[:count]


def posting(env, count: int):
    """Post invoices, as the button does."""
    env = env(context={**env.context, "allowed_company_ids": env.companies[:1].ids})
    tax = env["account.tax"].search([("type_tax_use", "=", "sale")], limit=1)
    products = env["product.product"].search([("is_storable", "=", True)], limit=LINES)
    customers = env["res.partner"].search(
        [("name", "like", "Customer 00")], limit=count
    )
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "quantity": 3,
                            "price_unit": 10,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for product in products
                ],
            }
            for customer in customers
        ]
    )

    def run():
        moves.action_post()
        env.flush_all()

    return run, lambda _result: {"posted": len(moves)}


def paying(env, count: int):
    """Register payments of open invoices, as the dialog does."""
    company = env.companies[:1]
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    moves = env["account.move"].search(
        [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "=", "not_paid"),
            ("company_id", "=", company.id),
            ("currency_id", "=", company.currency_id.id),
            ("invoice_user_id", "!=", False),
        ],
        limit=count,
        order="id",
    )
    dialog = env["account.payment.register"].with_context(
        active_model="account.move", active_ids=moves.ids
    )

    def run():
        dialog.create({"group_payment": False})._create_payments()
        env.flush_all()

    return run, lambda _result: {"paid": moves.mapped("payment_state").count("paid")}


def ledger(env, as_of: str):
    """What the general ledger says: receivable accounts by company; and how much of
    the items of then was matched by entries of later days."""

    def run():
        env.cr.execute(
            """
            WITH item AS (
                SELECT l.id, l.company_id, l.balance FROM account_move_line l
                  JOIN account_account a ON a.id = l.account_id
                 WHERE a.account_type = 'asset_receivable'
                   AND l.parent_state = 'posted' AND l.date <= %(as_of)s
            ), later AS (
                SELECT * FROM account_partial_reconcile WHERE max_date > %(as_of)s
            )
            SELECT company_id, sum(balance)::float,
                   coalesce((SELECT sum(amount) FROM later
                      JOIN item d ON d.id = debit_move_id
                     WHERE d.company_id = item.company_id), 0)::float
                 - coalesce((SELECT sum(amount) FROM later
                      JOIN item c ON c.id = credit_move_id
                     WHERE c.company_id = item.company_id), 0)::float
              FROM item GROUP BY company_id
            """,
            {"as_of": as_of},
        )
        return env.cr.fetchall()

    def answer(rows):
        return {
            "totals": {company: total for company, total, _later in rows},
            "matched later": {company: later for company, _total, later in rows},
        }

    return run, answer
