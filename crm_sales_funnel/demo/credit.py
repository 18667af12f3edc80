"""Whom the company sells nothing to at the moment."""

HELD = "zhonglu"
REASON = "三个月未付款,经理已同意暂停发货 Nothing paid for three months"


def create_holds(story):
    """From now on limits are kept to; one customer is put on hold."""
    story.company.write(
        {
            "credit_gate_orders": True,
            "credit_gate_deliveries": True,
            "credit_gate_limits": True,
        }
    )
    holds = story.env["funnel.credit.hold"].with_user(story.users["finance"])
    # sudo: as all of the story is made.
    holds.sudo()._place(
        story.company, story.customers[HELD].partner, REASON, kind="manual"
    )
