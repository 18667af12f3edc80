from odoo import Command
from odoo.tests import Form, tagged

from .test_receivable_allowance import InvoicedCommon
from .test_receivable_statement import MARCH


class NotesCommon(InvoicedCommon):
    def debit(self, price=2, quantity=10):
        dialog = self.env["account.debit.note"].with_context(
            active_model="account.move", active_ids=self.bill.ids
        )
        dialog = dialog.create({"copy_lines": True, "date": "2026-03-06"})
        note = self.env["account.move"].browse(dialog.create_debit()["res_id"])
        self.assertEqual(note.invoice_line_ids.sale_line_ids, self.line)
        note.invoice_line_ids.write({"price_unit": price, "quantity": quantity})
        return note

    def replace(self, move):
        """Return what Odoo's Reverse and Create makes anew."""
        dialog = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(move.ids)],
                "journal_id": move.journal_id.id,
            }
        )
        anew = self.env["account.move"].browse(dialog.modify_moves()["res_id"])
        anew.invoice_date = "2026-03-09"
        return anew


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
        draft.invoice_line_ids.price_unit = 8
        credited = {
            "product_id": self.bolt.id,
            "price_unit": 8,
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
        self.assert_allowances(note, True)  # nothing is invoiced, 10.00 are ordered
        (note | draft).invoice_date = "2026-03-05"
        (note | draft).action_post()
        self.assert_allowances(note, False)
        self.assert_rows(("delivery", 4, 45.2))

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

    def test_both_are_credited(self):
        """Whichever comes first, the goods are to be invoiced anew."""
        for raised_first in (False, True):
            with self.subTest(raised_first=raised_first):
                savepoint = self.cr.savepoint()
                note = self.debit()
                note.action_post()
                credited = [self.bill, note]
                for each in reversed(credited) if raised_first else credited:
                    self.credit(each).action_post()
                self.assert_debts(0, 113)
                self.assert_rows(("delivery", 10, 113))
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_both_are_credited_together(self):
        self.debit().action_post()
        notes = self.line.invoice_lines.move_id
        drafts = self.env["account.move"].union(*map(self.credit, notes))
        drafts.action_post()
        self.assert_debts(0, 113)

    def test_the_invoice_is_replaced(self):
        self.debit(quantity=5).action_post()
        anew = self.replace(self.bill)
        anew.action_post()
        self.assert_debts(124.3, 0)
        self.assert_rows()
        self.assertEqual(self.line._get_billed_quantity(), 10)

    def test_of_no_more_than_is_to_be_invoiced(self):
        with self.on("2026-03-06"):
            self.picking.sale_id.order_line.product_uom_qty = 13
            self.deliver(self.picking.sale_id.picking_ids - self.picking, 3)
        note = self.debit(quantity=3)
        self.assertTrue(note.invoice_line_ids.is_allowance)
        note.action_post()
        self.assert_debts(119.78, 33.9)
        self.assert_rows(("delivery", 3, 33.9))

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


@tagged("post_install", "-at_install")
class TestReceivableAllowanceJudged(NotesCommon):
    """What a note is judged by when there are others."""

    def test_given_in_the_end_it_is_the_whole_price(self):
        """6.00 are given and taken back, 4.00 are given, then the 6.00 after all."""
        taken = self.credit(self.credit_line(self.bill, 6).move_id)
        taken.action_post()
        self.assertTrue(self.credit_line(self.bill, 4).is_allowance)
        again = self.credit(taken)
        self.assertFalse(again.invoice_line_ids.is_allowance)
        again.action_post()
        self.assert_debts(0, 113)
        self.assert_rows(("delivery", 10, 113))

    def test_in_another_currency(self):
        eur = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        refund = self.credit(self.bill)
        refund.currency_id = eur
        for price, is_allowance in ((1, True), (19, True), (20, False)):
            refund.invoice_line_ids.price_unit = price
            with self.subTest(price):
                self.assertEqual(refund.invoice_line_ids.is_allowance, is_allowance)
        refund.invoice_line_ids.price_unit = 1
        refund.action_post()
        self.assert_rows()

    def test_an_invoice_that_was_replaced_is_no_measure(self):
        with self.on("2026-03-05"):
            other = self.deliver(self.deliverable(4), 4)
            wrong = other.sale_id._create_invoices()
            wrong.invoice_line_ids.price_unit = 5
            wrong.action_post()
        anew = self.replace(wrong)
        anew.invoice_line_ids.price_unit = 10
        anew.action_post()
        note = self.replace(self.credit_line(anew, 2).move_id)
        note.invoice_line_ids.price_unit = 6
        self.assertFalse(note.reversed_entry_id)
        self.assertTrue(note.invoice_line_ids.is_allowance)
        note.action_post()
        self.assert_rows()

    def test_what_came_back_is_not_among_what_is_left(self):
        self.give_back(self.picking, 3)
        self.assertFalse(self.credit_line(self.bill, 10, quantity=3).is_allowance)
        self.assertTrue(self.credit_line(self.bill, 2, quantity=7).is_allowance)
        self.assertFalse(self.credit_line(self.bill, 8, quantity=7).is_allowance)
        self.assert_debts(0, 79.1)
        self.assert_rows(("delivery", 10, 113), ("return", -3, -33.9))

    def test_a_credit_note_of_no_invoice_counts_for_the_only_one(self):
        for is_linked in (False, True):  # the last one
            with self.subTest(is_linked=is_linked):
                savepoint = self.cr.savepoint()
                first = self.credit_line(self.bill, 6, post=False)
                first.move_id.reversed_entry_id = False
                first.move_id.action_post()
                self.assertTrue(first.is_allowance)
                last = self.credit_line(self.bill, 4, post=False)
                if not is_linked:
                    last.move_id.reversed_entry_id = False
                last.move_id.action_post()
                self.assertFalse(last.is_allowance)
                self.assert_rows(("delivery", 10, 113))
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_credited_in_error_and_invoiced_again(self):
        taken = self.credit(self.credit_line(self.bill, 10).move_id)
        taken.action_post()
        self.assert_debts(113, 0)
        self.assertTrue(self.credit_line(self.bill, 6).is_allowance)
        self.assertFalse(self.credit_line(taken, 4).is_allowance)
        self.assert_debts(0, 113)

    def test_the_whole_of_what_was_invoiced_again(self):
        self.debit().action_post()
        taken = self.credit(self.credit_line(self.bill, 10).move_id)
        taken.action_post()
        self.assertFalse(self.credit_line(taken, 10).is_allowance)
        self.assert_debts(22.6, 113)

    def test_a_debit_note_that_is_more_than_the_invoice(self):
        note = self.debit(price=12)
        note.action_post()
        self.assertTrue(note.invoice_line_ids.is_allowance)
        self.credit(self.bill).action_post()
        self.credit(note).action_post()
        self.assert_debts(0, 113)
        self.assert_rows(("delivery", 10, 113))

    def test_lines_of_a_note_are_taken_back_as_what_they_were(self):
        with self.on("2026-03-06"):
            self.picking.sale_id.order_line.product_uom_qty = 13
            self.deliver(self.picking.sale_id.picking_ids - self.picking, 3)
        note = self.debit(price=10, quantity=3)
        note.invoice_line_ids.copy(
            {"price_unit": 2, "quantity": 10, "move_id": note.id}
        )
        note.invoice_line_ids.sale_line_ids = self.line
        note.action_post()
        self.assertEqual(note.invoice_line_ids.mapped("is_allowance"), [False, True])
        self.credit(note).action_post()
        self.assert_debts(113, 33.9)
        self.assert_rows(("delivery", 3, 33.9))

    def test_what_takes_a_note_back_stays_so(self):
        taken = self.credit(self.credit_line(self.bill, 2).move_id)
        taken.invoice_line_ids.price_unit = 1
        taken.action_post()
        taken.button_draft()
        taken.invoice_line_ids.price_unit = 2
        taken.action_post()
        self.assertTrue(taken.invoice_line_ids.is_allowance)
        self.assert_debts(113, 0)
        self.assert_rows()

    def test_a_note_of_itself(self):
        note = self.credit_line(self.bill, 2, post=False)
        other = self.credit_line(self.bill, 3, post=False)
        for reversed_entry in (note.move_id, other.move_id):
            note.move_id.reversed_entry_id = reversed_entry
            other.move_id.reversed_entry_id = note.move_id
            note.price_unit = 4
            self.assertTrue(note.is_allowance)

    def test_what_was_decided_by_hand_is_kept(self):
        item = self.credit_line(self.bill, 8, post=False)
        item.is_allowance = False  # they are on their way back
        item.move_id.action_post()
        item.move_id.button_draft()
        item.price_unit = 8.5
        item.move_id.action_post()
        self.assertFalse(item.is_allowance)

    def test_the_form_tells_what_is_saved(self):
        note = self.credit_line(self.bill, 8).move_id
        note.button_draft()
        for price, is_allowance in ((10, False), (9, True)):
            with Form(note) as form, form.invoice_line_ids.edit(0) as line:
                line.price_unit = price
                self.assertEqual(line.is_allowance, is_allowance)
            self.assertEqual(note.invoice_line_ids.is_allowance, is_allowance)

    def test_posted_again_it_is_as_it_was(self):
        item = self.credit_line(self.bill, 2)
        self.give_back(self.picking, 10)
        self.assert_rows(("return", -10, -113))
        item.move_id.button_draft()
        item.name = "Scratched"
        item.move_id.action_post()
        self.assertTrue(item.is_allowance)
        self.assert_rows(("return", -10, -113))

    def test_another_price_is_judged_anew(self):
        item = self.credit_line(self.bill, 2)
        item.move_id.button_draft()
        item.price_unit = 10
        self.assertFalse(item.is_allowance)
        item.price_unit = 3
        self.assertTrue(item.is_allowance)
        item.move_id.action_post()
        self.assert_rows()


@tagged("post_install", "-at_install")
class TestReceivableAllowanceOfColleagues(NotesCommon):
    """Who posts credit notes may not be one who reads the order: it is judged by all of
    it, and he reads no more of it."""

    def setUp(self):
        super().setUp()
        self.user = self.new_role_user(
            "fin_sales",
            "finance",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.user.group_ids |= self.env.ref("crm_sales_funnel.group_funnel_salesperson")
        order = self.picking.sale_id
        order.user_id = self.bill.invoice_user_id = self.users["team_leader"]
        order.partner_id.user_id = order.user_id
        self.forget()
        self.assertFalse(self.line.with_user(self.user).has_access("read"))

    def forget(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def test_two_notes_together(self):
        lines = [self.credit_line(self.bill, price, post=False) for price in (6, 4)]
        notes = self.env["account.move"].union(*(line.move_id for line in lines))
        self.forget()
        notes.with_user(self.user).action_post()
        self.assertEqual([line.is_allowance for line in lines], [True, False])
        self.assert_rows(("delivery", 10, 113))

    def test_taken_back(self):
        item = self.credit_line(self.bill, 2)
        self.forget()
        dialog = self.env["account.move.reversal"].with_user(self.user)
        dialog = dialog.create(
            {
                "move_ids": [Command.set(item.move_id.ids)],
                "journal_id": item.move_id.journal_id.id,
            }
        )
        taken = self.env["account.move"].browse(dialog.refund_moves()["res_id"])
        taken.with_user(self.user).action_post()
        self.forget()
        self.assertFalse(taken.invoice_line_ids.sale_line_ids)  # as Odoo makes it
        self.assert_debts(113, 0)
        self.assert_rows()

    def test_in_a_form(self):
        draft = self.credit(self.bill)
        self.forget()
        note = draft.with_user(self.user)
        note.invoice_line_ids.write({"price_unit": 8})
        self.forget()
        with Form(note) as form, form.invoice_line_ids.edit(0) as line:
            line.price_unit = 7
        self.forget()
        self.assertTrue(draft.invoice_line_ids.is_allowance)
        self.assertEqual(draft.invoice_line_ids.sale_line_ids, self.line)
