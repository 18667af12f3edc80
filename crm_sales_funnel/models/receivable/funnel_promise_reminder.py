from odoo import fields, models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder
from .funnel_reminder import ROLES


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        cards = super()._cards()
        after = [card["key"] for card in cards].index("receivables") + 1
        promises = {
            "key": "promises",
            "title": self.env._("Promises and Disputes"),
            "icon": "fa-handshake-o",
            "empty": self.env._(
                "Nobody has broken a promise, and nothing is disputed."
            ),
        }
        return [*cards[:after], promises, *cards[after:]]

    def _reminders(self):
        return super()._reminders() + self._promise_reminders()

    def _promise_reminders(self) -> list[Reminder]:
        """Return what customers said they would pay today, what they have not paid
        though they said so, and what they dispute."""
        promises = (self.env._("promise"), self.env._("promises"))
        kinds = [
            {
                "key": "today",
                "title": self.env._("Promised for today"),
                "units": promises,
                "model": "funnel.payment.promise",
                "domain": Domain("state", "=", "open")
                & Domain("date_due", "=", fields.Date.context_today(self).isoformat()),
                "amount": "missing_company",
            },
            {
                "key": "broken",
                "title": self.env._("Broken promises"),
                "units": promises,
                "model": "funnel.payment.promise",
                "domain": Domain("state", "=", "broken"),
                "amount": "missing_company",
                "severity": "danger",
            },
            {
                "key": "dispute",
                "title": self.env._("Open disputes"),
                "units": (self.env._("dispute"), self.env._("disputes")),
                "model": "funnel.invoice.dispute",
                "domain": Domain("state", "=", "open"),
                "amount": "amount_company",
                "severity": "warning",
            },
        ]
        return [
            Reminder(
                **{
                    "card": "promises",
                    "groups": ROLES,
                    "sequence": 57 + rank,
                    "action": f"{MODULE}.{kind['model'].replace('.', '_')}_action",
                    **kind,
                    "key": f"promises.{kind['key']}",
                }
            )
            for rank, kind in enumerate(kinds)
        ]
