from collections import defaultdict

from odoo import api, fields, models

from ...tools.printing import Column, totals
from .funnel_print_document import PrintField
from .stock_move import FROM_VENDORS


class StockPicking(models.Model):
    """The delivery slip, and the return slip for what comes back; from vendors, the
    goods receipt, and the return slip for what goes back."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "funnel.print.document"]

    slip_kind = fields.Selection(
        selection=[
            ("delivery", "Delivery Slip"),
            ("return", "Return Slip"),
            ("receipt", "Goods Receipt"),
            ("vendor_return", "Return to Vendor"),
            ("transfer", "Transfer Slip"),
        ],
        string="Kind of Slip",
        compute="_compute_slip_kind",
        exportable=False,
        help="What is printed of the transfer, by where its goods come from and go to.",
    )

    @api.depends(
        "location_id.usage",
        "location_id.company_id",
        "location_dest_id.usage",
        "location_dest_id.company_id",
        "move_ids.sale_line_id",
        "move_ids.purchase_line_id",
    )
    def _compute_slip_kind(self):
        for picking in self:
            picking.slip_kind = picking._get_slip_kind()

    def _get_slip_kind(self):
        source, destination = self.location_id, self.location_dest_id
        if destination.usage == "customer":
            return "delivery"
        if source.usage == "customer":
            return "return"
        if source.usage == "supplier":
            return "receipt"
        if destination.usage == "supplier":
            return "vendor_return"
        # Between companies of one database. What they are to each other, the orders
        # tell.
        sold, bought = self.move_ids.sale_line_id, self.move_ids.purchase_line_id
        if destination and destination._is_outside():
            return "vendor_return" if bought and not sold else "delivery"
        if source and source._is_outside() and (sold or bought):
            return "return" if sold else "receipt"
        return "transfer"

    @api.model
    def _print_name(self):
        return self.env._("Delivery Slip or Goods Receipt")

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("customer", self.env._("Customer")),
            PrintField("vendor", self.env._("Vendor")),
            PrintField("contact", self.env._("Contact person")),
            PrintField("phone", self.env._("Phone of the customer")),
            PrintField("address", self.env._("Delivery address")),
            PrintField("date", self.env._("Date of delivery")),
            PrintField("order", self.env._("Sales order")),
            PrintField("customer_order", self.env._("Customer's order reference")),
            PrintField("salesperson", self.env._("Salesperson")),
            PrintField("purchase_order", self.env._("Purchase order")),
            PrintField("vendor_reference", self.env._("Vendor's order reference")),
            PrintField("buyer", self.env._("Buyer")),
            PrintField("origin", self.env._("Source document")),
            PrintField("returned_from", self.env._("Transfer that comes back")),
            PrintField("warehouse", self.env._("Warehouse")),
            PrintField("currency", self.env._("Currency")),
            PrintField("amount_total", self.env._("Total"), price=True),
            PrintField("amount_words", self.env._("Total in words"), price=True),
        ]

    @api.model
    def _print_columns(self):
        return [
            *super()._print_columns(),
            PrintField("code", self.env._("Product code")),
            PrintField("name", self.env._("Product and specification")),
            PrintField("unit", self.env._("Unit")),
            PrintField(
                "quantity", self.env._("Quantity"), format="quantity", per="unit"
            ),
            *self._print_pack_columns(),
            PrintField("vendor_code", self.env._("Vendor's product code")),
            PrintField("lots", self.env._("Lots and serial numbers")),
            PrintField("customer_order", self.env._("Customer's order reference")),
            PrintField("order", self.env._("Order")),
            PrintField("note", self.env._("Note, left empty")),
            PrintField(
                "price",
                self.env._("Price, tax included"),
                price=True,
                format="price",
                per="currency",
            ),
            PrintField(
                "amount",
                self.env._("Amount, tax included"),
                price=True,
                format="money",
                per="currency",
            ),
        ]

    @api.model
    def _print_preview_domain(self):
        return [("picking_type_code", "=", "outgoing"), ("state", "!=", "cancel")]

    def _print_language(self):
        return self._print_partner().lang or super()._print_language()

    def _print_partner(self):
        """Goods that go from a vendor to a customer are the customer's, though the
        transfer has the vendor's name."""
        if not self._is_dropshipping():
            return super()._print_partner()
        # sudo: who may read a delivery may know whom it goes to.
        moves = self.sudo().move_ids
        contacts = (
            moves.sale_line_id.order_id.partner_shipping_id
            or moves.purchase_line_id.order_id.dest_address_id
        )
        return contacts[:1].sudo(self.env.su) or super()._print_partner()

    def _is_dropshipping(self):
        """Tell whether the goods go from a vendor to a customer, or back."""
        usages = {self.location_id.usage, self.location_dest_id.usage}
        return usages == {"supplier", "customer"}

    def _print_documents(self, wanted, prices):
        # All moves at once, so that what belongs to them is read at once.
        moves = self.move_ids.filtered(lambda move: move.slip_quantity)
        prices_by_move = moves._filtered_priced()._get_slip_prices() if prices else {}
        values = self._print_line_values(moves, wanted)
        rows = defaultdict(list)
        for move, order_line in moves._get_slip_order_lines():
            line = move._get_slip_line(order_line, prices_by_move.get(move))
            line |= move._get_slip_extras(wanted) | values.get(move.id, {})
            rows[move.picking_id].append({"seq": len(rows[move.picking_id]) + 1} | line)
        currencies = {price.currency for price in prices_by_move.values()}
        companies = self._print_companies(wanted)
        return [
            picking._get_slip(companies[picking.company_id], rows[picking], currencies)
            for picking in self
        ]

    def _get_slip(self, company, lines, currencies):
        """Return the document of one delivery."""
        document = {
            **company,
            "values": company["values"] | self._get_slip_values(),
            "lines": lines,
            "digits": self._print_digits(currencies),
            "style": self._print_number_style(),
        }
        if currencies:
            sums = self._get_slip_sums(document, currencies)
            document["words"] = {
                currency.name: self._print_amount_in_words(total, currency)
                for currency, total in sums.items()
            }
            document["values"] |= self._get_slip_totals(sums, document["words"])
        return document

    def _get_slip_values(self):
        partner = self._print_partner()
        kinds = self._fields["slip_kind"]._description_selection(self.env)
        return {
            **self._print_partner_values(partner),
            "title": dict(kinds)[self.slip_kind],
            "number": self.name,
            "date": self._print_date(self.date_done or self.scheduled_date),
            "customer": partner.commercial_partner_id.name,
            "warehouse": self.picking_type_id.warehouse_id.name,
            "origin": self.origin,
            "returned_from": self.return_id.name,
            # sudo: who may read a delivery may know which orders it belongs to, their
            # reference and salesperson. No price is read by it.
            **self.sudo()._get_slip_order_values(),
        }

    def _get_slip_order_values(self):
        """Return what the slip tells of its orders."""
        if self.slip_kind in FROM_VENDORS:
            orders = self.move_ids.purchase_line_id.order_id or self.purchase_id
            return {
                "vendor": self.partner_id.commercial_partner_id.name,
                "purchase_order": _listed(orders.mapped("name")) or self.origin,
                "vendor_reference": _listed(orders.mapped("partner_ref")),
                "buyer": _listed(orders.user_id.mapped("name")),
            }
        orders = self.move_ids.sale_line_id.order_id or self.sale_id
        return {
            "order": _listed(orders.mapped("name")) or self.origin,
            "customer_order": _listed(orders.mapped("client_order_ref")),
            "salesperson": _listed(orders.user_id.mapped("name")),
        }

    @api.model
    def _get_slip_sums(self, document, currencies):
        """Return currency -> total of the slip."""
        amount = Column("amount", format="money", per="currency")
        by_name = {currency.name: currency for currency in currencies}
        sums = totals(document, amount)
        return {by_name[name]: total for name, total in sums.items() if name}

    @api.model
    def _get_slip_totals(self, sums, words):
        """Return the totals for header and footer."""
        amounts = [
            f"{self._print_money(total, currency)} {currency.name}"
            if len(sums) > 1
            else self._print_money(total, currency)
            for currency, total in sums.items()
        ]
        return {
            "currency": ", ".join(words),
            "amount_total": " + ".join(amounts),
            "amount_words": "; ".join(words.values()),
        }


def _listed(names):
    return ", ".join(filter(None, names))
