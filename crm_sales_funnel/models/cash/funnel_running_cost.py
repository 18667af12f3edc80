from contextlib import contextmanager
from typing import Any

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

# What the entry is made of: changed in drafts alone.
ENTERED = frozenset(
    {
        "amount",
        "attachment_ids",
        "company_id",
        "currency_id",
        "date",
        "item_id",
        "journal_id",
        "note",
        "partner_id",
        "payment_method_line_id",
        "settlement",
        "tax_id",
        "team_id",
        "user_id",
    }
)
# What the next one begins with.
CARRIED = ("date", "settlement", "journal_id", "payment_method_line_id")
PAID = ("in_payment", "paid")


class FunnelRunningCost(models.Model):
    """The short form of a cost: it posts an ordinary purchase receipt, or the bill of a
    vendor, and what was paid for it. There is no second ledger: the state is that of
    the entry."""

    _name = "funnel.running.cost"
    _description = "Running Cost"
    _inherit = ["funnel.cost.terms"]
    _order = "date desc, id desc"

    _fixed = frozenset({"move_id", "payment_id", "period", "recurring_id", "state"})

    date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments", copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("posted", "Posted"),
            ("paid", "Paid"),
            ("cancelled", "Cancelled"),
        ],
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
    payment_id = fields.Many2one(
        "account.payment",
        string="Outgoing Payment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    recurring_id = fields.Many2one(
        "funnel.recurring.cost",
        string="Recurring Cost",
        readonly=True,
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    period = fields.Date("Month", readonly=True, copy=False)

    _draft_idx = models.Index("(company_id) WHERE state = 'draft'")
    # Each period once, whatever makes it.
    _period_uniq = models.UniqueIndex(
        "(recurring_id, period) WHERE recurring_id IS NOT NULL",
        "The recurring cost of this month is there already.",
    )

    @api.depends("item_id.name", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for cost in self:
            item, day = cost.item_id.name, format_date(self.env, cost.date)
            cost.display_name = f"{item} · {day}" if item else self.env._("New Cost")

    # Its type, so that the end of the entry is noticed; where it stands is told by it.
    @api.depends("move_id.move_type")
    def _compute_state(self):
        for cost in self:
            move = cost.move_id
            if not move or move.state == "draft":
                cost.state = "draft"
            elif move.state == "cancel" or move.payment_state == "reversed":
                cost.state = "cancelled"
            else:
                cost.state = "paid" if move.payment_state in PAID else "posted"

    # ------------------------------------------------------------------
    # Creating and changing
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        costs = super().create(vals_list)
        costs._own_attachments()
        return costs

    def write(self, vals):
        if not ENTERED.isdisjoint(vals) and any(c.state != "draft" for c in self):
            raise UserError(
                self.env._("It is posted. Reset it to draft, then change it.")
            )
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._own_attachments()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(cost.state != "draft" for cost in self):
            raise UserError(self.env._("Only drafts are deleted. Reset it to draft."))

    def unlink(self):
        if all(cost.state == "draft" for cost in self):
            self._take_back()
        return super().unlink()

    def _own_attachments(self):
        """Let everybody who reads the cost read the files that came before it."""
        for cost in self:
            cost.attachment_ids.filtered(lambda file: not file.res_id).write(
                {"res_model": self._name, "res_id": cost.id}
            )

    # ------------------------------------------------------------------
    # Posting
    # ------------------------------------------------------------------

    def action_post(self):
        """Post the entry, and the payment of what is paid."""
        if any(cost.state != "draft" for cost in self):
            raise UserError(self.env._("Only drafts are posted."))
        self._check_no_pay_of_a_person()  # a vendor may have become an employee
        self._take_back()  # an entry that was reset in the ledger
        for company, costs in self.grouped("company_id").items():
            costs.with_company(company)._post_entries(is_named=len(self) > 1)
        return True

    def action_post_and_new(self) -> dict[str, Any]:
        self.action_post()
        return self.action_new()

    def action_new(self) -> dict[str, Any]:
        """Return the form of the next cost, on the same day and paid from the same."""
        self.ensure_one()
        values = self._convert_to_write({name: self[name] for name in CARRIED})
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "crm_sales_funnel.funnel_running_cost_action_new"
            ),
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def _post_entries(self, is_named: bool = False) -> None:
        """Post the entries, and the payments of what is paid.

        :param is_named: whether a refusal says which cost it is about
        """
        vals_list = []
        for cost in self:
            with cost._telling(is_named):
                vals_list.append(cost._prepare_move_vals())
        moves = self.env["account.move"].create(vals_list)
        for cost, move in zip(self, moves, strict=True):
            # sudo: nobody but this writes which entry it is.
            cost.sudo().move_id = move
            if not move.invoice_payment_term_id:
                move.invoice_date_due = cost.date  # not the day of posting
            with cost._telling(is_named):
                cost._check_books_open()
            cost.attachment_ids.copy({"res_model": move._name, "res_id": move.id})
        moves.action_post()
        for cost in self:
            with cost._telling(is_named):
                cost._check_total()
        self.filtered(lambda cost: cost.settlement == "paid")._post_payments()

    @contextmanager
    def _telling(self, is_named: bool):
        """Say which one is refused, where somebody posts several at once."""
        try:
            yield
        except UserError as error:
            if not is_named:
                raise
            amount = format_amount(self.env, self.amount, self.currency_id)
            named = f"{self.display_name} · {amount}: {error}"
            raise UserError(named) from error

    def _check_books_open(self):
        """Refuse a day that is closed for the entry, or for what was paid for it."""
        company = self.company_id
        company._check_books_open(
            self.date, self.move_id.journal_id, has_tax=bool(self.tax_id)
        )
        if self.settlement == "paid":
            company._check_books_open(self.date, self.journal_id)

    def _prepare_move_vals(self) -> dict[str, Any]:
        return {
            "move_type": "in_invoice" if self.settlement == "owed" else "in_receipt",
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": self.date,
            "date": self.date,
            "invoice_line_ids": [Command.create(self._prepare_line_vals())],
        }

    def _prepare_line_vals(self) -> dict[str, Any]:
        item, company = self.item_id, self.company_id
        analytic = item._get_analytic_account(company)
        return {
            "name": self._get_label(),
            "account_id": item._get_account(company).id,
            "quantity": 1,
            "price_unit": self.amount,
            "tax_ids": [Command.set(self.tax_id.ids)],
            "analytic_distribution": {str(analytic.id): 100} if analytic else False,
            "cost_item_id": item.id,
            "cost_user_id": self.user_id.id,
            "cost_team_id": self.team_id.id,
            "running_cost_id": self.id,
        }

    def _get_label(self) -> str:
        return f"{self.item_id.name}: {self.note}" if self.note else self.item_id.name

    def _check_total(self):
        """Refuse an entry that comes to anything but what was entered."""
        if self.currency_id.compare_amounts(self.move_id.amount_total, self.amount):
            raise UserError(
                self.env._(
                    "%(amount)s cannot be posted with the tax %(tax)s.",
                    amount=format_amount(self.env, self.amount, self.currency_id),
                    tax=self.tax_id.name or "",
                )
            )

    def _post_payments(self):
        payments = self.env["account.payment"].create(
            [cost._prepare_payment_vals() for cost in self]
        )
        for cost, payment in zip(self, payments, strict=True):
            # sudo: as for the entry.
            cost.sudo().payment_id = payment
        payments.action_post()
        self.env["account.move.line"]._reconcile_plan(
            [
                cost._get_owed_lines()
                | cost.payment_id.move_id.line_ids.filtered(
                    lambda line, payment=cost.payment_id: (
                        line.account_id == payment.destination_account_id
                    )
                )
                for cost in self
            ]
        )

    def _prepare_payment_vals(self) -> dict[str, Any]:
        return {
            "payment_type": "outbound",
            "partner_type": "supplier",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date": self.date,
            "memo": self._get_label(),
            "journal_id": self.journal_id.id,
            "payment_method_line_id": self.payment_method_line_id.id,
            "destination_account_id": self._get_owed_lines().account_id.id,
            "invoice_ids": [Command.link(self.move_id.id)],
        }

    def _get_owed_lines(self):
        return self.move_id.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )

    # ------------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------------

    def action_reset(self):
        """Cancel the payment and the entry, so that the cost can be corrected."""
        if any(cost.state == "draft" for cost in self):
            raise UserError(self.env._("It is a draft already."))
        if any(cost.move_id.payment_state == "reversed" for cost in self):
            raise UserError(
                self.env._("A credit note took it back. Enter a new cost instead.")
            )
        self._take_back()
        return True

    def _take_back(self):
        payments = self.payment_id.filtered(lambda payment: payment.state != "canceled")
        payments._cancel_with_entries()
        self.move_id.filtered(lambda move: move.state != "cancel").button_cancel()
        # sudo: nobody but this writes which entry it is.
        self.sudo().write({"move_id": False, "payment_id": False})

    # ------------------------------------------------------------------
    # What it made
    # ------------------------------------------------------------------

    def action_pay(self) -> dict[str, Any]:
        """Return the screen Pay with what is owed: it waits for who is paying the same,
        where Odoo's own dialog would pay it once more.

        :raise UserError: nothing of it is owed
        """
        self.check_access("write")
        if any(cost.state != "posted" for cost in self):
            raise UserError(self.env._("Nothing of it is owed."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_sales_funnel.funnel_settle_action_pay"
        )
        context = {"active_model": "account.move", "active_ids": self.move_id.ids}
        return {**action, "context": context}

    def action_open_entries(self) -> dict[str, Any]:
        """Return the entries of the cost, those that were cancelled as well."""
        self.ensure_one()
        lines = self.env["account.move.line"].search(
            [("running_cost_id", "=", self.id)]
        )
        moves = lines.move_id | self.payment_id.move_id
        return moves._get_records_action(name=self.env._("Journal Entries"))
