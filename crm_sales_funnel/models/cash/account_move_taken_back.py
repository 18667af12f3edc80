from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Entries of money that are taken back in the ledger: what followed from them goes
    with them, or has to be undone first."""

    _inherit = "account.move"

    def _is_taken_back(self) -> bool:
        """Return whether posted entries, which none reverses in turn, reverse all of it:
        a credit note of a part leaves the rest in force."""
        reversals = self.reversal_move_ids.filtered(
            lambda move: move.state == "posted" and not move._is_taken_back()
        )
        if not reversals:
            return False
        # Entries are reversed item by item at their own rate, documents at the day's.
        is_document = self.is_invoice(include_receipts=True)
        if is_document and reversals.currency_id == self.currency_id:
            name, currency = "amount_total", self.currency_id
        else:
            name, currency = "amount_total_signed", self.company_id.currency_id
        taken = sum(abs(move[name]) for move in reversals)
        return currency.compare_amounts(taken, abs(self[name])) >= 0

    def button_draft(self):
        if not self:  # Odoo asks whenever something is posted
            return super().button_draft()
        self._check_not_cashed()
        self._get_arrived()._check_not_taken_back()
        return super().button_draft()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        self._check_may_be_taken_back()
        return super()._reverse_moves(default_values_list, cancel)

    def _check_may_be_taken_back(self):
        """:raise UserError: something followed from it that is to be undone first"""
        self._check_not_cashed()
        for payment in self.origin_payment_id.filtered("unknown_receipt_id"):
            payment._check_not_claimed()
        self._get_arrived()._check_none_assigned()

    def _post(self, soft=True):
        # Much may have followed since they were drafted.
        self.reversed_entry_id._check_may_be_taken_back()
        for payment in self.origin_payment_id.filtered("unknown_receipt_id"):
            payment._check_as_claimed()
        posted = super()._post(soft)
        for move in posted.filtered("reversed_entry_id"):
            move._take_back_rounding_off()
        posted.reversed_entry_id._get_arrived()._refuse_claims()
        return posted

    def _check_not_cashed(self):
        """Refuse to take back bills that the bank has cashed, or that were handed on.

        :raise UserError: with the entry that is to be undone first
        """
        for bill in self.origin_payment_id.filtered("is_bill"):
            waited = bill.move_id.line_ids.filtered(
                lambda line, bill=bill: line.account_id == bill.outstanding_account_id
            )
            partials = waited.matched_debit_ids | waited.matched_credit_ids
            items = partials.debit_move_id | partials.credit_move_id
            cashed = items.move_id - bill.move_id - bill.move_id.reversal_move_ids
            if cashed:
                raise UserError(
                    self.env._(
                        "%(bill)s was cashed by %(entry)s. Undo that first: reset it to"
                        " draft and cancel it, or reverse it.",
                        bill=bill.bill_number or bill.display_name,
                        entry=", ".join(cashed.mapped("display_name")),
                    )
                )

    def _get_arrived(self):
        """Return the unknown receipts that they posted."""
        if not self:  # Odoo asks whenever something is posted
            return self.env["funnel.unknown.receipt"]
        # sudo: who books in Odoo's own screens may have no role here.
        receipts = self.origin_payment_id.sudo().unknown_receipt_id
        return receipts.filtered(lambda receipt: receipt.payment_id.move_id in self)

    def _get_receipts(self):
        """Return the unknown receipts of which they are the arrival, or take some. No
        query where there are none: money of a customer arrived with his name."""
        # sudo: who matches entries may have no role here.
        payments = self.origin_payment_id.sudo().filtered(
            lambda payment: payment.unknown_receipt_id or not payment.partner_id
        )
        return payments.unknown_receipt_id | payments.posted_receipt_ids

    def _take_back_rounding_off(self):
        """What was rounded off because of a payment is owed again without it: in the
        period of the entry that takes the payment back, since the other may be closed."""
        rounded = self.reversed_entry_id.origin_payment_id.rounding_off_move_id
        if rounded.state == "posted" and not rounded._is_taken_back():
            label = self.env._("Reversal of %(entry)s", entry=rounded.ref)
            rounded._reverse_moves([{"date": self.date, "ref": label}], cancel=True)
