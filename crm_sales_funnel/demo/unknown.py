"""Receipts of payers whom nobody knows: two wait, one is claimed, one is contested, and one
was assigned to its customer."""

from odoo import Command

# Days ago, amount, payer, memo, reference: as the bank tells it.
RECEIVED = (
    (33, 4_860, "深圳市鑫源五金商行", "货款", "202611A00417"),
    (6, 12_300, "WISE PAYMENTS LTD", "INV 2 goods", "FT26W88120"),
    (4, 7_500, "陈桂芳", "代付货款", "202611A01933"),
    (2, 21_600, "东莞市联创机电设备有限公司", "", "202611A02071"),
    (1, 3_150, "林小姐", "螺丝款", "202611A02144"),
)
ASSIGNED = (11, 5_000, "吴国强", "定金", "202610A09802")


def create_unknown_receipts(story):
    """Enter what arrived, claim some of it, and confirm one claim."""
    receipts = _enter(story, (*RECEIVED, ASSIGNED))
    _old, _foreign, claimed, contested, _new, assigned = receipts
    first, second = (_customers(story, login) for login in ("sales", "sales.zh"))
    _claim(story, claimed, "sales", first[0], "老板娘个人账户付的 (paid by his wife)")
    _claim(story, contested, "sales", first[1], "金额和订单一致")
    _claim(story, contested, "sales.zh", second[0], "客户说昨天转了")
    plan = _find_waiting(story)
    login = plan.customer.login
    claim = _claim(
        story,
        assigned,
        login if login in story.users else "manager",
        plan.customer.partner,
        "合同定金",
        order_ids=[Command.set(plan.order.ids)],
    )
    _confirm(story, claim)


def _enter(story, rows):
    journal = story.env["account.journal"].search(
        [("company_id", "=", story.company.id), ("type", "=", "bank")], limit=1
    )
    receipts = story.env["funnel.unknown.receipt"].with_user(story.users["finance"])
    return receipts.create(
        [
            {
                "journal_id": journal.id,
                "date": story.day(ago),
                "amount": amount,
                "payer_name": payer,
                "memo": memo,
                "reference": reference,
            }
            for ago, amount, payer, memo, reference in rows
        ]
    )


def _customers(story, login):
    """Return the customers of a salesperson who pay in the company's currency."""
    return [
        customer.partner
        for customer in story.customers.values()
        if customer.login == login and not customer.currency
    ]


def _find_waiting(story):
    """Return the plan of an order that waits for its goods, and has no deposit."""
    paid = story.env["account.payment"].search(
        [("deposit_order_id", "!=", False), ("company_id", "=", story.company.id)]
    )
    return max(
        (
            plan
            for plan in story.plans
            if plan.kind == "waiting"
            and not plan.customer.currency
            and plan.order not in paid.deposit_order_id
        ),
        key=lambda plan: (plan.ordered, plan.order.id),
    )


def _claim(story, receipt, login, partner, note, **values):
    claims = story.env["funnel.receipt.claim"].with_user(story.users[login])
    return claims.create(
        {"receipt_id": receipt.id, "partner_id": partner.id, "note": note, **values}
    )


def _confirm(story, claim):
    screen = (
        story.env["funnel.settle"]
        .with_user(story.users["finance"])
        .with_context(default_claim_id=claim.id)
        .create({})
    )
    screen.action_nothing()
    screen.action_confirm()
