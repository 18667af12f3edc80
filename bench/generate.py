"""Writes a plan into a prepared database, in sets.

The plan's rows go by COPY into tables of their own (schema ``bench``); from there one
INSERT .. SELECT per Odoo table copies a document that Odoo itself has written, with the
plan's values in the columns that differ. Residuals, states and matching numbers follow
from the partial reconciliations, as in Odoo; check.py has Odoo compute them again.
"""

import io
import sys
import typing
from datetime import date

import psycopg2

from . import bulk, orders, plan
from .bulk import recall
from .streams import STREAMS
from .world import TAX_PERCENT, World

POSTGRES_TYPES = {int: "int8", str: "text", float: "float8", bool: "bool", date: "date"}
CHUNK = 50_000  # rows sent at a time

# What is computed once from the plan and read by several of the statements below.
DERIVED = """
CREATE UNLOGGED TABLE bench.rest AS
WITH matched AS (
    SELECT line, sum(cents) AS cents, sum(cents_currency) AS cents_currency FROM (
        SELECT debit AS line, cents, debit_cents AS cents_currency FROM bench.partial
        UNION ALL
        SELECT credit, -cents, -credit_cents FROM bench.partial
    ) AS side GROUP BY line
)
SELECT l.id, l.move,
       l.cents - coalesce(m.cents, 0) AS cents,
       l.cents_currency - coalesce(m.cents_currency, 0) AS cents_currency
  FROM bench.line l
  JOIN account_move_line t ON t.id = l.pattern
  JOIN account_account a ON a.id = t.account_id AND a.reconcile
  LEFT JOIN matched m ON m.line = l.id;

CREATE UNLOGGED TABLE bench.component AS
SELECT m.component, min(p.id) AS number, full_match
  FROM (SELECT component, bool_and(cents = 0 AND cents_currency = 0) AS full_match
          FROM bench.matching JOIN bench.rest ON rest.id = matching.line
         GROUP BY component) AS c
  JOIN bench.matching m USING (component)
  JOIN bench.partial p ON p.debit = m.line
 GROUP BY m.component, full_match;

CREATE UNLOGGED TABLE bench.counterpart AS
SELECT one.move, other.move AS other, o.kind, o.payment
  FROM (SELECT debit AS line, credit AS other FROM bench.partial
        UNION ALL SELECT credit, debit FROM bench.partial) AS pair
  JOIN bench.line one ON one.id = pair.line
  JOIN bench.line other ON other.id = pair.other
  JOIN bench.move o ON o.id = other.move;

CREATE UNLOGGED TABLE bench.total AS
SELECT l.move,
       sum(l.cents) FILTER (WHERE t.display_type = 'product') AS untaxed,
       sum(l.cents_currency) FILTER (WHERE t.display_type = 'product') AS untaxed_currency,
       coalesce(sum(l.cents) FILTER (WHERE t.display_type = 'tax'), 0) AS tax,
       coalesce(sum(l.cents_currency) FILTER (WHERE t.display_type = 'tax'), 0)
           AS tax_currency,
       sum(l.cents) FILTER (WHERE l.cents > 0) AS debit,
       sum(l.cents_currency) FILTER (WHERE l.cents > 0) AS debit_currency,
       sum(r.cents) FILTER (WHERE t.display_type = 'payment_term') AS rest,
       sum(r.cents_currency) FILTER (WHERE t.display_type = 'payment_term')
           AS rest_currency
  FROM bench.line l
  JOIN account_move_line t ON t.id = l.pattern
  LEFT JOIN bench.rest r ON r.id = l.id
 GROUP BY l.move;

CREATE UNLOGGED TABLE bench.state AS
SELECT m.id AS move, CASE
           WHEN m.kind NOT IN ('invoice', 'refund') OR c.move IS NULL THEN 'not_paid'
           WHEN t.rest_currency != 0 THEN 'partial'
           WHEN m.kind = 'invoice' AND c.by_refund AND NOT c.by_money THEN 'reversed'
           ELSE 'paid'
       END AS payment_state
  FROM bench.move m
  JOIN bench.total t ON t.move = m.id
  LEFT JOIN (SELECT move, bool_or(kind = 'refund') AS by_refund,
                    bool_or(kind = 'payment') AS by_money
               FROM bench.counterpart GROUP BY move) AS c ON c.move = m.id;
"""

NAME = (
    "p.prefix || lpad(p.number::text, length(t.name) - length(t.sequence_prefix), '0')"
)
SIGN = "(CASE p.kind WHEN 'invoice' THEN -1 ELSE 1 END)"
IS_SALE = "p.kind IN ('invoice', 'refund')"


def either(sale: str, entry: str) -> str:
    return f"(CASE WHEN {IS_SALE} THEN {sale} ELSE {entry} END) * 0.01"


def price(factor: str) -> str:
    """Entries that are no documents have their amount as the price of one piece."""
    return f"""round(CASE WHEN p.product IS NOT NULL THEN p.quantity * p.price * {factor}
        WHEN t.price_subtotal != 0 THEN p.cents_currency ELSE 0 END * 0.01, 2)"""


# For each Odoo table: where its rows come from (p = the plan's row), and the columns
# that are not those of the document that is copied (t).
TABLES = {
    "res_partner": (
        "bench.partner p JOIN res_partner t ON t.id = {partner_pattern}"
        " LEFT JOIN bench.partner parent ON parent.id = p.parent",
        {
            "id": "p.id",
            "parent_id": "p.parent",
            "commercial_partner_id": "coalesce(p.parent, p.id)",
            "name": "p.name",
            "complete_name": "concat_ws(', ', parent.name, p.name)",
            "commercial_company_name": "coalesce(parent.name, p.name)",
            "user_id": "p.salesperson",
            "is_company": "p.parent IS NULL",
            "type": "CASE WHEN p.parent IS NULL THEN 'contact' ELSE 'delivery' END",
            "email": "'partner' || p.id || '@example.com'",
            "email_normalized": "'partner' || p.id || '@example.com'",
            "phone": "'+86 138 ' || p.id",
            "phone_sanitized": "'+86138' || p.id",
        },
    ),
    "account_move": (
        "bench.move p JOIN account_move t ON t.id = p.pattern"
        " JOIN bench.total s ON s.move = p.id JOIN bench.state ON state.move = p.id",
        {
            "id": "p.id",
            "name": f"CASE WHEN NOT p.draft THEN {NAME} END",
            "sequence_prefix": "CASE WHEN NOT p.draft THEN p.prefix END",
            "sequence_number": "CASE WHEN NOT p.draft THEN p.number ELSE 0 END",
            "state": "CASE WHEN p.draft THEN 'draft' ELSE 'posted' END",
            "posted_before": "NOT p.draft",
            "ref": "NULL",
            "payment_reference": f"CASE WHEN {IS_SALE} AND NOT p.draft THEN {NAME} END",
            "access_token": "NULL",
            "date": "p.date",
            "invoice_date": f"CASE WHEN {IS_SALE} THEN p.date END",
            "invoice_date_due": "coalesce(p.due, p.date)",
            "invoice_payment_term_id": "p.term",
            "partner_id": "p.partner",
            "commercial_partner_id": "p.commercial",
            "partner_shipping_id": "p.partner",
            "invoice_user_id": "p.salesperson",
            "team_id": "p.team",
            "currency_id": "p.currency",
            "invoice_currency_rate": "p.rate",
            "reversed_entry_id": "p.reversed",
            "origin_payment_id": "p.payment",
            "payment_state": "state.payment_state",
            "amount_untaxed": either(f"{SIGN} * s.untaxed_currency", "0"),
            "amount_tax": either(f"{SIGN} * s.tax_currency", "0"),
            "amount_total": either(
                f"{SIGN} * (s.untaxed_currency + s.tax_currency)", "s.debit_currency"
            ),
            "amount_residual": either(f"-{SIGN} * s.rest_currency", "0"),
            "amount_untaxed_signed": either("-s.untaxed", "0"),
            "amount_untaxed_in_currency_signed": either("-s.untaxed_currency", "0"),
            "amount_tax_signed": either("-s.tax", "0"),
            "amount_total_signed": either("-(s.untaxed + s.tax)", "s.debit"),
            "amount_total_in_currency_signed": either(
                "-(s.untaxed_currency + s.tax_currency)", "s.debit_currency"
            ),
            "amount_residual_signed": either("s.rest", "0"),
        },
    ),
    "account_payment": (
        "bench.payment p JOIN account_payment t ON t.id = p.pattern"
        " JOIN account_move m ON m.id = p.move"
        " JOIN bench.line l ON l.move = p.move JOIN bench.rest r ON r.id = l.id"
        "  AND l.cents < 0"
        " LEFT JOIN (SELECT c.move, bool_and(s.payment_state = 'paid') AS all_paid"
        "              FROM bench.counterpart c JOIN bench.state s ON s.move = c.other"
        "             WHERE c.kind = 'invoice' GROUP BY c.move) AS paid"
        "   ON paid.move = p.move",
        {
            "id": "p.id",
            "name": "m.name",
            "move_id": "p.move",
            "memo": "NULL",
            "partner_id": "p.partner",
            "date": "p.date",
            "currency_id": "p.currency",
            "amount": "p.cents * 0.01",
            "amount_company_currency_signed": "p.cents_company * 0.01",
            "state": "CASE WHEN paid.all_paid THEN 'paid' ELSE 'in_process' END",
            "is_reconciled": "r.cents_currency = 0",
        },
    ),
    "account_full_reconcile": (
        "bench.component p JOIN (SELECT * FROM account_full_reconcile LIMIT 1) t"
        " ON p.full_match",
        {"id": "p.component"},
    ),
    "account_move_line": (
        "bench.line p JOIN account_move_line t ON t.id = p.pattern"
        " JOIN account_move m ON m.id = p.move"
        " JOIN bench.total s ON s.move = p.move"
        " LEFT JOIN bench.rest r ON r.id = p.id"
        " LEFT JOIN bench.matching ON matching.line = p.id"
        " LEFT JOIN bench.component c ON c.component = matching.component"
        " LEFT JOIN product_product product ON product.id = p.product",
        {
            "id": "p.id",
            "move_id": "p.move",
            "move_name": "m.name",
            "parent_state": "m.state",
            "date": "p.date",
            "invoice_date": "m.invoice_date",
            "date_maturity": "p.due",
            "partner_id": "p.partner",
            "payment_id": "m.origin_payment_id",
            "currency_id": "p.currency",
            "sequence": "CASE WHEN p.product IS NULL THEN t.sequence ELSE p.sequence END",
            "product_id": "p.product",
            "ref": "NULL",
            "name": "coalesce(product.default_code,"
            " CASE t.display_type WHEN 'payment_term' THEN m.name ELSE t.name END)",
            "quantity": "CASE WHEN p.product IS NULL THEN t.quantity ELSE p.quantity END",
            "price_unit": "p.price * 0.01",
            "price_subtotal": price("1"),
            "price_total": price("{with_tax}"),
            "tax_base_amount": "CASE t.display_type WHEN 'tax' THEN -s.untaxed * 0.01"
            " ELSE 0 END",
            "debit": "greatest(p.cents, 0) * 0.01",
            "credit": "greatest(-p.cents, 0) * 0.01",
            "balance": "p.cents * 0.01",
            "amount_currency": "p.cents_currency * 0.01",
            "amount_residual": "coalesce(r.cents, 0) * 0.01",
            "amount_residual_currency": "coalesce(r.cents_currency, 0) * 0.01",
            "reconciled": "coalesce(r.cents = 0 AND r.cents_currency = 0, false)",
            "full_reconcile_id": "CASE WHEN c.full_match THEN c.component END",
            "matching_number": "CASE WHEN c.full_match THEN c.component::text"
            " ELSE 'P' || c.number END",
        },
    ),
    "account_partial_reconcile": (
        "bench.partial p JOIN (SELECT * FROM account_partial_reconcile LIMIT 1) t ON true"
        " JOIN bench.matching ON matching.line = p.debit"
        " JOIN bench.component c ON c.component = matching.component",
        {
            "id": "p.id",
            "debit_move_id": "p.debit",
            "credit_move_id": "p.credit",
            "amount": "p.cents * 0.01",
            "debit_amount_currency": "p.debit_cents * 0.01",
            "credit_amount_currency": "p.credit_cents * 0.01",
            "debit_currency_id": "p.currency",
            "credit_currency_id": "p.currency",
            "company_id": "p.company",
            "max_date": "p.max_date",
            "exchange_move_id": "p.exchange_move",
            "full_reconcile_id": "CASE WHEN c.full_match THEN c.component END",
        },
    ),
}

# Tables without an id, filled after the others.
RELATIONS = """
INSERT INTO account_move_line_account_tax_rel (account_move_line_id, account_tax_id)
SELECT p.id, t.account_tax_id FROM bench.line p
  JOIN account_move_line_account_tax_rel t ON t.account_move_line_id = p.pattern;

INSERT INTO account_account_tag_account_move_line_rel
       (account_move_line_id, account_account_tag_id)
SELECT p.id, t.account_account_tag_id FROM bench.line p
  JOIN account_account_tag_account_move_line_rel t ON t.account_move_line_id = p.pattern;

INSERT INTO account_move__account_payment (invoice_id, payment_id)
SELECT DISTINCT move, payment FROM bench.counterpart WHERE kind = 'payment';
"""


def generate(connection, size: plan.Size, seed: int, history: bool) -> None:
    with connection, connection.cursor() as cr:
        world = World.of(recall(cr, "world"))
        end = date.fromisoformat(recall(cr, "end"))
        planner = plan.Planner(world, size, seed, end)
        make_plan_tables(cr)
        load(cr, planner.rows())
        cr.execute("ANALYZE")
        cr.execute(DERIVED)
        cr.execute("ANALYZE")
        constants = {
            "partner_pattern": world.partner_pattern,
            "with_tax": 1 + TAX_PERCENT / 100,
        }
        with bulk.unchecked(cr, TABLES):
            for table, (source, columns) in TABLES.items():
                bulk.copy_rows(cr, table, source, columns, constants)
            cr.execute(RELATIONS)
        orders.generate(cr, size, end, history)
        cr.execute("DROP SCHEMA bench CASCADE")
    connection.autocommit = True
    with connection.cursor() as cr:
        cr.execute("VACUUM ANALYZE")


def make_plan_tables(cr) -> None:
    cr.execute("DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench")
    for stream in STREAMS:
        columns = ", ".join(
            f"{name} {postgres_type(hint)}"
            for name, hint in typing.get_type_hints(stream).items()
        )
        cr.execute(f"CREATE UNLOGGED TABLE bench.{table_name(stream)} ({columns})")


def table_name(stream: type) -> str:
    return stream.__name__.lower()


def postgres_type(hint) -> str:
    """
    >>> postgres_type(int | None), postgres_type(date)
    ('int8', 'date')
    """
    (kind,) = {*(typing.get_args(hint) or (hint,))} - {type(None)}
    return POSTGRES_TYPES[kind]


def load(cr, rows) -> None:
    """COPY the rows into the tables of their streams."""
    waiting = {stream: [] for stream in STREAMS}
    for row in rows:
        lines = waiting[type(row)]
        lines.append("\t".join("\\N" if v is None else str(v) for v in row))
        if len(lines) == CHUNK:
            send(cr, type(row), lines)
    for stream, lines in waiting.items():
        send(cr, stream, lines)


def send(cr, stream: type, lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    cr.copy_expert(f"COPY bench.{table_name(stream)} FROM STDIN", io.StringIO(text))
    lines.clear()


if __name__ == "__main__":
    database, size, seed, *options = sys.argv[1:]
    generate(
        psycopg2.connect(dbname=database),
        plan.SIZES[size],
        int(seed),
        history="history" in options,
    )
