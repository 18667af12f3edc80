from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_receivable_statement_invoice import SettledCommon


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
        self.assertEqual(run.action_make()["tag"], "funnel_progress")
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

    def test_the_first_day_that_is_proposed(self):
        """By the terms of the chosen customers; without terms, the end of a month is
        the last day of a period."""
        month_end = self.env["account.payment.term"].create(
            {"name": "月结", "cutoff_day": 31}
        )
        on_25th, at_month_end, both = self.customers
        at_month_end.property_payment_term_id = month_end
        both.property_payment_term_id = False
        for customers, day, first in (
            (both, "2026-04-30", "2026-04-01"),
            (both, "2026-04-29", "2026-03-30"),
            (both, "2026-02-28", "2026-02-01"),
            (both, "2028-02-29", "2028-02-01"),
            (both, "2028-02-28", "2028-01-29"),
            (both, "2026-03-30", "2026-03-01"),
            (at_month_end, "2026-04-30", "2026-04-01"),
            (at_month_end, "2026-02-28", "2026-02-01"),
            (at_month_end, "2026-02-10", "2026-02-01"),
            (on_25th, "2026-04-25", "2026-03-26"),
            (on_25th, "2026-04-30", "2026-04-26"),
            (on_25th | at_month_end, "2026-04-25", "2026-03-26"),
        ):
            with self.subTest(customers.mapped("name"), day=day):
                run = self.run_of(date_to=day, partner_ids=customers.ids)
                self.assertEqual(run.date_from, date.fromisoformat(first))

    def test_chosen_by_hand_the_period_is_the_same(self):
        self.on_25th.cutoff_day = 31
        customer = self.customers[0]
        self.deliver_on("2026-03-31", 4, partner=customer)
        self.deliver_on("2026-04-05", 1, partner=customer)
        for chosen in ({"partner_ids": customer.ids}, {}):
            with self.subTest(chosen):
                self.run_of(date_to="2026-04-30", **chosen).action_make()
                made = self.statements.search([("partner_id", "=", customer.id)])
                self.assertEqual(
                    (made.date_from, made.opening, made.delivered, made.closing),
                    (date(2026, 4, 1), 45.2, 11.3, 56.5),
                )
                made.unlink()

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
