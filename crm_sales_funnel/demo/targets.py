"""What salespeople and teams are to reach, by what was reached a while ago."""

from dateutil.relativedelta import relativedelta

from .people import TEAMS

# Login -> what a month is to bring, in thousands of yuan collected and ordered, in new
# customers and contacts.
MONTHLY = {
    "sales": (90, 110, 2, 20),
    "sales.zh": (70, 90, 2, 20),
    "sales.anna": (80, 100, 1, 15),
    "sales.daniel": (60, 80, 1, 15),
}
MEASURES = ("collected", "ordered", "new_customers", "contacts")
MONTHS = 3  # as many months back, and this one


def create_targets(story):
    """Monthly ones of the salespeople, a year's of the teams; the leader has none of his
    own: what he sells is for the team."""
    first = story.today.replace(day=1)
    vals_list = [
        {
            "user_id": story.users[login].id,
            "measure": measure,
            "period": "month",
            "date_from": first - relativedelta(months=back),
            "amount": amount * (1000 if measure in MEASURES[:2] else 1),
        }
        for login, amounts in MONTHLY.items()
        for measure, amount in zip(MEASURES, amounts, strict=True)
        for back in range(MONTHS + 1)
    ]
    vals_list += [
        {
            "team_id": story.teams[key].id,
            "measure": "collected",
            "period": "year",
            "date_from": first.replace(month=1),
            "amount": 12
            * 1000
            * sum(amounts[0] for login, amounts in MONTHLY.items() if login in members),
        }
        for key, (_name, _zh, _leader, members) in TEAMS.items()
    ]
    story.env["funnel.target"].create(vals_list)
