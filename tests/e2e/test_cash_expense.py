"""Where Odoo's Expenses are installed beside the addon, an expense is its employee's in
the cost report."""

import json

from dev import databases, odoo

EXPENSE = """
import json
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
seller, other = env["res.users"].search(
    [("login", "in", ("sales", "sales.anna"))], order="login")
employee = env["hr.employee"].create(
    {"name": seller.name, "user_id": seller.id, "company_id": company.id})
expense = env["hr.expense"].create({
    "name": "Taxi to the fair", "employee_id": employee.id, "company_id": company.id,
    "date": "2026-01-05", "total_amount_currency": 123, "tax_ids": False,
    "product_id": env.ref("hr_expense.product_product_no_cost").id,
    "payment_mode": "own_account",
})
expense.action_submit()
expense.action_approve()
expense.action_post()
wizard = env["hr.expense.post.wizard"].with_context(
    active_ids=expense.ids, company_paid_move_ids=[])
wizard.create({}).action_post_entry()
read = {}
for user in (seller, other):
    report = env["funnel.cost.report"].with_user(user)
    rows = report.search([("move_id", "=", expense.account_move_id.id)])
    read[user.login] = [(row.user_id.login, row.amount) for row in rows]
print(json.dumps(read))
"""


def test_an_expense_is_its_employees(make_database):
    name = make_database(demo=True)
    odoo.execute(
        f"--database={name}",
        "--init=hr_expense",
        "--stop-after-init",
        "--no-http",
        what="Odoo --init hr_expense",
        log=databases.log(name),
    )
    read = json.loads(odoo.shell(name, EXPENSE).splitlines()[-1])
    assert read == {"sales": [["sales", 123]], "sales.anna": []}
