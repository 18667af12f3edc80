from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_receivable_credit import CreditCommon


@tagged("post_install", "-at_install")
class TestReceivableCreditHold(CreditCommon):
    """Who is on hold, and until when."""

    def test_placed_once_of_each_kind(self):
        shop = self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.partner.id}
        )
        holds = self.env["funnel.credit.hold"]
        both = self.partner | shop | self.customer
        placed = holds._place(self.company, both, "Late")
        self.assertEqual(placed.partner_id, self.partner | self.customer)
        self.assertEqual(set(placed.mapped("kind")), {"automatic"})
        self.assertEqual(holds._place(self.company, both, "Later"), placed)
        self.assertEqual(set(placed.mapped("reason")), {"Late"})
        manual = self.hold("By hand", kind="manual")
        self.assertNotIn(manual, placed)
        self.assertEqual(manual.user_id, self.env.user)
        other = self.env["res.company"].create({"name": "Other"})
        self.assertNotIn(holds._place(other, self.partner, "Late"), placed)

    def test_released(self):
        hold = self.hold()
        self.assertTrue(hold.is_active)
        hold.with_user(self.users["finance"])._release("Paid")
        self.assertEqual((hold.state, hold.is_active), ("released", False))
        self.assertEqual(hold.released_by, self.users["finance"])
        hold._release("Again")
        self.assertEqual(hold.release_reason, "Paid")
        self.assertNotEqual(self.hold(), hold)

    def test_expires_after_its_last_day(self):
        today = fields.Date.context_today(self.partner)
        hold = self.hold(date_end=today + timedelta(days=2))
        for days, state in ((2, "active"), (3, "expired")):
            self.env.invalidate_all()
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                self.assertEqual(hold.state, state)
                for is_active in (True, False):
                    found = hold.search([("is_active", "=", is_active)])
                    self.assertEqual(hold in found, is_active == (state == "active"))
                if state == "expired":
                    self.confirm(self.quote(1))
                    again = self.hold("Another time")
                    self.assertNotEqual(again, hold)
                    self.assertEqual(hold.release_reason, "Expired")
                else:
                    self.assert_refused(
                        lambda: self.confirm(self.quote(1)), "until", "cheque"
                    )

    def test_ends_not_before_it_begins(self):
        yesterday = fields.Date.context_today(self.partner) - timedelta(days=1)
        with self.assertRaises(ValidationError):
            self.hold(date_end=yesterday)

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_one(self):
        hold = self.hold()
        with self.assertRaises(IntegrityError):
            hold.copy()

    def test_noted_on_the_customer_without_the_reason(self):
        before = self.partner.message_ids
        hold = self.hold("Owes 4711 since March", kind="manual")
        hold._release("Paid 4711")
        bodies = (self.partner.message_ids - before).mapped("body")
        self.assertEqual(len(bodies), 2)
        self.assertIn("Released from credit hold (Manual)", bodies[0])
        self.assertIn("Put on credit hold (Manual)", bodies[1])
        self.assertNotIn("4711", "".join(bodies))

    def test_buttons(self):
        finance = self.users["finance"]
        dialog = (
            self.env["funnel.credit.hold.place"]
            .with_user(finance)
            .with_context(active_model="res.partner", active_ids=self.partner.ids)
            .create({"reason": " Late "})
        )
        dialog.action_place()
        hold = self.partner.credit_hold_ids
        self.assertEqual(
            (hold.kind, hold.reason, hold.user_id), ("manual", "Late", finance)
        )
        partner = self.partner.with_user(finance).with_company(self.company)
        action = partner.action_release_credit_hold()
        release = (
            self.env["funnel.credit.release"]
            .with_user(finance)
            .with_context(**action["context"])
            .create({"reason": "Paid"})
        )
        release.action_release()
        self.assertEqual(hold.release_reason, "Paid")
        with self.assertRaises(UserError):
            partner.action_release_credit_hold()
        with self.assertRaises(UserError):
            hold.with_user(finance).action_release()

    def test_a_reason_must_be_written(self):
        dialog = self.env["funnel.credit.hold.place"].create(
            {"reason": " ", "partner_ids": self.partner.ids}
        )
        with self.assertRaises(UserError):
            dialog.action_place()

    def test_a_reason_has_an_end(self):
        finance = self.users["finance"]
        place = self.env["funnel.credit.hold.place"].with_user(finance)
        values = {
            "partner_ids": [Command.set(self.partner.ids)],
            "company_id": self.company.id,
        }
        long = place.create({**values, "reason": "x" * 501})
        self.assert_refused(long.action_place, "at most 500 characters")
        place.create({**values, "reason": f" {'x' * 500} "}).action_place()
        hold = self.env["funnel.credit.hold"].search(
            [("partner_id", "=", self.partner.id)]
        )
        self.assertEqual(hold.reason, "x" * 500)
        release = self.env["funnel.credit.release"].with_user(finance)
        values = {"hold_ids": [Command.set(hold.ids)]}
        long = release.create({**values, "reason": "x" * 501})
        self.assert_refused(long.action_release, "at most 500 characters")
        self.assertTrue(hold.is_active)

    def test_others_neither_place_nor_release(self):
        hold = self.hold()
        for role in ("salesperson", "team_leader", "order_desk", "warehouse"):
            user = self.users[role]
            with self.subTest(role):
                with self.assertRaises(AccessError):
                    hold.with_user(user).action_release()
                for model in ("funnel.credit.hold.place", "funnel.credit.release"):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).create({"reason": "Mine"})

    def test_who_sells_does_not_decide_the_limits(self):
        policy = self.env["funnel.followup.policy"].create(
            {"name": "Never", "company_id": self.company.id}
        )
        self.limit(overdue_limit=50)
        for role in ("salesperson", "order_desk", "team_leader"):
            partner = self.partner.with_user(self.users[role])
            partner = partner.with_company(self.company)
            for values in (
                {"overdue_limit": 1e9},
                {"overdue_limit": 0},
                {"max_debt_age": 9999},
                {"followup_policy_id": policy.id},
            ):
                with self.subTest(role, **values), self.assertRaises(AccessError):
                    partner.write(values)
            with self.subTest(role), self.assertRaises(AccessError):
                partner.create({"name": "New", "max_debt_age": 9999})
            with self.subTest(role), self.assertRaises(AccessError):
                partner.with_context(default_overdue_limit=9).create({"name": "New"})
            if role == "order_desk":  # who reads it, as the form has it
                partner.write({"phone": "1", "overdue_limit": 50})
            self.assertFalse(partner.copy().sudo().overdue_limit)
            self.assertFalse(partner.create({"name": "New"}).sudo().max_debt_age)
        # Odoo lets who does the accounts write contacts with this right as well.
        self.users["finance"].group_ids |= self.env.ref("base.group_partner_manager")
        for role in ("manager", "finance"):
            partner = self.partner.with_user(self.users[role])
            partner = partner.with_company(self.company)
            partner.write({"overdue_limit": 70, "followup_policy_id": policy.id})
            self.assertEqual(partner.overdue_limit, 70)

    def shop(self, **values):
        return self.env["res.partner"].create(
            {"name": "Shop", "parent_id": self.partner.id, **values}
        )

    def test_contacts_do_not_leave_a_customer_on_hold(self):
        """Orders of who is no contact of the customer any more are not held back."""
        shop = self.shop()
        hold = self.hold()
        for role in ("salesperson", "order_desk", "team_leader"):
            mine = shop.with_user(self.users[role]).with_company(self.company)
            for values in (
                {"parent_id": False},
                {"parent_id": self.customer.id},
                {"is_company": True},
                {"company_type": "company"},
            ):
                with self.subTest(role, **values):
                    with self.assertRaises(AccessError) as refused:
                        mine.write(values)
                    self.assertIn("Ostwind", refused.exception.args[0])
                    self.assertEqual(shop.commercial_partner_id, self.partner)
            mine.write({"parent_id": self.partner.id, "phone": "1"})
        self.users["finance"].group_ids |= self.env.ref("base.group_partner_manager")
        for role in ("manager", "finance"):
            self.shop().with_user(self.users[role]).parent_id = False
        hold._release("Paid")
        mine.write({"parent_id": False})
        self.assertEqual(shop.commercial_partner_id, shop)

    def test_contacts_do_not_leave_a_customer_over_a_limit(self):
        self.deliver(self.picking, 10)
        self.limit(credit_limit=112)
        mine = self.shop().with_user(self.desk).with_company(self.company)
        with self.assertRaises(AccessError):
            mine.parent_id = False
        self.limit(credit_limit=113)
        mine.parent_id = False

    def test_contacts_are_not_made_customers_of_their_own(self):
        self.hold()
        for role in ("salesperson", "order_desk"):
            mine = self.shop().with_user(self.users[role])
            with self.subTest(role), self.assertRaises(AccessError):
                mine.commercial_partner_id = mine

    def test_who_has_limits_does_not_join_another_customer(self):
        """The debts would stand under who has none."""
        shell = self.partner.create({"name": "Shell", "is_company": True})
        for name, value in (
            ("credit_limit", 10),
            ("overdue_limit", 10),
            ("max_debt_age", 30),
        ):
            joining = self.partner.create({"name": "Joining", "is_company": True})
            joining.sudo().with_company(self.company)[name] = value
            values = {"parent_id": shell.id, "is_company": False}
            for role in ("salesperson", "order_desk"):
                with self.subTest(f"{name} {role}"), self.assertRaises(AccessError):
                    joining.with_user(self.users[role]).write(values)
            joining.with_user(self.users["manager"]).write(values)
            self.assertEqual(joining.commercial_partner_id, shell)
        free = self.partner.create({"name": "Free", "is_company": True})
        free.with_user(self.users["salesperson"]).write(values)
        self.assertEqual(free.commercial_partner_id, shell)

    def test_the_last_day_is_that_of_the_company(self):
        """Nobody ends it by a time zone of his own."""
        self.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2026-03-01 12:00:00"):
            hold = self.hold(date_end=date(2026, 3, 10))
        for moment, active in (
            ("2026-03-10 15:59:00", True),
            ("2026-03-10 16:01:00", False),
        ):
            for zone in ("Pacific/Kiritimati", "America/Los_Angeles", "UTC"):
                with self.subTest(f"{moment} {zone}"), freeze_time(moment):
                    mine = hold.with_context(tz=zone)
                    mine.invalidate_recordset()
                    self.assertEqual(mine.is_active, active)
                    found = mine.search([("is_active", "=", True)])
                    self.assertEqual(hold in found, active)

    def test_who_joins_another_company_may_leave_with_the_hold(self):
        self.hold()
        mine = self.partner.with_user(self.desk).with_company(self.company)
        self.partner.is_company = False
        mine.parent_id = self.customer
        self.assertEqual(self.partner.commercial_partner_id, self.customer)
        mine.parent_id = False
        self.assertEqual(mine.sudo().credit_hold_state, "hold")

    def test_customers_that_become_one(self):
        holds = self.env["funnel.credit.hold"]
        today = fields.Date.context_today(self.partner)
        for_ever = holds._place(self.company, self.customer, "For ever")
        for_a_day = self.hold("For a day", date_end=today)
        manual = self.hold("By hand", kind="manual")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.partner | self.customer).ids, self.partner
        )
        every = for_ever | for_a_day | manual
        self.env.invalidate_all()
        self.assertEqual(every.exists(), every)
        self.assertEqual(every.partner_id, self.partner)
        self.assertEqual(every.filtered("is_active"), for_ever | manual)
