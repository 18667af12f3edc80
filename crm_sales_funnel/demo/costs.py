"""What the company spends besides goods: rent, power, wages, and the salespeople's
travel."""

from random import Random

from dateutil.relativedelta import relativedelta

from .payrolls import MONTHS as MONTHS_OF_PAYROLLS

MONTHS = 11  # so many months that are over
# category: the codes of its account in the Chinese chart and in the generic one
ACCOUNTS = {
    "premises": ("560200", "600000"),
    "people": ("560200", "600000"),
    "sales": ("560100", "962000"),
}
TRAVELLERS = ("sales", "sales.zh", "sales.anna", "sales.daniel")
TRIPS = ("广州拜访客户 (visits, Guangzhou)", "上海展会 (fair, Shanghai)", "东莞验货")


def create_costs(story):
    """Enter the costs of the year, and leave this month's rent to be approved."""
    _set_accounts(story)
    dice = Random(7)  # of its own: what is made elsewhere stays as it was
    months = [
        story.today.replace(day=1) - relativedelta(months=ago)
        for ago in range(MONTHS, 0, -1)
    ]
    costs = story.env["funnel.running.cost"].create(
        [
            vals
            for month in months
            for vals in (
                _prepare_power_vals(story, dice, month),
                *_prepare_wages_vals(story, month),
                *_prepare_travel_vals(story, dice, month),
            )
        ]
    )
    costs.action_post()
    _create_rent(story, months[0])


def _set_accounts(story):
    for category, codes in ACCOUNTS.items():
        item = story.env["funnel.cost.item"].browse(
            story.ref(f"cost_item_category_{category}")
        )
        item.account_id = story.env["account.account"].search(
            [("code", "in", codes), ("company_ids", "in", story.company.ids)], limit=1
        )


def _create_rent(story, first):
    rent = story.env["funnel.recurring.cost"].create(
        {
            **_prepare_vals(story, "rent", "bank", 18_500),
            "name": "办公室和仓库租金 (office and warehouse)",
            "day": 1,
            "date_from": first,
            "mode": "post",
        }
    )
    while rent.next_date < story.today.replace(day=1):
        rent._make_next()
    rent.mode = "approve"
    rent._make_next()


def _prepare_power_vals(story, dice, month):
    return {
        **_prepare_vals(story, "power", "bank", dice.randint(180_000, 320_000) / 100),
        "date": month.replace(day=10),
        "tax_id": story.company.account_purchase_tax_id.id,
    }


def _prepare_wages_vals(story, month):
    """One amount, before there were payrolls."""
    first = story.today.replace(day=1) - relativedelta(months=MONTHS_OF_PAYROLLS)
    if month >= first:
        return []
    return [
        {
            **_prepare_vals(story, "wages", "bank", 96_400),
            "date": month.replace(day=15),
            "note": f"{month:%Y-%m}",
        }
    ]


def _prepare_travel_vals(story, dice, month):
    return [
        {
            **_prepare_vals(
                story, "travel", "cash", dice.randint(20_000, 240_000) / 100
            ),
            "date": month.replace(day=dice.randint(3, 27)),
            "user_id": story.users[login].id,
            "note": dice.choice(TRIPS),
        }
        for login in dice.sample(TRAVELLERS, 2)
    ]


def _prepare_vals(story, item, journal, amount):
    journals = story.env["account.journal"].search(
        [("company_id", "=", story.company.id), ("type", "=", journal)], limit=1
    )
    return {
        "company_id": story.company.id,
        "item_id": story.ref(f"cost_item_{item}"),
        "journal_id": journals.id,
        "amount": amount,
    }
