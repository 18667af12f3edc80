"""What happens to the sales orders of the year, decided before any is made."""

from dataclasses import dataclass, field
from itertools import cycle
from math import floor
from typing import Any

from .company import TERMS
from .people import LEFT


@dataclass(frozen=True)
class Case:
    """So many orders that end alike.

    ``days`` says since when, in days before today (below zero: still to come), it
    is so: since the due date for what was invoiced, since the invoice for
    instalments, since the delivery for slips without invoice, since the promised
    date for goods to be delivered, since the offer for quotations.
    """

    count: int
    kind: str  # invoiced, instalments, slip, part, waiting, quotation, cancel
    days: tuple[int, int]
    paid: tuple[float, ...] = ()  # shares of the invoice, payment by payment
    returned: bool = False  # some goods came back, with a credit note
    only: tuple[str, ...] = ()  # these customers
    by: str = ""  # this salesperson
    long: bool = False  # an order whose slip takes more than a page


CASES = (
    # closed business of the year
    Case(8, "invoiced", (12, 110), paid=(1,)),
    Case(12, "invoiced", (111, 285), paid=(1,)),
    Case(2, "invoiced", (20, 200), paid=(1,), only=("heyu",)),
    Case(3, "invoiced", (40, 240), paid=(1,), by=LEFT),
    Case(2, "instalments", (130, 250), paid=(0.3, 0.5, 0.2)),
    # owed: each age of debt, part of it paid
    Case(4, "invoiced", (-27, -8)),
    Case(4, "invoiced", (-6, -1)),
    Case(3, "invoiced", (0, 0)),
    Case(3, "invoiced", (2, 30)),
    Case(2, "invoiced", (5, 28), paid=(0.4,)),
    Case(3, "invoiced", (33, 60)),
    Case(1, "invoiced", (35, 60), paid=(0.5,), only=("heyu",)),
    Case(3, "invoiced", (62, 90)),
    Case(1, "invoiced", (65, 90), paid=(0.6,)),
    Case(2, "invoiced", (93, 180)),
    Case(1, "invoiced", (95, 170), by=LEFT),
    Case(2, "invoiced", (185, 235)),
    Case(1, "invoiced", (190, 235), by=LEFT, paid=(0.3,)),
    # 30/50/20: first instalment due, second, third
    Case(1, "instalments", (5, 20)),
    Case(1, "instalments", (8, 25), paid=(0.3,)),
    Case(1, "instalments", (38, 60), paid=(0.3,)),
    Case(1, "instalments", (95, 118), paid=(0.3, 0.5)),
    # goods returned: against an open invoice, and after it was paid
    Case(2, "invoiced", (8, 50), returned=True),
    Case(2, "invoiced", (40, 120), paid=(1,), returned=True),
    # delivered, not yet invoiced
    Case(5, "slip", (1, 24)),
    Case(1, "slip", (1, 9), long=True),
    Case(1, "slip", (3, 20), only=("heyu",)),
    # a part delivered, the rest promised
    Case(2, "part", (2, 6)),
    Case(2, "part", (-5, -1)),
    # nothing delivered yet
    Case(3, "waiting", (1, 9)),
    Case(3, "waiting", (0, 0)),
    Case(1, "waiting", (0, 0), only=("heyu",), long=True),
    Case(4, "waiting", (-6, -1)),
    Case(3, "waiting", (-25, -8)),
    Case(5, "quotation", (0, 6)),
    Case(3, "quotation", (9, 40)),
    Case(2, "cancel", (20, 120)),
)
SELLERS = ("sales", "sales.zh", "sales.anna", "sales.daniel", "leader")
MANY = 3  # orders of a case, from which on every salesperson has one in turn


@dataclass
class Plan:
    """One order: when, in days before today, what happens to it."""

    customer: Any  # customers.Customer
    ordered: int
    promised: int | None
    kind: str
    shipments: list[tuple[int, float]] = field(default_factory=list)  # (day, share)
    invoiced: int | None = None
    overdue: int | None = None  # where one day is agreed for the whole invoice
    payments: list[tuple[int, float]] = field(default_factory=list)  # (day, share)
    returned: int | None = None
    long: bool = False
    order: Any = None  # sale.order
    invoice: Any = None  # account.move

    @property
    def is_confirmed(self) -> bool:
        return self.kind not in ("quotation", "cancel")

    @property
    def is_chased(self) -> bool:
        return not self.payments and (self.overdue or 0) > 30


def plan_orders(story) -> list[Plan]:
    """Return what happens to each order, the oldest order first."""
    plans, turns = [], cycle(SELLERS)
    for case in CASES:
        # The first to have one of each kind is who most often logs in to look.
        sellers = cycle(SELLERS) if case.count >= MANY else turns
        first, last = case.days
        for number in range(case.count):
            customer = _choose_customer(story, case, case.by or next(sellers))
            # spread over the span, so that no month is without business
            part = (number + story.dice.random()) / case.count
            days = first + floor((last - first + 1) * part)
            plans.append(_PLANNERS[case.kind](story.dice, case, customer, days))
            plans[-1].long = case.long
    return sorted(plans, key=lambda plan: -plan.ordered)


def _choose_customer(story, case, login):
    """Let a customer of the salesperson order whose payment term fits the case."""
    if case.only:
        return story.customers[story.dice.choice(case.only)]
    fitting = [
        customer
        for customer in story.customers.values()
        if case.kind not in ("invoiced", "instalments")
        or (customer.term == "split") == (case.kind == "instalments")
        # what is still to fall due cannot be due on the day of the invoice
        and (customer.term != "now" or case.days[0] > 0)
    ]
    own = [customer for customer in fitting if customer.login == login] or fitting
    return story.dice.choices(own, [customer.weight for customer in own])[0]


def _plan_invoiced(dice, case, customer, days):
    invoiced = days + TERMS[customer.term][2][0][1]
    plan = _plan_delivered(dice, customer, invoiced + dice.randint(0, 2), case.kind)
    plan.invoiced, plan.overdue = invoiced, days
    if case.returned:
        plan.returned = max(1, invoiced - dice.randint(3, 9))
    if case.paid == (1,):
        # some pay before the day, most after it
        plan.payments = [(max(1, days - dice.randint(-4, 20)), 1)]
    else:
        plan.payments = [
            (dice.randint(1, max(1, min(days, invoiced))), part) for part in case.paid
        ]
    return plan


def _plan_instalments(dice, case, customer, days):
    plan = _plan_delivered(dice, customer, days + dice.randint(0, 2), case.kind)
    plan.invoiced = days
    plan.payments = [
        (max(1, days - after - dice.randint(0, 8)), part)
        for part, (_percent, after) in zip(
            case.paid, TERMS[customer.term][2], strict=False
        )
    ]
    return plan


def _plan_slip(dice, case, customer, days):
    return _plan_delivered(dice, customer, days, case.kind)


def _plan_delivered(dice, customer, days, kind):
    """Plan an order whose last goods left ``days`` ago, some in two deliveries."""
    ordered = days + dice.randint(3, 9)
    shipments = [(days, 1)]
    if dice.random() < 0.2:
        shipments = [(dice.randint(days, ordered - 2), 0.6), (days, 1)]
    return Plan(customer, ordered, ordered - dice.randint(3, 7), kind, shipments)


def _plan_part(dice, case, customer, days):
    delivered = max(days, 0) + dice.randint(1, 4)
    ordered = delivered + dice.randint(3, 8)
    plan = Plan(customer, ordered, days, case.kind, [(delivered, 0.6)])
    plan.invoiced = dice.choice((None, delivered - 1))
    return plan


def _plan_waiting(dice, case, customer, days):
    return Plan(customer, max(days, 0) + dice.randint(2, 8), days, case.kind)


def _plan_quotation(dice, case, customer, days):
    return Plan(customer, days, None, case.kind)


_PLANNERS = {
    "invoiced": _plan_invoiced,
    "instalments": _plan_instalments,
    "slip": _plan_slip,
    "part": _plan_part,
    "waiting": _plan_waiting,
    "quotation": _plan_quotation,
    "cancel": _plan_quotation,
}
