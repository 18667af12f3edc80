from odoo import api, models

from .funnel_print_document import PrintField


class SaleOrder(models.Model):
    """The quotation, which becomes a sales order."""

    _name = "sale.order"
    _inherit = ["sale.order", "funnel.print.order"]

    @api.model
    def _print_name(self):
        return self.env._("Quotation or Sales Order")

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("customer", self.env._("Customer")),
            PrintField("invoice_address", self.env._("Invoice address")),
            PrintField("validity_date", self.env._("Valid until")),
            PrintField("customer_order", self.env._("Customer's order reference")),
            PrintField("salesperson", self.env._("Salesperson")),
            PrintField("salesperson_phone", self.env._("Phone of the salesperson")),
            PrintField("warehouse", self.env._("Warehouse")),
        ]

    def _print_values(self):
        # sudo: users may print for salespeople whose address they cannot open.
        salesperson = self.user_id.sudo().partner_id
        return super()._print_values() | {
            "title": self._print_title(),
            "date": self._print_date(self.date_order),
            "validity_date": self._print_date(self.validity_date),
            "customer": self.partner_id.commercial_partner_id.name,
            "invoice_address": self._print_address(self.partner_invoice_id),
            "delivery_address": self._print_address(self.partner_shipping_id),
            "delivery_date": self._print_date(self.commitment_date),
            "customer_order": self.client_order_ref,
            "salesperson": salesperson.name,
            "salesperson_phone": salesperson.phone,
            "warehouse": self.warehouse_id.name,
        }

    def _print_title(self):
        if self.state == "cancel":
            return self.env._("Cancelled Order")
        if self.state == "sale":
            return self.env._("Sales Order")
        return self.env._("Quotation")

    def _print_lines(self):
        # sudo: which down payments are shown depends on invoices, of which nothing is
        # told; the lines are read as the user.
        lines = [order._get_order_lines_to_report() for order in self.sudo()]
        return self.order_line.browse().union(*lines).with_env(self.env)
