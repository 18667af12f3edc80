"""How an amount of money is shared among the open items of a customer or vendor."""

from collections.abc import Sequence


def propose(
    items: Sequence[float],
    amount: float,
    limit: float = 0.0,
    chosen: Sequence[bool] = (),
    digits: int = 2,
) -> list[tuple[float, float]]:
    """Return what is applied to each item, and what of it is rounded off.

    The first items are paid first. What is open of the last one is rounded off when it
    is within the limit:

    >>> propose([100.1, 200.1, 300.1], 600, limit=1)
    [(100.1, 0.0), (200.1, 0.0), (299.8, 0.3)]
    >>> propose([100, 50], 120)
    [(100, 0.0), (20, 0.0)]

    Negative items (credit notes, money on account) are used up as far as they are
    needed, when they were chosen, or when the amount is what is owed less all of them:

    >>> propose([100, -30, 50], 120)
    [(100, 0.0), (-30, 0.0), (50, 0.0)]
    >>> propose([100, -30, 50], 119.9, limit=1)
    [(100, 0.0), (-30, 0.0), (49.9, 0.1)]
    >>> propose([100, -30, 50], 149.9, limit=1)
    [(100, 0.0), (0.0, 0.0), (49.9, 0.1)]
    >>> propose([100, -30, 50], 90, chosen=[False, True, False])
    [(100, 0.0), (-30, 0.0), (20, 0.0)]

    :param items: open amounts in the order in which they are paid
    :param limit: the most that is rounded off of an item
    :param chosen: for each item whether it was chosen
    :param digits: decimal places of the currency
    """
    chosen = chosen or [False] * len(items)
    debts = sum(item for item in items if item > 0)
    settles_all = amount > 0 and 0 <= round(sum(items) - amount, digits) <= limit
    left, missing = amount, max(debts - amount, 0)
    result = [(0.0, 0.0)] * len(items)
    for index, item in enumerate(items):
        if item < 0 and (chosen[index] or settles_all):
            used = round(min(-item, missing), digits)
            missing, left = missing - used, left + used
            result[index] = (-used if used else 0.0, 0.0)
    for index, item in enumerate(items):
        paid = round(min(item, left), digits)
        if paid > 0:
            left -= paid
            short = round(item - paid, digits)
            result[index] = (paid, short if 0 < short <= limit else 0.0)
    return result
