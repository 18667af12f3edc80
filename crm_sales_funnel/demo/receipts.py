"""What the clerk enters on the screens Receive and Pay: whole yuan, the fen rounded off,
a payment for several bills, and the deposit of an order."""

from itertools import pairwise
from math import floor

from odoo import Command

RECEIPTS = 2
CLOSE = 45  # days between bills that are paid together
DEPOSIT = 0.3  # of an order


def find_rounded(story):
    """Return the orders whose customers were the last to pay an invoice in full."""
    paid = [
        plan
        for plan in story.plans
        if plan.kind == "invoiced"
        and not plan.returned
        and not plan.customer.currency
        and [share for _day, share in plan.payments] == [1]
    ]
    return sorted(paid, key=lambda plan: plan.payments[0][0])[:RECEIPTS]


def find_together(purchases):
    """Return two purchases of a vendor whose bills are paid together."""
    paid = sorted(
        (purchase for purchase in purchases if purchase.paid is not None),
        key=lambda purchase: (purchase.order.partner_id.id, purchase.paid),
    )
    for pair in pairwise(paid):
        later, sooner = pair
        if (
            later.order.partner_id == sooner.order.partner_id
            and sooner.paid - later.paid <= CLOSE
        ):
            return pair
    return ()


def settle(story, documents, ago, journal):
    """Pay the documents as the clerk does, some days ago."""
    _open_screen(
        story,
        ago,
        journal,
        direction="receive" if documents[0].is_sale_document() else "pay",
        partner_id=documents.commercial_partner_id.id,
        chosen_ids=[Command.set(documents.ids)],
        amount=floor(sum(documents.mapped("amount_total"))),
    ).action_confirm()


def receive_deposit(story, journal):
    """Receive a part of the price of the order that waits longest for its goods."""
    plan = max(
        (plan for plan in story.plans if plan.kind == "waiting"),
        key=lambda plan: (not plan.customer.currency, plan.promised),
    )
    screen = _open_screen(
        story,
        min(plan.ordered, 2),
        journal,
        partner_id=plan.customer.partner.id,
        amount=round(plan.order.amount_total * DEPOSIT, -2),
        memo="预付款",
        deposit_order_id=plan.order.id,
    )
    screen.action_nothing()
    screen.action_confirm()


def _open_screen(story, ago, journal, **values):
    screen = story.env["funnel.settle"].with_user(story.users["finance"])
    return screen.create({"date": story.day(ago), "journal_id": journal.id, **values})
