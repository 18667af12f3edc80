from odoo import models
from odoo.fields import Domain

from ..base.funnel_reminder import MODULE, Reminder

OPEN = ("pending", "started", "partial")  # delivery_status: something is to leave
ROLES = tuple(
    f"{MODULE}.group_funnel_{role}" for role in ("salesperson", "order_desk", "finance")
)


class FunnelReminder(models.AbstractModel):
    _inherit = "funnel.reminder"

    def _cards(self):
        return super()._cards() + [
            {
                "key": "credit",
                "title": self.env._("Credit Hold"),
                "icon": "fa-hand-paper-o",
                "empty": self.env._("No order waits for a customer on hold."),
            }
        ]

    def _reminders(self):
        return super()._reminders() + [
            Reminder(
                key="credit.orders",
                card="credit",
                title=self.env._("Orders of customers on hold"),
                units=(self.env._("order"), self.env._("orders")),
                model="sale.order",
                action=f"{MODULE}.sale_order_action_credit_hold",
                domain=self._get_held_domain(),
                groups=ROLES,
                severity="warning",
                sequence=70,
            )
        ]

    def _get_held_domain(self) -> Domain:
        """Return the orders that wait to be confirmed or delivered until their customer
        is released."""
        # sudo: whether a customer is on hold; the orders are those that the user reads.
        holds = self.env["funnel.credit.hold"].sudo()
        holds = holds.search(
            holds._get_active_domain()
            & Domain("company_id", "in", self.env.companies.ids)
        )
        waits = Domain("state", "in", ("draft", "sent")) | (
            Domain("state", "=", "sale") & Domain("delivery_status", "in", OPEN)
        )
        return waits & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain(
                "partner_invoice_id.commercial_partner_id",
                "in",
                some.partner_id.commercial_partner_id.ids,
            )
            for company, some in holds.grouped("company_id").items()
        )
