from odoo import api, models

from .funnel_print_document import PrintField


class PurchaseOrder(models.Model):
    """The request for quotation, which becomes a purchase order."""

    _name = "purchase.order"
    _inherit = ["purchase.order", "funnel.print.order"]

    @api.model
    def _print_name(self):
        return self.env._("Purchase Order")

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("vendor", self.env._("Vendor")),
            PrintField("vendor_reference", self.env._("Vendor's order reference")),
            PrintField("buyer", self.env._("Buyer")),
            PrintField("buyer_phone", self.env._("Phone of the buyer")),
        ]

    @api.model
    def _print_columns(self):
        return [
            *super()._print_columns(),
            PrintField("vendor_code", self.env._("Vendor's product code")),
            PrintField("delivery_date", self.env._("Date of delivery")),
        ]

    def _print_values(self):
        # sudo: users may print for buyers whose address they cannot open.
        buyer = self.user_id.sudo().partner_id
        place = self.dest_address_id or self.picking_type_id.warehouse_id.partner_id
        return super()._print_values() | {
            "title": self._print_title(),
            "date": self._print_date(self.date_approve or self.date_order),
            "vendor": self.partner_id.commercial_partner_id.name,
            "vendor_reference": self.partner_ref,
            "delivery_address": self._print_address(place) if place else "",
            "delivery_date": self._print_date(self.date_planned),
            "buyer": buyer.name,
            "buyer_phone": buyer.phone,
        }

    def _print_asks_prices(self):
        return self.state in ("draft", "sent", "to approve")

    def _print_title(self):
        if self.state == "cancel":
            return self.env._("Cancelled Order")
        if self.state == "purchase":
            return self.env._("Purchase Order")
        return self.env._("Request for Quotation")
