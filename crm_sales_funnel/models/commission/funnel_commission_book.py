from contextlib import contextmanager
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..base.sql_settings import MEMORY, PARALLEL, sql_settings
from .funnel_commission_event import WHOLE
from .ledger_columns import SOURCE

# Nothing comes in the order that it would be merged by.
SETTINGS = {**MEMORY, "enable_mergejoin": "off"}
# Of all documents at once no line is looked up one by one, however few there seem to be.
OF_ALL = {**PARALLEL, **SETTINGS, "enable_nestloop": "off"}
# What an entry is for -> the column of what is due.
KEY = {
    **{name: name for name in SOURCE},
    "stock_move_id": "by_move_id",
    "move_line_id": "by_line_id",
    "partial_id": "by_partial_id",
    "event_date": "date",
    "earn_date": "due_date",
}
# What an entry tells besides: of what is due, and of what was, where it is not any more.
TOLD = (
    *("order_id", "move_id", "partner_id", "product_id", "team_id", "rule_id"),
    *("base", "share", "rate", "factor", "part", "fixed", "amount"),
)


class Scope(NamedTuple):
    """What is compared: conditions in SQL."""

    # Which events, by their ``order_id``, ``move_id`` and ``date``.
    events: SQL
    # In which entries these are booked, and what is asked for: by whole sources.
    booked: SQL = WHOLE
    # Of which of these entries nothing may be due any more.
    asked: SQL = WHOLE
    # Which events are compared, and which others are there, so that they are not taken
    # for what is not due any more.
    within: SQL = WHOLE
    besides: SQL | None = None


class FunnelCommissionEngine(models.AbstractModel):
    """What is due compared with what is booked."""

    _inherit = "funnel.commission.engine"

    def _book(self, plan, scope: Scope, date_to) -> int:
        """Book the difference of what is due and what is booked.

        :return: how many entries were added
        """
        with self._kept(plan, scope) as source, sql_settings(self.env, SETTINGS):
            self.env.cr.execute(self._insert(plan, source, scope, date_to))
            return self.env.cr.rowcount

    @contextmanager
    def _kept(self, plan, scope: Scope):
        """Yield the first steps: the events, and what other versions count. All there
        are become tables meanwhile, so that PostgreSQL knows how many before it plans the
        rest."""
        events = self._events(plan, scope.events)
        if scope.besides:
            events = SQL("%s UNION ALL %s", events, self._events(plan, scope.besides))
        source = {"event": events}
        if carried := self._carried(plan, scope.events):
            source["carried"] = carried
        if scope.events is not WHOLE:
            yield source
            return
        for name, query in source.items():
            self._keep(name, query)
        yield {name: SQL("SELECT * FROM %s", _table(name)) for name in source}
        for name in source:
            self.env.cr.execute(SQL("DROP TABLE %s", _table(name)))

    def _keep(self, name: str, query: SQL) -> None:
        with sql_settings(self.env, OF_ALL):
            self.env.cr.execute(SQL("CREATE TEMP TABLE %s AS %s", _table(name), query))
        columns = SQL("(seller_id, team_id, date)" if name == "event" else "")
        self.env.cr.execute(SQL("ANALYZE %s %s", _table(name), columns))

    def _insert(self, plan, source: dict, scope: Scope, date_to) -> SQL:
        names = (
            *("plan_id", "company_id", "type", "event_date", "earn_date", "date"),
            *SOURCE,
            *("order_id", "move_id", "partner_id", "product_id", "team_id", "rule_id"),
            *("base", "share", "rate", "factor", "part", "fixed", "amount", "revision"),
            *("origin_id", "create_uid", "create_date"),
        )
        return SQL(
            """
            WITH %(difference)s,
            later AS (
                INSERT INTO funnel_commission_touched
                    (plan_id, order_id, move_id, date)
                %(later)s
                EXCEPT
                SELECT plan_id, order_id, move_id, date
                  FROM funnel_commission_touched WHERE plan_id = %(plan)s)
            %(counted)s
            INSERT INTO funnel_commission_entry (%(names)s)
            SELECT %(plan)s, %(company)s,
                   CASE WHEN wanted IS NULL THEN 'reversal'
                        WHEN booked_id IS NOT NULL THEN 'true_up'
                        WHEN rate < 0 THEN 'deduction'
                        WHEN amount < 0 THEN 'reversal'
                        ELSE 'earned' END,
                   event_date, earn_date,
                   GREATEST(earn_date, closed.date + 1),
                   difference.user_id, difference.member_id, order_line_id, stock_move_id,
                   move_line_id, partial_id, released_by,
                   order_id, move_id, partner_id, product_id, team_id, rule_id,
                   base, share, rate, factor, part, fixed, amount,
                   COALESCE(revision, 0) + 1, booked_id, %(uid)s,
                   NOW() AT TIME ZONE 'UTC'
              FROM difference
         LEFT JOIN (%(closed)s) AS closed
                ON closed.user_id = difference.user_id
               AND closed.member_id = difference.member_id
            """,
            difference=self._difference(plan, source, scope, date_to),
            counted=self._counted(plan, date_to),
            names=SQL(", ").join(map(SQL.identifier, names)),
            plan=plan.id,
            later=self._later(plan, date_to),
            company=plan.company_id.id,
            uid=self.env.uid,
            closed=plan._closed_until(),
        )

    def _counted(self, plan, date_to) -> SQL:
        """Return the step that notes in which periods documents count for levels."""
        if not plan.level_ids:
            return SQL("")
        return SQL(
            """,
            counted AS (
                INSERT INTO funnel_commission_counted
                    (plan_id, document_id, date, fingerprint)
                SELECT %s, document_id, date, fingerprint FROM (%s) AS found
           ON CONFLICT DO NOTHING)
            """,
            plan.id,
            self._counted_documents(plan, date_to),
        )

    def _later(self, plan, date_to) -> SQL:
        """Return the query of the documents of which something is due later, and when.
        What is due at once is, when it happens."""
        if plan.release_ids:
            step, day = SQL("due"), SQL("due_date")
        else:
            step, day = SQL("event"), SQL("date")
        return SQL(
            "SELECT %s, order_id, move_id, %s FROM %s WHERE %s > %s",
            plan.id,
            day,
            step,
            day,
            date_to,
        )

    def _difference(self, plan, source: dict, scope: Scope, date_to) -> SQL:
        """Return the steps to the rows by which the ledger differs from what is due.

        What is booked of a source is compared as a whole, wherever it was booked; what
        is not asked for is left alone where it does not count in what is looked at.
        """
        return SQL(
            """
            %(steps)s,
            wanted AS (%(wanted)s),
            booked AS (
                SELECT %(source)s, SUM(amount) AS amount, SUM(base) AS base,
                       SUM(fixed) AS fixed, MAX(revision) AS revision, MAX(id) AS id,
                       BOOL_OR(%(asked)s) AS is_asked
                  FROM funnel_commission_entry
                 WHERE plan_id = %(plan)s AND type <> 'adjustment' AND %(booked)s
              GROUP BY %(source)s),
            difference AS (
                SELECT %(same)s,
                       %(snapshot)s,
                       COALESCE(wanted.amount, 0) - COALESCE(booked.amount, 0) AS amount,
                       booked.id AS booked_id,
                       booked.revision,
                       wanted.wanted
                  FROM wanted
             FULL JOIN booked ON %(on)s
             -- Few are not due any more: looked up, and not joined with all there is.
             LEFT JOIN LATERAL (
                       SELECT * FROM funnel_commission_entry AS entry
                        WHERE entry.id = booked.id AND wanted.wanted IS NULL
                       OFFSET 0) AS last ON TRUE
                 WHERE COALESCE(wanted.amount, 0) <> COALESCE(booked.amount, 0)
                   AND COALESCE(wanted.is_within, booked.is_asked))
            """,
            steps=_chain(
                self._steps(plan, source, date_to),
                kept=source if scope.events is WHOLE else (),
            ),
            wanted=self._wanted(plan, scope.within),
            plan=plan.id,
            asked=scope.asked,
            booked=scope.booked,
            source=SQL(", ").join(map(SQL.identifier, SOURCE)),
            same=SQL(", ").join(
                SQL("COALESCE(wanted.%s, booked.%s) AS %s", *3 * [SQL.identifier(name)])
                for name in SOURCE
            ),
            on=SQL(" AND ").join(map(_same, SOURCE)),
            snapshot=self._snapshot(),
        )

    def _wanted(self, plan, within: SQL) -> SQL:
        """What is due as the ledger has it. Money that is paid back takes back what
        several payments brought, each at its own rate, in one entry."""
        key = SQL(", ").join(map(SQL.identifier, KEY.values()))
        rows = "SELECT %s, %s, TRUE AS wanted, %s AS is_within FROM entitled"
        columns = {name: SQL.identifier(name) for name in TOLD}
        columns |= {"rate": SQL("used_rate"), "factor": SQL("multiplier * factor")}
        alone = SQL(rows, _named(KEY), _named(columns), within)
        if not self._is_paid_back(plan):
            return alone
        weight = "base" if plan.basis == "collected" else "part"
        summed = {"amount", weight}
        if plan.basis == "collected":
            summed.add("fixed")
        together = {
            name: SQL("SUM(%s)" if name in summed else "MIN(%s)", column)
            for name, column in columns.items()
        }
        for name in ("rate", "factor"):
            together[name] = SQL(
                "COALESCE(SUM(%(column)s * %(weight)s) / NULLIF(SUM(%(weight)s), 0),"
                " MIN(%(column)s))",
                column=columns[name],
                weight=SQL.identifier(weight),
            )
        return SQL(
            "%s WHERE NOT in_parts UNION ALL %s WHERE in_parts GROUP BY %s",
            alone,
            SQL(rows, _named(KEY), _named(together), SQL("BOOL_OR(%s)", within)),
            key,
        )

    def _simulate(self, plan, date_from, date_to) -> dict[int, float]:
        """Return salesperson -> what would be due by a plan, approved or not, of what
        happened in some days."""
        self._flush_documents()
        events = self._events(plan, WHOLE, (date_from, date_to))
        steps = self._steps(plan, {"event": events}, date_to)
        with sql_settings(self.env, SETTINGS):
            rows = self.env.execute_query(
                SQL(
                    "WITH %s SELECT user_id, SUM(amount) FROM entitled"
                    " GROUP BY user_id",
                    _chain(steps),
                )
            )
        return dict(rows)

    def _snapshot(self) -> SQL:
        """Return what an entry tells of what is due, or, where nothing is any more, of
        what was; of a base and a bonus the difference, as of the amount."""
        told = ("event_date", "earn_date", "order_id", "move_id", "partner_id")
        told += ("product_id", "team_id", "rule_id", "share", "rate", "factor", "part")
        return SQL(", ").join(
            [
                SQL(
                    "CASE WHEN wanted.wanted THEN wanted.%s ELSE last.%s END AS %s",
                    *3 * [SQL.identifier(name)],
                )
                for name in told
            ]
            + [
                SQL(
                    "COALESCE(wanted.%s, 0) - COALESCE(booked.%s, 0) AS %s",
                    *3 * [SQL.identifier(name)],
                )
                for name in ("base", "fixed")
            ]
        )


def _named(columns: dict) -> SQL:
    """Return columns, or expressions, each with a name."""
    return SQL(", ").join(
        SQL(
            "%s AS %s",
            value if isinstance(value, SQL) else SQL.identifier(value),
            SQL.identifier(name),
        )
        for name, value in columns.items()
    )


def _table(name: str) -> SQL:
    return SQL("pg_temp.%s", SQL.identifier(f"funnel_commission_{name}"))


def _chain(steps: dict[str, SQL], kept=()) -> SQL:
    # What is a table already is not copied.
    ways = {name: SQL("NOT MATERIALIZED") for name in kept}
    return SQL(", ").join(
        SQL("%s AS %s (%s)", SQL.identifier(name), ways.get(name, SQL("")), query)
        for name, query in steps.items()
    )


def _same(name: str) -> SQL:
    """Return that two rows are for the same: a join by equality, which nothing is
    turned into a number for."""
    column = SQL.identifier(name)
    if name in ("user_id", "member_id", "released_by"):
        return SQL("wanted.%s = booked.%s", column, column)
    return SQL("COALESCE(wanted.%s, 0) = COALESCE(booked.%s, 0)", column, column)
