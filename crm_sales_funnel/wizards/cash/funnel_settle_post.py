from itertools import product

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import SQL, clean_context, format_amount

MODULE = "crm_sales_funnel"


class FunnelSettle(models.TransientModel):
    """What is done when it is confirmed: all of it, or nothing."""

    _inherit = "funnel.settle"

    def action_confirm(self):
        """Post it, and show the payment."""
        payment = self._confirm()
        if not payment:
            return self._open_another(payment)
        return payment._get_records_action(target="main")

    def action_confirm_another(self):
        """Post it, and stay on the screen for the next one."""
        return self._open_another(self._confirm())

    def _open_another(self, payment):
        kind = "receive" if self.direction == "receive" else "pay"
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"{MODULE}.funnel_settle_action_{kind}"
        )
        action["context"] = {
            "default_direction": self.direction,
            "default_company_id": self.company_id.id,
            "default_date": self.date,
            "default_journal_id": self.journal_id.id,
            "default_payment_method_line_id": self.payment_method_line_id.id,
        }
        action["target"] = "main"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self._get_done(payment),
                "next": action,
            },
        }

    def _get_done(self, payment):
        if not payment:
            return self.env._("%(partner)s: settled.", partner=self.partner_id.name)
        return self.env._(
            "%(partner)s: %(amount)s, %(number)s.",
            partner=self.partner_id.name,
            amount=format_amount(self.env, self.amount, self.currency_id),
            number=payment.name,
        )

    # ------------------------------------------------------------------
    # Confirming
    # ------------------------------------------------------------------

    def _confirm(self):
        """Post the payment and what is rounded off, and reconcile each with its
        document.

        :return: the payment; none where credits alone were applied
        """
        self.ensure_one()
        self.check_access("write")
        # What the screen begins with is not what its documents begin with.
        env = self.env(context=clean_context(self.env.context))
        return self.with_env(env).with_company(self.company_id)._settle()

    def _settle(self):
        lines = self.line_ids.filtered(lambda line: line.applied or line.rounded)
        self._lock(lines.move_line_id)
        self._check(lines)
        self.is_confirmed = True
        matches = self._match_credits(lines)
        payment, plan = self._post_payment(lines, matches)
        plan += self._post_rounding(lines, payment)
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)
        for debt, credit, amount in matches:
            self._apply_credit(debt.move_line_id, credit.move_line_id, amount)
        return payment

    def _lock(self, items):
        """Wait for who is settling the same items: after them, this transaction begins
        anew, and sees what they left open."""
        self.env.flush_all()
        for records in (self, items):
            if records:
                self.env.cr.execute(
                    SQL(
                        "SELECT FROM %s WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                        SQL.identifier(records._table),
                        tuple(records.ids),
                    )
                )

    def _check(self, lines):
        """Refuse what cannot be, by the ledger as it is now."""
        if self.is_confirmed:
            raise UserError(self.env._("This is confirmed already."))
        if not self.currency_id or not self.journal_id:
            raise UserError(self.env._("Choose the journal and the currency."))
        if self.payment_method_line_id not in self.available_method_ids:
            raise UserError(self.env._("Choose a method of the journal."))
        if self.amount < 0:
            raise UserError(self.env._("The amount is not below zero."))
        if not self.amount and not lines:
            raise UserError(self.env._("Enter the amount."))
        customer = self.deposit_order_id.partner_id.commercial_partner_id
        if customer and customer != self.partner_id.commercial_partner_id:
            raise UserError(self.env._("The order is of another customer."))
        if self.deposit_order_id.state == "cancel":
            raise UserError(self.env._("The order is cancelled."))
        if self.amount or any(lines.mapped("rounded")):
            self.company_id._check_books_open(self.date, self.journal_id)
        self._check_lines(lines)
        self._check_limit(lines)
        self._check_sum(lines)

    def _check_lines(self, lines):
        opens = {item.id: self._get_open(item) for item in self._get_items()}
        for line in lines:
            # An item that stands here twice is not found for the second time.
            open_now = opens.pop(line.move_line_id.id, None)
            if open_now is None:
                raise UserError(
                    self.env._(
                        "%(document)s is not open any more. Take what is proposed anew,"
                        " or reload the screen.",
                        document=line.move_id.name or "",
                    )
                )
            line._check_amounts(open_now)

    def _check_limit(self, lines):
        limit = self._get_limit()
        for document, parts in lines.grouped("move_id").items():
            rounded = sum(parts.mapped("rounded"))
            if self.currency_id.compare_amounts(rounded, limit) > 0:
                raise UserError(
                    self.env._(
                        "%(document)s: %(amount)s is too much to be rounded off, at most"
                        " %(limit)s is.",
                        document=document.name,
                        amount=format_amount(self.env, rounded, self.currency_id),
                        limit=format_amount(self.env, limit, self.currency_id),
                    )
                )
        for line in lines.filtered("rounded"):
            rest = self._get_open(line.move_line_id) - line.applied - line.rounded
            if not self.currency_id.is_zero(rest):
                raise UserError(
                    self.env._(
                        "%(document)s: nothing is rounded off where %(rest)s stays open.",
                        document=line.move_id.name,
                        rest=format_amount(self.env, rest, self.currency_id),
                    )
                )

    def _check_sum(self, lines):
        applied = sum(lines.mapped("applied"))
        if self.currency_id.compare_amounts(applied, self.amount) > 0:
            raise UserError(
                self.env._(
                    "%(applied)s is applied, but the amount is %(amount)s.",
                    applied=format_amount(self.env, applied, self.currency_id),
                    amount=format_amount(self.env, self.amount, self.currency_id),
                )
            )

    # ------------------------------------------------------------------
    # Credits
    # ------------------------------------------------------------------

    def _match_credits(self, lines):
        """Return which credit pays how much of which document: a credit note first its
        own invoice, then the oldest ones.

        :return: list of line of the document, line of the credit, and amount
        """
        round_ = self.currency_id.round
        left = {line: abs(line.applied) for line in lines}
        debts = [line for line in lines if line.applied > 0]
        credits_ = [line for line in lines if line.applied < 0]
        pairs = sorted(
            product(debts, credits_),
            key=lambda pair: pair[1].move_id.reversed_entry_id != pair[0].move_id,
        )
        matches = []
        for debt, credit in pairs:
            amount = round_(min(left[debt], left[credit]))
            same = debt.move_line_id.account_id == credit.move_line_id.account_id
            if same and amount > 0:
                matches.append((debt, credit, amount))
                left[debt] -= amount
                left[credit] -= amount
        if any(round_(left[credit]) for credit in credits_):
            raise UserError(
                self.env._("More credits are used than documents are paid by them.")
            )
        return matches

    def _apply_credit(self, debt, credit, amount):
        """Reconcile so much of a document with a credit."""
        currency, company = self.currency_id, self.company_id
        most = min(
            abs(debt.amount_residual_currency), abs(credit.amount_residual_currency)
        )
        if not currency.compare_amounts(most, amount):
            (debt | credit).reconcile()
        elif currency == company.currency_id and not company.tax_exigibility:
            items = (debt | credit).sorted("balance", reverse=True)
            self.env["account.partial.reconcile"].create(
                {
                    "debit_move_id": items[0].id,
                    "credit_move_id": items[1].id,
                    "amount": amount,
                    "debit_amount_currency": amount,
                    "credit_amount_currency": amount,
                }
            )
        else:
            raise UserError(
                self.env._(
                    "Use all of %(credit)s, or pay all of %(document)s.",
                    credit=credit.move_id.name,
                    document=debt.move_id.name,
                )
            )

    # ------------------------------------------------------------------
    # Entries
    # ------------------------------------------------------------------

    def _post_payment(self, lines, matches):
        """Return the payment, and what of it is to be reconciled with what."""
        payments = self.env["account.payment"]
        if not self.amount:
            return payments, []
        money = {line: line.applied for line in lines if line.applied > 0}
        for debt, _credit, amount in matches:
            money[debt] -= amount
        parts = [
            (line.move_line_id, amount)
            for line, value in money.items()
            if (amount := self.currency_id.round(value))
        ]
        rest = self.currency_id.round(self.amount - sum(part[1] for part in parts))
        nothing = self.env["account.move.line"]
        # Where a method has no account, the payment has an entry all the same.
        payment = payments.with_context(force_payment_move=True).create(
            self._prepare_payment_vals(lines, rest)
        )
        payment = payment.with_env(self.env)
        items = payment._post_in_parts([*parts, *([(nothing, rest)] if rest else [])])
        return payment, [
            item | own for (item, _amount), own in zip(parts, items, strict=False)
        ]

    def _prepare_payment_vals(self, lines, rest):
        paid = lines.filtered(lambda line: line.applied > 0).move_id
        receives = self.direction == "receive"
        return {
            "payment_type": self._get_payment_type(),
            "partner_type": "customer" if receives else "supplier",
            "partner_id": self.partner_id.commercial_partner_id.id,
            "payer_id": self.payer_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date": self.date,
            "memo": (self.memo or "").strip() or ", ".join(paid.mapped("name")),
            "company_id": self.company_id.id,
            "journal_id": self.journal_id.id,
            "payment_method_line_id": self.payment_method_line_id.id,
            "bill_number": self.is_bill and self.bill_number,
            "maturity_date": self.is_bill and self.maturity_date,
            "deposit_order_id": self.deposit_order_id.id
            if receives and rest
            else False,
        }

    def _post_rounding(self, lines, payment):
        """Post one entry for all that is rounded off; return what of it is to be
        reconciled with what."""
        rounded = lines.filtered("rounded")
        if not rounded:
            return []
        move = self.env["account.move"].create(
            self._prepare_rounding_vals(rounded, payment)
        )
        move.action_post()
        payment.rounding_off_move_id = move
        items = move.line_ids.sorted("id")
        return [
            line.move_line_id | own for line, own in zip(rounded, items, strict=False)
        ]

    def _prepare_rounding_vals(self, lines, payment):
        company = self.company_id
        receives = self.direction == "receive"
        account = company._get_rounding_off_account(is_loss=receives)
        if not account:
            raise UserError(
                self.env._(
                    "Choose an account of rounding off in the settings of Sales Funnel."
                )
            )
        values = [self._prepare_rounded_item(line) for line in lines]
        values.append(
            {
                "name": self.env._("Rounded off"),
                "account_id": account.id,
                "currency_id": self.currency_id.id,
                "amount_currency": -sum(item["amount_currency"] for item in values),
                "balance": -sum(item["balance"] for item in values),
            }
        )
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": self._get_rounding_journal().id,
            "date": self.date,
            "ref": self.env._(
                "Rounded off: %(documents)s",
                documents=payment.name or ", ".join(lines.move_id.mapped("name")),
            ),
            "line_ids": [Command.create(item) for item in values],
        }

    def _prepare_rounded_item(self, line):
        item, company = line.move_line_id, self.company_id
        sign = -1 if self.direction == "receive" else 1
        amount = sign * line.rounded
        return {
            "name": self.env._("Rounded off: %(documents)s", documents=item.move_name),
            "account_id": item.account_id.id,
            "partner_id": item.partner_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": amount,
            "balance": self.currency_id._convert(
                amount, company.currency_id, company, self.date
            ),
        }

    def _get_rounding_journal(self):
        company = self.company_id
        special = (
            company.currency_exchange_journal_id | company.tax_cash_basis_journal_id
        )
        journals = self.env["account.journal"]
        journal = journals.search(
            [
                *journals._check_company_domain(company),
                ("type", "=", "general"),
                ("id", "not in", special.ids),
            ],
            limit=1,
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for miscellaneous entries.",
                    company=company.name,
                )
            )
        return journal
