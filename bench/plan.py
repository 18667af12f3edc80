"""Three years of a trading group's business, drawn from a seed.

Plain Python: it knows only the ids that it is given as a ``World``, and yields rows of
the streams, parents before children, in whole cents, so that every entry balances.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import NamedTuple

from .streams import STREAMS, Line, Matching, Move, Partial, Partner, Payment
from .world import DAYS, TAX_PERCENT, TERMS, World, rate

FIRST_ID = 1_000_000  # generated rows are told from Odoo's own by their ids
TERM_WEIGHTS = (60, 22, 18)
COMPANY_WEIGHTS = (70, 20, 10)
BEHAVIOURS = {"full": 68, "never": 7, "together": 10, "parts": 11, "too much": 4}


@dataclass(frozen=True)
class Size:
    invoices: int
    partners: int


SIZES = {
    "1k": Size(1_000, 2_000),
    "10k": Size(10_000, 20_000),
    "100k": Size(100_000, 50_000),
    "300k": Size(300_000, 100_000),
}


@dataclass
class Customer:
    id: int
    shops: list[int]  # child contacts that documents may be addressed to
    salesperson: tuple[int, int]
    currency: str | None  # foreign, where it is not the company's
    delay: int  # days after the due date when this customer usually pays
    # Invoices waiting to be paid by one transfer, per company.
    waiting: dict[int, list] = field(default_factory=dict)


@dataclass
class Item:
    """A journal item on a receivable account, and what is still open of it."""

    line: int
    date: date
    due: date | None
    cents: int
    cents_currency: int
    rest: int = 0
    rest_currency: int = 0

    def __post_init__(self):
        self.rest, self.rest_currency = self.cents, self.cents_currency

    def worth(self, cents_currency: int) -> int:
        """Return what a part of the open amount is worth at this item's own rate."""
        if abs(cents_currency) == abs(self.rest_currency):
            return abs(self.rest)
        share = round(abs(self.cents) * cents_currency / abs(self.cents_currency))
        return min(share, abs(self.rest))

    def take(self, cents: int, cents_currency: int) -> None:
        sign = 1 if self.cents > 0 else -1
        self.rest -= sign * cents
        self.rest_currency -= sign * cents_currency


class Groups:
    """Union-find over ids of journal items.

    >>> groups = Groups()
    >>> groups.join(1, 2), groups.join(3, 4), groups.join(2, 3)
    (None, None, None)
    >>> sorted(groups)
    [(1, 1), (2, 1), (3, 1), (4, 1)]
    """

    def __init__(self):
        self._parents = {}

    def find(self, key: int) -> int:
        parents = self._parents
        while (parent := parents.setdefault(key, key)) != key:
            parents[key] = key = parents[parent]
        return key

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self._parents[second] = first

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((key, self.find(key)) for key in list(self._parents))


def part(cents: int, percent: int) -> int:
    """Return ``percent`` of an amount, half a cent rounded up as Odoo does.

    >>> part(1001, 50), part(150, 13)
    (501, 20)
    """
    return (cents * percent + 50) // 100


def instalments(total: int, day: date, term: str) -> list[tuple[date, int]]:
    """Return due dates and amounts; the last takes what rounding left.

    >>> [cents for _, cents in instalments(1001, date(2026, 1, 1), list(TERMS)[2])]
    [300, 501, 200]
    """
    parts = [
        (day + timedelta(days), part(total, percent))
        for days, percent in TERMS[term].items()
    ]
    due, last = parts[-1]
    return [*parts[:-1], (due, last + total - sum(cents for _, cents in parts))]


class Planner:
    """Draws the business of one size from one seed, up to the day ``end``."""

    def __init__(self, world: World, size: Size, seed: int, end: date):
        self.world, self.size, self.end = world, size, end
        self.random = Random(seed)
        self.groups = Groups()
        self._ids = {stream: count(FIRST_ID) for stream in STREAMS}
        # The first numbers belong to the documents that are copied.
        self._numbers = defaultdict(lambda: count(100))
        self._rows = []

    def rows(self) -> Iterator[NamedTuple]:
        customers = self._customers()
        yield from self._drain()
        for number in range(self.size.invoices):
            day = self.end - timedelta(DAYS - DAYS * number // self.size.invoices)
            # Some customers buy far more often than others.
            chosen = int(len(customers) * self.random.random() ** 2)
            self._sell(customers[chosen], day)
            if number % 250 == 0:
                self._open_balance(self.random.choice(customers), day)
            yield from self._drain()
        for line, component in self.groups:
            yield Matching(line, component)

    def _drain(self) -> list[NamedTuple]:
        rows, self._rows = self._rows, []
        return rows

    def _add(self, stream: type, *values) -> int:
        key = next(self._ids[stream])
        self._rows.append(stream(key, *values))
        return key

    # -- customers

    def _customers(self) -> list[Customer]:
        """Four companies to one further contact of a company, half of them buying."""
        companies = self.size.partners * 4 // 5
        customers = [self._customer(number) for number in range(companies)]
        for number in range(self.size.partners - companies):
            parent = customers[number % 97 * number % companies]
            parent.shops.append(
                self._add(Partner, parent.id, f"Shop {number:06d}", None)
            )
        return customers[: companies // 2]

    def _customer(self, number: int) -> Customer:
        salesperson = self.random.choice(self.world.salespeople)
        return Customer(
            id=self._add(Partner, None, f"客户 Customer {number:06d}", salesperson[0]),
            shops=[],
            salesperson=salesperson,
            currency=self.random.choice(("USD", "EUR")) if number % 7 == 0 else None,
            delay=round(self.random.gauss(12, 15)),
        )

    # -- documents

    def _sell(self, customer: Customer, day: date) -> None:
        draw = self.random
        company = draw.choices(self.world.companies, COMPANY_WEIGHTS)[0]
        term = draw.choices(list(TERMS), TERM_WEIGHTS)[0]
        if draw.random() < 0.01:
            self._invoice("invoice", company, customer, day, term, draft=True)
            return
        invoice, items = self._invoice("invoice", company, customer, day, term)
        if draw.random() < 0.05:
            self._give_back(company, customer, day, invoice, items)
        behaviour = draw.choices(list(BEHAVIOURS), BEHAVIOURS.values())[0]
        if behaviour == "full":
            for item in items:
                self._pay(company, customer, [item])
        elif behaviour == "parts":
            for percent in draw.choice(((50, 50), (40, 30, 30), (30,), (60, 20))):
                self._pay(company, customer, items[:1], percent=percent)
        elif behaviour == "too much":
            self._pay(company, customer, items, percent=draw.choice((102, 110, 150)))
        elif behaviour == "together":
            waiting = customer.waiting.setdefault(company.id, [])
            waiting += items
            if len(waiting) > 2:
                self._pay(company, customer, waiting)
                waiting.clear()

    def _move(
        self, kind, company, customer, day, *, invoice_like=None, **values
    ) -> int:
        """Add a journal entry. ``invoice_like`` = (due, term) of a sales document."""
        due, term = invoice_like or (None, None)
        currency = values.pop("currency", company.currency)
        prefix = day.strftime(company.prefixes[kind])
        user, team = customer.salesperson
        partner = values.pop("partner", customer.id)
        return self._add(
            Move,
            company.patterns[kind],
            kind,
            prefix,
            next(self._numbers[company.id, prefix]),
            company.id,
            partner,
            customer.id,
            user if invoice_like else None,
            team if invoice_like else None,
            day,
            due,
            self.world.terms[term] if term else None,
            self.world.currencies[currency],
            rate(currency, company.currency, day, self.end),
            values.get("draft", False),
            values.get("reversed"),
            values.get("payment"),
        )

    def _line(
        self, kind, company, customer, move, day, cents, cents_currency, **values
    ):
        currency = values.pop("currency", company.currency)
        return self._add(
            Line,
            company.patterns[kind],
            move,
            customer.id,
            values.get("sequence", 10),
            values.get("due"),
            values.get("product"),
            values.get("quantity", 1),
            values.get("price", 0),
            cents,
            cents_currency,
            self.world.currencies[currency],
            day,
        )

    def _invoice(self, kind, company, customer, day, term, *, share=100, **values):
        """Add an invoice or credit note; return its id and its receivable items."""
        draw = self.random
        currency = customer.currency or company.currency
        sign = 1 if kind == "invoice" else -1
        products = [
            (
                draw.choice(self.world.products),
                draw.randint(1, 40),
                draw.randint(99, 99_999),
            )
            for _ in range(draw.choice((1, 1, 2, 2, 2, 3)))
        ]
        products = [(p, q, max(price * share // 100, 1)) for p, q, price in products]
        untaxed = sum(quantity * price for _, quantity, price in products)
        tax = part(untaxed, TAX_PERCENT)
        parts = instalments(untaxed + tax, day, term)
        move = self._move(
            kind,
            company,
            customer,
            day,
            currency=currency,
            invoice_like=(parts[-1][0], term),
            partner=draw.choice([customer.id, *customer.shops]),
            **values,
        )
        per_company = rate(currency, company.currency, day, self.end)

        def add(part, cents_currency, **line):
            cents = round(cents_currency / per_company)
            key = self._line(
                f"{kind}.{part}",
                company,
                customer,
                move,
                day,
                sign * cents,
                sign * cents_currency,
                currency=currency,
                **line,
            )
            return key, cents

        booked = 0
        for sequence, (product, quantity, price) in enumerate(products):
            _key, cents = add(
                "product",
                -quantity * price,
                product=product,
                quantity=quantity,
                price=price,
                sequence=sequence,
            )
            booked += cents
        booked += add("tax", -tax)[1]
        items = []
        for number, (due, cents_currency) in enumerate(parts, start=1):
            # The last instalment balances the entry in company currency.
            last = number == len(parts)
            cents = -booked if last else round(cents_currency / per_company)
            booked += cents
            key = self._line(
                f"{kind}.term",
                company,
                customer,
                move,
                day,
                sign * cents,
                sign * cents_currency,
                currency=currency,
                due=due,
            )
            items.append(Item(key, day, due, sign * cents, sign * cents_currency))
        return move, items

    def _open_balance(self, customer, day) -> None:
        """Add what was open in an older system: an entry without a due date."""
        company = self.random.choices(self.world.companies, COMPANY_WEIGHTS)[0]
        cents = self.random.randint(1_000, 999_999)
        move = self._move("entry", company, customer, day)
        self._line("entry.receivable", company, customer, move, day, cents, cents)
        self._line("entry.counterpart", company, customer, move, day, -cents, -cents)

    def _give_back(self, company, customer, day, invoice, items) -> None:
        """Add a credit note for a part; most are set against the invoice."""
        day += timedelta(self.random.randint(1, 40))
        if day > self.end:
            return
        _move, credits = self._invoice(
            "refund",
            company,
            customer,
            day,
            "30 days",
            share=self.random.choice((5, 20, 60)),
            reversed=invoice,
        )
        if self.random.random() < 0.8:
            self._settle(company, customer, credits[0], items)

    def _pay(self, company, customer, items, percent=100) -> None:
        """Add a payment of open items, or of a part of them, and match it."""
        items = [item for item in items if item.rest_currency > 0]
        total = sum(item.rest_currency for item in items) * percent // 100
        if total <= 0:
            return
        latest = max(items, key=lambda item: item.due)
        day = max(latest.date, latest.due + timedelta(customer.delay))
        day += timedelta(self.random.randint(0, 30))
        # What would come later has not come yet, but for a few post-dated cheques.
        if day > self.end + timedelta(20 if self.random.random() < 0.02 else 0):
            return
        self._settle(
            company, customer, self._payment(company, customer, day, total), items
        )

    def _payment(self, company, customer, day, cents_currency) -> Item:
        currency = customer.currency or company.currency
        cents = round(cents_currency / rate(currency, company.currency, day, self.end))
        payment = next(self._ids[Payment])
        move = self._move(
            "payment", company, customer, day, currency=currency, payment=payment
        )
        common = {"currency": currency, "due": day}
        self._line(
            "payment.liquidity",
            company,
            customer,
            move,
            day,
            cents,
            cents_currency,
            **common,
        )
        key = self._line(
            "payment.counterpart",
            company,
            customer,
            move,
            day,
            -cents,
            -cents_currency,
            **common,
        )
        self._rows.append(
            Payment(
                payment,
                company.payment,
                move,
                customer.id,
                self.world.currencies[currency],
                cents_currency,
                cents,
                day,
            )
        )
        return Item(key, day, day, -cents, -cents_currency)

    # -- matching

    def _settle(self, company, customer, credit, debits) -> None:
        for debit in debits:
            if debit.rest_currency > 0 > credit.rest_currency:
                self._match(company, customer, debit, credit)

    def _match(self, company, customer, debit, credit) -> None:
        """Match what both have open, as Odoo does: in the documents' currency; a
        difference in company currency goes to an exchange entry."""
        currency = customer.currency or company.currency
        cents_currency = min(debit.rest_currency, -credit.rest_currency)
        worth = debit.worth(cents_currency), credit.worth(cents_currency)
        cents = min(worth)
        exchange = None
        if worth[0] != worth[1]:
            excess = debit if worth[0] > worth[1] else credit
            exchange = self._exchange(
                company,
                customer,
                currency,
                excess,
                max(worth) - cents,
                max(debit.date, credit.date),
            )
        self._partial(company, currency, debit, credit, cents, cents_currency, exchange)

    def _exchange(self, company, customer, currency, excess, cents, day) -> int:
        """Add the entry that takes ``cents`` off an item in company currency alone."""
        following = (day.replace(day=1) + timedelta(32)).replace(day=1)
        day = max(day, min(following - timedelta(1), self.end))
        sign = -1 if excess.cents > 0 else 1
        move = self._move("exchange", company, customer, day)
        key = self._line(
            "exchange.receivable",
            company,
            customer,
            move,
            day,
            sign * cents,
            0,
            currency=currency,
        )
        self._line(
            "exchange.counterpart",
            company,
            customer,
            move,
            day,
            -sign * cents,
            0,
            currency=currency,
            sequence=11,
        )
        item = Item(key, day, None, sign * cents, 0)
        debit, credit = (item, excess) if sign > 0 else (excess, item)
        self._partial(company, currency, debit, credit, cents, 0, None)
        return move

    def _partial(
        self, company, currency, debit, credit, cents, cents_currency, exchange
    ) -> None:
        if not cents and not cents_currency:
            return
        debit.take(cents, cents_currency)
        credit.take(cents, cents_currency)
        self.groups.join(debit.line, credit.line)
        self._add(
            Partial,
            debit.line,
            credit.line,
            cents,
            cents_currency,
            cents_currency,
            self.world.currencies[currency],
            company.id,
            max(debit.date, credit.date),
            exchange,
        )
