"""The demo company: all that it promises is there, and nothing else has changed."""

import json
from datetime import date, timedelta

import pytest

from dev import cluster, odoo

COUNT = """
import json
company = env.ref("crm_sales_funnel.demo_company")
env = env(context={"allowed_company_ids": company.ids, "active_test": False})
print(json.dumps([
    env[model].search_count([("company_id", "=", company.id), *domain])
    for model, domain in json.loads(%r)
]))
"""
LOAD_AGAIN = """
orders = env["sale.order"].search_count([])
print(env["funnel.demo"]._load(), env["sale.order"].search_count([]) - orders)
"""
MADE_ON = """
SELECT (company.create_date AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Shanghai')::date
  FROM res_company company
  JOIN ir_model_data ON res_id = company.id AND ir_model_data.name = 'demo_company'
"""
# One query that counts the rows of the main company in every table that has such rows.
COUNT_TABLES = """
SELECT string_agg(
    format('SELECT %L, count(*) FROM %I WHERE company_id = 1', table_name, table_name),
    ' UNION ALL ' ORDER BY table_name)
  FROM information_schema.columns
  JOIN pg_tables ON tablename = table_name AND schemaname = table_schema
 WHERE table_schema = 'public' AND column_name = 'company_id'
"""
MAIN_COMPANY = """
SELECT to_jsonb(res_company) - '{create_date,write_date}'::text[]
  FROM res_company WHERE id = 1
"""
SHARED_PARTNERS = """
SELECT count(*) FROM res_partner
 WHERE company_id IS NULL AND id NOT IN (SELECT partner_id FROM res_company)
"""
NUMBERS = """
SELECT code, number_next, last_value
  FROM ir_sequence seq
  LEFT JOIN pg_sequences ON sequencename = 'ir_sequence_' || lpad(seq.id::text, 3, '0')
 WHERE code > '' AND (company_id IS NULL OR company_id = 1) ORDER BY seq.id
"""
UNITS = """
SELECT uom_uom.id, uom_uom.write_date
  FROM uom_uom
  JOIN ir_model_data ON res_id = uom_uom.id AND model = 'uom.uom' AND module = 'uom'
 ORDER BY uom_uom.id
"""
MAILS = "SELECT count(*) FROM mail_mail"
NOTES = """
SELECT count(*) FROM mail_message
 WHERE model IN ('account.move', 'crm.lead', 'purchase.order', 'res.partner',
                 'sale.order', 'stock.picking')
"""


@pytest.fixture(scope="module")
def demo(make_database):
    return make_database(demo=True)


@pytest.fixture(scope="module")
def plain(make_database):
    return make_database(addon=True)


@pytest.fixture(scope="module")
def today(demo) -> date:
    """The day from which the demo company counts: its database may be older."""
    return date.fromisoformat(cluster.query(MADE_ON, demo))


def test_all_kinds_are_there(demo, today):
    wanted = _wanted(today)
    counts = json.loads(
        odoo.shell(demo, COUNT % json.dumps([kind[1:3] for kind in wanted]))
    )
    wrong = {
        name: f"{count}, not {low} to {high or 'more'}"
        for (name, _model, _domain, low, high), count in zip(wanted, counts)
        if count < low or (high is not None and count > high)
    }
    assert not wrong


def test_it_is_made_once(demo):
    assert odoo.shell(demo, LOAD_AGAIN).split() == ["False", "0"]


@pytest.mark.parametrize(
    "sql", [MAIN_COMPANY, SHARED_PARTNERS, NUMBERS, UNITS, MAILS, NOTES]
)
def test_nothing_else_has_changed(demo, plain, sql):
    assert cluster.query(sql, demo) == cluster.query(sql, plain)


def test_the_main_company_has_no_more_records(demo, plain):
    count = cluster.query(COUNT_TABLES, plain)
    assert cluster.query(count, demo) == cluster.query(count, plain)


def test_possible_duplicates_are_open_and_decided(demo):
    states = cluster.query(
        "SELECT state, COUNT(*), COUNT(note) FROM funnel_collision"
        " GROUP BY state ORDER BY state",
        demo,
    )
    different, opened = states.splitlines()
    assert different == "different|1|1"
    assert opened.startswith("open|") and int(opened.split("|")[1]) >= 3


def _wanted(today):
    """What there must be: (name, model, domain, at least, at most or None)."""
    return [
        *_people_and_goods(),
        *_orders(today),
        *_transfers(today),
        *_invoices(today),
        *_open_items(today),
        *_costs(),
        *_leads_and_contacts(today),
    ]


def _ago(today, days):
    return str(today - timedelta(days=days))


def _within(field, today, newest, oldest):
    """The domain of what lies in these days, counted back from today."""
    return [[field, "<=", _ago(today, newest)], [field, ">=", _ago(today, oldest)]]


def _people_and_goods():
    partner, product, user = "res.partner", "product.product", "res.users"
    customer = ["customer_rank", ">", 0]
    child = ["parent_id.customer_rank", ">", 0]
    yield "customers", partner, [customer], 55, 70
    yield "in China", partner, [customer, ["lang", "=", "zh_CN"]], 30, 40
    yield "persons", partner, [child, ["type", "=", "contact"]], 60, 100
    yield "shops", partner, [child, ["type", "=", "delivery"]], 4, 4
    yield "of a leaver", partner, [customer, ["user_id.active", "=", False]], 4, 10
    yield "duplicates", partner, [customer, ["name", "like", "砺川舟五金"]], 2, 2
    yield "more of them", partner, [customer, ["name", "like", "Haldenbr"]], 2, 2
    yield "vendors", partner, [["supplier_rank", ">", 0]], 8, 12
    yield "products", product, [], 150, 150
    yield "by the box", product, [["uom_id.name", "like", "Box"]], 40, 110
    yield "by the piece", product, [["uom_id.name", "=", "Piece"]], 40, 110
    yield "in packs", product, [["uom_ids", "!=", False]], 40, None
    yield "without stock", product, [["qty_available", "<=", 0]], 0, 0
    yield "users", user, [["active", "=", True]], 11, 11
    yield "leaver", user, [["active", "=", False]], 1, 1
    yield "Chinese user", user, [["lang", "=", "zh_CN"], ["active", "=", True]], 1, 1
    yield "teams", "crm.team", [], 2, 2
    yield (
        "salespeople",
        user,
        [["login", "=like", "sales%"], ["sale_team_id", "!=", False]],
        4,
        4,
    )
    yield "leaders", "crm.team", [["user_id", "!=", False]], 2, 2


def _orders(today):
    order, sold = "sale.order", ["state", "=", "sale"]
    delivered = ["delivery_status", "=", "full"]
    yield "orders", order, [sold], 80, 100
    for newest, oldest in ((0, 30), (31, 90), (91, 180), (181, 250), (251, 365)):
        days = _within("date_order", today, newest - 1, oldest)
        yield f"orders of days {newest} to {oldest}", order, [sold, *days], 5, None
    yield "orders of tomorrow", order, [["date_order", ">", _ago(today, -1)]], 0, 0
    yield "own numbers", order, [sold, ["client_order_ref", "!=", False]], 40, 99
    for currency in ("USD", "EUR"):
        yield currency, order, [sold, ["currency_id.name", "=", currency]], 3, None
    yield (
        "to shops",
        order,
        [sold, ["partner_shipping_id.type", "=", "delivery"]],
        4,
        None,
    )
    yield "quotations", order, [["state", "in", ["draft", "sent"]]], 5, 15
    yield "cancelled", order, [["state", "=", "cancel"]], 1, 5
    yield "part delivered", order, [["delivery_status", "=", "partial"]], 2, None
    yield (
        "not invoiced",
        order,
        [delivered, ["invoice_status", "=", "to invoice"]],
        5,
        None,
    )
    yield "purchase orders", "purchase.order", [["state", "=", "purchase"]], 20, None
    yield "requests", "purchase.order", [["state", "=", "draft"]], 2, None


def _transfers(today):
    picking = "stock.picking"
    yield "second slips", picking, [["backorder_id", "!=", False]], 5, None
    yield "returns", picking, [["return_id", "!=", False]], 4, 10
    yield "old slips", picking, [["date_done", "<", _ago(today, 60)]], 30, None
    yield "slips of tomorrow", picking, [["date_done", ">", _ago(today, -1)]], 0, 0
    for code in ("outgoing", "incoming"):
        waiting = [["picking_type_code", "=", code], ["state", "=", "assigned"]]
        for name, newest, oldest in (
            ("late", 1, 30),
            ("today", 0, 0),
            ("week", -6, -1),
        ):
            # Shanghai's days in UTC; the goods are promised for the afternoon.
            first, last = _ago(today, oldest), _ago(today, newest)
            days = [["scheduled_date", ">=", first], ["scheduled_date", "<=", last]]
            yield f"{code} {name}", picking, [*waiting, *days], 1, None


def _invoices(today):
    move, paid = "account.move", ["payment_state", "=", "paid"]
    invoice = ["move_type", "=", "out_invoice"]
    credit = ["move_type", "=", "out_refund"]
    instalments = ["invoice_payment_term_id.line_ids.nb_days", "=", 90]
    yield "invoices", move, [invoice], 50, 100
    yield "paid", move, [invoice, paid], 20, None
    yield "part paid", move, [invoice, ["payment_state", "=", "partial"]], 5, None
    yield "in instalments", move, [invoice, instalments], 4, None
    yield "credit notes", move, [credit], 4, 10
    yield "credit notes allocated", move, [credit, paid], 2, None
    yield "bills", move, [["move_type", "=", "in_invoice"]], 10, None
    yield "bills paid", move, [["move_type", "=", "in_invoice"], paid], 5, None
    yield "drafts", move, [["state", "=", "draft"]], 0, 0
    yield "entries of tomorrow", move, [["date", ">", str(today)]], 0, 0


def _costs():
    cost, recurring = "funnel.running.cost", [["recurring_id", "!=", False]]
    yield "running costs", cost, [["state", "=", "paid"]], 50, 60
    yield "rent", cost, [["state", "=", "paid"], *recurring], 11, 11
    yield "rent to approve", cost, [["state", "=", "draft"], *recurring], 1, 1
    yield "costs of salespeople", cost, [["user_id", "!=", False]], 20, 24
    yield "recurring costs", "funnel.recurring.cost", [], 1, 1
    plan = "funnel.commission.plan"
    yield "commission plans", plan, [["state", "=", "approved"]], 3, 3
    yield "commission plans to approve", plan, [["state", "=", "draft"]], 1, 1
    yield "payrolls", "funnel.payroll", [["state", "=", "posted"]], 3, 3
    yield "pay of employees", "funnel.payroll.line", [], 33, 37
    settlement = "funnel.commission.settlement"
    yield "settlements paid", settlement, [["state", "=", "paid"]], 20, 80
    yield "settlements disputed", settlement, [["state", "=", "disputed"]], 1, 1
    # Four measures of four salespeople in four months, and a year's of two teams.
    yield "targets", "funnel.target", [], 66, 66
    yield "targets reached", "funnel.target.report", [["pace", "=", "reached"]], 5, 60


def _open_items(today):
    item, receivable = "account.move.line", "asset_receivable"
    is_open = [["parent_state", "=", "posted"], ["reconciled", "=", False]]
    owed = [*is_open, ["account_id.account_type", "=", receivable], ["balance", ">", 0]]
    owing = [*is_open, ["account_id.account_type", "=", "liability_payable"]]
    crumb = [["amount_residual", ">", -1], ["amount_residual", "<", 1]]
    for newest, oldest in (
        (-90, -7),
        (-6, -1),
        (0, 0),
        (1, 30),
        (31, 60),
        (61, 90),
        (91, 180),
        (181, 400),
    ):
        days = _within("date_maturity", today, newest, oldest)
        yield f"owed, {newest} to {oldest} days overdue", item, [*owed, *days], 2, None
    yield (
        "credits",
        item,
        [*is_open, ["account_id.account_type", "=", receivable], ["balance", "<", 0]],
        3,
        None,
    )
    yield (
        "crumbs of rounding",
        item,
        [*is_open, *crumb, ["account_id.reconcile", "=", True]],
        0,
        0,
    )
    yield (
        "bills not due",
        item,
        [*owing, *_within("date_maturity", today, -90, -1)],
        1,
        None,
    )
    yield (
        "bills overdue",
        item,
        [*owing, *_within("date_maturity", today, 1, 200)],
        1,
        None,
    )


def _leads_and_contacts(today):
    lead, log, partner = "crm.lead", "funnel.contact.log", "res.partner"
    customer = ["customer_rank", ">", 0]
    lost = ["won_status", "=", "lost"]
    for stage in ("New", "Qualified", "Proposition"):
        pending = [["stage_id.name", "=", stage], ["won_status", "=", "pending"]]
        yield f"leads, {stage}", lead, pending, 4, None
    yield "won", lead, [["won_status", "=", "won"], ["order_ids", "!=", False]], 5, None
    yield "lost", lead, [lost], 5, None
    yield "lost without reason", lead, [lost, ["lost_reason_id", "=", False]], 0, 0
    yield "new people", lead, [["partner_id", "=", False]], 5, None
    for model in (lead, partner, "sale.order"):
        created = ["create_date", "<", _ago(today, 30)]
        yield f"{model} made before", model, [created], 20, None
    yield "contacts", log, [], 300, 700
    yield "old contacts", log, [["date", "<", _ago(today, 90)]], 100, None
    yield "contacts of tomorrow", log, [["date", ">", _ago(today, -1)]], 0, 0
    yield "dormant", partner, [["contact_state", "=", "dormant"]], 1, None
    yield "never contacted", partner, [["contact_state", "=", "never"]], 1, None
    by_plan = ["next_contact_origin", "=", "plan"]
    overdue = ["contact_state", "=", "due"]
    yield "due by plan", partner, [by_plan, overdue], 3, None
    yield (
        "without a level",
        partner,
        [customer, ["customer_level_id", "=", False]],
        0,
        0,
    )
    for name, ago, oldest in (
        ("overdue", 1, 60),
        ("today", 0, 0),
        ("tomorrow", -1, -1),
    ):
        days = _within("next_contact_date", today, ago, oldest)
        new_people = [["partner_id", "=", False], *days]
        yield f"leads to contact, {name}", lead, new_people, 1, None
        for login in ("sales", "sales.zh", "sales.anna", "sales.daniel"):
            mine = ["next_contact_user_id.login", "=", login]
            yield f"{login}, {name}", partner, [mine, *days], 1, None
