from odoo import models

# What a base line of Odoo's taxes must not keep when it stands for one unit.
ONE_UNIT = {
    "quantity": 1.0,
    "manual_tax_amounts": None,
    "manual_total_excluded_currency": None,
    "manual_total_excluded": None,
}


class FunnelPrintOrderLine(models.AbstractModel):
    """Mixin of the lines of sales and purchase orders, as documents show them."""

    _name = "funnel.print.order.line"
    _description = "Order Line Printed by Layouts"

    def _get_ordered_quantity(self):
        """Return the quantity in the line's unit."""
        raise NotImplementedError

    def _get_print_codes(self):
        """Return codes that may stand in brackets before the description."""
        return [self.product_id.default_code]

    def _get_print_bearer(self):
        """Return the line that shows what this one costs: itself, or a section that
        hides it."""
        return self

    def _get_slip_amount(self, quantity):
        """Return what a quantity in the line's unit costs, tax included."""
        ordered = self._get_ordered_quantity()
        if ordered:
            return self.price_total * (quantity / ordered)
        # Delivered without having been ordered: nothing to take a share of.
        price = self.price_unit * (1 - (self.discount or 0.0) / 100)
        taxes = self.tax_ids.compute_all(
            price, self.currency_id, quantity, self.product_id, self.order_id.partner_id
        )
        return taxes["total_included"]

    def _get_print_description(self):
        """Return the description without a code before it, which has its own column."""
        name = self.name or ""
        for code in filter(None, self._get_print_codes()):
            name = name.removeprefix(f"[{code}] ")
        return name

    def _get_print_row(self, number):
        """Return the line as a row without prices: sections and notes are texts."""
        if self.display_type or self.is_downpayment:
            return {"name": self._get_print_description()}
        quantity = self._get_ordered_quantity()
        pack = self.order_id._print_pack_values(
            quantity, self.product_uom_id, self.product_id
        )
        return {
            "seq": number,
            "code": self.product_id.default_code,
            "name": self._get_print_description(),
            "unit": self.product_uom_id.name,
            "quantity": quantity,
            **pack,
        }

    def _get_print_prices(self):
        """Return what one unit of the line costs: the price untaxed and the discount,
        and the price with tax, the discount taken off."""
        if self.display_type:
            return {}
        if self._get_print_bearer() != self:
            return {}
        base_line = self._prepare_base_line_for_taxes_computation() | ONE_UNIT
        full, reduced = base_line | {"discount": 0.0}, base_line
        taxes = self.env["account.tax"]
        for line in (full, reduced):
            # As Odoo rounds nothing but totals: a price may have more digits.
            taxes._add_tax_details_in_base_line(
                line, self.order_id.company_id, rounding_method="round_globally"
            )
        decimal = self.order_id._print_decimal
        return {
            "price_untaxed": decimal(
                full["tax_details"]["raw_total_excluded_currency"]
            ),
            "discount": self.discount or None,
            "price": decimal(reduced["tax_details"]["raw_total_included_currency"]),
            "taxes": ", ".join(filter(None, self.tax_ids.mapped("tax_label"))),
        }
