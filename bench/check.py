"""Is the generated company a right one? SQL over all of it, Odoo itself on a sample.

Each query returns what is wrong: no row, no error.
"""

import sys

import psycopg2

from . import plan, session

SAMPLE = 300  # documents of each kind that Odoo computes again

QUERIES = {
    "entries balance": """
        SELECT move_id, sum(balance) FROM account_move_line
         GROUP BY move_id HAVING sum(balance) != 0
    """,
    "debit less credit is the balance": """
        SELECT id FROM account_move_line WHERE debit - credit != balance
    """,
    "amounts in a foreign currency balance as well": """
        SELECT move_id FROM account_move_line
         GROUP BY move_id HAVING sum(amount_currency) != 0
    """,
    "residual = balance less what partials took": """
        SELECT l.id, l.amount_residual, l.amount_residual_currency
          FROM account_move_line l
          JOIN account_account a ON a.id = l.account_id AND a.reconcile
          LEFT JOIN LATERAL (
               SELECT sum(amount) AS amount, sum(debit_amount_currency) AS currency
                 FROM account_partial_reconcile WHERE debit_move_id = l.id) d ON true
          LEFT JOIN LATERAL (
               SELECT sum(amount) AS amount, sum(credit_amount_currency) AS currency
                 FROM account_partial_reconcile WHERE credit_move_id = l.id) c ON true
         WHERE l.amount_residual
               != l.balance - coalesce(d.amount, 0) + coalesce(c.amount, 0)
            OR l.amount_residual_currency
               != l.amount_currency - coalesce(d.currency, 0) + coalesce(c.currency, 0)
    """,
    "no item is paid more than it is worth": """
        SELECT id FROM account_move_line
         WHERE amount_residual * balance < 0
            OR amount_residual_currency * amount_currency < 0
            OR abs(amount_residual) > abs(balance)
    """,
    "reconciled = nothing open": """
        SELECT l.id FROM account_move_line l
          JOIN account_account a ON a.id = l.account_id AND a.reconcile
         WHERE l.reconciled
               != (l.amount_residual = 0 AND l.amount_residual_currency = 0)
    """,
    "partials match posted items of one account, partner and currency": """
        SELECT p.id FROM account_partial_reconcile p
          JOIN account_move_line d ON d.id = p.debit_move_id
          JOIN account_move_line c ON c.id = p.credit_move_id
         WHERE (d.account_id, d.partner_id, d.currency_id, d.parent_state, d.company_id)
            != (c.account_id, c.partner_id, c.currency_id, c.parent_state, c.company_id)
            OR d.parent_state != 'posted' OR p.company_id != d.company_id
            OR p.max_date != greatest(d.date, c.date)
    """,
    "a full reconciliation leaves nothing open": """
        SELECT id FROM account_move_line
         WHERE full_reconcile_id IS NOT NULL AND NOT reconciled
    """,
    "documents carry the sums of their items": """
        SELECT m.id FROM account_move m
          JOIN account_move_line l ON l.move_id = m.id
         WHERE m.move_type IN ('out_invoice', 'out_refund')
         GROUP BY m.id
        HAVING m.amount_residual_signed
               != sum(l.amount_residual) FILTER (WHERE display_type = 'payment_term')
            OR m.amount_total_signed
               != sum(l.balance) FILTER (WHERE display_type = 'payment_term')
    """,
    "items carry the date, state and name of their entry": """
        SELECT l.id FROM account_move_line l JOIN account_move m ON m.id = l.move_id
         WHERE (l.date, l.parent_state, l.company_id, l.journal_id)
            != (m.date, m.state, m.company_id, m.journal_id)
            OR l.move_name IS DISTINCT FROM m.name
    """,
}

# Model -> the stored fields that Odoo computes again.
RECOMPUTED = {
    "account.move": (
        "amount_untaxed",
        "amount_tax",
        "amount_total",
        "amount_residual",
        "amount_total_signed",
        "amount_residual_signed",
        "amount_tax_signed",
        "amount_total_in_currency_signed",
        "payment_state",
        "commercial_partner_id",
        "invoice_date_due",
    ),
    "account.move.line": (
        "amount_residual",
        "amount_residual_currency",
        "reconciled",
        "price_subtotal",
        "price_total",
    ),
    "account.payment": ("state", "is_reconciled", "is_matched"),
    "account.partial.reconcile": ("max_date", "company_id"),
    "sale.order": (
        "amount_untaxed",
        "amount_total",
        "invoice_status",
        "delivery_status",
    ),
    "sale.order.line": (
        "qty_delivered",
        "qty_invoiced",
        "qty_to_invoice",
        "invoice_status",
        "untaxed_amount_invoiced",
        "price_total",
        "margin",
    ),
    "stock.picking": ("state", "sale_id"),
    "stock.move": ("quantity", "product_qty"),
    "res.partner": ("commercial_partner_id", "complete_name"),
}


def check(database: str, size: plan.Size) -> list[str]:
    """Return what is wrong, as sentences."""
    return [*check_sql(database, size), *check_by_odoo(database)]


def check_sql(database: str, size: plan.Size) -> list[str]:
    errors = []
    with psycopg2.connect(dbname=database) as connection, connection.cursor() as cr:
        for title, query in QUERIES.items():
            cr.execute(f"SELECT count(*) FROM ({query}) AS wrong")
            (wrong,) = cr.fetchone()
            if wrong:
                errors.append(f"not true that {title}: {wrong} cases")
        cr.execute(
            "SELECT count(*) FROM account_move WHERE move_type = 'out_invoice'"
            " AND id >= %s",
            [plan.FIRST_ID],
        )
        (invoices,) = cr.fetchone()
        if invoices != size.invoices:
            errors.append(f"{invoices} invoices instead of {size.invoices}")
    return errors


def check_by_odoo(database: str) -> list[str]:
    """Have Odoo compute the stored fields of a sample, and compare."""
    errors = []
    with session.environment(database) as env:
        companies = env["res.company"].search([])
        env = env(context={"allowed_company_ids": companies.ids})
        for model, names in RECOMPUTED.items():
            records = sample(env, model)
            before = records.read(names, load="")
            for name in names:
                env.add_to_compute(records._fields[name], records)
            records.invalidate_recordset(flush=False)
            errors += [
                f"{model} {old['id']}: {name} is {old[name]}, Odoo says {new[name]}"
                for old, new in zip(before, records.read(names, load=""), strict=True)
                for name in names
                if not same(old[name], new[name])
            ]
        env.cr.rollback()
    return errors


def sample(env, model: str):
    """Return the first and last generated rows, and as many between."""
    env.cr.execute(
        f"SELECT id FROM {env[model]._table} WHERE id >= %s ORDER BY id",
        [plan.FIRST_ID],
    )
    ids = [key for (key,) in env.cr.fetchall()]
    return env[model].browse(ids[:: max(len(ids) // SAMPLE, 1)])


def same(one, other) -> bool:
    if isinstance(one, float):
        return abs(one - other) < 0.005
    return one == other


if __name__ == "__main__":
    found = check(sys.argv[1], plan.SIZES[sys.argv[2]])
    print("\n".join(found[:30]))
    sys.exit(f"{len(found)} errors in {sys.argv[1]}" if found else 0)
