"""Invoices, credit notes, bills, and the money that was paid on them."""

from odoo import Command

from .bills import choose_bills
from .receipts import find_rounded, find_together, receive_deposit, settle
from .transfers import finish, take_back

SMALL = 600  # sums below are paid in cash


def create_invoices(story):
    """Invoice what was delivered, take back returns, enter what customers paid."""
    _invoice(story, [plan for plan in story.plans if plan.invoiced is not None])
    rounded = find_rounded(story)
    _pay(
        story,
        [
            (plan.invoice, story.day(day), amount)
            for plan in story.plans
            if plan.payments and plan not in rounded
            for (day, _share), amount in zip(
                plan.payments, _split_amount(plan), strict=True
            )
        ],
    )
    bank = _find_journals(story)["bank"]
    for plan in rounded:
        settle(story, plan.invoice, plan.payments[0][0], bank)
    _credit_returns(story, [plan for plan in story.plans if plan.returned])
    _receive_deposits(story)
    receive_deposit(story, bank)


def create_vendor_bills(story):
    """Enter the vendors' bills for what came in, and pay those that are paid."""
    billed = [purchase for purchase in story.purchases if purchase.billed is not None]
    billed.sort(key=lambda purchase: -purchase.billed)
    for purchase in billed:
        # One by one: together, the orders of a vendor would make a single bill.
        purchase.order.action_create_invoice()
        purchase.bill = purchase.order.invoice_ids
        purchase.bill.write(
            {
                "invoice_date": story.day(purchase.billed),
                "date": story.day(purchase.billed),
                "ref": f"FP{story.dice.randint(10**7, 10**8 - 1)}",
            }
        )
    story.env["account.move"].union(*(p.bill for p in billed)).action_post()
    together = find_together(billed)
    _pay(
        story,
        [
            (purchase.bill, story.day(purchase.paid), purchase.bill.amount_total)
            for purchase in billed
            if purchase.paid is not None and purchase not in together
        ],
    )
    if together:
        bills = story.env["account.move"].union(*(p.bill for p in together))
        settle(story, bills, together[0].paid, _find_journals(story)["bank"])


def _invoice(story, plans):
    """Make one invoice an order, numbered in the order of their dates."""
    plans = sorted(plans, key=lambda plan: -plan.invoiced)
    orders = story.env["sale.order"].union(*(plan.order for plan in plans))
    invoices = orders._create_invoices(grouped=True)
    for plan in plans:
        plan.invoice = plan.order.invoice_ids
        plan.invoice.invoice_date = story.day(plan.invoiced)
    invoices.action_post()


def _split_amount(plan):
    """Return what is paid, payment by payment: the instalments where the term has
    some, else shares of the invoice."""
    instalments = _open_lines(plan.invoice).sorted("date_maturity")
    if len(instalments) > 1:
        return instalments[: len(plan.payments)].mapped("amount_currency")
    total, currency = plan.invoice.amount_total, plan.invoice.currency_id
    return [currency.round(total * share) for _day, share in plan.payments]


def _open_lines(move):
    return move.line_ids.filtered(
        lambda line: (
            line.account_type in ("asset_receivable", "liability_payable")
            and not line.reconciled
        )
    )


def _pay(story, payments):
    """Post payments and reconcile each with its document, the oldest first.

    :param payments: tuples of invoice or bill, date, and amount
    """
    payments = sorted(payments, key=lambda payment: payment[1])
    journals = _find_journals(story)
    bills = choose_bills(story, payments)
    records = story.env["account.payment"].create(
        [
            _prepare_payment_vals(journals, *payment) | bills.get(index, {})
            for index, payment in enumerate(payments)
        ]
    )
    records.action_post()
    story.env["account.move.line"]._reconcile_plan(
        [
            _open_lines(document) | _open_lines(record.move_id)
            for (document, _date, _amount), record in zip(
                payments, records, strict=True
            )
        ]
    )


def _prepare_payment_vals(journals, document, date, amount):
    inbound = document.move_type == "out_invoice"
    return {
        "payment_type": "inbound" if inbound else "outbound",
        "partner_type": "customer" if inbound else "supplier",
        "partner_id": document.commercial_partner_id.id,
        "amount": amount,
        "currency_id": document.currency_id.id,
        "date": date,
        "memo": document.name,
        "journal_id": journals["cash" if amount < SMALL else "bank"].id,
        "invoice_ids": [Command.link(document.id)],
    }


def _find_journals(story):
    """Return the bank's journal and that of the cash box, by type."""
    journals = story.env["account.journal"].search(
        [("company_id", "=", story.company.id), ("type", "in", ("bank", "cash"))]
    )
    return {journal.type: journal for journal in reversed(journals)}


def _credit_returns(story, plans):
    """Take goods back and give the credit notes for them two days later."""
    finish(
        story,
        {
            take_back(
                plan.order.picking_ids.filtered(lambda p: p.state == "done")[-1:]
            ): story.moment(plan.returned)
            for plan in plans
        },
    )
    for plan in plans:
        credit = plan.order._create_invoices(final=True)
        credit.invoice_date = story.day(max(0, plan.returned - 2))
        credit.action_post()
        if not plan.payments:  # what is paid leaves a credit in the customer's favour
            _open_lines(plan.invoice | credit).reconcile()


def _receive_deposits(story):
    """Receive money that no invoice asks for yet, from those who pay at once."""
    customers = [c for c in story.customers.values() if c.term == "now"]
    bank = _find_journals(story)["bank"]
    story.env["account.payment"].create(
        [
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": customer.partner.id,
                "amount": story.dice.randrange(1000, 6000, 500),
                "date": story.day(story.dice.randint(2, 40)),
                "memo": "预付款",
                "journal_id": bank.id,
            }
            for customer in customers
        ]
    ).action_post()
