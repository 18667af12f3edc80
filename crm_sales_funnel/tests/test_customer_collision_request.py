from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .collision_common import CollisionCommon

TITLE = "500 boxes of bolts"


@tagged("post_install", "-at_install")
class TestCustomerCollisionRequest(CollisionCommon):
    """Who is asked for access, and what the one who asks can read of it."""

    def ask(self, name="立腾五金制品", user=None, **context):
        key = self.find_one(user, name=name)["key"]
        partners = self.as_user("res.partner", user).with_context(**context)
        return partners.funnel_ask_access({"name": name}, key)

    def assert_tells_nothing(self, record):
        """Nothing that the salesperson can read names the record."""
        self.env.flush_all()
        for model in ("mail.message", "mail.activity"):
            self.env.invalidate_all()
            rows = self.as_user(model).search([("res_id", "=", record.id)])
            self.assertFalse(rows.sudo().filtered(lambda row: self.is_of(row, record)))
            made = self.env[model].sudo().search([("res_id", "=", record.id)])
            made = made.filtered(lambda row: self.is_of(row, record))
            self.assertTrue(made or model == "mail.activity")
            for row in made:
                self.env.invalidate_all()
                self.assertFalse(row.with_user(self.salesperson).has_access("read"))
                self.assertFalse(row.with_user(self.salesperson).has_access("write"))
            self.assertNotIn(self.salesperson, made.create_uid)
        partner = self.salesperson.partner_id
        messages = (
            self.env["mail.message"]
            .sudo()
            .search([("model", "=", record._name), ("res_id", "=", record.id)])
        )
        self.assertNotIn(partner, messages.author_id | messages.partner_ids)
        self.assertNotIn(partner, messages.notification_ids.res_partner_id)
        self.assertNotIn(partner, record.message_partner_ids)

    def no_manager(self):
        """Whoever prepares the data is a manager of the other company, too."""
        self.env.user.group_ids -= self.env.ref("crm_sales_funnel.group_funnel_manager")

    def is_of(self, row, record):
        model = row.model if row._name == "mail.message" else row.res_model
        return model == record._name

    def test_the_owner_is_asked_once_a_day(self):
        values = {"name": "立腾五金制品<b>"}
        found = self.find_one(**values)
        partners = self.as_user("res.partner")
        self.assertEqual(
            partners.funnel_ask_access(values, found["key"]), self.mate.name
        )
        self.assertEqual(
            partners.funnel_ask_access(values, found["key"]), self.mate.name
        )
        [activity] = self.lead.activity_ids
        self.assertEqual(activity.user_id, self.mate)
        self.assertIn(self.salesperson.name, activity.summary)
        self.assertIn("&lt;b&gt;", activity.note)
        with self.assertRaises(AccessError):
            self.lead.with_user(self.salesperson).check_access("read")
        activity.unlink()
        partners.funnel_ask_access(values, found["key"])
        self.assertFalse(self.lead.activity_ids)

    def test_whose_it_is_by_now_is_asked_anew(self):
        leader = self.new_role_user("funnel_leader_3", "team_leader")
        self.env["crm.team"].create(
            {
                "name": "Team North",
                "company_id": self.company.id,
                "user_id": leader.id,
                "member_ids": [Command.set(self.mate.ids)],
            }
        )
        other = self.users["manager"]
        self.assertEqual(self.ask(), self.mate.name)
        self.lead.user_id = other
        self.assertEqual(self.ask(), other.name)
        self.assertEqual(self.lead.activity_ids.user_id, other)
        self.assertEqual(self.ask(), other.name)
        self.assertEqual(len(self.lead.activity_ids), 1)
        # He passes it on: who has it is told, and nobody asked again.
        self.lead.activity_ids.user_id = self.mate
        self.assertEqual(self.ask(), self.mate.name)
        self.assertEqual(len(self.lead.activity_ids), 1)
        self.lead.activity_ids.unlink()
        self.lead.user_id = self.mate
        self.assertEqual(self.ask(), self.mate.name)
        self.mate.action_archive()
        self.assertFalse(self.lead.activity_ids)
        self.assertEqual(self.ask(), leader.name)
        self.assertEqual(self.lead.activity_ids.user_id, leader)
        self.assert_tells_nothing(self.lead)

    def test_a_day_is_not_what_a_client_says(self):
        with freeze_time("2026-03-02 13:00:00"):
            for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "x"):
                self.ask(tz=zone)
        self.assertEqual(len(self.lead.activity_ids), 1)
        with freeze_time("2026-03-03 00:30:00"):
            self.ask(tz="Pacific/Pago_Pago")
        self.assertEqual(len(self.lead.activity_ids), 2)

    def test_who_asks_learns_nothing(self):
        me = self.salesperson
        self.ask(
            default_author_id=me.partner_id.id,
            default_partner_ids=[Command.link(me.partner_id.id)],
            default_user_id=me.id,
            mail_notify_author=True,
        )
        self.assertEqual(self.lead.activity_ids.user_id, self.mate)
        self.assert_tells_nothing(self.lead)
        messages = self.as_user("mail.message").search_read([], ["record_name"])
        self.assertNotIn(TITLE, str(messages))

    def test_without_an_owner_a_manager_is_asked(self):
        self.foreign.user_id = False
        boss = self.new_role_user(
            "funnel_boss",
            "manager",
            company_ids=[Command.set(self.other_company.ids)],
            company_id=self.other_company.id,
        )
        self.no_manager()
        self.assertEqual(self.ask("鸿德精密工业"), boss.name)
        self.assertEqual(self.foreign.activity_ids.user_id, boss)
        self.assert_tells_nothing(self.foreign)

    def test_where_there_is_nobody_it_is_noted(self):
        self.foreign.user_id = False
        self.no_manager()
        before = self.foreign.message_ids
        self.assertIs(self.ask("鸿德精密工业"), False)
        self.assertFalse(self.foreign.activity_ids)
        self.assertIn(self.salesperson.name, (self.foreign.message_ids - before).body)
        self.assert_tells_nothing(self.foreign)

    def test_the_leader_stands_for_who_has_left(self):
        leader = self.new_role_user("funnel_leader_2", "team_leader")
        team = self.env["crm.team"].create(
            {
                "name": "Team North",
                "company_id": self.company.id,
                "user_id": leader.id,
                "member_ids": [Command.set(self.mate.ids)],
            }
        )
        self.lead.team_id = team
        customer = self.env["res.partner"].create(
            {"name": "温州市蓝海阀门有限公司", "is_company": True}
        )
        customer.user_id = self.mate
        self.mate.action_archive()
        self.assertEqual(self.ask(), leader.name)
        self.assertEqual(self.lead.activity_ids.user_id, leader)
        self.assertEqual(self.ask("温州市蓝海阀门"), leader.name)
        self.assertEqual(customer.activity_ids.user_id, leader)
        # And a manager, where the leader has left as well.
        leader.action_archive()
        customer.activity_ids.unlink()
        order_desk = self.users["order_desk"]
        asked = self.ask("温州市蓝海阀门", order_desk)
        managers = self.env.ref("crm_sales_funnel.group_funnel_manager").all_user_ids
        self.assertIn(customer.activity_ids.user_id, managers)
        self.assertEqual(customer.activity_ids.user_id.name, asked)
