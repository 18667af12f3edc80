"""What customers owed at the end of each month of the story."""


def create_snapshots(story):
    """Take the month-ends as the scheduled action does, of the demo company alone."""
    snapshots = story.env["funnel.receivable.snapshot"]
    for date in snapshots._get_missing(story.company):
        snapshots._take(date, story.company)
