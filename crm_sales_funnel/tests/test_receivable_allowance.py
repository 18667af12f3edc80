from datetime import date

from odoo import Command
from odoo.exceptions import UserError, ValidationError
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


class InvoicedCommon(AllowanceCommon):
    """Ten bolts of 10.00 are delivered and invoiced, 11.30 with the tax."""

    def setUp(self):
        super().setUp()
        with self.on("2026-03-05"):
            self.deliver(self.picking, 10)
            self.bill = self.invoice(self.picking)
        self.line = self.picking.sale_id.order_line


@tagged("post_install", "-at_install")
class TestReceivableAllowance(InvoicedCommon):
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

    def test_two_lines_of_one_credit_note_are_as_two_of_them(self):
        refund = self.credit(self.bill)
        refund.invoice_line_ids.price_unit = 6
        refund.invoice_line_ids.copy({"price_unit": 4, "move_id": refund.id})
        first, second = refund.invoice_line_ids
        second.sale_line_ids = first.sale_line_ids
        self.assertEqual(refund.amount_total, 113)
        refund.action_post()
        self.assertEqual(refund.invoice_line_ids.mapped("is_allowance"), [True, False])
        self.assert_debts(0, 113)
        self.assert_rows(("delivery", 10, 113))

    def test_what_came_back_and_a_part_of_the_price_of_the_rest(self):
        self.give_back(self.picking, 3)
        refund = self.credit(self.bill)
        refund.invoice_line_ids.write({"price_unit": 8, "quantity": 3})
        refund.invoice_line_ids.copy({"price_unit": 8, "move_id": refund.id})
        first, second = refund.invoice_line_ids
        second.sale_line_ids = first.sale_line_ids
        refund.action_post()
        self.assertEqual(refund.invoice_line_ids.mapped("is_allowance"), [False, True])
        self.assert_rows()
        self.assertEqual(self.line._get_billed_quantity(), 7)


@tagged("post_install", "-at_install")
class TestReceivableAllowanceTakenBack(AllowanceCommon):
    """A part of the price is credited in error, and Odoo's Reverse takes it back: the
    price is owed again, and the goods were invoiced all the time."""

    def sold(self, policy):
        """Return the invoice of ten bolts that are delivered."""
        self.bolt.invoice_policy = policy
        with self.on("2026-03-05"):
            picking = self.deliverable(10)
            self.deliver(picking, 10)
            return self.invoice(picking)

    def take_back(self, item, day="2026-03-07"):
        with self.on(day):
            reversal = self.credit(item.move_id)
            reversal.action_post()
        return reversal.invoice_line_ids

    def test_all_is_as_it_was(self):
        for policy in ("delivery", "order"):
            with self.subTest(policy):
                bill = self.sold(policy)
                line = bill.invoice_line_ids.sale_line_ids
                with self.on("2026-03-06"):
                    item = self.credit_line(bill, 2)
                taken = self.take_back(item)
                self.assertEqual(taken.move_id.move_type, "out_invoice")
                self.assertTrue(taken.is_allowance)
                self.assert_rows()
                self.assertEqual(line._get_billed_quantity(), 10)
                self.assertEqual(line._get_billed_quantity(posted_only=True), 10)
                self.assertEqual(line._get_credited(), 0)
        self.assert_debts(226, 0)

    def test_a_statement_credits_nothing(self):
        with self.on("2026-03-06"):
            item = self.credit_line(self.sold("delivery"), 2)
        self.take_back(item)
        march = self.make(*MARCH)
        self.assertEqual(march.closing, 113)
        self.assert_lines(march, ("slip", 113))
        march.action_confirm()
        self.assertEqual((march.state, march.invoice_ids.ids), ("invoiced", []))

    def test_after_the_invoice_of_a_statement(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        with self.on("2026-04-01"):
            bill = self.invoice_of(march)
            bill.action_post()
        with self.on("2026-04-02"):
            item = self.credit_line(bill, 2)
        self.take_back(item, "2026-04-03")
        self.assertEqual(march.state, "invoiced")
        april = self.make(*APRIL)
        self.assertEqual((april.opening, april.closing), (113, 113))
        april.action_confirm()
        self.assertEqual((april.state, april.invoice_ids.ids), ("invoiced", []))

    def test_in_part(self):
        bill = self.sold("delivery")
        item = self.credit_line(bill, 2)
        taken = self.credit(item.move_id).invoice_line_ids
        taken.price_unit = 1.5
        taken.quantity = 4
        self.assertTrue(taken.is_allowance)
        taken.move_id.action_post()
        self.assert_debts(97.18, 0)  # 113 - 22.60 + 6.78
        self.assert_rows()

    def test_it_is_given_after_all(self):
        """A reversal is reversed as well."""
        bill = self.sold("delivery")
        item = self.credit_line(bill, 2)
        again = self.take_back(self.take_back(item))
        self.assertEqual(again.move_id.move_type, "out_refund")
        self.assertTrue(again.is_allowance)
        self.assert_debts(90.4, 0)
        self.assert_rows()
        # 8.00 are left of the price
        self.assertTrue(self.credit_line(bill, 7).is_allowance)
        self.assertFalse(self.credit_line(bill, 1).is_allowance)
        self.assert_debts(0, 113)

    def test_the_whole_price_is_left(self):
        bill = self.sold("delivery")
        self.take_back(self.credit_line(bill, 2))
        self.assertTrue(self.credit_line(bill, 8).is_allowance)
        self.assert_rows()
        self.assertFalse(self.credit_line(bill, 2).is_allowance)
        self.assert_rows(("delivery", 10, 113))

    def test_what_was_credited_as_goods_is_invoiced_again(self):
        bill = self.sold("delivery")
        item = self.credit_line(bill, 10)
        self.assert_rows(("delivery", 10, 113))
        taken = self.take_back(item)
        self.assertFalse(taken.is_allowance)
        self.assert_rows()

    def test_corrected(self):
        """Odoo's Reverse and Create makes it anew: that one is decided as any other."""
        bill = self.sold("delivery")
        item = self.credit_line(bill, 2)
        dialog = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(item.move_id.ids)],
                "journal_id": item.move_id.journal_id.id,
            }
        )
        anew = self.env["account.move"].browse(dialog.modify_moves()["res_id"])
        self.assertTrue(anew.invoice_line_ids.is_allowance)
        anew.invoice_line_ids.price_unit = 10
        self.assertFalse(anew.invoice_line_ids.is_allowance)
        anew.invoice_line_ids.price_unit = 3
        anew.invoice_date = date.today()
        anew.action_post()
        self.assert_debts(79.1, 0)
        self.assert_rows()


@tagged("post_install", "-at_install")
class TestReceivableAllowanceDraft(AllowanceCommon):
    """Of a draft, what it credits follows what is done meanwhile."""

    def setUp(self):
        super().setUp()
        with self.on("2026-03-05"):
            self.deliver(self.picking, 10)
            self.bill = self.invoice(self.picking)
        with self.on("2026-03-06"):
            # Three are announced to come back, less a fee.
            self.item = self.credit_line(self.bill, 8, quantity=3, post=False)
        self.env.flush_all()
        self.env.invalidate_all()

    def come_back(self, quantity=3):
        with self.on("2026-03-07"):
            self.give_back(self.picking, quantity)
        self.env.flush_all()
        self.env.invalidate_all()

    def post(self):
        with self.on("2026-03-08"):
            self.item.move_id.invoice_date = "2026-03-08"
            self.item.move_id.action_post()

    def test_the_goods_come_back(self):
        self.assertTrue(self.item.is_allowance)
        self.come_back()
        self.assertFalse(self.item.is_allowance)
        self.post()
        self.assert_debts(85.88, 0)  # 113 - 3 x 8 x 1.13
        self.assert_rows()
        march = self.make(*MARCH)
        self.assertEqual(march.closing, 85.88)
        march.action_confirm()
        self.assertEqual((march.state, march.invoice_ids.ids), ("invoiced", []))

    def test_a_statement_credits_nothing_that_a_draft_does(self):
        self.come_back()
        march = self.make(*MARCH)
        march.action_confirm()
        with self.assertRaises(UserError):  # the draft has all of it
            march.action_invoice()
        self.post()
        march.action_invoice()
        self.assertEqual((march.state, march.invoice_ids.ids), ("invoiced", []))

    def test_who_takes_them_in_reads_no_credit_notes(self):
        with self.on("2026-03-07"):
            back = self.plan_return(self.picking, 3)
            self.deliver(back.with_user(self.users["warehouse"]), 3)
            self.env.flush_all()
        self.assertFalse(self.item.is_allowance)

    def test_not_all_come_back(self):
        self.come_back(2)
        self.post()
        self.assertTrue(self.item.is_allowance)
        self.assert_rows(("return", -2, -22.6))

    def test_another_invoice_credits_them_meanwhile(self):
        self.come_back()
        with self.on("2026-03-07"):
            self.credit_line(self.bill, 10, quantity=3)
        self.env.flush_all()
        self.assertTrue(self.item.is_allowance)
        self.post()
        self.assert_rows()

    def test_what_is_decided_by_hand_holds(self):
        self.item.is_allowance = False
        self.env.flush_all()
        self.item.price_unit = 7
        self.assertFalse(self.item.is_allowance)
        self.post()
        self.assertFalse(self.item.is_allowance)
        self.assert_rows(("delivery", 3, 33.9))
        self.come_back()
        self.assert_rows()

    def test_kept_by_hand_though_as_many_came_back(self):
        self.come_back()
        self.item.is_allowance = True
        self.post()
        self.assertTrue(self.item.is_allowance)
        self.assert_rows(("return", -3, -33.9))

    def test_who_agrees_in_the_end_decides_nothing(self):
        self.item.is_allowance = False
        self.item.is_allowance = True
        self.come_back()
        self.assertFalse(self.item.is_allowance)

    def test_what_is_posted_stays_so(self):
        self.post()
        self.assertTrue(self.item.is_allowance)
        self.come_back()
        self.assertTrue(self.item.is_allowance)
        self.assert_rows(("return", -3, -33.9))

    def test_a_posted_one_is_not_decided_anew(self):
        self.post()
        item = self.item.with_user(self.finance)
        with self.assertRaises(UserError):
            item.is_allowance = False
        with self.assertRaises(UserError):
            self.item.move_id.with_user(self.finance).write(
                {"invoice_line_ids": [Command.update(item.id, {"is_allowance": False})]}
            )
        item.is_allowance = True  # as it is
        self.item.move_id.button_draft()
        item.is_allowance = False
        self.item.move_id.action_post()
        self.assert_rows(("delivery", 3, 33.9))

    def test_an_invoice_gives_none(self):
        posted = self.bill.invoice_line_ids.with_user(self.finance)
        with self.assertRaises(UserError):
            posted.is_allowance = True
        draft = self.bill.copy().invoice_line_ids.with_user(self.finance)
        with self.assertRaises(ValidationError):
            draft.is_allowance = True

    def test_what_a_statement_credits_are_goods(self):
        self.item.move_id.unlink()
        self.come_back()
        self.line = self.picking.sale_id.order_line
        self.line.price_unit = 9
        credit = self.invoice_of(self.make(*MARCH))
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 30.51))
        back = self.picking.sale_id.picking_ids - self.picking
        with self.on("2026-04-02"):
            self.deliver(self.plan_return(back, 3), 3)
        credit.action_post()
        self.assertFalse(credit.invoice_line_ids.is_allowance)
        self.assert_rows(("delivery", 3, 30.51))


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
