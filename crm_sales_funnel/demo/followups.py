"""Who does not pay, and what was done about it: three weeks of follow-ups, promises that
were kept, broken and are open, a dispute, customers on hold, and what is proposed today."""

from datetime import timedelta

from odoo import Command

RUNS = (21, 9)  # days ago
ANSWERS = {
    "task": "会计出差，下周回来付款 (accountant is away, pays next week)",
    "call": "答应月底前付款 (promised to pay by the end of the month)",
    "letter": "信已寄出 (sent by post)",
}


def create_followups(story):
    """Follow up as a business does that began three weeks ago."""
    policy = _create_policy(story)
    runs = story.env["funnel.followup.run"]
    for ago in RUNS:
        date = story.day(ago)
        runs._prepare(story.company, date)
        _carry_out(story, date)
    _create_promises(story)
    _create_dispute(story)
    runs._prepare(story.company, story.today)
    proposed = _lines(story, "proposed")
    # Some of today's are approved, the rest waits.
    proposed.filtered(lambda line: line.channel in ("task", "call"))[:6].write(
        {"state": "todo"}
    )
    return policy


def _lines(story, state):
    return story.env["funnel.followup.line"].search(
        [("company_id", "=", story.company.id), ("state", "=", state)]
    )


def _create_policy(story):
    """Copy the standard policy for the company, with a mail before the letter."""
    standard = story.env.ref("crm_sales_funnel.followup_policy_standard")
    policy = standard.copy({"company_id": story.company.id, "sequence": 5})
    policy.name = "Demo Company"
    story.translate(policy, "演示公司催款规则")
    mail = {"name": "Mail with reminder", "days": 7, "channel": "mail"}
    policy.level_ids = [
        Command.create(
            {
                **mail,
                "text": "A friendly reminder: the items below are overdue.",
            }
        )
    ]
    level = policy.level_ids.filtered(lambda each: each.days == 7)
    story.translate(level, "邮件提醒")
    story.translate(level, "温馨提示：以下款项已到期，烦请安排付款。", "text")
    return policy


def _carry_out(story, date):
    """Note what was done about the proposals of a day; two customers are on hold."""
    lines = _lines(story, "proposed")
    held = lines.filtered(lambda line: line.channel == "hold")
    for line in held[:2]:
        line._send_hold()
    (held[2:]).write({"state": "skipped"})
    lines -= held
    lines.write({"state": "done", "done_date": date + timedelta(days=1)})
    for channel, some in lines.grouped("channel").items():
        some[:3].write({"answer": ANSWERS.get(channel, False)})
    for line in lines:
        line.done_user_id = line.user_id or story.env.user


def _create_promises(story):
    """One promise is open, one is broken, both taken on the phone."""
    promises = story.env["funnel.payment.promise"]
    late = _lines(story, "done").filtered(lambda line: not line.is_paid)
    lines = late.grouped("partner_id").values()
    for some, taken, due in zip(lines, (8, 6, 2), (3, 1, -5)):
        promises.create(
            {
                "partner_id": some[0].partner_id.id,
                "company_id": story.company.id,
                "currency_id": some[0].currency_id.id,
                "date": story.day(taken),
                "date_due": story.day(due),
                "note": "电话承诺 (promised on the phone)",
            }
        )


def _create_dispute(story):
    """One invoice is disputed: a box is missing."""
    items = _lines(story, "done").item_ids.filtered(
        lambda item: item.amount_open > 0 and item.move_id.move_type == "out_invoice"
    )
    story.env["funnel.invoice.dispute"].create(
        {
            "move_id": items[-1:].move_id.id,
            "category": "quantity",
            "note": "少收一箱，等补发 (one box is missing)",
            "date": story.day(5),
        }
    )
