import datetime
from collections import Counter
from typing import Any

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .funnel_cost_item import OPEN_TYPES
from .funnel_cost_terms import MONEY_JOURNALS

# What the entry is made of: changed in drafts alone.
ENTERED = frozenset(
    {
        "company_id",
        "date",
        "item_ids",
        "journal_id",
        "month",
        "note",
        "paid_journal_id",
        "rows",
        "wages_account_id",
    }
)
# Wages payable in the charts of accounts that have an account of that name.
WAGES_ACCOUNTS = (
    "l10n_cn_common_account_2211",
    "salary_payable",
    "l10n_hk_2217",
    "account_account_760",
)
NEW_MONTH = 20  # from this day on, wages are entered for the month itself


class FunnelPayroll(models.Model):
    """The pay of a month: a grid with a line for each employee and a column for each
    pay item. It posts one ordinary journal entry, and its state is that of the entry.

    What is owed stands on one account of wages payable, an item for each employee: not
    on the payable account of each, since those who read the payables would read there
    what everybody gets.
    """

    _name = "funnel.payroll"
    _description = "Payroll"
    _inherit = [
        "funnel.fixed.fields",
        "funnel.own.company",
        "funnel.usual.dates",
        "mail.thread",
    ]
    _check_company_auto = True
    _order = "month desc, id desc"

    _fixed = frozenset({"line_ids", "move_id", "state", "version"})

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(
        required=True,
        default=lambda self: self._get_usual_month(),
        tracking=True,
        help="For which month it is: any day of it will do.",
    )
    date = fields.Date(
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="The day of the journal entry, so the day of the costs: the last one of the"
        " month, if nothing else is entered.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_usual",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain=[("type", "=", "general")],
    )
    paid_journal_id = fields.Many2one(
        "account.journal",
        string="Paid From",
        check_company=True,
        domain=[("type", "in", MONEY_JOURNALS)],
        help="From where the net pay was paid. Empty: it is owed to the employees, and"
        " stands on the account of wages payable.",
    )
    wages_account_id = fields.Many2one(
        "account.account",
        string="Wages Payable",
        compute="_compute_usual",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain=[("account_type", "=", "liability_current")],
        help="Where net pay stands that is not paid yet, and what is withheld by an item"
        " that has no account of its own.",
    )
    item_ids = fields.Many2many(
        "funnel.cost.item",
        string="Columns",
        default=lambda self: self._get_usual_items(),
        domain=[("pay_kind", "!=", False)],
        help="The pay items that are entered.",
    )
    columns = fields.Json("Grid Columns", compute="_compute_columns")
    rows = fields.Json(
        "Employees",
        compute="_compute_rows",
        inverse="_inverse_rows",
        help="What the grid shows and writes: the lines with their amounts.",
    )
    version = fields.Integer(
        readonly=True, copy=False, help="Goes up each time that the lines are written."
    )
    line_ids = fields.One2many(
        "funnel.payroll.line", "payroll_id", string="Pay of Employees", readonly=True
    )
    employees = fields.Integer(
        "Number of Employees", compute="_compute_totals", store=True
    )
    gross = fields.Monetary("Gross Pay", compute="_compute_totals", store=True)
    withheld = fields.Monetary(compute="_compute_totals", store=True)
    employer = fields.Monetary(
        "Paid on Top",
        compute="_compute_totals",
        store=True,
        help="What the company pays besides, for instance as social insurance.",
    )
    net = fields.Monetary("Net Pay", compute="_compute_totals", store=True)
    note = fields.Char(help="Stands on the entry, after the month.")
    duplicate = fields.Char("Entered Twice", compute="_compute_duplicate")
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted"), ("cancelled", "Cancelled")],
        string="Status",
        compute="_compute_state",
        store=True,
        tracking=True,
        help="Follows the journal entry, whoever changes it.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Journal Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )

    _month_idx = models.Index("(company_id, month)")
    _first_day = models.Constraint(
        "CHECK (EXTRACT(DAY FROM month) = 1)", "A month is told by its first day."
    )

    # ------------------------------------------------------------------
    # What is filled in
    # ------------------------------------------------------------------

    @api.model
    def _get_usual_month(self) -> datetime.date:
        """Return the month that wages are entered for now: the last one, until this one
        is nearly over."""
        today = fields.Date.context_today(self)
        ago = 0 if today.day >= NEW_MONTH else 1
        return today.replace(day=1) - relativedelta(months=ago)

    @api.model
    def _get_last(self, company, before=None):
        """Return the payroll that was entered last, for a month up to another's."""
        domain = Domain("company_id", "=", company.id) & Domain(
            "state", "!=", "cancelled"
        )
        if before:
            domain &= Domain("id", "!=", before.id or 0)
            domain &= Domain("month", "<=", before.month)
        return self.search(domain, limit=1)

    @api.model
    def _get_usual_items(self):
        return self._get_last(self.env.company).item_ids or self.env[
            "funnel.cost.item"
        ].search([("pay_kind", "!=", False)])

    @api.depends("month")
    def _compute_date(self):
        today = fields.Date.context_today(self)
        for payroll in self:
            last = payroll.month and payroll.month + relativedelta(day=31)
            payroll.date = last if last and last <= today else today

    @api.depends("company_id")
    def _compute_usual(self):
        """Fill in what the company used last, else what its chart of accounts has."""
        for company, payrolls in self.grouped("company_id").items():
            # sudo: who works in a branch need not work in the company above it.
            holders = company.sudo().parent_ids
            last = self._get_last(company)
            for payroll in payrolls:
                if payroll.journal_id.company_id not in holders:
                    payroll.journal_id = last.journal_id or self._find_journal(company)
                # sudo: as above.
                if not payroll.wages_account_id.sudo().company_ids & holders:
                    account = last.wages_account_id or self._find_account(company)
                    payroll.wages_account_id = account

    @api.model
    def _find_journal(self, company):
        journals = self.env["account.journal"]
        domain = Domain(journals._check_company_domain(company))
        return journals.search(domain & Domain("type", "=", "general"), limit=1)

    @api.model
    def _find_account(self, company):
        charts = self.env["account.chart.template"].with_company(company)
        for name in WAGES_ACCOUNTS:
            account = charts.ref(name, raise_if_not_found=False)
            if account and account.account_type == "liability_current":
                return account
        return self.env["account.account"]

    @api.depends("item_ids.name", "item_ids.pay_kind")
    @api.depends_context("lang")
    def _compute_columns(self):
        for payroll in self:
            payroll.columns = [
                {"id": item.id, "name": item.name, "kind": item.pay_kind}
                for item in payroll.item_ids._origin.sorted()
            ]

    @api.depends("month")
    def _compute_display_name(self):
        for payroll in self:
            month = self._format_month(payroll.month)
            payroll.display_name = self.env._("Payroll %(month)s", month=month)

    @api.model
    def _format_month(self, month: datetime.date | None) -> str:
        return f"{month:%Y-%m}" if month else ""

    @api.depends(
        "line_ids.gross", "line_ids.withheld", "line_ids.employer", "line_ids.net"
    )
    def _compute_totals(self):
        for payroll in self:
            lines = payroll.line_ids
            payroll.employees = len(lines)
            for name in ("gross", "withheld", "employer", "net"):
                payroll[name] = payroll.currency_id.round(sum(lines.mapped(name)))

    @api.depends("company_id", "month", "journal_id", "paid_journal_id", "state")
    def _compute_duplicate(self):
        self.duplicate = False
        entered = self.filtered(lambda p: p.month and p.state != "cancelled")
        others = self.search(
            [
                ("company_id", "in", entered.company_id.ids),
                (
                    "month",
                    "in",
                    [month.replace(day=1) for month in set(entered.mapped("month"))],
                ),
                ("state", "!=", "cancelled"),
                ("employees", ">", 0),
            ]
        )
        for payroll in entered:
            twin = others.filtered(
                lambda other, payroll=payroll: (
                    other != payroll._origin
                    and other.company_id == payroll.company_id
                    and other.month == payroll.month.replace(day=1)
                    and other._get_journal() == payroll._get_journal()
                )
            )
            if twin:
                # What is posted says more than a draft.
                twin = twin.sorted(lambda other: other.state == "draft")[0]
                payroll.duplicate = self.env._(
                    "There is a payroll of %(month)s in this journal already, with a net"
                    " pay of %(amount)s.",
                    month=self._format_month(payroll.month),
                    amount=twin.currency_id.format(twin.net),
                )

    @api.depends("move_id.state", "move_id.reversal_move_ids.state")
    def _compute_state(self):
        for payroll in self:
            move = payroll.move_id
            if not move or move.state == "draft":
                payroll.state = "draft"
            else:
                gone = move.state == "cancel" or move._is_taken_back()
                payroll.state = "cancelled" if gone else "posted"

    def _get_journal(self):
        """Return where the entry is made: as payments, in the journal that pays."""
        return self.paid_journal_id or self.journal_id

    # ------------------------------------------------------------------
    # What fits together
    # ------------------------------------------------------------------

    @api.constrains("paid_journal_id", "journal_id", "wages_account_id")
    def _check_accounts(self):
        for payroll in self:
            paid, currency = payroll.paid_journal_id, payroll.company_id.currency_id
            if paid and paid.type not in MONEY_JOURNALS:
                raise ValidationError(self.env._("Say from where it was paid."))
            if paid.currency_id and paid.currency_id != currency:
                raise ValidationError(
                    self.env._(
                        "Wages are paid from a journal in the company's currency."
                    )
                )
            if payroll.journal_id and payroll.journal_id.type != "general":
                raise ValidationError(
                    self.env._("Choose a journal of miscellaneous operations.")
                )
            if payroll.wages_account_id.account_type in OPEN_TYPES:
                raise ValidationError(
                    self.env._("Pay is not booked to accounts of customers or vendors.")
                )

    @api.constrains("item_ids")
    def _check_item_ids(self):
        if any(not item.pay_kind for item in self.item_ids):
            raise ValidationError(self.env._("Columns are pay items."))

    # ------------------------------------------------------------------
    # Creating and changing
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        payrolls = super().create([self._with_first_day(vals) for vals in vals_list])
        payrolls.invalidate_recordset(["rows"])
        return payrolls

    def write(self, vals):
        if not ENTERED.isdisjoint(vals) and any(p.state != "draft" for p in self):
            raise UserError(
                self.env._("It is posted. Reset it to draft, then change it.")
            )
        result = super().write(self._with_first_day(vals))
        if "item_ids" in vals:
            self._drop_other_items()
        if not {"rows", "item_ids"}.isdisjoint(vals):
            self.invalidate_recordset(["rows"])  # as it was written, not as it is
        return result

    @api.model
    def _with_first_day(self, vals: dict[str, Any]) -> dict[str, Any]:
        month = fields.Date.to_date(vals.get("month"))
        return {**vals, "month": month.replace(day=1)} if month else vals

    def copy_data(self, default=None):
        """A copy has the employees and their amounts."""
        vals_list = super().copy_data(default)
        for payroll, vals in zip(self, vals_list, strict=True):
            vals.setdefault("rows", {"lines": payroll._get_rows_to_copy()})
        return vals_list

    def _get_rows_to_copy(self) -> list[dict[str, Any]]:
        """Return the lines, with what of them another payroll may begin with."""
        return self.rows["lines"]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(payroll.state != "draft" for payroll in self):
            raise UserError(self.env._("Only drafts are deleted. Reset it to draft."))

    def unlink(self):
        if all(payroll.state == "draft" for payroll in self):
            self._take_back()
        return super().unlink()

    def action_copy_last(self):
        """Add the employees of the last payroll, with what they got in it, to those that
        something is entered of in the grid already.

        :raise UserError: there is none before
        """
        self.ensure_one()
        last = self._get_last(self.company_id, before=self)
        if not last:
            raise UserError(self.env._("There is no payroll of an earlier month."))
        # sudo: whether somebody has left is seen in any company.
        gone = last.line_ids.sudo().filtered(
            lambda line: (
                not line.partner_id.active or (line.user_id and not line.user_id.active)
            )
        )
        left_out = set(gone.partner_id.ids) | {
            row["partner_id"]
            for row in self._get_rows_to_copy()
            if any(row["amounts"].values())
        }
        lines = {row["partner_id"]: row for row in self.rows["lines"]}
        for row in last._get_rows_to_copy():
            employee, amounts = row["partner_id"], Counter(row["amounts"])
            if employee in left_out:
                continue
            # Who is paid something here that is not copied has it besides.
            amounts.update(lines.get(employee, {}).get("amounts", {}))
            lines[employee] = {**row, "amounts": dict(amounts)}
        self.write(
            {
                "item_ids": [(4, item.id) for item in last.item_ids],
                "rows": {"lines": list(lines.values())},
            }
        )
        return True
