from odoo import api, models

from ..printing.funnel_print_document import PrintField

# Fields that are amounts in header and footer under the same name.
AMOUNTS = ("opening", "earned", "claw_back", "adjustment", "payable", "carried")


class FunnelCommissionSettlement(models.Model):
    """The statement of commission, as salespeople get it on paper."""

    _inherit = "funnel.commission.settlement"

    @api.model
    def _print_name(self):
        return self.env._("Commission Statement")

    @api.model
    def _print_header_fields(self):
        return [
            *super()._print_header_fields(),
            PrintField("salesperson", self.env._("Salesperson")),
            PrintField("team", self.env._("Sales Team")),
            PrintField("payee", self.env._("Paid To")),
            PrintField("date_from", self.env._("First day")),
            PrintField("date_to", self.env._("Last day")),
            PrintField("status", self.env._("Status")),
            PrintField("currency", self.env._("Currency")),
            PrintField("opening", self.env._("Opening"), price=True),
            PrintField("earned", self.env._("Earned"), price=True),
            PrintField("claw_back", self.env._("Claw-back"), price=True),
            PrintField("adjustment", self.env._("Adjustments"), price=True),
            PrintField("payable", self.env._("Payable"), price=True),
            PrintField("carried", self.env._("Carried Forward"), price=True),
            PrintField("amount_words", self.env._("Payable in words"), price=True),
        ]

    @api.model
    def _print_columns(self):
        money = {"price": True, "per": "currency", "format": "money"}
        return [
            *super()._print_columns(),
            PrintField("date", self.env._("Date")),
            PrintField("type", self.env._("Type")),
            PrintField("customer", self.env._("Customer")),
            PrintField("document", self.env._("Invoice or order")),
            PrintField("product", self.env._("Product")),
            PrintField("plan", self.env._("Commission Plan")),
            PrintField("base", self.env._("Base"), price=True, format="price"),
            PrintField("share", self.env._("Share in %"), format="percent"),
            PrintField("rate", self.env._("Rate"), price=True, format="percent"),
            PrintField("factor", self.env._("Factor"), format="percent"),
            PrintField("part", self.env._("Due in %"), format="percent"),
            PrintField("amount", self.env._("Amount"), **money),
            PrintField("why", self.env._("Why"), price=True),
        ]

    def _print_language(self):
        return self.user_id.lang or super()._print_language()

    def _print_partner(self):
        return self.payee_id

    def _print_documents(self, wanted, prices):
        companies = self._print_companies(wanted)
        return [
            settlement._print_settlement(companies[settlement.company_id], prices)
            for settlement in self
        ]

    def _print_settlement(self, company, prices):
        rows = [
            {"seq": number, **entry._get_print_row(self, prices)}
            for number, entry in enumerate(self.entry_ids.sorted("date"), 1)
        ]
        return self._print_figures(company, rows, prices)

    def _print_values(self):
        """Return what stands in header and footer, without amounts."""
        states = dict(self._fields["state"]._description_selection(self.env))
        # sudo: who reads a settlement reads whose it is and who is paid.
        whose = self.sudo()
        return {
            "title": self._print_name(),
            "number": self.name,
            "salesperson": whose.user_id.name,
            "team": whose.team_id.name or "",
            "payee": whose.payee_id.display_name,
            "date_from": self._print_date(self.date_from),
            "date_to": self._print_date(self.date_to),
            "status": states[self.state],
            "currency": self.currency_id.name,
        }

    def _print_amounts(self):
        currency = self.currency_id
        values = {name: self._print_money(self[name], currency) for name in AMOUNTS}
        if not self.carried:
            values["carried"] = ""
        payable = self._print_decimal(self.payable)
        values["amount_words"] = self._print_amount_in_words(payable, currency)
        return values


class FunnelCommissionEntry(models.Model):
    _inherit = "funnel.commission.entry"

    def _get_print_row(self, settlement, prices):
        """Return the entry as a row of the table."""
        types = dict(self._fields["type"]._description_selection(self.env))
        # sudo: who reads what he or she earned reads of what.
        told = self.sudo()
        row = {
            "date": settlement._print_date(self.date),
            "type": types[self.type],
            "customer": told.partner_id.name or "",
            "document": told.move_id.name or told.order_id.name or self.label,
            "product": told.product_id.display_name or "",
            "plan": told.plan_id.display_name or "",
        }
        if self.type != "adjustment":
            row |= {"share": 100 * self.share, "part": 100 * self.part}
            row["factor"] = self.factor
        if not prices:
            return row
        if self.type != "adjustment":
            row |= {"base": settlement._print_decimal(self.base), "rate": self.rate}
        return row | {
            "amount": settlement._print_decimal(self.amount),
            "currency": settlement.currency_id.name,
            "why": self.explanation,
        }
