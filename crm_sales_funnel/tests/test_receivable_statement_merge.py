from datetime import date

from odoo.tests import tagged

from .test_receivable_statement import APRIL, MARCH
from .test_receivable_statement_invoice import SettledCommon


@tagged("post_install", "-at_install")
class TestReceivableStatementMerge(SettledCommon):
    """Two customers become one, and one of them is invoiced already: what is invoiced
    of his goods is neither credited nor invoiced again."""

    def merge(self, other):
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((self.partner | other).ids, self.partner)

    def test_customers_become_one_after_the_invoice_of_one(self):
        other = self.env["res.partner"].create({"name": "Ostwind 2"})
        self.deliver_on("2026-03-05")
        theirs = self.deliver_on("2026-03-06", 2, partner=other)
        kept, ended = self.make(*MARCH, self.partner | other)
        with self.on("2026-04-02"):
            bill = self.invoice_of(ended)
            bill.action_post()
            self.merge(other)
            invoice = self.invoice_of(kept)
        self.assertEqual(ended.kind, "activity")
        self.assertEqual(invoice.amount_total, 113)
        self.assertEqual(invoice.invoice_line_ids.mapped("quantity"), [10])
        with self.on("2026-04-03"):
            invoice.action_post()
        self.deliver_on("2026-04-05", 1)
        april = self.make(*APRIL)
        self.assertEqual((april.opening, april.closing), (113, 146.9))
        with self.on("2026-05-02"):
            invoice = self.invoice_of(april)
            self.assertEqual(invoice.amount_total, 11.3)
            invoice.action_post()
        self.assertEqual(theirs.sale_id.order_line._get_billed_quantity(), 2)
        self.assertEqual(self.make(date(2026, 5, 1), date(2026, 5, 31)).closing, 146.9)

    def test_the_invoice_of_who_became_another_is_given_up(self):
        other = self.env["res.partner"].create({"name": "Ostwind 2"})
        self.deliver_on("2026-03-05")
        self.deliver_on("2026-03-06", 2, partner=other)
        kept, ended = self.make(*MARCH, self.partner | other)
        with self.on("2026-04-02"):
            bill = self.invoice_of(ended)
            bill.action_post()
            self.merge(other)
            bill.button_draft()
            bill.button_cancel()
            self.assertEqual(self.invoice_of(kept).amount_total, 113)
        april = self.make(*APRIL)
        with self.on("2026-05-02"):
            self.assertEqual(self.invoice_of(april).amount_total, 22.6)

    def test_who_became_another_is_sent_the_rest_of_an_order(self):
        other = self.env["res.partner"].create({"name": "Ostwind 2"})
        self.deliver_on("2026-03-05")
        picking = self.deliverable(6, partner=other)
        with self.on("2026-03-06"):
            self.deliver(picking, 2)
        kept, ended = self.make(*MARCH, self.partner | other)
        with self.on("2026-04-02"):
            self.invoice_of(ended).action_post()
            self.merge(other)
            self.deliver(picking.backorder_ids, 4)
            self.assertEqual(self.invoice_of(kept).amount_total, 113)
        april = self.make(*APRIL)
        self.assertEqual(self.invoice_of(april).amount_total, 45.2)

    def test_a_service_of_who_became_another(self):
        other = self.env["res.partner"].create({"name": "Ostwind 2"})
        self.deliver_on("2026-03-05")
        with self.on("2026-03-06"):
            service = self.add_service(self.deliverable(1, partner=other).sale_id, 2)
            service.qty_delivered = 2
        kept, ended = self.make(*MARCH, self.partner | other)
        with self.on("2026-04-02"):
            bill = self.invoice_of(ended)
            self.assertEqual(bill.amount_total, 100)
            bill.action_post()
            self.merge(other)
            self.assertEqual(self.invoice_of(kept).amount_total, 113)
        april = self.make(*APRIL)
        april.action_confirm()
        self.assertEqual((april.state, april.invoice_ids.ids), ("invoiced", []))
        self.assertEqual(service._get_billed_quantity(), 2)

    def test_what_does_not_collide_goes_on(self):
        """The one has statements in the company's currency, the other in another."""
        eur = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        other = self.env["res.partner"].create({"name": "Ostwind 2"})
        self.deliver_on("2026-03-05")
        bolts = [(self.bolt, 2, {})]
        with self.on("2026-03-06"):
            self.deliver(self.new_delivery(bolts, currency=eur, partner=other), 2)
        statements = self.make(*MARCH, self.partner | other)
        self.assertEqual(statements.currency_id, self.company.currency_id | eur)
        statements.action_confirm()
        with self.on("2026-04-02"):
            self.merge(other)
        self.assertEqual(statements.mapped("kind"), ["settlement", "settlement"])
        self.assertEqual(statements.partner_id, self.partner)
        april = self.make(*APRIL)
        self.assertEqual(
            {one.currency_id: one.opening for one in april},
            {one.currency_id: one.closing for one in statements},
        )
