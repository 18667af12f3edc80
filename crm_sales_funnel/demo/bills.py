"""Bills of exchange and cheques: some wait in the portfolio, one is overdue, one was
cashed, and one was handed on to a vendor."""

from odoo import Command

NAME = "银行承兑汇票 (acceptance bill)"
# Number, and when each matures, in days before today; the last but one is cashed, the
# last one is handed on.
BILLS = (
    ("EB20481102", -62),
    ("EB20481077", -24),
    ("EB20480918", -4),
    ("CQ 003117", 3),
    ("EB20480655", 12),
    ("EB20480931", -40),
)
EARLIEST = 120  # days since the payment


def choose_bills(story, payments):
    """Return which of the customers' payments are by bill: the index of each in the list,
    and what is written of the bill."""
    ours = story.company.currency_id
    chosen = [
        index
        for index, (document, date, amount) in enumerate(payments)
        if document.move_type == "out_invoice"
        and document.currency_id == ours
        and amount >= 1000
        and 20 <= (story.today - date).days <= EARLIEST
    ][-len(BILLS) :]
    if len(chosen) < len(BILLS):
        return {}
    method = _create_method(story, "inbound")
    return {
        index: {
            "payment_method_line_id": method.id,
            "bill_number": number,
            "maturity_date": story.day(ago),
        }
        for index, (number, ago) in zip(chosen, BILLS, strict=True)
    }


def create_bills(story):
    """Let the bank cash the one, and hand the other on to a vendor."""
    bills = _find(story)
    if bills:
        _cash(story, bills[BILLS[-2][0]])
        _hand_on(story, bills[BILLS[-1][0]])


def _find(story):
    payments = story.env["account.payment"].search(
        [
            ("bill_number", "in", [number for number, _ago in BILLS]),
            ("company_id", "=", story.company.id),
        ]
    )
    return payments.grouped("bill_number")


def _create_method(story, direction):
    journal = story.env["account.journal"].search(
        [("company_id", "=", story.company.id), ("type", "=", "bank")], limit=1
    )
    lines = journal[f"{direction}_payment_method_line_ids"]
    account = story.env["account.account"].search(
        [("name", "=", "银行承兑汇票"), ("company_ids", "in", story.company.ids)]
    ) or _create_account(story)
    return lines[:1].copy(
        {"name": NAME, "is_bill": True, "payment_account_id": account.id}
    )


def _create_account(story):
    accounts = story.env["account.account"]
    return accounts.create(
        {
            "name": "银行承兑汇票",
            "code": accounts._search_new_account_code("112101"),
            "account_type": "asset_current",
            "reconcile": True,
            "company_ids": [Command.set(story.company.ids)],
        }
    )


def _cash(story, bill):
    dialog = (
        story.env["funnel.bill.cash"]
        .with_user(story.users["finance"])
        .with_context(active_model="account.payment", active_ids=bill.ids)
    )
    dialog.create(
        {"date": bill.maturity_date, "journal_id": bill.journal_id.id}
    ).action_cash()


def _hand_on(story, bill):
    """Pay the vendor who is owed most with it."""
    owed = story.env["account.move"].search(
        [
            ("company_id", "=", story.company.id),
            ("move_type", "=", "in_invoice"),
            ("currency_id", "=", bill.currency_id.id),
            ("payment_state", "=", "not_paid"),
            ("state", "=", "posted"),
        ]
    )
    vendor_bill = max(owed, key=lambda move: (move.amount_residual, move.id))
    method = _create_method(story, "outbound")
    screen = (
        story.env["funnel.settle"]
        .with_user(story.users["finance"])
        .create(
            {
                "direction": "pay",
                "partner_id": vendor_bill.commercial_partner_id.id,
                "chosen_ids": [Command.set(vendor_bill.ids)],
                "amount": bill.amount,
                "date": story.day(8),
                "journal_id": bill.journal_id.id,
                "payment_method_line_id": method.id,
                "bill_number": bill.bill_number,
                "maturity_date": bill.maturity_date,
                "memo": "背书转让",
            }
        )
    )
    payment = story.env["account.payment"].browse(screen.action_confirm()["res_id"])
    (bill | payment).move_id.line_ids.filtered(
        lambda line: line.account_id == bill.outstanding_account_id
    ).reconcile()
