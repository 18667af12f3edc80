from odoo import models
from odoo.fields import Domain

from ..base.funnel_reminder import Reminder
from .funnel_commission_settlement import FINANCE, MANAGER, MODULE


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "commission",
                "title": self.env._("Commission"),
                "icon": "fa-percent",
                "empty": self.env._("No settlement waits for you."),
            }
        ]

    def _reminders(self):
        return super()._reminders() + self._commission_reminders()

    def _commission_reminders(self) -> list[Reminder]:
        """Return the settlements that wait for somebody."""
        kinds = (
            (
                "disputed",
                self.env._("Settlements disputed"),
                (FINANCE, MANAGER),
                "danger",
            ),
            ("submitted", self.env._("Settlements to approve"), (MANAGER,), "warning"),
            ("draft", self.env._("Settlements to submit"), (FINANCE, MANAGER), "info"),
        )
        return [
            Reminder(
                key=f"commission.{state}",
                card="commission",
                title=title,
                units=(self.env._("settlement"), self.env._("settlements")),
                model="funnel.commission.settlement",
                action=f"{MODULE}.funnel_commission_settlement_action",
                domain=self._get_commission_domain(state),
                groups=groups,
                owner=None,
                team=None,
                amount="payable",
                severity=severity,
                sequence=100 + rank,
            )
            for rank, (state, title, groups, severity) in enumerate(kinds)
        ]

    def _get_commission_domain(self, state: str) -> Domain:
        domain = Domain("state", "=", state)
        if state == "submitted":  # nobody approves what he or she gets
            domain &= Domain("user_id", "!=", self.env.uid)
            domain &= Domain("payee_id", "!=", self.env.user.partner_id.id)
        return domain
