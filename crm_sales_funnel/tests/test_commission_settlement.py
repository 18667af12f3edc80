from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestCommissionSettlement(SettlementCommon):
    """What somebody is paid of what he or she earned."""

    def test_sums(self):
        """30.00 earned of 1,000.00, and 60.00 of 2,000.00, of which the money came back."""
        self.plan(rate=3)
        self.collect(1000)
        _invoice, payment = self.collect(2000)
        self.plans.search([])._run()
        payment.move_id.line_ids.remove_move_reconcile()
        self.adjust(5.5)
        self.adjust(-0.25)
        settlement = self.settle()
        self.assert_sums(
            settlement, earned=90, claw_back=60, adjustment=5.25, payable=35.25
        )
        self.assertRecordValues(
            settlement,
            [
                {
                    "user_id": self.seller.id,
                    "team_id": self.team.id,
                    "payee_id": self.seller.partner_id.id,
                    "company_id": self.company.id,
                    "date_from": date(2026, 3, 1),
                    "date_to": date(2026, 3, 31),
                    "state": "draft",
                    "entry_count": 5,
                }
            ],
        )
        self.assertRegex(settlement.name, r"^COM\d{5}$")

    def test_what_comes_later_is_settled_later(self):
        self.plan(rate=3)
        self.collect(1000)
        self.collect(2000, day="2026-04-10")
        first, second = self.settle(), self.settle("2026-04-30")
        self.assert_sums(first, earned=30, payable=30)
        self.assert_sums(second, earned=60, payable=60)
        self.assertEqual(
            (second.date_from, second.date_to), (date(2026, 4, 1), date(2026, 4, 30))
        )

    def test_never_twice(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.settle()
        self.assertFalse(self.settle())
        self.adjust(7)  # in a time that is settled
        self.assertFalse(self.settle("2026-03-15"))
        self.assertFalse(self.settle())
        self.assert_sums(settlement, earned=30, payable=30)
        self.assert_sums(self.settle("2026-04-30"), adjustment=7, payable=7)

    def test_nothing_to_settle(self):
        self.plan(rate=3)
        self.assertFalse(self.settle())

    def test_everybody_or_some(self):
        self.plan(rate=3)
        self.collect(1000)
        self.collect(2000, invoice_user_id=self.other_seller.id)
        self.collect(4000, invoice_user_id=self.leader.id)
        self.assertEqual(self.settle(users=self.leader).user_id, self.leader)
        rest = self.settle()
        self.assertEqual(rest.user_id, self.seller | self.other_seller)
        self.assertEqual(sorted(rest.mapped("payable")), [30, 60])
        self.assertEqual(len(set(rest.mapped("name"))), 2)

    def test_negative_is_carried_forward(self):
        self.plan(rate=3)
        _invoice, payment = self.collect(2000)
        self.assert_sums(self.approved(), earned=60, payable=60)
        payment.move_id.line_ids.remove_move_reconcile()
        self.collect(1000, day="2026-04-10")
        second = self.settle("2026-04-30")
        self.assert_sums(second, earned=30, claw_back=60, carried=-30)
        self.collect(3000, day="2026-05-10")
        third = self.settle("2026-05-31")
        self.assert_sums(third, opening=-30, earned=90, payable=60)
        self.collect(1000, day="2026-06-10")
        self.assert_sums(self.settle("2026-06-30"), earned=30, payable=30)

    def test_late_correction_is_in_the_next_one(self):
        """It is booked from the day after the last settlement that was submitted."""
        plan = self.plan(rate=3)
        invoice, _payment = self.collect(1000)
        entry = self.settle().entry_ids
        self.as_("finance", entry.settlement_id).action_submit()
        refund = invoice._reverse_moves([{"invoice_date": "2026-03-12"}])
        refund.action_post()
        invoice.line_ids.remove_move_reconcile()
        plan._run()
        correction = self.entries.search([("origin_id", "=", entry.id)])
        self.assertEqual((correction.amount, correction.date), (-30, date(2026, 4, 1)))
        self.assert_sums(entry.settlement_id, earned=30, payable=30)
        self.assert_sums(self.settle("2026-04-30"), claw_back=30, carried=-30)
        self.assertEqual(correction.settlement_id.date_to, date(2026, 4, 30))
        # Others are not settled.
        self.collect(2000, invoice_user_id=self.other_seller.id)
        plan._run()
        other = self.entries.search([("user_id", "=", self.other_seller.id)])
        self.assertEqual(other.date, date(2026, 3, 10))

    def test_which_states_close_a_time(self):
        plan = self.plan(rate=3)
        self.collect(1000)
        settlement = self.settle()

        def day_of_next(amount):
            self.collect(amount)
            plan._run()
            return self.entries.search([], order="id desc", limit=1).date

        march, april = date(2026, 3, 10), date(2026, 4, 1)
        self.assertEqual(day_of_next(100), march)  # a draft
        self.as_("finance", settlement).action_submit()
        self.assertEqual(day_of_next(200), april)
        self.as_("salesperson", settlement)._dispute("There was more.")
        self.assertEqual(day_of_next(300), april)
        self.as_("finance", settlement).action_submit()
        self.as_("manager", settlement).action_approve()
        self.assertEqual(day_of_next(400), april)

    def test_make_again(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.settle()
        self.collect(2000)
        self.as_("finance", settlement).action_make_again()
        self.assert_sums(settlement, earned=90, payable=90)
        self.as_("finance", settlement).action_submit()
        with self.assertRaisesRegex(UserError, "Submitted"):
            self.as_("finance", settlement).action_make_again()
        self.as_("manager", settlement).action_draft()
        self.adjust(1)
        later = self.settle("2026-04-30")
        self.assert_sums(later, adjustment=1, payable=1)
        for button in ("action_make_again", "action_adjust"):
            with (
                self.subTest(button),
                self.assertRaisesRegex(UserError, "later settlement"),
            ):
                getattr(self.as_("finance", settlement), button)()

    def test_adjusted_and_made_again(self):
        """As Finance and managers answer who says that it is not right: with an amount,
        and with what came in meanwhile."""
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.settle()
        self.as_("finance", settlement).action_submit()
        with self.assertRaisesRegex(UserError, "Submitted"):
            self.as_("finance", settlement).action_adjust()
        self.as_("salesperson", settlement)._dispute("There was more.")
        for role in ("salesperson", "team_leader", "order_desk"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_(role, settlement).action_adjust()
        for role, amount in (("finance", 7), ("manager", -2)):
            action = self.as_(role, settlement).action_adjust()
            entries = self.env[action["res_model"]].with_user(self.users[role])
            view = self.env["ir.ui.view"].browse(action["view_id"][0])
            with Form(entries.with_context(**action["context"]), view) as dialog:
                dialog.amount = amount
                dialog.reason = "Fair in Canton"
            self.assertRecordValues(
                dialog.record,
                [
                    {
                        "user_id": self.seller.id,
                        "company_id": self.company.id,
                        "date": date(2026, 3, 31),
                        "type": "adjustment",
                        "settlement_id": False,
                    }
                ],
            )
        self.collect(2000)
        self.as_("manager", settlement).action_make_again()
        self.assertEqual(settlement.state, "draft")
        self.assert_sums(settlement, earned=90, adjustment=5, payable=95)
        self.as_("manager", settlement).action_submit()
        self.as_("manager", settlement).action_approve()
        for button in ("action_adjust", "action_make_again"):
            with self.subTest(button), self.assertRaisesRegex(UserError, "Approved"):
                getattr(self.as_("manager", settlement), button)()

    def test_found_by_document_or_reason(self):
        self.plan(rate=3)
        invoice, _payment = self.collect(1000)
        self.collect(2000)
        self.plans.search([])._run()
        fair = self.adjust(5, reason="Fair in Canton")
        entries = self.entries.with_user(self.finance)
        for text, move in ((invoice.name, invoice), ("in Canton", fair.move_id)):
            with self.subTest(text):
                found = entries.search([("label", "ilike", text)])
                self.assertEqual((len(found), found.move_id), (1, move))
        found = entries.search([("label", "not ilike", invoice.name)])
        self.assertEqual(sorted(found.mapped("amount")), [5, 60])
        self.assertEqual(entries.name_search("Canton"), [(fair.id, fair.label)])

    def test_half_a_cent_is_explained_as_it_is_shown(self):
        self.plan(rate=3, member=[{"user_id": self.seller.id, "share": 50}])
        self.collect(75.25)
        self.plans.search([])._run()
        self.assertIn("37.63 × 3 %", self.entries.search([]).explanation)

    def test_cancelled_frees_its_entries(self):
        self.plan(rate=3)
        self.collect(1000)
        first, second = self.settle(), self.settle("2026-04-30")
        self.assertFalse(second)
        self.adjust(-50, day="2026-04-02")
        second = self.settle("2026-04-30")
        with self.assertRaisesRegex(UserError, "later settlement"):
            self.as_("finance", first).action_cancel()
        self.as_("finance", second | first).action_cancel()
        self.assertEqual(set((first | second).mapped("state")), {"cancelled"})
        self.assert_sums(first)
        self.assert_sums(second)
        self.assert_sums(
            self.settle("2026-04-30"), earned=30, adjustment=-50, carried=-20
        )

    def test_steps(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.settle()
        wrong = {
            "draft": (("manager", "action_approve"), ("finance", "action_draft")),
            "submitted": (("finance", "action_submit"),),
            "approved": (
                ("finance", "action_submit"),
                ("finance", "action_draft"),
                ("finance", "action_cancel"),
                ("manager", "action_approve"),
            ),
        }

        def assert_refused(state):
            self.assertEqual(settlement.state, state)
            for role, button in wrong[state]:
                press = getattr(self.as_(role, settlement), button)
                with (
                    self.subTest(state=state, button=button),
                    self.assertRaises(UserError),
                ):
                    press()

        assert_refused("draft")
        self.as_("manager", settlement).action_submit()
        assert_refused("submitted")
        self.as_("manager", settlement).action_approve()
        assert_refused("approved")
        with self.assertRaises(UserError):
            settlement.unlink()

    def test_own_is_approved_by_somebody_else(self):
        self.plan(rate=3)
        self.collect(1000, invoice_user_id=self.manager.id)
        settlement = self.settle()
        self.as_("manager", settlement).action_submit()
        with self.assertRaisesRegex(UserError, "own"):
            self.as_("manager", settlement).action_approve()
        other = self.new_role_user("other_manager", "manager")
        settlement.with_user(other).action_approve()
        self.assertEqual(settlement.state, "approved")

    def test_what_is_paid_to_me_is_approved_by_somebody_else(self):
        """What is adjusted for a colleague may be paid to whoever adjusts it."""
        self.entries.with_user(self.manager).create(
            {
                "user_id": self.seller.id,
                "payee_id": self.manager.partner_id.id,
                "amount": 777,
                "date": "2026-03-20",
                "reason": "Fair",
            }
        )
        settlement = self.settle()
        self.as_("manager", settlement).action_submit()
        other = self.new_role_user("other_manager", "manager")
        for user, concerned in ((self.manager, True), (other, False)):
            settlements = settlement.with_user(user)
            reminders = self.env["funnel.reminder"].with_user(user)
            domain = reminders._get_commission_domain("submitted")
            self.assertEqual(bool(settlements.search(domain)), not concerned)
            self.assertEqual(settlements.concerns_me, concerned)
            self.assertFalse(settlements.is_own)
        with self.assertRaisesRegex(UserError, "paid to you"):
            self.as_("manager", settlement).action_approve()
        settlement.with_user(other).action_approve()
        self.assertEqual(settlement.state, "approved")

    def test_dispute(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.settle()
        mine = self.as_("salesperson", settlement)
        with self.assertRaises(UserError):
            mine.action_dispute()  # a draft
        self.as_("finance", settlement).action_submit()
        action = mine.action_dispute()
        dialogs = self.env[action["res_model"]].with_user(self.seller)
        dialogs = dialogs.with_context(**action["context"])
        with self.assertRaises(UserError):
            dialogs.create({"message": " \n"}).action_dispute()
        with Form(dialogs) as dialog:
            dialog.message = "INV/0123 is missing"
        dialog.record.action_dispute()
        self.assertEqual(
            (settlement.state, settlement.dispute), ("disputed", "INV/0123 is missing")
        )
        message = settlement.message_ids.filtered(lambda one: "0123" in one.body)
        self.assertEqual(message.author_id, self.seller.partner_id)
        # Who submitted it hears of it.
        self.assertIn(self.finance.partner_id, message.notified_partner_ids)
        with self.assertRaises(UserError):
            self.as_("manager", settlement).action_approve()
        self.as_("finance", settlement).action_submit()
        self.assertEqual(settlement.state, "submitted")

    def test_salesperson_is_told(self):
        self.plan(rate=3)
        self.collect(1234)
        settlement = self.settle()
        self.as_("finance", settlement).action_submit()
        message = settlement.message_ids.filtered(lambda one: one.subject)
        self.assertEqual(message.notified_partner_ids, self.seller.partner_id)
        self.assertIn(settlement.name, message.body)
        self.assertNotIn("37.02", message.body)
        mail = (
            self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        )
        self.assertEqual(mail.recipient_ids, self.seller.partner_id)

    def test_payee_of_the_plan(self):
        agent = self.env["res.partner"].create({"name": "Own Firm"})
        self.plan(rate=3, member=[{"user_id": self.seller.id, "payee_id": agent.id}])
        self.collect(1000)
        self.assertEqual(self.settle().payee_id, agent)

    def test_dialog(self):
        """Shows what is not settled; books what is due, then settles it."""
        self.plan(rate=3)
        self.collect(1000)
        self.collect(2000, invoice_user_id=self.other_seller.id)
        self.plans.search([])._run()
        dialogs = self.env["funnel.commission.settle"].with_user(self.finance)
        with Form(dialogs) as dialog:
            dialog.date_to = "2026-02-28"
            self.assertEqual((dialog.user_count, dialog.amount), (0, 0))
            dialog.date_to = "2026-03-31"
            self.assertEqual((dialog.user_count, dialog.entry_count), (2, 2))
            self.assertEqual(dialog.amount, 90)
            dialog.user_ids.add(self.seller)
            self.assertEqual((dialog.user_count, dialog.amount), (1, 30))
        self.collect(4000)  # not booked yet
        action = dialog.record.action_make()
        settlement = self.settlements.browse(action["res_id"])
        self.assert_sums(settlement, earned=150, payable=150)
        with self.assertRaisesRegex(UserError, "Nobody"):
            dialog.record.action_make()
        dialog.record.date_to = "2099-01-01"
        with self.assertRaisesRegex(UserError, "has come"):
            dialog.record.action_make()

    def test_other_company(self):
        other = self.setup_other_company()["company"]
        self.plan(rate=3)
        self.collect(1000)
        self.plans.search([])._run()
        made = self.settlements._make(date(2026, 3, 31), company=other)
        self.assertFalse(made)
        self.assertTrue(self.settle())

    @mute_logger("odoo.sql_db")
    def test_entries_get_in_by_settling_alone(self):
        self.plan(rate=3)
        self.collect(1000)
        settlement = self.settle()
        values = {"user_id": self.seller.id, "amount": 5, "reason": "x"}
        entries = self.entries.with_user(self.finance)
        with self.assertRaises(UserError):  # AccessError is one
            entries.create({**values, "settlement_id": settlement.id})
        added = entries.with_context(default_settlement_id=settlement.id).create(values)
        self.assertFalse(added.settlement_id)
        with self.assertRaises(UserError):
            added.settlement_id = settlement
        with self.assertRaises(UserError):
            settlement.with_user(self.finance).write({"step": "approved"})

    def test_queries_do_not_grow(self):
        self.plan(rate=3)
        counts = []
        for month, number in ((3, 1), (4, 12)):
            users = [self.seller.copy({"login": f"q{month}{n}"}) for n in range(number)]
            for user in users:
                self.collect(1000, day=f"2026-0{month}-10", invoice_user_id=user.id)
            self.plans.search([])._run()
            self.env.flush_all()
            before = self.cr.sql_log_count
            made = self.settle(f"2026-0{month}-28", run=False)
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(len(made), number)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 15)

    def test_reminders(self):
        self.plan(rate=3)
        self.collect(1000)
        self.collect(2000, invoice_user_id=self.manager.id)
        settlements = self.settle()

        def seen(role):
            rows = (
                self.env["funnel.reminder"].with_user(self.users[role]).get_today("all")
            )
            return {
                row["key"].removeprefix("commission."): (row["count"], row["amount"])
                for row in rows
                if row["key"].startswith("commission.") and row["count"]
            }

        self.assertEqual(seen("finance"), {"draft": (2, 90)})
        self.assertEqual(seen("manager"), {"draft": (2, 90)})
        self.as_("finance", settlements).action_submit()
        self.assertEqual(seen("finance"), {})
        self.assertEqual(seen("manager"), {"submitted": (1, 30)})  # not his own
        mine = settlements.filtered(lambda one: one.user_id == self.seller)
        self.as_("salesperson", mine)._dispute("No")
        self.assertEqual(seen("finance"), {"disputed": (1, 30)})
        self.assertEqual(seen("manager"), {"disputed": (1, 30)})
        self.assertEqual(seen("salesperson"), {})
