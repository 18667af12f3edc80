from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, formatLang
from odoo.tools.misc import clean_context
from odoo.tools.sql import table_columns

from .ledger_columns import COLUMNS, DOCUMENT, INDEXES

TYPES = [
    ("earned", "Earned"),
    ("reversal", "Reversal"),
    ("true_up", "True-up"),
    ("deduction", "Deduction"),
    ("adjustment", "Adjustment"),
]
# What factors of a calculation are told with: the fewest that come to its amount.
PLACES = (4, 6, 8, 10)
# What is entered of an adjustment.
BY_HAND = {"amount", "company_id", "date", "payee_id", "reason", "type", "user_id"}


class FunnelCommissionEntry(models.Model):
    """What somebody earned, and what of it was taken back: a ledger to which entries are
    added, and nothing else is done."""

    _name = "funnel.commission.entry"
    _description = "Commission Entry"
    _inherit = ["funnel.finite.amounts", "funnel.usual.dates"]
    # A table, but one that refers to documents by no foreign keys: they would be checked
    # for each row of a run. What people read of an entry is not deleted (see
    # ``_refuse_deletion``); its lines are, when a document is corrected, so nobody reads
    # these but the run.
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "label"

    plan_id = fields.Many2one(
        "funnel.commission.plan", string="Commission Plan", readonly=True
    )
    # 0 where a plan has no members, so that it is part of a unique key.
    member_id = fields.Many2one(
        "funnel.commission.member", readonly=True, groups=fields.NO_ACCESS
    )
    user_id = fields.Many2one("res.users", string="Salesperson", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    type = fields.Selection(TYPES, required=True, default="adjustment", readonly=True)
    event_date = fields.Date("Day of the Sale", readonly=True)
    earn_date = fields.Date(
        "Earned On",
        readonly=True,
        help="The day of what it was earned by: of the money, where it is paid as"
        " collected.",
    )
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="The day by which it is settled: the day when it was earned, or the first"
        " one that was not settled yet when it became known.",
    )
    released_by = fields.Char(readonly=True)
    order_line_id = fields.Many2one(
        "sale.order.line", readonly=True, groups=fields.NO_ACCESS
    )
    order_id = fields.Many2one("sale.order", readonly=True)
    stock_move_id = fields.Many2one(
        "stock.move", string="Delivered Item", readonly=True, groups=fields.NO_ACCESS
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        readonly=True,
        groups=fields.NO_ACCESS,
    )
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    partial_id = fields.Many2one(
        "account.partial.reconcile",
        string="Reconciliation",
        readonly=True,
        groups=fields.NO_ACCESS,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    rule_id = fields.Many2one("funnel.commission.rule", readonly=True)
    base = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="sum",
        help="What of the plan's measure is this salesperson's: an amount in the"
        " company's currency, or a quantity.",
    )
    share = fields.Float(digits=(16, 4), readonly=True, aggregator=None)
    rate = fields.Float(digits=(16, 4), readonly=True, aggregator=None)
    factor = fields.Float(digits=(16, 4), readonly=True, aggregator=None)
    part = fields.Float(
        "Due",
        digits=(16, 4),
        readonly=True,
        aggregator=None,
        help="Which part of what was earned became due.",
    )
    fixed = fields.Monetary(
        readonly=True, help="What was added for the level that was reached."
    )
    amount = fields.Monetary(required=True)
    revision = fields.Integer(readonly=True, aggregator=None)
    origin_id = fields.Many2one(
        "funnel.commission.entry",
        string="Corrects",
        readonly=True,
        help="The entry that this one corrects or reverses.",
    )
    settlement_id = fields.Many2one("funnel.commission.settlement", readonly=True)
    payee_id = fields.Many2one(
        "res.partner",
        string="Paid To",
        compute="_compute_payee_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Who is paid what is adjusted: as a member of a plan says, else the"
        " salesperson. Each payee has a settlement of his own.",
    )
    reason = fields.Char(help="Why the amount was adjusted.")
    label = fields.Char("Document", compute="_compute_label", search="_search_label")
    explanation = fields.Char(
        compute="_compute_explanation", help="How the amount comes about."
    )

    def init(self):
        cr, table = self.env.cr, SQL.identifier(self._table)
        found = table_columns(cr, self._table)
        if not found:
            cr.execute(SQL("CREATE TABLE %s (id SERIAL PRIMARY KEY)", table))
        for name, kind in COLUMNS.items():
            if name not in found:
                cr.execute(
                    SQL(
                        "ALTER TABLE %s ADD %s %s",
                        table,
                        SQL.identifier(name),
                        SQL(kind),
                    )
                )
        self._create_indexes()

    def _create_indexes(self) -> None:
        for name, (unique, columns) in INDEXES.items():
            self.env.cr.execute(
                SQL(
                    "CREATE %s INDEX IF NOT EXISTS %s ON %s %s",
                    SQL(unique),
                    SQL.identifier(f"{self._table}_{name}"),
                    SQL.identifier(self._table),
                    SQL(columns),
                )
            )

    @contextmanager
    def _filled(self):
        """While an empty ledger is filled for the first time, it is without indexes:
        they are quicker made afterwards. Nobody else reads or writes it meanwhile."""
        self.env.cr.execute("SELECT FROM funnel_commission_entry LIMIT 1")
        if self.env.cr.rowcount:
            yield
            return
        for name in INDEXES:
            self.env.cr.execute(
                SQL("DROP INDEX IF EXISTS %s", SQL.identifier(f"{self._table}_{name}"))
            )
        yield
        self._create_indexes()

    # ------------------------------------------------------------------
    # Added by hand
    # ------------------------------------------------------------------

    @api.depends("user_id", "company_id")
    def _compute_payee_id(self):
        payees = self._get_payees(self.user_id)
        for entry in self:
            user = entry.user_id
            payee = payees.get((user.id, entry.company_id.id))
            entry.payee_id = payee or user.partner_id

    @api.model
    def _get_payees(self, users) -> dict[tuple[int, int], int]:
        """Return (salesperson, company) -> who is paid by the last plan; none where that
        is the salesperson."""
        self.env["funnel.commission.member"].flush_model(["payee_id", "user_id"])
        self.env["funnel.commission.plan"].flush_model(["company_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (member.user_id, plan.company_id)
                       member.user_id, plan.company_id, member.payee_id
                  FROM funnel_commission_member AS member
                  JOIN funnel_commission_plan AS plan ON plan.id = member.plan_id
                 WHERE member.user_id = ANY(%s) AND plan.state IN ('approved', 'closed')
              ORDER BY member.user_id, plan.company_id, plan.state, member.id DESC
                """,
                users.ids,
            )
        )
        return {(user, company): payee for user, company, payee in rows}

    @api.model_create_multi
    def create(self, vals_list):
        """Adjust what somebody earned.

        :raise ValidationError: no reason is given
        """
        for vals in vals_list:
            if vals.get("type", "adjustment") != "adjustment" or vals.keys() - BY_HAND:
                raise UserError(self.env._("What follows from a plan is booked by it."))
            if not (vals.get("reason") or "").strip():
                raise ValidationError(
                    self.env._(
                        "Say why the amount is adjusted: whoever earns it reads it."
                    )
                )
            day = vals.get("date") or fields.Date.context_today(self)
            vals.update(event_date=day, earn_date=day)
        # Nothing of it is a default of the client.
        plain = self.with_env(self.env(context=clean_context(self.env.context)))
        return super(FunnelCommissionEntry, plain).create(vals_list).with_env(self.env)

    @api.constrains("amount")
    def _check_amount(self):
        for entry in self:
            if entry.currency_id.is_zero(entry.amount):
                raise ValidationError(
                    self.env._("Enter an amount: nothing is adjusted by nothing.")
                )

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        """Who works, or worked, in the company is adjusted."""
        # sudo: who works here, nothing else of a user.
        told = self.sudo()
        outside = told.user_id.filtered("share")
        for entry in told:
            user, company = entry.user_id, entry.company_id
            if company not in user.company_ids and not told.search_count(
                [
                    ("id", "not in", told.ids),
                    ("user_id", "=", user.id),
                    ("company_id", "=", company.id),
                ],
                limit=1,
            ):
                outside |= user
        if outside:
            raise ValidationError(
                self.env._(
                    "%s does not work here: choose a salesperson.",
                    ", ".join(outside.mapped("name")),
                )
            )

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._(
                    "What was booked stays as it is. Add an adjustment, or correct the"
                    " document: the difference is booked with the next run."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("What was booked is not deleted. Add an adjustment.")
        )

    @api.model
    def _refuse_deletion(self, records, column: str) -> None:
        """Refuse to delete what entries tell of, as Odoo does with what is used.

        :param column: which refers to them
        :raise UserError: with the names of those that are used
        """
        if not records:
            return
        found = SQL("%s = ANY(%s)", SQL.identifier(column), records.ids)
        if column == "move_id":
            # An index finds what is of invoices, which nobody adjusts by hand.
            found = SQL("%s = ANY(%s) AND type <> 'adjustment'", DOCUMENT, records.ids)
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT %s FROM funnel_commission_entry WHERE %s",
                SQL.identifier(column),
                found,
            )
        )
        if rows:
            used = records.browse(id_ for (id_,) in rows)
            raise UserError(
                self.env._(
                    "Commission was booked of this, and the ledger tells of it: %s."
                    " Archive or cancel it instead of deleting it.",
                    ", ".join(used[:10].mapped("display_name")),
                )
            )

    @api.model
    def _merge_partners(self, sources, target) -> None:
        """What is told of merged customers and payees is told of the one they are now."""
        for name in ("partner_id", "payee_id"):
            self.env.cr.execute(
                SQL(
                    "UPDATE funnel_commission_entry SET %(name)s = %(target)s"
                    " WHERE %(name)s = ANY(%(sources)s)",
                    name=SQL.identifier(name),
                    target=target.id,
                    sources=sources.ids,
                )
            )
        self.invalidate_model(["partner_id", "payee_id"])

    # ------------------------------------------------------------------
    # Explained
    # ------------------------------------------------------------------

    @api.depends("move_id", "order_id", "reason")
    def _compute_label(self):
        # sudo: who reads what he earned reads the number of the document.
        told = self.sudo()
        moves, orders = told.move_id.exists(), told.order_id.exists()
        for entry, known in zip(self, told, strict=True):
            document = known.move_id & moves or known.order_id & orders
            entry.label = document.display_name or entry.reason

    @api.model
    def _search_label(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        # As the user: what is found by the number of a document, who reads that reads.
        return Domain.OR(
            Domain(name, operator, value) for name in ("move_id", "order_id", "reason")
        )

    @api.depends_context("lang")
    @api.depends(
        *("amount", "base", "factor", "fixed", "origin_id", "part", "rate", "reason"),
        "type",
    )
    def _compute_explanation(self):
        before = self._get_booked_before()
        for entry in self:
            entry.explanation = entry._explain(*before.get(entry.id, (0, 0, 0)))

    def _get_booked_before(self) -> dict[int, tuple[float, float, float]]:
        """Return correction -> amount, base and bonus of what was booked before it."""
        corrections = self.filtered("origin_id")
        if not corrections:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE before AS (
                    SELECT id AS entry_id, origin_id
                      FROM funnel_commission_entry WHERE id = ANY(%s)
                     UNION ALL
                    SELECT before.entry_id, origin.origin_id
                      FROM before
                      JOIN funnel_commission_entry AS origin
                        ON origin.id = before.origin_id)
                SELECT before.entry_id, SUM(booked.amount), SUM(booked.base),
                       SUM(booked.fixed)
                  FROM before
                  JOIN funnel_commission_entry AS booked ON booked.id = before.origin_id
              GROUP BY before.entry_id
                """,
                corrections.ids,
            )
        )
        return {
            entry: tuple(float(value) for value in values) for entry, *values in rows
        }

    def _explain(self, amount=0, base=0, fixed=0) -> str:
        """Return how the amount comes about, as a calculation.

        :param amount: what was booked before it, where it corrects that
        :param base: of that; of the entry itself it is what was added
        """
        self.ensure_one()
        if self.type == "adjustment":
            return self.reason or ""
        if not self.origin_id:
            return self._calculate(self.amount, self.base, self.fixed)
        if self.type == "reversal":
            return self.env._(
                "%(amount)s was booked before, nothing of it is due",
                amount=self._money(amount),
            )
        calculation = self._calculate(
            amount + self.amount, base + self.base, fixed + self.fixed
        )
        if not amount:
            return calculation
        return self.env._(
            "%(calculation)s = %(now)s, less %(before)s booked before",
            calculation=calculation,
            now=self._money(amount + self.amount),
            before=self._money(amount),
        )

    def _calculate(self, amount: float, base: float, fixed: float) -> str:
        """Return the calculation that comes to an amount, with as many places as that
        takes."""
        by_unit = self._is_by_unit()
        places = min(PLACES, key=lambda each: self._miss(each, amount, base, fixed))
        parts = [
            self._number(base, 2) if by_unit else self._money(base),
            self._money(self.rate)
            if by_unit
            else f"{self._number(self.rate, places)} %",
        ]
        if self.factor != 1:
            parts.append(self._number(self.factor, places))
        text = " × ".join(parts)
        if fixed:
            text = f"({text} + {self._money(fixed)})"
        if self.part != 1:
            text = f"{text} × {self._number(self.part * 100, places)} %"
        return text

    def _is_by_unit(self) -> bool:
        # sudo: who reads what was earned reads what of, whoever's plan it is now.
        return self.sudo().plan_id.measure == "quantity"

    def _miss(self, places: int, amount: float, base: float, fixed: float) -> float:
        """Return by how much a calculation with some places misses an amount."""
        rate = round(self.rate, places)
        if not self._is_by_unit():
            rate /= 100
        whole = base * rate * round(self.factor, places) + fixed
        part = round(self.part * 100, places) / 100
        currency = self.currency_id
        return abs(currency.round(currency.round(whole * part) - amount))

    def _money(self, amount: float) -> str:
        # Half a cent goes up, as it does where the amount is shown.
        currency = self.currency_id
        return formatLang(self.env, currency.round(amount), currency_obj=currency)

    def _number(self, value, digits: int) -> str:
        text = formatLang(self.env, value, digits=digits)
        point = (
            self.env["res.lang"]._get_data(code=self.env.lang or "en_US").decimal_point
        )
        if digits > 2 and point and point in text:
            text = text.rstrip("0").rstrip(point)
        return text

    # ------------------------------------------------------------------
    # Opened
    # ------------------------------------------------------------------

    @api.readonly
    def action_open_document(self):
        """Return the invoice or the order that it was earned by, else the entry."""
        self.ensure_one()
        document = self.move_id or self.order_id
        if not document.has_access("read"):
            document = self
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }
