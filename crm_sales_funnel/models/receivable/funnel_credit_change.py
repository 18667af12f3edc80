from odoo import api, models
from odoo.tools.misc import hash_sign, verify_hash_signed

from .funnel_credit_check import Refusal


class FunnelCreditCheck(models.AbstractModel):
    """Changes of confirmed orders that were refused, and transfers of what nobody
    ordered, which has a price when they are done. They were taken back with the refusal:
    the dialog that overrides it is told what they were, by a text that nobody else can
    write, and they are made again after it."""

    _inherit = "funnel.credit.check"

    @api.model
    def _get_changes(self, refusals: list[Refusal]) -> str:
        """Return what the documents were to become, signed: what was not refused is not
        overridden. Empty if nothing was to be changed."""
        changes = [
            {
                "model": refusal.document._name,
                "document": refusal.document.id,
                "company": refusal.standing.company.id,
                "customer": refusal.standing.customer.id,
                "amount": refusal.amount,
                "total": refusal.total,
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
    def _get_change_refusals(self, documents, changes, lock=False) -> list[Refusal]:
        """Return why changes are refused now.

        :param documents: orders or transfers that may be changed
        :param changes: what ``_get_changes`` returned
        """
        refusals = []
        for company, some in self._get_changes_by_company(documents, changes).items():
            customers = self.env["res.partner"].union(
                *(customer for _document, customer, _change in some)
            )
            # sudo: what the company of the document has decided.
            counts = company.sudo().credit_used == "orders"
            apart = counts and documents._name == "sale.order"
            standings = self._get_standings(
                company, customers, documents.ids if apart else None, lock
            )
            for document, customer, change in some:
                standing = standings.get(customer.id)
                refusal = standing and self._judge_change(document, standing, change)
                if refusal:
                    refusals.append(refusal)
        return self._without_overridden(refusals)

    @api.model
    def _get_changes_by_company(self, documents, changes):
        """Return company -> (document, commercial partner, change), as superuser."""
        by_company = {}
        # sudo: what is told of them is decided where it is told.
        env = self.sudo().env
        documents = documents.with_env(env)
        open_ = documents.filtered(
            lambda document: (
                document.state == "sale"
                if document._name == "sale.order"
                else document.state not in ("done", "cancel")
            )
        )
        for change in self._read_changes(changes):
            document = open_.filtered(
                lambda document, change=change: (
                    (document._name, document.id)
                    == (change["model"], change["document"])
                )
            )
            company = env["res.company"].browse(change["company"]).exists()
            customer = env["res.partner"].browse(change["customer"]).exists()
            if document and company and customer:
                by_company.setdefault(company, []).append(
                    (document, customer.commercial_partner_id, change)
                )
        return by_company

    @api.model
    def _judge_change(self, document, standing, change):
        """Return the ``Refusal`` of what a document was to become, or None."""
        amount = float(change["amount"])
        if document._name == "sale.order":
            now, open_now = document._get_credit_amounts(standing.company)
            more = amount - (now - open_now)  # what is paid in advance
        else:
            more = float(change["total"]) - standing.owed
        refusal = self._judge(document, standing, amount, more, 0.0)
        if refusal:
            refusal.is_change = True
            refusal.goods = {
                int(product): float(quantity)
                for product, quantity in change["goods"].items()
            }
        return refusal
