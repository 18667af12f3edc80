from typing import Any

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..base.funnel_reminder import MODULE


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    @api.model
    @api.readonly
    def get_today_screen(self, reach: str | None = None) -> dict[str, Any]:
        """Return all that the Today screen shows, in one call.

        :param reach: as in :meth:`get_today`; without it the widest one of the user
        :return: ``date`` (as the user reads dates), ``reach``, ``reaches``,
            ``buttons``, and ``cards``, each with its ``reminders``
        :raise AccessError: for users without a role
        """
        reaches = self.env.user._funnel_reaches()
        if reach not in reaches:
            reach = reaches[-1] if reaches else "own"
        reminders = self.get_today(reach)
        return {
            "date": format_date(
                self.env, fields.Date.context_today(self), date_format="full"
            ),
            "reach": reach,
            "reaches": reaches,
            "buttons": self._today_buttons(),
            "cards": [
                {**card, "reminders": mine}
                for card in self._cards()
                if (mine := [r for r in reminders if r["card"] == card["key"]])
            ],
        }

    def _today_buttons(self) -> list[dict[str, str]]:
        """Return the buttons of the Today screen that the user's roles allow."""
        user = self.env.user
        contact_roles = ("salesperson", "order_desk", "finance")
        buttons = (
            (
                self.env._("Log a contact"),
                f"{MODULE}.funnel_contact_log_action_new",
                contact_roles,
            ),
            (
                self._get_queue_title(),
                f"{MODULE}.funnel_contact_queue_action_today",
                contact_roles,
            ),
            (
                self.env._("New quotation"),
                f"{MODULE}.sale_order_action_new",
                ("salesperson", "order_desk"),
            ),
        )
        return [
            {"title": title, "action": action}
            for title, action, roles in buttons
            if any(user.has_group(f"{MODULE}.group_funnel_{role}") for role in roles)
        ]

    def _get_queue_title(self) -> str:
        """Return what the button says that goes from one contact to the next."""
        queues = self.env["funnel.contact.queue"]
        queue = queues.has_access("read") and queues._get_unfinished()
        if not queue:
            return self.env._("Contacts one by one")
        position = queue._get_position(queue._get_due())
        return self.env._("Go on: %(position)s of %(count)s", **position)
