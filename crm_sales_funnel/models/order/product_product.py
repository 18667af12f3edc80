from odoo import api, models
from odoo.fields import Domain


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model
    def _search_display_name(self, operator, value):
        """While an order is entered, the customer's own codes find products too."""
        domain = super()._search_display_name(operator, value)
        codes = self._get_customer_code_domain(operator, value)
        return Domain(domain) | codes if codes is not None else domain

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        codes = self._get_customer_code_domain(operator, name)
        if codes is None:
            return super().name_search(name, domain, operator, limit)
        # First what the customer calls by exactly this code.
        found = self.search_fetch(
            Domain(domain or Domain.TRUE) & codes, ["display_name"], limit=limit
        )
        # sudo: the names of what the user found.
        offers = [(product.id, product.display_name) for product in found.sudo()]
        if limit is None or len(offers) < limit:
            others = super().name_search(name, domain, operator, limit)
            offers += [other for other in others if other[0] not in found.ids]
        return offers[:limit]

    @api.model
    def _get_customer_code_domain(self, operator, value):
        """Return the domain of the products that the customer in the context calls
        so, None where none is asked for."""
        partner = self.env["res.partner"].browse(self.env.context.get("partner_id"))
        items = self.env["funnel.customer.product"]
        if (
            not partner
            or not value
            or operator in Domain.NEGATIVE_OPERATORS
            or not isinstance(value, str)
            or not items.has_access("read")
        ):
            return None
        called = Domain("code", operator, value) | Domain("name", operator, value)
        # sudo: a contact's company, also where the user cannot open it.
        customer = partner.sudo().commercial_partner_id
        query = items._search(
            self._get_order_company_domain()
            & Domain("partner_id", "=", customer.id)
            & called
        )
        return Domain("id", "in", query.subselect("product_id"))

    @api.model
    def _get_order_company_domain(self):
        """Return the domain of the codes that hold for the company of the order; for
        all companies that the user works in, where none is told."""
        company = self.env["res.company"].browse(self.env.context.get("company_id"))
        items = self.env["funnel.customer.product"]
        return items._get_company_domain(company) if company else Domain.TRUE
