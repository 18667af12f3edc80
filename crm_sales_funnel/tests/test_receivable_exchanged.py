import random

from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_receivable_statement import MARCH
from .test_receivable_statement_invoice import SettledCommon
from .test_receivable_uninvoiced import UninvoicedCommon
from .uninvoiced_history import STEPS, History

SEEDS = 6


class ExchangeCommon(UninvoicedCommon):
    def reversal(self, invoice):
        dialog = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        return dialog.create({"journal_id": invoice.journal_id.id})

    def replace(self, invoice):
        """Return the invoice that replaces another one."""
        action = self.reversal(invoice).modify_moves()
        new = self.env["account.move"].browse(action["res_id"])
        new.action_post()
        return new

    def credit_and_invoice(self, invoice):
        """Return a new invoice of what is credited."""
        order = invoice.invoice_line_ids.sale_line_ids.order_id
        refund = self.env["account.move"].browse(
            self.reversal(invoice).refund_moves()["res_id"]
        )
        refund.action_post()
        new = order._create_invoices()
        new.action_post()
        return new


@tagged("post_install", "-at_install")
class TestReceivableExchanged(ExchangeCommon, SettledCommon):
    """Invoices by the ordered quantity that are exchanged for others: what comes back
    is credited as if there had been one."""

    def setUp(self):
        super().setUp()
        self.bolt.invoice_policy = "order"

    def invoiced(self, ordered=4, delivered=4):
        """Return a delivery and the invoice of what is ordered, of March 5th."""
        with self.on("2026-03-05"):
            picking = self.deliver(self.deliverable(ordered), delivered)
            invoice = picking.sale_id._create_invoices()
            invoice.action_post()
        return picking, invoice

    def test_what_comes_back_is_credited(self):
        for exchange in (self.replace, self.credit_and_invoice):
            with self.subTest(exchange.__name__):
                savepoint = self.cr.savepoint()
                picking, invoice = self.invoiced()
                with self.on("2026-03-10"):
                    exchange(invoice)
                with self.on("2026-03-15"):
                    self.give_back(picking, 1)
                self.assert_debts(45.2, -11.3)
                self.assert_balances(self.deliverable(1), 33.9, 11.3, 45.2)
                march = self.make(*MARCH)
                self.assertEqual(march.closing, 33.9)
                refund = self.invoice_of(march)
                self.assertEqual(refund.move_type, "out_refund")
                self.assertEqual(refund.amount_total, 11.3)
                refund.action_post()
                self.assert_debts(33.9, 0)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_exchanged_after_it_came_back(self):
        picking, invoice = self.invoiced()
        with self.on("2026-03-10"):
            self.give_back(picking, 1)
            self.replace(invoice)
        self.assert_debts(45.2, -11.3)

    def test_exchanged_after_it_was_credited(self):
        """Of ten that were invoiced in advance six are never delivered, and owed; one
        came back and is credited. An invoice of ten again takes that back."""
        picking, invoice = self.invoiced(10, 4)
        picking.backorder_ids.action_cancel()
        with self.on("2026-03-10"):
            self.give_back(picking, 1)
            refund = self.credit(invoice)
            refund.invoice_line_ids.quantity = 1
            refund.action_post()
        self.assert_debts(101.7, 0)
        with self.on("2026-03-11"):
            new = self.replace(invoice)  # ten for ten: nothing changes
        self.assert_debts(101.7, 0)
        refund = self.credit(new)
        refund.invoice_line_ids.quantity = 9
        refund.action_post()
        picking.sale_id._create_invoices().action_post()  # ten of none
        self.assert_debts(113, -11.3)

    def test_a_part_is_exchanged(self):
        picking, invoice = self.invoiced()
        with self.on("2026-03-10"):
            refund = self.credit(invoice)
            refund.invoice_line_ids.quantity = 2
            refund.action_post()
            self.assert_debts(22.6, 22.6)
            picking.sale_id._create_invoices().action_post()
            self.give_back(picking, 1)
        self.assert_debts(45.2, -11.3)

    def test_credited_before_it_comes_back(self):
        picking, invoice = self.invoiced(10, 4)
        picking.backorder_ids.action_cancel()
        refund = self.credit(invoice)
        refund.invoice_line_ids.quantity = 1
        refund.action_post()
        self.assert_debts(101.7, 0)
        self.give_back(picking, 1)
        self.assert_debts(101.7, 0)


@tagged("post_install", "-at_install")
class TestReceivableExchangedHistory(ExchangeCommon):
    """Random histories, and the same ones with invoices exchanged in between."""

    def test_any_history(self):
        self.bolt.invoice_policy = "order"
        for seed in range(SEEDS):
            with self.subTest(seed=seed), mute_logger("odoo.addons.sale_stock"):
                plain = self.play(OrderedHistory, seed)
                exchanged = self.play(ExchangedHistory, seed)
                for expected, found in zip(plain, exchanged, strict=True):
                    self.assertAlmostEqual(found[1], expected[1], 4, (expected, found))

    def play(self, history, seed):
        savepoint = self.cr.savepoint()
        try:
            played = history(self, seed)
            played.play()
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        return played.owed


class OrderedHistory(History):
    """An order that is invoiced by what is ordered. Its rest may be cancelled."""

    def __init__(self, test, seed):
        super().__init__(test, seed)
        self.owed = []  # step and quantity
        self.steps = random.Random(f"steps {seed}")

    def play(self):
        steps = [
            self.deliver,
            self.give_back,
            self.give_back,
            self.send_again,
            self.invoice,
            self.credit,
            self.allow,
            self.cancel_rest,
        ]
        for _step in range(STEPS):
            step = self.steps.choice(steps)
            step()
            self.exchange()
            self.check(step.__name__)

    def exchange(self):
        pass

    def cancel_rest(self):
        if self.steps.random() < 0.5:
            self.order.picking_ids.filtered(
                lambda picking: picking.state not in ("done", "cancel")
            ).action_cancel()

    def check(self, step):
        """Note what is owed, which the report and the order line say alike."""
        rows = self.test.rows("quantity")
        line = self.order.order_line
        owed = line._get_billed_quantity(posted_only=True)
        owed += sum(quantity for (quantity,) in rows)
        self.owed.append((step, owed))
        expected = line._get_owed_quantity(line.qty_delivered)
        self.test.assertAlmostEqual(owed, expected, 4, self.owed)


class ExchangedHistory(OrderedHistory):
    def exchange(self):
        if self.invoices and random.Random(len(self.owed)).random() < 0.7:
            number = len(self.owed) % len(self.invoices)
            self.invoices[number] = self.test.replace(self.invoices[number])
