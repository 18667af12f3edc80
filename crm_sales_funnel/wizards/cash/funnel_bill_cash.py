from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date


class FunnelBillCash(models.TransientModel):
    """Bills and cheques that the bank has cashed or paid."""

    _name = "funnel.bill.cash"
    _description = "Cash Bills"
    _inherit = ["funnel.required.fields", "funnel.usual.dates"]

    payment_ids = fields.Many2many("account.payment", readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank",
        required=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        help="Whose account the money went to, or came from.",
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "account.payment":
            bills = self.env["account.payment"].browse(
                self.env.context.get("active_ids") or ()
            )
            values["payment_ids"] = [Command.set(bills.ids)]
            if len(bills.journal_id) == 1 and bills.journal_id.type == "bank":
                values.setdefault("journal_id", bills.journal_id.id)
        return values

    @api.depends("payment_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.payment_ids.company_id[:1]

    def action_cash(self):
        """Book each bill to the bank, against the account where it waited.

        :raise UserError: one of them is no bill, or is cashed already
        """
        self.ensure_one()
        bills = self.payment_ids
        bills.check_access("write")
        self._check_bank()
        self._wait_for_others(bills.move_id.line_ids)
        waiting = {bill: self._get_waiting(bill) for bill in bills}
        entries = self.env["account.move"].create(
            [self._prepare_entry_vals(bill, line) for bill, line in waiting.items()]
        )
        entries.action_post()
        for entry, line in zip(entries, waiting.values(), strict=True):
            counterpart = entry.line_ids.filtered(
                lambda item, line=line: item.account_id == line.account_id
            )
            (counterpart | line).reconcile()
        return {"type": "ir.actions.act_window_close"}

    def _check_bank(self):
        if not self.payment_ids:
            raise UserError(self.env._("Choose the bills that were cashed."))
        if self.journal_id.type != "bank":
            raise UserError(self.env._("Choose the journal of a bank."))
        self.company_id._check_books_open(self.date, self.journal_id)

    def _wait_for_others(self, items):
        """Wait for who is cashing the same bills: after them, this transaction begins
        anew, and finds them cashed."""
        self.env.flush_all()
        if items:
            self.env.cr.execute(
                SQL(
                    "SELECT FROM account_move_line WHERE id IN %s"
                    " ORDER BY id FOR NO KEY UPDATE",
                    tuple(items.ids),
                )
            )

    def _get_waiting(self, bill):
        """Return the journal item of the bill that waits for the bank."""
        lines = bill.move_id.line_ids.filtered(
            lambda line: line.account_id == bill.outstanding_account_id
        )
        name = bill.bill_number or bill.display_name
        if not bill.is_bill or len(lines) != 1 or bill.move_id.state != "posted":
            raise UserError(self.env._("%s is not waiting to be cashed.", name))
        if self.date < bill.date:
            raise UserError(
                self.env._(
                    "%(bill)s was received or given on %(date)s: it is cashed on that"
                    " day or later.",
                    bill=name,
                    date=format_date(self.env, bill.date),
                )
            )
        if lines.reconciled:
            raise UserError(self.env._("%s is cashed already.", name))
        if not lines.account_id.reconcile:
            raise UserError(
                self.env._(
                    "%(bill)s cannot be cashed: the account %(account)s does not allow"
                    " reconciliation.",
                    bill=name,
                    account=lines.account_id.display_name,
                )
            )
        if bill.company_id != self.journal_id.company_id:
            raise UserError(self.env._("%s is another company's.", name))
        return lines

    def _prepare_entry_vals(self, bill, line):
        label = self.env._("Cashed: %s", bill.bill_number or bill.name)
        common = {
            "name": label,
            "currency_id": line.currency_id.id,
            "partner_id": line.partner_id.id,
        }
        return {
            "journal_id": self.journal_id.id,
            "date": self.date,
            "ref": label,
            "line_ids": [
                Command.create(
                    {
                        **common,
                        "account_id": account.id,
                        "balance": sign * line.amount_residual,
                        "amount_currency": sign * line.amount_residual_currency,
                    }
                )
                for account, sign in (
                    (self.journal_id.default_account_id, 1),
                    (line.account_id, -1),
                )
            ],
        }
