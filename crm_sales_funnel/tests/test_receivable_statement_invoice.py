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
            service = self.env["product.product"].create(
                {
                    "name": "Assembly",
                    "type": "service",
                    "invoice_policy": "delivery",
                    "taxes_id": False,
                    "list_price": 50,
                }
            )
            order = self.deliverable(1).sale_id
            order.order_line = [
                Command.create({"product_id": service.id, "product_uom_qty": 4})
            ]
            order.order_line[-1].qty_delivered = 1
        march = self.make(*MARCH)
        order.order_line[-1].qty_delivered = 4
        self.assertEqual(self.invoice_of(march).amount_total, 50)

    def test_freight_and_down_payment_come_with_the_last(self):
        with self.on("2026-03-06"):
            freight = self.env["product.product"].create(
                {
                    "name": "Freight",
                    "type": "service",
                    "invoice_policy": "order",
                    "taxes_id": False,
                    "list_price": 20,
                }
            )
            order = self.deliverable(10).sale_id
            order.order_line = [
                Command.create({"product_id": freight.id, "product_uom_qty": 1})
            ]
            picking = order.picking_ids
            self.deliver(picking, 4)
        march = self.make(*MARCH)
        invoice = self.invoice_of(march)
        self.assertEqual(invoice.amount_total, 45.2)
        with self.on("2026-04-02"):
            invoice.action_post()
            self.deliver(picking.backorder_ids, 6)
        self.assertEqual(self.invoice_of(self.make(*APRIL)).amount_total, 87.8)

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
        with self.assertRaisesRegex(UserError, march.name):
            march.action_invoice()

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
            service = self.env["product.product"].create(
                {
                    "name": "Assembly",
                    "type": "service",
                    "invoice_policy": "delivery",
                    "taxes_id": False,
                    "list_price": 50,
                }
            )
            order = self.deliverable(1).sale_id
            order.order_line = [
                Command.create({"product_id": service.id, "product_uom_qty": 2})
            ]
            order.order_line[-1].qty_delivered = 2
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


@tagged("post_install", "-at_install")
class TestReceivableStatementRun(SettledCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.on_25th = cls.env["account.payment.term"].create(
            {"name": "月结25", "cutoff_day": 25}
        )
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {n}",
                    "customer_rank": 1,
                    "property_payment_term_id": cls.on_25th.id,
                }
                for n in range(3)
            ]
        )

    def run_of(self, **values):
        values.setdefault("date_to", "2026-03-25")
        return (
            self.env["funnel.statement.run"]
            .with_user(self.finance)
            .with_company(self.company)
            .create(values)
        )

    def deliver_to_all(self, day="2026-03-05"):
        for customer in self.customers:
            self.deliver_on(day, 1, partner=customer)

    def test_all_of_the_25th(self):
        self.deliver_to_all()
        self.deliver_on("2026-03-05")  # another customer
        run = self.run_of()
        self.assertEqual((run.customer_count, run.done_count), (3, 0))
        action = run.action_make()
        made = self.statements.search(action["domain"])
        self.assertEqual(made.partner_id, self.customers)
        self.assertEqual(
            {(s.date_from, s.date_to, s.closing) for s in made},
            {(date(2026, 2, 26), date(2026, 3, 25), 11.3)},
        )
        again = self.run_of()
        self.assertEqual(again.done_count, 3)
        again.action_make()
        self.assertEqual(self.statements.search(action["domain"]), made)

    def test_a_run_that_was_stopped_goes_on(self):
        self.deliver_to_all()
        self.patch(
            self.env.registry["funnel.statement.run"],
            "_get_batch_size",
            lambda _self: 1,
        )
        run = self.run_of()
        self.assertEqual(run.action_make()["tag"], "funnel_statement_progress")
        self.assertEqual(run.make_next(), {"done": 1, "total": 3, "action": False})
        other = self.run_of()
        steps = [other.make_next() for _customer in self.customers]
        self.assertEqual([step["done"] for step in steps], [1, 2, 3])
        self.assertTrue(steps[-1]["action"])
        made = self.statements.search([("partner_id", "in", self.customers.ids)])
        self.assertEqual(len(made), 3)

    def test_nobody(self):
        for values in (
            {"date_to": "2026-03-24"},
            {"kind": "activity"},
            {"date_to": "2999-03-25"},
            {"date_from": "2026-03-26", "partner_ids": self.customers.ids},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                self.run_of(**values).action_make()

    def test_activity_of_one(self):
        self.deliver_to_all()
        action = self.run_of(
            kind="activity", partner_ids=self.customers[0].ids, date_from="2026-03-01"
        ).action_make()
        statement = self.statements.browse(action["res_id"])
        self.assertEqual((statement.kind, statement.closing), ("activity", 11.3))

    def test_number_of_queries_does_not_grow(self):
        self.deliver_to_all()
        counts = []
        for customers, day in (
            (self.customers[0], date(2026, 3, 10)),
            (self.customers, date(2026, 3, 20)),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.statements._make(self.company, customers, date(2026, 3, 1), day)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_another_company(self):
        other = self.setup_other_company()["company"]
        self.deliver_to_all()
        made = self.run_of().action_make()
        finance = self.new_role_user(
            "finance_b", "finance", company_id=other.id, company_ids=other.ids
        )
        self.assertFalse(
            self.statements.with_user(finance).search_count(made["domain"])
        )
        with self.assertRaises(AccessError):
            self.statements.with_user(finance)._make(
                self.company, self.customers, date(2026, 4, 1), date(2026, 4, 25)
            )

    def test_differences_tell_nothing_of_other_companies(self):
        other = self.setup_other_company()["company"]
        self.deliver_to_all()
        made = self.statements.search(self.run_of().action_make()["domain"])
        finance = self.new_role_user(
            "finance_b", "finance", company_id=other.id, company_ids=other.ids
        )
        dialogs = self.env["funnel.statement.difference"].with_user(finance)
        with self.assertRaises(AccessError):
            dialogs.create(
                {"statement_id": made[0].id, "their_closing": 0, "reason": "x"}
            )

    def test_who_reads_them(self):
        self.customers[0].user_id = self.users["salesperson"]
        self.customers[1].user_id = self.new_role_user("other_sales", "salesperson")
        self.deliver_to_all()
        made = self.statements.search(self.run_of().action_make()["domain"])
        for role, count in (
            ("salesperson", 1),
            ("order_desk", 3),
            ("manager", 3),
            ("finance", 3),
        ):
            user = self.users[role]
            with self.subTest(role):
                seen = made.with_user(user).search([("id", "in", made.ids)])
                self.assertEqual(len(seen), count)
                lines = self.env["funnel.statement.line"].with_user(user)
                self.assertEqual(
                    len(lines.search([("statement_id", "in", made.ids)])), count
                )
        for role in ("warehouse", "purchasing"):
            with self.subTest(role), self.assertRaises(AccessError):
                made.with_user(self.users[role]).search([])

    def test_reminders(self):
        self.customers[0].user_id = self.users["salesperson"]
        self.deliver_to_all()
        with self.on("2026-03-25"):
            (card,) = self.reminders("settlement.cutoff")
            self.assertEqual(card["count"], 3)
            made = self.statements.search(self.run_of().action_make()["domain"])
            self.assertFalse(self.reminders("settlement.cutoff"))
            made.unlink()
        with self.on("2026-03-31"):
            (card,) = self.reminders("settlement.cutoff")
            self.assertEqual(card["count"], 3)
        with self.on("2026-04-01"):
            self.assertFalse(self.reminders("settlement.cutoff"))
            made = self.statements.search(self.run_of().action_make()["domain"])
        with self.on("2026-04-01"):
            (card,) = self.reminders("settlement.statement")
            self.assertEqual(card["count"], 0)
        with self.on("2026-04-02"):
            (card,) = self.reminders("settlement.statement")
            self.assertEqual(card["count"], 3)
            made[0].action_confirm()
            (card,) = self.reminders("settlement.statement")
            self.assertEqual(card["count"], 2)
            (card,) = self.reminders("settlement.statement_invoice")
            self.assertEqual(card["count"], 1)
        with self.on("2026-04-10"):
            (card,) = self.reminders("settlement.uninvoiced")
            self.assertEqual((card["count"], card["amount"]), (3, 33.9))

    def reminders(self, key):
        self.env.flush_all()
        self.env.invalidate_all()
        registry = self.env["funnel.reminder"].with_user(self.finance)
        return [card for card in registry.get_today("all") if card["key"] == key]

    def test_what_requests_say_of_settlements_counts_for_nothing(self):
        picking = self.deliver_on("2026-03-05")
        orders = picking.sale_id.with_context(
            funnel_settlement=[1, {}], funnel_settled_on="2020-01-01"
        )
        self.partner.property_payment_term_id = self.env.ref(
            "crm_sales_funnel.payment_term_monthly_30"
        )
        orders.payment_term_id = self.partner.property_payment_term_id
        with self.on("2026-03-06"):
            invoice = orders._create_invoices()
            invoice.action_post()
        self.assertEqual(invoice.amount_total, 113)
        self.assertFalse(invoice.funnel_statement_id)
        self.assertEqual(invoice.invoice_date_due, date(2026, 4, 30))

    def test_strange_days(self):
        for day in ("0001-01-01", "9999-12-31"):
            with self.subTest(day), self.assertRaises(UserError):
                self.run_of(date_to=day, partner_ids=self.customers.ids).make_next()
            report = self.env["funnel.uninvoiced.report"].with_context(as_of=day)
            with self.subTest(day):
                report.search([], limit=1)
