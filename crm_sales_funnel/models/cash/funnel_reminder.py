from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder

FINANCE = (f"{MODULE}.group_funnel_finance",)
# So many days ahead bills are on the Today screen.
DAYS = 7


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "cash",
                "title": self.env._("Cash"),
                "icon": "fa-bank",
                "empty": self.env._(
                    "Nothing waits here: no receipt, no bill, no cheque."
                ),
            }
        ]

    def _reminders(self):
        return super()._reminders() + self._bill_reminders()

    def _bill_reminders(self) -> list[Reminder]:
        """Return the bills and cheques that mature in the next days."""
        today = fields.Date.context_today(self)
        waiting = (
            Domain("payment_method_line_id.is_bill", "=", True)
            & Domain("is_matched", "=", False)
            & Domain("state", "in", ("in_process", "paid"))
            & Domain("maturity_date", "<=", (today + timedelta(days=DAYS)).isoformat())
        )
        return [
            Reminder(
                key="cash.bills",
                card="cash",
                title=self.env._("Bills that mature within a week"),
                units=(self.env._("bill"), self.env._("bills")),
                model="account.payment",
                action=f"{MODULE}.account_payment_action_bills",
                domain=waiting,
                groups=FINANCE,
                amount="amount_company_currency_signed",
                severity="warning",
                owner="partner_id.user_id",
                team="partner_id.user_id.sale_team_id",
                sequence=85,
            )
        ]
