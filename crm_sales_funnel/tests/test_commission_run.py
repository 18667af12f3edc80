from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.commission.ledger_columns import INDEXES
from .commission_run_common import CommissionRunCommon


@tagged("post_install", "-at_install")
class TestCommissionRun(CommissionRunCommon):
    """What changes after something was earned books itself."""

    def test_run_twice(self):
        plan = self.plan(rate=3)
        self.pay(565, self.document(1000))  # a half
        self.assertEqual(plan._run(), 1)
        self.assertEqual(plan._run(), 0)
        self.assertEqual(plan._run(rebuild=True), 0)
        self.assertEqual(self.entries.search([("plan_id", "=", plan.id)]).amount, 15)

    def test_unreconciled(self):
        plan = self.plan(rate=3)
        invoice = self.document(1000)
        payment = self.pay(1130, invoice)
        self.assertEqual(self.earned(plan), 30)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self.earned(plan), 0)
        first, second = self.entries.search([("plan_id", "=", plan.id)], order="id")
        self.assertEqual(second.amount, -first.amount)
        self.assertEqual((second.type, second.origin_id), ("reversal", first))
        self.assertEqual((second.base, second.move_id), (-1000, invoice))
        self.match(payment.move_id, invoice)
        self.assertEqual(self.earned(plan), 30)
        self.assert_follows_from_the_documents(plan)

    def test_payment_undone(self):
        plan = self.plan(rate=3)
        payment = self.pay(1130, self.document(1000))
        self.assertEqual(self.earned(plan), 30)
        payment.action_draft()
        self.assertEqual(self.earned(plan), 0)
        payment.action_cancel()
        self.assertEqual(self.earned(plan), 0)
        self.assert_follows_from_the_documents(plan)

    def test_partial_credit_note_and_partial_payment(self):
        plan = self.plan(rate=3)
        invoice = self.document(1000)
        self.pay(565, invoice)
        self.assertEqual(self.earned(plan), 15)
        refund = invoice._reverse_moves([{"invoice_date": "2026-03-12"}])
        refund.invoice_line_ids.price_unit = 400
        refund.action_post()
        self.match(invoice, refund)
        self.assertEqual(self.earned(plan), 15)  # what was paid is paid
        self.pay(113, invoice, day="2026-03-20")
        self.assertEqual(self.earned(plan), 18)  # 600 in all
        self.assert_follows_from_the_documents(plan)

    def test_credit_note_of_what_is_invoiced(self):
        plan = self.plan(rate=3, basis="invoiced")
        invoice = self.document(1000)
        self.assertEqual(self.earned(plan), 30)
        # Somebody else has the customer now: it is taken back from whom earned.
        self.customer.user_id = self.leader
        refund = invoice._reverse_moves([{"invoice_date": "2026-04-12"}])
        refund.invoice_user_id = self.leader
        refund.action_post()
        self.assertEqual(self.earned(plan), 0)
        self.assertEqual(self.earned(plan, self.leader), 0)
        self.assertEqual(
            self.entries.search([("move_id", "=", refund.id)]).mapped("type"),
            ["reversal"],
        )

    def test_write_off_is_not_paid(self):
        plan = self.plan(rate=3)
        invoice = self.document(1000, tax=self.env["account.tax"])
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "amount": 900,
                    "payment_difference_handling": "reconcile",
                    "writeoff_account_id": self.expense.id,
                }
            )
        )
        wizard._create_payments()
        self.assertEqual(self.earned(plan), 27)

    def test_thirds_come_to_the_whole(self):
        plan = self.plan(rate=1)
        invoice = self.document(10, tax=self.env["account.tax"])
        for month in (3, 4, 5):
            self.pay(3.33 + 0.01 * (month == 5), invoice, day=f"2026-0{month}-10")
            self.earned(plan)
        self.assertEqual(
            self.amounts(plan),
            {"2026-03-10": 0.03, "2026-04-10": 0.04, "2026-05-10": 0.03},
        )
        self.assert_follows_from_the_documents(plan)

    def test_salesperson_changed_later(self):
        plan = self.plan(rate=3)
        invoice = self.document(1000)
        self.pay(565, invoice)
        self.assertEqual(self.earned(plan), 15)
        invoice.invoice_user_id = self.leader
        self.pay(565, invoice, day="2026-04-01")
        self.assertEqual(self.earned(plan), 30)
        self.assertEqual(self.earned(plan, self.leader), 0)
        # Who decides it says so, and it is booked for both.
        invoice.commission_split_ids = [
            Command.create({"user_id": self.leader.id, "percent": 100})
        ]
        self.assertEqual(self.earned(plan), 0)
        self.assertEqual(self.earned(plan, self.leader), 30)
        self.assert_follows_from_the_documents(plan)

    def test_down_payment_and_final_invoice(self):
        plan = self.plan(rate=3, basis="invoiced")
        order = self.sell((1000, 1))
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": 30})
        )
        down = wizard._create_invoices(order)
        down.invoice_date = "2026-03-02"
        down.action_post()
        self.assertEqual(self.earned(plan), 9)
        final = order._create_invoices(final=True)
        final.invoice_date = "2026-03-20"
        final.action_post()
        self.assertEqual(self.earned(plan), 30)
        self.assert_follows_from_the_documents(plan)

    def test_delivered_and_returned(self):
        plan = self.plan(rate=3, basis="delivered")
        order = self.sell((100, 10))
        done = self.deliver(order, "2026-03-05", 4)
        self.assertEqual(self.earned(plan), 12)
        self.deliver(order, "2026-03-09")
        self.assertEqual(self.earned(plan), 30)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=done.picking_id.id, active_model="stock.picking")
            .create({"picking_id": done.picking_id.id})
        )
        wizard.product_return_moves.quantity = 3
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": 3, "picked": True})
        back._action_done()
        self.assertEqual(self.earned(plan), 21)
        self.assert_follows_from_the_documents(plan)

    def test_order_is_changed_and_cancelled(self):
        plan = self.plan(rate=3, basis="ordered")
        order = self.sell((100, 10))
        self.assertEqual(self.earned(plan), 30)
        order.order_line.price_unit = 90
        self.assertEqual(self.earned(plan), 27)
        order._action_cancel()
        self.assertEqual(self.earned(plan), 0)
        self.assert_follows_from_the_documents(plan)

    def test_currency_of_the_document(self):
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        plan = self.plan(rate=3, basis="invoiced")
        self.document(1000, currency_id=euro.id, tax=self.env["account.tax"])
        self.assertEqual(self.earned(plan), 60)  # 2,000 in the company's
        plan = self.plan(rate=3, basis="ordered")
        order = self.sell((100, 10), confirm=False)
        order.currency_id = euro
        order.action_confirm()
        order.date_order = "2026-03-01 09:00:00"
        self.assertEqual(self.earned(plan), 60)

    def test_other_company(self):
        other = self.company_data_2 = self.setup_other_company()
        plan = self.plan(rate=3, basis="invoiced", company_id=other["company"].id)
        self.document(1000)
        self.assertEqual(self.earned(plan), 0)

    def test_leaver(self):
        invoice = self.document(1000, day="2026-03-10")
        self.pay(565, invoice, day="2026-03-20")
        self.pay(565, invoice, day="2026-04-20")
        self.pay(1130, self.document(1000, day="2026-04-10"), day="2026-04-20")
        for leaver, earned in (("keeps", 60), ("loses", 30)):
            with self.subTest(leaver=leaver):
                plan = self.plan(
                    basis="invoiced",
                    rate=6,
                    release=[{"event": "collected", "percent": 100}],
                    member=[
                        {"user_id": self.seller.id, "date_to": "2026-03-31"}
                        | {"leaver": leaver}
                    ],
                )
                self.assertEqual(self.earned(plan), earned)

    def test_leaver_by_money(self):
        """What was sold in somebody's time counts, whenever it is paid; what was sold
        before or after it is another's."""
        for day in ("2026-02-20", "2026-03-10", "2026-04-02"):
            invoice = self.document(1000, day=day)
            self.pay(565, invoice, day="2026-03-31" if day < "2026-04" else day)
            self.pay(565, invoice, day="2026-04-20")
        for leaver, earned in (
            ({"leaver": "keeps"}, {"2026-03-31": 30, "2026-04-20": 30}),
            ({"leaver": "loses"}, {"2026-03-31": 30}),
            (
                {"leaver": "shares", "leaver_share": 40},
                {"2026-03-31": 30, "2026-04-20": 12},
            ),
        ):
            with self.subTest(**leaver):
                plan = self.plan(
                    rate=6,
                    member=[
                        {
                            "user_id": self.seller.id,
                            "date_from": "2026-03-01",
                            "date_to": "2026-03-31",
                            **leaver,
                        },
                        # Back with another share: nothing counts twice.
                        {
                            "user_id": self.seller.id,
                            "date_from": "2026-05-01",
                            "share": 10,
                        },
                    ],
                )
                self.earned(plan)
                self.assertEqual(self.amounts(plan), earned)

    def test_releases(self):
        plan = self.plan(
            basis="ordered",
            rate=10,
            release=[
                {"event": "delivered", "percent": 40},
                {"event": "fully_collected", "percent": 40},
                {"event": "year_end", "percent": 20},
            ],
        )
        order = self.sell((100, 10))
        self.assertEqual(self.earned(plan, until="2026-12-30"), 0)
        self.deliver(order, "2026-03-05", 4)
        self.deliver(order, "2026-03-08")
        invoice = self.bill(order, "2026-03-09")
        self.pay(400, invoice, day="2026-03-20")
        self.assertEqual(self.earned(plan, until="2026-12-30"), 40)
        self.pay(600, invoice, day="2026-03-25")
        self.assertEqual(self.earned(plan, until="2026-12-30"), 80)
        self.assertEqual(self.earned(plan, until="2026-12-31"), 100)
        self.assertEqual(
            self.amounts(plan),
            {"2026-03-05": 16, "2026-03-08": 24, "2026-03-25": 40, "2026-12-31": 20},
        )

    def test_ledger_is_only_added_to(self):
        plan = self.plan(rate=3, basis="invoiced")
        self.document(1000)
        self.earned(plan)
        entry = self.entries.search([("plan_id", "=", plan.id)])
        with self.assertRaises(UserError):
            entry.amount = 1000
        with self.assertRaises(UserError):
            entry.unlink()
        with self.assertRaises(UserError):
            self.entries.create(
                {
                    "user_id": self.seller.id,
                    "amount": 5,
                    "type": "earned",
                    "reason": "x",
                }
            )
        with self.assertRaises(ValidationError):
            self.entries.create({"user_id": self.seller.id, "amount": 5, "reason": " "})
        added = self.entries.create(
            {"user_id": self.seller.id, "amount": 5, "reason": "Fair stand"}
        )
        self.assertEqual(added.type, "adjustment")
        self.assertEqual(added.explanation, "Fair stand")
        self.assertEqual(plan._run(rebuild=True), 0)

    def test_explained(self):
        plan = self.plan(
            basis="invoiced",
            rate=3,
            rule=[
                {"product_id": self.nuts.id, "kind": "multiplier", "multiplier": 0.5}
            ],
            release=[{"event": "collected", "percent": 100}],
        )
        self.pay(847.5, self.document(1000, 500))  # a half of both
        self.assertEqual(self.earned(plan), 18.75)
        self.assertEqual(
            sorted(
                self.entries.search([("plan_id", "=", plan.id)]).mapped("explanation")
            ),
            [
                "$\N{NO-BREAK SPACE}1,000.00 × 3 % × 50 %",
                "$\N{NO-BREAK SPACE}500.00 × 3 % × 0.5 × 50 %",
            ],
        )

    def test_queries_do_not_grow(self):
        plan = self.plan(rate=3, level=[{"bound": 100, "rate": 5}])
        counts = []
        for number in (1, 12):
            for _index in range(number):
                self.pay(565, self.document(1000, 200, 300))
            self.env.flush_all()
            plan._run()
            self.pay(565, self.document(1000, 200, 300))
            self.env.flush_all()
            before = self.cr.sql_log_count
            plan._run()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_the_ledger_has_its_indexes_after_it_was_filled(self):
        def indexes():
            self.cr.execute(
                "SELECT indexname FROM pg_indexes"
                " WHERE tablename = 'funnel_commission_entry' ORDER BY 1"
            )
            return [name for (name,) in self.cr.fetchall()]

        before = indexes()
        self.assertEqual(len(before), len(INDEXES) + 1)
        plan = self.plan(basis="invoiced", rate=3)
        self.document(1000)
        self.assertFalse(self.entries.search([]))
        self.assertEqual(plan._run(), 1)
        self.assertEqual(indexes(), before)

    def test_months_between_are_left_alone(self):
        """What a payment touches counts in the months of the document's money alone."""
        plan = self.plan(rate=3, level=[{"bound": 400, "rate": 5}])
        first, second = self.document(1000), self.document(1000)
        self.pay(500, first, day="2026-01-20")
        self.pay(700, second, day="2026-03-20")
        self.env.flush_all()
        plan._run(date(2026, 12, 31))
        self.pay(500, first, day="2026-05-20")
        self.env.flush_all()
        self.env["funnel.commission.engine"]._flush_documents()
        self.assertEqual(
            plan._get_periods([], first.ids),
            [date(2026, 1, 1), date(2026, 5, 1)],
        )
        self.assertEqual(plan._run(date(2026, 12, 31)), 1)
        self.assert_follows_from_the_documents(plan)

    def test_access(self):
        plan = self.plan(rate=3, basis="invoiced")
        self.document(1000)
        self.document(2000, invoice_user_id=self.other_seller.id)
        self.document(4000, invoice_user_id=self.env.user.id)
        plan._run()
        self.env.invalidate_all()
        for role, amounts in (
            ("salesperson", [30]),
            ("team_leader", [30]),
            ("manager", [30, 60, 120]),
            ("finance", [30, 60, 120]),
        ):
            with self.subTest(role):
                found = self.entries.with_user(self.users[role]).search([])
                self.assertEqual(sorted(found.mapped("amount")), amounts)
        for role in ("order_desk", "warehouse", "purchasing"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.entries.with_user(self.users[role]).search([])
