from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .plan_common import PlanCommon

LOG = "funnel.contact.log"


@tagged("post_install", "-at_install")
class TestContactCorrected(PlanCommon):
    """What a contact has closed and does not fulfil any more is open again."""

    def contact(self, **values):
        """Log a contact of today as the salesperson."""
        log = (
            self.env[LOG]
            .with_user(self.salesperson)
            .create(
                {
                    "partner_id": self.customer.id,
                    "channel_id": self.channels["phone"].id,
                    **values,
                }
            )
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return log

    def call(self, record=None, shift=0, kind="call", user=None):
        return self.schedule(
            record or self.customer, kind, user, date_deadline=self.day(shift)
        )

    def test_whatever_was_wrong(self):
        other = self.new_customers(1)
        leader = self.users["team_leader"]
        for vals in (
            {"partner_id": other.id},
            {"channel_id": self.channels["wechat"].id},
            {"date": fields.Datetime.now() - timedelta(days=3)},
            {"user_id": leader.id},
        ):
            activity = self.call()
            log = self.contact()
            self.assertFalse(activity.active)
            author = leader if "user_id" in vals else self.salesperson
            log.with_user(author).write(vals)
            with self.subTest(vals):
                self.assertTrue(activity.active)
                self.assertFalse(log.sudo().closed_activity_ids)
                self.assertFalse(log.sudo().activity_id)
                self.assert_next(self.day(0), "activity")
            # what is done now is a contact of its own
            activity.with_user(self.salesperson).action_feedback()
            self.assertEqual(self.logs_of().activity_id & activity, activity)

    def test_what_it_fulfils_still_stays_closed(self):
        late, due = self.call(shift=-4), self.call()
        log = self.contact()
        log.summary = "Wants 20"
        self.assertFalse(late.active or due.active)
        log.date = fields.Datetime.now() - timedelta(days=2)
        self.assertEqual((late.active, due.active), (False, True))
        self.assertEqual(log.sudo().activity_id, late)
        log.unlink()
        self.assertTrue(late.active)

    def test_what_it_fulfils_instead_is_closed(self):
        other = self.new_customers(1)
        activity, others = self.call(), self.call(other)
        log = self.contact()
        log.partner_id = other
        self.assertEqual((activity.active, others.active), (True, False))
        log.unlink()
        self.assertTrue(others.active)

    def test_planned_for_later_than_tomorrow(self):
        """As a date by hand: a contact of today leaves it."""
        tomorrow, later = self.call(shift=1), self.call(shift=30)
        self.contact()
        self.assertEqual((tomorrow.active, later.active), (False, True))
        self.contact()
        self.assertTrue(later.active)
        self.assert_next(self.day(30), "activity")

    def test_of_whoever_has_done_it(self):
        nobody = self.new_role_user("funnel_nobody")
        activity = self.call(user=nobody)
        activity.with_user(self.salesperson).action_feedback(feedback="Done for him")
        log = self.logs_of()
        self.assertEqual(log.user_id, self.salesperson)
        self.assertEqual(log.summary, "Done for him")
        self.call(user=nobody).with_user(nobody).action_feedback()
        self.assertEqual(self.logs_of(), log)

    def test_no_request_says_that_it_was_merged(self):
        activity = self.call()
        log = self.contact().with_context(funnel_contact_merged=True)
        log.partner_id = self.new_customers(1)
        self.assertTrue(activity.active)

    def test_whoever_edits_it(self):
        """The day on which it was logged is that of whose contact it is."""
        self.salesperson.tz, manager = "Europe/Berlin", self.users["manager"]
        manager.tz = "Asia/Shanghai"
        activity = self.call(shift=1)
        person = self.person.copy({"parent_id": self.customer.id})
        log = self.contact()
        self.assertFalse(activity.active)
        # In Berlin it is the day before the one that was planned, in Shanghai that day.
        evening = datetime.fromisoformat(f"{self.day(0)} 20:00:00")
        self.env.cr.execute(
            "UPDATE funnel_contact_log SET create_date = %s, date = %s WHERE id = %s",
            [evening, evening, log.id],
        )
        self.env.invalidate_all()
        logs = log.with_user(manager).with_context(tz=manager.tz)
        for vals in ({"contact_id": person.id}, {"channel_id": log.channel_id.id}):
            logs.write(vals)
            self.assertFalse(activity.active)
        with freeze_time(evening):
            self.assertTrue(logs._is_logged_today())

    def test_nothing_decided_otherwise(self):
        """What its activities have become since stays."""
        activity = self.call()
        log = self.contact()
        activity.date_deadline = self.day(5)
        log.write(
            {"channel_id": log.channel_id.id, "date": log.date, "summary": "More"}
        )
        self.assertFalse(activity.active)
        log.channel_id = self.channels["wechat"]
        self.assertTrue(activity.active)

    def test_merged_customer(self):
        other = self.new_customers(1)
        activity = self.call(other)
        log = self.contact(partner_id=other.id)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, self.customer)
        self.env.invalidate_all()
        log.unlink()
        self.assertTrue(activity.active)
        self.assertEqual(activity.res_id, self.customer.id)
        self.assert_next(self.day(0), "activity")

    def test_merged_lead(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": name, "user_id": self.salesperson.id, "type": "opportunity"}
                for name in ("One", "Two")
            ]
        )
        activities = self.env["mail.activity"].union(*map(self.call, leads))
        logs = self.env[LOG].union(
            *(self.contact(partner_id=False, lead_id=lead.id) for lead in leads)
        )
        merged = leads.merge_opportunity()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(any(activities.mapped("active")))
        logs.unlink()
        self.assertTrue(all(activities.mapped("active")))
        self.assertEqual(set(activities.mapped("res_id")), set(merged.ids))

    def test_branch_becomes_a_person_and_back(self):
        branch = self.env["res.partner"].create(
            {
                "name": "Branch",
                "is_company": True,
                "parent_id": self.customer.id,
                "user_id": self.salesperson.id,
            }
        )
        order = self.order(fields.Datetime.now(), branch)
        self.call(branch, 1)
        log = self.contact(partner_id=branch.id)
        self.call(branch, 2)
        nobody = self.env["res.partner"]
        for owner, other in (
            (branch, self.customer),
            (self.customer, branch),
            (branch, self.customer),
        ):
            branch.is_company = owner == branch
            self.env.flush_all()
            self.env.invalidate_all()
            self.assert_next(self.day(2), "activity", customer=owner)
            self.assert_next(False, False, customer=other)
            self.assertEqual(owner.last_order_date, order.date_order)
            self.assertFalse(other.last_order_date)
            self.assertEqual(owner.last_contact_id, log)
            self.assertFalse(other.last_contact_id)
            changed = nobody._update_last_orders() + nobody._update_next_contacts()
            self.assertEqual(changed, 0)
