"""Whom to follow up, by which level: amounts worked out by hand."""

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .followup_common import TODAY, FollowupCommon


@tagged("post_install", "-at_install")
class TestReceivableFollowup(FollowupCommon):
    def test_nobody_is_overdue(self):
        self.overdue(100, 0)
        self.overdue(200, -10)
        self.assert_proposed([])

    def test_each_level_begins_on_its_day(self):
        self.overdue(100, 1)
        self.assert_proposed([("Nordwind GmbH", "task", 100, 0)])
        for days, channel in (
            (13, "task"),
            (14, "call"),
            (28, "call"),
            (29, "letter"),
            (43, "letter"),
            (44, "hold"),
            (3000, "hold"),
        ):
            self.assert_proposed([("Nordwind GmbH", channel, 100, 0)], self.day(days))

    def test_the_highest_level_speaks_of_all_that_is_overdue(self):
        """No climbing level by level; what is not due is not asked for."""
        self.overdue(100, 31)
        self.overdue(40, 3)
        self.overdue(7, -1)
        (proposal,) = self.propose()
        self.assertEqual(
            (proposal.channel, proposal.amount_due, proposal.oldest_days),
            ("letter", 140, 31),
        )
        self.assertEqual(
            list(zip(proposal.kinds, proposal.amounts, proposal.days, proposal.levels)),
            [("chased", 100, 31, 30), ("chased", 40, 3, 1)],
        )

    def test_a_level_before_the_due_date(self):
        self.policy = self.create_policy(("Soon", -3, "mail"), sequence=-2)
        self.customer.email = "pay@example.com"
        self.overdue(100, -4)
        self.assert_proposed([])
        self.overdue(60, -3)
        self.assert_proposed([("Nordwind GmbH", "mail", 60, 0)])

    def test_who_has_no_address_gets_a_letter(self):
        self.policy = self.create_policy(("Mail", 1, "mail"), sequence=-2)
        self.overdue(100, 5)
        for email in (False, "", "none"):
            self.customer.email = email
            self.assert_proposed([("Nordwind GmbH", "letter", 100, 0)])
        self.customer.email = "pay@example.com"
        self.assert_proposed([("Nordwind GmbH", "mail", 100, 0)])

    def test_the_billing_address_gets_it(self):
        billing = self.env["res.partner"].create(
            {
                "name": "Accounts",
                "type": "invoice",
                "parent_id": self.customer.id,
                "lang": "en_US",
            }
        )
        self.overdue(100, 5, partner_id=billing.id)
        (proposal,) = self.propose()
        self.assertEqual(
            (proposal.partner_id, proposal.contact_id, proposal.lang),
            (self.customer.id, billing.id, "en_US"),
        )

    def test_an_instalment_is_followed_up_by_itself(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "30/50/20",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": part, "nb_days": days}
                    )
                    for part, days in ((30, 0), (50, 30), (20, 60))
                ],
            }
        )
        invoice = self._create_invoice_one_line(
            price_unit=1000,
            partner_id=self.customer.id,
            tax_ids=[],
            account_id=self.company_data["default_account_revenue"],
            invoice_date=self.day(-31).isoformat(),
            invoice_payment_term_id=term.id,
            post=True,
        )
        self.assert_proposed([("Nordwind GmbH", "letter", 800, 0)])
        self.receive(40, self.day(-1).isoformat(), invoice)
        self.assert_proposed([("Nordwind GmbH", "letter", 760, 0)])

    def test_credits_are_taken_off(self):
        self.overdue(100, 20)
        self.receive(30, self.day(-2).isoformat())
        self.assert_proposed([("Nordwind GmbH", "call", 100, -30)])
        self.receive(70, self.day(-2).isoformat())
        self.assert_proposed([])

    def test_a_credit_note_larger_than_its_invoice(self):
        self.overdue(100, 20)
        self.invoice(120, self.day(-5).isoformat(), move_type="out_refund")
        self.assert_proposed([])

    def test_what_is_open_is_what_the_aging_says(self):
        """A shop's debt is the customer's; what was written off is not; a receipt of
        tomorrow pays nothing today, nor does one that was reset to draft."""
        shop = self.env["res.partner"].create(
            {"name": "Shop", "type": "other", "parent_id": self.customer.id}
        )
        self.overdue(10, 20, partner_id=shop.id)
        written_off = self.overdue(200, 20)
        self.apply(written_off, self.entry(-200, self.day(-1).isoformat()))
        late = self.overdue(400, 20)
        self.receive(400, self.day(1).isoformat(), late)
        undone = self.overdue(800, 20)
        self.receive(800, self.day(-1).isoformat(), undone).action_draft()
        self.assert_proposed([("Nordwind GmbH", "call", 1210, 0)])
        (proposal,) = self.propose()
        rows = self.aging(TODAY.isoformat()).search(
            [("partner_id", "=", self.customer.id), ("days_overdue", ">", 0)]
        )
        self.assertEqual(sum(rows.mapped("residual")), sum(proposal.amounts))
        self.assert_proposed([("Nordwind GmbH", "call", 810, 0)], self.day(1))

    def test_promised_and_disputed_items_wait(self):
        """The rest is asked for; a broken promise is followed up again."""
        promised, disputed = self.overdue(100, 20), self.overdue(30, 20)
        self.overdue(7, 20)
        promise = self.env["funnel.payment.promise"].create(
            {
                "item_ids": [Command.set(self.open_items(promised).ids)],
                "date": TODAY,
                "date_due": self.day(3),
            }
        )
        dispute = self.env["funnel.invoice.dispute"].create(
            {
                "item_ids": [Command.set(self.open_items(disputed).ids)],
                "category": "price",
                "note": "too dear",
                "date": TODAY,
            }
        )
        self.assert_proposed([("Nordwind GmbH", "call", 7, 0)])
        self.assert_proposed([("Nordwind GmbH", "call", 7, 0)], self.day(3))
        self.assert_proposed([("Nordwind GmbH", "call", 107, 0)], self.day(4))
        promise.action_cancel()
        self.assert_proposed([("Nordwind GmbH", "call", 107, 0)])
        dispute.resolution = "agreed"
        dispute.action_resolve()
        # Resolved today; as of TODAY it was disputed.
        today = fields.Date.today()
        self.assert_proposed([("Nordwind GmbH", "hold", 137, 0)], today)

    def test_small_amounts_are_left_alone(self):
        self.policy.min_amount = 50
        self.overdue(49.99, 20)
        self.assert_proposed([])
        self.overdue(0.01, 2)
        self.assert_proposed([("Nordwind GmbH", "call", 50, 0)])

    def test_opening_balances_by_policy(self):
        """Odoo marks them as not to be followed up: the policy decides."""
        entry = self.entry(500, self.day(-40).isoformat())
        self.assertTrue(self.open_items(entry).no_followup)
        self.assert_proposed([("Nordwind GmbH", "letter", 500, 0)])
        self.policy.with_entries = False
        self.assert_proposed([])

    def test_an_invoice_that_is_not_to_be_followed_up(self):
        invoice = self.overdue(100, 20)
        invoice.no_followup = True
        self.assert_proposed([])
        self.overdue(30, 2)
        self.assert_proposed([("Nordwind GmbH", "task", 30, 0)])

    def test_policies_of_customers(self):
        none = self.create_policy(sequence=5)
        self.overdue(100, 20)
        self.customer.with_company(self.company).followup_policy_id = none
        self.assert_proposed([])
        gentle = self.create_policy(("Mail", 10, "letter"), sequence=6)
        self.customer.with_company(self.company).followup_policy_id = gentle
        self.assert_proposed([("Nordwind GmbH", "letter", 100, 0)])

    def test_each_currency_has_a_message(self):
        other = self.setup_other_currency("EUR", rates=[("2000-01-01", 2.0)])
        self.overdue(100, 20)
        self.overdue(80, 31, currency_id=other.id)
        self.assert_proposed(
            [("Nordwind GmbH", "call", 100, 0), ("Nordwind GmbH", "letter", 80, 0)]
        )
        amounts = {each.currency_id: each.amount_company for each in self.propose()}
        self.assertEqual(amounts, {self.company.currency_id.id: 100, other.id: 40})

    def test_salesperson_of_the_customer_else_of_the_largest_item(self):
        self.overdue(100, 20)
        (proposal,) = self.propose()
        self.assertEqual(proposal.user_id, self.users["salesperson"].id)
        self.customer.user_id = False
        self.overdue(300, 20, invoice_user_id=self.users["manager"].id)
        (proposal,) = self.propose()
        self.assertEqual(proposal.user_id, self.users["manager"].id)

    def test_salespeople_who_have_left_get_no_tasks(self):
        manager, seller = self.users["manager"], self.users["salesperson"]
        self.overdue(100, 20, invoice_user_id=manager.id)
        line = self.prepare()
        self.assertEqual(line.user_id, seller)
        seller.active = False
        (proposal,) = self.propose()
        self.assertEqual(proposal.user_id, manager.id)
        manager.active = False
        (proposal,) = self.propose()
        self.assertFalse(proposal.user_id)
        manager.active = True
        self.assertEqual(line._renew(TODAY), line)
        self.assertEqual(line.user_id, manager)

    def test_with_statement_lists_what_is_not_due(self):
        self.policy.level_ids.filtered(lambda v: v.days == 30).with_statement = True
        self.overdue(100, 31)
        self.overdue(70, -5)
        self.receive(10, self.day(-2).isoformat())
        (proposal,) = self.propose()
        self.assertEqual((proposal.amount_due, proposal.credit), (100, -10))
        self.assertEqual(
            sorted(zip(proposal.kinds, proposal.amounts)),
            [("chased", 100), ("credit", -10), ("not_due", 70)],
        )

    def test_nothing_is_written(self):
        """And it takes as many queries for many customers as for one."""

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.propose()
            return self.env.cr.sql_log_count - before

        self.overdue(100, 20)
        count()
        one = count()
        for n in range(5):
            customer = self.customer.copy({"name": f"C{n}"})
            self.overdue(100, n, partner_id=customer.id)
        self.assertEqual(count(), one)
        self.assertFalse(self.lines())

    def test_two_companies(self):
        """Who owes to a company is followed up by it."""
        other = self.company_data_2 = self.setup_other_company()
        self.overdue(100, 20)
        company = other["company"]
        self.create_policy(("Letter", 5, "letter"), company_id=company.id)
        invoice = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": self.day(-20),
                    "invoice_date_due": self.day(-10),
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "goods",
                                "price_unit": 55,
                                "tax_ids": [],
                                "account_id": other["default_account_revenue"].id,
                            }
                        )
                    ],
                }
            )
        )
        invoice.action_post()
        self.assert_proposed([("Nordwind GmbH", "call", 100, 0)])
        policies = self.env["funnel.followup.policy"].with_context(
            allowed_company_ids=(self.company | company).ids
        )
        self.assertEqual(
            {
                (each.company_id, each.channel, each.amount_due)
                for each in policies._propose(TODAY)
            },
            {(self.company.id, "call", 100), (company.id, "letter", 55)},
        )

    def test_levels_and_policies_are_sensible(self):
        for record, values in (
            (self.policy, {"min_days": -1}),
            (self.policy, {"min_days": 400}),
            (self.policy, {"min_amount": -1}),
            (self.policy.level_ids[0], {"days": 15}),
        ):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                record.write(values)
                self.env.flush_all()
        with self.assertRaises(ValidationError):
            self.policy.level_ids[0].days = 4000
