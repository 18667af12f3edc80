from odoo import Command
from odoo.tests import tagged

from .test_printing_slip_balance import SlipBalanceCommon


class SlipDebtCommon(SlipBalanceCommon):
    """What is owed is what the ledger says and what is delivered and not invoiced."""

    def assert_debts(self, ledger, uninvoiced):
        """Check both parts, and the first of them against the general ledger."""
        self.env.flush_all()
        self.env.invalidate_all()
        aging = self.env["funnel.aging.report"].with_company(self.company)
        aging = aging.with_context(allowed_company_ids=self.company.ids)
        items = aging.search([("partner_id", "=", self.partner.id)])
        self.assertAlmostEqual(sum(items.mapped("residual")), ledger)
        (company,) = aging.get_tie_out()["companies"]
        self.assertEqual(company["difference"], 0)
        pickings = self.env["stock.picking"].sudo()
        debts = pickings._get_customer_debts(self.partner, self.company)
        self.assertAlmostEqual(debts[self.partner.id], ledger + uninvoiced)

    def credit(self, invoice):
        """Return the draft of a credit note."""
        dialog = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(invoice.ids)],
                "journal_id": invoice.journal_id.id,
            }
        )
        return self.env["account.move"].browse(dialog.refund_moves()["res_id"])

    def pay(self, invoice):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({}).action_create_payments()

    def plan_return(self, picking, quantity, **values):
        dialog = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        dialog.product_return_moves.write({"quantity": quantity, **values})
        back = dialog.action_create_returns()["res_id"]
        return self.env["stock.picking"].browse(back)


@tagged("post_install", "-at_install")
class TestReceivableSlip(SlipDebtCommon):
    # Drafts

    def test_a_draft_invoice_changes_nothing(self):
        delivered = self.deliver(self.deliverable(10), 10)
        draft = delivered.sale_id._create_invoices()
        self.assert_debts(0, 113)
        self.assert_balances(delivered, 0, 113, 113)
        self.assert_balances(self.picking, 113, 113, 226)
        draft.action_post()
        self.assert_debts(113, 0)
        self.assert_balances(self.deliverable(1), 226, 11.3, 237.3)

    def test_a_draft_of_more_than_is_posted(self):
        first = self.deliver(self.picking, 4)
        self.invoice(first)
        self.deliver(first.backorder_ids, 6)
        first.sale_id._create_invoices()
        self.assert_debts(45.2, 67.8)
        self.assert_balances(first.backorder_ids, 45.2, 67.8, 113)

    def test_a_draft_credit_note_changes_nothing(self):
        delivered = self.deliver(self.deliverable(10), 10)
        self.credit(self.invoice(delivered))
        self.assert_debts(113, 0)
        self.assert_balances(self.picking, 113, 113, 226)

    def test_a_draft_credit_note_of_what_came_back(self):
        delivered = self.deliver(self.deliverable(10), 10)
        self.invoice(delivered)
        self.give_back(delivered, 3)
        refund = delivered.sale_id._create_invoices(final=True)
        self.assert_debts(113, -33.9)
        self.assert_balances(self.picking, 79.1, 113, 192.1)
        refund.action_post()
        self.assert_debts(79.1, 0)

    def test_a_cancelled_invoice_changes_nothing(self):
        delivered = self.deliver(self.deliverable(10), 10)
        delivered.sale_id._create_invoices().button_cancel()
        self.assert_debts(0, 113)
        self.assert_balances(self.picking, 113, 113, 226)

    def test_a_draft_invoice_in_advance(self):
        self.bolt.invoice_policy = "order"
        planned = self.deliverable(10)
        draft = planned.sale_id._create_invoices()
        self.assert_debts(0, 0)
        self.assert_balances(planned, 0, 113, 113)
        self.void(planned)
        draft.action_post()
        self.assert_debts(113, 0)
        self.assert_balances(planned, 0, 113, 113)

    # Returns

    def test_what_comes_back_without_a_credit_costs_nothing(self):
        self.invoice(self.deliver(self.picking, 10))
        back = self.plan_return(self.picking, 3, to_refund=False)
        self.assertEqual(self.line_texts(back, "quantity"), ["-3.00"])
        self.assertFalse(self.line_texts(back, "price"))
        self.assertFalse(self.line_texts(back, "amount"))
        self.assert_balances(back, 113, 0, 113)
        self.void(back)
        self.deliver(back, 3)
        self.assert_debts(113, 0)
        self.assert_balances(back, 113, 0, 113)

    def test_what_replaces_it_costs_nothing_either(self):
        self.invoice(self.deliver(self.picking, 10))
        back = self.plan_return(self.picking, 3, to_refund=False)
        again = self.plan_return(self.deliver(back, 3), 3, to_refund=False)
        self.assertEqual(again.slip_kind, "delivery")
        self.assert_balances(again, 113, 0, 113)
        self.void(again)
        self.deliver(again, 3)
        self.assert_debts(113, 0)
        self.assert_balances(again, 113, 0, 113)

    def test_what_comes_back_before_it_is_invoiced(self):
        self.deliver(self.picking, 10)
        back = self.give_back(self.picking, 3)
        self.assert_debts(0, 79.1)
        self.assert_balances(back, 113, -33.9, 79.1)

    # Returns of what is invoiced by ordered quantities: Odoo proposes no credit note

    def invoiced_by_order(self, quantity):
        self.bolt.invoice_policy = "order"
        picking = self.deliverable(quantity)
        return picking, self.invoice(picking)

    def credit_quantity(self, invoice, quantity):
        credit = self.credit(invoice)
        credit.invoice_line_ids.quantity = quantity
        return credit

    def test_what_comes_back_is_not_owed_though_it_is_invoiced_by_order(self):
        picking, invoice = self.invoiced_by_order(10)
        self.deliver(picking, 10)
        back = self.plan_return(picking, 3)
        self.assert_balances(back, 113, -33.9, 79.1)
        self.void(back)
        self.deliver(back, 3)
        self.assert_debts(113, -33.9)
        self.assert_balances(back, 113, -33.9, 79.1)
        credit = self.credit_quantity(invoice, 3)
        self.assert_debts(113, -33.9)
        credit.action_post()
        self.assert_debts(79.1, 0)

    def test_what_is_delivered_again_is_owed_again(self):
        picking, _invoice = self.invoiced_by_order(10)
        self.deliver(picking, 10)
        again = self.plan_return(self.give_back(picking, 3), 3)
        self.assert_balances(again, 79.1, 33.9, 113)
        self.void(again)
        self.deliver(again, 3)
        self.assert_debts(113, 0)
        self.assert_balances(again, 79.1, 33.9, 113)

    def test_what_comes_back_of_goods_that_are_still_to_be_delivered(self):
        picking, invoice = self.invoiced_by_order(10)
        self.deliver(picking, 4)
        self.give_back(picking, 1)
        self.assert_debts(113, -11.3)
        self.assert_balances(picking.backorder_ids, 33.9, 67.8, 101.7)
        self.credit_quantity(invoice, 1).action_post()
        self.assert_debts(101.7, 0)

    def test_what_comes_back_and_goes_out_again_is_owed(self):
        picking, _invoice = self.invoiced_by_order(10)
        self.deliver(picking, 4)
        back = self.give_back(picking, 4)
        self.assert_debts(113, -45.2)
        again = self.plan_return(back, 4)
        self.assert_debts(113, 0)
        self.deliver(again, 4)
        self.assert_debts(113, 0)
        self.assert_balances(picking.backorder_ids, 45.2, 67.8, 113)

    def test_what_is_exchanged_is_owed(self):
        picking, _invoice = self.invoiced_by_order(10)
        self.deliver(picking, 10)
        dialog = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        dialog.product_return_moves.quantity = 4
        dialog.action_create_exchanges()
        pickings = picking.sale_id.picking_ids
        self.deliver(pickings.filtered(lambda p: p.slip_kind == "return"), 4)
        self.assert_debts(113, 0)
        (new,) = pickings.filtered(lambda p: p.state not in ("done", "cancel"))
        self.assert_balances(new, 67.8, 45.2, 113)
        new.action_cancel()
        self.assert_debts(113, -45.2)

    def test_two_planned_slips_of_what_is_invoiced_in_part(self):
        picking, _invoice = self.invoiced_by_order(6)
        picking.sale_id.order_line.product_uom_qty = 10
        other = picking.copy({"move_ids": []})
        (move,) = picking.move_ids
        new = self.env["stock.move"].create(move._split(5))
        new._action_confirm(merge=False)
        new.picking_id = other
        self.assert_balances(picking, 11.3, 56.5, 67.8)
        self.assert_balances(other, 56.5, 56.5, 113)

    # Roundings

    def test_each_slip_begins_with_what_the_one_before_ended_with(self):
        """3 of 10.02 are 33.97 with taxes, and each by itself is 11.32."""
        picking = self.new_delivery(
            [(self.bolt, 3, {"price_unit": 10.02})], partner=self.partner
        )
        for before, after in ((0, 11.32), (11.32, 22.64), (22.64, 33.96)):
            self.deliver(picking, 1)
            self.assert_balances(picking, before, 11.32, after)
            picking = picking.backorder_ids

    def test_units_are_rounded_as_odoo_rounds_what_is_delivered(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        picking = self.new_delivery(
            [(self.bolt, 2, {"product_uom_id": dozen.id, "price_unit": 120})],
            partner=self.partner,
        )
        self.deliver(picking, 5)
        self.assertEqual(picking.sale_id.order_line.qty_delivered, 0.42)
        self.assertEqual(self.line_texts(picking, "price"), ["11.39"])
        self.assertEqual(self.line_texts(picking, "amount"), ["56.95"])
        self.assert_balances(picking, 0, 56.95, 56.95)
        self.assertEqual(self.invoice(picking).amount_total, 56.95)

    def test_a_return_that_is_ordered(self):
        """The order has a negative quantity."""
        self.bolt.invoice_policy = "order"
        self.invoice(self.deliver(self.deliverable(10), 10))
        back = self.deliverable(-3)
        self.assertEqual(back.slip_kind, "return")
        self.assert_balances(back, 113, -33.9, 79.1)
        self.void(back)
        self.deliver(back, 3)
        self.assert_debts(113, -33.9)
        self.assert_balances(back, 113, -33.9, 79.1)
        back.sale_id._create_invoices(final=True).action_post()
        self.assert_debts(79.1, 0)

    def test_a_discount_of_the_order_counts_when_it_is_invoiced(self):
        """The first invoice has all of it, whatever is delivered by then."""
        order = self.picking.sale_id
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.1,
            }
        ).action_apply_discount()
        self.assertEqual(order.amount_total, 101.7)
        self.deliver(self.picking, 4)
        self.assert_debts(0, 45.2)
        self.assert_balances(self.picking, 0, 45.2, 45.2)
        self.invoice(self.picking)
        self.assert_debts(45.2 - 11.3, 0)

    # Whose amount is not known

    def test_a_cancelled_order_tells_no_balance(self):
        self.deliver(self.picking, 10)
        self.picking.sale_id.sudo()._action_cancel()  # no user does
        self.assert_debts(0, 0)
        self.assertFalse(self.print_slip(self.picking).has_balance)
        self.assertNotIn("balance_before", self.header(self.picking))
        self.assert_balances(self.deliverable(1), 0, 11.3, 11.3)

    def test_what_was_printed_of_a_cancelled_order_is_not_owed(self):
        self.assert_balances(self.picking, 0, 113, 113)
        self.picking.sale_id.sudo().state = "cancel"
        self.assert_balances(self.deliverable(1), 0, 11.3, 11.3)

    def test_parts_of_a_kit_tell_no_balance(self):
        """The parts have no price, the kit of the order line has."""
        part = self.picking.move_ids.sudo().copy({"product_id": self.nut.id})
        self.assertEqual(part.sale_line_id, self.picking.move_ids[0].sale_line_id)
        slip = self.print_slip(self.picking)
        self.assertFalse(slip.has_balance)
        self.assertNotIn("balance_before", self.header(self.picking))

    def test_a_vendor_who_delivers_is_told_no_balance(self):
        self.invoice(self.deliver(self.deliverable(10), 10))
        supplier = self.env.ref("stock.stock_location_suppliers")
        self.picking.write({"location_id": supplier.id})
        self.assertFalse(self.print_slip(self.picking).has_balance)
        self.assertNotIn("balance_before", self.header(self.picking))

    def test_a_part_that_is_not_delivered_does_not_matter(self):
        part = self.picking.move_ids.sudo().copy({"product_id": self.nut.id})
        part._action_cancel()
        self.assertEqual(part.picking_id, self.picking)
        self.assert_balances(self.picking, 0, 113, 113)


@tagged("post_install", "-at_install")
class TestReceivableSlipDownPayment(SlipDebtCommon):
    """30 % are paid before the goods are delivered."""

    def pay_down(self, picking, percentage=30):
        dialog = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=picking.sale_id.ids)
            .create({"advance_payment_method": "percentage", "amount": percentage})
        )
        return dialog._create_invoices(picking.sale_id)

    def test_a_draft_changes_nothing(self):
        self.pay_down(self.picking)
        self.assert_debts(0, 0)
        self.assert_balances(self.picking, 0, 113, 113)

    def test_from_the_down_payment_to_the_last_invoice(self):
        down_payment = self.pay_down(self.picking)
        down_payment.action_post()
        self.assertEqual(down_payment.amount_total, 33.9)
        self.pay(down_payment)
        self.assert_debts(0, -33.9)
        self.assert_balances(self.picking, -33.9, 113, 79.1)

        self.void(self.picking)
        self.deliver(self.picking, 10)
        self.assert_debts(0, 79.1)
        self.assert_balances(self.picking, -33.9, 113, 79.1)

        final = self.picking.sale_id._create_invoices(final=True)
        self.assert_debts(0, 79.1)  # a draft deducts nothing
        final.action_post()
        self.assertEqual(final.amount_total, 79.1)
        self.assert_debts(79.1, 0)
        self.assert_balances(self.deliverable(1), 79.1, 11.3, 90.4)

    def test_not_paid_yet(self):
        self.pay_down(self.picking).action_post()
        self.assert_debts(33.9, -33.9)
        self.assert_balances(self.picking, 0, 113, 113)
        self.void(self.picking)
        self.deliver(self.picking, 10)
        self.assert_debts(33.9, 79.1)
        self.assert_balances(self.picking, 0, 113, 113)
        self.picking.sale_id._create_invoices(final=True).action_post()
        self.assert_debts(113, 0)

    def test_an_invoice_that_does_not_deduct_it(self):
        self.pay_down(self.picking).action_post()
        self.deliver(self.picking, 4)
        self.picking.sale_id._create_invoices(final=False).action_post()
        self.assert_debts(33.9 + 45.2, -33.9)
        self.assert_balances(self.picking.backorder_ids, 45.2, 67.8, 113)
        self.deliver(self.picking.backorder_ids, 6)
        self.picking.sale_id._create_invoices(final=True).action_post()
        self.assert_debts(113, 0)

    def test_credited(self):
        down_payment = self.pay_down(self.picking)
        down_payment.action_post()
        credit = self.credit(down_payment)
        self.assert_debts(33.9, -33.9)
        credit.action_post()
        self.assert_debts(0, 0)
        self.assert_balances(self.picking, 0, 113, 113)

    def test_in_another_currency(self):
        """Two of them are one of the company's."""
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        picking = self.deliverable(10, currency=currency)
        self.pay_down(picking).action_post()
        self.assert_debts(16.95, -16.95)
        self.deliver(picking, 10)
        self.assert_debts(16.95, 56.5 - 16.95)
        self.assert_balances(picking, 0, 56.5, 56.5)

    def test_of_each_order_on_its_own(self):
        other = self.deliverable(10)
        for picking in self.picking | other:
            down_payment = self.pay_down(picking)
            down_payment.action_post()
            self.pay(down_payment)
        self.deliver(other, 10)
        other.sale_id._create_invoices(final=True).action_post()
        self.assert_debts(79.1, -33.9)
        self.assert_balances(self.picking, 45.2, 113, 158.2)

    def test_number_of_queries_does_not_grow(self):
        def queries(pickings):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            balances = pickings.sudo()._get_slip_balances(dict.fromkeys(pickings, 0))
            self.assertEqual(len(balances), len(pickings))
            return self.env.cr.sql_log_count - before

        self.nut.invoice_policy = "order"
        partners = self.env["res.partner"].create([{"name": f"C{n}"} for n in range(6)])
        pickings = self.env["stock.picking"]
        for partner in partners:
            delivered = self.deliver(self.deliverable(2, partner=partner), 2)
            delivered.sale_id._create_invoices()
            returned = self.new_delivery([(self.nut, 9, {})], partner=partner)
            self.invoice(returned)
            self.give_back(self.deliver(returned, 9), 2)
            picking = self.deliverable(5, partner=partner)
            self.pay_down(picking).action_post()
            pickings |= picking
        queries(pickings)  # fills what is kept between requests
        self.assertLessEqual(queries(pickings), queries(pickings[:2]) + 1)
