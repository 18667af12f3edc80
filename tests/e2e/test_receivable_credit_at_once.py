"""Two clerks at the same moment, and every way to deliver that a client can call: real
transactions, real locks."""

import json

import pytest
from test_at_once import WAIT, Client, at_once

MAKE = """
import json
company = env.ref("crm_sales_funnel.demo_company")
env = env(context=dict(env.context, allowed_company_ids=company.ids))
customer = env["res.partner"].create({"name": "At Once Ltd", "is_company": True})
product = env["product.product"].create({
    "name": "Weight", "is_storable": False, "invoice_policy": "delivery",
    "taxes_id": False})
orders = env["sale.order"].create([{
    "partner_id": customer.id, "company_id": company.id,
    "order_line": [(0, 0, {
        "product_id": product.id, "product_uom_qty": 10, "price_unit": 10,
        "tax_ids": False})],
} for _ in range(2)])
%s
env.cr.commit()
print(json.dumps({
    "customer": customer.id, "orders": orders.ids, "pickings": orders.picking_ids.ids,
}))
"""
LIMIT = "customer.with_company(company).credit_limit = 150"
CONFIRM = "orders.action_confirm()"
PICK = "orders.picking_ids.move_ids.write({'quantity': 10, 'picked': True})"
HOLD = "env['funnel.credit.hold']._place(company, customer, 'Owes 4711', kind='manual')"

# Three of ten come back at no cost, and two transfers send them again.
SEND_AGAIN = """
def back(picking):
    dialog = env["stock.return.picking"].with_context(
        active_id=picking.id, active_model="stock.picking"
    ).create({"picking_id": picking.id})
    dialog.product_return_moves.write({"quantity": 3, "to_refund": False})
    again = env["stock.picking"].browse(dialog.action_create_returns()["res_id"])
    again.move_ids.write({"quantity": 3, "picked": True})
    return again
delivered = orders[0].picking_ids
delivered._action_done()
returned = back(delivered)
returned._action_done()
sent = back(returned) | back(returned)
print(json.dumps({"returned": returned.move_ids.ids, "sent": sent.ids}))
"""


def make(site, *steps):
    """Return a customer with two orders of 100 each, and what else is to be."""
    said = site.execute(MAKE % "\n".join(steps)).splitlines()
    return {key: ids for line in said[-2:] for key, ids in read(line).items()}


def read(line):
    return json.loads(line) if line.startswith("{") else {}


class Clerk(Client):
    def attempt(self, model, method, *args, **context):
        """Return what a call is refused with, None when it is not."""
        path = f"/web/dataset/call_kw/{model}/{method}"
        params = {
            "model": model,
            "method": method,
            "args": args,
            "kwargs": {"context": context},
        }
        answer = self.session.post(
            self.site.url + path, json={"params": params}, timeout=2 * WAIT
        ).json()
        return answer["error"]["data"]["message"] if "error" in answer else None

    def states(self, model, ids):
        rows = self.call(model, "read", ids, ["state"])
        return sorted(row["state"] for row in rows)


@pytest.fixture(scope="module")
def clerks(demo_site):
    return [Clerk(demo_site, login) for login in ("orderdesk", "both")]


@pytest.fixture(scope="module")
def warehouse(demo_site):
    return Clerk(demo_site, "warehouse")


def refusals(site, clerks, made, model, method, ids):
    """Return what two clerks are answered whose transactions meet at the customer."""
    return at_once(
        site,
        f"SELECT id FROM res_partner WHERE id = {made['customer']} FOR UPDATE",
        *(
            lambda clerk=clerk, id_=id_: clerk.attempt(model, method, [id_])
            for clerk, id_ in zip(clerks, ids, strict=True)
        ),
    )


def test_two_orders_that_break_the_limit_together(demo_site, clerks):
    made = make(demo_site, LIMIT)
    answers = refusals(
        demo_site, clerks, made, "sale.order", "action_confirm", made["orders"]
    )
    assert clerks[0].states("sale.order", made["orders"]) == ["draft", "sale"]
    (refused,) = filter(None, answers)
    assert "100.00" in refused and "50.00 too much" in refused, refused


def test_two_orders_that_fit(demo_site, clerks):
    made = make(demo_site, LIMIT.replace("150", "200"))
    answers = refusals(
        demo_site, clerks, made, "sale.order", "action_confirm", made["orders"]
    )
    assert answers == [None, None]
    assert clerks[0].states("sale.order", made["orders"]) == ["sale", "sale"]


def test_two_deliveries_that_break_the_limit_together(demo_site, clerks):
    made = make(demo_site, CONFIRM, PICK, LIMIT)
    answers = refusals(
        demo_site, clerks, made, "stock.picking", "button_validate", made["pickings"]
    )
    states = clerks[0].states("stock.picking", made["pickings"])
    assert states == ["assigned", "done"]
    (refused,) = filter(None, answers)
    assert "50.00 too much" in refused, refused


def test_an_order_and_a_delivery_of_another_one(demo_site, clerks):
    """The goods are ordered before and owed after: they count once, whoever is first."""
    made = make(demo_site, "orders[0].action_confirm()", PICK, LIMIT)
    (picking,), order = made["pickings"], made["orders"][1]
    answers = at_once(
        demo_site,
        f"SELECT id FROM res_partner WHERE id = {made['customer']} FOR UPDATE",
        lambda: clerks[0].attempt("stock.picking", "button_validate", [picking]),
        lambda: clerks[1].attempt("sale.order", "action_confirm", [order]),
    )
    assert answers[0] is None
    assert "50.00 too much" in answers[1]


def test_the_same_is_sent_again_by_two(demo_site, clerks):
    made = make(demo_site, CONFIRM, PICK, SEND_AGAIN)
    (returned,) = made["returned"]
    answers = at_once(
        demo_site,
        f"SELECT id FROM stock_move WHERE id = {returned} FOR UPDATE",
        *(
            lambda clerk=clerk, id_=id_: clerk.attempt(
                "stock.picking", "button_validate", [id_]
            )
            for clerk, id_ in zip(clerks, made["sent"], strict=True)
        ),
    )
    assert clerks[0].states("stock.picking", made["sent"]) == ["assigned", "done"]
    (refused,) = filter(None, answers)
    assert "No more than 3" in refused, refused
    # Other tests print all that is in the list, where nothing is cancelled.
    leftovers = f"env['stock.picking'].browse({made['sent']}).filtered("
    leftovers += "lambda picking: picking.state != 'done').unlink()"
    demo_site.execute(f"{leftovers}; env.cr.commit()")


def test_every_way_to_deliver_meets_the_hold(demo_site, clerks, warehouse):
    made = make(demo_site, CONFIRM, HOLD)
    first, second = made["pickings"]
    desk = clerks[0]
    # Nothing is picked: all of it leaves at once.
    refused = desk.attempt("stock.picking", "button_validate", [first])
    assert "Owes 4711" in refused
    # Several at once, as in the list.
    refused = desk.attempt("stock.picking", "button_validate", [first, second])
    assert "Owes 4711" in refused
    # A part, with a backorder and without.
    (move,) = desk.call("stock.move", "search", [["picking_id", "=", first]])
    desk.call("stock.move", "write", [move], {"quantity": 4, "picked": True})
    action = desk.call("stock.picking", "button_validate", [first])
    model, context = action["res_model"], action["context"]
    assert model == "stock.backorder.confirmation"
    dialog = desk.call(model, "create", {}, context=context)
    for method in ("process", "process_cancel_backorder"):
        assert "Owes 4711" in desk.attempt(model, method, [dialog], **context)
    # Without the questions that the client asks.
    refused = desk.attempt(
        "stock.picking",
        "button_validate",
        [first],
        skip_backorder=True,
        picking_ids_not_to_backorder=[first],
    )
    assert "Owes 4711" in refused
    # By the warehouse, who is told no more than that.
    refused = warehouse.attempt("stock.picking", "button_validate", [second])
    assert "the customer is on credit hold" in refused and "4711" not in refused
    assert desk.states("stock.picking", [first, second]) == ["assigned", "assigned"]
    # Private methods are no way.
    assert desk.attempt("stock.picking", "_action_done", [first])
    # What is confirmed is no quotation again; cancelled, it is asked about anew.
    refused = desk.attempt("sale.order", "write", made["orders"], {"state": "draft"})
    assert "Cancel it first" in refused
    assert desk.attempt("sale.order", "action_cancel", made["orders"]) is None
    refused = desk.attempt("sale.order", "write", made["orders"], {"state": "sale"})
    assert "Owes 4711" in refused
    # Other tests print all that is in the list, where nothing is cancelled.
    leftovers = f"env['stock.picking'].browse({made['pickings']}).unlink()"
    demo_site.execute(f"{leftovers}; env.cr.commit()")


def test_at_most_one_hold_when_two_place_it(demo_site, clerks):
    made = make(demo_site)
    finance = [Clerk(demo_site, login) for login in ("finance", "both")]
    dialogs = [
        clerk.call(
            "funnel.credit.hold.place",
            "create",
            {"reason": "Late", "partner_ids": [made["customer"]]},
        )
        for clerk in finance
    ]
    at_once(
        demo_site,
        f"SELECT id FROM res_partner WHERE id = {made['customer']} FOR UPDATE",
        *(
            lambda clerk=clerk, dialog=dialog: clerk.attempt(
                "funnel.credit.hold.place", "action_place", [dialog]
            )
            for clerk, dialog in zip(finance, dialogs, strict=True)
        ),
    )
    holds = clerks[0].call(
        "funnel.credit.hold", "search_count", [["partner_id", "=", made["customer"]]]
    )
    assert holds == 1
