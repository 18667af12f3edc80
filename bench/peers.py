"""What Odoo's core and OCA's modules do, called as their screens call them, and the
core's own work that our addon must not slow down (see measure.py)."""

import io
import os
import time
from collections import defaultdict
from datetime import date
from statistics import median

from odoo import api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import SQL
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from . import measure, session
from .ours import pdf_facts

LINES = 5  # of an invoice that is posted
READY = 5  # payments, before those that are measured


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


def oca_open_items(env, as_of: str):
    """OCA's outstanding statement of all customers, company by company: its lines, as
    its page asks for them."""
    report = env["report.partner_statement.outstanding_statement"]
    return _oca_statements(env, report, None, date.fromisoformat(as_of))


def oca_activity(env, date_from: str, date_to: str):
    """OCA's activity statement of all customers: what was owed before, and its lines."""
    report = env["report.partner_statement.activity_statement"]
    days = map(date.fromisoformat, (date_from, date_to))
    return _oca_statements(env, report, *days)


def _oca_statements(env, report, first, last):
    customers = session.debtors(env)

    def run():
        answers = []
        for company in env.companies:
            asked = (company.id, customers, first)
            report._get_account_initial_balance(*asked, "asset_receivable")
            answers.append(
                report._get_account_display_lines(*asked, last, "asset_receivable")
            )
        return answers

    def answer(companies):
        totals = defaultdict(float)
        rows = 0
        for company, customers in zip(env.companies, companies, strict=True):
            for lines in customers.values():
                rows += len(lines)
                for line in lines:
                    key = f"{company.id}/{line['currency_id']}"
                    totals[key] += line.get("open_amount") or 0.0
        return {"rows": rows, "totals": totals}

    return run, answer


def oca_follow_up(env, as_of: str):
    """OCA's credit control by the policy that it ships, company by company."""
    env = env(su=True)
    policy = env.ref("account_credit_control.credit_control_3_time")
    policy.account_ids = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    env.companies.credit_policy_id = policy
    runs = env["credit.control.run"].create(
        [
            {"company_id": company.id, "date": as_of, "policy_ids": policy.ids}
            for company in env.companies
        ]
    )

    def run():
        for each in runs:
            each.with_company(each.company_id).generate_credit_lines()
        env.flush_all()

    return run, lambda _result: {"items followed up": len(runs.line_ids)}


def core_invoiced(env):
    """The core's analysis of customer invoices, by customer and month."""
    report = env["account.invoice.report"]
    domain = [
        ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
        ("state", "=", "posted"),
    ]

    def run():
        return report._read_group(
            domain,
            ["commercial_partner_id", "invoice_date:month"],
            ["price_subtotal:sum"],
        )

    def answer(rows):
        return {
            "rows": len(rows),
            "invoiced": round(sum(row[-1] for row in rows), 2),
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


def paying(env, count: int, apart: bool = False):
    """Register payments of open invoices, as the dialog does, up to what the end of a
    request writes.

    :param apart: each as a request of its own would
    """
    moves = _get_unpaid(env, count)

    def run():
        for paid in moves if apart else [moves]:
            _pay(paid)

    return run, lambda _result: {"paid": moves.mapped("payment_state").count("paid")}


def _get_unpaid(env, count: int):
    """Return open invoices of one company, which alone is chosen."""
    company = env.companies[:1]
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    return env["account.move"].search(
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


def _pay(moves) -> None:
    """Register payments of invoices, up to what the end of a request writes."""
    dialog = moves.env["account.payment.register"].with_context(
        active_model="account.move", active_ids=moves.ids
    )
    dialog.create({"group_payment": False})._create_payments()
    moves.env.cr.flush()


def paying_in_pairs(env, count: int):
    """Register payments, each in a request, and the same ones without our addon, in
    turns: a machine that is busy for a moment slows both of a pair, so that each pair is
    compared by itself.

    The first few are not measured: a server has been running.
    """
    names = env.cr.dbname, os.environ["BENCH_BESIDE"]
    env.cr.rollback()  # the payers' transactions would wait for this one
    payers = [by_requests(Registry(name), count + READY) for name in names]
    for payer in payers:
        for _payment in range(READY):
            next(payer)

    def run():
        seconds = [[], []]
        for turn in range(count):
            for side in (0, 1) if turn % 2 else (1, 0):
                seconds[side].append(next(payers[side]))
        return seconds

    def answer(seconds):
        ratio = median(ours / core for ours, core in zip(*seconds, strict=True))
        milliseconds = [round(1000 * median(some)) for some in seconds]
        return {"times core": round(ratio, 3), "milliseconds": milliseconds}

    return run, answer


def by_requests(registry, count: int):
    """Register a payment at each step, as a request does: by a connection that knows
    nothing of those before, up to what is written at its end. Return the seconds; the
    payment is undone."""
    with registry.cursor() as cr:
        env = measure.as_user(api.Environment(cr, api.SUPERUSER_ID, {}))
        moves = _get_unpaid(env, count)
        user, context, paid = env.uid, moves.env.context, moves.ids
    for move in paid:
        started = time.perf_counter()
        with registry.cursor() as cr:
            _pay(api.Environment(cr, user, context)["account.move"].browse(move))
            seconds = time.perf_counter() - started
            cr.rollback()
        yield seconds


def one_by_one(env, count: int):
    """Register a payment at each step."""
    for paid in _get_unpaid(env, count):
        _pay(paid)
        yield


def ledger(env, as_of: str, in_currency: bool = False):
    """What the general ledger says: receivable accounts by company, or by company and
    currency; and how much of the items of then was matched by entries of later days."""
    names = ("balance", "amount", "amount")
    key = "l.company_id::text"
    if in_currency:
        names = ("amount_currency", "debit_amount_currency", "credit_amount_currency")
        key = "l.company_id || '/' || l.currency_id"
    balance, debit, credit = (SQL.identifier(name) for name in names)
    query = SQL(
        """
        WITH item AS (
            SELECT l.id, %(key)s AS key, l.%(balance)s AS balance
              FROM account_move_line l
              JOIN account_account a ON a.id = l.account_id
             WHERE a.account_type = 'asset_receivable'
               AND l.parent_state = 'posted' AND l.date <= %(as_of)s
        ), later AS (
            SELECT item.key, p.%(debit)s AS amount
              FROM account_partial_reconcile p JOIN item ON item.id = debit_move_id
             WHERE max_date > %(as_of)s
             UNION ALL
            SELECT item.key, -p.%(credit)s
              FROM account_partial_reconcile p JOIN item ON item.id = credit_move_id
             WHERE max_date > %(as_of)s
        )
        SELECT key, sum(balance)::float,
               (SELECT coalesce(sum(amount), 0)::float FROM later
                 WHERE later.key = item.key)
          FROM item GROUP BY key
        """,
        key=SQL(key),
        balance=balance,
        debit=debit,
        credit=credit,
        as_of=as_of,
    )

    def run():
        return env.execute_query(query)

    def answer(rows):
        return {
            "totals": {key: total for key, total, _later in rows},
            "matched later": {key: later for key, _total, later in rows},
        }

    return run, answer
