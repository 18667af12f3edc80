from dataclasses import dataclass

from odoo import fields, models


@dataclass
class Invoiced:
    """What an invoice has of an order line: quantities in its unit, amounts before tax in
    the currency of the note that is judged by it."""

    price: float  # of one unit, on the invoice
    quantity: float = 0.0  # without what was credited of it
    amount: float = 0.0  # without all that was credited

    @property
    def left(self) -> float:
        """What is left of the price of one unit."""
        return self.amount / self.quantity


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_billed_quantity(self, posted_only=False):
        """Return the quantity that is invoiced. Odoo's own takes goods of which a part
        of the price is credited for not invoiced any more.

        :param posted_only: drafts do not count
        """
        quantity = self.qty_invoiced_posted if posted_only else self.qty_invoiced
        for item in self.invoice_lines.filtered("is_allowance"):
            move = item.move_id
            if move.payment_state == "invoicing_legacy" or (
                move.state == "posted" or move.state == "draft" and not posted_only
            ):
                quantity -= self._get_item_quantity(item)
        return quantity

    def _get_item_quantity(self, item):
        """Return what an item adds to the quantity that is invoiced, as Odoo has it."""
        quantity = item.product_uom_id._compute_quantity(
            item.quantity, self.product_uom_id
        )
        return -item.move_id.direction_sign * quantity

    def _get_unbilled_quantity(self):
        """Return what Odoo proposes to invoice, without what is invoiced."""
        return self.qty_to_invoice + self.qty_invoiced - self._get_billed_quantity()

    def _get_invoice_items(self, credit_note, before: dict) -> dict:
        """Return line of an invoice -> whether it is an allowance, as far as they are
        posted and for this order line.

        :param credit_note: does not count, whether or not it is posted by now
        :param before: lines of it that count
        """
        items = {
            item: item.is_allowance
            for item in self.invoice_lines
            if item.parent_state == "posted" and item.move_id != credit_note._origin
        }
        return items | {
            item: is_allowance
            for item, is_allowance in before.items()
            if item.sale_line_ids._origin == self
        }

    def _get_whole_price(self, item, items: dict) -> float | None:
        """Return the price of one unit that credits, or asks for, the goods themselves.

        That is what is left of the price on the invoice that a note is for, and for a
        note that takes goods back, the price of the invoice as well, also when it was
        raised since. Where nothing is invoiced of that one any more, the lowest one among
        the others; else the price of the order. None if it can be for no goods.

        :param item: the line of the note
        :param items: line of an invoice -> whether it is an allowance
        """
        note = item.move_id
        invoices = self._get_invoices(note, items)
        invoice = self._get_changed_invoice(item)
        noted = self._get_counterpart(item, note._get_noted())
        if invoice in invoices:
            found = invoices[invoice]
            if note.move_type == "out_invoice":
                return found.price
            return found.left if noted.is_allowance else min(found.left, found.price)
        if noted.is_allowance:
            return None  # there are no goods to it any more
        prices = [min(each.left, each.price) for each in invoices.values()]
        return min(prices, default=self._get_ordered_price(note))

    def _get_ordered_price(self, note) -> float:
        price = self.price_unit * (1 - self.discount / 100)
        return self._convert_for(note, price, self.currency_id)

    def _convert_for(self, note, amount, currency) -> float:
        """Return an amount in the currency of a note."""
        day = note.invoice_date or fields.Date.context_today(self)
        company = note.company_id or self.company_id
        return currency._convert(amount, note.currency_id, company, day, round=False)

    def _get_invoices(self, note, items: dict) -> dict:
        """Return invoice -> ``Invoiced``, as far as something of it is still invoiced.

        :param items: line of an invoice -> whether it is an allowance
        """
        found, changes = {}, []
        for item, is_allowance in items.items():
            quantity = (
                -item.move_id.direction_sign
                * item.product_uom_id._compute_quantity(
                    item.quantity, self.product_uom_id, round=False
                )
            )
            price = self._convert_for(note, item._get_price_in(self), item.currency_id)
            invoice = self._get_changed_invoice(item)
            if quantity > 0 and not is_allowance and item.move_id._is_first():
                invoice = item.move_id
                found.setdefault(invoice, Invoiced(price))
                found[invoice].price = min(found[invoice].price, price)
            goods = 0.0 if is_allowance else quantity
            changes.append((invoice, goods, quantity * price))
        # Those that are for no invoice come last, and count for the cheapest.
        for invoice, quantity, amount in sorted(changes, key=lambda each: not each[0]):
            if invoice not in found:
                rest = [each for each in found if self._is_invoiced(found[each])]
                invoice = min(rest, key=lambda each: found[each].left, default=None)
            if invoice:
                found[invoice].quantity += quantity
                found[invoice].amount += amount
        return {move: each for move, each in found.items() if self._is_invoiced(each)}

    def _is_invoiced(self, invoiced: Invoiced) -> bool:
        return self.product_uom_id.compare(invoiced.quantity, 0.0) > 0

    def _get_quantity_beyond_delivery(self, items: dict):
        """Return how much more is invoiced than is delivered, or will be where it is
        invoiced before: what came back, or never went out.

        :param items: line of an invoice -> whether it is an allowance
        """
        billed = sum(
            self._get_item_quantity(item)
            for item, is_allowance in items.items()
            if not is_allowance
        )
        expected = self.qty_delivered
        if self.product_id.invoice_policy == "order":
            if self.move_ids:
                expected += self._get_planned()
            else:
                expected = max(expected, self.product_uom_qty)
        return billed - expected

    def _get_changed_invoice(self, item):
        """Return the invoice that a line of a note is for, also by way of other notes:
        where the goods were invoiced that it credits, invoices again, or changes the
        price of. None of an invoice."""
        move, seen = item.move_id._get_noted(), item.move_id
        while move and move not in seen:
            noted = self._get_counterpart(item, move)
            if move._is_first() and not noted.is_allowance:
                return move
            seen |= move
            move = move._get_noted()
        return item.move_id.browse()

    def _get_counterpart(self, item, move):
        """Return the line that a line of a note is for, of the invoice or note that it is
        for: of several, the one that is most alike."""
        lines = move.invoice_line_ids & self.invoice_lines
        return min(
            lines,
            key=lambda line: (
                abs(line._get_price_in(self) - item._get_price_in(self)),
                abs(line.quantity - item.quantity),
            ),
            default=lines,
        )
