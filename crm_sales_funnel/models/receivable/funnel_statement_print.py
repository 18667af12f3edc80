from odoo import api, fields, models

from ..printing.funnel_print_document import PrintField
from .funnel_statement import AGREED

# Fields that are amounts in header and footer under the same name.
AMOUNTS = ("opening", "delivered", "returned", "received", "other", "closing")
# Kinds of lines that tell of goods.
GOODS = ("slip", "return")


class FunnelStatement(models.Model):
    """The statement of account, as customers get it on paper."""

    _inherit = "funnel.statement"

    contact_id = fields.Many2one(
        "res.partner",
        string="Billing Contact",
        compute="_compute_contact_id",
        help="Who gets the statement: the invoice address of the customer, or the"
        " customer itself.",
    )

    @api.depends("partner_id")
    def _compute_contact_id(self):
        contacts = [
            statement.partner_id.address_get(["invoice"])["invoice"]
            for statement in self
        ]
        # All at once, so that what is printed of them is read at once.
        for statement, contact in zip(
            self, self.env["res.partner"].browse(contacts), strict=True
        ):
            statement.contact_id = contact

    @api.model
    def _print_name(self):
        return self.env._("Statement of Account")

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("customer", self.env._("Customer")),
            PrintField("contact", self.env._("Contact person")),
            PrintField("address", self.env._("Address")),
            PrintField("phone", self.env._("Phone")),
            PrintField("vat", self.env._("Tax ID")),
            PrintField("date_from", self.env._("First day")),
            PrintField("date_to", self.env._("Last day")),
            PrintField("currency", self.env._("Currency")),
            PrintField("salesperson", self.env._("Salesperson")),
            PrintField("salesperson_phone", self.env._("Phone of the salesperson")),
            PrintField("payment_terms", self.env._("Payment terms")),
            PrintField("opening", self.env._("Previous balance"), price=True),
            PrintField("delivered", self.env._("Deliveries"), price=True),
            PrintField("returned", self.env._("Returns"), price=True),
            PrintField("received", self.env._("Payments Received"), price=True),
            PrintField("other", self.env._("Other changes"), price=True),
            PrintField("closing", self.env._("Balance"), price=True),
            PrintField("overdue", self.env._("Overdue"), price=True),
            PrintField("amount_words", self.env._("Balance in words"), price=True),
            PrintField(
                "difference", self.env._("Difference of the customer"), price=True
            ),
            PrintField("difference_reason", self.env._("Reason of the difference")),
            PrintField("agreed", self.env._("Agreed balance"), price=True),
        ]

    @api.model
    def _print_columns(self):
        money = {"price": True, "per": "currency"}
        return [
            *super()._print_columns(),
            PrintField("date", self.env._("Date")),
            PrintField("due_date", self.env._("Due Date")),
            PrintField("kind", self.env._("Kind of line")),
            PrintField("document", self.env._("Delivery slip, payment or invoice")),
            PrintField("order", self.env._("Sales order")),
            PrintField("customer_order", self.env._("Customer's order reference")),
            PrintField("code", self.env._("Product code")),
            PrintField("name", self.env._("Product and specification")),
            PrintField("unit", self.env._("Unit")),
            PrintField(
                "quantity", self.env._("Quantity"), format="quantity", per="unit"
            ),
            PrintField("note", self.env._("Note, left empty")),
            PrintField(
                "price", self.env._("Price, tax included"), format="price", **money
            ),
            PrintField(
                "amount", self.env._("Amount, tax included"), format="money", **money
            ),
            PrintField(
                "balance", self.env._("Balance after it"), format="money", **money
            ),
        ]

    def _print_language(self):
        return self.contact_id.lang or super()._print_language()

    def _print_documents(self, wanted, prices):
        # sudo: who reads a statement may know which orders and goods it is about.
        lines = self.line_ids.sudo().filtered(_is_told)
        values = self._print_line_values(lines, wanted)
        by_statement = lines.grouped("statement_id")
        companies = self._print_companies(wanted)
        return [
            statement._print_statement(
                companies[statement.company_id],
                by_statement.get(statement, lines.browse()),
                values,
                prices,
            )
            for statement in self
        ]

    def _print_statement(self, company, lines, values, prices):
        """Return the document of one statement.

        :param lines: those that are printed, as superuser
        :param values: line id -> what other areas add
        """
        rows = self._print_rows(lines, values, prices)
        return self._print_figures(company, rows, prices)

    def _print_values(self):
        """Return what stands in header and footer, without amounts."""
        # sudo: users may print for salespeople whose address they cannot open.
        salesperson = self.user_id.sudo().partner_id
        customer = self.partner_id.with_company(self.company_id)
        return {
            **self._print_partner_values(self.contact_id),
            "title": self._get_print_title(),
            "number": self.name,
            "customer": customer.name,
            "date_from": self._print_date(self.date_from),
            "date_to": self._print_date(self.date_to),
            "currency": self.currency_id.name,
            "salesperson": salesperson.name,
            "salesperson_phone": salesperson.phone,
            "payment_terms": customer.property_payment_term_id.name,
            "difference_reason": self.difference_reason,
        }

    def _get_print_title(self):
        if self.kind == "open":
            return self.env._("Open Items")
        return self.env._("Statement of Account")

    def _print_amounts(self):
        """Return the amounts of header and footer; what was agreed is empty as long as
        the customer has said nothing."""
        currency = self.currency_id
        values = {name: self._print_money(self[name], currency) for name in AMOUNTS}
        closing = self._print_decimal(self.closing)
        values["amount_words"] = self._print_amount_in_words(closing, currency)
        if self.kind == "open":
            values["overdue"] = self._print_money(self.overdue, currency)
        if self.difference_amount:
            values["difference"] = self._print_money(self.difference_amount, currency)
        if self.difference_amount or self.state in AGREED:
            values["agreed"] = self._print_money(self.agreed, currency)
        return values

    def _print_rows(self, lines, values, prices):
        """Return the rows of the table: cents of rounding are one row, the last one."""
        # Grouped, not subtracted: the lines of all statements are read at once.
        by_kind = lines.grouped(lambda line: line.kind == "rounding")
        rows = self._get_print_lines(by_kind.get(False, lines.browse()), values, prices)
        rounding = by_kind.get(True, lines.browse())
        cents = sum(map(self._print_decimal, rounding.mapped("amount")))
        if cents:
            date = self._print_date(self.date_to)
            rows.append((cents, {"date": date, **rounding[0]._get_print_kind()}))
        balance = self._print_decimal(self.opening)
        for number, (amount, row) in enumerate(rows, 1):
            balance += amount
            row["seq"] = number
            if prices:
                row |= {"amount": amount, "balance": balance}
                row["currency"] = self.currency_id.name
        return [row for _amount, row in rows]

    def _get_print_lines(self, lines, values, prices):
        """Return amounts and rows of lines; of open items, a slip is one row."""
        if self.kind != "open":
            return [
                (
                    self._print_decimal(line.amount),
                    line._get_print_row(prices) | values.get(line.id, {}),
                )
                for line in lines
            ]
        return [
            (
                sum(map(self._print_decimal, some.mapped("amount"))),
                some[0]._get_print_document(),
            )
            for some in lines.grouped(
                lambda line: (line.kind, line.due_date, line.picking_id or line)
            ).values()
        ]


class FunnelStatementLine(models.Model):
    _inherit = "funnel.statement.line"

    def _get_print_kind(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return {"kind": kinds[self.kind]}

    def _get_print_row(self, prices):
        """Return the line as a row of the table, without its amount; it is read as
        superuser."""
        row = self._get_print_document()
        if self.kind in GOODS:
            row |= {"quantity": self.quantity, "unit": self.product_uom_id.name}
            if prices:
                row["price"] = self.statement_id._print_decimal(self.price_unit)
        return row | {
            "code": self.product_id.default_code,
            "name": self._get_print_product(),
        }

    def _get_print_document(self):
        """Return what the row says of the document; it is read as superuser."""
        row = self._get_print_kind()
        if self.label != row["kind"]:  # there is a document
            row["document"] = self.label
        row |= {
            "date": self.statement_id._print_date(self.date),
            "due_date": self.due_date and self.statement_id._print_date(self.due_date),
            "order": self.order_id.name,
            "customer_order": self.client_order_ref,
        }
        return row

    def _get_print_product(self):
        product = self.product_id.with_context(display_default_code=False)
        return product.display_name or self.order_line_id._get_print_description()


def _is_told(line):
    """Free goods are delivered as well; else what changes nothing is left out."""
    return line.amount or line.kind in ("slip", "return")
