from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._tell_of(partials._get_moves())
        return partials

    def write(self, vals):
        result = super().write(vals)
        self._tell_of(self._get_moves())
        return result

    def unlink(self):
        if not self:  # Odoo asks for it whenever something is posted
            return super().unlink()
        self._check_not_claimed()
        # Odoo deletes the drafts among these.
        moves = self._get_moves()
        receipts = moves._get_receipts()
        result = super().unlink()
        self._tell_of(moves, receipts)
        return result

    def _check_not_claimed(self) -> None:
        """Refuse to take the money of an unknown receipt away from a claim that stays
        confirmed: it would be there to be claimed again.

        :raise UserError: the claim is to be undone instead
        """
        payments = self._get_moves().origin_payment_id.filtered("unknown_receipt_id")
        for partial in self if payments else ():
            items = partial.debit_move_id | partial.credit_move_id
            for payment in items.move_id.origin_payment_id & payments:
                # What is reset to draft or cancelled takes nothing any more.
                if payment.move_id.state == "posted" and payment._takes_by(items):
                    payment._check_not_claimed()

    @api.model
    def _tell_of(self, moves, receipts=None) -> None:
        """What is allocated to entries, and what is left of unknown receipts, may have
        changed. The latter not by a dependency: each payment would ask whether what it
        changes at each step is the item of a receipt.

        :param receipts: those of the entries, if known
        """
        self.env["funnel.allocation"]._touch(moves)
        receipts = moves._get_receipts() if receipts is None else receipts
        receipts.modified(["item_id"])

    def _get_moves(self):
        return (self.debit_move_id | self.credit_move_id).move_id
