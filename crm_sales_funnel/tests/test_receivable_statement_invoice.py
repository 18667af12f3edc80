from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_receivable_statement import APRIL, MARCH, StatementCommon


class SettledCommon(StatementCommon):
    def invoice_of(self, statement):
        statement.action_confirm()
        statement.action_invoice()
        return statement.invoice_ids.sudo()

    def deliver_to_shop(self, day, name):
        shop = self.env["res.partner"].create(
            {"name": name, "parent_id": self.partner.id, "type": "delivery"}
        )
        picking = self.deliverable(1)
        picking.sale_id.partner_shipping_id = shop
        with self.on(day):
            return self.deliver(picking, 1)

    def pay_in_advance(self, order, amount):
        self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(order.ids)],
                "advance_payment_method": "fixed",
                "fixed_amount": amount,
            }
        ).create_invoices()
        order.invoice_ids.action_post()
        payments = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=order.invoice_ids.ids
        )
        payments.create({})._create_payments()


@tagged("post_install", "-at_install")
class TestReceivableStatementInvoice(SettledCommon):
    def test_one_invoice_for_a_head_office_with_four_shops(self):
        for day in range(5, 9):
            self.deliver_to_shop(f"2026-03-0{day}", f"Shop {day}")
        march = self.make(*MARCH)
        invoice = self.invoice_of(march)
        self.assertEqual(len(invoice), 1)
        self.assertEqual(march.state, "invoiced")
        self.assertEqual(invoice.partner_id, self.partner)
        self.assertEqual(invoice.amount_total, march.closing)
        self.assertEqual(invoice.state, "draft")
        self.assertEqual(len(invoice.invoice_line_ids), 4)
        invoice.action_post()
        self.assertEqual(self.make(*APRIL).closing, march.closing)

    def test_commission_is_whose_the_orders_are(self):
        """And not of whoever has the customer when the statement is made."""
        plan = self.env["funnel.commission.plan"].create(
            {"name": "10 %", "rate": 10, "basis": "invoiced", "date_from": "2026-01-01"}
        )
        plan.action_approve()
        seller = self.users["salesperson"]
        other = seller.copy({"login": "other_seller"})
        self.partner.user_id = other
        sold = {}
        for month, sellers in ((MARCH, [seller, other]), (APRIL, [seller])):
            for user in sellers:
                picking = self.deliverable(10)
                picking.sale_id.sudo().user_id = user
                with self.on(month[0]):
                    self.deliver(picking, 10)
            invoice = self.invoice_of(self.make(*month))
            invoice.action_post()
            self.assertEqual(invoice.invoice_user_id, other)
            sold[month] = invoice.amount_untaxed
        plan._run(date(2026, 12, 31))
        earned = dict(
            self.env["funnel.commission.entry"]._read_group(
                [("plan_id", "=", plan.id)], ["user_id"], ["amount:sum"]
            )
        )
        self.assertAlmostEqual(earned[other], sold[MARCH] / 2 / 10)
        self.assertAlmostEqual(earned[seller], (sold[MARCH] / 2 + sold[APRIL]) / 10)

    def test_it_falls_due_by_the_day_of_the_statement(self):
        self.partner.property_payment_term_id = self.env.ref(
            "crm_sales_funnel.payment_term_monthly_30"
        )
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        with self.on("2026-04-08"):
            invoice = self.invoice_of(march)
            invoice.action_post()
        self.assertEqual(invoice.invoice_date, date(2026, 4, 8))
        self.assertEqual(invoice.invoice_date_due, date(2026, 4, 30))

    def test_later_deliveries_of_the_same_order_are_not_on_it(self):
        picking = self.deliverable(10)
        with self.on("2026-03-05"):
            self.deliver(picking, 4)
        march = self.make(*MARCH)
        with self.on("2026-04-02"):
            self.deliver(picking.backorder_ids, 6)
        invoice = self.invoice_of(march)
        self.assertEqual(invoice.invoice_line_ids.quantity, 4)
        invoice.action_post()
        april = self.make(*APRIL)
        self.assert_lines(april, ("slip", 67.8))
        self.assertEqual(self.invoice_of(april).invoice_line_ids.quantity, 6)

    def test_what_is_invoiced_otherwise_is_not_invoiced_twice(self):
        first = self.deliver_on("2026-03-05")
        self.deliver_on("2026-03-06", 4)
        march = self.make(*MARCH)
        self.invoice_on("2026-04-01", first)
        self.assertEqual(self.invoice_of(march).amount_total, 45.2)

    def test_what_comes_back_before_the_invoice(self):
        picking = self.deliverable(15)
        with self.on("2026-03-05"):
            self.deliver(picking, 10)
        march = self.make(*MARCH)
        with self.on("2026-04-02"):
            self.give_back(picking, 3)
        invoice = self.invoice_of(march)
        self.assertEqual(invoice.invoice_line_ids.quantity, 10)
        invoice.action_post()
        with self.on("2026-04-10"):
            self.deliver(picking.backorder_ids[:1], 5)
        invoice = self.invoice_of(self.make(*APRIL))
        self.assertEqual(invoice.invoice_line_ids.quantity, 2)
        self.assertEqual(picking.sale_id.order_line.qty_to_invoice, 0)

    def test_another_price_takes_nothing_of_other_statements(self):
        picking = self.deliverable(10)
        with self.on("2026-03-05"):
            self.deliver(picking, 4)
        march = self.make(*MARCH)
        picking.sale_id.order_line.price_unit = 9
        with self.on("2026-04-05"):
            self.deliver(picking.backorder_ids, 3)
        april = self.make(*APRIL)
        with self.on("2026-05-05"):
            self.deliver(picking.backorder_ids.backorder_ids, 3)
        may = self.make(date(2026, 5, 1), date(2026, 5, 31))
        self.assertEqual(self.invoice_of(april).invoice_line_ids.quantity, 3)
        self.assertEqual(self.invoice_of(march).invoice_line_ids.quantity, 4)
        self.assertEqual(self.invoice_of(may).invoice_line_ids.quantity, 3)

    def test_what_was_delivered_before_the_first_one(self):
        self.deliver_on("2026-02-05")
        march = self.make(*MARCH)
        self.assertFalse(march.line_ids)
        self.assertEqual(self.invoice_of(march).amount_total, 113)

    def test_a_service_of_a_later_time(self):
        with self.on("2026-03-06"):
            order = self.deliverable(1).sale_id
            service = self.add_service(order, 4)
            service.qty_delivered = 1
        march = self.make(*MARCH)
        service.qty_delivered = 4
        self.assertEqual(self.invoice_of(march).amount_total, 50)

    def test_freight_and_down_payment_come_with_the_last(self):
        with self.on("2026-03-06"):
            order = self.deliverable(10).sale_id
            self.add_service(order, 1, policy="order", price=20)
            picking = order.picking_ids
            self.deliver(picking, 4)
        march = self.make(*MARCH)
        invoice = self.invoice_of(march)
        self.assertEqual(invoice.amount_total, 45.2)
        with self.on("2026-04-02"):
            invoice.action_post()
            self.deliver(picking.backorder_ids, 6)
        self.assertEqual(self.invoice_of(self.make(*APRIL)).amount_total, 87.8)

    def test_goods_that_are_paid_in_advance(self):
        with self.on("2026-03-02"):
            order = self.deliverable(10).sale_id
            picking = order.picking_ids
            self.pay_in_advance(order, 113)
        with self.on("2026-03-06"):
            self.deliver(picking, 3)
        march = self.make(*MARCH)
        self.assertEqual(march.closing, -79.1)
        first = self.invoice_of(march)
        self.assertEqual(first.amount_total, 0)
        first.action_post()
        with self.on("2026-04-02"):
            self.deliver(picking.backorder_ids, 7)
        last = self.invoice_of(self.make(*APRIL))
        self.assertEqual(last.amount_total, 0)
        deducted = (first | last).invoice_line_ids.filtered("is_downpayment")
        self.assertEqual(deducted.filtered("quantity").mapped("quantity"), [-0.3, -0.7])
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0] * 3)

    def test_a_part_above_the_down_payment(self):
        with self.on("2026-03-02"):
            order = self.deliverable(10).sale_id
            picking = order.picking_ids
            self.pay_in_advance(order, 50)
            self.deliver(picking, 8)
        march = self.make(*MARCH)
        self.assertEqual(march.closing, 40.4)
        self.assertEqual(self.invoice_of(march).amount_total, 40.4)

    def test_the_rest_of_a_down_payment_is_deducted_by_hand(self):
        with self.on("2026-03-02"):
            order = self.deliverable(10).sale_id
            picking = order.picking_ids
            self.pay_in_advance(order, 113)
            self.deliver(picking, 3)
        self.invoice_of(self.make(*MARCH)).action_post()
        with self.on("2026-04-02"):
            self.deliver(picking.backorder_ids, 7)
            invoice = order._create_invoices(final=True)
        self.assertEqual(invoice.amount_total, 0)

    def test_invoices_of_many_statements(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(4)]
        )
        for customer in customers:
            for day in ("2026-03-05", "2026-04-05"):
                with self.on(day):
                    picking = self.new_delivery([(self.bolt, 2, {})], partner=customer)
                    self.deliver(picking, 2)
        made = self.make(*MARCH, customers) | self.make(*APRIL, customers)
        made.action_confirm()
        made.action_invoice()
        self.assertEqual(set(made.mapped("state")), {"invoiced"})
        for statement in made:
            with self.subTest(statement=statement.display_name):
                invoice = statement.invoice_ids.sudo()
                self.assertEqual(len(invoice), 1)
                self.assertEqual(invoice.partner_id, statement.partner_id)
                self.assertEqual(invoice.amount_total, statement.delivered)

    def test_a_difference_above_the_invoice(self):
        self.deliver_on("2026-03-05", 1)
        march = self.make(*MARCH)
        march._note_difference(50, "old item disputed")
        credit = self.invoice_of(march)
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 38.7))
        credit.invoice_date = march.date_to
        credit.action_post()

    def test_a_draft_of_another_invoice(self):
        delivered = self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        draft = delivered.sale_id._create_invoices()
        march.action_confirm()
        self.assertEqual(march.state, "confirmed")
        draft.unlink()
        march.action_invoice()
        self.assertEqual(march.invoice_ids.sudo().amount_total, 113)

    def test_statements_of_invoices_are_not_forged(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        invoice = self.invoice_of(march).with_user(self.finance)
        with self.assertRaises(AccessError):
            invoice.funnel_statement_id = False
        with self.assertRaises(AccessError):
            invoice.create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.partner.id,
                    "funnel_statement_id": march.id,
                }
            )

    def test_nothing_left(self):
        delivered = self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        self.invoice_on("2026-03-06", delivered)
        march.action_confirm()
        self.assertEqual(march.state, "invoiced")
        march.action_draft()
        self.assertEqual(march.state, "draft")

    def test_nothing_left_meanwhile(self):
        delivered = self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        march.action_confirm()
        self.invoice_on("2026-04-06", delivered)
        march.action_invoice()
        self.assertEqual((march.state, march.invoice_ids.ids), ("invoiced", []))

    def test_a_difference_alone_is_credited(self):
        self.invoice_on("2026-03-06", self.deliver_on("2026-03-05"))
        march = self.make(*MARCH)
        march._note_difference(0.5, "抹零")
        credit = self.invoice_of(march)
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 0.5))

    def test_returns_alone_are_credited(self):
        delivered = self.deliver_on("2026-03-05")
        self.invoice_of(self.make(*MARCH)).action_post()
        with self.on("2026-04-05"):
            self.give_back(delivered, 3)
        credit = self.invoice_of(self.make(*APRIL))
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 33.9))

    def test_a_service(self):
        with self.on("2026-03-06"):
            order = self.deliverable(1).sale_id
            service = self.add_service(order, 2)
            service.qty_delivered = 2
            self.deliver(order.picking_ids, 1)
        march = self.make(*MARCH)
        self.assertEqual(self.invoice_of(march).amount_total, 111.3)

    def test_a_difference(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        dialog = Form(
            self.env["funnel.statement.difference"]
            .with_user(self.finance)
            .with_context(default_statement_id=march.id)
        )
        dialog.their_closing = 112.5
        self.assertEqual(dialog.difference, 0.5)
        dialog.reason = "抹零"
        dialog.save().action_note()
        self.assertEqual(
            (march.state, march.difference_amount, march.difference_reason),
            ("difference", 0.5, "抹零"),
        )
        self.assertEqual(march.agreed, 112.5)
        invoice = self.invoice_of(march)
        self.assertEqual(invoice.amount_total, 112.5)
        self.assertIn("抹零", invoice.invoice_line_ids.mapped("name")[-1])
        with self.on("2026-04-03"):
            invoice.action_post()
        april = self.make(*APRIL)
        self.assertEqual((april.opening, april.closing), (113, 112.5))
        self.assert_lines(april, ("invoice", -0.5))

    def test_a_difference_that_is_none(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        dialogs = self.env["funnel.statement.difference"].with_user(self.finance)
        for closing, reason in ((113, "x"), (112, " ")):
            dialog = dialogs.create(
                {
                    "statement_id": march.id,
                    "their_closing": closing,
                    "reason": reason,
                }
            )
            with self.assertRaises(UserError):
                dialog.action_note()
        self.assertEqual(march.state, "draft")

    def test_the_invoice_is_given_up(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        self.invoice_of(march).button_cancel()
        self.assertEqual(march.state, "confirmed")
        march.action_invoice()
        self.assertEqual(march.state, "invoiced")
        march.invoice_ids.sudo().filtered(lambda m: m.state == "draft").unlink()
        self.assertEqual(march.state, "confirmed")

    def test_an_invoice_that_was_given_up_comes_back(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        given_up = self.invoice_of(march)
        given_up.button_cancel()
        march.action_invoice()
        with self.assertRaises(UserError):
            given_up.button_draft()
        (march.invoice_ids.sudo() - given_up).button_cancel()
        self.assertEqual(march.state, "confirmed")
        given_up.button_draft()
        self.assertEqual(march.state, "invoiced")

    def test_an_invoice_of_what_is_not_agreed_any_more(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        march._note_difference(5, "A bolt too few")
        invoice = self.invoice_of(march)
        invoice.button_cancel()
        march.action_draft()
        with self.assertRaises(UserError) as refused:
            invoice.button_draft()
        self.assertIn("not agreed any more", str(refused.exception))
        self.assertEqual((invoice.state, march.state), ("cancel", "draft"))
        march.action_confirm()
        invoice.button_draft()
        self.assertEqual(march.state, "invoiced")

    def test_a_reversed_invoice_that_holds_again(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        invoice = self.invoice_of(march)
        invoice.action_post()
        credit = invoice._reverse_moves(cancel=True)
        march.action_draft()
        with self.assertRaises(UserError) as refused:
            credit.button_draft()
            credit.unlink()
        self.assertIn("not agreed any more", str(refused.exception))
        self.assertEqual(credit.state, "posted")
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(invoice.payment_state, "not_paid")
        for method in ("unlink", "action_make_again"):
            with self.subTest(method), self.assertRaises(UserError) as refused:
                getattr(march, method)()
            self.assertIn("is invoiced", str(refused.exception))
        march.action_confirm()
        with self.assertRaises(UserError) as refused:
            march.action_draft()
        self.assertIn("is invoiced", str(refused.exception))
        credit.button_draft()
        credit.unlink()
        self.assertEqual(march.state, "invoiced")

    def test_the_invoice_is_reversed(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        invoice = self.invoice_of(march)
        invoice.action_post()
        credit = invoice._reverse_moves(cancel=True)
        self.assertEqual(
            (invoice.payment_state, march.state), ("reversed", "confirmed")
        )
        march.action_invoice()
        again = march.invoice_ids.sudo() - invoice
        self.assertEqual((again.amount_total, march.state), (113, "invoiced"))
        again.unlink()
        self.assertEqual(march.state, "confirmed")
        credit.button_draft()
        credit.unlink()
        self.assertEqual(march.state, "invoiced")

    def test_in_their_order(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        with self.assertRaises(UserError):
            march.action_invoice()
        march.action_mark_sent()
        self.assertTrue(march.sent_date)
        with self.assertRaises(UserError):
            march.action_mark_sent()
        march.action_confirm()
        march.action_draft()
        self.assertFalse(march.sent_date)
        self.invoice_of(march)
        for action in ("action_confirm", "action_draft", "action_invoice"):
            with self.subTest(action), self.assertRaises(UserError):
                getattr(march, action)()
