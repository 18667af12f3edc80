from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_vendor_code(self, vendor):
        """Return what a vendor calls the product, that of the variant first."""
        sellers = self.seller_ids.filtered(
            lambda seller: (
                seller.product_code
                and seller.partner_id in vendor | vendor.commercial_partner_id
                and seller.product_id in (self, self.browse())
            )
        )
        own = sellers.filtered("product_id")
        return (own or sellers)[:1].product_code or ""
