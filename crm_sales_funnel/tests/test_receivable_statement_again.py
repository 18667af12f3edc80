from datetime import date

from odoo.tests import tagged

from .test_receivable_statement import APRIL, MARCH, StatementCommon

MAY = date(2026, 5, 1), date(2026, 5, 31)


@tagged("post_install", "-at_install")
class TestReceivableStatementAgain(StatementCommon):
    """Of a customer with two currencies, one statement is made again: 10 bolts are 113
    with the tax, and 4 of the other currency 45.20."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_currency("EUR")

    def deliver_both(self):
        self.deliver_on("2026-03-05")
        self.deliver_on("2026-03-06", 4, currency=self.other)

    def all_of_them(self):
        """Return currency and balance of the customer's statements."""
        found = self.statements.search(
            [("partner_id", "=", self.partner.id)], order="date_to, id"
        )
        return [(each.currency_id, each.closing) for each in found]

    def in_dollars(self, statements):
        return statements.filtered(
            lambda each: each.currency_id == self.company.currency_id
        )

    def test_the_other_currency_stays(self):
        self.deliver_both()
        made = self.make(*MARCH)
        dollars = self.in_dollars(made)
        euros = made - dollars
        euros.action_confirm()
        self.deliver_on("2026-03-07", 1)
        self.deliver_on("2026-03-08", 1, currency=self.other)
        dollars.action_make_again()
        self.assert_lines(dollars, ("slip", 113), ("slip", 11.3))
        self.assertEqual(
            self.all_of_them(),
            [(self.company.currency_id, 124.3), (self.other, 45.2)],
        )

    def test_what_settles_nothing_is_not_there_twice(self):
        self.deliver_both()
        for make, days in (("_make_activity", MARCH), ("_make_open", MARCH[1:])):
            with self.subTest(make):
                made = getattr(self.statements, make)(self.company, self.partner, *days)
                before = self.all_of_them()
                self.in_dollars(made).action_make_again()
                self.assertEqual(self.all_of_them(), before)

    def test_what_is_deleted_is_not_made(self):
        self.deliver_both()
        made = self.make(*MARCH)
        dollars = self.in_dollars(made)
        (made - dollars).unlink()
        dollars.action_make_again()
        self.assertEqual(self.all_of_them(), [(self.company.currency_id, 113)])

    def test_the_chain_of_the_other_currency_holds(self):
        self.deliver_on("2026-03-05")
        march = self.make(*MARCH)
        self.deliver_on("2026-04-06", 4, currency=self.other)
        april = self.make(*APRIL)
        self.in_dollars(april).unlink()
        self.deliver_on("2026-03-20", 1, currency=self.other)
        march.action_make_again()
        self.assertEqual(
            self.all_of_them(),
            [(self.company.currency_id, 113), (self.other, 45.2)],
        )
        made = self.make(*MAY)
        may = made - self.in_dollars(made)
        self.assertEqual((may.opening, may.closing), (45.2, 56.5))
        # It is older than the first one of them.
        self.assert_lines(may, ("change", 11.3))

    def test_two_drafts_of_the_same_days(self):
        self.deliver_on("2026-03-05")
        days = self.company, self.partner, *MARCH
        sent = self.statements._make_activity(*days)
        sent.action_mark_sent()
        both = sent | self.statements._make_activity(*days)
        sent.action_draft()
        self.deliver_on("2026-03-06", 4)
        both.action_make_again()
        for statement in both:
            self.assert_lines(statement, ("slip", 113), ("slip", 45.2))
