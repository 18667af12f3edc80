from collections import defaultdict

from odoo import api, models

from .funnel_print_document import PrintField

ACCOUNT_TYPES = ("asset_receivable", "liability_payable")


class AccountPayment(models.Model):
    """The voucher of money that was received or paid, with what it settles."""

    _name = "account.payment"
    _inherit = ["account.payment", "funnel.print.document"]

    @api.model
    def _print_name(self):
        return self.env._("Receipt or Payment Voucher")

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("date", self.env._("Date of the payment")),
            PrintField("partner", self.env._("Customer or vendor")),
            PrintField("partner_role", self.env._("“Received from” or “Paid to”")),
            PrintField("address", self.env._("Address")),
            PrintField("phone", self.env._("Phone")),
            PrintField("method", self.env._("Payment method")),
            PrintField("journal", self.env._("Journal")),
            PrintField("memo", self.env._("Memo")),
            PrintField("reference", self.env._("Payment reference")),
            PrintField("currency", self.env._("Currency")),
            PrintField("amount", self.env._("Amount"), price=True),
            PrintField("amount_words", self.env._("Amount in words"), price=True),
            PrintField(
                "settled", self.env._("Amount that settles invoices"), price=True
            ),
            PrintField(
                "unsettled", self.env._("Amount that settles nothing yet"), price=True
            ),
            PrintField("written_off", self.env._("Difference written off"), price=True),
        ]

    @api.model
    def _print_columns(self):
        money = {"price": True, "format": "money"}
        return [
            *super()._print_columns(),
            PrintField("number", self.env._("Invoice or bill")),
            PrintField("reference", self.env._("Reference of the invoice")),
            PrintField("date", self.env._("Date of the invoice")),
            PrintField("due_date", self.env._("Due date")),
            PrintField("currency", self.env._("Currency of the invoice")),
            PrintField("note", self.env._("Note, left empty")),
            PrintField(
                "total", self.env._("Total of the invoice"), per="currency", **money
            ),
            PrintField(
                "amount",
                self.env._("Settled by this payment"),
                per="payment_currency",
                **money,
            ),
            PrintField("open", self.env._("Still open"), per="currency", **money),
        ]

    def _print_language(self):
        return self.partner_id.lang or super()._print_language()

    def _print_documents(self, wanted, prices):
        readable = self._get_settled_moves()
        companies = self._print_companies(wanted)
        return [
            payment._print_voucher(companies[payment.company_id], readable, prices)
            for payment in self
        ]

    def _print_voucher(self, company, readable, prices):
        """Return the document of one payment.

        :param readable: entries that payments settle and that the user may read
        """
        settled = self._get_settled_amounts(readable)
        values = company["values"] | self._print_values()
        if prices:
            values |= self._print_amounts(sum(settled.values()))
        currencies = self.currency_id.union(*(move.currency_id for move in settled))
        return {
            **company,
            "values": values,
            "lines": [
                self._print_settled(number, move, amount, prices)
                for number, (move, amount) in enumerate(settled.items(), 1)
            ],
            "digits": self._print_digits(currencies),
            "style": self._print_number_style(),
        }

    def _print_values(self):
        """Return what stands in header and footer, without amounts."""
        received = self.payment_type == "inbound"
        partner = self.partner_id
        return {
            **self._print_partner_values(partner),
            "title": self.env._("Receipt Voucher")
            if received
            else self.env._("Payment Voucher"),
            "partner_role": self.env._("Received from")
            if received
            else self.env._("Paid to"),
            "number": self.name,
            "date": self._print_date(self.date),
            "partner": partner.commercial_partner_id.name,
            "method": self.payment_method_line_id.name,
            "journal": self.journal_id.name,
            "memo": self.memo,
            "reference": self.payment_reference,
            "currency": self.currency_id.name,
        }

    def _print_amounts(self, settled):
        """Return the amounts of the header.

        :param settled: what the payment settles, in its currency
        """
        currency = self.currency_id
        lines = self._get_settling_lines()
        booked = abs(sum(lines.mapped("amount_currency"))) or self.amount
        words = self._print_amount_in_words(self._print_decimal(self.amount), currency)
        return {
            "amount": self._print_money(self.amount, currency),
            "amount_words": words,
            **{
                key: self._print_money(value, currency)
                for key, value in (
                    ("settled", settled),
                    ("unsettled", booked - settled),
                    ("written_off", booked - self.amount),
                )
            },
        }

    def _print_settled(self, number, move, amount, prices):
        """Return an invoice or bill as a line of the voucher."""
        row = {
            "seq": number,
            "number": move.name,
            "reference": move.ref,
            "date": self._print_date(move.invoice_date or move.date),
            "due_date": self._print_date(move.invoice_date_due),
        }
        if prices:
            due = self._get_due_amounts(move)
            row["total"], row["open"] = map(self._print_decimal, due)
            row["amount"] = self._print_decimal(amount)
            row["currency"] = move.currency_id.name
            row["payment_currency"] = self.currency_id.name
        return row

    # What a payment settles

    def _get_settling_lines(self):
        """Return the journal items by which the payments settle others."""
        return self.move_id.line_ids.filtered(
            lambda line: line.account_type in ACCOUNT_TYPES
        )

    def _get_settled_moves(self):
        """Return the entries beside the payments that the user may read, without
        those that only book differences of exchange."""
        lines = self._get_settling_lines()
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        moves = (partials.debit_move_id | partials.credit_move_id).move_id
        moves = moves - partials.exchange_move_id - self.move_id | self.invoice_ids
        return moves._filtered_access("read")

    def _get_settled_amounts(self, readable):
        """Return entry -> amount that this payment settles of it, oldest first, in
        the currency of the payment."""
        lines = self._get_settling_lines()
        if not lines:
            return self._get_planned_amounts(readable)
        amounts = defaultdict(float)
        for line in lines:
            for partial in line.matched_debit_ids:
                move = partial.debit_move_id.move_id
                amounts[move] += partial.credit_amount_currency
            for partial in line.matched_credit_ids:
                move = partial.credit_move_id.move_id
                amounts[move] += partial.debit_amount_currency
        moves = sorted(amounts.keys() & set(readable), key=_age)
        return {move: amounts[move] for move in moves}

    def _get_planned_amounts(self, readable):
        """Return the same of a payment that is not booked: what it was made for."""
        rest, amounts = self.amount, {}
        for move in sorted(self.invoice_ids & readable, key=_age):
            due = move.currency_id._convert(
                abs(move.amount_residual), self.currency_id, self.company_id, self.date
            )
            amounts[move] = min(rest, due)
            rest -= amounts[move]
        return amounts

    @api.model
    def _get_due_amounts(self, move):
        """Return what an entry asked for at first, and what of it is still open."""
        if move.is_invoice(include_receipts=True):
            return abs(move.amount_total), abs(move.amount_residual)
        lines = move.line_ids.filtered(lambda line: line.account_type in ACCOUNT_TYPES)
        sums = (
            sum(lines.mapped(fname))
            for fname in ("amount_currency", "amount_residual_currency")
        )
        return tuple(map(abs, sums))


def _age(move):
    return move.invoice_date_due or move.date, move.name or "", move.id
