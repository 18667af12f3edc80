from odoo import api, models

from ..printing.funnel_print_document import PrintField

AMOUNTS = ("amount_due", "credit", "amount")


class FunnelFollowupLine(models.Model):
    """The letter to a customer who does not pay."""

    _inherit = "funnel.followup.line"

    @api.model
    def _print_name(self):
        return self.env._("Payment Reminder")

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("customer", self.env._("Customer")),
            PrintField("contact", self.env._("Contact person")),
            PrintField("address", self.env._("Address")),
            PrintField("phone", self.env._("Phone")),
            PrintField("vat", self.env._("Tax ID")),
            PrintField("date", self.env._("Date of the letter")),
            PrintField("level", self.env._("Follow-up level")),
            PrintField("text", self.env._("Text of the follow-up level")),
            PrintField("currency", self.env._("Currency")),
            PrintField("salesperson", self.env._("Salesperson")),
            PrintField("salesperson_phone", self.env._("Phone of the salesperson")),
            PrintField("payment_terms", self.env._("Payment terms")),
            PrintField("oldest_days", self.env._("Days overdue of the oldest item")),
            PrintField("amount_due", self.env._("Overdue"), price=True),
            PrintField("credit", self.env._("Unapplied Credit"), price=True),
            PrintField("amount", self.env._("Amount to pay"), price=True),
            PrintField(
                "amount_words", self.env._("Amount to pay in words"), price=True
            ),
        ]

    @api.model
    def _print_columns(self):
        money = {"price": True, "per": "currency", "format": "money"}
        return [
            *super()._print_columns(),
            PrintField("date", self.env._("Date")),
            PrintField("due_date", self.env._("Due Date")),
            PrintField("document", self.env._("Invoice or payment")),
            PrintField("reference", self.env._("Reference of the invoice")),
            PrintField("days", self.env._("Days Overdue"), format="integer"),
            PrintField("kind", self.env._("Followed up, promised, disputed …")),
            PrintField("note", self.env._("Note, left empty")),
            PrintField("amount", self.env._("Open amount"), **money),
        ]

    def _print_language(self):
        return self.lang or self.contact_id.lang or super()._print_language()

    def _print_documents(self, wanted, prices):
        # sudo: who reads a follow-up may know which documents it is about.
        items = self.item_ids.sudo()
        by_line = items.grouped("line_id")
        companies = self._print_companies(wanted)
        return [
            line._print_letter(
                companies[line.company_id], by_line.get(line, items.browse()), prices
            )
            for line in self
        ]

    def _print_letter(self, company, items, prices):
        """Return the document of one follow-up.

        :param items: what it tells of, as superuser
        """
        rows = [
            item._get_print_row(number, prices) for number, item in enumerate(items, 1)
        ]
        return self._print_figures(company, rows, prices)

    def _print_values(self):
        """Return what stands in header and footer, without amounts."""
        # sudo: users may print for salespeople whose address they cannot open.
        salesperson = self.user_id.sudo().partner_id
        customer = self.partner_id.with_company(self.company_id)
        return {
            **self._print_partner_values(self.contact_id or customer),
            "title": self.env._("Payment Reminder"),
            "number": str(self.id),
            "customer": customer.name,
            "date": self._print_date(self.date),
            "level": self.level_id.name,
            "text": self.level_id.text,
            "currency": self.currency_id.name,
            "salesperson": salesperson.name,
            "salesperson_phone": salesperson.phone,
            "payment_terms": customer.property_payment_term_id.name,
            "oldest_days": str(self.oldest_days),
        }

    def _print_amounts(self):
        """Return the amounts of header and footer; a credit that there is not, is
        empty."""
        currency = self.currency_id
        values = {
            name: self._print_money(self[name], currency)
            for name in AMOUNTS
            if self[name]
        }
        amount = self._print_decimal(self.amount)
        values["amount_words"] = self._print_amount_in_words(amount, currency)
        return values

    def _print_begin(self, layout, output, pages=None, copies=None):
        result = super()._print_begin(layout, output, pages, copies)
        # sudo: a letter that is printed is done; who may print it may do it.
        letters = self.sudo().filtered(
            lambda line: line.channel == "letter" and line.state == "todo"
        )
        letters._note_done()
        return result


class FunnelFollowupItem(models.Model):
    _inherit = "funnel.followup.item"

    def _get_print_row(self, number, prices):
        """Return the item as a row of the table; it is read as superuser."""
        line, item = self.line_id, self.move_line_id
        row = {
            "seq": number,
            "date": line._print_date(item.date),
            "due_date": line._print_date(item.date_maturity or item.date),
            "document": item.move_name,
            "reference": item.ref,
            "kind": self.remark or "",
        }
        if self.kind != "credit" and self.days_overdue > 0:
            row["days"] = self.days_overdue
        if prices:
            row["amount"] = line._print_decimal(self.amount)
            row["currency"] = line.currency_id.name
        return row
