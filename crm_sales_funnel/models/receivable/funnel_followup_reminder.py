from odoo import models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder
from .funnel_reminder import ROLES
from .funnel_statement import FINANCE


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "followup",
                "title": self.env._("Follow-ups"),
                "icon": "fa-bullhorn",
                "empty": self.env._("Nobody is to be followed up."),
            },
        ]

    def _reminders(self):
        return super()._reminders() + self._followup_reminders()

    def _followup_reminders(self) -> list[Reminder]:
        """Return what is to be approved, and what waits for somebody: a task or call is
        off the list when the customer has paid."""
        waiting = Domain("state", "=", "todo") & Domain("is_paid", "=", False)
        failed = Domain("state", "=", "failed") | Domain("mail_state", "=", "exception")
        kinds = {
            "approve": {
                "title": self.env._("Follow-ups to approve"),
                "domain": Domain("state", "=", "proposed"),
                "groups": (FINANCE,),
            },
            "task": {
                "title": self.env._("Ask customers for payment"),
                "domain": waiting,
                "match": {"channel": "task"},
                "severity": "warning",
            },
            "call": {
                "title": self.env._("Calls about payment"),
                "domain": waiting,
                "match": {"channel": "call"},
                "severity": "warning",
            },
            "letter": {
                "title": self.env._("Letters to print"),
                "domain": waiting,
                "match": {"channel": "letter"},
                "groups": (FINANCE,),
            },
            "failed": {
                "title": self.env._("Follow-ups that failed"),
                "domain": failed,
                "groups": (FINANCE,),
                "severity": "danger",
            },
        }
        return [
            Reminder(
                **{
                    "card": "followup",
                    "units": (self.env._("customer"), self.env._("customers")),
                    "model": "funnel.followup.line",
                    "action": f"{MODULE}.funnel_followup_line_action",
                    "groups": ROLES,
                    "amount": "amount_company",
                    "sequence": 70 + rank,
                    **kind,
                    "key": f"followup.{key}",
                }
            )
            for rank, (key, kind) in enumerate(kinds.items())
        ]
