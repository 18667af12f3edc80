from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder

OPEN_STATES = ("waiting", "confirmed", "assigned")
DELIVERY_ROLES = tuple(
    f"{MODULE}.group_funnel_{role}"
    for role in ("salesperson", "order_desk", "warehouse")
)


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "deliveries",
                "title": self.env._("Deliveries"),
                "icon": "fa-truck",
                "empty": self.env._("Nothing is to be delivered."),
            },
            {
                "key": "receipts",
                "title": self.env._("Receipts"),
                "icon": "fa-download",
                "empty": self.env._("No goods are expected."),
            },
        ]

    def _reminders(self):
        return super()._reminders() + [
            *self._transfer_reminders("outgoing"),
            *self._transfer_reminders("incoming"),
        ]

    def _transfer_reminders(self, code: str) -> list[Reminder]:
        """Return what is late, due today and due in the six days after it.

        :param code: ``outgoing`` for deliveries, ``incoming`` for receipts
        """
        today, tomorrow, week = (self._local_midnight(days) for days in (0, 1, 7))
        if code == "outgoing":
            common = {
                "card": "deliveries",
                "units": (self.env._("delivery"), self.env._("deliveries")),
                "action": f"{MODULE}.stock_picking_action_due",
                "groups": DELIVERY_ROLES,
                "owner": "sale_id.user_id",
                "team": "sale_id.team_id",
            }
        else:
            common = {
                "card": "receipts",
                "units": (self.env._("receipt"), self.env._("receipts")),
                "action": f"{MODULE}.stock_picking_action_receipts_due",
                "groups": (f"{MODULE}.group_funnel_purchasing",),
                "owner": "purchase_id.user_id",
                "team": None,
            }
        due = Domain("picking_type_id.code", "=", code) & Domain(
            "state", "in", OPEN_STATES
        )
        return [
            Reminder(
                key=f"{common['card']}.{what}",
                title=title,
                model="stock.picking",
                domain=due & domain,
                severity=severity,
                sequence=sequence,
                **common,
            )
            for what, title, domain, severity, sequence in (
                (
                    "late",
                    self.env._("Late"),
                    Domain("date_due", "<", today),
                    "danger",
                    30,
                ),
                (
                    "today",
                    self.env._("Due today"),
                    Domain("date_due", ">=", today) & Domain("date_due", "<", tomorrow),
                    "warning",
                    31,
                ),
                (
                    "week",
                    self.env._("Next six days"),
                    Domain("date_due", ">=", tomorrow) & Domain("date_due", "<", week),
                    "info",
                    32,
                ),
            )
        ]

    def _local_midnight(self, days: int) -> str:
        """Return the UTC time, as a string, at which the day ``days`` from today
        begins in the user's time zone."""
        day = fields.Date.context_today(self) + timedelta(days=days)
        midnight = self.env.tz.localize(datetime.combine(day, time.min))
        return fields.Datetime.to_string(midnight.astimezone(pytz.utc))
