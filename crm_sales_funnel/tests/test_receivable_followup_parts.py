"""Of an item that is promised or disputed in part, the rest is followed up."""

from odoo import Command
from odoo.tests import tagged

from .followup_common import TODAY, FollowupCommon

CUSTOMER = "Nordwind GmbH"


@tagged("post_install", "-at_install")
class TestReceivableFollowupParts(FollowupCommon):
    def promise(self, amount, *invoices, days=60):
        return self.env["funnel.payment.promise"].create(
            {
                "item_ids": [Command.set(self.open_items(*invoices).ids)],
                "amount": amount,
                "date": TODAY,
                "date_due": self.day(days),
            }
        )

    def dispute(self, amount, invoice):
        return self.env["funnel.invoice.dispute"].create(
            {
                "item_ids": [Command.set(self.open_items(invoice).ids)],
                "amount": amount,
                "category": "price",
                "note": "too dear",
                "date": TODAY,
            }
        )

    def told(self, **context):
        (proposal,) = self.propose(**context)
        return sorted(zip(proposal.kinds, proposal.amounts, strict=True))

    def test_a_cent_pauses_a_cent(self):
        self.promise(0.01, self.overdue(100, 20))
        self.dispute(0.01, self.overdue(50, 20))
        self.assert_proposed([(CUSTOMER, "call", 149.98, 0)])

    def test_what_is_due_first_is_promised_first(self):
        late, later = self.overdue(100, 20), self.overdue(50, 18)
        self.promise(120, late, later)
        (proposal,) = self.propose()
        self.assertEqual(
            (proposal.amount_due, proposal.item_ids),
            (30, self.open_items(later).ids),
        )

    def test_what_was_paid_of_a_promise_is_not_promised_any_more(self):
        """Of the promise of 120, 70 are missing after 50 were paid, whatever for."""
        late, later = self.overdue(100, 20), self.overdue(50, 18)
        # Today, since what was paid since counts no earlier.
        today = self.env["funnel.followup.run"]._get_today(self.company)
        self.promise(120, late, later, days=(today - TODAY).days)
        self.receive(50, self.day(1).isoformat(), later)
        self.assert_proposed([(CUSTOMER, "hold", 30, 0)], today)

    def test_a_dispute_is_of_what_is_left(self):
        """The customer pays what he does not dispute; nothing is chased then."""
        invoice = self.overdue(100, 20)
        self.dispute(30, invoice)
        self.assert_proposed([(CUSTOMER, "call", 70, 0)])
        self.receive(60, self.day(-1).isoformat(), invoice)
        self.assert_proposed([(CUSTOMER, "call", 10, 0)])
        self.receive(10, self.day(-1).isoformat(), invoice)
        self.assert_proposed([])

    def test_disputed_and_promised(self):
        """An item is asked for once, whatever is said about it."""
        invoice = self.overdue(100, 20)
        self.dispute(30, invoice)
        promise = self.promise(50, invoice)
        self.assert_proposed([(CUSTOMER, "call", 20, 0)])
        promise.sudo().amount = 90
        self.assert_proposed([])

    def test_a_rest_below_the_smallest_amount_waits(self):
        self.policy.min_amount = 10
        self.promise(95, self.overdue(100, 20))
        other = self.overdue(40, 18)
        self.assert_proposed([(CUSTOMER, "call", 40, 0)])
        self.dispute(30, other)
        self.assert_proposed([(CUSTOMER, "call", 10, 0)])

    def test_a_statement_tells_of_all_parts(self):
        level = self.policy.level_ids.filtered(lambda level: level.days == 30)
        level.with_statement = True
        invoice = self.overdue(100, 30)
        self.dispute(20, invoice)
        self.promise(50, invoice)
        self.assertEqual(
            self.told(), [("chased", 30), ("disputed", 20), ("promised", 50)]
        )
        line = self.prepare()
        self.assertEqual((line.amount_due, line.amount_open), (30, 30))
        self.assertEqual(line.item_ids.mapped("amount_open"), [30, 20, 50])
        self.receive(60, TODAY.isoformat(), invoice)
        self.env.invalidate_all()
        self.assertEqual(sum(line.item_ids.mapped("amount_open")), 40)
        self.assertEqual(line.amount_open, 30)
        self.assertFalse(line.is_paid)
        self.receive(40, TODAY.isoformat(), invoice)
        self.env.invalidate_all()
        self.assertTrue(line.is_paid)

    def test_in_another_currency(self):
        other = self.setup_other_currency("EUR", rates=[("2000-01-01", 2.0)])
        self.promise(60, self.overdue(80, 20, currency_id=other.id))
        (proposal,) = self.propose()
        self.assertEqual((proposal.amount_due, proposal.amount_company), (20, 10))

    def test_who_breaks_the_promise_hears_of_all_of_it(self):
        """Of a cent he was written to; of the rest nothing was said."""
        invoice = self.overdue(100, 30)
        self.promise(99.99, invoice, days=2)
        line = self.prepare()
        self.assertEqual(line.amount_due, 0.01)
        line._renew(TODAY)._send_letter()
        self.assertEqual(self.propose(self.day(2)), [])
        (proposal,) = self.propose(self.day(7))
        self.assertEqual((proposal.channel, proposal.amount_due), ("letter", 100))

    def test_who_was_written_to_about_nearly_all_of_it(self):
        self.promise(0.01, self.overdue(100, 30), days=2)
        self.prepare()._renew(TODAY)._send_letter()
        self.assertEqual(self.propose(self.day(7)), [])
