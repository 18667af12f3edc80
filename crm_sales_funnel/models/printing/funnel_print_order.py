from collections import defaultdict

from odoo import api, models
from odoo.tools import html2plaintext

from .funnel_print_document import PrintField


class FunnelPrintOrder(models.AbstractModel):
    """Mixin of sales and purchase orders, as documents of the paginator.

    The amounts of the lines add up to the totals of the order, to the last cent:
    they are Odoo's own, shared among the lines as Odoo shares them in an invoice.
    """

    _name = "funnel.print.order"
    _inherit = "funnel.print.document"
    _description = "Order Printed by Layouts"

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("date", self.env._("Date of the order")),
            PrintField("contact", self.env._("Contact person")),
            PrintField("phone", self.env._("Phone")),
            PrintField("address", self.env._("Address")),
            PrintField("vat", self.env._("Tax ID")),
            PrintField("delivery_address", self.env._("Delivery address")),
            PrintField("delivery_date", self.env._("Date of delivery")),
            PrintField("payment_terms", self.env._("Payment terms")),
            PrintField("currency", self.env._("Currency")),
            PrintField("note", self.env._("Terms and conditions")),
            PrintField("amount_untaxed", self.env._("Total without tax"), price=True),
            PrintField("amount_tax", self.env._("Total of taxes"), price=True),
            PrintField("amount_total", self.env._("Total"), price=True),
            PrintField("amount_words", self.env._("Total in words"), price=True),
        ]

    @api.model
    def _print_columns(self):
        money = {"price": True, "per": "currency"}
        return [
            *super()._print_columns(),
            PrintField("code", self.env._("Product code")),
            PrintField("name", self.env._("Product and specification")),
            PrintField("unit", self.env._("Unit")),
            PrintField(
                "quantity", self.env._("Quantity"), format="quantity", per="unit"
            ),
            *self._print_pack_columns(),
            PrintField("note", self.env._("Note, left empty")),
            PrintField(
                "price_untaxed", self.env._("Price, untaxed"), format="price", **money
            ),
            PrintField(
                "discount", self.env._("Discount (%)"), price=True, format="percent"
            ),
            PrintField(
                "price", self.env._("Price, tax included"), format="price", **money
            ),
            PrintField("taxes", self.env._("Taxes"), price=True),
            PrintField(
                "amount_untaxed",
                self.env._("Amount, untaxed"),
                format="money",
                **money,
            ),
            PrintField(
                "amount", self.env._("Amount, tax included"), format="money", **money
            ),
        ]

    def _print_language(self):
        return self.partner_id.lang or super()._print_language()

    def _print_documents(self, wanted, prices):
        # The lines of all orders at once, so that what belongs to them is read at once.
        lines = self._print_lines()
        values = self._print_line_values(lines, wanted)
        lines_by_order = lines.grouped("order_id")
        companies = self._print_companies(wanted)
        documents = []
        for order in self:
            printed = lines_by_order.get(order, lines.browse())
            rows = order._print_rows(printed, values, prices)
            company = companies[order.company_id]
            documents.append(order._print_order(company, rows, prices))
        return documents

    def _print_order(self, company, rows, prices):
        """Return the document of one order."""
        currency = self.currency_id
        document = {
            **company,
            "values": {
                **company["values"],
                **self._print_values(),
                **(self._print_totals() if prices else {}),
            },
            "lines": rows,
            "digits": self._print_digits(currency),
            "style": self._print_number_style(),
        }
        if prices:
            total = self._print_decimal(self.amount_total)
            words = self._print_amount_in_words(total, currency)
            document["words"] = {currency.name: words}
            document["values"]["amount_words"] = words
        return document

    def _print_values(self):
        """Return what stands in header and footer, without prices."""
        return {
            **self._print_partner_values(self.partner_id),
            "number": self.name,
            "payment_terms": self.payment_term_id.name,
            "currency": self.currency_id.name,
            "note": html2plaintext(self.note or "").strip(),
        }

    def _print_totals(self):
        return {
            key: self._print_money(self[key], self.currency_id)
            for key in ("amount_untaxed", "amount_tax", "amount_total")
        }

    def _print_lines(self):
        """Return the lines that are printed, in their order."""
        return self.order_line

    def _print_rows(self, lines, values, prices):
        """Return the rows of the table.

        :param lines: those of the order that are printed
        :param values: line id -> what other areas add
        """
        rows, number = {}, 0
        for line in lines:
            if not line.display_type and not line.is_downpayment:
                number += 1
            rows[line] = line._get_print_row(number) | values.get(line.id, {})
        if not prices:
            return list(rows.values())
        for line, row in rows.items():
            row.update(line._get_print_prices(), currency=self.currency_id.name)
        return [*rows.values(), *self._print_amounts(rows)]

    def _print_amounts(self, rows):
        """Put the amounts into the rows, and return rows of what no line costs."""
        amounts = self._get_line_amounts()
        borne = defaultdict(lambda: [0, 0])
        for line, amount in amounts.items():
            bearer = line._get_print_bearer()
            borne[bearer] = [a + b for a, b in zip(borne[bearer], amount, strict=True)]
        totals = [self.amount_untaxed, self.amount_total]
        for line, amount in borne.items():
            if line not in rows:
                continue
            totals = [a - b for a, b in zip(totals, amount, strict=True)]
            if not line.is_downpayment or amount[1]:
                rows[line].update(self._print_amount_row(*amount))
        if all(map(self.currency_id.is_zero, totals)):
            return []
        # What Odoo counts into the totals beside the lines: the tax that an early
        # payment would save.
        return [
            {
                "name": self.env._("Tax adjustment"),
                "currency": self.currency_id.name,
                **self._print_amount_row(*totals),
            }
        ]

    def _print_amount_row(self, untaxed, total):
        return {
            "amount_untaxed": self._print_decimal(untaxed),
            "amount": self._print_decimal(total),
        }

    def _get_line_amounts(self):
        """Return line -> (untaxed, with tax) in the currency of the order."""
        taxes, company = self.env["account.tax"], self.company_id
        lines = self.order_line.filtered(lambda line: not line.display_type)
        base_lines = [line._prepare_base_line_for_taxes_computation() for line in lines]
        taxes._add_tax_details_in_base_lines(base_lines, company)
        taxes._round_base_lines_tax_details(base_lines, company)
        return {
            line: _amounts(base_line["tax_details"])
            for line, base_line in zip(lines, base_lines, strict=True)
        }


def _amounts(details):
    untaxed = (
        details["total_excluded_currency"] + details["delta_total_excluded_currency"]
    )
    taxes = sum(tax["tax_amount_currency"] for tax in details["taxes_data"])
    return untaxed, untaxed + taxes
