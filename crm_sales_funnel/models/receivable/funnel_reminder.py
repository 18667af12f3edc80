from odoo import models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder

ROLES = tuple(f"{MODULE}.group_funnel_{role}" for role in ("salesperson", "finance"))
PAYING = tuple(f"{MODULE}.group_funnel_{role}" for role in ("purchasing", "finance"))


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "receivables",
                "title": self.env._("Receivables"),
                "icon": "fa-money",
                "empty": self.env._("Nobody has to pay yet."),
            },
            {
                "key": "payables",
                "title": self.env._("Payables"),
                "icon": "fa-credit-card",
                "empty": self.env._("No bill has to be paid yet."),
            },
        ]

    def _reminders(self):
        return super()._reminders() + [
            *self._receivable_reminders(),
            *self._payable_reminders(),
        ]

    def _receivable_reminders(self) -> list[Reminder]:
        """Return what is due today, due this week, and overdue in each bucket.

        What customers still have to pay counts, gross: unapplied credits are no reason
        to call, and an exchange difference is not paid by anybody.
        """
        _not_due, *overdue = self.env["funnel.aging.report"]._selection_bucket()
        due = [
            ("today", self.env._("Due today"), "info"),
            ("week", self.env._("Next six days"), "info"),
        ]
        kinds = [
            (state, {"due_state": state, "bucket": "not_due"}, title, severity)
            for state, title, severity in due
        ] + [
            (
                bucket,
                {"due_state": "overdue", "bucket": bucket},
                self.env._("Overdue %(days)s days", days=days),
                "warning" if rank < 2 else "danger",
            )
            for rank, (bucket, days) in enumerate(overdue)
        ]
        return [
            Reminder(
                key=f"receivables.{key}",
                card="receivables",
                title=title,
                units=(self.env._("document"), self.env._("documents")),
                model="funnel.aging.report",
                action=f"{MODULE}.funnel_aging_report_action",
                domain=Domain("residual_currency", ">", 0),
                match=match,
                groups=ROLES,
                amount="residual",
                severity=severity,
                sequence=50 + rank,
            )
            for rank, (key, match, title, severity) in enumerate(kinds)
        ]

    def _payable_reminders(self) -> list[Reminder]:
        """Return what has to be paid today, in the six days after it, and long since.

        Gross as above: a prepayment is no bill that has been paid.
        """
        due = [
            ("today", self.env._("To be paid today"), "warning"),
            ("week", self.env._("Next six days"), "info"),
            ("overdue", self.env._("Overdue"), "danger"),
        ]
        return [
            Reminder(
                key=f"payables.{state}",
                card="payables",
                title=title,
                units=(self.env._("document"), self.env._("documents")),
                model="funnel.payable.aging",
                action=f"{MODULE}.funnel_payable_aging_action",
                domain=Domain("residual_currency", ">", 0),
                match={"due_state": state},
                groups=PAYING,
                team=None,
                amount="residual",
                severity=severity,
                sequence=60 + rank,
            )
            for rank, (state, title, severity) in enumerate(due)
        ]
