from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _is_outside(self) -> bool:
        """Tell whether goods are with customers here, as Odoo counts what is delivered:
        companies of one database deliver to each other through a transit location of
        none."""
        self.ensure_one()
        return self.usage == "customer" or (
            self.usage == "transit" and not self.company_id
        )
