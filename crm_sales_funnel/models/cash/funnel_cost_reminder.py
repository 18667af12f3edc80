from odoo import models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder

FINANCE = f"{MODULE}.group_funnel_finance"


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "costs",
                "title": self.env._("Running Costs"),
                "icon": "fa-file-text-o",
                "empty": self.env._("No recurring cost waits for you."),
            }
        ]

    def _reminders(self):
        return super()._reminders() + self._cost_reminders()

    def _cost_reminders(self) -> list[Reminder]:
        """Return the recurring costs that wait for somebody."""
        units = (self.env._("cost"), self.env._("costs"))
        kinds = [
            {
                "key": "approve",
                "title": self.env._("Recurring costs to approve"),
                "model": "funnel.running.cost",
                "domain": Domain("state", "=", "draft")
                & Domain("recurring_id", "!=", False),
                "severity": "warning",
            },
            {
                "key": "failed",
                "title": self.env._("Recurring costs that failed"),
                "model": "funnel.recurring.cost",
                "domain": Domain("error", "!=", False),
                "severity": "danger",
            },
        ]
        return [
            Reminder(
                **{
                    **kind,
                    "key": f"costs.{kind['key']}",
                    "card": "costs",
                    "units": units,
                    "groups": (FINANCE,),
                    "sequence": 90 + rank,
                    "action": f"{MODULE}.{kind['model'].replace('.', '_')}_action",
                }
            )
            for rank, kind in enumerate(kinds)
        ]
