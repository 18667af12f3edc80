"""Receipts that pay two invoices at once, with the fen rounded off."""

from itertools import pairwise
from math import floor

from odoo import Command

RECEIPTS = 2
CLOSE = 45  # days between payments that are made together instead


def find_together(story):
    """Return pairs of paid orders of a customer whose invoices are paid together."""
    paid = {}
    for plan in story.plans:
        shares = [share for _day, share in plan.payments]
        is_plain = plan.kind == "invoiced" and not plan.returned
        if is_plain and shares == [1] and not plan.customer.currency:
            paid.setdefault(plan.customer.partner.id, []).append(plan)
    found = []
    for plans in paid.values():
        plans.sort(key=_get_day)
        for later, sooner in pairwise(plans):
            if _get_day(sooner) - _get_day(later) <= CLOSE:
                found.append((later, sooner))
                break
    return found[:RECEIPTS]


def _get_day(plan):
    return plan.payments[0][0]


def receive_together(story, pairs, journal):
    """Enter the receipts as the clerk does, of whole yuan."""
    screen = story.env["funnel.settle"].with_user(story.users["finance"])
    for pair in pairs:
        invoices = story.env["account.move"].union(*(plan.invoice for plan in pair))
        screen.create(
            {
                "partner_id": pair[0].customer.partner.id,
                "chosen_ids": [Command.set(invoices.ids)],
                "amount": floor(sum(invoices.mapped("amount_total"))),
                "date": story.day(min(map(_get_day, pair))),
                "journal_id": journal.id,
            }
        ).action_confirm()
