from datetime import date

from odoo.tests import Form, tagged

from .test_receivable_statement import APRIL, MARCH
from .test_receivable_statement_invoice import SettledCommon
from .test_receivable_uninvoiced import UninvoicedCommon


class AllowanceCommon(UninvoicedCommon, SettledCommon):
    def credit_line(self, invoice, price, quantity=None, post=True):
        """Credit the line of an invoice at a price, and return it."""
        refund = self.credit(invoice)
        line = refund.invoice_line_ids
        line.price_unit = price
        if quantity:
            line.quantity = quantity
        if post:
            refund.action_post()
        return line


@tagged("post_install", "-at_install")
class TestReceivableAllowance(AllowanceCommon):
    """Ten bolts of 10.00 are invoiced, 11.30 with the tax."""

    def setUp(self):
        super().setUp()
        with self.on("2026-03-05"):
            self.deliver(self.picking, 10)
            self.bill = self.invoice(self.picking)
        self.line = self.picking.sale_id.order_line

    def test_the_customer_keeps_the_goods(self):
        with self.on("2026-03-06"):
            item = self.credit_line(self.bill, 2)
        self.assertTrue(item.is_allowance)
        self.assert_debts(90.4, 0)
        self.assert_rows()
        self.assertEqual(self.line.qty_invoiced_posted, 0)  # as Odoo has it
        self.assertEqual(self.line._get_billed_quantity(), 10)

    def test_no_statement_invoices_them_again(self):
        with self.on("2026-03-06"):
            self.credit_line(self.bill, 2)
        march = self.make(*MARCH)
        self.assert_lines(march, ("slip", 113), ("order", -22.6))
        march.action_confirm()
        self.assertEqual((march.state, march.invoice_ids.ids), ("invoiced", []))

    def test_of_the_invoice_of_a_statement(self):
        with self.on("2026-03-07"):
            other = self.deliver(self.deliverable(4), 4)
        march = self.make(*MARCH)
        with self.on("2026-04-01"):
            bill = self.invoice_of(march)
            bill.action_post()
        with self.on("2026-04-02"):
            self.credit_line(bill, 2)
        self.assertEqual(march.state, "invoiced")
        april = self.make(*APRIL)
        self.assertEqual((april.opening, april.closing), (158.2, 149.16))
        april.action_confirm()
        self.assertEqual((april.state, april.invoice_ids.ids), ("invoiced", []))
        self.assertEqual(other.sale_id.order_line._get_billed_quantity(), 4)

    def test_the_same_price_is_invoiced_anew(self):
        item = self.credit_line(self.bill, 10)
        self.assertFalse(item.is_allowance)
        self.assert_rows(("delivery", 10, 113))

    def test_with_the_rest_of_the_price_all_is_credited(self):
        self.assertTrue(self.credit_line(self.bill, 2).is_allowance)
        self.assertTrue(self.credit_line(self.bill, 3).is_allowance)
        self.assert_rows()
        self.assertFalse(self.credit_line(self.bill, 5).is_allowance)
        self.assert_debts(0, 113)
        self.assert_rows(("delivery", 10, 113))

    def test_a_discount_is_a_lower_price(self):
        refund = self.credit(self.bill)
        refund.invoice_line_ids.discount = 80
        refund.action_post()
        self.assertTrue(refund.invoice_line_ids.is_allowance)
        self.assert_rows()

    def test_what_came_back_is_credited_at_a_lower_price(self):
        self.give_back(self.picking, 3)
        self.assert_rows(("return", -3, -33.9))
        item = self.credit_line(self.bill, 8, quantity=3)  # less a fee
        self.assertFalse(item.is_allowance)
        self.assert_rows()
        item = self.credit_line(self.bill, 1, quantity=7)
        self.assertTrue(item.is_allowance)
        self.assert_rows()

    def test_what_comes_back_later_is_still_to_be_credited(self):
        self.credit_line(self.bill, 2)
        self.give_back(self.picking, 3)
        self.assert_rows(("return", -3, -33.9))
        self.picking.sale_id._create_invoices().unlink()  # Odoo proposes seven anew
        march = self.make(date(2026, 3, 1), date.today())
        credit = self.invoice_of(march)
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 33.9))
        credit.action_post()
        self.assert_rows()

    def test_who_knows_better_says_so(self):
        refund = self.credit(self.bill)
        with Form(refund) as form, form.invoice_line_ids.edit(0) as line:
            line.price_unit = 8
            self.assertTrue(line.is_allowance)
            line.is_allowance = False  # they are on their way back
        refund.action_post()
        self.assert_rows(("delivery", 10, 113))
        self.give_back(self.picking, 10)
        self.assert_rows()

    def test_a_draft_changes_nothing(self):
        item = self.credit_line(self.bill, 2, post=False)
        self.assertTrue(item.is_allowance)
        self.assert_debts(113, 0)
        self.assert_rows()
        march = self.make(*MARCH)
        march.action_confirm()
        self.assertEqual(march.state, "invoiced")

    def test_invoiced_by_hand_although(self):
        """Odoo offers it: then it is invoiced twice, and to be credited."""
        self.credit_line(self.bill, 2)
        self.picking.sale_id._create_invoices().action_post()
        self.assert_rows(("other", -10, -113))

    def test_in_another_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        refund = self.credit(self.bill)
        line = refund.invoice_line_ids
        line.write({"product_uom_id": dozen.id, "quantity": 0.5, "price_unit": 120})
        self.assertFalse(line.is_allowance)  # 10.00 apiece
        line.price_unit = 24
        self.assertTrue(line.is_allowance)
        refund.action_post()
        self.assert_rows()

    def test_of_a_past_day(self):
        with self.on("2026-03-06"):
            self.credit_line(self.bill, 2)
        report = self.env["funnel.uninvoiced.report"].with_context(
            allowed_company_ids=self.company.ids
        )
        domain = [("partner_id", "=", self.partner.id)]
        for day in ("2026-03-05", "2026-03-06", False):
            with self.subTest(day):
                self.env.flush_all()
                report.invalidate_model()
                self.assertFalse(report.with_context(as_of=day).search(domain))


@tagged("post_install", "-at_install")
class TestReceivableAllowanceInAdvance(AllowanceCommon):
    """Ten bolts are invoiced as they are ordered."""

    def setUp(self):
        super().setUp()
        self.bolt.invoice_policy = "order"
        with self.on("2026-03-05"):
            self.advance = self.deliverable(10)
            self.bill = self.invoice(self.advance)

    def test_before_the_delivery(self):
        self.assertTrue(self.credit_line(self.bill, 2).is_allowance)
        self.assert_rows()
        self.deliver(self.advance, 10)
        self.assert_rows()
        self.give_back(self.advance, 1)
        self.assert_rows(("return", -1, -11.3))

    def test_what_is_never_delivered_is_credited_less_a_fee(self):
        self.deliver(self.advance, 6)
        self.advance.backorder_ids.action_cancel()
        item = self.credit_line(self.bill, 8, quantity=4)
        self.assertFalse(item.is_allowance)
        self.assert_rows()
        self.assertEqual(self.advance.sale_id.order_line._get_billed_quantity(), 6)

    def test_freight_is_not_charged_again(self):
        with self.on("2026-03-06"):
            picking = self.deliverable(5)
            freight = self.add_service(picking.sale_id, 1, policy="order", price=20)
            self.bolt.invoice_policy = "delivery"
            bill = picking.sale_id._create_invoices()
            bill.action_post()
            self.assertEqual(bill.invoice_line_ids.sale_line_ids, freight)
            self.assertTrue(self.credit_line(bill, 5).is_allowance)
            self.deliver(picking, 5)
        march = self.make(*MARCH)
        bill = self.invoice_of(march)
        self.assertEqual(bill.amount_total, 56.5)
