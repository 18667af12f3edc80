from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command

from .receivable_common import TODAY, ReceivableCommon


class FollowupCommon(ReceivableCommon):
    """A policy of four levels: a task after 1 day, a call after 15, a letter after 30, no
    more deliveries after 45; seven days between messages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.create_policy(
            ("Ask", 1, "task"),
            ("Call", 15, "call"),
            ("Letter", 30, "letter"),
            ("Stop", 45, "hold"),
        )
        cls.company.followup_date = False

    @classmethod
    def create_policy(cls, *levels, **values):
        """Create the first policy of the company.

        :param levels: name, days and channel
        """
        return cls.env["funnel.followup.policy"].create(
            {
                "name": "Test",
                "sequence": -1,
                "company_id": cls.company.id,
                "level_ids": [
                    Command.create({"name": name, "days": days, "channel": channel})
                    for name, days, channel in levels
                ],
                **values,
            }
        )

    @classmethod
    def overdue(cls, amount, days, today=TODAY, **values):
        """Create an invoice that is so many days overdue."""
        due = today - timedelta(days=days)
        return cls.invoice(
            amount, (due - timedelta(days=30)).isoformat(), due, **values
        )

    def propose(self, day=TODAY, **context):
        """Return what is proposed for the company at a date."""
        policies = self.env["funnel.followup.policy"].with_context(
            allowed_company_ids=self.company.ids, **context
        )
        return policies._propose(day)

    def prepare(self, day=TODAY):
        """Write down what is proposed for a date.

        :return: the lines that wait for approval
        """
        self.env["funnel.followup.run"].sudo()._prepare(self.company, day)
        return self.lines([("state", "=", "proposed")])

    def lines(self, domain=()):
        return (
            self.env["funnel.followup.line"]
            .sudo()
            .search([("company_id", "=", self.company.id), *domain])
        )

    def assert_proposed(self, expected, day=TODAY, **context):
        """Check what is proposed: customer, channel, what is followed up, credit."""
        self.assertEqual(
            sorted(
                (
                    self.env["res.partner"].browse(each.partner_id).name,
                    each.channel,
                    each.amount_due,
                    each.credit,
                )
                for each in self.propose(day, **context)
            ),
            sorted(expected),
        )

    @classmethod
    def day(cls, days):
        """Return the day so many days after TODAY."""
        return TODAY + timedelta(days=days)


__all__ = ["TODAY", "FollowupCommon", "date"]


class FollowupSendCommon(FollowupCommon):
    """Follow-ups that are carried out on a day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls.users["finance"]
        cls.env.ref("crm_sales_funnel.mail_template_followup").lang = False

    def setUp(self):
        super().setUp()
        self.at(0)

    def at(self, days):
        """Make it so many days after TODAY."""
        patcher = patch.object(
            type(self.env["funnel.followup.run"]),
            "_get_today",
            lambda run, company: self.day(days),
        )
        patcher.start()
        self.addCleanup(patcher.stop)

    def send(self, lines):
        return lines.with_user(self.finance).with_company(self.company).action_send()
