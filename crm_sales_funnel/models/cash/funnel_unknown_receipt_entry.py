from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context, format_date

from ...tools.pasted import one_line
from ..base.finite_amounts import check_amounts

MONEY_JOURNALS = ("bank", "cash", "credit")
# What is entered; all else follows from the ledger and from the claims.
ENTERED = frozenset(
    {
        "amount",
        "currency_id",
        "date",
        "journal_id",
        "memo",
        "payer_name",
        "payment_method_line_id",
        "reference",
    }
)
PROPOSED = frozenset({"currency_id", "payment_method_line_id"})
# What may be mended once the money is posted.
CHANGEABLE = frozenset({"memo", "payer_name", "reference"})


class FunnelUnknownReceipt(models.Model):
    """Entering what arrived: it is posted at once, or refused."""

    _inherit = "funnel.unknown.receipt"

    @api.model_create_multi
    def create(self, vals_list):
        entered = [self._get_entered(vals) for vals in vals_list]
        # What the context says was heard above, as far as it may say anything.
        plain = self.with_context(clean_context(self.env.context))
        receipts = super(FunnelUnknownReceipt, plain).create(entered)
        receipts.check_access("create")
        receipts._check_entered()
        receipts._post_money()
        return receipts.with_env(self.env)

    def _get_entered(self, given) -> dict:
        """Return values and defaults, without those that the server alone says."""
        vals = self._add_missing_default_values(given)
        check_amounts(self, vals)
        vals = {
            name: value
            for name, value in vals.items()
            # What is empty follows from the journal.
            if name in ENTERED and (value or name not in PROPOSED)
        }
        vals |= dict.fromkeys(CHANGEABLE - vals.keys(), False)
        vals = self._with_plain_texts(vals)
        if not vals.get("journal_id"):
            raise UserError(self.env._("In which journal did the money arrive?"))
        if not vals.get("date"):
            raise UserError(self.env._("On which day did the money arrive?"))
        self._check_money(vals)
        return vals

    def _check_money(self, vals):
        """Refuse what the database would, with what is wrong with it."""
        receipt = self.new(vals)
        if receipt.journal_id.type not in MONEY_JOURNALS:
            raise UserError(self.env._("Choose a journal of a bank, cash or card."))
        if receipt.payment_method_line_id._origin not in (
            receipt.available_method_ids._origin
        ):
            raise UserError(self.env._("Choose a method of the journal."))
        if receipt.currency_id.compare_amounts(receipt.amount, 0) <= 0:
            raise UserError(self.env._("The amount that arrived is above zero."))

    def _check_entered(self):
        """Refuse what could not be posted as it is entered."""
        today = fields.Date.context_today(self)
        for receipt in self:
            if receipt.date > today:
                raise UserError(
                    self.env._(
                        "%(date)s is not yet: enter what has arrived.",
                        date=format_date(self.env, receipt.date),
                    )
                )
            receipt.company_id._check_books_open(receipt.date, receipt.journal_id)

    def _post_money(self):
        """Post it: a payment that has no partner, on the account of unknown receipts."""
        for company, receipts in self.grouped("company_id").items():
            account = company._get_unknown_receipts_account()
            payments = (
                self.env["account.payment"]
                .with_company(company)
                .create(
                    [receipt._prepare_payment_vals(account) for receipt in receipts]
                )
            )
            payments.action_post()
            # sudo: this method alone says what posted it.
            for receipt, payment in zip(receipts.sudo(), payments, strict=True):
                receipt.payment_id = payment
                receipt.item_id = payment.move_id.line_ids.filtered(
                    lambda item, account=account: item.account_id == account
                )

    def _prepare_payment_vals(self, account) -> dict:
        parts = (self.payer_name, self.memo, self.reference)
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date": self.date,
            "memo": " · ".join(filter(None, parts)),
            "company_id": self.company_id.id,
            "journal_id": self.journal_id.id,
            "payment_method_line_id": self.payment_method_line_id.id,
            "destination_account_id": account.id,
            "unknown_receipt_id": self.id,
        }

    def write(self, vals):
        self.check_access("write")
        own = {name for name in vals if not name.startswith("message_")}
        if not self.env.su and not own <= CHANGEABLE:
            raise UserError(
                self.env._(
                    "The money is posted: only the payer, the memo and the reference are"
                    " changed. Cancel the receipt, and enter it anew."
                )
            )
        check_amounts(self, vals)  # before anything of it is passed over
        return super().write(self._with_plain_texts(vals))

    @api.model
    def _with_plain_texts(self, vals) -> dict:
        """Return values whose texts of the bank are in one line and hold nothing that is
        not seen, so that a payer is known again."""
        return {
            name: (one_line(value or "") or False) if name in CHANGEABLE else value
            for name, value in vals.items()
        }

    @api.model
    def _get_told(self, vals_list) -> set:
        """Return what the bank told of the receipts that are there, by the journal and the
        days of some values."""
        receipts = self.search(
            [
                ("journal_id", "in", [vals["journal_id"] for vals in vals_list]),
                ("date", "in", [vals["date"] for vals in vals_list]),
                ("is_cancelled", "=", False),
                ("is_taken_back", "=", False),
            ]
        )
        names = ("journal_id", "date", "amount", "payer_name", "reference")
        return {
            self._get_told_key({name: receipt[name] for name in names})
            for receipt in receipts
        }

    @api.model
    def _get_told_key(self, vals) -> tuple:
        journal = vals["journal_id"]
        return (
            journal if isinstance(journal, int) else journal.id,
            vals["date"],
            round(vals["amount"], 2),
            one_line(vals["payer_name"] or ""),
            one_line(vals["reference"] or ""),
        )
