from odoo import fields, models

from .funnel_commission_settlement import FINANCE, MANAGER

BILL = "in_invoice"
# What pays settlements, and what takes that back.
PAYING = (BILL, "in_refund", "entry")


class AccountMove(models.Model):
    """Bills and payrolls pay what was settled, once: one that was given up may come back,
    be it posted again, or what took it back be taken back."""

    _inherit = "account.move"

    # Known with the bill, so that these are not looked for whenever it changes.
    commission_settlement_ids = fields.One2many(
        "funnel.commission.settlement",
        "move_id",
        string="Commission Settlements",
        readonly=True,
        copy=False,
        groups=f"{FINANCE},{MANAGER}",
    )

    def _post(self, soft=True):
        # An entry that is posted for the first time, and takes nothing back, was neither
        # given up nor changed.
        again = self.filtered(
            lambda move: (
                move.move_type == BILL or move.posted_before or move.reversed_entry_id
            )
        )
        again._get_in_force_again(posted=True)._settle_again()
        return super()._post(soft)

    def button_draft(self):
        if not self:  # Odoo asks whenever something is posted
            return super().button_draft()
        self._get_in_force_again(posted=False)._settle_again()
        result = super().button_draft()
        # sudo: whoever resets the entry may not read payrolls.
        self.sudo().payroll_ids._take_off_what_left()
        return result

    def _get_in_force_again(self, posted: bool):
        """Return which entries count again in the ledger.

        :param posted: whether these are posted, and not taken back
        """
        found = seen = self.browse()
        moves = self.filtered(lambda move: move.move_type in PAYING)
        while moves := moves - seen:
            seen |= moves
            if posted:
                found |= moves
            # What it takes back counts no more, and what that took back does.
            moves, posted = moves.reversed_entry_id, not posted
        return found

    def _settle_again(self) -> None:
        """Refuse to bring back what paid settlements that are paid otherwise since, and
        bills that were changed meanwhile.

        :raise UserError: with what to do
        """
        if not self:
            return
        # sudo: whoever posts it may have no role here.
        settlements = self.env["funnel.commission.settlement"].sudo()
        paid = settlements.search([("paying_move_ids", "in", self.ids)])
        if not paid:
            return
        paid._take_turn(paid.company_id)  # somebody may pay them at this moment
        for move in self:
            settled = paid.filtered(lambda one, move=move: move in one.paying_move_ids)
            settled._expect_paid_by(move)
            if settled and move.move_type == BILL:
                settled._expect_amount_of(move)
