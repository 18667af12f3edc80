from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date


class FunnelSettle(models.TransientModel):
    """Receive what arrived before and waits on the account of unknown receipts: for who
    claimed it, or who Finance knows it is from."""

    _inherit = "funnel.settle"

    unknown_receipt_id = fields.Many2one(
        "funnel.unknown.receipt",
        check_company=True,
        help="The money is taken from it: it arrived there already.",
    )
    claim_id = fields.Many2one(
        "funnel.receipt.claim",
        check_company=True,
        help="It is confirmed with this.",
    )

    arrived = fields.Char("This Money Arrived", compute="_compute_arrived")

    @api.depends("unknown_receipt_id", "claim_id")
    def _compute_arrived(self):
        for settle in self:
            receipt, claim = settle.unknown_receipt_id, settle.claim_id
            parts = [
                receipt.display_name,
                receipt.date and format_date(self.env, receipt.date),
                claim
                and self.env._("claimed by %(person)s", person=claim.user_id.name),
                claim.note,
            ]
            settle.arrived = receipt and ", ".join(filter(None, parts))

    @api.model
    def default_get(self, fnames):
        values = super().default_get(fnames)
        context = self.env.context
        receipt = self.env["funnel.unknown.receipt"].browse(
            context.get("default_unknown_receipt_id") or ()
        )
        claim = self.env["funnel.receipt.claim"].browse(
            context.get("default_claim_id") or ()
        )
        if receipt or claim:
            (receipt | claim.receipt_id).check_access("read")
            claim.check_access("read")
            values |= self._get_receipt_defaults(receipt or claim.receipt_id, claim)
        return {name: values[name] for name in values if name in fnames}

    def _get_receipt_defaults(self, receipt, claim) -> dict:
        """Return what follows from the receipt, and from the claim if there is one."""
        orders = claim.order_ids
        invoices = orders.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        amount = min(claim.amount, receipt.amount_open) if claim else None
        return {
            "direction": "receive",
            "unknown_receipt_id": receipt.id,
            "claim_id": claim.id,
            "company_id": receipt.company_id.id,
            "partner_id": (claim.partner_id or receipt.proposed_partner_id).id,
            "amount": receipt.amount_open if amount is None else amount,
            "currency_id": receipt.currency_id.id,
            "journal_id": receipt.journal_id.id,
            "payment_method_line_id": receipt.payment_method_line_id.id,
            "memo": receipt.memo or receipt.reference,
            "date": self._get_receipt_date(receipt),
            "chosen_ids": [fields.Command.set((claim.invoice_ids | invoices).ids)],
            "deposit_order_id": orders.id if len(orders) == 1 else False,
        }

    def _get_receipt_date(self, receipt):
        """Return the day when the money arrived, or today where the books are closed."""
        locks = receipt.company_id._get_violated_lock_dates(
            receipt.date, False, receipt.journal_id
        )
        return fields.Date.context_today(self) if locks else receipt.date

    @api.depends("unknown_receipt_id")
    def _compute_journal_id(self):
        result = super()._compute_journal_id()
        for settle in self.filtered("unknown_receipt_id"):
            settle.journal_id = settle.unknown_receipt_id.journal_id
        return result

    @api.depends("unknown_receipt_id")
    def _compute_payment_method_line_id(self):
        result = super()._compute_payment_method_line_id()
        for settle in self.filtered("unknown_receipt_id"):
            settle.payment_method_line_id = (
                settle.unknown_receipt_id.payment_method_line_id
            )
        return result

    @api.depends("unknown_receipt_id")
    def _compute_currency_id(self):
        result = super()._compute_currency_id()
        for settle in self.filtered("unknown_receipt_id"):
            settle.currency_id = settle.unknown_receipt_id.currency_id
        return result

    def _get_duplicates_domain(self):
        """What arrived from an unknown payer may be this money as well; its own receipt,
        and what others got of it, is not."""
        domain = super()._get_duplicates_domain()
        receipt = self.unknown_receipt_id._origin
        if receipt:
            return domain & Domain("unknown_receipt_id", "!=", receipt.id)
        if self.direction == "receive" and self.amount:
            domain |= (
                Domain("unknown_receipt_id.state", "in", ("open", "claimed"))
                & Domain("partner_id", "=", False)
                & Domain("company_id", "=", self.company_id.id)
                & Domain("amount", "=", self.currency_id.round(self.amount))
                & Domain("currency_id", "=", self.currency_id.id)
            )
        return domain

    @api.depends("unknown_receipt_id")
    def _compute_duplicate_ids(self):
        return super()._compute_duplicate_ids()

    # ------------------------------------------------------------------
    # Confirming
    # ------------------------------------------------------------------

    def _check(self, lines):
        # First, what makes the open items of the screen old as well.
        self._check_receipt()
        return super()._check(lines)

    def _check_receipt(self):
        """Refuse what is not left of the receipt, or was decided otherwise."""
        if self.is_confirmed:
            return
        receipt, claim = self.unknown_receipt_id, self.claim_id
        if claim and claim.receipt_id != receipt:
            raise UserError(self.env._("The claim is of another receipt."))
        if not receipt:
            return
        claim._check_waiting()
        if claim and claim.partner_id != self.partner_id.commercial_partner_id:
            raise UserError(self.env._("The claim is for another customer."))
        if self.direction != "receive" or (
            (self.journal_id, self.currency_id, self.payment_method_line_id)
            != (receipt.journal_id, receipt.currency_id, receipt.payment_method_line_id)
        ):
            raise UserError(
                self.env._(
                    "The money arrived already: its journal, method and currency are those"
                    " of the receipt."
                )
            )
        self._check_left(receipt)

    def _check_left(self, receipt):
        if not self.amount:
            raise UserError(self.env._("Enter the amount."))
        left = 0.0 if receipt._is_gone() else receipt.amount_open
        if self.currency_id.compare_amounts(self.amount, left) > 0:
            raise UserError(
                self.env._(
                    "Of the receipt %(amount)s is left.",
                    amount=format_amount(self.env, left, self.currency_id),
                )
            )
        if self.date < receipt.date:
            raise UserError(
                self.env._(
                    "The money arrived on %(date)s: it is the customer's on that day or"
                    " later.",
                    date=format_date(self.env, receipt.date),
                )
            )

    def _prepare_payment_vals(self, lines, rest):
        values = super()._prepare_payment_vals(lines, rest)
        if self.unknown_receipt_id:
            values["unknown_receipt_id"] = self.unknown_receipt_id.id
        return values

    def _settle(self):
        receipt = self.unknown_receipt_id
        if not receipt:
            return super()._settle()
        receipt._wait_for_others()
        # What Finance gives by itself is a claim as well: the receipt tells all of them.
        claim = self.claim_id or self.env["funnel.receipt.claim"].create(
            {
                "receipt_id": receipt.id,
                "partner_id": self.partner_id.id,
                "amount": self.amount,
            }
        )
        payment = super()._settle()
        # sudo: what a claim became is said by this method and by no user.
        claim.sudo().write({"payment_id": payment.id, "amount": self.amount})
        if receipt.currency_id.is_zero(receipt.amount_open):
            receipt.claim_ids._refuse_waiting(
                self.env._("The money was assigned to another claim.")
            )
        return payment
