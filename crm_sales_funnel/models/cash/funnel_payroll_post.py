from collections import defaultdict
from typing import Any

from odoo import Command, models
from odoo.exceptions import UserError


class FunnelPayroll(models.Model):
    """The journal entry: what is earned and what the company pays on top are costs of
    the employee; what is withheld and paid on top is owed to the authorities; the rest
    is paid, or owed to the employee."""

    _inherit = "funnel.payroll"

    def action_post(self):
        """Post one entry for each payroll."""
        self.check_access("write")
        self._lock()
        if any(payroll.state != "draft" for payroll in self):
            raise UserError(self.env._("Only drafts are posted."))
        self._take_back()  # an entry that was reset in the ledger
        for payroll in self:
            payroll.with_company(payroll.company_id)._post_entry()
        return True

    def _post_entry(self):
        self._check_net()
        self.company_id._check_books_open(self.date, self._get_journal())
        # sudo: nobody but this writes whose pay a journal item is.
        moves = self.env["account.move"].sudo()
        move = moves.create(self._prepare_move_vals()).sudo(self.env.su)
        # sudo: nobody but this writes which entry it is.
        self.sudo().move_id = move
        move.action_post()

    def _check_net(self):
        if not self.line_ids.amount_ids:
            raise UserError(self.env._("Enter what somebody gets, then post it."))
        below = self.line_ids.filtered(
            lambda line: line.currency_id.compare_amounts(line.net, 0) < 0
        )
        if below:
            raise UserError(
                self.env._(
                    "More is withheld than is earned of: %s",
                    ", ".join(below.mapped("partner_id.name")),
                )
            )

    # ------------------------------------------------------------------
    # The entry
    # ------------------------------------------------------------------

    def _prepare_move_vals(self) -> dict[str, Any]:
        journal = self._get_journal()
        if not journal:
            raise UserError(self.env._("Choose a journal for the entry."))
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "date": self.date,
            "ref": self._get_label(),
            "line_ids": [
                Command.create(vals)
                for vals in (
                    *self._prepare_amount_vals(),
                    *self._prepare_net_vals(),
                )
            ],
        }

    def _get_label(self) -> str:
        return f"{self.display_name}: {self.note}" if self.note else self.display_name

    def _prepare_amount_vals(self) -> list[dict[str, Any]]:
        """Return the journal items of all amounts. What the authorities get is one item
        for each account, as it is paid; a loan that is paid back is the employee's."""
        accounts = self._get_accounts()
        vals_list, owed = [], defaultdict(float)
        for amount in self.line_ids.sorted().amount_ids:
            item, kind = amount.item_id, amount.pay_kind
            cost, waiting, analytic = accounts[item]
            vals = {
                **self._prepare_employee_vals(amount.line_id),
                "name": self._get_item_label(item),
            }
            if kind != "withheld":
                distribution = {str(analytic.id): 100} if analytic else False
                cost_vals = {
                    "account_id": cost.id,
                    "balance": amount.amount,
                    "cost_item_id": item.id,
                    "cost_user_id": amount.line_id.user_id.id,
                    "analytic_distribution": distribution,
                }
                vals_list.append({**vals, **cost_vals})
            if kind != "earning" and waiting.internal_group == "liability":
                owed[item, waiting] -= amount.amount
            elif kind != "earning":
                owed_vals = {"account_id": waiting.id, "balance": -amount.amount}
                vals_list.append({**vals, **owed_vals})
        return vals_list + [
            {
                "name": self._get_item_label(item),
                "account_id": account.id,
                "balance": self.currency_id.round(balance),
                "tax_ids": False,
            }
            for (item, account), balance in owed.items()
        ]

    def _get_item_label(self, item) -> str:
        return f"{item.name} {self._format_month(self.month)}"

    def _prepare_net_vals(self) -> list[dict[str, Any]]:
        """Return the items of the net pay: one that is paid, else one owed to each."""
        label = self._get_label()
        if self.paid_journal_id:
            account = self._get_liquidity_account()
            vals = {"account_id": account.id, "balance": -self.net, "name": label}
            return [{**vals, "tax_ids": False}] if self.net else []
        return [
            {
                **self._prepare_employee_vals(line),
                "account_id": self._get_wages_account().id,
                "balance": -line.net,
                "name": label,
            }
            for line in self.line_ids.sorted()
            if line.net
        ]

    def _prepare_employee_vals(self, line) -> dict[str, Any]:
        return {
            "partner_id": line.partner_id.id,
            "payroll_line_id": line.id,
            "tax_ids": False,
            "analytic_distribution": False,
        }

    # ------------------------------------------------------------------
    # Its accounts
    # ------------------------------------------------------------------

    def _get_accounts(self) -> dict[models.BaseModel, tuple]:
        """Return item -> (expense account, account where what is not paid to the
        employee waits, analytic account)."""
        company, accounts = self.company_id, {}
        for item in self.line_ids.amount_ids.item_id:
            cost = waiting = self.env["account.account"]
            if item.pay_kind != "withheld":
                cost = item._get_account(company)
            if item.pay_kind != "earning":
                waiting = item._get_withheld_account(company)
                waiting = waiting or self._get_wages_account()
            analytic = item._get_analytic_account(company)
            accounts[item] = (cost, waiting, analytic)
        return accounts

    def _get_wages_account(self):
        if not self.wages_account_id:
            raise UserError(
                self.env._("Choose the account of wages payable of this payroll.")
            )
        return self.wages_account_id

    def _get_liquidity_account(self):
        """Return where payments of the journal are booked."""
        journal = self.paid_journal_id
        methods = journal.outbound_payment_method_line_ids
        waiting = methods.payment_account_id[:1]
        waiting._mark_liquidity(holds_money=True)
        account = waiting or journal.default_account_id
        if not account:
            raise UserError(
                self.env._("%(journal)s has no account.", journal=journal.name)
            )
        return account

    # ------------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------------

    def action_reset(self):
        """Cancel the entry, so that the payroll can be corrected."""
        self.check_access("write")
        self._lock()
        if any(payroll.state == "draft" for payroll in self):
            raise UserError(self.env._("It is a draft already."))
        if any(
            payroll.move_id.state == "posted" and payroll.state == "cancelled"
            for payroll in self
        ):
            raise UserError(
                self.env._("Another entry took it back. Enter a new payroll instead.")
            )
        self._take_back()
        return True

    def _take_back(self):
        self.move_id.filtered(lambda move: move.state != "cancel").button_cancel()
        # sudo: nobody but this writes which entry it is.
        self.sudo().write({"move_id": False})

    def action_open_entries(self) -> dict[str, Any]:
        """Return the entries of the payroll, those that were cancelled as well."""
        self.ensure_one()
        self.check_access("read")
        lines = self.env["account.move.line"].search(
            [("payroll_line_id", "in", self.line_ids.ids)]
        )
        moves = lines.move_id | self.move_id
        moves.check_access("read")
        return moves._get_records_action(name=self.env._("Journal Entries"))
