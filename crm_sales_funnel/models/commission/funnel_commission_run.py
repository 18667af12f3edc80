import datetime
import logging

import psycopg2

from odoo import api, fields, models, tools
from odoo.tools import SQL

from .funnel_commission_entry import SOURCE

_logger = logging.getLogger(__name__)

# Steps of a whole run are tables, so that PostgreSQL knows how much there is.
WHOLE = SQL("TRUE")


class FunnelCommissionPlan(models.Model):
    """A plan is run: what everybody is entitled to by it is compared with what is
    booked, and the difference is booked.

    So refunds, payments that are undone, corrected documents and late news all book
    themselves, and what was run twice books nothing.
    """

    _inherit = "funnel.commission.plan"

    is_run_whole = fields.Boolean(
        "Was Run for All",
        default=False,
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
    )
    run_date = fields.Datetime("Last Run", readonly=True, copy=False)
    # What was run for later days is not undone by a run for earlier ones.
    run_until = fields.Date(
        "Run Up To", readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    entry_count = fields.Integer(
        "Ledger Entries", compute="_compute_entry_count", compute_sudo=False
    )

    def _compute_entry_count(self):
        counts = dict(
            self.env["funnel.commission.entry"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.entry_count = counts.get(plan, 0)

    def action_run(self):
        """Book what is due by the plan, and tell how much that was.

        :raise AccessError: the user is neither a manager nor of finance
        """
        self.ensure_one()
        self.check_access("read")
        self.env["funnel.commission.entry"].check_access("create")
        booked = self._run()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s entries were booked.", count=booked)
                if booked
                else self.env._("Nothing has changed since the last run."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_what_if(self):
        """Return the dialog that compares the plan with what is booked."""
        self.ensure_one()
        what_if = self.env["funnel.commission.what.if"].create({"plan_id": self.id})
        return what_if.action_compute()

    @api.readonly
    def action_open_entries(self):
        """Return what is booked by the plan."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "crm_sales_funnel.funnel_commission_entry_action"
            ),
            "domain": [("plan_id", "=", self.id)],
            "context": {},
        }

    # ------------------------------------------------------------------
    # Which plans follow the documents
    # ------------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _has_followed(self) -> bool:
        """Tell whether there is a plan at all for which documents are noted."""
        followed = [("state", "in", ("approved", "closed"))]
        # sudo: nothing but whether there is one.
        plans = self.sudo().with_context(active_test=False)
        return bool(plans.search(followed, limit=1))

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        self.env.registry.clear_cache()
        return plans

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------------
    # Run
    # ------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Run all plans, each in a transaction of its own; what somebody runs now by
        hand is left to him."""
        plans = self._get_followed()
        crons = self.env["ir.cron"]
        crons._commit_progress(remaining=len(plans))
        for plan in plans:
            try:
                plan._run()
            except psycopg2.errors.SerializationFailure:
                # Somebody ran it meanwhile, or changes what it reads: the next time.
                self.env.cr.rollback()
                _logger.info("Commission plan %s is run by somebody else.", plan.id)
            if not crons._commit_progress(1):
                break

    def _get_followed(self):
        """Return these, or all, as far as they book."""
        followed = [("state", "in", ("approved", "closed"))]
        if self:
            return self.filtered_domain(followed)
        return self.with_context(active_test=False).search(followed)

    def _run(self, date_to: datetime.date | None = None, rebuild: bool = False) -> int:
        """Book what is due by these plans, or by all, and is not booked.

        :param date_to: nothing that becomes due later; today by default
        :param rebuild: compare all there is, and not only what was touched since
        :return: how many entries were added
        """
        date_to = date_to or fields.Date.context_today(self)
        engine = self.env["funnel.commission.engine"]
        engine._flush_documents()
        self.env["funnel.commission.touched"]._write_touched()
        booked = 0
        for plan in self._get_followed().sorted("id"):
            plan._take_turn()
            # sudo: whoever runs a plan changes nothing else of it.
            known = plan.sudo()
            until = max(date_to, known.run_until or date_to)
            scope = plan._get_scope(until, rebuild or not known.is_run_whole)
            if scope is not None:
                booked += engine._book(plan, *scope, until)
            known._note_run(until)
        self.env["funnel.commission.entry"].invalidate_model()
        return booked

    def _take_turn(self) -> None:
        """Let one transaction after the other run a plan: who waits for another is
        repeated by Odoo, and then sees what that one booked."""
        self.env.cr.execute(
            SQL("UPDATE funnel_commission_plan SET id = id WHERE id = %s", self.id)
        )

    def _note_run(self, until: datetime.date) -> None:
        self.env.cr.execute(
            SQL(
                "UPDATE funnel_commission_plan SET is_run_whole = TRUE, run_until = %s,"
                " run_date = NOW() AT TIME ZONE 'UTC' WHERE id = %s",
                until,
                self.id,
            )
        )
        names = ["is_run_whole", "run_date", "run_until"]
        self.invalidate_recordset(names, flush=False)

    def _get_scope(self, until, whole: bool) -> tuple[SQL, SQL] | None:
        """Return the conditions on events and on entries of what may be due otherwise
        than it is booked; none where nothing was touched, nor became due."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM funnel_commission_touched"
                " WHERE plan_id = %s AND (%s OR date IS NULL OR date <= %s)"
                " RETURNING order_id, move_id",
                self.id,
                whole,
                until,
            )
        )
        touched = self.env.cr.fetchall()
        engine = self.env["funnel.commission.engine"]
        if whole:
            engine._write_facts(self)
            return WHOLE, WHOLE
        if not touched:
            return None
        orders, moves = self._get_documents(
            {order for order, _move in touched if order},
            {move for _order, move in touched if move},
        )
        # Of each the other is known: one index finds what is of these.
        if self.basis in ("ordered", "delivered"):
            of_documents = SQL("order_id = ANY(%s)", orders)
        else:
            of_documents = SQL("move_id = ANY(%s)", moves)
        engine._write_facts(self, of_documents)
        if not self.level_ids:
            return of_documents, of_documents
        # Who reached which level may be otherwise, since the period of the earliest.
        first = self._get_first_day(of_documents)
        if first is None:
            return None
        return SQL("date >= %s", first), SQL("event_date >= %s", first)

    def _get_documents(self, orders, moves) -> tuple[list[int], list[int]]:
        """Return orders and entries with what the entries are reconciled with, the
        invoices of the orders, and the orders of the entries."""
        moves |= self._get_reconciled(moves)
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT order_line.order_id, line.move_id
                  FROM sale_order_line_invoice_rel AS rel
                  JOIN sale_order_line AS order_line ON order_line.id = rel.order_line_id
                  JOIN account_move_line AS line ON line.id = rel.invoice_line_id
                 WHERE order_line.order_id = ANY(%s) OR line.move_id = ANY(%s)
                """,
                list(orders),
                list(moves),
            )
        )
        for order, move in self.env.cr.fetchall():
            orders.add(order)
            moves.add(move)
        return sorted(orders), sorted(moves)

    def _get_reconciled(self, moves) -> set[int]:
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT other.move_id
                  FROM account_move_line AS own
            CROSS JOIN LATERAL (
                       SELECT credit_move_id AS id FROM account_partial_reconcile
                        WHERE debit_move_id = own.id
                        UNION ALL
                       SELECT debit_move_id FROM account_partial_reconcile
                        WHERE credit_move_id = own.id) AS side
                  JOIN account_move_line AS other ON other.id = side.id
                 WHERE own.move_id = ANY(%s)
                """,
                list(moves),
            )
        )
        return {move for (move,) in rows}

    def _get_first_day(self, of_documents: SQL) -> datetime.date | None:
        """Return the first day of the earliest period in which something of documents
        counts, or is booked."""
        self.env.cr.execute(
            SQL(
                """
                SELECT DATE_TRUNC(%s, LEAST(
                           (SELECT MIN(date) FROM (%s) AS event),
                           (SELECT MIN(event_date) FROM funnel_commission_entry
                             WHERE plan_id = %s AND %s)))::date
                """,
                self.period,
                self.env["funnel.commission.engine"]._events(self, of_documents),
                self.id,
                of_documents,
            )
        )
        return self.env.cr.fetchone()[0]

    def _closed_until(self) -> SQL:
        """Return a query of salesperson -> the last day that is settled: what becomes
        known later of before is settled with what comes after."""
        return SQL("SELECT NULL::int4 AS user_id, NULL::date AS date WHERE FALSE")


class FunnelCommissionEngine(models.AbstractModel):
    """What is due compared with what is booked."""

    _inherit = "funnel.commission.engine"

    def _book(self, plan, events: SQL, entries: SQL, date_to) -> int:
        """Book the difference of what is due and what is booked.

        :param events: which events to look at
        :param entries: which entries these are booked in
        :return: how many entries were added
        """
        names = (
            *("plan_id", "company_id", "type", "event_date", "earn_date", "date"),
            *SOURCE,
            *("order_id", "move_id", "partner_id", "product_id", "team_id", "rule_id"),
            *("base", "share", "rate", "factor", "part", "fixed", "amount", "revision"),
            *("origin_id", "create_uid", "create_date"),
        )
        self.env.cr.execute(
            SQL(
                """
                WITH %(difference)s,
                later AS (
                    INSERT INTO funnel_commission_touched
                        (plan_id, order_id, move_id, date)
                    SELECT DISTINCT %(plan)s, order_id, move_id, due_date
                      FROM due WHERE due_date > %(until)s)
                INSERT INTO funnel_commission_entry (%(names)s)
                SELECT %(plan)s, %(company)s,
                       CASE WHEN wanted IS NULL THEN 'reversal'
                            WHEN booked_id IS NOT NULL THEN 'true_up'
                            WHEN rate < 0 THEN 'deduction'
                            WHEN amount < 0 THEN 'reversal'
                            ELSE 'earned' END,
                       event_date, earn_date,
                       GREATEST(earn_date, closed.date + 1),
                       difference.user_id, member_id, order_line_id, stock_move_id,
                       move_line_id, partial_id, released_by,
                       order_id, move_id, partner_id, product_id, team_id, rule_id,
                       base, share, rate, factor, part, fixed, amount,
                       COALESCE(revision, 0) + 1, booked_id, %(uid)s,
                       NOW() AT TIME ZONE 'UTC'
                  FROM difference
             LEFT JOIN (%(closed)s) AS closed ON closed.user_id = difference.user_id
                """,
                difference=self._difference(plan, events, entries, date_to),
                names=SQL(", ").join(map(SQL.identifier, names)),
                plan=plan.id,
                until=date_to,
                company=plan.company_id.id,
                uid=self.env.uid,
                closed=plan._closed_until(),
            )
        )
        return self.env.cr.rowcount

    def _difference(self, plan, events: SQL, entries: SQL, date_to) -> SQL:
        """Return the steps to the rows by which the ledger differs from what is due."""
        return SQL(
            """
            %(steps)s,
            wanted AS (
                SELECT user_id, member_id, order_line_id,
                       by_move_id AS stock_move_id, by_line_id AS move_line_id,
                       by_partial_id AS partial_id, released_by,
                       date AS event_date, due_date AS earn_date, order_id, move_id,
                       partner_id, product_id, team_id, rule_id, base, share,
                       used_rate AS rate, multiplier * factor AS factor, part, fixed,
                       amount, TRUE AS wanted
                  FROM entitled),
            booked AS (
                SELECT %(source)s, SUM(amount) AS amount, MAX(revision) AS revision,
                       MAX(id) AS id
                  FROM funnel_commission_entry
                 WHERE plan_id = %(plan)s AND type <> 'adjustment' AND %(entries)s
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
             LEFT JOIN funnel_commission_entry AS last ON last.id = booked.id
                 WHERE COALESCE(wanted.amount, 0) <> COALESCE(booked.amount, 0))
            """,
            steps=_chain(self._steps(plan, events, date_to)),
            plan=plan.id,
            entries=entries,
            source=SQL(", ").join(map(SQL.identifier, SOURCE)),
            same=SQL(", ").join(
                SQL("COALESCE(wanted.%s, booked.%s) AS %s", *3 * [SQL.identifier(name)])
                for name in SOURCE
            ),
            on=SQL(" AND ").join(map(_same, SOURCE)),
            snapshot=self._snapshot(),
        )

    def _simulate(self, plan, date_from, date_to) -> dict[int, float]:
        """Return salesperson -> what would be due by a plan, approved or not, of what
        happened in some days."""
        self._flush_documents()
        steps = self._steps(plan, WHOLE, date_to, (date_from, date_to))
        rows = self.env.execute_query(
            SQL(
                "WITH %s SELECT user_id, SUM(amount) FROM entitled GROUP BY user_id",
                _chain(steps),
            )
        )
        return dict(rows)

    def _snapshot(self) -> SQL:
        """Return what an entry tells of what is due, or, where nothing is any more, of
        what was: taken back with the opposite base."""
        told = ("event_date", "earn_date", "order_id", "move_id", "partner_id")
        told += ("product_id", "team_id", "rule_id", "share", "rate", "factor", "part")
        taken_back = ("base", "fixed")
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
                    "CASE WHEN wanted.wanted THEN wanted.%s ELSE -last.%s END AS %s",
                    *3 * [SQL.identifier(name)],
                )
                for name in taken_back
            ]
        )


def _chain(steps: dict[str, SQL]) -> SQL:
    return SQL(", ").join(
        SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), query)
        for name, query in steps.items()
    )


def _same(name: str) -> SQL:
    """Return that two rows are for the same: a join by equality, which nothing is
    turned into a number for."""
    column = SQL.identifier(name)
    if name in ("user_id", "member_id", "released_by"):
        return SQL("wanted.%s = booked.%s", column, column)
    return SQL("COALESCE(wanted.%s, 0) = COALESCE(booked.%s, 0)", column, column)
