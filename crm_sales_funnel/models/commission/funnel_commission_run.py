import datetime
import logging
from contextlib import nullcontext

from odoo import api, fields, models, tools
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..base.sql_settings import MEMORY, sql_settings
from .funnel_commission_book import Scope
from .funnel_commission_event import WHOLE
from .funnel_commission_fact import OF_ORDERS
from .ledger_columns import DOCUMENT

_logger = logging.getLogger(__name__)

# No transaction, and no process that has not heard of it, is older than this.
DOUBT = {"days": 1}
# Accounts of which items are reconciled without their saying so.
LIQUIDITY = ("asset_cash", "liability_credit_card")
PERIODS = {"month": 1, "quarter": 3, "year": 12}  # months


class FunnelCommissionPlan(models.Model):
    """A plan is run: what everybody is entitled to by it is compared with what is
    booked, and the difference is booked.

    So refunds, payments that are undone, corrected documents and late news all book
    themselves, and what was run twice books nothing.
    """

    _inherit = "funnel.commission.plan"

    # A run before this moment does not know all documents yet: see _doubt.
    doubtful_until = fields.Datetime(
        "Documents Known From",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
    )
    run_date = fields.Datetime("Last Run", readonly=True, copy=False)
    # What was run for later days is not undone by a run for earlier ones.
    run_until = fields.Date(
        "Run Up To", readonly=True, copy=False, groups=fields.NO_ACCESS
    )
    is_stuck = fields.Boolean(
        "Could Not Be Run", default=False, readonly=True, copy=False
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
        :raise UserError: it could not be booked
        """
        self.ensure_one()
        self.check_access("read")
        self.env["funnel.commission.entry"].check_access("create")
        booked = self._run_by_hand()
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
        if not {"date_to", "state"}.isdisjoint(vals):
            self._doubt()
        return result

    def _doubt(self) -> None:
        """Run all there is, as long as not all that was touched need be noted.

        What ends otherwise pays otherwise, also of what nobody touched. And who began
        before a plan was approved does not know that it is: what he posts is noted for
        those before it, and seen only when he is done.
        """
        # sudo: what is written when a plan changes, whoever changes it.
        plans = self.sudo()
        # What other versions count for their levels may end otherwise as well.
        plans.browse().union(*(plan._get_versions() for plan in plans)).write(
            {"doubtful_until": fields.Datetime.add(fields.Datetime.now(), **DOUBT)}
        )

    def _is_in_doubt(self) -> bool:
        """Return whether all is run: the last run was before what it does not know."""
        return not self.run_date or self.run_date <= (
            self.doubtful_until or datetime.datetime.min
        )

    # ------------------------------------------------------------------
    # Run
    # ------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Run all plans, each in a transaction of its own: one that fails stops no
        other; what somebody runs now by hand is left to him."""
        # Apart: others who read it wait no longer than it takes.
        self.env["funnel.allocation"]._cron_write_pending()
        plans = self._get_followed()
        crons = self.env["ir.cron"]
        crons._commit_progress(remaining=len(plans))
        for plan in plans:
            try:
                plan._run()
                plan._tell_stuck(False)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody ran it meanwhile, or changes what it reads: the next time.
                self.env.cr.rollback()
                _logger.info("Commission plan %s is run by somebody else.", plan.id)
            except Exception:
                self.env.cr.rollback()
                self.env.clear()
                _logger.exception("Commission plan %s could not be run.", plan.id)
                plan._tell_stuck(True)
            if not crons._commit_progress(1):
                break

    def _tell_stuck(self, is_stuck: bool) -> None:
        """Say once that a plan could not be run, and note when it could again."""
        # sudo: what the run says about itself.
        plan = self.sudo()
        if plan.is_stuck == is_stuck:
            return
        plan.is_stuck = is_stuck
        plan.message_post(
            body=self.env._(
                "What is due by this plan could not be booked. Nothing is lost: it is"
                " tried again with each run. The log of the server says why."
            )
            if is_stuck
            else self.env._("What is due by this plan is booked again."),
        )

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
        self.env["funnel.commission.engine"]._flush_documents()
        self.env["funnel.commission.touched"]._write_touched()
        entries = self.env["funnel.commission.entry"]
        plans = self._get_followed().sorted("id")
        # Of all before anything is booked: the ledger may be locked when it is filled.
        plans._take_turn()
        # sudo: whoever runs a plan changes nothing else of it.
        whole = rebuild or any(plan._is_in_doubt() for plan in plans.sudo())
        known = {}
        filled = entries._filled() if whole else nullcontext()
        with sql_settings(self.env, MEMORY), filled:
            booked = sum(plan._run_one(date_to, rebuild, known) for plan in plans)
        entries.invalidate_model()
        return booked

    def _run_one(self, date_to: datetime.date, rebuild: bool, known: dict) -> int:
        """Book what is due by the plan.

        :param known: what is found of documents, for other plans that ask the same
        """
        # sudo: as above
        own = self.sudo()
        until = max(date_to, own.run_until or date_to)
        scope = self._get_scope(until, rebuild or own._is_in_doubt(), known)
        engine = self.env["funnel.commission.engine"]
        booked = engine._book(self, scope, until) if scope else 0
        own._note_run(until)
        return booked

    def _take_turn(self) -> None:
        """Let one transaction after the other run plans: who waits for another is
        repeated by Odoo, and then sees what that one booked."""
        for plan in self:
            self.env.cr.execute(
                SQL("UPDATE funnel_commission_plan SET id = id WHERE id = %s", plan.id)
            )

    def _note_run(self, until: datetime.date) -> None:
        self.env.cr.execute(
            SQL(
                "UPDATE funnel_commission_plan SET run_until = %s,"
                " run_date = NOW() AT TIME ZONE 'UTC' WHERE id = %s",
                until,
                self.id,
            )
        )
        names = ["run_date", "run_until"]
        self.invalidate_recordset(names, flush=False)

    def _get_scope(self, until, whole: bool, known: dict) -> Scope | None:
        """Return what may be due otherwise than it is booked; none where nothing was
        touched, nor became due.

        :param known: see ``_run_one``
        """
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
        if whole:
            self._write_facts()
            self.env.cr.execute(
                SQL("DELETE FROM funnel_commission_counted WHERE plan_id = %s", self.id)
            )
            return Scope(WHOLE)
        if not touched:
            return None
        key = (
            frozenset(order for order, _move in touched if order),
            frozenset(move for _order, move in touched if move),
        )
        if key not in known:
            known[key] = self._get_documents(*map(set, key))
        return self._get_scope_of(*known[key], until)

    def _get_scope_of(self, orders: list[int], moves: list[int], until) -> Scope | None:
        """Return what may be due otherwise of documents up to a day."""
        self._write_facts(orders, moves)
        column = self._get_document_column()
        documents = self._choose(orders, moves)
        events = self._are_of(orders, moves)
        # As the index of the ledger has them.
        key, sign = (SQL("-order_id"), -1) if self._is_of_orders() else (column, 1)
        if not self.level_ids:
            asked = SQL("%s = ANY(%s)", DOCUMENT, [sign * id_ for id_ in documents])
            return Scope(events, asked, asked)
        periods, documents = self._get_changed(orders, moves, until)
        if not periods:
            return None
        keys, within = [sign * id_ for id_ in documents], self._within(periods)
        return Scope(
            within,
            # Of a document that is not asked for, something may count in other periods.
            # An array, so that the index is used, however few PostgreSQL expects.
            SQL(
                "%s = ANY(ARRAY(SELECT %s FROM wanted UNION SELECT UNNEST(%s::int[])))",
                DOCUMENT,
                key,
                keys,
            ),
            SQL("%s = ANY(%s)", DOCUMENT, keys),
            within,
            SQL(
                """NOT %s AND %s = ANY(ARRAY(
                       SELECT document_id FROM funnel_commission_counted
                        WHERE plan_id = %s AND document_id = ANY(%s)))""",
                within,
                column,
                self.id,
                documents,
            ),
        )

    def _write_facts(self, orders=None, moves=None) -> None:
        """Write down what is looked at of documents, or of all."""
        engine = self.env["funnel.commission.engine"]
        for plan in self._get_counted_with() | self:
            documents = None if orders is None else plan._are_of(orders, moves)
            engine._write_facts(plan, documents)

    def _are_of(self, orders: list[int], moves: list[int]) -> SQL:
        """Return the condition that events are of documents."""
        # Of each the other is known: one index finds what is of these.
        column = self._get_document_column()
        return SQL("%s = ANY(%s)", column, self._choose(orders, moves))

    def _choose(self, orders: list[int], moves: list[int]) -> list[int]:
        """Return the documents by which the plan goes."""
        return orders if self._is_of_orders() else moves

    def _is_of_orders(self) -> bool:
        return self.basis in OF_ORDERS

    def _get_document_column(self) -> SQL:
        """Return the column of the documents by which the plan goes."""
        return SQL("order_id" if self._is_of_orders() else "move_id")

    def _get_documents(self, orders, moves) -> tuple[list[int], list[int]]:
        """Return orders and entries with what the entries are reconciled with, the
        credit notes of these, which take back what they earned, the invoices of the
        orders, and the orders of the entries with all their invoices."""
        moves |= self._get_reconciled(moves)
        self.env.cr.execute(
            SQL(
                """
                WITH move AS (
                    SELECT UNNEST(%(moves)s::int4[]) AS id
                     UNION
                    SELECT id FROM account_move WHERE reversed_entry_id = ANY(%(moves)s)),
                sold AS (
                    SELECT order_line.order_id
                      FROM account_move_line AS line
                      JOIN sale_order_line_invoice_rel AS rel
                        ON rel.invoice_line_id = line.id
                      JOIN sale_order_line AS order_line
                        ON order_line.id = rel.order_line_id
                     WHERE line.move_id IN (SELECT id FROM move)
                     UNION
                    SELECT UNNEST(%(orders)s::int4[]))
                SELECT order_id, NULL FROM sold
                 UNION ALL
                SELECT NULL, id FROM move
                 UNION
                SELECT NULL, line.move_id
                  FROM sale_order_line AS order_line
                  JOIN sale_order_line_invoice_rel AS rel
                    ON rel.order_line_id = order_line.id
                  JOIN account_move_line AS line ON line.id = rel.invoice_line_id
                 WHERE order_line.order_id IN (SELECT order_id FROM sold)
                """,
                moves=list(moves),
                orders=list(orders),
            )
        )
        for order, move in self.env.cr.fetchall():
            if order:
                orders.add(order)
            else:
                moves.add(move)
        return sorted(orders), sorted(moves)

    def _get_reconciled(self, moves) -> set[int]:
        """Return the entries that these are reconciled with, on accounts that are."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT other.move_id
                  FROM account_move_line AS own
                  JOIN account_account AS account ON account.id = own.account_id
            CROSS JOIN LATERAL (
                       SELECT credit_move_id AS id FROM account_partial_reconcile
                        WHERE debit_move_id = own.id
                        UNION ALL
                       SELECT debit_move_id FROM account_partial_reconcile
                        WHERE credit_move_id = own.id) AS side
                  JOIN account_move_line AS other ON other.id = side.id
                 WHERE own.move_id = ANY(%s)
                   AND (account.reconcile OR account.account_type IN %s)
                """,
                list(moves),
                LIQUIDITY,
            )
        )
        return {move for (move,) in rows}

    def _get_changed(self, orders, moves, until) -> tuple[list, list[int]]:
        """Return the first days of the periods in which documents count otherwise than
        when the plan was run, for it or another of its versions, and which documents of
        its own these are: there, who reached which level may be otherwise. The run notes
        anew where they count."""
        engine = self.env["funnel.commission.engine"]
        own = set(self._choose(orders, moves))
        documents = set(own)
        source = {"event": engine._events(self, self._are_of(orders, moves))}
        if versions := self._get_counted_with():
            documents.update(*(one._choose(orders, moves) for one in versions))
            source["carried"] = engine._days_of_versions(self, versions, orders, moves)
        rows = self.env.execute_query(
            engine._forget_changed(self, source, list(documents), until)
        )
        changed = own.intersection(document for document, _day in rows)
        return sorted({day for _document, day in rows}), sorted(changed)

    def _within(self, periods: list[datetime.date]) -> SQL:
        """Return the condition that an event counts in one of these: by spans, since
        those that follow each other are found at once; and by its own day, since none
        counts after it. PostgreSQL takes a day between two for one of few."""
        months = PERIODS[self.period]
        spans = []
        for day in periods:
            first = spans.pop()[0] if spans and spans[-1][1] == day else day
            spans.append((first, fields.Date.add(day, months=months)))
        return SQL(
            "(%s)",
            SQL(" OR ").join(
                SQL(
                    "date >= %s AND date < 'infinity'"
                    " AND level_date >= %s AND level_date < %s",
                    first,
                    first,
                    end,
                )
                for first, end in spans
            ),
        )

    def _closed_until(self) -> SQL:
        """Return a query of salesperson and member of the plan (0 where it has none) ->
        the last day that is settled: what becomes known later of before is settled with
        what comes after."""
        return SQL(
            "SELECT NULL::int4 AS user_id, NULL::int4 AS member_id, NULL::date AS date"
            " WHERE FALSE"
        )
