"""Monthly settlement: customers of the 25th, their statements of two months, a last one
that is still to be made, and customers whose cut-off day is today; and statements of
open items for customers who pay late."""

from dateutil.relativedelta import relativedelta

from odoo import Command

from ..tools.cutoff import cutoff_date, cutoff_period

SETTLED = 4  # so many customers and all but the next ones settle on the 25th
DUE_TODAY = 3  # so many today
OVERDUE = 3  # so many get a list of their open items
DAY = 25


def create_statements(story):
    """Make the statements of the last two months, and what became of them."""
    customers = _choose(story)
    of_today = customers[SETTLED : SETTLED + DUE_TODAY]
    settled = customers - of_today
    settled.property_payment_term_id = _create_term(story, DAY)
    of_today.property_payment_term_id = _create_term(story, story.today.day)
    # The last one is for who looks at it first.
    last = cutoff_date(story.today, DAY, months=-2)
    before = cutoff_date(last, DAY, months=-1)
    _settle(_make(story, settled, before))
    _send(_make(story, settled, last))
    late = _get_latest_payers(story, customers)
    story.env["funnel.statement"]._make_open(story.company, late, story.today)


def _choose(story):
    """Return customers at home that pay in 30 days, those who owe most first."""
    partners = story.env["res.partner"].union(
        *(
            customer.partner
            for customer in story.customers.values()
            if customer.term == "d30" and not customer.currency
        )
    )
    return partners.sorted("receivable_total", reverse=True)


def _get_latest_payers(story, customers):
    """Return those of the other customers who owe most that is overdue."""
    others = story.env["res.partner"].union(
        *(customer.partner for customer in story.customers.values())
    )
    others = (others - customers).sorted("receivable_overdue", reverse=True)
    return others.filtered("receivable_overdue")[:OVERDUE]


def _create_term(story, day):
    term = story.env["account.payment.term"].create(
        {
            "name": f"Settlement on Day {day}, 30 Days",
            "note": f"Payment terms: 30 days after day {day} of the month",
            "company_id": story.company.id,
            "cutoff_day": day,
            "line_ids": [
                Command.create(
                    {
                        "value": "percent",
                        "value_amount": 100,
                        "nb_days": 30,
                        "delay_type": "days_after_cutoff",
                    }
                )
            ],
        }
    )
    story.translate(term, f"{day}日月结30天")
    story.translate(term, f"付款条件：每月{day}日结算后30天", "note")
    return term


def _make(story, customers, last):
    first, _last = cutoff_period(last, DAY)
    return story.env["funnel.statement"]._make(story.company, customers, first, last)


def _settle(statements):
    """The older ones are confirmed, one with a difference, and all but one invoiced."""
    statements.action_mark_sent()
    statements.sent_date = statements[:1].date_to + relativedelta(days=1)
    rounded = statements.filtered(lambda each: each.closing > 1)[:1]
    rounded._note_difference(0.5, "抹零 (rounded off)")
    statements.action_confirm()
    statements.confirmed_date = statements[:1].date_to + relativedelta(days=3)
    confirmed = statements.filtered(lambda each: each.state == "confirmed")[1:]
    if confirmed:
        confirmed.action_invoice()
        confirmed.invoice_ids.invoice_date = confirmed[0].confirmed_date
        confirmed.invoice_ids.action_post()


def _send(statements):
    """Of the last ones some are sent, one has a difference, some are confirmed."""
    sent = statements[:-2]
    sent.action_mark_sent()
    disputed = sent.filtered(lambda each: each.closing > 1000)[:1]
    disputed._note_difference(120, "送货单少收一箱 (one box missing)")
    (sent - disputed)[:3].action_confirm()
