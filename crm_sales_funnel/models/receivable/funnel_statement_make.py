from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.cutoff import cutoff_date, cutoff_period
from .funnel_statement import TOTALS
from .funnel_statement_source import Chain, Span

LINE_COLUMNS = (
    "kind",
    "date",
    "due_date",
    "stock_move_id",
    "move_line_id",
    "move_id",
    "order_line_id",
    "quantity",
    "price_unit",
    "amount",
)


def _any(_key) -> bool:
    return True


class FunnelStatement(models.Model):
    """How statements are made: of many customers at once, in a constant number of
    queries."""

    _inherit = "funnel.statement"

    # ------------------------------------------------------------------
    # Who settles when
    # ------------------------------------------------------------------

    @api.model
    def _get_cutoff_customers(self, company, day: date) -> dict:
        """Return first day of a period -> customers of a company whose period ends on a
        day, by their payment terms."""
        # sudo: the terms of a company are read by all who work for it.
        terms = self.env["account.payment.term"].sudo().with_context(active_test=False)
        terms = terms.search(
            [("cutoff_day", ">", 0), ("company_id", "in", (False, company.id))]
        )
        # Who is archived, or has terms that are, owes as before.
        partners = self.env["res.partner"].with_company(company)
        partners = partners.with_context(active_test=False)
        by_start = defaultdict(partners.browse)
        for cutoff, some in terms.grouped("cutoff_day").items():
            if cutoff_date(day, cutoff) == day:
                start, _end = cutoff_period(day, cutoff)
                found = partners.search(
                    [
                        ("property_payment_term_id", "in", some.ids),
                        ("company_id", "in", (False, company.id)),
                    ]
                )
                by_start[start] |= found.commercial_partner_id
        return dict(by_start)

    @api.model
    def _get_first_day(self, company, customers, day: date) -> date:
        """Return the first day of the period that a day belongs to, by the payment terms
        of customers; of several ones the earliest.

        Where none of them has a cut-off day, a period ends on the day itself. The last
        day of a month is the end of every month, not its 28th or 30th.
        """
        # sudo: as above; a customer is chosen, and may have terms that are not read.
        terms = customers.sudo().with_company(company).property_payment_term_id
        own = day.day if (day + timedelta(days=1)).month == day.month else 31
        cutoffs = {cutoff for cutoff in terms.mapped("cutoff_day") if cutoff} or {own}
        return min(cutoff_period(day, cutoff)[0] for cutoff in cutoffs)

    @api.model
    def _get_unsettled_domain(self, company, days: list[date]) -> Domain | None:
        """Return which customers of "What Customers Owe" have their cut-off day on one
        of some days, and no statement of it; None when there are none."""
        left = self.env["res.partner"]
        for day in days:
            customers = left.union(*self._get_cutoff_customers(company, day).values())
            _chains, done = self._get_chains(company, customers, day)
            left |= customers.filtered(
                lambda customer, done={key[0] for key in done}: customer.id not in done
            )
        if not left:
            return None
        return Domain("partner_id", "in", left.ids) & Domain(
            "company_id", "=", company.id
        )

    # ------------------------------------------------------------------
    # Making
    # ------------------------------------------------------------------

    @api.model
    def _make(self, company, customers, date_from: date, date_to: date):
        """Make the statements of settlement of customers up to a day.

        Who has a statement up to this day, or a later one, gets none; nor does who owes
        nothing and did nothing.

        :param date_from: first day for who has no statement yet
        :return: the new statements
        """
        self = self._for_finance(company)
        self._lock(company)
        chains, done = self._get_chains(company, customers, date_to)
        span = Span(company, customers, date_from, date_to, "settlement", chains)
        return self._fill(span, {}, lambda key: key not in done)

    @api.model
    def _make_activity(self, company, customers, date_from: date, date_to: date):
        """Make statements of what happened between two dates.

        :raise UserError: the second date is before the first one
        """
        self = self._for_finance(company)
        if date_from > date_to:
            raise UserError(self.env._("A statement ends after it begins, not before."))
        self._lock(company)
        span = Span(company, customers, date_from, date_to, "activity")
        return self._fill(span, self._get_drafts(span))

    @api.model
    def _make_open(self, company, customers, day: date):
        """Make statements of what is open at the end of a day."""
        self = self._for_finance(company)
        self._lock(company)
        span = Span(company, customers, day, day, "open")
        return self._fill(span, self._get_drafts(span))

    def _get_drafts(self, span: Span) -> dict:
        """Return customer id and currency id -> the draft of the same days, emptied: it
        is made again."""
        drafts = self.search(
            [
                ("kind", "=", span.kind),
                ("state", "=", "draft"),
                ("company_id", "=", span.company.id),
                ("partner_id", "in", span.customers.ids),
                ("date_from", "=", span.date_from),
                ("date_to", "=", span.date_to),
            ],
            order="id",
        )
        drafts = {(each.partner_id.id, each.currency_id.id): each for each in drafts}
        self.browse().union(*drafts.values()).line_ids.unlink()
        return drafts

    def action_make_again(self):
        """Make drafts anew, of what is known now."""
        self = self._for_finance()
        for statement in self:
            if statement.state != "draft" or not statement.is_last:
                raise UserError(
                    self.env._(
                        "%(statement)s cannot be made again: only a draft can that no"
                        " later statement follows.",
                        statement=statement.name,
                    )
                )
        self._expect_no_invoice()
        self._lock(self.company_id)
        self.line_ids.unlink()
        for (company, start, end, kind), some in self.grouped(
            lambda each: (each.company_id, each.date_from, each.date_to, each.kind)
        ).items():
            span = Span(company, some.partner_id, start, end, kind)
            if span.settles:
                chains, _done = self._get_chains(company, some.partner_id, end)
                span = span._replace(chains=chains)
            # Of the customer's other currencies nothing was asked.
            existing = some.grouped(
                lambda each: (each.partner_id.id, each.currency_id.id)
            )
            self._fill(span, existing, existing.__contains__)

    @api.model
    def _lock(self, companies):
        """Let one make or delete statements at a time: another one waits, and Odoo lets
        it begin anew then. A row that was locked alone would let it go on with what it
        saw before, so the row is changed as well."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE ir_sequence SET number_next = number_next
                 WHERE id IN (SELECT id FROM ir_sequence WHERE id = ANY(%s)
                            ORDER BY id FOR UPDATE)
                """,
                [self._sequence(company).id for company in companies],
            )
        )

    @api.model
    def _sequence(self, company):
        """Return the sequence of the company, else the one that companies share."""
        # sudo: who deletes a statement need not read how they are numbered.
        sequences = self.env["ir.sequence"].sudo()
        sequence = sequences.search(
            [
                ("code", "=", "funnel.statement"),
                ("company_id", "in", (company.id, False)),
            ],
            order="company_id",
            limit=1,
        )
        if not sequence:
            raise UserError(
                self.env._(
                    "There is no sequence that numbers statements (code"
                    " funnel.statement). An administrator can restore it."
                )
            )
        return sequence

    @api.model
    def _take_numbers(self, company, count: int) -> list[str]:
        """Return the next numbers, all taken at once."""
        sequence = self._sequence(company)
        ((after,),) = self.env.execute_query(
            SQL(
                "UPDATE ir_sequence SET number_next = number_next + %s WHERE id = %s"
                " RETURNING number_next",
                count,
                sequence.id,
            )
        )
        sequence.invalidate_recordset(["number_next"])
        return [sequence.get_next_char(after - count + n) for n in range(count)]

    @api.model
    def _get_chains(self, company, customers, date_to: date):
        """Return (customer id, currency id) -> their statements before a day, and the
        keys of those that have one up to this day or later."""
        statements = self.search(
            [
                ("kind", "=", "settlement"),
                ("company_id", "=", company.id),
                ("partner_id", "in", customers.ids),
            ],
            order="date_to",
        )
        chains, done = {}, set()
        for statement in statements:
            key = statement.partner_id.id, statement.currency_id.id
            if statement.date_to >= date_to:
                done.add(key)
                continue
            first = chains.get(key)
            chains[key] = Chain(
                first.start if first else statement.date_from,
                statement.date_to,
                statement.create_date,
                statement.closing,
            )
        return chains, done

    # ------------------------------------------------------------------
    # What is in them
    # ------------------------------------------------------------------

    @api.model
    def _fill(self, span: Span, existing: dict, wanted: Callable = _any):
        """Write what statements say, and create those that are missing.

        :param existing: (customer id, currency id) -> statements without lines
        :param wanted: tells of a key whether it gets a statement; all do by default
        :return: the statements
        """
        if not span.customers:
            return self.browse()
        self.env.flush_all()
        openings, lines, closings = self._get_values(span)
        contents = {
            key: self._get_contents(
                key, openings.get(key, 0.0), lines[key], closings.get(key, 0.0), span
            )
            for key in sorted(
                openings.keys() | closings.keys() | lines.keys() | existing.keys()
            )
            if wanted(key)
        }
        used = {
            key: values
            for key, (values, some) in contents.items()
            if key in existing or some or values["opening"] or values["closing"]
        }
        statements = self._write_headers(span, used, existing)
        self._insert_lines(
            span,
            {each.id: contents[key][1] for key in used for each in statements[key]},
        )
        return self.browse().union(*statements.values())

    @api.model
    def _get_values(self, span: Span):
        """Return what statements say, each by customer id and currency id: what was owed
        before, the lines, and what is owed at the end."""
        lines = defaultdict(list)
        is_open = span.kind == "open"
        sources = self._get_open_items(span) if is_open else self._get_sources(span)
        for line in sources:
            lines[line["partner_id"], line["currency_id"]].append(line)
        if is_open:
            sums = {key: _sum(some) for key, some in lines.items()}
            return {}, lines, sums
        before = self._get_debts(span, span.date_from - timedelta(days=1))
        openings = before | {key: chain.closing for key, chain in span.chains.items()}
        return openings, lines, self._get_debts(span, span.date_to)

    def _get_contents(self, key, opening, lines, closing, span):
        """Return the totals of a statement and its lines. What no line tells is one of
        its own, so that the balance is what is owed."""
        currency = self.env["res.currency"].browse(key[1])
        opening, closing = currency.round(opening), currency.round(closing)
        told = opening + _sum(lines)
        change = currency.round(closing - told)
        if change:
            lines = [
                *lines,
                {"kind": "change", "date": span.date_to, "amount": change},
            ]
        totals = dict.fromkeys(TOTALS.values(), 0.0)
        for line in lines:
            totals[TOTALS[line["kind"]]] += float(line["amount"])
        totals = {name: currency.round(total) for name, total in totals.items()}
        return {"opening": opening, "closing": closing, **totals}, lines

    def _write_headers(self, span: Span, contents: dict, existing: dict) -> dict:
        """Return key -> statements, with their totals."""
        for key in contents.keys() & existing.keys():
            existing[key].write(contents[key])
        missing = [key for key in contents if key not in existing]
        partners = self.env["res.partner"].browse(key[0] for key in missing)
        values = []
        for key, partner, name in zip(
            missing,
            partners,
            self._take_numbers(span.company, len(missing)),
            strict=True,
        ):
            chain = span.chains.get(key)
            values.append(
                {
                    **contents[key],
                    "name": name,
                    "kind": span.kind,
                    "company_id": span.company.id,
                    "partner_id": partner.id,
                    "currency_id": key[1],
                    "date_from": chain.seen_to + timedelta(days=1)
                    if chain
                    else span.date_from,
                    "date_to": span.date_to,
                    "user_id": partner.user_id.id,
                    "team_id": partner.user_id.sale_team_id.id,
                }
            )
        new = self.with_context(mail_create_nolog=True, mail_notrack=True).create(
            values
        )
        return existing | dict(zip(missing, new.with_env(self.env), strict=True))

    def _insert_lines(self, span: Span, lines: dict):
        """Insert lines of statements, hundreds of thousands as a few."""
        rows = [
            (statement, span.settles, *(line.get(name) for name in LINE_COLUMNS))
            for statement, some in lines.items()
            for line in some
        ]
        columns = ("statement_id", "is_settled", *LINE_COLUMNS)
        self.env.cr.execute_values(
            f"INSERT INTO funnel_statement_line ({', '.join(columns)}) VALUES %s", rows
        )
        self.invalidate_recordset(["line_ids"])
        self.env["funnel.statement.line"].invalidate_model()

    # ------------------------------------------------------------------
    # Customers that become one
    # ------------------------------------------------------------------

    @api.model
    def _merge_customers(self, sources, target):
        """Keep the chain of one of some customers, in each company and currency: two
        would begin with balances that neither ended with. What the others were told
        remains, and settles nothing."""
        chains = self.search(
            [
                ("kind", "=", "settlement"),
                ("partner_id", "in", (sources | target).ids),
            ]
        )
        ended = self.browse()
        for chain in chains.grouped(
            lambda one: (one.company_id, one.currency_id)
        ).values():
            customers = chain.partner_id
            kept = target if target in customers else customers[0]
            ended |= chain.filtered(lambda one, kept=kept: one.partner_id != kept)
        ended.line_ids.is_settled = False
        ended.kind = "activity"


def _sum(lines) -> float:
    return sum(float(line["amount"]) for line in lines)
