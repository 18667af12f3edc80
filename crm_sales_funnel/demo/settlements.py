"""What the salespeople were paid of their commission: month by month with the wages; of
the last month somebody says that it is not right."""

from dateutil.relativedelta import relativedelta

from .commissions import MONTHS
from .payrolls import MONTHS as MONTHS_OF_PAYROLLS

DISPUTED_BY = "sales"
DISPUTE = (
    "上月底到账的一笔没有算进来。(A payment that came in at the end of the month is"
    " missing.)"
)


def create_settlements(story):
    """Book what was earned, settle each month, pay it, and post the wages."""
    settlements = story.env["funnel.commission.settlement"]
    settlements._run_plans(story.company)
    for ago in range(MONTHS, 0, -1):
        month = story.today.replace(day=1) - relativedelta(months=ago)
        made = settlements._make(month + relativedelta(day=31), company=story.company)
        made.write({"step": "submitted"})
        disputed = made.browse()
        if ago == 1:
            user = story.users[DISPUTED_BY]
            disputed = made.filtered(lambda one, user=user: one.user_id == user)
            disputed.write({"step": "disputed", "dispute": DISPUTE})
        agreed = made - disputed
        agreed.write({"step": "approved"})
        # There was no payroll before: what was earned then came with the first one.
        paid_with = story.today.replace(day=1) - relativedelta(
            months=min(ago, MONTHS_OF_PAYROLLS)
        )
        payable = agreed.filtered(lambda one: one.payable > 0)
        if payable:
            payable._put_into_payroll(paid_with)
    story.env["funnel.payroll"].search(
        [("company_id", "=", story.company.id), ("state", "=", "draft")], order="month"
    ).action_post()
