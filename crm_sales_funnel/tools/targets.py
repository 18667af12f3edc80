from datetime import date

# What is counted; all else is an amount of money.
COUNTED = ("new_customers", "contacts")
MEASURES = [
    ("ordered", "Ordered"),
    ("delivered", "Delivered"),
    ("invoiced", "Invoiced"),
    ("collected", "Collected"),
    ("margin", "Margin"),
    ("new_customers", "New Customers"),
    ("contacts", "Contacts"),
]
PERIODS = [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def get_first_day(day: date, period: str) -> date:
    """Return the first day of the month, quarter or year that the day is in.

    >>> get_first_day(date(2026, 5, 20), "quarter")
    datetime.date(2026, 4, 1)
    """
    months = MONTHS[period]
    return date(day.year, (day.month - 1) // months * months + 1, 1)
