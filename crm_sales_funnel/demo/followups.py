"""Who does not pay, and what was done about it in three weeks; what is proposed today."""

from datetime import timedelta

from odoo import Command

RUNS = (21, 9)  # days ago
TO_DO = 2  # so many tasks and calls of each salesperson are approved today
ANSWERS = {
    "task": "会计出差，下周回来付款 (accountant is away, pays next week)",
    "call": "答应月底前付款 (promised to pay by the end of the month)",
    "letter": "信已寄出 (sent by post)",
}


def create_followups(story):
    """Follow up as a business does that began three weeks ago."""
    _create_policy(story)
    for ago in RUNS:
        date = story.day(ago)
        story.env["funnel.followup.run"]._prepare(story.company, date)
        _carry_out(story, date)


def propose_followups(story):
    """Propose what is due today; some of it is approved, the rest waits."""
    story.env["funnel.followup.run"]._prepare(story.company, story.today)
    approved = _lines(story, "proposed").filtered(
        lambda line: line.channel in ("task", "call")
    )
    for some in approved.grouped("user_id").values():
        some[:TO_DO]._renew(story.today).write({"state": "todo"})


def _lines(story, state):
    lines = story.env["funnel.followup.line"].with_context(
        allowed_company_ids=story.company.ids
    )
    return lines.search([("company_id", "=", story.company.id), ("state", "=", state)])


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
    """Note what was done about the proposals of a day; who would be on hold was left
    out."""
    lines = _lines(story, "proposed")
    held = lines.filtered(lambda line: line.channel == "hold")
    held.write({"state": "skipped"})
    lines = (lines - held)._renew(date)
    lines.write({"state": "done", "done_date": date + timedelta(days=1)})
    for channel, some in lines.grouped("channel").items():
        some[:3].write({"answer": ANSWERS.get(channel, False)})
    for line in lines:
        line.done_user_id = line.user_id or story.env.user
