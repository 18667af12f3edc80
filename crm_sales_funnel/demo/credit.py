"""Whom the company sells nothing to at the moment."""

from datetime import timedelta

# Customer -> why, and for how many days; None: until somebody releases it.
HELD = {
    "heyu": (
        "逾期过久,付款后恢复发货 Long overdue; goods leave when it has paid",
        None,
    ),
    "puyu": ("开票资料待更正 Its invoice details are being corrected", 14),
}


def create_holds(story):
    """From now on limits are kept to; some customers are put on hold."""
    story.company.write(
        {
            "credit_gate_orders": True,
            "credit_gate_deliveries": True,
            "credit_gate_limits": True,
        }
    )
    holds = story.env["funnel.credit.hold"].with_user(story.users["finance"])
    for key, (reason, days) in HELD.items():
        # sudo: as all of the story is made.
        holds.sudo()._place(
            story.company,
            story.customers[key].partner,
            reason,
            kind="manual",
            date_end=days and story.today + timedelta(days=days),
        )
