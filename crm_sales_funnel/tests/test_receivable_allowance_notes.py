from odoo import Command
from odoo.tests import tagged

from .test_receivable_allowance import AllowanceCommon
from .test_receivable_statement import MARCH


class NotesCommon(AllowanceCommon):
    """Ten bolts of 10.00 are delivered and invoiced, 11.30 with the tax."""

    def setUp(self):
        super().setUp()
        with self.on("2026-03-05"):
            self.deliver(self.picking, 10)
            self.bill = self.invoice(self.picking)
        self.line = self.picking.sale_id.order_line


@tagged("post_install", "-at_install")
class TestReceivableAllowanceTogether(NotesCommon):
    """Drafts that are posted by one click are decided as if one was posted after the
    other."""

    def drafts(self, *prices):
        lines = [self.credit_line(self.bill, price, post=False) for price in prices]
        self.env.flush_all()
        return self.env["account.move"].union(*(line.move_id for line in lines))

    def assert_allowances(self, notes, *expected):
        self.assertEqual(notes.invoice_line_ids.mapped("is_allowance"), list(expected))

    def test_together_they_are_the_whole_price(self):
        notes = self.drafts(6, 4)
        self.assert_allowances(notes, True, True)
        notes.action_post()
        self.assert_allowances(notes, True, False)
        self.assertEqual(set(notes.mapped("state")), {"posted"})
        self.assert_debts(0, 113)
        self.assert_rows(("delivery", 10, 113))

    def test_together_they_are_less(self):
        notes = self.drafts(6, 3, 0.5)
        notes.action_post()
        self.assert_allowances(notes, True, True, True)
        self.assert_rows()

    def test_beside_what_is_about_another_order(self):
        with self.on("2026-03-05"):
            other = self.deliver(self.deliverable(4), 4)
            bill = self.invoice(other)
        notes = self.drafts(6, 4)
        draft = bill.copy()
        notes |= self.credit_line(bill, 1, post=False).move_id
        posted = (draft | notes)._post()
        self.assertEqual(posted, draft | notes)
        self.assert_allowances(notes, True, False, True)

    def test_an_invoice_that_is_posted_with_it_comes_first(self):
        with self.on("2026-03-05"):
            other = self.deliver(self.deliverable(4), 4)
            draft = other.sale_id._create_invoices()
        credited = {
            "product_id": self.bolt.id,
            "price_unit": 2,
            "quantity": 4,
            "sale_line_ids": [Command.set(other.sale_id.order_line.ids)],
        }
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": draft.partner_id.id,
                "invoice_line_ids": [Command.create(credited)],
            }
        )
        self.assert_allowances(note, False)  # nothing is invoiced
        (note | draft).invoice_date = "2026-03-05"
        (note | draft).action_post()
        self.assert_allowances(note, True)
        self.assert_rows()

    def test_one_that_is_posted_on_its_day_does_not_count(self):
        with self.on("2026-03-08"):
            notes = self.drafts(6, 4)
            notes[0].write({"invoice_date": "2026-03-20", "date": "2026-03-20"})
            self.assertEqual(notes._post(soft=True), notes[1])
        self.assert_allowances(notes, False, True)  # 6.00 are left then


@tagged("post_install", "-at_install")
class TestReceivableDebitNote(NotesCommon):
    """Odoo's Debit Notes ask for more of what is invoiced."""

    def setUp(self):
        super().setUp()
        self.assertIn("account_debit_note", self.env.registry._init_modules)

    def debit(self, price=2, quantity=10):
        dialog = self.env["account.debit.note"].with_context(
            active_model="account.move", active_ids=self.bill.ids
        )
        dialog = dialog.create({"copy_lines": True, "date": "2026-03-06"})
        note = self.env["account.move"].browse(dialog.create_debit()["res_id"])
        self.assertEqual(note.invoice_line_ids.sale_line_ids, self.line)
        note.invoice_line_ids.write({"price_unit": price, "quantity": quantity})
        return note

    def test_a_higher_price(self):
        note = self.debit()
        self.assertTrue(note.has_allowances)
        self.assertTrue(note.invoice_line_ids.is_allowance)
        note.action_post()
        self.assert_debts(135.6, 0)
        self.assert_rows()
        self.assertEqual(self.line._get_billed_quantity(), 10)
        march = self.make(*MARCH)
        self.assertEqual(march.closing, 135.6)
        march.action_confirm()
        self.assertEqual((march.state, march.invoice_ids.ids), ("invoiced", []))

    def test_a_higher_price_is_credited_as_a_whole(self):
        self.debit().action_post()
        self.assertTrue(self.credit_line(self.bill, 10).is_allowance)  # 2.00 are left
        self.assert_rows()
        self.assertFalse(self.credit_line(self.bill, 2).is_allowance)
        self.assert_debts(0, 113)

    def test_it_is_credited_itself(self):
        note = self.debit()
        note.action_post()
        credit = self.credit(note)
        credit.action_post()
        self.assertTrue(credit.invoice_line_ids.is_allowance)
        self.assert_debts(113, 0)
        self.assert_rows()

    def test_goods_that_the_invoice_forgot(self):
        with self.on("2026-03-06"):
            self.picking.sale_id.order_line.product_uom_qty = 13
            more = self.picking.sale_id.picking_ids - self.picking
            self.deliver(more, 3)
        self.assert_rows(("delivery", 3, 33.9))
        note = self.debit(price=10, quantity=3)
        self.assertFalse(note.invoice_line_ids.is_allowance)
        note.action_post()
        self.assert_rows()

    def test_who_knows_better_says_so(self):
        note = self.debit()
        note.invoice_line_ids.is_allowance = False
        note.action_post()
        self.assert_rows(("other", -10, -113))
