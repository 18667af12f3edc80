"""What is sold and planned beside the invoices: in SQL, from what Odoo itself has written.

Open deliveries and activities belong to every size; the orders and deliveries behind
the invoices are an option (``--orders``), for they double the database. These are of the
main company alone, whose warehouse they leave; stock on hand is not kept.
"""

from datetime import date

from . import bulk, plan

DELIVERIES_PER_INVOICE = 1 / 50
ACTIVITIES_PER_INVOICE = 1 / 6

# n-th open delivery: a copy of one of the slips, with its order. The copies of a slip's
# parts are told apart by an offset of their ids.
OFFSET = "({behind} + p.n * {step})"
DUE = "({end}::timestamp + ((p.n * 37 % 40) - 25) * interval '1 day')"
COPIES = " CROSS JOIN generate_series(1, {copies}) p(n)"
OPEN = {
    "sale_order": (
        "sale_order t JOIN stock_picking s ON s.sale_id = t.id AND s.id = ANY({slips})"
        + COPIES,
        {
            "id": f"{OFFSET} + t.id",
            "name": f"'SO' || {OFFSET} + t.id",
            "access_token": "NULL",
            "commitment_date": DUE,
        },
    ),
    "sale_order_line": (
        "sale_order_line t JOIN stock_picking s"
        "  ON s.sale_id = t.order_id AND s.id = ANY({slips})" + COPIES,
        {"id": f"{OFFSET} + t.id", "order_id": f"{OFFSET} + t.order_id"},
    ),
    "account_tax_sale_order_line_rel": (
        "account_tax_sale_order_line_rel t"
        " JOIN sale_order_line l ON l.id = t.sale_order_line_id JOIN stock_picking s"
        "  ON s.sale_id = l.order_id AND s.id = ANY({slips})" + COPIES,
        {"sale_order_line_id": f"{OFFSET} + l.id"},
    ),
    "stock_picking": (
        "stock_picking t" + COPIES + " WHERE t.id = ANY({slips})",
        {
            "id": f"{OFFSET} + t.id",
            "name": f"'OUT/' || {OFFSET} + t.id",
            "sale_id": f"{OFFSET} + t.sale_id",
            "scheduled_date": DUE,
            "date_deadline": DUE,
        },
    ),
    "stock_move": (
        "stock_move t" + COPIES + " WHERE t.picking_id = ANY({slips})",
        {
            "id": f"{OFFSET} + t.id",
            "picking_id": f"{OFFSET} + t.picking_id",
            "sale_line_id": f"{OFFSET} + t.sale_line_id",
            "date": DUE,
            "date_deadline": DUE,
        },
    ),
    "mail_activity": (
        "mail_activity t"
        " CROSS JOIN (SELECT id AS partner, user_id, row_number() OVER () AS n"
        "  FROM res_partner WHERE user_id IS NOT NULL AND id >= {first}) AS p"
        " WHERE t.id = {activity} AND p.n <= {activities}",
        {
            "id": "{behind} + p.n",
            "res_id": "p.partner",
            "user_id": "p.user_id",
            "date_deadline": "({end}::date + ((p.n * 31 % 60) - 30)::int)",
        },
    ),
}

INVOICED = """account_move p JOIN %(table)s t ON t.id = {%(table)s pattern}
    WHERE p.id >= {first} AND p.move_type = 'out_invoice' AND p.state = 'posted'
      AND p.company_id = t.company_id"""
INVOICED_LINES = """account_move_line p JOIN account_move m ON m.id = p.move_id
     JOIN %(table)s t ON t.id = {%(table)s pattern}
    WHERE p.id >= {first} AND m.move_type = 'out_invoice' AND m.state = 'posted'
      AND p.company_id = t.company_id AND p.product_id IS NOT NULL"""
# The order of an invoice has its id, so has its delivery; likewise the lines.
HISTORY = {
    "sale_order": (
        INVOICED,
        {
            "id": "p.id",
            "name": "'SO' || p.id",
            "access_token": "NULL",
            "date_order": "p.invoice_date - interval '3 days'",
            "partner_id": "p.partner_id",
            "partner_invoice_id": "p.partner_id",
            "partner_shipping_id": "p.partner_id",
            "user_id": "p.invoice_user_id",
            "team_id": "p.team_id",
            "currency_id": "p.currency_id",
            "currency_rate": "p.invoice_currency_rate",
            "payment_term_id": "p.invoice_payment_term_id",
            "amount_untaxed": "p.amount_untaxed",
            "amount_tax": "p.amount_tax",
            "amount_total": "p.amount_total",
            "margin": "p.amount_untaxed",
            "invoice_status": "'invoiced'",
        },
    ),
    "sale_order_line": (
        INVOICED_LINES,
        {
            "id": "p.id",
            "order_id": "p.move_id",
            "order_partner_id": "m.partner_id",
            "salesman_id": "m.invoice_user_id",
            "currency_id": "p.currency_id",
            "product_id": "p.product_id",
            "name": "p.name",
            "product_uom_qty": "p.quantity",
            "qty_delivered": "p.quantity",
            "qty_invoiced": "p.quantity",
            "qty_to_invoice": "0",
            "price_unit": "p.price_unit",
            "price_subtotal": "p.price_subtotal",
            "price_total": "p.price_total",
            "price_tax": "p.price_total - p.price_subtotal",
            "margin": "p.price_subtotal",
            "untaxed_amount_invoiced": "p.price_subtotal",
            "untaxed_amount_to_invoice": "0",
            "invoice_status": "'invoiced'",
        },
    ),
    "stock_picking": (
        INVOICED,
        {
            "id": "p.id",
            "name": "'OUT/' || p.id",
            "partner_id": "p.partner_id",
            "sale_id": "p.id",
            "origin": "'SO' || p.id",
            "scheduled_date": "p.invoice_date - interval '1 day'",
            "date_deadline": "p.invoice_date - interval '1 day'",
            "date_done": "p.invoice_date - interval '1 day'",
        },
    ),
    "stock_move": (
        INVOICED_LINES,
        {
            "id": "p.id",
            "picking_id": "p.move_id",
            "sale_line_id": "p.id",
            "partner_id": "m.partner_id",
            "product_id": "p.product_id",
            "product_qty": "p.quantity",
            "product_uom_qty": "p.quantity",
            "quantity": "p.quantity",
            "date": "p.invoice_date - interval '1 day'",
            "reference": "'OUT/' || p.move_id",
        },
    ),
    "stock_move_line": (
        INVOICED_LINES,
        {
            "id": "p.id",
            "move_id": "p.id",
            "picking_id": "p.move_id",
            "product_id": "p.product_id",
            "quantity": "p.quantity",
            "quantity_product_uom": "p.quantity",
            "date": "p.invoice_date - interval '1 day'",
        },
    ),
}
HISTORY_RELATIONS = """
INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)
SELECT l.id, l.id FROM sale_order_line l JOIN account_move_line i ON i.id = l.id
 WHERE l.order_id = i.move_id AND l.id >= %s;

INSERT INTO account_tax_sale_order_line_rel (sale_order_line_id, account_tax_id)
SELECT account_move_line_id, account_tax_id FROM account_move_line_account_tax_rel r
  JOIN sale_order_line_invoice_rel s ON s.invoice_line_id = r.account_move_line_id;
"""


def generate(cr, size: plan.Size, end: date, history: bool) -> None:
    slips = bulk.recall(cr, "slips")
    constants = {
        "first": plan.FIRST_ID,
        # Behind the ids of the orders of the invoices, which are those of the invoices.
        "behind": plan.FIRST_ID + 10 * size.invoices,
        "step": plan.FIRST_ID // 100,
        "copies": max(int(size.invoices * DELIVERIES_PER_INVOICE / len(slips)), 1),
        "end": f"'{end}'",
        "slips": f"ARRAY{slips}",
        "activity": bulk.recall(cr, "activity"),
        "activities": int(size.invoices * ACTIVITIES_PER_INVOICE),
    }
    write(cr, OPEN, constants)
    if history:
        for table, pattern in bulk.recall(cr, "delivered").items():
            constants[f"{table} pattern"] = pattern
        write(cr, HISTORY, constants)
        cr.execute(HISTORY_RELATIONS, [plan.FIRST_ID])


def write(cr, tables: dict, constants: dict) -> None:
    with bulk.unchecked(cr, tables):
        for table, (source, columns) in tables.items():
            bulk.copy_rows(cr, table, source % {"table": table}, columns, constants)
