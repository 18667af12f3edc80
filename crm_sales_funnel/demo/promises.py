"""What customers who pay late said to each salesperson: a promise that was broken, one for
today, and what is disputed."""

from odoo import Command


def create_promises(story):
    """Let the customers of each salesperson who are latest say one thing each."""
    late = story.env["funnel.aging.report"].search(
        [("due_state", "=", "overdue"), ("residual_currency", ">", 0)]
    )
    for _user, owed in late.grouped("user_id").items():
        customers = owed.grouped(lambda item: (item.partner_id, item.currency_id))
        says = (_break_promise, _promise_for_today, _dispute)
        for items, say in zip(customers.values(), says, strict=False):
            say(story, items)


def _break_promise(story, items):
    _promise(
        story, items, 9, 2, "月底资金紧张，分两次付 (short of cash, pays in two parts)"
    )


def _promise_for_today(story, items):
    _promise(story, items, 4, 0, "今天转账 (bank transfer today)")


def _promise(story, items, taken, due, note):
    story.env["funnel.payment.promise"].create(
        {
            "item_ids": [Command.set(items.ids)],
            "date": story.day(taken),
            "date_due": story.day(due),
            "taken_by_id": story.users["finance"].id,
            "note": note,
        }
    )


def _dispute(story, items):
    story.env["funnel.invoice.dispute"].create(
        {
            "item_ids": [Command.set(items[:1].ids)],
            "date": story.day(6),
            "taken_by_id": story.users["finance"].id,
            "category": "quantity",
            "note": "少收一箱，等补货 (one box missing, waits for it)",
        }
    )
