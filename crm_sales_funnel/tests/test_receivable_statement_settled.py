from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_receivable_statement import APRIL, MARCH
from .test_receivable_statement_invoice import SettledCommon


@tagged("post_install", "-at_install")
class TestReceivableStatementSettled(SettledCommon):
    """What is invoiced of statements when it is not as simple as that."""

    def test_a_kit_is_delivered_by_its_parts(self):
        part = self.env["product.product"].create({"name": "Part of a kit"})
        with self.on("2026-03-05"):
            picking = self.deliverable(4)
            kit = picking.sale_id.order_line
            picking.move_ids.sudo().product_id = part
            self.deliver(picking, 2)
            kit.sudo().qty_delivered = 2  # as kits do
        march = self.make(*MARCH)
        self.assertEqual(march.closing, 22.6)
        self.assertEqual(self.invoice_of(march).amount_total, 22.6)

    def test_another_company_of_the_database(self):
        place = self.env.ref("stock.stock_location_inter_company")
        place.active = True
        self.partner.with_company(self.company).property_stock_customer = place
        self.deliver_on("2026-03-05", 4)
        march = self.make(*MARCH)
        self.assertEqual(march.delivered, 45.2)
        self.assertEqual(self.invoice_of(march).amount_total, 45.2)

    def test_archived_customers_are_chosen(self):
        self.deliver_on("2026-03-05", 4)
        self.partner.active = False
        run = (
            self.env["funnel.statement.run"]
            .with_user(self.finance)
            .with_context(active_model="res.partner", active_ids=self.partner.ids)
            .create(
                {
                    "company_id": self.company.id,
                    "date_from": MARCH[0],
                    "date_to": MARCH[1],
                }
            )
        )
        self.assertEqual(run.customer_count, 1)
        made = self.env["funnel.statement"].search(run.action_make()["domain"])
        self.assertEqual(made.partner_id, self.partner)

    def test_a_context_forges_nothing(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        march.action_confirm()
        for role, kind in (("purchasing", "in_invoice"), ("finance", "out_invoice")):
            moves = self.env["account.move"].with_user(self.users[role])
            moves = moves.with_context(default_funnel_statement_id=march.id)
            with self.subTest(role), self.assertRaises(AccessError):
                moves.create({"move_type": kind, "partner_id": self.partner.id})
        self.assertEqual(march.state, "confirmed")

    def reversal(self, invoice, day):
        dialog = self.env["account.move.reversal"].with_user(self.finance)
        return dialog.with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"journal_id": invoice.journal_id.id, "date": day})

    def test_an_invoice_that_replaces_another_one(self):
        self.partner.property_payment_term_id = self.env.ref(
            "crm_sales_funnel.payment_term_monthly_30"
        )
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        with self.on("2026-04-08"):
            first = self.invoice_of(march)
            first.action_post()
            self.reversal(first, "2026-04-08").modify_moves()
            second = march.invoice_ids.sudo() - first
            self.assertEqual(march.state, "invoiced")
            second.action_post()
        self.assertEqual(second.invoice_date_due, date(2026, 4, 30))

    def test_all_came_back_and_the_invoice_is_reversed(self):
        delivered = self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        invoice = self.invoice_of(march)
        invoice.action_post()
        with self.on("2026-04-05"):
            self.give_back(delivered, 10)
            invoice._reverse_moves(cancel=True)
        self.assertEqual(march.state, "invoiced")
        april = self.make(*APRIL)
        april.action_confirm()
        self.assertEqual(april.state, "invoiced")

    def test_a_draft_in_the_way_is_no_settlement(self):
        delivered = self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        march.action_confirm()
        march.action_invoice()
        with self.on("2026-04-05"):
            self.give_back(delivered, 10)
        april = self.make(*APRIL)
        april.action_confirm()
        self.assertEqual(april.state, "confirmed")
        april.action_invoice()
        march.invoice_ids.sudo().action_post()
        credit = april.invoice_ids.sudo()
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 113))

    def test_a_credit_note_that_is_given_up(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        invoice = self.invoice_of(march)
        invoice.action_post()
        credit = invoice._reverse_moves(cancel=True)
        march.action_invoice()
        credit.button_draft()
        for action in ("button_cancel", "unlink"):
            with self.subTest(action), self.assertRaises(UserError):
                getattr(credit, action)()

    def test_a_service_is_not_on_another_statement(self):
        with self.on("2026-03-05"):
            order = self.deliverable(10).sale_id
            service = self.add_service(order, 4)
            self.deliver(order.picking_ids, 10)
        march = self.make(*MARCH)
        with self.on("2026-04-03"):
            service.qty_delivered = 4
        self.assertEqual(self.invoice_of(march).amount_total, 113)

    def test_parts_that_make_the_whole(self):
        with self.on("2026-03-05"):
            order = self.deliverable(0.8).sale_id
            self.add_service(order, 1, policy="order", price=20)
            self.deliver(order.picking_ids, 0.7)
        self.invoice_of(self.make(*MARCH)).action_post()
        with self.on("2026-04-05"):
            self.deliver(order.picking_ids.backorder_ids, 0.1)
        invoice = self.invoice_of(self.make(*APRIL))
        self.assertEqual(invoice.amount_total, 21.13)

    def test_small_parts_of_a_down_payment(self):
        with self.on("2026-03-02"):
            picking = self.deliverable(1000)
            order = picking.sale_id
            self.pay_in_advance(order, 11300)
            self.deliver(picking, 7)
        first = self.invoice_of(self.make(*MARCH))
        self.assertEqual(first.amount_total, 0)
        first.action_post()
        with self.on("2026-04-02"):
            self.deliver(picking.backorder_ids, 993)
        last = self.invoice_of(self.make(*APRIL))
        self.assertEqual(last.amount_total, 0)
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0] * 3)

    def part_of_ten(self, **service):
        """Return an order of ten, of which three are delivered and invoiced, and a half
        is paid in advance; the rest is cancelled."""
        with self.on("2026-03-02"):
            picking = self.deliverable(10)
            order = picking.sale_id
            if service:
                self.add_service(order, 1, **service)
            self.pay_in_advance(order, 50)
            self.deliver(picking, 3)
        part = self.invoice_of(self.make(*MARCH))
        with self.on("2026-04-02"):
            part.action_post()
            picking.backorder_ids.action_cancel()
        self.assertEqual(part.amount_total, 0)  # of 33.90, as much is deducted
        return order

    def test_a_down_payment_of_what_is_cancelled(self):
        order = self.part_of_ten()
        april = self.make(*APRIL)
        self.assertEqual(april.closing, -16.1)
        with self.on("2026-05-02"):
            credit = self.invoice_of(april)
            self.assertEqual(april.state, "invoiced")
            self.assertEqual(credit.move_type, "out_refund")
            self.assertEqual(credit.amount_total, 16.1)
            credit.button_cancel()
            self.assertEqual(april.state, "confirmed")
            april.action_invoice()
            april.invoice_ids.sudo().filtered(lambda m: m.state == "draft")._post()
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0] * 3)
        self.assertEqual(self.make(date(2026, 5, 1), date(2026, 5, 31)).closing, -16.1)

    def test_a_down_payment_of_what_is_cancelled_beside_other_goods(self):
        self.part_of_ten()
        with self.on("2026-04-05"):
            self.deliver(self.deliverable(2), 2)
        invoice = self.invoice_of(self.make(*APRIL))
        self.assertEqual(invoice.amount_total, 6.5)  # 22.60 less 16.10

    def test_a_down_payment_of_a_service_that_is_still_to_be_done(self):
        self.part_of_ten(policy="delivery", price=20)
        april = self.make(*APRIL)
        april.action_confirm()
        self.assertFalse(april.invoice_ids)
        self.assertEqual(april.state, "invoiced")

    def test_queries_do_not_grow(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(6)]
        )
        with self.on("2026-03-05"):
            for customer in customers:
                self.deliver(
                    self.new_delivery([(self.bolt, 2, {})], partner=customer), 2
                )
        made = self.make(*MARCH, customers)
        counts = []
        for some in (made, made[:2], made):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(
                self.env["funnel.statement"].browse(some.ids)._get_settled()
            )
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts[1:])

    def test_a_down_payment_of_two_rates(self):
        low = self.vat.copy({"name": "9 %", "amount": 9})
        with self.on("2026-03-02"):
            lines = [
                (self.bolt, 10, {}),
                (self.bolt, 10, {"tax_ids": [Command.set(low.ids)]}),
            ]
            picking = self.new_delivery(lines, partner=self.partner)
            order = picking.sale_id
            self.pay_in_advance(order, 100)
            self.deliver(picking, 2, 2)
        self.invoice_of(self.make(*MARCH)).action_post()
        with self.on("2026-04-02"):
            self.deliver(picking.backorder_ids, 8, 8)
        last = self.invoice_of(self.make(*APRIL))
        last.action_post()
        self.assertAlmostEqual(last.amount_total, order.amount_total - 100)
        self.assertFalse(any(order.order_line.mapped("qty_to_invoice")))

    def test_a_down_payment_that_is_credited_after_a_part(self):
        with self.on("2026-03-02"):
            picking = self.deliverable(10)
            order = picking.sale_id
            self.pay_in_advance(order, 60)
            self.deliver(picking, 3)
            advance = order.invoice_ids
        self.invoice_of(self.make(*MARCH)).action_post()
        with self.on("2026-04-02"):
            advance._reverse_moves(cancel=True)
            self.deliver(picking.backorder_ids, 7)
        last = self.invoice_of(self.make(*APRIL))
        self.assertEqual(last.amount_total, 113)
        self.assertFalse(any(order.order_line.mapped("qty_to_invoice")))

    def test_an_invoice_of_nothing_is_reversed(self):
        with self.on("2026-03-02"):
            picking = self.deliverable(10)
            self.pay_in_advance(picking.sale_id, 113)
            self.deliver(picking, 3)
        march = self.make(*MARCH)
        invoice = self.invoice_of(march)
        invoice.action_post()
        invoice._reverse_moves(cancel=True)
        self.assertEqual((invoice.amount_total, march.state), (0, "confirmed"))

    def test_by_hand_what_no_statement_tells_of(self):
        with self.on("2026-03-05"):
            picking = self.deliverable(10)
            self.deliver(picking, 4)
        march = self.make(*MARCH)
        with self.on("2026-04-05"):
            self.deliver(picking.backorder_ids, 6)
        self.invoice_on("2026-04-06", picking)
        march.action_confirm()
        self.assertEqual(march.state, "invoiced")

    def test_what_came_back_is_credited_with_its_statement(self):
        self.bolt.invoice_policy = "order"
        with self.on("2026-03-05"):
            picking = self.deliverable(8)
            self.deliver(picking, 6)
        march = self.make(*MARCH)
        with self.on("2026-04-05"):
            self.give_back(picking, 3)
        april = self.make(*APRIL)
        self.invoice_on("2026-04-21", picking)
        march.action_confirm()
        self.assertEqual(march.state, "invoiced")
        self.assertFalse(march.invoice_ids)
        credit = self.invoice_of(april)
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 33.9))

    def test_a_reversal_forges_nothing(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        march.action_confirm()
        other = self._create_invoice_one_line(price_unit=10, post=True)
        dialog = self.reversal(other, "2026-04-08")
        dialog = dialog.with_context(default_funnel_statement_id=march.id)
        dialog.refund_moves()
        self.assertFalse(other.reversal_move_ids.funnel_statement_id)
        self.assertEqual(march.state, "confirmed")

    def confirm_two(self):
        """Return a delivery, its customer's statement, and that of another customer."""
        delivery = self.deliver_on("2026-03-05")
        other = self.env["res.partner"].create({"name": "Other"})
        with self.on("2026-03-06"):
            self.deliver(self.new_delivery([(self.bolt, 2, {})], partner=other), 2)
        made = self.make(*MARCH, self.partner | other)
        made.action_confirm()
        mine = made.filtered(lambda each: each.partner_id == self.partner)
        return delivery, mine, made - mine

    def test_drafts_by_hand_settle_nothing(self):
        one, mine, others = self.confirm_two()
        draft = one.sale_id._create_invoices()
        (mine | others).action_invoice()
        self.assertEqual((mine.state, others.state), ("confirmed", "invoiced"))
        with self.assertRaises(UserError):
            mine.action_invoice()
        draft.action_post()
        mine.action_invoice()
        self.assertEqual(mine.state, "invoiced")

    def test_nothing_left_of_one_of_them(self):
        one, mine, others = self.confirm_two()
        self.invoice_on("2026-04-06", one)
        (mine | others).action_invoice()
        self.assertEqual((mine.state, others.state), ("invoiced", "invoiced"))
        self.assertEqual((len(mine.invoice_ids), len(others.invoice_ids)), (0, 1))

    def test_a_later_one_first(self):
        self.deliver_twice()
        march, april = self.make(*MARCH), self.make(*APRIL)
        march.action_confirm()
        self.assertEqual(self.invoice_of(april).amount_total, 67.8)
        march.action_invoice()
        self.assertEqual(march.invoice_ids.sudo().amount_total, 45.2)

    def deliver_twice(self):
        """Deliver 4 of an order in March, 6 in April."""
        with self.on("2026-03-05"):
            picking = self.deliverable(10)
            self.deliver(picking, 4)
        with self.on("2026-04-05"):
            self.deliver(picking.backorder_ids, 6)
        return picking.sale_id

    def test_by_hand_what_is_not_agreed(self):
        with self.on("2026-03-05"):
            picking = self.deliverable(10)
            self.deliver(picking, 4)
        march = self.make(*MARCH)
        self.invoice_on("2026-04-01", picking)
        with self.on("2026-04-05"):
            self.deliver(picking.backorder_ids, 6)
        april = self.make(*APRIL)
        self.assertEqual(self.invoice_of(april).amount_total, 67.8)
        march.action_confirm()
        self.assertEqual(march.state, "invoiced")

    def test_taxes_of_another_company(self):
        other = self.setup_other_company()
        product = self.env.ref("crm_sales_funnel.product_statement_difference")
        taxes = self.company.account_sale_tax_id
        taxes |= other["company"].account_sale_tax_id
        product.sudo().taxes_id = [Command.set(taxes.ids)]
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        march._note_difference(0.5, "cents")
        invoice = self.invoice_of(march)
        self.assertEqual(invoice.invoice_line_ids.tax_ids.company_id, self.company)

    def test_rounding_grows_with_the_lines(self):
        with self.on("2026-03-05"):
            values = {"price_unit": 0.05}
            picking = self.new_delivery(
                [(self.bolt, 1, values)] * 12, partner=self.partner
            )
            for move in picking.move_ids:
                move.quantity = 1
            picking.button_validate()
        march = self.make(*MARCH)
        with self.on("2026-04-02"):
            self.invoice_of(march).action_post()
        april = self.make(*APRIL)
        self.assertLessEqual(set(april.line_ids.mapped("kind")), {"rounding"})

    def test_drafts_of_the_same_days_are_made_again(self):
        self.deliver_on("2026-03-05")
        first = self.statements._make_open(self.company, self.partner, MARCH[1])
        self.deliver_on("2026-03-06")
        again = self.statements._make_open(self.company, self.partner, MARCH[1])
        self.assertEqual((again, again.closing), (first, 226))
        activity = self.statements._make_activity(self.company, self.partner, *MARCH)
        activity.action_mark_sent()
        self.assertNotEqual(
            self.statements._make_activity(self.company, self.partner, *MARCH), activity
        )

    def test_a_slip_is_one_row_of_open_items(self):
        with self.on("2026-03-05"):
            picking = self.new_delivery([(self.bolt, 1, {})] * 3, partner=self.partner)
            self.deliver(picking, 1, 1, 1)
        statement = self.statements._make_open(self.company, self.partner, MARCH[1])
        self.assertEqual(len(statement.line_ids), 3)
        (document,) = statement._print_documents(set(), prices=True)
        (row,) = document["lines"]
        self.assertEqual((float(row["amount"]), row["seq"]), (33.9, 1))

    def test_no_sequence(self):
        self.deliver_on("2026-03-05")
        self.env.ref("crm_sales_funnel.sequence_statement").active = False
        with self.assertRaises(UserError):
            self.make(*MARCH)

    def test_a_service_of_a_later_time_is_invoiced_by_hand(self):
        with self.on("2026-03-06"):
            order = self.deliverable(1).sale_id
            service = self.add_service(order, 4)
            self.deliver(order.picking_ids, 1)
        march = self.make(*MARCH)
        with self.on("2026-04-02"):
            service.qty_delivered = 3
            order._create_invoices().action_post()
            march.action_confirm()
        self.assertEqual((march.state, march.invoice_ids.ids), ("invoiced", []))
