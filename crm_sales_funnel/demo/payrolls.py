"""What the people of the demo company are paid: the last three months, one by one."""

from dateutil.relativedelta import relativedelta

MONTHS = 3  # so many months that are over; before, wages were one amount a month
COLUMNS = (
    "wages",
    "bonus",
    "allowance",
    "social_withheld",
    "income_tax",
    "social",
)
# Wages of a month; of all, what is paid to the insurance and the tax office follows.
WAGES = {
    "sales": 8_500,
    "sales.zh": 8_000,
    "sales.anna": 9_000,
    "sales.daniel": 8_800,
    "leader": 12_500,
    "manager": 18_000,
    "orderdesk": 7_200,
    "warehouse": 6_000,
    "finance": 9_500,
    "purchasing": 8_200,
    "both": 7_800,
}
SELLERS = ("sales", "sales.zh", "sales.anna", "sales.daniel", "leader")
ALLOWANCE = 300
EMPLOYEE_RATE, EMPLOYER_RATE, TAX_RATE = 0.105, 0.26, 0.03
TAX_FREE = 5_000


def create_payrolls(story):
    """Enter the wages of each month on its last day: those of the last one are owed
    still, those before are paid by the bank. They are posted when commission is settled.
    """
    for login, user in story.users.items():
        if login in WAGES:
            user.partner_id.ref = f"E{list(WAGES).index(login) + 1:03}"
    items = {name: story.ref(f"cost_item_{name}") for name in COLUMNS}
    bank = story.env["account.journal"].search(
        [("company_id", "=", story.company.id), ("type", "=", "bank")], limit=1
    )
    for ago in range(MONTHS, 0, -1):
        month = story.today.replace(day=1) - relativedelta(months=ago)
        story.env["funnel.payroll"].create(
            {
                "company_id": story.company.id,
                "month": month,
                "date": month + relativedelta(day=31),
                "paid_journal_id": bank.id if ago > 1 else False,
                "item_ids": list(items.values()),
                "rows": {"lines": _prepare_lines(story, items, ago)},
            }
        )


def _prepare_lines(story, items, ago):
    return [
        {
            "partner_id": story.users[login].partner_id.id,
            "amounts": {
                str(items[name]): amount
                for name, amount in _prepare_amounts(login, wages, ago).items()
            },
        }
        for login, wages in WAGES.items()
    ]


def _prepare_amounts(login, wages, ago):
    bonus = 400 * (1 + (len(login) + ago) % 4) if login in SELLERS else 0
    withheld = round(wages * EMPLOYEE_RATE, 2)
    taxed = max(wages + bonus + ALLOWANCE - withheld - TAX_FREE, 0)
    return {
        "wages": wages,
        "bonus": bonus,
        "allowance": ALLOWANCE,
        "social_withheld": withheld,
        "income_tax": round(taxed * TAX_RATE, 2),
        "social": round(wages * EMPLOYER_RATE, 2),
    }
