from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .receivable_common import ReceivableCommon


@tagged("post_install", "-at_install")
class TestReceivablePaymentDelay(ReceivableCommon):
    """Days are counted back from today; an invoice is due a month before today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.customer)
        cls.due = cls.today - timedelta(days=30)

    def owe(self, amount, **values):
        """Create an invoice of ten days before its due date."""
        values.setdefault("partner_id", self.customer.id)
        day = values.pop("due", self.due)
        return self.invoice(amount, day - timedelta(days=10), day, **values)

    def pay(self, amount, days, *invoices, **values):
        """Receive money so many days after the due date."""
        return self.receive(
            amount, self.due + timedelta(days=days), *invoices, **values
        )

    def payer(self, partner=None, user=None, companies=None):
        self.env.flush_all()
        self.env.invalidate_all()
        partner = (partner or self.customer).with_user(user or self.env.user)
        return partner.with_context(allowed_company_ids=(companies or self.company).ids)

    def assert_delay(self, days, partner=None, **options):
        self.assertAlmostEqual(
            self.payer(partner, **options).average_payment_delay, days, 1
        )

    def payments(self, user=None):
        self.payer()
        delays = self.env["funnel.payment.delay"].with_user(user or self.env.user)
        return delays.with_context(allowed_company_ids=self.company.ids)

    # ------------------------------------------------------------------
    # The number
    # ------------------------------------------------------------------

    def test_two_payments_of_one_invoice(self):
        invoice = self.owe(100)
        self.assert_delay(0)
        self.pay(25, 4, invoice)
        self.assert_delay(4)
        self.pay(75, 20, invoice)
        self.assert_delay((25 * 4 + 75 * 20) / 100)  # 16, not 12

    def test_larger_amounts_weigh_more(self):
        self.pay(900, 10, self.owe(900))
        self.pay(100, 0, self.owe(100))
        self.assert_delay(9)

    def test_an_early_payment(self):
        self.pay(100, -5, self.owe(100))
        self.assert_delay(-5)
        self.pay(100, 6, self.owe(100))
        self.assert_delay(0.5)

    def test_paid_before_it_was_invoiced(self):
        deposit = self.pay(100, -20)
        self.apply(deposit.move_id, self.owe(100))
        self.assert_delay(-20)

    def test_a_credit_note_is_no_payment(self):
        invoice = self.owe(100)
        credit = self.owe(60, move_type="out_refund", due=self.due + timedelta(days=25))
        self.apply(credit, invoice)
        self.assert_delay(0)
        self.pay(40, 3, invoice)
        self.assert_delay(3)

    def test_other_entries_are_no_payments(self):
        invoice = self.owe(100)
        self.apply(self.entry(-60, self.today), invoice)
        self.assertFalse(self.payments().search([]))
        self.pay(40, 3, invoice)
        self.assert_delay(3)

    def test_each_instalment_by_its_own_day(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half in ten days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 10}
                    ),
                ],
            }
        )
        invoice = self.owe(100, invoice_payment_term_id=term.id)
        self.assertEqual(len(self.open_items(invoice)), 2)
        self.pay(100, 5, invoice)
        # Of the invoice's day 15 days, of ten days later 5.
        self.assert_delay(10)

    def test_payments_that_are_taken_back(self):
        payment = self.pay(100, 9, self.owe(100))
        payment.action_draft()
        self.assert_delay(0)

    def test_a_payment_of_a_later_date(self):
        self.pay(100, 31, self.owe(100))
        self.assert_delay(0)

    def test_invoices_of_more_than_a_year_ago(self):
        self.pay(100, 9, self.owe(100, due=self.today - timedelta(days=400)))
        self.assert_delay(0)

    def test_a_contact_counts_to_its_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.customer.id, "type": "invoice"}
        )
        self.pay(100, 8, self.owe(100, partner_id=contact.id), partner_id=contact.id)
        self.assert_delay(8)
        self.assert_delay(8, contact)

    def test_another_company(self):
        other = self.setup_other_company(name="Second Ltd")["company"]
        self.env.user.company_ids |= other
        self.pay(100, 8, self.owe(100))
        env = self.env(context={"allowed_company_ids": other.ids})
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": self.due,
                "invoice_payment_term_id": False,
                "invoice_date_due": self.due,
                "invoice_line_ids": [
                    Command.create({"price_unit": 300, "tax_ids": [Command.clear()]})
                ],
            }
        )
        move.action_post()
        env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create(
            {"payment_date": self.due + timedelta(days=20)}
        ).action_create_payments()
        self.assert_delay(8)
        self.assert_delay(20, companies=other)
        self.assert_delay(17, companies=self.company | other)
        self.assert_delay(8, user=self.users["finance"])

    # ------------------------------------------------------------------
    # Where it is shown
    # ------------------------------------------------------------------

    def test_beside_what_customers_owe(self):
        invoice = self.owe(100)
        self.pay(25, 4, invoice)
        self.payer()
        report = self.env["funnel.receivable.report"].with_context(
            allowed_company_ids=self.company.ids
        )
        row = report.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.average_delay, row.paid), (4, 25))
        found = report.search([("average_delay", ">", 3.5)])
        self.assertEqual(found, row)
        self.assertFalse(report.search([("average_delay", ">", 4)]))

    def test_search(self):
        nobody = self.env["res.partner"].create({"name": "Never paid"})
        partners = self.payer().browse([self.customer.id, nobody.id])
        self.pay(100, 8, self.owe(100))
        self.payer()
        for condition, expected in (
            (("average_payment_delay", ">", 7), self.customer),
            (("average_payment_delay", ">", 8), nobody.browse()),
            (("average_payment_delay", "=", 8), self.customer),
            (("average_payment_delay", "<=", 8), self.customer),
            (("average_payment_delay", "<", 8), nobody.browse()),
            (("average_payment_delay", "=", 0), nobody.browse()),
            (("average_payment_delay", "!=", 8), nobody),
        ):
            with self.subTest(condition):
                domain = [("id", "in", partners.ids), condition]
                self.assertEqual(partners.search(domain), expected)

    def test_search_of_the_days(self):
        self.pay(100, 8, self.owe(100))
        payments = self.payments()
        for condition, count in (
            (("days", ">", 5), 1),
            (("days", ">", 7.5), 1),
            (("days", ">", 8), 0),
            (("days", "<=", 8), 1),
            (("days", "=", 8), 1),
            (("days", "!=", 8), 0),
            (("days", "in", [7, 8]), 1),
            (("days", "=", 0), 0),
            (("weight", ">", 799.5), 1),
            (("weight", ">", 800), 0),
        ):
            with self.subTest(condition):
                self.assertEqual(payments.search_count([condition]), count)

    def test_its_parts_are_opened(self):
        invoice = self.owe(100)
        self.pay(25, 4, invoice)
        self.pay(75, 20, invoice)
        report = self.env["funnel.receivable.report"]
        self.owe(1)  # who owes nothing has no row
        self.payer()
        row = report.with_context(allowed_company_ids=self.company.ids).search(
            [("partner_id", "=", self.customer.id)]
        )
        for role in ("salesperson", "order_desk", "finance"):
            user = self.users[role]
            for action in (
                self.payer(user=user).action_open_payment_delays(),
                row.with_user(user).action_open_payments(),
            ):
                with self.subTest(role):
                    parts = self.payments(user).search(action["domain"])
                    self.assertEqual(sum(parts.mapped("amount")), 100)
                    self.assertEqual(
                        sum(part.amount * part.days for part in parts) / 100, 16
                    )
                    document = parts[0].action_open_document()
                    self.assertIn(
                        (document["res_model"], document["res_id"]),
                        [
                            ("account.move", invoice.id),
                            ("funnel.payment.delay", parts[0].id),
                        ],
                    )

    def test_averages_of_groups_are_weighted(self):
        self.pay(900, 10, self.owe(900))
        self.pay(100, 0, self.owe(100))
        (group,) = self.payments().formatted_read_group(
            [], ["partner_id"], ["days:avg", "amount:sum"]
        )
        self.assertEqual((group["days:avg"], group["amount:sum"]), (9, 1000))

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------

    def test_what_each_role_sees(self):
        self.pay(100, 8, self.owe(100))
        stranger = self.new_role_user("funnel_stranger", "salesperson")
        portal = new_test_user(self.env, "funnel_portal", groups="base.group_portal")
        for role in ("salesperson", "team_leader", "manager", "order_desk", "finance"):
            with self.subTest(role):
                self.assert_delay(8, user=self.users[role])
                self.assertEqual(len(self.payments(self.users[role]).search([])), 1)
        self.assert_delay(0, user=stranger)
        self.assertFalse(self.payments(stranger).search([]))
        for user in (self.users["warehouse"], self.users["purchasing"], portal):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.payments(user).search([])
                self.assertNotIn(
                    "average_payment_delay", self.payer(user=user).fields_get()
                )

    def test_number_of_queries_does_not_grow(self):
        """One of ours, of one customer and of many."""
        partners = self.customer
        for number in range(4):
            partner = self.env["res.partner"].create({"name": f"Customer {number}"})
            partners |= partner
            invoice = self.owe(10, partner_id=partner.id)
            self.pay(10, number, invoice, partner_id=partner.id)

        def count(some):
            self.payer()
            some = some.with_context(allowed_company_ids=self.company.ids)
            some.mapped("commercial_partner_id")
            before = self.env.cr.sql_log_count
            some.mapped("average_payment_delay")
            return self.env.cr.sql_log_count - before

        count(partners)
        self.assertEqual(count(partners), count(partners[:1]))
