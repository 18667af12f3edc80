from odoo import models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder
from .funnel_reminder import FINANCE

CLAIMANTS = (f"{MODULE}.group_funnel_salesperson", f"{MODULE}.group_funnel_order_desk")


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _reminders(self):
        return super()._reminders() + [
            self._unclaimed_reminder(),
            self._claims_reminder(),
            self._no_entry_reminder(),
        ]

    def _unclaimed_reminder(self) -> Reminder:
        """Return the receipts that nobody has claimed: whoever knows the payer may."""
        return Reminder(
            key="cash.unclaimed",
            card="cash",
            title=self.env._("Unclaimed receipts"),
            units=(self.env._("unknown receipt"), self.env._("unknown receipts")),
            model="funnel.unknown.receipt",
            action=f"{MODULE}.funnel_unknown_receipt_action",
            domain=Domain("state", "=", "open"),
            groups=(*CLAIMANTS, *FINANCE),
            owner=None,
            team=None,
            amount="amount_open_company",
            severity="info",
            sequence=82,
        )

    def _claims_reminder(self) -> Reminder:
        """Return the claims that Finance has not decided on."""
        return Reminder(
            key="cash.claims",
            card="cash",
            title=self.env._("Claims of receipts to confirm"),
            units=(self.env._("claim"), self.env._("claims")),
            model="funnel.receipt.claim",
            action=f"{MODULE}.funnel_receipt_claim_action",
            domain=Domain("state", "=", "waiting"),
            groups=FINANCE,
            owner=None,
            team=None,
            severity="warning",
            sequence=83,
        )

    def _no_entry_reminder(self) -> Reminder:
        """Return the payments that are confirmed and have no journal entry, since their
        method has no outstanding account: no report has them."""
        return Reminder(
            key="cash.no_entry",
            card="cash",
            title=self.env._("Payments without a journal entry"),
            units=(self.env._("payment"), self.env._("payments")),
            model="account.payment",
            action=f"{MODULE}.account_payment_action_no_entry",
            domain=Domain("state", "in", ("in_process", "paid"))
            & Domain("move_id", "=", False),
            groups=FINANCE,
            owner=None,
            team=None,
            amount="amount_company_currency_signed",
            severity="danger",
            sequence=84,
        )
