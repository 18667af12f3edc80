from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder
from .funnel_statement import FINANCE

CUTOFF_DAYS = 7
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
                "key": "settlement",
                "title": self.env._("Settlement"),
                "icon": "fa-list-alt",
                "empty": self.env._("Nothing is to be settled."),
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
            *self._settlement_reminders(),
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

    def _settlement_reminders(self) -> list[Reminder]:
        """Return what is to be invoiced or settled, and who owes more than allowed."""
        company, today = self.env.company, fields.Date.context_today(self)
        limits = {
            "is_over_limit": self.env._("Over the limit"),
            "is_too_old": self.env._("Debt too old"),
        }
        customers = (self.env._("customer"), self.env._("customers"))
        statements = (self.env._("statement"), self.env._("statements"))
        uninvoiced_days = company.uninvoiced_remind_days
        statement_days = company.statement_remind_days
        kinds = [
            {
                "key": "uninvoiced",
                "title": self.env._(
                    "Not invoiced for over %(days)s days", days=uninvoiced_days
                ),
                "units": (self.env._("delivery"), self.env._("deliveries")),
                "model": "funnel.uninvoiced.report",
                "domain": Domain("amount", ">", 0)
                & Domain.OR(
                    Domain("company_id", "=", each.id)
                    & Domain("days", ">", each.uninvoiced_remind_days)
                    for each in self.env.companies
                ),
                "amount": "amount",
                "severity": "warning",
            },
            {
                "key": "statement",
                "title": self.env._(
                    "Statements not confirmed for over %(days)s days",
                    days=statement_days,
                ),
                "units": statements,
                "model": "funnel.statement",
                "domain": Domain("kind", "=", "settlement")
                & Domain("state", "in", ("draft", "sent", "difference"))
                & Domain.OR(
                    Domain("company_id", "=", each.id)
                    & Domain("date_to", "<", self._days_ago(each.statement_remind_days))
                    for each in self.env.companies
                ),
                "severity": "warning",
            },
            {
                "key": "statement_invoice",
                "title": self.env._("Statements to invoice"),
                "units": statements,
                "model": "funnel.statement",
                "domain": Domain("kind", "=", "settlement")
                & Domain("state", "=", "confirmed"),
                "groups": (FINANCE,),
            },
            *(
                {
                    "key": fname,
                    "title": title,
                    "units": customers,
                    "model": "funnel.receivable.report",
                    "domain": Domain(fname, "=", True),
                    "amount": "total",
                    "severity": "danger",
                }
                for fname, title in limits.items()
            ),
            *self._cutoff_reminders(today, customers),
        ]
        return [
            Reminder(
                **{
                    "card": "settlement",
                    "groups": ROLES,
                    "sequence": 60 + rank,
                    "action": f"{MODULE}.{kind['model'].replace('.', '_')}_action",
                    **kind,
                    "key": f"settlement.{kind['key']}",
                }
            )
            for rank, kind in enumerate(kinds)
        ]

    def _days_ago(self, days: int) -> str:
        return (fields.Date.context_today(self) - timedelta(days=days)).isoformat()

    def _cutoff_reminders(self, today, customers) -> list[dict]:
        """Return whose statements are to be made: their cut-off day is today, or was a
        few days ago, on a day off perhaps."""
        if not (self.env.su or self.env.user.has_group(FINANCE)):
            return []
        company = self.env.company
        days = [today - timedelta(days=ago) for ago in range(CUTOFF_DAYS)]
        settled = self.env["funnel.statement"]._get_unsettled_domain(company, days)
        if settled is None:
            return []
        return [
            {
                "key": "cutoff",
                "title": self.env._("Cut-off day reached, no statement yet"),
                "units": customers,
                "model": "funnel.receivable.report",
                "domain": settled,
                "amount": "total",
                "groups": (FINANCE,),
                "severity": "info",
            }
        ]

    def _payable_reminders(self) -> list[Reminder]:
        """Return what has to be paid today, in the six days after it, and long since.

        Gross as above: a prepayment is no bill that has been paid.
        """
        today, week = self.env._("To be paid today"), self.env._("Next six days")
        overdue = self.env._("Overdue")
        due = [
            ("today", today, "warning"),
            ("week", week, "info"),
            ("overdue", overdue, "danger"),
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
                sequence=80 + rank,
            )
            for rank, (state, title, severity) in enumerate(due)
        ]
