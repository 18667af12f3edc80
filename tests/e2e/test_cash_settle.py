"""Two clerks who receive the same money at the same moment: real transactions."""

import json

import pytest
from test_at_once import at_once
from test_receivable_credit_at_once import Clerk

MAKE = """
import json
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].create({"name": "Paid Twice Ltd", "is_company": True})
invoice = env["account.move"].create({
    "move_type": "out_invoice", "partner_id": customer.id, "company_id": company.id,
    "invoice_date": "2026-01-05",
    "invoice_line_ids": [(0, 0, {
        "name": "goods", "price_unit": 100, "tax_ids": False})],
})
invoice.action_post()
item = invoice.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
env.cr.commit()
print(json.dumps({"customer": customer.id, "invoice": invoice.id, "item": item.id}))
"""


@pytest.fixture(scope="module")
def clerks(demo_site):
    return [Clerk(demo_site, login) for login in ("finance", "both")]


def screens(clerks, customer, *amounts):
    return [
        clerk.call(
            "funnel.settle", "create", {"partner_id": customer, "amount": amount}
        )
        for clerk, amount in zip(clerks, amounts, strict=True)
    ]


def confirm_at_once(site, clerks, made, ids):
    """Return what the clerks are refused with, None where they are not."""
    return at_once(
        site,
        f"SELECT id FROM account_move_line WHERE id = {made['item']} FOR UPDATE",
        *(
            lambda clerk=clerk, id_=id_: clerk.attempt(
                "funnel.settle", "action_confirm", [id_]
            )
            for clerk, id_ in zip(clerks, ids, strict=True)
        ),
    )


def test_one_of_two_clerks_gets_the_invoice(demo_site, clerks):
    made = json.loads(demo_site.execute(MAKE).splitlines()[-1])
    ids = screens(clerks, made["customer"], 100, 100)
    answers = confirm_at_once(demo_site, clerks, made, ids)
    (refused,) = filter(None, answers)
    assert "is not open any more" in refused
    payments = clerks[0].call(
        "account.payment",
        "search_read",
        [["partner_id", "=", made["customer"]]],
        ["amount", "is_reconciled"],
    )
    assert [(row["amount"], row["is_reconciled"]) for row in payments] == [(100, True)]


def test_the_button_pressed_twice_is_one_receipt(demo_site, clerks):
    """On account, where no invoice tells that it was paid."""
    made = json.loads(demo_site.execute(MAKE).splitlines()[-1])
    clerk = clerks[0]
    (id_,) = screens([clerk], made["customer"], 60)
    assert clerk.attempt("funnel.settle", "action_nothing", [id_]) is None
    answers = at_once(
        demo_site,
        f"SELECT id FROM funnel_settle WHERE id = {id_} FOR UPDATE",
        *[lambda: clerk.attempt("funnel.settle", "action_confirm", [id_])] * 2,
    )
    (refused,) = filter(None, answers)
    assert "confirmed already" in refused
    payments = clerk.call(
        "account.payment", "search_count", [["partner_id", "=", made["customer"]]]
    )
    assert payments == 1


def test_a_bill_is_cashed_once(demo_site, clerks):
    (bill,) = clerks[0].call(
        "account.payment", "search", [["bill_number", "=", "CQ 003117"]]
    )
    (row,) = clerks[0].call(
        "account.payment", "read", [bill], ["move_id", "journal_id"]
    )
    dialogs = [
        clerk.call(
            "funnel.bill.cash",
            "create",
            {"payment_ids": [[6, 0, [bill]]], "journal_id": row["journal_id"][0]},
        )
        for clerk in clerks
    ]
    answers = at_once(
        demo_site,
        "SELECT id FROM account_move_line WHERE id = ("
        f"SELECT MIN(id) FROM account_move_line WHERE move_id = {row['move_id'][0]}"
        ") FOR UPDATE",
        *(
            lambda clerk=clerk, id_=id_: clerk.attempt(
                "funnel.bill.cash", "action_cash", [id_]
            )
            for clerk, id_ in zip(clerks, dialogs, strict=True)
        ),
    )
    (refused,) = filter(None, answers)
    assert "CQ 003117 is cashed already" in refused
