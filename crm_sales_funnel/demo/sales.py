"""Quotations, orders and deliveries of the year."""

from odoo import Command

from .people import team_of
from .plans import plan_orders
from .transfers import finish, take_out

LONG = 23  # articles of a long order


def create_orders(story):
    """Make the orders that were planned and deliver what was delivered."""
    story.plans = plan_orders(story)
    orders = story.env["sale.order"].create(
        [_prepare_order_vals(story, plan) for plan in story.plans]
    )
    for plan, order in zip(story.plans, orders, strict=True):
        plan.order = order
    _date_customers(story)
    _close(story)
    _deliver(story, 0)
    _deliver(story, 1)


def _prepare_order_vals(story, plan):
    customer, dice = plan.customer, story.dice
    shipping = dice.choice(list(customer.shops)) if customer.shops else customer.partner
    ordered = story.moment(plan.ordered)
    vals = {
        "partner_id": customer.partner.id,
        "partner_shipping_id": shipping.id,
        "company_id": story.company.id,
        "user_id": story.users[customer.login].id,
        "team_id": team_of(story, customer.login).id,
        "date_order": ordered,
        "create_date": ordered,
        "validity_date": story.day(plan.ordered - 30),
        "client_order_ref": _invent_reference(story, plan),
        "order_line": [
            Command.create(vals) for vals in _prepare_line_vals(story, plan)
        ],
    }
    if plan.promised is not None:
        vals["commitment_date"] = story.moment(plan.promised, hour=14)
    if customer.currency:
        vals["pricelist_id"] = story.pricelists[customer.currency].id
    return vals


def _invent_reference(story, plan):
    """Return the number that the customer has given the order; some give none."""
    if not plan.is_confirmed or story.dice.random() < 0.2:
        return False
    day, number = story.day(plan.ordered), story.dice.randint(11, 989)
    if plan.customer.speaks_chinese:
        return f"CG{day:%Y%m%d}-{number % 90 + 10}"
    return f"PO-{day.year}-{number:04}"


def _prepare_line_vals(story, plan):
    """Return two to five articles that the customer knows, or a long list. Those who
    order often order more of each, and so do those abroad."""
    dice, customer = story.dice, plan.customer
    articles = list(story.products) if plan.long else customer.favourites
    scale = (2 if customer.weight > 1 else 1) + (1 if customer.currency else 0)
    for product in dice.sample(articles, LONG if plan.long else dice.randint(2, 5)):
        boxes = product.uom_ids and dice.random() < 0.35
        quantity = dice.randint(2, 12) if boxes else dice.randrange(10, 150, 5)
        vals = {
            "product_id": product.id,
            "product_uom_qty": quantity * scale,
        }
        if boxes:
            vals["product_uom_id"] = product.uom_ids[0].id
        yield vals


def _date_customers(story):
    """Date each customer's record back to before its first order."""
    for customer in story.customers.values():
        first = max(
            (p.ordered for p in story.plans if p.customer is customer), default=0
        )
        customer.since = max(customer.since, first + story.dice.randint(5, 40))
        customer.partner.create_date = story.moment(customer.since)


def _close(story):
    """Bring each order to its state; confirming it overwrites the date."""
    confirmed = [plan for plan in story.plans if plan.is_confirmed]
    orders = story.env["sale.order"]
    orders.union(*(plan.order for plan in confirmed)).action_confirm()
    for plan in confirmed:
        plan.order.date_order = plan.order.create_date
    for plan in story.plans:
        if plan.kind == "cancel":
            plan.order._action_cancel()
        elif plan.kind == "quotation" and plan.ordered > 1:
            plan.order.state = "sent"


def _deliver(story, number):
    """Deliver the ``number``-th shipment of each order that has one."""
    dates = {}
    for plan in story.plans:
        if len(plan.shipments) > number:
            day, share = plan.shipments[number]
            picking = plan.order.picking_ids.filtered(lambda p: p.state != "done")
            take_out(picking, share)
            dates[picking] = story.moment(day)
    finish(story, dates)
