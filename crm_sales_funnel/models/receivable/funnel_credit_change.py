from odoo import api, models
from odoo.tools.misc import hash_sign, verify_hash_signed

from .funnel_credit_check import Refusal


class FunnelCreditCheck(models.AbstractModel):
    """Changes of confirmed orders that were refused. They were taken back with the
    refusal: the dialog that overrides it is told what they were, by a text that nobody
    else can write, and they are made again after it."""

    _inherit = "funnel.credit.check"

    @api.model
    def _get_changes(self, refusals: list[Refusal]) -> str:
        """Return what the orders were to become, signed: what was not refused is not
        overridden. Empty if nothing was to be changed."""
        changes = [
            {
                "order": refusal.document.id,
                "company": refusal.standing.company.id,
                "customer": refusal.standing.customer.id,
                "amount": refusal.amount,
                "goods": {str(product): qty for product, qty in refusal.goods.items()},
            }
            for refusal in refusals
            if refusal.is_change
        ]
        # sudo: to read the secret.
        return hash_sign(self.sudo().env, self._name, changes) if changes else ""

    @api.model
    def _read_changes(self, changes) -> list[dict]:
        """Return what ``_get_changes`` signed; nothing of what it did not."""
        try:
            # sudo: to read the secret.
            found = verify_hash_signed(self.sudo().env, self._name, changes)
        except (AttributeError, ValueError):  # what is no such text at all
            found = None
        return found or []

    @api.model
    def _get_change_refusals(self, orders, changes, lock=False) -> list[Refusal]:
        """Return why changes are refused now.

        :param orders: those that may be changed
        :param changes: what ``_get_changes`` returned
        """
        refusals = []
        for company, some in self._get_changes_by_company(orders, changes).items():
            customers = self.env["res.partner"].union(
                *(customer for _order, customer, _change in some)
            )
            # sudo: what the company of the document has decided.
            counts = company.sudo().credit_used == "orders"
            standings = self._get_standings(
                company, customers, orders.ids if counts else None, lock
            )
            for order, customer, change in some:
                standing = standings.get(customer.id)
                if refusal := standing and self._judge_change(order, standing, change):
                    refusals.append(refusal)
        return self._without_overridden(refusals)

    @api.model
    def _get_changes_by_company(self, orders, changes):
        """Return company -> (order, commercial partner, change), as superuser."""
        by_company = {}
        # sudo: what is told of them is decided where it is told.
        env = self.sudo().env
        orders = {order.id: order for order in orders.with_env(env)}
        for change in self._read_changes(changes):
            order = orders.get(change["order"])
            company = env["res.company"].browse(change["company"]).exists()
            customer = env["res.partner"].browse(change["customer"]).exists()
            if order and order.state == "sale" and company and customer:
                by_company.setdefault(company, []).append(
                    (order, customer.commercial_partner_id, change)
                )
        return by_company

    @api.model
    def _judge_change(self, order, standing, change):
        """Return the ``Refusal`` of what an order was to become, or None."""
        now, open_now = order._get_credit_amounts(standing.company)
        amount = float(change["amount"])
        more = amount - (now - open_now)  # what is paid in advance
        refusal = self._judge(order, standing, amount, more, 0.0)
        if refusal:
            refusal.is_change = True
            refusal.goods = {
                int(product): float(quantity)
                for product, quantity in change["goods"].items()
            }
        return refusal
