"""What salespeople and teams are to reach: a little more than in the year before."""

from dateutil.relativedelta import relativedelta

from .people import LEFT, TEAMS

# What is added to the monthly average of the year, rounded to so many units.
MEASURES = {"collected": 1000, "ordered": 1000, "new_customers": 1, "contacts": 5}
MORE = 1.1
MONTHS = 3  # as many months back, and this one


def create_targets(story):
    """Monthly ones of the salespeople, a year's of the teams; the leader has none of his
    own: what he sells is for the team."""
    first = story.today.replace(day=1)
    monthly = _get_monthly(story, first)
    vals_list = [
        {
            "user_id": story.users[login].id,
            "measure": measure,
            "period": "month",
            "date_from": first - relativedelta(months=back),
            "amount": monthly[login, measure],
        }
        for login in ("sales", "sales.zh", "sales.anna", "sales.daniel")
        for measure in MEASURES
        for back in range(MONTHS + 1)
    ]
    vals_list += [
        {
            "team_id": story.teams[key].id,
            "measure": "collected",
            "period": "year",
            "date_from": first.replace(month=1),
            "amount": 12 * sum(monthly[login, "collected"] for login in members),
        }
        for key, (_name, _zh, _leader, members) in TEAMS.items()
    ]
    story.env["funnel.target"].create(vals_list)


def _get_monthly(story, first):
    """Return (login, measure) -> what a month is to bring."""
    rows = story.env["funnel.performance.report"]._read_group(
        [("date", ">=", first - relativedelta(years=1)), ("date", "<", first)],
        ["user_id"],
        [f"{measure}:sum" for measure in MEASURES],
    )
    sums = {user: sums for user, *sums in rows}
    monthly = {}
    for login, user in story.users.items():
        if login == LEFT:
            continue
        found = sums.get(user) or [0] * len(MEASURES)
        for (measure, unit), total in zip(MEASURES.items(), found, strict=True):
            parts = round((total or 0) / 12 * MORE / unit)
            monthly[login, measure] = max(parts, 1) * unit
    return monthly
