import random
from collections import defaultdict

from odoo.tools import float_round

STEPS = 16


class History:
    """An order of one line, of what is done with it, and of what is owed then."""

    def __init__(self, test, seed):
        self.test, self.random = test, random.Random(seed)
        dozen = test.env.ref("uom.product_uom_dozen")
        self.unit = self.random.choice([test.bolt.uom_id, dozen])
        self.scale = 12 if self.unit == dozen else 1
        self.price = self.random.choice([10.0, 9.99, 120.0])
        self.ordered = self.random.randint(4, 12)
        self.picking = test.new_delivery(
            [
                (
                    test.bolt,
                    self.ordered,
                    {"product_uom_id": self.unit.id, "price_unit": self.price},
                )
            ],
            partner=test.partner,
        )
        self.order = self.picking.sale_id
        self.delivered = self.invoiced = 0.0  # in the unit of the order
        self.given = defaultdict(float)  # picking -> what can still come back of it
        self.back = {}  # picking of what came back -> what can still go out again
        self.invoices = []
        self.announced = []  # drafts of credit notes, and their quantities
        self.credited = []  # credit notes, and how much less is invoiced with them

    def play(self):
        steps = [
            self.deliver,
            self.give_back,
            self.send_again,
            self.invoice,
            self.invoice_in_advance,
            self.credit,
            self.allow,
            self.announce,
            self.post_announced,
            self.take_back,
            self.draft,
            self.change_price,
        ]
        for _step in range(STEPS):
            step = self.random.choice(steps)
            step()
            self.check(step.__name__)

    def check(self, step):
        rows = self.test.rows("quantity", "amount")
        open_quantity = self.delivered - self.invoiced
        unit = self.order.order_line.price_total / self.ordered
        self.test.assertAlmostEqual(
            sum(quantity for quantity, _amount in rows), open_quantity, 4, step
        )
        self.test.assertAlmostEqual(
            sum(amount for _quantity, amount in rows),
            open_quantity * unit,
            delta=0.005 * max(len(rows), 1) + 1e-6,
            msg=step,
        )
        # Not a second time in the ledger: together it is what posted invoices say and
        # what they do not say.
        ledger = sum(
            move.amount_total_signed
            for move in self.order.invoice_ids
            if move.state == "posted"
        )
        debts = (
            self.test.env["stock.picking"]
            .sudo()
            ._get_customer_debts(self.test.partner, self.test.company)
        )
        self.test.assertAlmostEqual(
            debts[self.test.partner.id],
            ledger + sum(amount for _quantity, amount in rows),
            2,
            step,
        )

    def deliver(self):
        planned = self.order.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        if not planned:
            return
        picking = planned[0]
        most = int(picking.move_ids.product_uom_qty)
        quantity = self.random.randint(1, most)
        self.test.deliver(picking, quantity)
        self.given[picking] += quantity
        self.delivered += self.in_unit(quantity)

    def give_back(self):
        given = [picking for picking, quantity in self.given.items() if quantity >= 1]
        if not given:
            return
        picking = self.random.choice(given)
        quantity = self.random.randint(1, int(self.given[picking]))
        back = self.test.give_back(picking, quantity)
        self.given[picking] -= quantity
        self.back[back] = quantity
        self.delivered -= self.in_unit(quantity)

    def send_again(self):
        """Deliver what came back."""
        back = [picking for picking, quantity in self.back.items() if quantity >= 1]
        if not back:
            return
        picking = self.random.choice(back)
        quantity = self.random.randint(1, int(self.back[picking]))
        again = self.test.plan_return(picking, quantity)
        self.test.deliver(again, quantity)
        self.back[picking] -= quantity
        self.given[again] = quantity
        self.delivered += self.in_unit(quantity)

    def in_unit(self, pieces):
        """Return pieces in the unit of the order, which Odoo rounds."""
        return float_round(pieces / self.scale, precision_digits=2)

    def invoice(self):
        if self.order.order_line.qty_to_invoice <= 0:
            return
        invoice = self.order._create_invoices()
        line = invoice.invoice_line_ids
        if self.random.random() < 0.5 and line.quantity >= 2:
            line.quantity = self.random.randint(1, int(line.quantity))
        quantity = line.quantity
        if self.unit != self.test.bolt.uom_id and self.random.random() < 0.5:
            line.write(
                {
                    "product_uom_id": self.test.bolt.uom_id.id,
                    "quantity": quantity * self.scale,
                    "price_unit": line.price_unit / self.scale,
                }
            )
        self.post(invoice, quantity)

    def invoice_in_advance(self):
        """More than is delivered, written by hand."""
        if self.order.order_line.qty_to_invoice <= 0:
            return
        invoice = self.order._create_invoices()
        invoice.invoice_line_ids.quantity += 1
        self.post(invoice, invoice.invoice_line_ids.quantity)

    def post(self, invoice, quantity):
        invoice.action_post()
        self.invoiced += quantity
        self.invoices.append(invoice)

    def credit(self):
        if not self.invoices:
            return
        refund, quantity = self.draft_refund()
        refund.action_post()
        self.invoiced -= quantity
        self.credited.append((refund, quantity))

    def allow(self):
        """Credit a part of the price. The goods stay with the customer and invoiced,
        as far as they did not come back."""
        if not self.invoices:
            return
        self.post_allowance(*self.draft_allowance())

    def announce(self):
        """Save such a credit note, to be posted later."""
        if self.invoices:
            self.announced.append(self.draft_allowance())

    def post_announced(self):
        if self.announced:
            self.post_allowance(*self.announced.pop())

    def draft_allowance(self):
        refund, quantity = self.draft_refund()
        # So little that several of them are not the whole price.
        refund.invoice_line_ids.price_unit *= 0.05
        return refund, quantity

    def post_allowance(self, refund, quantity):
        came_back = quantity <= self.invoiced - self.delivered + 1e-6
        refund.action_post()
        self.invoiced -= quantity * came_back
        self.credited.append((refund, quantity * came_back))

    def take_back(self):
        """Reverse a credit note."""
        if not self.credited:
            return
        refund, quantity = self.credited.pop(self.random.randrange(len(self.credited)))
        self.test.credit(refund).action_post()
        self.invoiced += quantity

    def draft_refund(self):
        """Return the draft of a credit note, and its quantity in the unit of the order,
        which Odoo rounds."""
        refund = self.test.credit(self.random.choice(self.invoices))
        line = refund.invoice_line_ids
        if self.random.random() < 0.5:
            line.quantity = self.random.randint(1, max(int(line.quantity), 1))
        quantity = line.quantity
        if line.product_uom_id != self.unit:
            quantity = float_round(quantity / self.scale, 2, rounding_method="UP")
        return refund, quantity

    def draft(self):
        if self.order.order_line.qty_to_invoice > 0:
            self.order._create_invoices()

    def change_price(self):
        self.order.order_line.price_unit = self.price = self.price + 1.37
