"""Purchase orders of the year and what came in of them."""

from dataclasses import dataclass
from typing import Any

from odoo import Command

from .company import TERMS
from .transfers import finish, take_out

CASES = (
    # count, kind, (from, to): so many days before today, below zero still to come
    (9, "paid", (60, 290)),  # since the bill was due
    (2, "billed", (-20, -3)),
    (1, "billed", (0, 0)),
    (2, "billed", (1, 28)),
    (1, "billed", (33, 58)),
    (1, "billed", (65, 120)),
    (3, "received", (1, 12)),  # since the goods came in
    (3, "expected", (1, 9)),  # since the promised day
    (1, "expected", (0, 0)),
    (2, "expected", (-6, -1)),
    (3, "expected", (-20, -8)),
    (3, "asked", (0, 5)),  # since the request
)
TERM_DAYS = {key: lines[-1][1] for key, (_name, _zh, lines) in TERMS.items()}


@dataclass
class Purchase:
    """One purchase order: when, in days before today, what happens to it."""

    vendor: Any  # customers.Vendor
    ordered: int
    promised: int
    received: int | None = None
    billed: int | None = None
    paid: int | None = None
    asked_only: bool = False
    order: Any = None  # purchase.order
    bill: Any = None  # account.move


def create_purchases(story):
    """Make the purchase orders that were planned and receive what came in."""
    story.purchases = _plan_purchases(story)
    orders = story.env["purchase.order"].create(
        [_prepare_order_vals(story, purchase) for purchase in story.purchases]
    )
    for purchase, order in zip(story.purchases, orders, strict=True):
        purchase.order = order
    confirmed = [purchase for purchase in story.purchases if not purchase.asked_only]
    story.env["purchase.order"].union(*(p.order for p in confirmed)).button_confirm()
    for purchase in confirmed:
        purchase.order.date_approve = purchase.order.date_order
    dates = {}
    for purchase in confirmed:
        if purchase.received is not None:
            take_out(purchase.order.picking_ids, 1)
            dates[purchase.order.picking_ids] = story.moment(purchase.received)
    finish(story, dates)


def _plan_purchases(story):
    purchases = [
        _plan_purchase(story.dice, kind, story.dice.choice(story.vendors), days)
        for count, kind, span in CASES
        for days in (story.dice.randint(*span) for _ in range(count))
    ]
    return sorted(purchases, key=lambda purchase: -purchase.ordered)


def _plan_purchase(dice, kind, vendor, days):
    if kind == "asked":
        return Purchase(vendor, days, days - 10, asked_only=True)
    if kind == "expected":
        return Purchase(vendor, max(days, 0) + dice.randint(4, 12), days)
    billed = days + TERM_DAYS[vendor.term] if kind in ("paid", "billed") else None
    received = days if billed is None else billed + dice.randint(1, 4)
    ordered = received + dice.randint(6, 14)
    return Purchase(
        vendor,
        ordered,
        received + dice.randint(-2, 2),
        received=received,
        billed=billed,
        paid=max(1, days - dice.randint(-2, 6)) if kind == "paid" else None,
    )


def _prepare_order_vals(story, purchase):
    vendor, dice = purchase.vendor, story.dice
    ordered = story.moment(purchase.ordered)
    promised = story.moment(purchase.promised, hour=10)
    return {
        "partner_id": vendor.partner.id,
        "company_id": story.company.id,
        "user_id": story.users["purchasing"].id,
        "payment_term_id": story.terms[vendor.term].id,
        "date_order": ordered,
        "create_date": ordered,
        "picking_type_id": story.warehouse.in_type_id.id,
        "order_line": [
            Command.create(
                {
                    "product_id": product.id,
                    "product_qty": dice.randrange(100, 600, 50),
                    "price_unit": product.standard_price,
                    "date_planned": promised,
                }
            )
            for product in dice.sample(vendor.articles, dice.randint(2, 5))
        ],
    }
