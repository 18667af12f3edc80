from odoo import Command, fields, models


class AccountPayment(models.Model):
    """A payment whose entry has an item of its own for each document that it pays."""

    _inherit = "account.payment"

    payer_id = fields.Many2one(
        "res.partner",
        string="Paid By",
        check_company=True,
        help="Who paid instead of the customer, or was paid instead of the vendor.",
    )
    rounding_off_move_id = fields.Many2one(
        "account.move",
        string="Rounded Off By",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        help="The entry of what was rounded off of the documents that this payment"
        " paid. It is cancelled with the payment.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("canceled", "rejected"):
            self._cancel_rounding_off()
        return result

    def unlink(self):
        self._cancel_rounding_off()
        return super().unlink()

    def _cancel_rounding_off(self):
        """What was rounded off because of a payment is owed again without it."""
        rounded = self.rounding_off_move_id.filtered(
            lambda move: move.state != "cancel" and not move._is_taken_back()
        )
        if rounded:
            rounded.button_cancel()

    def _post_in_parts(self, parts):
        """Post the payment with an item for each part.

        :param parts: pairs of the journal item that is paid, or none for what goes on
            account, and the amount; together they are the amount of the payment
        :return: the items of the payment, in the order of the parts
        """
        self.ensure_one()
        liquidity, counterpart, *others = self._prepare_move_line_default_vals()
        values = [liquidity, *self._split_counterpart(counterpart, parts), *others]
        self._generate_journal_entry(line_ids=list(map(Command.create, values)))
        self.action_post()
        return self.move_id.line_ids.sorted("id")[1 : len(parts) + 1]

    def _split_counterpart(self, counterpart, parts):
        """Return the values of an item for each part; the last one has what the others
        leave of the balance."""
        sign = 1 if counterpart["amount_currency"] > 0 else -1
        balance = counterpart["debit"] - counterpart["credit"]
        result = []
        for number, (item, amount) in enumerate(parts, 1):
            own = balance
            if number < len(parts):
                own = self._convert_part(sign * amount, counterpart)
            balance -= own
            result.append(
                {
                    **counterpart,
                    "account_id": item.account_id.id or counterpart["account_id"],
                    "amount_currency": sign * amount,
                    "debit": max(own, 0.0),
                    "credit": max(-own, 0.0),
                }
            )
        return result

    def _convert_part(self, amount, counterpart):
        """Return a part of the counterpart's amount in the company's currency."""
        return self.currency_id._convert(
            amount, self.company_id.currency_id, self.company_id, self.date
        )

    def _synchronize_to_moves(self, changed_fields):
        triggers = self._get_trigger_fields_to_synchronize()
        if not changed_fields.isdisjoint(triggers):
            self._merge_parts()
        result = super()._synchronize_to_moves(changed_fields)
        if not changed_fields.isdisjoint(triggers):
            self._cancel_rounding_off_of_unpaid()
        return result

    def _merge_parts(self):
        """Leave one item of those that paid several documents: a payment that is changed
        as a draft pays none, and Odoo knows a single one."""
        for payment in self.filtered(lambda payment: payment.move_id.state == "draft"):
            _liquidity, counterparts, _rest = payment._seek_for_lines()
            if len(counterparts) < 2:
                continue
            payment._cancel_rounding_off()
            # The entry is balanced when Odoo has written the amount to the item left.
            counterparts[1:].with_context(check_move_validity=False).unlink()

    def _cancel_rounding_off_of_unpaid(self):
        """A payment that was changed as a draft to another amount pays nothing, whether
        it paid one document or several: nothing is rounded off because of it."""
        for payment in self.filtered(
            lambda payment: (
                payment.rounding_off_move_id and payment.move_id.state == "draft"
            )
        ):
            _liquidity, counterparts, _rest = payment._seek_for_lines()
            if not (counterparts.matched_debit_ids | counterparts.matched_credit_ids):
                payment._cancel_rounding_off()
