"""What was said at a level, when its days, the due date or the policy change."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .followup_common import TODAY, FollowupCommon


@tagged("post_install", "-at_install")
class TestReceivableFollowupLevels(FollowupCommon):
    def level(self, name, policy=None):
        levels = (policy or self.policy).level_ids
        return levels.filtered(lambda level: level.name == name)

    def send(self, day=TODAY):
        """Carry out what is proposed for a day, as if it were that day."""
        lines = self.prepare(day).with_context(allowed_company_ids=self.company.ids)
        lines._renew(day)
        for line in lines:
            getattr(line, f"_send_{line.channel}")()
        return lines

    def assert_next(self, expected):
        """Check what is proposed on which days after TODAY for the one item that there
        is, each carried out."""
        for days, channel in expected:
            with self.subTest(days):
                before = self.propose(self.day(days - 1))
                self.assertEqual([each.channel for each in before], [])
                self.assertEqual(self.send(self.day(days)).mapped("channel"), [channel])

    def assert_silent(self, *days):
        for day in days:
            with self.subTest(day):
                self.assertEqual(self.propose(self.day(day)), [])

    # ------------------------------------------------------------------
    # Days of a level
    # ------------------------------------------------------------------

    def test_a_level_that_is_moved_says_nothing_again(self):
        self.overdue(100, 15)
        self.send()
        self.level("Call").days = 20
        self.assert_silent(5, 6, 14)
        self.assert_next([(15, "letter"), (30, "hold")])

    def test_two_levels_that_are_moved_at_once(self):
        """Each keeps what it said, though one comes where the other one was."""
        self.overdue(100, 15)
        self.send()
        self.policy.level_ids = [
            Command.update(self.level("Letter").id, {"days": 40}),
            Command.update(self.level("Call").id, {"days": 30}),
        ]
        self.assert_silent(15, 24)
        self.assert_next([(25, "letter")])

    def test_a_level_that_is_moved_while_it_waits(self):
        self.overdue(100, 15)
        line = self.prepare()
        self.level("Call").days = 10
        self.assertEqual(line._renew(TODAY), line)
        self.assertEqual(line.item_ids.level_id, self.level("Call").id)
        self.assertEqual(line.item_ids.level_days, 10)
        self.level("Call").days = 20
        self.assertFalse(line._renew(TODAY))
        self.assertEqual(line.state, "skipped")

    # ------------------------------------------------------------------
    # Due date
    # ------------------------------------------------------------------

    def postpone(self, invoice, days):
        item = self.open_items(invoice)
        item.date_maturity = self.day(days)

    def test_a_due_date_that_is_postponed(self):
        """The levels that have not come by it come again, one after the other."""
        invoice = self.overdue(100, 30)
        self.assertEqual(self.send().channel, "letter")
        self.postpone(invoice, 10)
        self.assert_silent(7, 10)
        self.assert_next([(11, "task"), (25, "call"), (40, "letter"), (55, "hold")])

    def test_a_due_date_that_is_postponed_a_little(self):
        """Fourteen days overdue, the customer was asked; that stays said."""
        invoice = self.overdue(100, 30)
        self.send()
        self.postpone(invoice, -14)
        self.assert_silent(0)
        # Days between messages: seven after the letter.
        self.assert_next([(7, "call"), (16, "letter"), (31, "hold")])

    def test_a_due_date_that_is_corrected_says_nothing_again(self):
        invoice = self.overdue(100, 31)
        self.send()
        self.postpone(invoice, -30)
        self.assert_silent(0, 7, 14)
        self.assert_next([(15, "hold")])

    def test_a_due_date_that_is_earlier_now(self):
        invoice = self.overdue(100, 15)
        self.send()
        self.postpone(invoice, -20)
        self.assert_silent(7, 9)
        self.assert_next([(10, "letter")])

    # ------------------------------------------------------------------
    # Policy
    # ------------------------------------------------------------------

    def move(self, *levels):
        policy = self.create_policy(*levels, sequence=5)
        self.customer.with_company(self.company).followup_policy_id = policy
        return policy

    def test_a_stricter_policy(self):
        self.overdue(100, 30)
        self.assertEqual(self.send().channel, "letter")
        self.move(("Call", 5, "call"), ("Letter", 10, "letter"), ("Stop", 20, "hold"))
        self.assertEqual([each.channel for each in self.propose()], ["hold"])

    def test_a_policy_of_three_letters(self):
        """The first one was written; what is due by now is the last one."""
        self.overdue(100, 30)
        self.send()
        self.move(*((f"Letter {n}", 5 * n, "letter") for n in (1, 2, 3)))
        self.assert_silent(0, 6)
        (proposal,) = self.propose(self.day(7))
        self.assertEqual((proposal.channel, proposal.level_days), ("letter", 15))
        self.send(self.day(7))
        self.assert_silent(14, 60)

    def test_a_policy_that_says_the_same(self):
        """A copy without the last level repeats nothing."""
        self.overdue(100, 30)
        self.send()
        policy = self.move(("Ask", 1, "task"), ("Call", 12, "call"))
        self.assert_silent(0, 7, 60)
        policy.level_ids = [
            Command.create({"name": "Letter", "days": 25, "channel": "mail"})
        ]
        self.assert_silent(0, 7, 60)

    def test_a_gentler_policy(self):
        self.overdue(100, 15)
        self.assertEqual(self.send().channel, "call")
        self.move(("Ask", 10, "task"), ("Call", 20, "call"), ("Letter", 60, "letter"))
        self.assert_silent(0, 7, 44)
        self.assert_next([(45, "letter")])

    def test_a_policy_that_was_deleted(self):
        self.overdue(100, 15)
        self.send()
        policy = self.move(("Ask", 2, "task"), ("Call", 4, "call"), ("Stop", 6, "hold"))
        self.policy.unlink()
        self.assertEqual([each.channel for each in self.propose()], ["hold"])
        self.level("Stop", policy).days = 60
        self.assert_silent(7, 44)

    def test_another_policy_while_it_waits(self):
        """It is proposed anew by that one."""
        self.overdue(100, 15)
        line = self.prepare()
        self.move(("Write", 5, "letter"))
        self.assertFalse(line._renew(TODAY))
        self.assertRecordValues(line, [{"state": "skipped"}])
        self.assertIn("policy", line.note)
        self.assertEqual(self.prepare().channel, "letter")

    # ------------------------------------------------------------------
    # Levels that are deleted
    # ------------------------------------------------------------------

    def test_a_level_that_is_deleted_says_nothing_any_more(self):
        manager = self.users["manager"]
        for what in (self.level("Call"), self.policy):
            self.overdue(100, 15)
            line = self.prepare()
            with self.subTest(what._name):
                what.with_user(manager).unlink()
                self.assertFalse(line.exists())

    def test_what_was_left_out_at_a_level_that_is_deleted(self):
        self.overdue(100, 15)
        line = self.prepare()
        line.with_user(self.users["finance"]).action_skip()
        self.level("Call").unlink()
        with self.assertRaisesRegex(UserError, "deleted"):
            line.with_user(self.users["finance"]).action_propose_again()

    def test_letters_are_printed_before_their_level_is_deleted(self):
        invoice = self.overdue(100, 30)
        line = self.send()
        self.assertEqual(line.state, "todo")
        for what in (self.level("Letter"), self.policy):
            with self.subTest(what._name), self.assertRaisesRegex(UserError, "printed"):
                what.unlink()
        payment = self.receive(100, TODAY.isoformat(), invoice)
        self.level("Letter").copy({"days": 31}).unlink()
        payment.action_draft()
        line._note_done()
        self.level("Letter").unlink()
        self.assertFalse(line.level_id)
        self.assert_silent(7)
