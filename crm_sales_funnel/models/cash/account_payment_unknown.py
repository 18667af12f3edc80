from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from .funnel_unknown_receipt import FINANCE

# What a claim told of the money: the claim is undone, not its payment changed.
TOLD_BY_CLAIM = (
    "amount",
    "currency_id",
    "date",
    "journal_id",
    "partner_id",
    "partner_type",
    "payment_type",
)


class AccountPayment(models.Model):
    """A payment that posted an unknown receipt, or that takes from it for a customer."""

    _inherit = "account.payment"

    unknown_receipt_id = fields.Many2one(
        "funnel.unknown.receipt",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The receipt of an unknown payer that this payment posted, or that it gave to"
        " the customer.",
    )

    claim_ids = fields.One2many(
        "funnel.receipt.claim",
        "payment_id",
        string="Confirmed Claims",
        readonly=True,
        groups=FINANCE,
    )
    # Known with the payment, so that it is not looked for whenever that changes.
    posted_receipt_ids = fields.One2many(
        "funnel.unknown.receipt",
        "payment_id",
        string="Posted Unknown Receipts",
        readonly=True,
        groups=FINANCE,
    )

    def write(self, vals):
        if vals.get("state") == "rejected":
            for payment in self.filtered("unknown_receipt_id"):
                payment._check_not_arrived()
                payment._check_not_claimed()
        told = [name for name in TOLD_BY_CLAIM if name in vals]
        before = [payment._get_told(told) for payment in self if told]
        result = super().write(vals)
        if "state" in vals:
            # sudo: whoever cancels a payment changes where its claims stand.
            self.sudo().claim_ids.modified(["payment_id"])
        for payment, values in zip(self if told else [], before, strict=True):
            if payment.unknown_receipt_id and payment._get_told(told) != values:
                payment._check_not_claimed()
        return result

    def _get_told(self, names) -> list:
        return [self[name] for name in names]

    def _check_not_claimed(self):
        # sudo: who books payments in Odoo's own screens may have no role here.
        if self.sudo().claim_ids.filtered(lambda claim: claim.state == "confirmed"):
            raise UserError(
                self.env._(
                    "This payment confirms a claim of an unknown receipt: its customer,"
                    " amount and date are fixed, and it is not rejected, reversed or"
                    " unreconciled. Undo the claim instead."
                )
            )

    def _check_not_arrived(self):
        receipt = self._get_receipt()
        if receipt.payment_id == self and not receipt.is_cancelled:
            raise UserError(
                self.env._(
                    "This posted the unknown receipt %(receipt)s. Cancel it there.",
                    receipt=receipt.display_name,
                )
            )

    def _check_as_claimed(self):
        """Refuse to post an entry that was changed to something else than the claim."""
        # sudo: as above.
        claims = self.sudo().claim_ids.filtered(
            lambda claim: claim.state == "confirmed"
        )
        if not claims:
            return
        items = self.move_id.line_ids
        account = self._get_receipt().item_id.account_id
        taken = items.filtered(lambda item: item.account_id == account)
        if items.partner_id - claims.partner_id or self.currency_id.compare_amounts(
            sum(taken.mapped("amount_currency")), sum(claims.mapped("amount"))
        ):
            self._check_not_claimed()

    def _get_receipt(self):
        # sudo: who books payments in Odoo's own screens may have no role here.
        return self.unknown_receipt_id.sudo()

    def _takes_from_receipt(self) -> bool:
        """Return whether it gives money to a customer that arrived before."""
        receipt = self._get_receipt()
        return bool(receipt.payment_id) and receipt.payment_id != self._origin

    def _takes_by(self, items) -> bool:
        """Return whether it gives money to a customer, and one of the journal items is
        where it takes it from."""
        return self._takes_from_receipt() and self._get_receipt().item_id in items

    @api.depends("unknown_receipt_id")
    def _compute_outstanding_account_id(self):
        result = super()._compute_outstanding_account_id()
        for payment in self.filtered("unknown_receipt_id"):
            if payment._takes_from_receipt():
                account = payment._get_receipt().item_id.account_id
                payment.outstanding_account_id = account
        return result

    def _get_outstanding_account(self, payment_type):
        if self._takes_from_receipt():
            return self._get_receipt().item_id.account_id
        return super()._get_outstanding_account(payment_type)

    @api.depends("unknown_receipt_id")
    def _compute_destination_account_id(self):
        result = super()._compute_destination_account_id()
        for payment in self.filtered("unknown_receipt_id"):
            if not payment._takes_from_receipt():
                receipt, company = payment._get_receipt(), payment.company_id
                payment.destination_account_id = (
                    receipt.item_id.account_id
                    or company._get_unknown_receipts_account()
                )
        return result

    def _prepare_move_line_default_vals(
        self, write_off_line_vals=None, force_balance=None
    ):
        # What it is worth was told by the day when it arrived.
        if self._takes_from_receipt() and force_balance is None:
            force_balance = self._get_worth(self.amount)
        return super()._prepare_move_line_default_vals(
            write_off_line_vals, force_balance
        )

    def _get_worth(self, amount) -> float:
        """Return what an amount of the receipt was posted for, in company currency."""
        item, company = self._get_receipt().item_id, self.company_id
        if not self.currency_id.compare_amounts(amount, -item.amount_residual_currency):
            return -item.amount_residual
        share = amount / abs(item.amount_currency) if item.amount_currency else 0.0
        return company.currency_id.round(abs(item.balance) * share)

    def _convert_part(self, amount, counterpart):
        if self._takes_from_receipt():
            total = counterpart["amount_currency"]
            balance = counterpart["debit"] - counterpart["credit"]
            return self.company_id.currency_id.round(balance * amount / total)
        return super()._convert_part(amount, counterpart)

    def action_post(self):
        result = super().action_post()
        for payment in self.filtered("unknown_receipt_id"):
            if payment._takes_from_receipt():
                payment._take_from_receipt()
        return result

    def _take_from_receipt(self):
        """Reconcile it with what is left of the receipt.

        :raise UserError: less is left
        """
        item = self._get_receipt().item_id
        own = self.move_id.line_ids.filtered(
            lambda line: line.account_id == item.account_id and not line.reconciled
        )
        if not own:
            return
        left = -item.amount_residual_currency
        taken = sum(own.mapped("amount_residual_currency"))
        if item.parent_state != "posted" or (
            self.currency_id.compare_amounts(taken, left) > 0
        ):
            raise UserError(
                self.env._(
                    "Of the receipt %(amount)s is left.",
                    amount=format_amount(self.env, left, self.currency_id),
                )
            )
        (item.sudo(False) | own).reconcile()
